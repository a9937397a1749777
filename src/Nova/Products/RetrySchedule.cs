namespace Nova.Products;

/// <summary>When each attempt of a delivery is made, counted from the end of the one before. Pure.</summary>
/// <param name="delays">Before each attempt; the first is zero.</param>
/// <param name="jitter">Most that is added to a delay, as a part of it: 0.1 adds up to 10 %. Never taken off: no attempt is early.</param>
/// <param name="mostRetryAfter">Most that a receiver's Retry-After may ask for.</param>
internal sealed class RetrySchedule(IReadOnlyList<TimeSpan> delays, double jitter, TimeSpan mostRetryAfter)
{
    /// <summary>How many attempts a delivery has in all.</summary>
    public int Attempts => delays.Count;

    /// <summary>As documented, without jitter.</summary>
    public IReadOnlyList<TimeSpan> Delays => delays;

    public double Jitter => jitter;

    /// <summary>The wait between the end of one attempt and the start of the next, or null when the schedule is used up.</summary>
    /// <param name="attempt">Number of the attempt that would follow: 2 after the first.</param>
    /// <param name="retryAfter">What the receiver asked for, where the product honours it. It can only make the wait longer.</param>
    /// <param name="random">From 0 to less than 1.</param>
    public TimeSpan? DelayBefore(int attempt, TimeSpan? retryAfter, Func<double> random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        if (attempt > delays.Count) return null;
        var delay = delays[attempt - 1];
        if (jitter > 0) delay += delay * (jitter * random());
        if (retryAfter is { } asked)
        {
            if (asked > mostRetryAfter) asked = mostRetryAfter;
            if (asked > delay) delay = asked;
        }
        return delay;
    }
}
