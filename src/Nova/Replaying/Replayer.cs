using Nova.Accounts;
using Nova.Delivering;
using Nova.Model;
using Nova.Publishing;
using Nova.Storage;

namespace Nova.Replaying;

/// <summary>Makes a new delivery of an old event, with a fresh schedule. The old delivery stays as it is: history is never edited.</summary>
internal sealed class Replayer(DeliveryEngine engine, EventLog log, TimeProvider clock)
{
    /// <returns>The new delivery.</returns>
    public async Task<Delivery> ReplayAsync(DeliveryDetail old, EndpointTarget target, CancellationToken cancellation)
    {
        var now = clock.Now();
        var leased = engine.TryReserve(target.Endpoint.Id, HeldDelivery.SizeOf(old.Event));
        var delivery = new Delivery
        {
            Id = Id<Delivery>.New(now),
            EnvironmentId = old.Delivery.EnvironmentId,
            EventId = old.Event.Id,
            EndpointId = target.Endpoint.Id,
            EventType = old.Delivery.EventType,
            Tenant = old.Delivery.Tenant,
            Trigger = DeliveryTrigger.Replay,
            ReplayOf = old.Delivery.Id,
            Generation = target.Endpoint.Generation,
            State = leased ? DeliveryState.Processing : DeliveryState.Pending,
            CreatedAt = now,
            NextAttemptAt = now,
        };
        await log.AppendAsync(
            new Append { EnvironmentId = delivery.EnvironmentId, ReplayedEvent = old.Event, Deliveries = [new(delivery, leased)] }, cancellation);
        return delivery;
    }
}
