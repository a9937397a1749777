using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace Nova.AspNetCore.Reading;

/// <summary>Reads a request's body as one JSON document, and refuses whatever is not quite that.</summary>
/// <remarks>
/// The body is read through Kestrel's own pipe and parsed where it lies; only a body in several pieces is copied, once.
/// </remarks>
internal readonly struct RequestBody : IDisposable
{
    /// <summary>The limit that 3-api.md gives, which is also the parser's default; stated so that it stays.</summary>
    const int MaxDepth = 64;

    static readonly JsonDocumentOptions Strict = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    readonly HttpContext _context;
    readonly ReadOnlySequence<byte> _bytes;
    readonly bool _fromPipe;

    RequestBody(HttpContext context, ReadOnlySequence<byte> bytes, bool fromPipe, JsonDocument? document, Problem? problem)
    {
        _context = context;
        _bytes = bytes;
        _fromPipe = fromPipe;
        Document = document;
        Problem = problem;
    }

    /// <summary>Null where the body was empty, or refused.</summary>
    public JsonDocument? Document { get; }

    /// <summary>Why the body is refused; null where it is not.</summary>
    public Problem? Problem { get; }

    [MemberNotNullWhen(false, nameof(Problem))]
    public bool IsGood => Problem is null;

    /// <summary>Lets go of the body's memory: nothing of the document may be used after.</summary>
    public void Dispose()
    {
        Document?.Dispose();
        if (_fromPipe) _context.Request.BodyReader.AdvanceTo(_bytes.End);
    }

    /// <param name="context">The request.</param>
    /// <param name="most">Largest body in bytes.</param>
    /// <param name="mayBeEmpty">A request without a body is good, and has no document.</param>
    public static async ValueTask<RequestBody> ReadAsync(HttpContext context, long most, bool mayBeEmpty = false)
    {
        var request = context.Request;
        if (context.Features.Get<KeptBody>() is { } kept) return Parse(context, new(kept.Bytes), fromPipe: false, mayBeEmpty);
        if (RefusalOfHeaders(request, most, mayBeEmpty) is { } refusal) return new(context, default, false, null, refusal);

        var reader = request.BodyReader;
        while (true)
        {
            if (await ReadPieceAsync(context, most) is not { } result) return new(context, default, false, null, Problems.BodyTooLarge(most));
            var bytes = result.Buffer;
            if (result.IsCompleted) return Parse(context, bytes, fromPipe: true, mayBeEmpty);
            // Looked at, and left where it is: the next read gives it again, longer.
            reader.AdvanceTo(bytes.Start, bytes.End);
        }
    }

    /// <summary>Reads the body into memory of its own, for a caller that needs its bytes before the document; later reads find it there.</summary>
    public static async ValueTask<(ReadOnlyMemory<byte> Bytes, Problem? Problem)> KeepAsync(HttpContext context, long most)
    {
        if (RefusalOfHeaders(context.Request, most, mayBeEmpty: true) is { } refusal) return (default, refusal);
        var reader = context.Request.BodyReader;
        while (true)
        {
            if (await ReadPieceAsync(context, most) is not { } result) return (default, Problems.BodyTooLarge(most));
            var bytes = result.Buffer;
            if (result.IsCompleted)
            {
                var copy = bytes.ToArray();
                reader.AdvanceTo(bytes.End);
                context.Features.Set(new KeptBody(copy));
                return (copy, null);
            }
            reader.AdvanceTo(bytes.Start, bytes.End);
        }
    }

    /// <summary>What has come of the body; null where that is more than it may have, as we count, or as Kestrel does where its limit is met first.</summary>
    static async ValueTask<ReadResult?> ReadPieceAsync(HttpContext context, long most)
    {
        var reader = context.Request.BodyReader;
        try
        {
            var result = await reader.ReadAsync(context.RequestAborted);
            if (result.Buffer.Length <= most) return result;
            reader.AdvanceTo(result.Buffer.End);
            return null;
        }
        catch (BadHttpRequestException fault) when (fault.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return null;
        }
    }

    static Problem? RefusalOfHeaders(HttpRequest request, long most, bool mayBeEmpty)
    {
        if (request.ContentLength > most) return Problems.BodyTooLarge(most);
        // No body, of whatever type it would have been.
        if (mayBeEmpty && (request.ContentLength == 0 || (request.ContentLength is null && request.ContentType is null))) return null;
        return IsJson(request.ContentType) && request.Headers.ContentEncoding.Count == 0 ? null : Problems.UnsupportedMediaType;
    }

    static RequestBody Parse(HttpContext context, ReadOnlySequence<byte> bytes, bool fromPipe, bool mayBeEmpty)
    {
        if (bytes.IsEmpty)
            return new(context, bytes, fromPipe, null, mayBeEmpty ? null : Problems.MalformedJson("The body is empty. Send a JSON object."));
        var whole = bytes.IsSingleSegment ? bytes.First : bytes.ToArray();
        // The parser takes texts as they come and finds out when they are read; what is published is never read, only sent.
        if (whole.Span.StartsWith("\uFEFF"u8)) return new(context, bytes, fromPipe, null, Problems.MalformedJson("The body begins with a byte order mark. Leave it away."));
        if (!Utf8.IsValid(whole.Span)) return new(context, bytes, fromPipe, null, Problems.MalformedJson("The body is not UTF-8. Encode it as UTF-8."));
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(whole, Strict);
        }
        catch (JsonException fault)
        {
            return new(context, bytes, fromPipe, null, Problems.MalformedJson(Describe(fault)));
        }
        if (LoneSurrogates.In(whole.Span))
        {
            document.Dispose();
            return new(context, bytes, fromPipe, null, Problems.MalformedJson(
                "A text in the body has half of a surrogate pair (an escape \\uD800 to \\uDFFF without its other half), which is no character."));
        }
        return new(context, bytes, fromPipe, document, null);
    }

    /// <summary>application/json, in any case, with no parameter but charset=utf-8. An empty one stands for nothing (RFC 9110 section 5.6.6).</summary>
    static bool IsJson(string? contentType)
    {
        const string Json = "application/json";
        if (contentType is null || !contentType.StartsWith(Json, StringComparison.OrdinalIgnoreCase)) return false;
        var rest = contentType.AsSpan(Json.Length).Trim();
        if (rest.IsEmpty) return true;
        if (rest[0] != ';') return false;
        rest = rest.Trim("; \t");
        return rest.IsEmpty || rest.Equals("charset=utf-8", StringComparison.OrdinalIgnoreCase) || rest.Equals("charset=\"utf-8\"", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The parser's own words name the place, and nothing of the server.</summary>
    static string Describe(JsonException fault)
    {
        var place = fault.LineNumber is { } line && fault.BytePositionInLine is { } position ? $" (line {line + 1}, byte {position + 1})" : "";
        var message = fault.Message;
        var cut = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        if (cut >= 0) message = message[..cut];
        return $"The body is not a JSON document that can be read{place}: {message}";
    }
}

/// <summary>The body of a request that is read twice: once for its fingerprint, once for itself.</summary>
internal sealed record KeptBody(ReadOnlyMemory<byte> Bytes);
