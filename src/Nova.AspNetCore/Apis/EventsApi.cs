using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Model;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>What was published for an environment, also what no endpoint wanted. Publishing itself is <see cref="PublishApi"/>.</summary>
internal static class EventsApi
{
    const string Tag = "Events";

    /// <summary>Deliveries shown with an event: an environment has fewer endpoints than this, replays come on top.</summary>
    const int MostDeliveries = 250;

    public static void MapEventsApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/events").For(Access.OfCustomers);
        group.MapGet("", ListAsync)
            .Describe("listEvents", Tag, "List events", "Newest first; each filter narrows.")
            .Query("event_type", "Of this event type.")
            .Query("tenant", "Of this tenant.")
            .Query("period", "The time back from now.", RequestQuery.Periods)
            .Query("from", "Published at this time or later.")
            .Query("until", "Published before this time.")
            .Paged().Gives<Page<EventView>>().Refuses(400);
        group.MapGet("/{id}", GetAsync)
            .Describe("getEvent", Tag, "Show an event", "With its data and who got it.").Gives<EventDetailView>().Refuses(404);
    }

    static async Task<IResult> ListAsync(HttpContext context, INovaStore store, TimeProvider clock)
    {
        var caller = Customer.Of(context);
        var query = new RequestQuery(context, caller.Json);
        var (from, until) = query.Range(clock.GetUtcNow());
        var limit = query.Limit();
        var wanted = new EventQuery
        {
            EnvironmentId = caller.Entry.Id,
            Type = query.Text("event_type"),
            Tenant = query.Text("tenant"),
            From = from,
            Until = until,
            Before = query.Cursor<Event>(),
            Limit = limit + 1,
        };
        if (query.End() is { } refusal) return refusal;
        var found = await store.ListEventsAsync(wanted, context.RequestAborted);
        return caller.Json.Ok(Paging.Page(found, limit, EventView.Of, @event => @event.Id));
    }

    static async Task<IResult> GetAsync(HttpContext context, string id, INovaStore store)
    {
        var caller = Customer.Of(context);
        if (id.Length > 64 || await store.GetEventAsync(caller.Entry.Id, id, context.RequestAborted) is not { } @event) return Problems.NotFound("event");
        var deliveries = await store.ListDeliveriesAsync(
            new DeliveryQuery { EnvironmentId = caller.Entry.Id, EventId = @event.Id, Limit = MostDeliveries }, context.RequestAborted);
        return caller.Json.Ok(EventDetailView.Of(@event, [.. deliveries.Select(delivery => DeliveryView.Of(delivery, caller.Entry))]));
    }
}

/// <param name="Id">As receivers see it: the publisher's, where he gave one.</param>
/// <param name="Type">The event type.</param>
/// <param name="Tenant">Whom among the account's own customers it concerns.</param>
/// <param name="OccurredAt">When it happened.</param>
/// <param name="CreatedAt">When it was accepted.</param>
/// <param name="DeliveryCount">How many endpoints wanted it then.</param>
/// <param name="Test">It was a test of one endpoint.</param>
internal record EventView(string Id, string Type, string? Tenant, DateTimeOffset OccurredAt, DateTimeOffset CreatedAt, int DeliveryCount, bool Test)
{
    public static EventView Of(Event @event) => new(
        @event.OutsideId, @event.Type, @event.Tenant, @event.OccurredAt, @event.CreatedAt, @event.DeliveryCount, @event.IsTest);
}

/// <summary>An event with its data and who got it.</summary>
internal sealed record EventDetailView : EventView
{
    EventDetailView(EventView row) : base(row) { }

    /// <summary>As published, byte for byte.</summary>
    [JsonPropertyOrder(1)]
    public required RawJson Data { get; init; }

    /// <summary>Newest first, replays among them.</summary>
    [JsonPropertyOrder(2)]
    public required IReadOnlyList<DeliveryView> Deliveries { get; init; }

    public static EventDetailView Of(Event @event, IReadOnlyList<DeliveryView> deliveries) =>
        new(EventView.Of(@event)) { Data = new(@event.Data), Deliveries = deliveries };
}
