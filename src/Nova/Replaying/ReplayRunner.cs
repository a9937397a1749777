using Microsoft.Extensions.Logging;
using Nova.Accounts;
using Nova.Model;
using Nova.Nodes;
using Nova.Storage;
using Nova.Telemetry;

namespace Nova.Replaying;

/// <summary>
/// Works on replay jobs, page by page: half a second's worth of deliveries at a time, made as waiting ones in the store, from where every node's
/// poller takes them fairly with all that is due.
/// </summary>
/// <remarks>
/// Two things keep a job from starving live traffic: its rate, and that it never has more than two pages that have not been attempted yet. So
/// events that come meanwhile for the same endpoint have that many before them and no more, however slowly it answers; the job goes at
/// the pace of its slowest endpoint. After a kill another node goes on from the cursor, which moves in the same transaction as the deliveries are made.
/// </remarks>
internal sealed class ReplayRunner(
    IReplayStore store, ReplaySource source, AccountDirectory directory, ThisNode node, TimeProvider clock, ILogger<ReplayRunner> logger)
{
    /// <summary>Jobs that one node works on at once. Each is a page every half second at most; more wait for another node, or for these.</summary>
    const int MostHeld = 32;

    /// <summary>Pages of a job per second, so that a page is small beside an endpoint's queue and a job can be stopped within half a second.</summary>
    const int PagesPerSecond = 2;

    /// <summary>Pages of a job in one turn, where they hold nothing to deliver: a thousand rows, some tens of milliseconds.</summary>
    const int MostPagesInTurn = 4;

    static readonly TimeSpan TickWhileWorking = TimeSpan.FromMilliseconds(100);

    /// <summary>A job that another node left lies for at most this long.</summary>
    static readonly TimeSpan TickWhileIdle = TimeSpan.FromSeconds(1);

    readonly Dictionary<Id<ReplayJob>, HeldJob> _held = [];
    readonly SemaphoreSlim _working = new(1, 1);
    readonly SemaphoreSlim _signal = new(0, 1);
    int _node;
    bool _mustRelease;

    /// <summary>Looks for jobs now rather than at the next tick.</summary>
    public void Signal()
    {
        try
        {
            if (_signal.CurrentCount == 0) _signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else was first: a look is due in any case.
        }
    }

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await WorkAsync(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Log.ReplaysFaulted(logger, fault);
            }
            await RestAsync(stop);
        }
    }

    /// <summary>One turn: takes jobs that nobody works on, and makes the page that is due of each that it holds.</summary>
    public async Task WorkAsync(CancellationToken cancellation)
    {
        await _working.WaitAsync(cancellation);
        try
        {
            // What was held under an earlier number belongs to whoever takes it.
            if (_node != node.Number) _held.Clear();
            _node = node.Number;
            if (!node.MaySend) return;
            if (node.IsDraining)
            {
                if (_held.Count > 0) await ReleaseAsync(cancellation);
                return;
            }
            if (_mustRelease) await ReleaseAsync(cancellation);
            if (_held.Count < MostHeld)
                foreach (var job in await store.ClaimReplaysAsync(_node, MostHeld - _held.Count, cancellation))
                    _held[job.Id] = new(job, clock.GetTimestamp());
            foreach (var held in _held.Values.ToArray())
                if (clock.GetTimestamp() >= held.NextAt && !await MoveOnAsync(held, cancellation)) _held.Remove(held.Job.Id);
        }
        catch
        {
            // Whether the last page was written is not known: let go of everything, and begin again from what the store says.
            _held.Clear();
            _mustRelease = true;
            throw;
        }
        finally
        {
            _working.Release();
        }
    }

    /// <summary>Makes the next page. False: the job has ended, or is somebody else's.</summary>
    async Task<bool> MoveOnAsync(HeldJob held, CancellationToken cancellation)
    {
        var job = held.Job;
        var size = Math.Clamp(job.Rate / PagesPerSecond, 1, ReplaySource.MostLookedAt);
        if (held.Untried.Count > 0) held.Untried = await store.FindUntriedAsync(job.EnvironmentId, held.Untried, cancellation);
        // Looked at again at the next tick. A job that was cancelled meanwhile is noticed when it next moves, and makes nothing then.
        if (held.Untried.Count > size) return true;

        // What is passed over costs nothing at any receiver: only what is made counts against the rate.
        for (var pages = 0; pages < MostPagesInTurn && clock.GetTimestamp() >= held.NextAt; pages++)
            if (!await MakePageAsync(held, size, cancellation)) return false;
        return true;
    }

    async Task<bool> MakePageAsync(HeldJob held, int size, CancellationToken cancellation)
    {
        var (job, started) = (held.Job, clock.GetTimestamp());
        if (WhyStopped(job) is { } reason) return await AdvanceAsync(held, new(job, job.Cursor, [], 0, ReplayState.Stopped, reason), cancellation);
        var page = (await source.ReadAsync(job.EnvironmentId, job.Selection, job.Cursor, ReplaySource.MostLookedAt, cancellation)).Most(size);
        var deliveries = page.Rows.Where(row => row.Item is not null).Select(row => NewDelivery(job, row.Item!)).ToArray();
        held.NextAt = started + (long)(deliveries.Length * (double)clock.TimestampFrequency / job.Rate);
        held.Untried = [.. held.Untried, .. deliveries.Select(delivery => delivery.Id)];
        return await AdvanceAsync(
            held, new(job, page.Cursor, deliveries, page.Rows.Count - deliveries.Length, page.IsLast ? ReplayState.Completed : ReplayState.Running),
            cancellation);
    }

    async Task<bool> AdvanceAsync(HeldJob held, ReplayAdvance advance, CancellationToken cancellation)
    {
        if (await store.AdvanceReplayAsync(_node, advance, cancellation) is not { } moved) return false;
        held.Job = moved;
        if (moved.State == ReplayState.Running) return true;
        Log.ReplayEnded(logger, moved.Id.ToString(), moved.State.ToString(), moved.Done, moved.Skipped);
        return false;
    }

    /// <summary>A job for one endpoint ends when that is not to be sent to any more; one for several passes over such.</summary>
    string? WhyStopped(ReplayJob job)
    {
        if (directory.Environment(job.EnvironmentId) is not { } entry) return "The product is not installed any more.";
        if (job.Selection.EndpointId is not { } id) return null;
        return entry.Find(id) switch
        {
            { Endpoint.Receives: true } => null,
            { Endpoint.DeletedAt: null } => $"The {entry.Product.EndpointWord} was disabled while the replay ran. Enable it, and start another for the rest.",
            _ => $"The {entry.Product.EndpointWord} was deleted while the replay ran.",
        };
    }

    Delivery NewDelivery(ReplayJob job, ReplayItem item)
    {
        var now = clock.Now();
        return new()
        {
            Id = Id<Delivery>.New(now),
            EnvironmentId = job.EnvironmentId,
            EventId = item.EventId,
            EndpointId = item.Target.Endpoint.Id,
            EventType = item.EventType,
            Tenant = item.Tenant,
            Trigger = DeliveryTrigger.Replay,
            ReplayOf = item.Of,
            Generation = item.Target.Endpoint.Generation,
            State = DeliveryState.Pending,
            CreatedAt = now,
            NextAttemptAt = now,
        };
    }

    /// <summary>Lets go of all jobs, so that another node, or this one, claims them and goes on from where the store says they stand.</summary>
    async Task ReleaseAsync(CancellationToken cancellation)
    {
        _held.Clear();
        await store.ReleaseReplaysAsync(_node, cancellation);
        _mustRelease = false;
    }

    async Task RestAsync(CancellationToken stop)
    {
        using var timeout = new CancellationTokenSource(_held.Count > 0 ? TickWhileWorking : TickWhileIdle, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
        try
        {
            await _signal.WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            // The tick, or the stop.
        }
    }

    /// <param name="job">As it stands.</param>
    /// <param name="nextAt">Timestamp at which its next page is due.</param>
    sealed class HeldJob(ReplayJob job, long nextAt)
    {
        public ReplayJob Job { get; set; } = job;

        public long NextAt { get; set; } = nextAt;

        /// <summary>What it has made that was not known to be attempted at the last look.</summary>
        public IReadOnlyList<Id<Delivery>> Untried { get; set; } = [];
    }
}
