using Nova.Model;

namespace Nova.Egress;

/// <summary>
/// What came of a request. Everything that a receiver, its network or its name servers can do wrong is such a value, not an exception.
/// </summary>
internal sealed record EgressResult
{
    /// <summary>No request was made, because the egress guard refuses the URL.</summary>
    public static readonly EgressResult Blocked = new() { Outcome = AttemptOutcome.BlockedAddress, Error = EgressGuard.Blocked };

    /// <summary>The status line's, once there was one, whatever came of the body; else null.</summary>
    public int? Status { get; init; }

    /// <summary>HttpStatus where there is a status, which the product's rule then judges; else the fault.</summary>
    public required AttemptOutcome Outcome { get; init; }

    /// <summary>What went wrong, in words for a person; null where there is a status.</summary>
    public string? Error { get; init; }

    /// <summary>One <c>Name: value</c> per CRLF line, as many whole lines as are kept.</summary>
    public ReadOnlyMemory<byte> ResponseHeaders { get; init; }
    public ReadOnlyMemory<byte> ResponseBody { get; init; }

    /// <summary>Why the body stops early: <c>size</c>, <c>deadline</c>, <c>reset</c>; null where it is whole.</summary>
    public string? BodyTruncated { get; init; }
    public AttemptTimings Timings { get; init; }

    /// <summary>
    /// How long the receiver asks to be left alone, from now; zero for a time that is past; null where it asks nothing that can be read.
    /// </summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A reused connection had died before any byte of an answer, and the request went out once more on a fresh one.</summary>
    public bool Repeated { get; init; }
}
