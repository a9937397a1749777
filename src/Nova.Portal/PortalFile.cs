using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Nova.Portal;

/// <summary>A file of the built front end, in the encodings in which it was built.</summary>
/// <remarks>Immutable after construction. The plain bytes are made of the compressed ones only when somebody takes no compression.</remarks>
internal sealed class PortalFile
{
    /// <summary>Names with a hash of their contents: what is there once is there for ever.</summary>
    const string ForEver = "public, max-age=31536000, immutable";

    readonly byte[]? _brotli;
    readonly byte[]? _gzip;
    readonly Lazy<byte[]> _plain;
    readonly string _tag;
    readonly string _caching;

    public PortalFile(string path, byte[]? plain, byte[]? gzip, byte[]? brotli)
    {
        _brotli = brotli;
        _gzip = gzip;
        _plain = plain is null ? new(() => Unzip(gzip!)) : new(plain);
        _tag = Convert.ToHexStringLower(SHA256.HashData(plain ?? gzip!).AsSpan(0, 12));
        _caching = path.StartsWith("assets/", StringComparison.Ordinal) ? ForEver : "no-cache";
        ContentType = TypeOf(path);
    }

    public string ContentType { get; }

    /// <summary>The contents, uncompressed.</summary>
    public byte[] Plain => _plain.Value;

    public async Task WriteAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var (bytes, encoding) = Choose(request);
        // Each encoding is a representation of its own, with its own tag.
        var tag = $"\"{_tag}{encoding?[0]}\"";
        response.Headers.CacheControl = _caching;
        response.Headers.ETag = tag;
        if (_gzip is not null) response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (request.Headers.IfNoneMatch.Contains(tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        if (encoding is not null) response.Headers.ContentEncoding = encoding;
        response.ContentType = ContentType;
        response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(request.Method)) await response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    (byte[] Bytes, string? Encoding) Choose(HttpRequest request)
    {
        if (_brotli is not null && Takes(request, "br")) return (_brotli, "br");
        if (_gzip is not null && Takes(request, "gzip")) return (_gzip, "gzip");
        return (Plain, null);
    }

    static bool Takes(HttpRequest request, string encoding) =>
        StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted)
        && accepted.Any(entry => entry.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && entry.Quality is not 0);

    static byte[] Unzip(byte[] gzip)
    {
        using var stream = new GZipStream(new MemoryStream(gzip), CompressionMode.Decompress);
        var plain = new MemoryStream();
        stream.CopyTo(plain);
        return plain.ToArray();
    }

    static string TypeOf(string path) => Path.GetExtension(path) switch
    {
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".html" => "text/html; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".woff2" => "font/woff2",
        ".json" or ".map" => "application/json",
        ".txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
}
