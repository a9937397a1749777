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
internal sealed class ThisNode(INovaStore store, AccountDirectory directory, NovaOptions options, TimeProvider clock, ILogger<ThisNode> logger)
{
    /// <summary>The specification's bound: an endpoint's change is obeyed on every node within one second.</summary>
    static readonly TimeSpan MostStale = TimeSpan.FromSeconds(1);

    /// <summary>How far a node's clock may be from the store's before it reports itself unready: signatures carry its time, and receivers allow minutes.</summary>
    static readonly TimeSpan MostClockOffset = TimeSpan.FromSeconds(2);

    /// <summary>How often a closed gate looks whether it may open: as often as the directory is polled.</summary>
    static readonly TimeSpan GateEvery = TimeSpan.FromMilliseconds(50);

    long _heartbeatAt = long.MinValue;
    int _number;

    /// <summary>The number that leases are held under. Changes when the node had been declared dead: what it held then is no longer its own.</summary>
    public int Number => Volatile.Read(ref _number);

    public string Name { get; } = $"{Environment.MachineName}:{Environment.ProcessId}";

    /// <summary>Store's clock minus this node's, as of the last heartbeat.</summary>
    public TimeSpan ClockOffset { get; private set; }

    public bool ClockIsRight => ClockOffset.Duration() <= MostClockOffset;

    public bool MaySend =>
        Volatile.Read(ref _heartbeatAt) is var at && at != long.MinValue
        && clock.GetElapsedTime(at) < options.Node.LeaseFor - options.Node.HeartbeatEvery
        && directory.Staleness < MostStale;

    /// <summary>Completes when the node may send. Completed already on the hot path.</summary>
    public ValueTask WhenMaySendAsync(CancellationToken cancellation) => MaySend ? ValueTask.CompletedTask : WaitForGateAsync(cancellation);

    async ValueTask WaitForGateAsync(CancellationToken cancellation)
    {
        while (!MaySend) await Task.Delay(GateEvery, clock, cancellation);
    }

    public async Task RegisterAsync(CancellationToken cancellation)
    {
        var asked = clock.GetTimestamp();
        Volatile.Write(ref _number, await store.RegisterNodeAsync(Name, cancellation));
        await BeatAsync(cancellation);
        Volatile.Write(ref _heartbeatAt, asked);
        Log.NodeRegistered(logger, Name, Number);
    }

    /// <summary>One heartbeat, and a look for nodes that have stopped giving theirs.</summary>
    public async Task BeatAsync(CancellationToken cancellation)
    {
        var asked = clock.GetTimestamp();
        var heartbeat = await store.HeartbeatAsync(Number, cancellation);
        if (!heartbeat.Alive)
        {
            Log.NodeLost(logger, Name, Number);
            await RegisterAsync(cancellation);
            return;
        }
        Volatile.Write(ref _heartbeatAt, asked);
        ClockOffset = heartbeat.StoreNow - clock.GetUtcNow();
        if (!ClockIsRight) Log.ClockIsWrong(logger, ClockOffset.TotalSeconds);
        var rescued = await store.TakeOverAsync(options.Node.LeaseFor, cancellation);
        if (rescued > 0) Log.LeasesTakenOver(logger, rescued);
    }

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(options.Node.HeartbeatEvery, clock);
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
                Log.HeartbeatFailed(logger, fault);
            }
        }
    }

    /// <summary>Gives back what is still leased, so that other nodes need not wait for the lease to run out.</summary>
    public Task ReleaseAsync(CancellationToken cancellation) => store.ReleaseNodeAsync(Number, cancellation);
}
