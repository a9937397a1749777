using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Nova.AspNetCore.Authentication;

/// <summary>
/// A token bucket per credential, on this node: a second's worth of requests at once, refilled evenly. With several nodes a credential has
/// this much on each.
/// </summary>
/// <remarks>Bounded: there is a bucket only for credentials that exist.</remarks>
internal sealed class RequestLimiter(TimeProvider clock)
{
    readonly ConcurrentDictionary<Guid, Bucket> _buckets = new();

    /// <summary>Takes one request. Null where it may go on; else the whole seconds after which one may.</summary>
    /// <param name="who">The credential, or whatever else is counted.</param>
    /// <param name="capacity">Most at once.</param>
    /// <param name="perSecond">Refill.</param>
    /// <param name="left">Requests that may follow at once.</param>
    public int? Take(Guid who, double capacity, double perSecond, out int left)
    {
        var bucket = _buckets.GetOrAdd(who, static (_, at) => new Bucket { Tokens = at.capacity, At = at.now }, (capacity, now: clock.GetTimestamp()));
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

    sealed class Bucket
    {
        public double Tokens;
        public long At;
    }
}
