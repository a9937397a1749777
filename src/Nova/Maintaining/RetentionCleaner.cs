using Microsoft.Extensions.Logging;
using Nova.Inspecting;
using Nova.Storage;
using Nova.Telemetry;

namespace Nova.Maintaining;

/// <summary>Removes history that is older than it is to be kept, a bounded piece at a time, so that delivering does not feel it.</summary>
internal sealed class RetentionCleaner(
    INovaStore store, IPeopleStore people, IInspectorStore inspectors, NovaOptions options, TimeProvider clock, ILogger<RetentionCleaner> logger)
{
    /// <summary>Days are what is promised, so an hour late is on time.</summary>
    static readonly TimeSpan Every = TimeSpan.FromHours(1);

    /// <summary>Rest between two pieces.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                try
                {
                    while (await store.CleanAsync(clock.GetUtcNow() - options.Retention.KeepFor, stop)) await Task.Delay(Pause, clock, stop);
                    while (await inspectors.CleanInspectorsAsync(clock.GetUtcNow() - InspectorReceiver.KeptFor, stop)) await Task.Delay(Pause, clock, stop);
                    while (await people.CleanPeopleAsync(clock.GetUtcNow() - options.Retention.KeepAuditFor, stop)) await Task.Delay(Pause, clock, stop);
                }
                catch (Exception fault) when (fault is not OperationCanceledException)
                {
                    Log.RetentionFailed(logger, fault);
                }
                await Task.Delay(Every, clock, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }
}
