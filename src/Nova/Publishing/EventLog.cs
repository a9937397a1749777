using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Nova.Counting;
using Nova.Delivering;
using Nova.Nodes;
using Nova.Storage;
using Nova.Telemetry;

namespace Nova.Publishing;

/// <summary>
/// Commits what is accepted in groups: whatever has come while one commit was under way goes into the next. A caller's task completes only
/// when its entry is on disk, and its leased deliveries are handed to the engine from memory. Next in the walk: <see cref="DeliveryEngine"/>.
/// </summary>
internal sealed class EventLog(
    INovaStore store, DeliveryEngine engine, ThisNode node, RequestCounter requests, NovaMetrics metrics, NovaOptions options, TimeProvider clock,
    ILogger<EventLog> logger)
{
    static readonly TimeSpan WaitAfterFault = TimeSpan.FromMilliseconds(200);

    // Full: publishers wait. Each has one request open, so what is here is bounded by the connections the server accepts as well.
    readonly Channel<Entry> _entries = Channel.CreateBounded<Entry>(new BoundedChannelOptions(8192) { SingleReader = true });

    /// <summary>Called after a commit with each entry that is on disk and has deliveries. Must not block.</summary>
    public event Action<Append>? Committed;

    /// <summary>Makes an entry durable. Room for its leased deliveries has been kept in the engine; it is used, or given back where nothing was written.</summary>
    /// <exception cref="TimeoutException">The store has not answered in time. The entry may be written yet.</exception>
    public async Task<AppendResult> AppendAsync(Append append, CancellationToken cancellation)
    {
        var entry = new Entry(append);
        if (!_entries.Writer.TryWrite(entry)) await WriteAsync(entry, cancellation);
        // From here on the entry is written whatever the caller does: leaving early only means not to hear of it.
        return await entry.Done.Task.WaitAsync(options.Publishing.AnswerWithin, clock, cancellation);
    }

    /// <summary>Waits for room in the channel, no longer than for an answer: while the store is away, what waits must not grow.</summary>
    async Task WriteAsync(Entry entry, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(options.Publishing.AnswerWithin, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await _entries.Writer.WriteAsync(entry, either.Token);
        }
        catch (Exception fault)
        {
            GiveBack(entry.Append);
            if (fault is OperationCanceledException && limit.IsCancellationRequested) throw new TimeoutException("The store does not keep up.", fault);
            throw;
        }
    }

    /// <summary>No more will come: <see cref="RunAsync"/> ends when all is committed.</summary>
    public void Complete() => _entries.Writer.TryComplete();

    public async Task RunAsync(CancellationToken abandon)
    {
        var batch = new List<Entry>(options.Publishing.MaxBatch);
        var appends = new List<Append>(options.Publishing.MaxBatch);
        while (await _entries.Reader.WaitToReadAsync(abandon))
        {
            batch.Clear();
            appends.Clear();
            while (batch.Count < options.Publishing.MaxBatch && _entries.Reader.TryRead(out var entry))
            {
                batch.Add(entry);
                appends.Add(entry.Append);
            }
            await CommitAsync(batch, appends, abandon);
        }
    }

    async Task CommitAsync(List<Entry> batch, List<Append> appends, CancellationToken abandon)
    {
        while (true)
        {
            var number = node.Number;
            var started = clock.GetTimestamp();
            try
            {
                var results = await store.AppendAsync(number, appends, abandon);
                metrics.Committed("append", batch.Count, clock.GetElapsedTime(started));
                var accepted = 0;
                for (var i = 0; i < results.Length; i++)
                {
                    Finish(batch[i], results[i], number);
                    if (results[i].Outcome == AppendOutcome.Written && appends[i].Event is not null) accepted++;
                }
                if (accepted > 0) requests.NoteAccepted(accepted);
                return;
            }
            catch (OperationCanceledException) when (abandon.IsCancellationRequested)
            {
                foreach (var entry in batch) entry.Done.TrySetCanceled(abandon);
                throw;
            }
            catch (NodeLostException)
            {
                await node.BeatAsync(abandon);
            }
            catch (Exception fault)
            {
                // Whether the commit happened is unknown, so it is tried until it is known: ids were given before, a second write of them
                // changes nothing, and no delivery may be left leased to a node that does not know of it.
                Log.EventsNotWritten(logger, batch.Count, fault);
                await Task.Delay(WaitAfterFault, clock, abandon);
            }
        }
    }

    void Finish(Entry entry, AppendResult result, int number)
    {
        var append = entry.Append;
        if (result.Outcome != AppendOutcome.Written) GiveBack(append);
        else if (append.Deliveries.Count > 0)
        {
            var held = new HeldEvent(append.Event ?? append.ReplayedEvent!);
            foreach (var (delivery, leased) in append.Deliveries)
                if (leased) engine.Dispatch(new(delivery, held, number));
            Committed?.Invoke(append);
        }
        entry.Done.TrySetResult(result);
    }

    /// <summary>Nothing was written: the places that were kept are free again.</summary>
    void GiveBack(Append append)
    {
        foreach (var (delivery, leased) in append.Deliveries)
            if (leased) engine.Unreserve(delivery.EndpointId, HeldDelivery.SizeOf((append.Event ?? append.ReplayedEvent)!));
    }

    sealed class Entry(Append append)
    {
        public Append Append { get; } = append;

        public TaskCompletionSource<AppendResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
