using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Nova.Portal;

/// <summary>The one HTML document of the portal: every address that is no file is a place in it.</summary>
/// <remarks>
/// It carries two values that the build leaves open: the path under which the portal is mounted, and a nonce for the style elements that the
/// component library makes at run time. Scripts need none: all of them are files of ours.
/// </remarks>
/// <param name="files">Of the front end.</param>
/// <param name="frameAncestors">Sites that may frame the embedded view, as sources of a Content-Security-Policy.</param>
internal sealed class PortalPage(PortalFiles files, IReadOnlyList<string> frameAncestors)
{
    const string NoncePlace = "__NONCE__";
    const string BasePlace = "__BASE__";

    readonly string _html = files.Find("index.html") is { } index ? Encoding.UTF8.GetString(index.Plain) : NotBuilt;
    readonly string _ancestors = frameAncestors.Count == 0 ? "'none'" : string.Join(' ', frameAncestors);

    /// <param name="context">The request's.</param>
    /// <param name="embedded">The address is one of the embedded view, which other sites may frame where the operator allows it.</param>
    public async Task WriteAsync(HttpContext context, bool embedded)
    {
        var response = context.Response;
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        var mount = context.Request.PathBase.ToUriComponent() + PortalRoutes.Path;
        // The build names its files relatively, and the page has many addresses.
        var html = Encoding.UTF8.GetBytes(_html.Replace(NoncePlace, nonce).Replace(BasePlace, mount).Replace("=\"./", $"=\"{mount}/"));
        var headers = response.Headers;
        headers.ContentSecurityPolicy = Policy(nonce, embedded);
        // For browsers that know no frame-ancestors. An allowed host cannot be named in it.
        if (!embedded || frameAncestors.Count == 0) headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        if (!embedded) headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = html.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(html, context.RequestAborted);
    }

    string Policy(string nonce, bool embedded) => string.Join("; ",
        "default-src 'none'",
        "script-src 'self'",
        $"style-src 'self' 'nonce-{nonce}'",
        "font-src 'self'",
        // The embedded view shows the host's logo, from wherever the host has it.
        embedded ? "img-src 'self' data: https:" : "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        $"frame-ancestors {(embedded ? _ancestors : "'none'")}");

    const string NotBuilt = """
        <!doctype html>
        <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width">
          <title>Nova: the portal is not built</title>
          <style nonce="__NONCE__">body { font: 16px/1.6 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem; color-scheme: light dark }</style>
        </head>
        <body>
          <main>
            <h1>The portal is not built</h1>
            <p>Nova runs, and its API answers. This program was built on a machine without Node, so the portal is not in it.</p>
            <p>Install Node 20 or newer, then build again:</p>
            <pre><code>./run</code></pre>
            <p>or <code>dotnet build src/Nova.Server -c Release</code>, which builds the portal when npm is there.</p>
          </main>
        </body>
        </html>
        """;
}
