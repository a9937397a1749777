using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nova.AspNetCore.Apis;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Counting;

namespace Nova.AspNetCore;

/// <summary>
/// What every call goes through, in these steps: (1) headers of the answer; (2) who asks, and may he; (3) how often, and with no parameter that the call does not have; (4) has this very request been answered
/// before; (5) the handler, or a refusal where a body was sent that the call does not have. Whatever escapes from them becomes a problem.
/// </summary>
/// <remarks>
/// Wrapped around each route's own delegate, not put before routing, so that an application that embeds Nova gets it with
/// <c>MapNova()</c> whatever its own middleware is. Publishing has a shorter way of its own: see <see cref="Apis.PublishApi"/>.
/// </remarks>
internal sealed class ApiPipeline(
    Authenticator authenticator, RequestLimiter limiter, RepeatedRequests repeated, RequestCounter counter, ApiOptions options, TimeProvider clock,
    ILogger<ApiPipeline> logger)
{
    /// <summary>Bytes that are read of the body of a call that has none, to say what is wrong with it.</summary>
    const int MostOfNothing = 16 * 1024;

    /// <summary>Wraps the routes of a group.</summary>
    public static void Around(RouteGroupBuilder group, IServiceProvider services) =>
        ((IEndpointConventionBuilder)group).Finally(builder =>
        {
            var access = builder.Metadata.OfType<Access>().LastOrDefault()
                ?? throw new InvalidOperationException($"{builder.DisplayName} does not say who may call it.");
            var needed = builder.Metadata.OfType<Needed>().LastOrDefault()?.Rights;
            // A route with parameters reads them itself, and names what it does not know.
            var takesQuery = builder.Metadata.OfType<QueryDescription>().Any();
            var handler = builder.RequestDelegate!;
            var next = access == Access.OfAnybody || builder.Metadata.OfType<BodyDescription>().Any() ? handler : context => WithoutBodyAsync(context, handler);
            // Resolved at the first request: describing the routes needs no store.
            ApiPipeline? pipeline = null;
            builder.RequestDelegate = context => (pipeline ??= services.GetRequiredService<ApiPipeline>()).InvokeAsync(context, access, needed, takesQuery, next);
        });

    async Task InvokeAsync(HttpContext context, Access access, Rights? needed, bool takesQuery, RequestDelegate next)
    {
        var started = clock.GetTimestamp();
        Caller? known = null;
        // When the answer begins, not after it: whoever has it finds it counted.
        context.Response.OnStarting(() =>
        {
            Count(context, known, clock.GetElapsedTime(started));
            return Task.CompletedTask;
        });
        try
        {
            // :: Step 1: the answer's headers.
            ApiHeaders.Set(context.Response);

            if (access != Access.OfAnybody)
            {
                // :: Step 2: who asks, and may he.
                var (caller, refusal) = await authenticator.AuthenticateAsync(context, access);
                known = caller;
                if (caller is Customer customer && (needed ?? RightsConventions.ByMethod(context.Request.Method)) is var rights
                    && (customer.Rights & rights) != rights) refusal = Problems.Role(customer, rights);

                // :: Step 3: how often, and with parameters that the call has: dry_run belongs into a replay's body, and beside it would start one.
                refusal ??= Limit(context, caller!);
                if (!takesQuery && context.Request.QueryString.HasValue) refusal ??= new RequestQuery(context, caller!.Json).End();
                if (refusal is not null)
                {
                    await refusal.ExecuteAsync(context);
                    return;
                }
                context.Features.Set(caller);

                // :: Step 4: answered before?
                if (RepeatedRequests.Concerns(context.Request))
                {
                    await repeated.InvokeAsync(context, caller!, next);
                    return;
                }
            }

            // :: Step 5: the handler.
            await next(context);
        }
        catch (Exception fault)
        {
            await AnswerAsync(context, fault, logger);
        }
    }

    /// <summary>A call that has no body gets none, or one that says nothing: a member that would be passed over was meant to change something.</summary>
    static async Task WithoutBodyAsync(HttpContext context, RequestDelegate next)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            using var body = await RequestBody.ReadAsync(context, MostOfNothing, mayBeEmpty: true);
            var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
            reading.End();
            var refusal = body.Problem ?? (reading.IsGood ? null : reading.Problem);
            if (refusal is not null)
            {
                await refusal.ExecuteAsync(context);
                return;
            }
        }
        await next(context);
    }

    /// <summary>
    /// Counts what the account asked for, and what a service of the company asked on its behalf; not what the portal asks to show itself. A stream is no
    /// request that has a latency.
    /// </summary>
    void Count(HttpContext context, Caller? caller, TimeSpan took)
    {
        var environmentId = caller is Customer { Session: null } customer ? customer.Entry.Id : context.Features.Get<OnBehalfOf>()?.EnvironmentId;
        if (environmentId is not { } id || context.Response.ContentType == "text/event-stream") return;
        counter.Note(id, context.Response.StatusCode >= 400, took);
    }

    Problem? Limit(HttpContext context, Caller caller) => caller switch
    {
        Customer customer => limiter.Take(context, customer.LimitedAs, PlanLimits.RequestsPerSecond(customer.Entry) ?? options.RequestsPerSecond),
        Person => limiter.Take(context, caller.Session!.Session.Id.Value, options.RequestsPerSecond),
        Operator @operator when options.OperatorRequestsPerSecond > 0 => limiter.Take(context, @operator.LimitedAs, options.OperatorRequestsPerSecond),
        _ => null,
    };

    /// <summary>Turns what a handler did not expect into an answer that tells nothing of the server's insides.</summary>
    public static async Task AnswerAsync(HttpContext context, Exception fault, ILogger logger)
    {
        // The client has gone: there is nobody to answer.
        if (context.RequestAborted.IsCancellationRequested) return;
        var problem = fault switch
        {
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problems.BodyTooLarge(LimitOf(context)),
            BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => Problems.BadRequest("The body came too slowly. Send it without pauses."),
            BadHttpRequestException => Problems.BadRequest("The request is malformed, or its body ended early."),
            // The engine has stopped taking entries.
            System.Threading.Channels.ChannelClosedException or OperationCanceledException => Problems.Stopping,
            // The engine goes on trying to write; the caller is not kept waiting for it.
            TimeoutException => Problems.StoreAway,
            _ => Problems.Internal,
        };
        if (problem.Status == StatusCodes.Status500InternalServerError)
        {
            var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "";
            ApiLog.RequestFaulted(logger, context.Request.Method, route, problem.View(context).TraceId, fault);
        }
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }
        context.Response.Clear();
        await problem.ExecuteAsync(context);
    }

    static long LimitOf(HttpContext context) =>
        context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize ?? 0;
}

/// <summary>Put on a request by a handler that serves an account although somebody else asks: it counts as the account's.</summary>
internal sealed record OnBehalfOf(int EnvironmentId);
