using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Writing;

namespace Nova;

/// <summary>Serves the description of the API: <c>/openapi/v1.json</c>, and a page to read at <c>/docs</c>.</summary>
public static class NovaOpenApi
{
    /// <summary>The page is ours and loads only what it holds and the document.</summary>
    const string PagePolicy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Adds the description. It sets the application's JSON naming for descriptions, so an application that embeds Nova leaves it out if that is not its own.</summary>
    public static IServiceCollection AddNovaOpenApi(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.Strict;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, AspNetCore.ApiJsonContext.Default);
        });
        return services.AddOpenApi("v1", OpenApiShape.Set);
    }

    /// <summary>Maps the document and the page. Neither asks for a credential.</summary>
    public static IEndpointRouteBuilder MapNovaOpenApi(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi("/openapi/{documentName}.json").ExcludeFromDescription();
        MapFile(routes, "/docs", "docs.html", "text/html; charset=utf-8");
        MapFile(routes, "/docs/docs.css", "docs.css", "text/css; charset=utf-8");
        MapFile(routes, "/docs/docs.js", "docs.js", "text/javascript; charset=utf-8");
        return routes;
    }

    static void MapFile(IEndpointRouteBuilder routes, string path, string name, string contentType)
    {
        using var stream = typeof(NovaOpenApi).Assembly.GetManifestResourceStream($"Nova.AspNetCore.Describing.{name}")
            ?? throw new InvalidOperationException($"{name} is not in the assembly.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        routes.MapGet(path, async context =>
        {
            ApiHeaders.SetShort(context.Response);
            context.Response.Headers.ContentSecurityPolicy = PagePolicy;
            context.Response.Headers["Referrer-Policy"] = "no-referrer";
            context.Response.ContentType = contentType;
            context.Response.ContentLength = bytes.Length;
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        });
    }
}
