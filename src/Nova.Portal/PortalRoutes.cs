using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.Portal;

namespace Nova;

/// <summary>Serves the portal under <c>/portal/</c>: its files, and for every other address there the one page that draws it.</summary>
public static class PortalRoutes
{
    internal const string Path = "/portal";

    /// <summary>Where the embedded view is: it is a place of its own, so that a reload of any page in a frame keeps the rule for frames.</summary>
    const string EmbedFolder = "embed";

    static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps the portal. It asks for no credential: all that it shows comes from the API.</summary>
    /// <param name="routes">Where to.</param>
    /// <param name="frameAncestors">Sites that may show the embedded view in a frame, as <c>https://host</c>.</param>
    public static IEndpointRouteBuilder MapNovaPortal(this IEndpointRouteBuilder routes, IReadOnlyList<string> frameAncestors)
    {
        var files = PortalFiles.Embedded;
        var page = new PortalPage(files, frameAncestors);
        routes.MapMethods(Path + "/{**path}", Reading, context => AnswerAsync(context, files, page)).ExcludeFromDescription();
        return routes;
    }

    static async Task AnswerAsync(HttpContext context, PortalFiles files, PortalPage page)
    {
        var path = context.Request.RouteValues["path"] as string ?? "";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (path != "index.html" && files.Find(path) is { } file)
        {
            await file.WriteAsync(context);
            return;
        }
        if (path.StartsWith("assets/", StringComparison.Ordinal))
        {
            // A chunk of an earlier build, asked for by a page that is still open. The page sees the 404 and loads itself anew.
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            context.Response.Headers.CacheControl = "no-store";
            return;
        }
        await page.WriteAsync(context, embedded: path == EmbedFolder || path.StartsWith(EmbedFolder + "/", StringComparison.Ordinal));
    }
}
