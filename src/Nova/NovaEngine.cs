using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Nova.Accounts;
using Nova.Counting;
using Nova.Delivering;
using Nova.Maintaining;
using Nova.Nodes;
using Nova.Products;
using Nova.Publishing;
using Nova.Replaying;
using Nova.Storage;
using Nova.Telemetry;
using Nova.Watching;

namespace Nova;

/// <summary>Starts the parts in the order in which they need each other, and stops them in the other.</summary>
internal sealed class NovaEngine(
    INovaStore store,
    IReadOnlyDictionary<string, Product> products,
    EnvelopeRegistry envelopes,
    AccountDirectory directory,
    DirectoryFollower follower,
    ThisNode node,
    EventLog events,
    DeliveryEngine delivering,
    OutcomeLog outcomes,
    EndpointDisabler disabler,
    DuePoller due,
    RetentionCleaner cleaner,
    ReplayRunner replays,
    SecretResealer resealer,
    KeyUse keyUse,
    FiguresKeeper figures,
    ChangeFeed changes,
    NovaOptions options,
    TimeProvider clock,
    ILogger<NovaEngine> logger) : IHostedService
{
    readonly CancellationTokenSource _stop = new();
    readonly CancellationTokenSource _abandon = new();
    Task _serving = Task.CompletedTask;
    Task _working = Task.CompletedTask;
    Task _committing = Task.CompletedTask;
    Task _recording = Task.CompletedTask;

    /// <summary>True from the moment events can be accepted until the stop begins.</summary>
    public bool IsReady { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await store.MigrateAsync(cancellationToken);
        await envelopes.RegisterAsync(cancellationToken);
        await directory.RefreshAsync(cancellationToken);
        await node.RegisterAsync(cancellationToken);
        _recording = Task.Run(() => outcomes.RunAsync(_abandon.Token), CancellationToken.None);
        _committing = Task.Run(() => events.RunAsync(_abandon.Token), CancellationToken.None);
        _working = Task.Run(() => delivering.RunAsync(_stop.Token, _abandon.Token), CancellationToken.None);
        _serving = Task.Run(() => Task.WhenAll(
            node.RunAsync(_abandon.Token), follower.RunAsync(_abandon.Token), due.RunAsync(_stop.Token),
            disabler.RunAsync(_abandon.Token), cleaner.RunAsync(_stop.Token), replays.RunAsync(_stop.Token), resealer.RunAsync(_stop.Token), keyUse.RunAsync(_stop.Token),
            figures.RunAsync(_stop.Token), changes.RunAsync(_stop.Token)), CancellationToken.None);
        IsReady = true;
        Log.Started(logger, string.Join(',', products.Keys.Order()), node.Number);
    }

    /// <summary>
    /// Two stages: nothing new begins, and what is under way may end within the grace; then the rest is cut off and given back.
    /// An attempt that was cut off is no failure: it is made again.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!IsReady) return;
        IsReady = false;
        Log.Stopping(logger, delivering.Running, options.Delivering.StopGrace.TotalSeconds);
        events.Complete();
        await Ended(_committing);
        await _stop.CancelAsync();
        try
        {
            await _working.WaitAsync(options.Delivering.StopGrace, clock, cancellationToken);
            outcomes.Complete();
            await _recording.WaitAsync(options.Delivering.StopGrace, clock, cancellationToken);
        }
        catch (Exception fault) when (fault is TimeoutException or OperationCanceledException)
        {
            // The grace is used up.
        }
        await _abandon.CancelAsync();
        outcomes.Complete();
        await Ended(Task.WhenAll(_working, _recording, _serving));
        await node.ReleaseAsync(CancellationToken.None);
        Log.Stopped(logger);
    }

    static async Task Ended(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException)
        {
            // It was told to.
        }
    }
}
