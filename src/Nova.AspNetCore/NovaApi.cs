using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Nova.AspNetCore;
using Nova.AspNetCore.Apis;
using Nova.AspNetCore.Auditing;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Writing;

namespace Nova;

/// <summary>Puts Nova's API into an ASP.NET Core application: the server's own, or one that embeds Nova.</summary>
public static class NovaApi
{
    /// <summary>Adds what the API needs beside the engine: call it after <see cref="NovaServices.AddNova"/>.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="options">Default: as <see cref="ApiOptions"/> says.</param>
    /// <param name="jwt">By product, for products whose customers use JWTs. Default: none, and then no token is taken.</param>
    /// <param name="portal">How people sign in. Default: as <see cref="PortalOptions"/> says.</param>
    /// <exception cref="ArgumentException">Options are wrong; the message lists every fault with its key.</exception>
    public static IServiceCollection AddNovaApi(
        this IServiceCollection services, ApiOptions? options = null, IReadOnlyDictionary<string, JwtOptions>? jwt = null, PortalOptions? portal = null)
    {
        options ??= new();
        portal ??= new();
        jwt ??= new Dictionary<string, JwtOptions>();
        var faults = options.Faults().Concat(portal.Faults()).Concat(jwt.SelectMany(entry => entry.Value.Faults($"Nova:Products:{entry.Key}:Jwt"))).ToArray();
        if (faults.Length > 0) throw new ArgumentException(string.Join(Environment.NewLine, faults), nameof(options));

        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ProductNames>();
        services.AddSingleton<JsonWebKeySets>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<JwtAuthenticator>(provider, jwt));
        services.AddSingleton(portal);
        services.AddSingleton<ClientAddress>();
        services.AddSingleton<Passwords>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<SignIn>();
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<SessionAuthenticator>();
        services.TryAddSingleton(new SetupOutput(Console.Out));
        services.AddHostedService<SetupLink>();
        services.AddSingleton<Authenticator>();
        services.AddSingleton<RequestLimiter>();
        services.AddSingleton<RepeatedRequests>();
        services.AddSingleton<ApiPipeline>();
        services.AddSingleton<PublishApi>();
        services.AddSingleton<DeliveryReader>();
        services.AddSingleton<DeliverySearch>();
        return services;
    }

    /// <summary>
    /// Maps the API under <c>/v1</c>, a second time under <c>/api/v1/webhooks</c> where one of the products documents it, <c>/healthz</c> and
    /// <c>/readyz</c>, and the portal under <c>/portal/</c>. Each route authenticates, limits and answers errors itself, so that no middleware is needed.
    /// </summary>
    public static IEndpointRouteBuilder MapNova(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        PublishApi.MapPublishApi(routes, services);
        var group = routes.MapGroup("");
        ApiPipeline.Around(group, services);
        group.MapHealthApi();
        group.MapSessionApi();
        group.MapInvitationsApi();
        group.MapPortalLinksApi();
        group.MapMembersApi();
        group.MapUsersApi();
        group.MapAuditLogApi();
        group.MapWebhooksApi("/v1");
        group.MapWebhooksApi("/api/v1", "UnderApi");
        group.MapDeliveriesApi();
        group.MapReplaysApi();
        group.MapSavedViewsApi();
        group.MapInspectorsApi();
        group.MapFiguresApi();
        group.MapStreamApi();
        group.MapSignaturesApi();
        group.MapVerificationGuideApi();
        group.MapEventTypesApi();
        group.MapEventsApi();
        group.MapScoresApi();
        group.MapAccountsApi();
        group.MapKeysApi();
        group.MapOperatorKeysApi();
        group.MapProductsApi();
        group.MapOperationsApi();
        group.MapFindApi();
        group.MapNodesApi();
        group.MapProductApi();
        routes.MapNovaPortal(services.GetRequiredService<PortalOptions>().FrameAncestors);
        return routes;
    }

    /// <summary>
    /// Answers with a problem where no route does: unknown addresses, methods that an address does not take. For an application that is nothing
    /// but Nova; goes before the routes.
    /// </summary>
    public static IApplicationBuilder UseNovaProblems(this IApplicationBuilder app)
    {
        var logger = app.ApplicationServices.GetRequiredService<ILogger<ApiPipeline>>();
        // A route that was found does all of this itself: nothing stands in its way.
        return app.Use(next => context => context.GetEndpoint() is RouteEndpoint ? next(context) : AnswerAsync(context, next, logger));
    }

    static async Task AnswerAsync(HttpContext context, RequestDelegate next, ILogger logger)
    {
        try
        {
            await next(context);
            var response = context.Response;
            if (response.HasStarted || response.StatusCode < 400 || response.ContentLength > 0 || response.ContentType is not null) return;
            var problem = response.StatusCode switch
            {
                StatusCodes.Status404NotFound => Problems.NoSuchRoute(context.Request.Method, context.Request.Path),
                StatusCodes.Status405MethodNotAllowed => Problems.MethodNotAllowed(context.Request.Method),
                StatusCodes.Status415UnsupportedMediaType => Problems.UnsupportedMediaType,
                _ => null,
            };
            if (problem is not null) await problem.ExecuteAsync(context);
        }
        catch (Exception fault)
        {
            await ApiPipeline.AnswerAsync(context, fault, logger);
        }
    }
}
