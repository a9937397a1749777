using Microsoft.Extensions.Logging;
using Nova.Model;
using Nova.Nodes;
using Nova.Storage;
using Nova.Telemetry;

namespace Nova.Delivering;

/// <summary>
/// Brings deliveries from the store when they fall due: retries, what overflowed, what another node left behind.
/// First attempts do not come this way.
/// </summary>
internal sealed class DuePoller(INovaStore store, DeliveryEngine engine, ThisNode node, NovaOptions options, TimeProvider clock, ILogger<DuePoller> logger)
{
    /// <summary>A poll is at most this part of the time, so that a large directory of failing endpoints does not keep the store busy with looking.</summary>
    const int RestPerWork = 3;

    static readonly TimeSpan MostRest = TimeSpan.FromSeconds(2);

    readonly SemaphoreSlim _signal = new(0, 1);

    /// <summary>While a backlog is sent, the looks in between go on with its endpoints; the next look at everything is not before this.</summary>
    long _lookAtAllFrom;

    /// <summary>Looks now rather than at the next tick.</summary>
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
        engine.RoomAgain = Signal;
        while (!stop.IsCancellationRequested)
        {
            var started = clock.GetTimestamp();
            var again = false;
            try
            {
                await node.WhenMaySendAsync(stop);
                again = await LookAsync(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Log.DueNotRead(logger, fault);
            }
            if (!again) await RestAsync(clock.GetElapsedTime(started), stop);
        }
    }

    async Task<bool> LookAsync(CancellationToken stop)
    {
        var started = clock.GetTimestamp();
        if (started < _lookAtAllFrom) return await PollAsync(stop, goesOn: true);
        var again = await PollAsync(stop);
        var rest = TimeSpan.FromTicks(Math.Max(options.Delivering.PollEvery.Ticks, clock.GetElapsedTime(started).Ticks * RestPerWork));
        _lookAtAllFrom = clock.GetTimestamp() + (long)(Math.Min(rest.TotalSeconds, MostRest.TotalSeconds) * clock.TimestampFrequency);
        return again;
    }

    /// <summary>One look. True: there was as much as could be taken, so that there may be more.</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="goesOn">Only at endpoints that are known to have more in the store, from where the last look at them ended.</param>
    public async Task<bool> PollAsync(CancellationToken cancellation, bool goesOn = false)
    {
        var limit = engine.Room;
        if (limit == 0 || node.IsDraining) return false;
        var number = node.Number;
        var room = new Dictionary<Id<Endpoint>, int>();
        foreach (var queue in engine.Queues)
            if (queue.Room is var free && (queue.Spilled || (!goesOn && free < options.Delivering.QueuedPerEndpoint))) room[queue.EndpointId] = free;
        if (goesOn && room.Count == 0) return false;
        var claimed = await store.ClaimAsync(new(number, limit, options.Delivering.QueuedPerEndpoint, room, goesOn), cancellation);

        var taken = new Dictionary<Id<Endpoint>, int>();
        var events = new Dictionary<Id<Event>, HeldEvent>();
        foreach (var (delivery, @event) in claimed)
        {
            if (!events.TryGetValue(@event.Id, out var held)) events[@event.Id] = held = new(@event);
            engine.DispatchClaimed(new(delivery, held, number));
            taken[delivery.EndpointId] = taken.GetValueOrDefault(delivery.EndpointId) + 1;
        }
        // The store has no more of an endpoint that had room left: new deliveries may come straight to the queue again.
        if (claimed.Count < limit)
            foreach (var queue in engine.Queues)
                if (queue.Spilled && room.TryGetValue(queue.EndpointId, out var had) && taken.GetValueOrDefault(queue.EndpointId) < had)
                    queue.Spilled = false;
        return claimed.Count == limit;
    }

    async Task RestAsync(TimeSpan worked, CancellationToken stop)
    {
        // The most matters where the process was paused, or its machine asleep, in the middle of a look.
        var rest = Math.Clamp(worked.Ticks, options.Delivering.PollEvery.Ticks / RestPerWork, MostRest.Ticks / RestPerWork) * RestPerWork;
        using var timeout = new CancellationTokenSource(TimeSpan.FromTicks(rest), clock);
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
}
