using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.AspNetCore.Auditing;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Model;
using Nova.Replaying;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>What was sent, what came back, and sending it again.</summary>
internal static class DeliveriesApi
{
    const string Tag = "Deliveries";

    public static void MapDeliveriesApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/deliveries").For(Access.OfCustomers);
        group.MapGet("", ListAsync)
            .Describe("listDeliveries", Tag, "List deliveries", "Newest first, across endpoints; each filter narrows.")
            .Query("status", "Where it stands.", DeliveryWords.States)
            .Query("event_type", "Of this event type.")
            .Query("endpoint", "Of this endpoint.")
            .Query("event", "Of this event, by its id.")
            .Query("tenant", "Of this tenant.")
            .Query("period", "The time back from now.", "24h", "7d", "30d")
            .Query("from", "Queued at this time or later.")
            .Query("until", "Queued before this time.")
            .Paged().Gives<Page<DeliveryView>>().Refuses(400);
        group.MapGet("/{id}", GetAsync)
            .Describe("getDelivery", Tag, "Show a delivery", "With the payload and every attempt.").Gives<DeliveryDetailView>().Refuses(404);
        group.MapPost("/{id}/retry", RetryAsync).Needs(Rights.Replay)
            .Describe("retryDelivery", Tag, "Deliver again", "A new delivery of the same event to the same endpoint, with a fresh schedule. The old one stays as it is.")
            .Gives<DeliveryView>(202).Refuses(404, 409);
    }

    /// <summary>The deliveries of one endpoint, deleted or not.</summary>
    public static async Task<IResult> ListOfWebhookAsync(HttpContext context, string id, INovaStore store)
    {
        var caller = Customer.Of(context);
        if (EndpointIds.Read(id, caller.Product) is not { } endpoint || caller.Entry.Find(endpoint) is null)
            return Problems.NotFound(caller.Product.EndpointWord);
        var query = new RequestQuery(context, caller.Json);
        var wanted = new DeliveryQuery { EnvironmentId = caller.Entry.Id, EndpointId = endpoint, Limit = query.Limit(), Before = query.Cursor<Delivery>() };
        return query.End() is { } refusal ? refusal : await PageAsync(context, caller, wanted, store);
    }

    static async Task<IResult> ListAsync(HttpContext context, INovaStore store, TimeProvider clock)
    {
        var caller = Customer.Of(context);
        var query = new RequestQuery(context, caller.Json);
        var (from, until) = query.Range(clock.GetUtcNow());
        DeliveryState? state = null;
        if (query.Text("status") is { } status && (state = DeliveryWords.ReadState(status)) is null)
            query.Fault("status", $"Must be one of {string.Join(", ", DeliveryWords.States)}.");
        Id<Endpoint>? endpoint = null;
        if (query.Text("endpoint") is { } text && (endpoint = EndpointIds.Read(text, caller.Product)) is null) query.Fault("endpoint", "Must be the id of a webhook.");
        Id<Event>? @event = null;
        var eventId = query.Text("event");
        var wanted = new DeliveryQuery
        {
            EnvironmentId = caller.Entry.Id,
            State = state,
            EventType = query.Text("event_type"),
            EndpointId = endpoint,
            Tenant = query.Text("tenant"),
            From = from,
            Until = until,
            Limit = query.Limit(),
            Before = query.Cursor<Delivery>(),
        };
        if (query.End() is { } refusal) return refusal;
        if (eventId is not null)
        {
            @event = (await store.GetEventAsync(caller.Entry.Id, eventId, context.RequestAborted))?.Id;
            // Nobody's, or another environment's: the same empty list.
            if (@event is null) return caller.Json.Ok(new Page<DeliveryView>([], null));
        }
        return await PageAsync(context, caller, wanted with { EventId = @event }, store);
    }

    static async Task<IResult> GetAsync(HttpContext context, string id, DeliveryReader deliveries)
    {
        var caller = Customer.Of(context);
        return Id<Delivery>.TryParse(id, out var known) && await deliveries.DetailAsync(caller, known, context.RequestAborted) is { } detail
            ? caller.Json.Ok(detail)
            : Problems.NotFound("delivery");
    }

    static async Task<IResult> RetryAsync(HttpContext context, string id, INovaStore store, Replayer replayer, AuditTrail audit)
    {
        var caller = Customer.Of(context);
        if (!Id<Delivery>.TryParse(id, out var known) || await store.GetDeliveryAsync(caller.Entry.Id, known, context.RequestAborted) is not { } old)
            return Problems.NotFound("delivery");
        var word = caller.Product.EndpointWord;
        if (old.Delivery.State is DeliveryState.Pending or DeliveryState.Processing)
            return Problems.NotRetryable("The delivery has not ended: its next attempt comes by schedule. Only ended ones can be delivered again.");
        if (old.Event.IsTest) return Problems.NotRetryable("This was a test. Send another with POST /v1/webhooks/{id}/test.");
        if (caller.Entry.Find(old.Delivery.EndpointId) is not { Endpoint.DeletedAt: null } target)
            return Problems.NotRetryable($"The {word} was deleted: there is nobody to deliver to.");
        if (!target.Endpoint.Enabled) return Problems.NotRetryable($"The {word} is disabled. Enable it, then try again.");
        var delivery = await replayer.ReplayAsync(old, target, context.RequestAborted);
        await audit.NoteAsync(context, "delivery.retried", caller.Entry, new("delivery", old.Delivery.Id.ToString(), old.Delivery.EventType),
            new() { ["delivery"] = delivery.Id.ToString() });
        return caller.Json.Accepted(DeliveryView.Of(delivery, caller.Entry));
    }

    static async Task<IResult> PageAsync(HttpContext context, Customer caller, DeliveryQuery wanted, INovaStore store)
    {
        var found = await store.ListDeliveriesAsync(wanted with { Limit = wanted.Limit + 1 }, context.RequestAborted);
        return caller.Json.Ok(Paging.Page(found, wanted.Limit, delivery => DeliveryView.Of(delivery, caller.Entry), delivery => delivery.Id));
    }
}
