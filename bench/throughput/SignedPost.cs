using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Nova.Throughput;

/// <summary>The least that a sender of webhooks does: sign a body as Standard Webhooks says, POST it, and wait for the answer.</summary>
/// <remarks>
/// Everything that costs and is not needed is off: redirects, cookies, proxies, decompression, tracing headers, header validation.
/// <see cref="HttpMessageInvoker"/> in place of HttpClient, which would buffer the answer and keep a list of requests in flight.
/// </remarks>
internal sealed class SignedPost : IDisposable
{
    static readonly byte[] Key = SHA256.HashData("a key of 32 bytes"u8);

    readonly HttpMessageInvoker _invoker;
    readonly Uri _url;
    (long Second, string Text) _timestamp = (-1, "");
    long _id;

    public SignedPost(string url, int connections)
    {
        _url = new Uri(url);
        _invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            MaxConnectionsPerServer = connections,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
        });
    }

    /// <summary>True where the answer was a 2xx.</summary>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"msg_{Interlocked.Increment(ref _id):x16}");
        var timestamp = Timestamp();
        using var content = new ReadOnlyMemoryContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, _url);
        request.Version = HttpVersion.Version11;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Content = content;
        request.Headers.TryAddWithoutValidation("User-Agent", "Nova-Webhooks/1.0");
        request.Headers.TryAddWithoutValidation("webhook-id", id);
        request.Headers.TryAddWithoutValidation("webhook-timestamp", timestamp);
        request.Headers.TryAddWithoutValidation("webhook-signature", Sign(id, timestamp, body.Span));
        using var response = await _invoker.SendAsync(request, cancellation);
        return response.IsSuccessStatusCode;
    }

    public void Dispose() => _invoker.Dispose();

    /// <summary>The text of the current second, made once per second.</summary>
    string Timestamp()
    {
        var second = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var cached = _timestamp;
        if (cached.Second == second && cached.Text.Length > 0)
            return cached.Text;
        var text = second.ToString(CultureInfo.InvariantCulture);
        _timestamp = (second, text);
        return text;
    }

    static string Sign(string id, string timestamp, ReadOnlySpan<byte> body)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(id.Length + timestamp.Length + 2 + body.Length);
        try
        {
            var length = Encoding.ASCII.GetBytes(id, buffer);
            buffer[length++] = (byte)'.';
            length += Encoding.ASCII.GetBytes(timestamp, buffer.AsSpan(length));
            buffer[length++] = (byte)'.';
            body.CopyTo(buffer.AsSpan(length));
            length += body.Length;
            Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
            HMACSHA256.HashData(Key, buffer.AsSpan(0, length), hash);
            Span<byte> text = stackalloc byte[48];
            "v1,"u8.CopyTo(text);
            Base64.EncodeToUtf8(hash, text[3..], out _, out var written);
            return Encoding.ASCII.GetString(text[..(3 + written)]);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
