using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Nova.AspNetCore.Authentication;

/// <summary>
/// A token bucket per credential, on this node: a second's worth of requests at once, refilled evenly. With several nodes a credential has
/// this much on each.
/// </summary>
/// <remarks>Bounded: there is a bucket only for credentials that exist, and of sessions, which come and go, those of long ago are dropped.</remarks>
internal sealed class RequestLimiter(TimeProvider clock)
{
    /// <summary>After so many new ones the old are looked for: about a megabyte.</summary>
    const int SweepEvery = 10_000;

    /// <summary>The slowest bucket, that of an endpoint's tests, is full again after 20 s: then a new one is as good.</summary>
    static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(1);

    readonly ConcurrentDictionary<Guid, Bucket> _buckets = new();
    int _made;

    /// <summary>Buckets there are.</summary>
    public int Count => _buckets.Count;

    /// <summary>Takes one request. Null where it may go on; else the whole seconds after which one may.</summary>
    /// <param name="who">The credential, or whatever else is counted.</param>
    /// <param name="capacity">Most at once.</param>
    /// <param name="perSecond">Refill.</param>
    /// <param name="left">Requests that may follow at once.</param>
    public int? Take(Guid who, double capacity, double perSecond, out int left)
    {
        var bucket = _buckets.GetOrAdd(who, static (_, at) => at.limiter.New(at.capacity), (limiter: this, capacity));
        lock (bucket)
        {
            var now = clock.GetTimestamp();
            bucket.Tokens = Math.Min(capacity, bucket.Tokens + clock.GetElapsedTime(bucket.At, now).TotalSeconds * perSecond);
            bucket.At = now;
            if (bucket.Tokens < 1)
            {
                left = 0;
                return (int)Math.Ceiling((1 - bucket.Tokens) / perSecond);
            }
            bucket.Tokens -= 1;
            left = (int)bucket.Tokens;
            return null;
        }
    }

    /// <summary>Takes a request of a credential that may make so many per second, and says so in the headers of the IETF draft
    /// (draft-ietf-httpapi-ratelimit-headers-10).</summary>
    public Problem? Take(HttpContext context, Guid who, int perSecond)
    {
        var wait = Take(who, perSecond, perSecond, out var left);
        var headers = context.Response.Headers;
        headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"default\";q={perSecond};w=1");
        headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"default\";r={left};t={wait ?? 1}");
        return wait is { } seconds ? Problems.RateLimited(perSecond, seconds) : null;
    }

    Bucket New(double capacity)
    {
        if (Interlocked.Increment(ref _made) % SweepEvery == 0)
            foreach (var (who, bucket) in _buckets)
                // Whoever takes from it at this moment has one more than he might: it is the first in a minute.
                if (clock.GetElapsedTime(Volatile.Read(ref bucket.At)) > Forgotten) _buckets.TryRemove(who, out _);
        return new() { Tokens = capacity, At = clock.GetTimestamp() };
    }

    sealed class Bucket
    {
        public double Tokens;
        public long At;
    }
}
