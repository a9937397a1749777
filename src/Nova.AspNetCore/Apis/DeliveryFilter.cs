using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Reading;
using Nova.Model;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>Which deliveries a request wants: what an index finds, and what has to be looked for in payloads.</summary>
internal sealed record DeliveryFilter
{
    /// <summary>Most deliveries of one page.</summary>
    public required int Limit { get; init; }

    /// <summary>By index. Its limit is set by whoever pages.</summary>
    public required DeliveryQuery Query { get; init; }

    /// <summary>Only deliveries of these events; null: of any.</summary>
    public IReadOnlyList<Id<Event>>? Events { get; init; }

    /// <summary>The delivery's id begins with this; null: any.</summary>
    public string? IdStart { get; init; }

    /// <summary>Somewhere in the payload, whatever its case; null: anything.</summary>
    public string? Text { get; init; }

    /// <summary>The payload contains this; null: anything.</summary>
    public JsonElement? Part { get; init; }

    public bool LooksIntoPayloads => Text is not null || Part is not null;

    /// <summary>Events whose id begins with the same digits: with more, the beginning is too short to mean one.</summary>
    const int MostEvents = 20;

    /// <summary>Reads the filters of a list. The problem is null where the query is good.</summary>
    public static async Task<(DeliveryFilter Filter, Problem? Problem)> ReadAsync(
        HttpContext context, Customer caller, RequestQuery query, Id<Endpoint>? endpoint, INovaStore store, TimeProvider clock)
    {
        var (from, until) = query.Range(clock.GetUtcNow());
        var states = ReadStates(query);
        var (types, eventId) = ReadTypes(query, caller);
        if (endpoint is null && query.Text("endpoint") is { } text && (endpoint = EndpointIds.Read(text, caller.Product)) is null)
            query.Fault("endpoint", "Must be the id of a webhook.");
        FailureCause? cause = null;
        if (query.Text("error") is { } error && (cause = FailureCause.Read(error)) is null)
            query.Fault("error", "Must be a cause of failure: http_ and a status (http_503), or an attempt's outcome (timeout, connection_refused, …).");
        var part = ReadPart(query);
        var wanted = query.Text("q");
        var filter = new DeliveryFilter
        {
            Limit = query.Limit(),
            Part = part,
            Query = new DeliveryQuery
            {
                EnvironmentId = caller.Entry.Id,
                States = states,
                EventTypes = types,
                EndpointId = endpoint,
                Tenant = query.Text("tenant"),
                Cause = cause,
                From = from,
                Until = until,
                Before = query.Cursor<Delivery>(),
                Limit = 1,
            },
        };
        if (query.End() is { } problem) return (filter, problem);
        if (eventId is not null)
            filter = filter with { Events = await store.GetEventAsync(caller.Entry.Id, eventId, context.RequestAborted) is { } found ? [found.Id] : [] };
        return (wanted is null ? filter : await filter.SearchAsync(wanted, store, context.RequestAborted), null);
    }

    /// <summary>What a person typed: the beginning of an id of ours, the publisher's id of an event, or else text of the payload.</summary>
    async Task<DeliveryFilter> SearchAsync(string wanted, INovaStore store, CancellationToken cancellation)
    {
        if (IdPrefix.RangeOf<Delivery>(wanted) is { } ofDelivery)
        {
            var before = Query.Before is { } cursor && cursor.CompareTo(ofDelivery.Before) < 0 ? cursor : ofDelivery.Before;
            var from = Query.From is { } given && given > ofDelivery.From.Time ? given : ofDelivery.From.Time;
            return this with { IdStart = wanted, Query = Query with { Before = before, From = from } };
        }
        if (IdPrefix.RangeOf<Event>(wanted) is { } ofEvent)
        {
            var events = await store.ListEventsAsync(
                new EventQuery { EnvironmentId = Query.EnvironmentId, From = ofEvent.From.Time, Before = ofEvent.Before, Limit = 250 }, cancellation);
            return this with { Events = [.. events.Select(each => each.Id).Where(id => id.CompareTo(ofEvent.From) >= 0).Take(MostEvents)] };
        }
        return await store.GetEventAsync(Query.EnvironmentId, wanted, cancellation) is { } named ? this with { Events = [named.Id] } : this with { Text = wanted };
    }

    static List<DeliveryState> ReadStates(RequestQuery query)
    {
        List<DeliveryState> states = [];
        foreach (var text in query.Texts("status"))
        {
            if (DeliveryWords.ReadState(text) is { } state) states.Add(state);
            else query.Fault("status", $"Must be one of {string.Join(", ", DeliveryWords.States)}.");
        }
        return states;
    }

    /// <summary>
    /// Event types, with <c>*</c> at the end for all that begin so; <c>event</c> may also be an event's id, which is told from a type by not being one.
    /// </summary>
    static (IReadOnlyList<string>? Types, string? EventId) ReadTypes(RequestQuery query, Customer caller)
    {
        var known = caller.Product.EventTypes.Keys;
        List<string> types = [];
        string? eventId = null;
        var everything = false;
        foreach (var text in query.Texts("event"))
        {
            if (text.EndsWith('*') || known.Contains(text)) Add(text);
            else if (eventId is null) eventId = text;
            else query.Fault("event", "Give one event's id, or event types.");
        }
        foreach (var text in query.Texts("event_type")) Add(text);
        return (types.Count == 0 || everything ? null : types, eventId);

        void Add(string text)
        {
            if (text == "*") everything = true;
            else if (!text.EndsWith('*')) types.Add(text);
            else
            {
                var before = types.Count;
                types.AddRange(known.Where(type => type.StartsWith(text[..^1], StringComparison.Ordinal)));
                // A wildcard that means no type finds nothing, rather than everything.
                if (types.Count == before) types.Add(text);
            }
        }
    }

    static JsonElement? ReadPart(RequestQuery query)
    {
        if (query.Text("contains", longest: 2000) is not { } text) return null;
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 64 });
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            query.Fault("contains", "Must be JSON that the payload is to contain, such as {\"data\":{\"tool\":\"image\"}}.");
            return null;
        }
    }
}
