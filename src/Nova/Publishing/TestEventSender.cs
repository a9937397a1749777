using Nova.Accounts;
using Nova.Delivering;
using Nova.Model;
using Nova.Products;
using Nova.Storage;

namespace Nova.Publishing;

/// <summary>Send Test Webhook: an event for one endpoint alone, stored, signed and recorded like any other, attempted once, also while the endpoint is disabled.</summary>
internal sealed class TestEventSender(EnvelopeRegistry envelopes, DeliveryEngine engine, OutcomeLog outcomes, EventLog log, TimeProvider clock)
{
    /// <summary>
    /// Sends, and waits for the attempt to be on record, at most for the product's timeout and a little. The id of the delivery is the answer;
    /// its state says whether the attempt has been made.
    /// </summary>
    /// <param name="entry">The environment.</param>
    /// <param name="target">The endpoint.</param>
    /// <param name="type">The event type, where the product lets one choose; null: the product's own test.</param>
    /// <param name="data">
    /// The data of the event, checked by <see cref="EventPublisher.CheckData"/>, with its <paramref name="type"/>: it is then sent as an event of
    /// that type is, also where the product's own test is something else. Null: the test's own.
    /// </param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<Id<Delivery>> SendAsync(
        EnvironmentEntry entry, EndpointTarget target, string? type, byte[]? data, CancellationToken cancellation)
    {
        var now = clock.Now();
        var test = entry.Product.Test;
        var endpoint = target.Endpoint;
        var eventType = type ?? test.EventType;
        var @event = new Event
        {
            Id = Id<Event>.New(now),
            EnvironmentId = entry.Id,
            Type = eventType,
            Data = data ?? test.Data(eventType),
            OccurredAt = now,
            CreatedAt = now,
            EnvelopeId = envelopes.NumberOf(data is null ? test.Envelope ?? entry.Product.Envelope : entry.Product.Envelope),
            DeliveryCount = 1,
            IsTest = true,
        };
        var leased = engine.TryReserve(endpoint.Id, HeldDelivery.SizeOf(@event));
        var delivery = new Delivery
        {
            Id = Id<Delivery>.New(now),
            EnvironmentId = entry.Id,
            EventId = @event.Id,
            EndpointId = endpoint.Id,
            EventType = eventType,
            Trigger = DeliveryTrigger.Test,
            Generation = endpoint.Generation,
            State = leased ? DeliveryState.Processing : DeliveryState.Pending,
            CreatedAt = now,
            NextAttemptAt = now,
        };

        var recorded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        outcomes.Recorded += Look;
        try
        {
            await log.AppendAsync(new Append { EnvironmentId = entry.Id, Event = @event, Deliveries = [new(delivery, leased)] }, cancellation);
            await recorded.Task.WaitAsync(entry.Product.Timeout + TimeSpan.FromSeconds(2), clock, cancellation);
        }
        catch (TimeoutException)
        {
            // Made by another node, or waiting for room: the caller shows the delivery as it stands.
        }
        finally
        {
            outcomes.Recorded -= Look;
        }
        return delivery.Id;

        void Look(EndedAttempt ended)
        {
            if (ended.Delivery.Id == delivery.Id) recorded.TrySetResult();
        }
    }
}
