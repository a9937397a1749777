using Microsoft.Extensions.Logging;
using Nova.Accounts;
using Nova.Storage;
using Nova.Telemetry;

namespace Nova.Nodes;

/// <summary>
/// This running process as one of the nodes that share a store: its number, its heartbeat, and the gate that decides whether it may send.
/// </summary>
/// <remarks>
/// The gate is what keeps two promises that no database can keep for a process that was paused: an attempt starts only while the node's
/// lease surely holds (its last heartbeat was asked for less than the lease ago, by this process's monotonic clock) and only while the
/// directory is at most a second old (so that a deleted endpoint is left alone).
/// </remarks>
internal sealed class ThisNode
{
    /// <summary>The specification's bound: an endpoint's change is obeyed on every node within one second.</summary>
    static readonly TimeSpan MostStale = TimeSpan.FromSeconds(1);

    /// <summary>How far a node's clock may be from the store's before it reports itself unready: signatures carry its time, and receivers allow minutes.</summary>
    static readonly TimeSpan MostClockOffset = TimeSpan.FromSeconds(2);

    readonly INovaStore _store;
    readonly AccountDirectory _directory;
    readonly NovaOptions _options;
    readonly TimeProvider _clock;
    readonly ILogger<ThisNode> _logger;

    /// <summary>Completed, and replaced, whenever the gate may have opened. It closes by the mere passing of time.</summary>
    TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly SemaphoreSlim _beating = new(1, 1);
    long _heartbeatAt = long.MinValue;
    int _number;
    volatile bool _draining;

    public ThisNode(INovaStore store, AccountDirectory directory, NovaOptions options, TimeProvider clock, ILogger<ThisNode> logger)
    {
        (_store, _directory, _options, _clock, _logger) = (store, directory, options, clock, logger);
        directory.Confirmed += OpenGate;
    }

    /// <summary>The number that leases are held under. Changes when the node had been declared dead: what it held then is no longer its own.</summary>
    public int Number => Volatile.Read(ref _number);

    /// <summary>
    /// An operator has asked that it take no new work: it claims nothing and keeps no place for what is published here, ends what is in flight, and hands over
    /// the rest. Requests are still answered; what they publish waits in the store for the other nodes.
    /// </summary>
    public bool IsDraining => _draining;

    /// <summary>Called when it is to take no new work from now on. Must not block.</summary>
    public event Action? DrainBegan;

    public string Name { get; } = $"{Environment.MachineName}:{Environment.ProcessId}";

    /// <summary>Store's clock minus this node's, as of the last heartbeat.</summary>
    public TimeSpan ClockOffset { get; private set; }

    public bool ClockIsRight => ClockOffset.Duration() <= MostClockOffset;

    public bool MaySend =>
        Volatile.Read(ref _heartbeatAt) is var at && at != long.MinValue
        && _clock.GetElapsedTime(at) < _options.Node.LeaseFor - _options.Node.HeartbeatEvery
        && _directory.Staleness < MostStale;

    /// <summary>Completes when the node may send. Completed already on the hot path.</summary>
    public ValueTask WhenMaySendAsync(CancellationToken cancellation) => MaySend ? ValueTask.CompletedTask : WaitForGateAsync(cancellation);

    async ValueTask WaitForGateAsync(CancellationToken cancellation)
    {
        while (true)
        {
            // Taken before looking: an opening between the look and the wait completes it.
            var opening = Volatile.Read(ref _gate).Task;
            if (MaySend) return;
            await opening.WaitAsync(cancellation);
        }
    }

    void OpenGate() => Interlocked.Exchange(ref _gate, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    /// <summary>Takes a number and gives the first heartbeat.</summary>
    public Task RegisterAsync(CancellationToken cancellation) => AloneAsync(TakeNumberAsync, cancellation);

    /// <summary>One heartbeat, and a look for nodes that have stopped giving theirs. A node that had been declared dead takes a new number.</summary>
    public Task BeatAsync(CancellationToken cancellation) => AloneAsync(async token =>
    {
        if (!await SayAliveAsync(token))
        {
            Log.NodeLost(_logger, Name, Number);
            await TakeNumberAsync(token);
        }
        var rescued = await _store.TakeOverAsync(_options.Node.LeaseFor, token);
        if (rescued > 0) Log.LeasesTakenOver(_logger, rescued);
    }, cancellation);

    async Task TakeNumberAsync(CancellationToken cancellation)
    {
        Volatile.Write(ref _number, await _store.RegisterNodeAsync(Name, cancellation));
        // It was asked under its earlier number, and nobody has taken that back.
        if (_draining) await _store.DrainNodeAsync(Number, drain: true, cancellation);
        await SayAliveAsync(cancellation);
        Log.NodeRegistered(_logger, Name, Number);
    }

    async Task<bool> SayAliveAsync(CancellationToken cancellation)
    {
        var asked = _clock.GetTimestamp();
        var heartbeat = await _store.HeartbeatAsync(Number, cancellation);
        if (!heartbeat.Alive) return false;
        Drain(heartbeat.Draining);
        Volatile.Write(ref _heartbeatAt, asked);
        OpenGate();
        ClockOffset = heartbeat.StoreNow - _clock.GetUtcNow();
        if (!ClockIsRight) Log.ClockIsWrong(_logger, ClockOffset.TotalSeconds);
        return true;
    }

    void Drain(bool draining)
    {
        if (draining == _draining) return;
        _draining = draining;
        Log.NodeDraining(_logger, Number, draining);
        if (draining) DrainBegan?.Invoke();
    }

    /// <summary>The heartbeat's own turn and an append that was refused may both find the number gone: only one of them takes a new one.</summary>
    async Task AloneAsync(Func<CancellationToken, Task> work, CancellationToken cancellation)
    {
        await _beating.WaitAsync(cancellation);
        try
        {
            await work(cancellation);
        }
        finally
        {
            _beating.Release();
        }
    }

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(_options.Node.HeartbeatEvery, _clock);
        while (true)
        {
            try
            {
                if (!await timer.WaitForNextTickAsync(stop)) return;
                await BeatAsync(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                // The store is away: the gate closes when the lease may have run out, and the next tick tries again.
                Log.HeartbeatFailed(_logger, fault);
            }
        }
    }

    /// <summary>Gives back what is still leased, so that other nodes need not wait for the lease to run out.</summary>
    public Task ReleaseAsync(CancellationToken cancellation) => _store.ReleaseNodeAsync(Number, cancellation);
}
