using Microsoft.Extensions.Logging;
using Nova.Storage;
using Nova.Telemetry;

namespace Nova.Accounts;

/// <summary>
/// Keeps the directory fresh: reads changes when the store says that there are some, and every quarter of a second all the same,
/// because a notification can be lost and a stopped endpoint must be stopped within a second on every node.
/// </summary>
internal sealed class DirectoryFollower(INovaStore store, AccountDirectory directory, TimeProvider clock, ILogger<DirectoryFollower> logger)
{
    /// <summary>Four chances within the second that the specification grants.</summary>
    static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(250);

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await store.WaitForChangeAsync(PollEvery, stop);
                await directory.RefreshAsync(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                // The store is away. Nothing is sent meanwhile: the node's gate closes by itself when the directory grows stale.
                Log.DirectoryNotRead(logger, fault);
                await Task.Delay(PollEvery, clock, CancellationToken.None);
            }
        }
    }
}
