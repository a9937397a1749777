using System.Collections.Concurrent;

namespace Nova.Egress;

/// <summary>
/// When an attempt ends at the latest: by its time-out, or because the engine stops. Used again by a later attempt, so that one does not cost a source, a
/// timer and a place in the list of all that end with the engine.
/// </summary>
internal sealed class Deadline : IDisposable
{
    readonly CancellationTokenSource _source;
    readonly CancellationToken _stop;
    readonly CancellationTokenRegistration _stops;

    Deadline(CancellationToken stop, TimeProvider clock)
    {
        _source = new(Timeout.InfiniteTimeSpan, clock);
        _stop = stop;
        _stops = stop.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>It has passed, or the engine stops.</summary>
    public bool IsOver => _source.IsCancellationRequested;

    public void Dispose()
    {
        _stops.Dispose();
        _source.Dispose();
    }

    /// <summary>Those that nobody uses now: at most as many as there were attempts at once.</summary>
    internal sealed class Pool(TimeProvider clock) : IDisposable
    {
        readonly ConcurrentBag<Deadline> _spare = [];

        public Deadline Rent(TimeSpan timeout, CancellationToken stop)
        {
            var deadline = _spare.TryTake(out var spare) && Fits(spare, stop) ? spare : new(stop, clock);
            deadline._source.CancelAfter(timeout);
            return deadline;
        }

        /// <summary>Only after everything that holds its token has ended.</summary>
        public void Return(Deadline deadline)
        {
            if (deadline._source.TryReset()) _spare.Add(deadline);
            else deadline.Dispose();
        }

        /// <summary>In a server all have the same to stop them; what has another one is not kept.</summary>
        static bool Fits(Deadline spare, CancellationToken stop)
        {
            if (spare._stop == stop) return true;
            spare.Dispose();
            return false;
        }

        public void Dispose()
        {
            while (_spare.TryTake(out var spare)) spare.Dispose();
        }
    }
}
