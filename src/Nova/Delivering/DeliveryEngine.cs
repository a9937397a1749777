using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Nova.Model;
using Nova.Nodes;
using Nova.Telemetry;

namespace Nova.Delivering;

/// <summary>
/// Hands held deliveries to workers, fairly: endpoints take turns, and none has more workers than its queue allows.
/// Next in the walk: <see cref="AttemptSender"/>.
/// </summary>
/// <remarks>
/// What is held is bounded twice: deliveries per endpoint by its queue, bytes over all endpoints here. What does not fit is not refused;
/// it waits in the store, and <see cref="DuePoller"/> brings it when there is room.
/// </remarks>
internal sealed class DeliveryEngine(
    AttemptSender sender, OutcomeLog outcomes, ThisNode node, NovaMetrics metrics, NovaOptions options, ILogger<DeliveryEngine> logger)
{
    /// <summary>Largest body of one event, so that a claim of n deliveries surely fits n times this.</summary>
    readonly int _largest = options.Publishing.MaxBodyBytes + 1024;

    readonly ConcurrentDictionary<Id<Endpoint>, EndpointQueue> _queues = new();

    // Unbounded is safe: a queue has at most its limit of tokens here, and there is one queue per endpoint.
    readonly Channel<EndpointQueue> _ready = Channel.CreateUnbounded<EndpointQueue>();
    long _heldBytes;
    long _held;
    long _running;

    /// <summary>Set by the poller: called when an endpoint that has more in the store has room for it.</summary>
    public Action RoomAgain { get; set; } = static () => { };

    public long Held => Volatile.Read(ref _held);

    public long Running => Volatile.Read(ref _running);

    /// <summary>Keeps a place for a delivery about to be committed. False: it must stay in the store, and will be fetched from there.</summary>
    public bool TryReserve(Id<Endpoint> endpoint, int bytes)
    {
        if (node.IsDraining) return false;
        var queue = QueueOf(endpoint);
        if (Volatile.Read(ref _heldBytes) + bytes > options.Delivering.QueuedBytes)
        {
            queue.Spilled = true;
            return false;
        }
        if (!queue.TryReserve()) return false;
        Interlocked.Add(ref _heldBytes, bytes);
        return true;
    }

    /// <summary>Gives a place back: the delivery was not written.</summary>
    public void Unreserve(Id<Endpoint> endpoint, int bytes)
    {
        QueueOf(endpoint).Unreserve();
        Interlocked.Add(ref _heldBytes, -bytes);
    }

    /// <summary>Takes in a delivery that is committed and leased to this node, for which a place was kept.</summary>
    public void Dispatch(HeldDelivery delivery) => Enqueue(delivery, reserved: true);

    /// <summary>Takes in a delivery that was claimed from the store.</summary>
    public void DispatchClaimed(HeldDelivery delivery)
    {
        Interlocked.Add(ref _heldBytes, delivery.Bytes);
        Enqueue(delivery, reserved: false);
    }

    /// <summary>How many more deliveries may be claimed in all, whatever their size.</summary>
    public int Room => (int)Math.Clamp((options.Delivering.QueuedBytes - Volatile.Read(ref _heldBytes)) / _largest, 0, 1000);

    /// <summary>The endpoints that have a queue here, and the room in each.</summary>
    public IEnumerable<EndpointQueue> Queues => _queues.Values;

    public EndpointQueue QueueOf(Id<Endpoint> endpoint) =>
        _queues.TryGetValue(endpoint, out var queue) ? queue : _queues.GetOrAdd(endpoint, static (id, set) => new(id, set), options.Delivering);

    /// <summary>Works until <paramref name="stop"/>; then begins nothing new and lets attempts in flight end, until <paramref name="abandon"/>.</summary>
    public Task RunAsync(CancellationToken stop, CancellationToken abandon)
    {
        metrics.Observe(() => Held, () => Running);
        node.DrainBegan += () => _ = HandOverAsync(abandon);
        return Task.WhenAll(Enumerable.Range(0, options.Delivering.MaxConcurrentAttempts).Select(_ => WorkAsync(stop, abandon)));
    }

    async Task WorkAsync(CancellationToken stop, CancellationToken abandon)
    {
        var scratch = new AttemptScratch();
        while (true)
        {
            EndpointQueue queue;
            try
            {
                queue = await _ready.Reader.ReadAsync(stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            if (!queue.TryTake(out var delivery)) continue;
            Interlocked.Increment(ref _running);
            var answered = false;
            try
            {
                // Its lease was lost while it waited: another node has it, and does all that is to be done.
                if (delivery!.Node == node.Number && node.IsDraining) await outcomes.WriteAsync(sender.HandBack(delivery), abandon);
                else if (delivery.Node == node.Number)
                {
                    await node.WhenMaySendAsync(stop);
                    answered = await AttemptAsync(delivery, scratch, abandon);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Not begun, or cut off by the stop: not a failure. The lease is given back and the attempt made again.
            }
            catch (Exception fault)
            {
                // The one place where anything is caught: a fault of ours must lose neither the worker nor the delivery.
                Log.AttemptFaulted(logger, delivery!.Delivery.Id.ToString(), fault);
                await RecordFaultAsync(delivery, abandon);
            }
            Interlocked.Decrement(ref _running);
            LetGo(delivery!);
            for (var tokens = queue.Finish(answered); tokens > 0; tokens--) _ready.Writer.TryWrite(queue);
            if (queue.WantsMore) RoomAgain();
        }
    }

    async Task RecordFaultAsync(HeldDelivery delivery, CancellationToken abandon)
    {
        try
        {
            await outcomes.WriteAsync(sender.Faulted(delivery), abandon);
        }
        catch (Exception fault) when (fault is OperationCanceledException or ChannelClosedException)
        {
            // The node stops, which gives everything back.
        }
    }

    /// <summary>The node is drained: what waits in its queues goes back to the store, due at once, for the other nodes. What is in flight ends here.</summary>
    async Task HandOverAsync(CancellationToken abandon)
    {
        try
        {
            foreach (var queue in _queues.Values)
                foreach (var delivery in queue.TakeAll())
                {
                    LetGo(delivery);
                    if (delivery.Node == node.Number) await outcomes.WriteAsync(sender.HandBack(delivery), abandon);
                }
        }
        catch (Exception fault) when (fault is OperationCanceledException or ChannelClosedException)
        {
            // The node stops, which gives everything back.
        }
    }

    void LetGo(HeldDelivery delivery)
    {
        Interlocked.Decrement(ref _held);
        Interlocked.Add(ref _heldBytes, -delivery.Bytes);
    }

    /// <summary>Returns whether the endpoint answered, whatever it said: that is what its share of workers follows.</summary>
    async Task<bool> AttemptAsync(HeldDelivery delivery, AttemptScratch scratch, CancellationToken abandon)
    {
        var ended = await sender.AttemptAsync(delivery, scratch, abandon);
        await outcomes.WriteAsync(ended, abandon);
        return ended.Record.Attempt is not { StatusCode: null };
    }

    void Enqueue(HeldDelivery delivery, bool reserved)
    {
        Interlocked.Increment(ref _held);
        var queue = QueueOf(delivery.Delivery.EndpointId);
        if (queue.Enqueue(delivery, reserved)) _ready.Writer.TryWrite(queue);
    }
}
