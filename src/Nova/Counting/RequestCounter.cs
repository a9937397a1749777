using System.Collections.Concurrent;
using Nova.Storage;

namespace Nova.Counting;

/// <summary>
/// Counts requests of the API by environment and minute, and accepted events, in memory; <see cref="FiguresKeeper"/> writes them down every few seconds. A kill
/// loses those seconds, which is why outcomes are counted by the store instead.
/// </summary>
internal sealed class RequestCounter(TimeProvider clock)
{
    ConcurrentDictionary<(int EnvironmentId, long Minute), Count> _counts = new();
    ConcurrentDictionary<(int EnvironmentId, long Minute), Count> _late = new();

    /// <param name="environmentId">For whom the request was.</param>
    /// <param name="failed">It was answered with 400 or above.</param>
    /// <param name="took">From its headers to its answer.</param>
    public void Note(int environmentId, bool failed, TimeSpan took)
    {
        var count = Of(environmentId);
        Interlocked.Increment(ref count.Requests);
        if (failed) Interlocked.Increment(ref count.Failed);
        Interlocked.Add(ref count.Microseconds, took.Ticks / TimeSpan.TicksPerMicrosecond);
    }

    /// <summary>Events of a group commit that is on disk.</summary>
    public void NoteAccepted(int events) => Interlocked.Add(ref Of(Model.Figures.Everybody).Accepted, events);

    Count Of(int environmentId) =>
        _counts.GetOrAdd((environmentId, clock.GetUtcNow().UtcTicks / TimeSpan.TicksPerMinute), static _ => new());

    /// <summary>What was counted since the last time.</summary>
    public IReadOnlyList<NotedFigures> Take()
    {
        if (_counts.IsEmpty && _late.IsEmpty) return [];
        // Whoever has just found his count in the old table adds to it in the next moment; it is read when the next one is taken.
        var taken = _late;
        _late = Interlocked.Exchange(ref _counts, new());
        return [.. taken.Concat(_late).Select(Take).OfType<NotedFigures>()];
    }

    static NotedFigures? Take(KeyValuePair<(int EnvironmentId, long Minute), Count> entry)
    {
        var count = entry.Value;
        var figures = new NotedFigures(new DateTimeOffset(entry.Key.Minute * TimeSpan.TicksPerMinute, TimeSpan.Zero), entry.Key.EnvironmentId)
        {
            Requests = Interlocked.Exchange(ref count.Requests, 0),
            RequestsFailed = Interlocked.Exchange(ref count.Failed, 0),
            RequestsUs = Interlocked.Exchange(ref count.Microseconds, 0),
            Accepted = Interlocked.Exchange(ref count.Accepted, 0),
        };
        return figures.Requests == 0 && figures.Accepted == 0 ? null : figures;
    }

    sealed class Count
    {
        public long Requests;
        public long Failed;
        public long Microseconds;
        public long Accepted;
    }
}
