using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Nova.AspNetCore.Writing;

/// <summary>The headers that every answer of the API carries.</summary>
internal static class ApiHeaders
{
    static readonly StringValues NoSniff = "nosniff";
    static readonly StringValues NoStore = "no-store";

    /// <summary>An answer is JSON and nothing else, so that no browser may load, frame or run anything of it.</summary>
    static readonly StringValues Policy = "default-src 'none'; frame-ancestors 'none'";

    public static void Set(HttpResponse response)
    {
        SetShort(response);
        response.Headers.ContentSecurityPolicy = Policy;
    }

    /// <summary>For answers that no browser will ever see: they go to publishers, thousands a second.</summary>
    public static void SetShort(HttpResponse response)
    {
        var headers = response.Headers;
        headers.XContentTypeOptions = NoSniff;
        headers.CacheControl = NoStore;
    }
}
