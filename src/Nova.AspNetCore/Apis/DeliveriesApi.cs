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
        Filtered(group.MapGet("", ListAsync)
            .Describe("listDeliveries", Tag, "List deliveries", "Newest first, across endpoints; each filter narrows. " + Search))
            .Paged().Gives<Page<DeliveryView>>().Refuses(400);
        Filtered(group.MapGet("/export", ExportAsync)
            .Describe("exportDeliveries", Tag, "Export deliveries", "All that the filters find, newest first, as they are found: CSV (RFC 4180; what would be a "
                + "formula in a spreadsheet has an apostrophe in front) or a JSON object a line."))
            .Query("format", "Default csv.", "csv", "ndjson")
            .GivesText("text/csv", "application/x-ndjson").Refuses(400);
        group.MapGet("/{id}", GetAsync)
            .Describe("getDelivery", Tag, "Show a delivery", "With the payload and every attempt.").Gives<DeliveryDetailView>().Refuses(404);
        group.MapPost("/{id}/retry", RetryAsync).Needs(Rights.Replay)
            .Describe("retryDelivery", Tag, "Deliver again", "A new delivery of the same event to the same endpoint, with a fresh schedule. The old one stays as it is.")
            .Gives<DeliveryView>(202).Refuses(404, 409);
    }

    const string Search = "`q` and `contains` look into payloads, at most 4,000 and for a sixth of a second for each request: a page may then have fewer entries than asked for, even none, "
        + "and there are more as long as it has a next_cursor.";

    /// <summary>The filters that every list of deliveries has.</summary>
    public static RouteHandlerBuilder Filtered(RouteHandlerBuilder builder, bool ofWebhook = false)
    {
        builder.Query("status", "Where it stands; several: any of them.", DeliveryWords.States)
            .Query("event", "An event type, `score.*` for all that begin so, or an event's id. Several types: any of them.")
            .Query("event_type", "The same for types only.");
        if (!ofWebhook) builder.Query("endpoint", "Of this endpoint.");
        return builder.Query("tenant", "Of this tenant.")
            .Query("error", "Failed by this cause: `http_503`, `timeout`, `connection_refused`, …")
            .Query("q", "What a person searches for: the beginning of a delivery's or event's id, the publisher's id of an event, or text of the payload.")
            .Query("contains", "JSON that the payload contains, such as `{\"data\":{\"tool\":\"image\"}}`.")
            .Query("period", "The time back from now.", RequestQuery.Periods)
            .Query("from", "Queued at this time or later.")
            .Query("to", "Queued before this time.");
    }

    /// <summary>The deliveries of one endpoint, deleted or not.</summary>
    public static async Task<IResult> ListOfWebhookAsync(HttpContext context, string id, INovaStore store, DeliverySearch search, TimeProvider clock)
    {
        var caller = Customer.Of(context);
        if (EndpointIds.Read(id, caller.Product) is not { } endpoint || caller.Entry.Find(endpoint) is null)
            return Problems.NotFound(caller.Product.EndpointWord);
        return await PageAsync(context, caller, endpoint, store, search, clock);
    }

    static Task<IResult> ListAsync(HttpContext context, INovaStore store, DeliverySearch search, TimeProvider clock) =>
        PageAsync(context, Customer.Of(context), null, store, search, clock);

    static async Task<IResult> ExportAsync(HttpContext context, INovaStore store, DeliverySearch search, TimeProvider clock)
    {
        var caller = Customer.Of(context);
        var query = new RequestQuery(context, caller.Json);
        var format = query.Text("format");
        if (format is not (null or "csv" or "ndjson")) query.Fault("format", "Must be csv or ndjson.");
        var (filter, problem) = await DeliveryFilter.ReadAsync(context, caller, query, null, store, clock);
        return problem is not null ? problem : new DeliveryExport(search, caller, filter, asCsv: format is null or "csv");
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

    static async Task<IResult> PageAsync(
        HttpContext context, Customer caller, Id<Endpoint>? endpoint, INovaStore store, DeliverySearch search, TimeProvider clock)
    {
        var (filter, problem) = await DeliveryFilter.ReadAsync(context, caller, new(context, caller.Json), endpoint, store, clock);
        if (problem is not null) return problem;
        var (found, next) = await search.FindAsync(caller, filter, context.RequestAborted);
        return caller.Json.Ok(new Page<DeliveryView>([.. found.Select(delivery => DeliveryView.Of(delivery, caller.Entry))], next?.ToDigits()));
    }
}
