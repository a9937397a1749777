using System.Collections.Concurrent;
using System.Text;
using Nova.Accounts;
using Nova.Egress;
using Nova.Model;
using Nova.Secrets;
using Nova.Storage;
using Nova.Verifying;

namespace Nova.Inspecting;

/// <summary>
/// The receiver behind the inspectors' addresses: verifies what comes with the secrets of the endpoints that point there, and keeps the last of it.
/// </summary>
/// <remarks>
/// Deliveries to an inspector never leave the process: a URL that is, character for character, that of an inspector of the delivery's own environment
/// is answered here, and nothing is dialled. So the egress guard has no exception for Nova's own address, and needs none: see
/// docs/decisions/0010-inspectors.md. What comes over HTTP, from anybody who has the address, is treated alike.
/// </remarks>
internal sealed class InspectorReceiver(IInspectorStore store, AccountDirectory directory, TimeProvider clock)
{
    /// <summary>Of one sandbox: one to look at, and some for colleagues.</summary>
    public const int MostInspectors = 5;

    /// <summary>Requests that an inspector keeps.</summary>
    public const int Kept = 50;

    /// <summary>How long a request is kept.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    /// <summary>Bytes of a body: the largest that Nova sends by default, and that a signature is looked for in.</summary>
    public const int MostBody = SignatureDebugger.MostBody;

    /// <summary>Bytes of headers that are kept.</summary>
    const int MostHeaders = 16 * 1024;

    /// <summary>Requests per second of one inspector, on one node: it is for looking at, and each is written to the store.</summary>
    const int MostPerSecond = 20;

    // Bounded: one for each inspector that exists, and there are few.
    readonly ConcurrentDictionary<Id<Inspector>, Pace> _paces = new();

    /// <summary>A new inspector with its token, which is part of its address and nowhere else.</summary>
    public Inspector New(int environmentId, string baseUrl)
    {
        var (token, now) = (KeyMaker.Make(""), clock.Now());
        return new(Id<Inspector>.New(now), environmentId, KeyHash.Of(token).ToBytes(), baseUrl + Inspector.Path + token, now);
    }

    /// <summary>The inspector of this token; null where there is none.</summary>
    public Task<Inspector?> FindAsync(string token, CancellationToken cancellation) => store.FindInspectorAsync(KeyHash.Of(token).ToBytes(), cancellation);

    /// <summary>Whether this is, character for character, the URL of an inspector of this environment.</summary>
    public async Task<bool> IsOwnAsync(int environmentId, string? url, CancellationToken cancellation) =>
        url is not null && Inspector.TokenOf(url) is { } token && await FindAsync(token, cancellation) is { } found && found.EnvironmentId == environmentId && found.Url == url;

    /// <summary>Takes a delivery; null where its URL is no inspector's of its environment, so that it is to be sent like any other.</summary>
    public async Task<EgressResult?> TakeAsync(
        int environmentId, string url, IEnumerable<InspectorHeader> headers, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        if (Inspector.TokenOf(url) is not { } token || await FindAsync(token, cancellation) is not { } inspector
            || inspector.EnvironmentId != environmentId || inspector.Url != url) return null;
        InspectorHeader[] lines =
        [
            new("Host", new Uri(url).Authority), .. headers,
            new("Content-Length", body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ];
        var status = await KeepAsync(inspector, lines, body, cancellation);
        var microseconds = (long)clock.GetElapsedTime(started).TotalMicroseconds;
        return new()
        {
            Status = status,
            Outcome = AttemptOutcome.HttpStatus,
            ResponseHeaders = "Content-Type: application/json\r\n"u8.ToArray(),
            ResponseBody = status == 200 ? """{"received":true}"""u8.ToArray() : """{"received":false}"""u8.ToArray(),
            Timings = new(microseconds, FirstByte: microseconds),
        };
    }

    /// <summary>Keeps a request. Returns the status to answer with: 200, 413, or 429.</summary>
    public async Task<int> KeepAsync(Inspector inspector, IReadOnlyList<InspectorHeader> headers, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        if (body.Length > MostBody) return 413;
        if (!_paces.GetOrAdd(inspector.Id, static _ => new()).Take(clock)) return 429;
        var now = clock.Now();
        var report = Verify(inspector, headers, body, now);
        await store.KeepRequestAsync(inspector, new()
        {
            Id = Id<InspectedRequest>.New(now),
            Headers = Lines(headers),
            Body = body,
            At = now,
            Finding = report?.Finding,
            Detail = report?.Detail,
            EndpointId = report?.Endpoint is { } id && Id<Endpoint>.TryParse(id, out var endpoint) ? endpoint : null,
        }, Kept, cancellation);
        return 200;
    }

    /// <summary>With the secrets of the sandbox's endpoints that point here; null where there are none.</summary>
    SignatureReport? Verify(Inspector inspector, IReadOnlyList<InspectorHeader> headers, ReadOnlyMemory<byte> body, DateTimeOffset now)
    {
        if (directory.Environment(inspector.EnvironmentId) is not { } entry) return null;
        KnownEndpoint[] known =
        [
            .. entry.Targets.Where(target => target.Endpoint.DeletedAt is null && target.Endpoint.Url == inspector.Url)
                .Select(target => new KnownEndpoint(target.Endpoint.Id.ToString(), target.Endpoint.Url, target.KeysAt(now))),
        ];
        return known.Length == 0 ? null : SignatureDebugger.Debug(new()
        {
            Product = entry.Product,
            Headers = [.. headers.Select(header => KeyValuePair.Create(header.Name, header.Value))],
            Body = body,
            Now = now,
            Endpoint = known.Length == 1 ? known[0] : null,
            Known = known,
        });
    }

    /// <summary>As many whole lines as are kept.</summary>
    static byte[] Lines(IReadOnlyList<InspectorHeader> headers)
    {
        var text = new StringBuilder();
        foreach (var header in headers)
        {
            var line = $"{header.Name}: {header.Shown ?? header.Value}\r\n";
            if (text.Length + line.Length > MostHeaders) break;
            text.Append(line);
        }
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    /// <summary>A second's worth at once, refilled evenly.</summary>
    sealed class Pace
    {
        readonly Lock _lock = new();
        double _left = MostPerSecond;
        long _at = long.MinValue;

        public bool Take(TimeProvider clock)
        {
            lock (_lock)
            {
                var now = clock.GetTimestamp();
                if (_at != long.MinValue) _left = Math.Min(MostPerSecond, _left + clock.GetElapsedTime(_at, now).TotalSeconds * MostPerSecond);
                _at = now;
                if (_left < 1) return false;
                _left--;
                return true;
            }
        }
    }
}

/// <param name="Name">As received.</param>
/// <param name="Value">As received; it is verified with.</param>
/// <param name="Shown">What is kept of a credential: whoever may look at an inspector need not be allowed to see it. Null: the value.</param>
internal sealed record InspectorHeader(string Name, string Value, string? Shown = null);
