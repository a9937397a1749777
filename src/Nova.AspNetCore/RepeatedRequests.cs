using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Reading;
using Nova.Secrets;
using Nova.Storage;

namespace Nova.AspNetCore;

/// <summary>
/// Answers a write that comes again with the same Idempotency-Key as it was answered the first time. Only what succeeded is kept: a refused
/// request changed nothing and may be mended and sent again under its key.
/// </summary>
/// <remarks>
/// Answers may hold a secret that is shown once, so they are sealed. A crash between the write and its record makes the key free again
/// after a minute, so that a repeat then writes again; publishing, where that would matter, keeps its keys in the event's own transaction instead.
/// </remarks>
internal sealed class RepeatedRequests(INovaStore store, SecretBox box, NovaOptions options)
{
    public const string Header = "Idempotency-Key";

    /// <summary>Says that an answer is that of an earlier request.</summary>
    const string ReplayedHeader = "Idempotency-Replayed";

    const int LongestKey = 255;

    /// <summary>The request is a write that may come again.</summary>
    public static bool Concerns(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && request.Headers.ContainsKey(Header);

    /// <summary>The request's key, null where it has none, or what is wrong with it.</summary>
    public static (string? Key, Problem? Problem) KeyOf(HttpRequest request)
    {
        var values = request.Headers[Header];
        if (values.Count == 0) return (null, null);
        return values is [{ Length: >= 1 and <= LongestKey } key] && !key.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? (key, null)
            : (null, Problems.BadRequest($"The {Header} header must be there once, with 1 to {LongestKey} printable ASCII characters."));
    }

    public async Task InvokeAsync(HttpContext context, Caller caller, RequestDelegate next)
    {
        var (key, malformed) = KeyOf(context.Request);
        if (malformed is not null)
        {
            await malformed.ExecuteAsync(context);
            return;
        }
        var (body, unreadable) = await RequestBody.KeepAsync(context, options.Publishing.MaxBodyBytes);
        if (unreadable is not null)
        {
            await unreadable.ExecuteAsync(context);
            return;
        }

        var reservation = await store.ReserveRequestAsync(caller.Scope, key!, FingerprintOf(context.Request, body.Span), context.RequestAborted);
        switch (reservation.Outcome)
        {
            case ReservationOutcome.Answered:
                await ReplayAsync(context, reservation.Answer!, OwnerOf(caller, key!));
                return;
            case ReservationOutcome.Different:
                await Problems.IdempotencyKeyReused.ExecuteAsync(context);
                return;
            case ReservationOutcome.InProgress:
                await Problems.RequestInProgress.ExecuteAsync(context);
                return;
        }
        await AnswerAsync(context, caller, key!, next);
    }

    async Task AnswerAsync(HttpContext context, Caller caller, string key, RequestDelegate next)
    {
        var response = context.Response;
        var client = response.Body;
        using var copy = new MemoryStream();
        StoredAnswer? answer = null;
        try
        {
            response.Body = copy;
            await next(context);
            if (response.StatusCode < 300)
                answer = new(response.StatusCode, box.Seal(Pack(response, copy.GetBuffer().AsSpan(0, (int)copy.Length)), OwnerOf(caller, key)));
        }
        finally
        {
            response.Body = client;
            // Kept, or freed, even if the client has gone: it will ask again.
            await store.CompleteRequestAsync(caller.Scope, key, answer, CancellationToken.None);
        }
        if (copy.Length > 0) await response.Body.WriteAsync(copy.GetBuffer().AsMemory(0, (int)copy.Length), context.RequestAborted);
    }

    async Task ReplayAsync(HttpContext context, StoredAnswer answer, Guid owner)
    {
        var packed = box.Open(answer.Body, owner);
        var response = context.Response;
        response.StatusCode = answer.StatusCode;
        response.Headers[ReplayedHeader] = "true";
        var body = Unpack(packed, response);
        if (body.IsEmpty) return;
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>Content type, Location and body, the first two as lines.</summary>
    static byte[] Pack(HttpResponse response, ReadOnlySpan<byte> body)
    {
        var lines = Encoding.UTF8.GetBytes($"{response.ContentType}\n{response.Headers.Location}\n");
        return [.. lines, .. body];
    }

    static ReadOnlyMemory<byte> Unpack(ReadOnlyMemory<byte> packed, HttpResponse response)
    {
        if (TakeLine(ref packed) is { Length: > 0 } contentType) response.ContentType = contentType;
        if (TakeLine(ref packed) is { Length: > 0 } location) response.Headers.Location = location;
        return packed;
    }

    static string TakeLine(ref ReadOnlyMemory<byte> packed)
    {
        var end = packed.Span.IndexOf((byte)'\n');
        var line = Encoding.UTF8.GetString(packed.Span[..end]);
        packed = packed[(end + 1)..];
        return line;
    }

    static byte[] FingerprintOf(HttpRequest request, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method}\n{request.Path}\n{request.QueryString}\n"));
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }

    /// <summary>Binds a sealed answer to its key and scope: put under another, it does not open.</summary>
    static Guid OwnerOf(Caller caller, string key) => new(SHA256.HashData(Encoding.UTF8.GetBytes($"{caller.Scope}\n{key}")).AsSpan(0, 16));
}
