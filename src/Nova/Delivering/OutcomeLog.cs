using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Nova.Accounts;
using Nova.Model;
using Nova.Storage;
using Nova.Telemetry;

namespace Nova.Delivering;

/// <summary>
/// Writes outcomes in group commits: whatever has ended while one commit was under way goes into the next.
/// Next in the walk: <see cref="EndpointDisabler"/>, and for retries <see cref="DuePoller"/>.
/// </summary>
internal sealed class OutcomeLog(
    INovaStore store, EndpointDisabler disabler, AccountDirectory directory, NovaMetrics metrics, NovaOptions options, TimeProvider clock,
    ILogger<OutcomeLog> logger)
{
    /// <summary>Most outcomes in one commit: with a full record of 24 KiB each, 24 MiB of memory and of one transaction.</summary>
    const int MostInBatch = 1000;

    static readonly TimeSpan WaitAfterFault = TimeSpan.FromMilliseconds(200);

    // Full: workers wait, so that a store that is slow or away slows sending down instead of filling memory.
    readonly Channel<EndedAttempt> _ended = Channel.CreateBounded<EndedAttempt>(new BoundedChannelOptions(2 * MostInBatch) { SingleReader = true });

    /// <summary>Called after a commit with each outcome that is now on record. Must not block.</summary>
    public event Action<EndedAttempt>? Recorded;

    public ValueTask WriteAsync(EndedAttempt ended, CancellationToken cancellation) => _ended.Writer.WriteAsync(ended, cancellation);

    /// <summary>No more will come: <see cref="RunAsync"/> ends when all is written.</summary>
    public void Complete() => _ended.Writer.TryComplete();

    public async Task RunAsync(CancellationToken abandon)
    {
        var batch = new List<EndedAttempt>(MostInBatch);
        var last = clock.GetTimestamp() - clock.TimestampFrequency;
        while (await _ended.Reader.WaitToReadAsync(abandon))
        {
            // The first after a pause is recorded at once; in a stream, many share a commit. Nobody waits for it, and the store has the time for publishers.
            var wait = options.Delivering.RecordEvery - clock.GetElapsedTime(last);
            if (wait > TimeSpan.Zero) await Task.Delay(wait, clock, abandon);
            last = clock.GetTimestamp();
            batch.Clear();
            while (batch.Count < MostInBatch && _ended.Reader.TryRead(out var ended)) batch.Add(ended);
            // A node that was declared dead goes on under a new number; outcomes of leases under the old one are offered, and refused, under that.
            foreach (var group in ByNode(batch)) await RecordAsync(group, abandon);
        }
    }

    static IEnumerable<List<EndedAttempt>> ByNode(List<EndedAttempt> batch) =>
        batch.TrueForAll(ended => ended.Node == batch[0].Node) ? [batch] : batch.GroupBy(ended => ended.Node).Select(group => group.ToList());

    async Task RecordAsync(List<EndedAttempt> batch, CancellationToken abandon)
    {
        while (true)
        {
            var started = clock.GetTimestamp();
            try
            {
                var records = new AttemptRecord[batch.Count];
                for (var i = 0; i < records.Length; i++)
                    records[i] = batch[i].Record with { EndedAgo = clock.GetElapsedTime(batch[i].EndedAt) };
                var result = await store.RecordAsync(batch[0].Node, records, abandon);
                metrics.Committed("record", batch.Count, clock.GetElapsedTime(started));
                Tell(batch, result);
                return;
            }
            catch (OperationCanceledException) when (abandon.IsCancellationRequested)
            {
                throw;
            }
            catch (Exception fault)
            {
                // Safe to repeat: what a first try did write is no longer held, and comes back as lost.
                Log.OutcomesNotRecorded(logger, batch.Count, fault);
                await Task.Delay(WaitAfterFault, clock, abandon);
            }
        }
    }

    void Tell(List<EndedAttempt> batch, RecordResult result)
    {
        var lost = result.Lost.Count == 0 ? null : result.Lost.ToHashSet();
        if (lost is not null) Log.OutcomesLost(logger, lost.Count);
        foreach (var ended in batch)
        {
            if (lost?.Contains(ended.Delivery.Id) == true) continue;
            if (ended.DisablesEndpoint) disabler.Post(ended.Delivery.EndpointId, EndpointDisabler.Gone);
            Recorded?.Invoke(ended);
            if (logger.IsEnabled(LogLevel.Debug)) Say(ended);
        }
        foreach (var health in result.Failing) disabler.Judge(health);
    }

    void Say(EndedAttempt ended)
    {
        if (directory.Environment(ended.Delivery.EnvironmentId) is not { } entry || entry.Find(ended.Delivery.EndpointId) is not { } target) return;
        var (record, attempt) = (ended.Record, ended.Record.Attempt);
        Log.Attempted(
            logger, entry.Product.Name, entry.Account.OutsideId, entry.Name, ended.Delivery.EventType, ended.Delivery.Id.ToString(),
            record.EndpointId.ToString(), attempt?.Number ?? 0, OutcomeNames.Of(attempt?.Outcome ?? AttemptOutcome.EndpointGone), attempt?.StatusCode,
            record.State.ToString(), (attempt?.Timings.Total ?? 0) / 1000.0, record.State == DeliveryState.Pending ? record.RetryIn.TotalSeconds : null,
            target.Url?.GetLeftPart(UriPartial.Path) ?? "-", record.Error);
    }
}
