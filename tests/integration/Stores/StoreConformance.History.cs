using Nova.Model;
using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    static readonly string[] Types = ["score.completed", "score.failed"];
    static readonly string?[] Tenants = [null, "t-1", "t-2"];

    async Task<List<Id<Delivery>>> ListAsync(DeliveryQuery query) =>
        [.. (await Store.ListDeliveriesAsync(query, None)).Select(delivery => delivery.Id)];

    DeliveryQuery All => new() { EnvironmentId = Sandbox, Limit = 250 };

    /// <summary>120 deliveries of two endpoints, two types, three tenants and all four states, mixed; the oldest first.</summary>
    async Task<(List<Delivery> Deliveries, Id<Endpoint>[] Endpoints)> WriteHistoryAsync()
    {
        Id<Endpoint>[] endpoints = [NewEndpointId(), NewEndpointId()];
        var deliveries = new List<Delivery>();
        for (var i = 0; i < 120; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            var state = (DeliveryState)(i * 7 % 4);
            var @event = NewEvent(Types[i % 2]) with { Tenant = Tenants[i % 3] };
            var delivery = await PublishAsync(endpoints[i / 2 % 2], leased: state != DeliveryState.Pending, @event: @event);
            if (state >= DeliveryState.Delivered) await RecordAsync(Record(delivery, state));
            deliveries.Add(delivery with { State = state });
            // The same in the other environment, which no query of this one may show.
            await PublishAsync(endpoints[0], @event: NewEvent(Types[0]) with { EnvironmentId = Production });
        }
        return (deliveries, endpoints);
    }

    [Fact]
    public async Task Open_and_finished_deliveries_are_listed_as_one_newest_first()
    {
        var (deliveries, _) = await WriteHistoryAsync();
        var listed = await Store.ListDeliveriesAsync(All, None);
        Assert.Equal(deliveries.AsEnumerable().Reverse().Select(d => (d.Id, d.State)), listed.Select(d => (d.Id, d.State)));
        Assert.All(listed, delivery => Assert.Equal(Sandbox, delivery.EnvironmentId));
    }

    [Fact]
    public async Task Pages_follow_one_another_without_gap_or_overlap()
    {
        var (deliveries, endpoints) = await WriteHistoryAsync();
        foreach (var query in new[] { All, All with { EndpointId = endpoints[1] }, All with { Tenant = "t-1" } })
        {
            var paged = new List<Id<Delivery>>();
            Id<Delivery>? before = null;
            while (await ListAsync(query with { Before = before, Limit = 7 }) is { Count: > 0 } page)
            {
                paged.AddRange(page);
                before = page[^1];
            }
            Assert.Equal(await ListAsync(query), paged);
        }
        Assert.Equal(deliveries.Count, (await ListAsync(All)).Count);
    }

    [Fact]
    public async Task Every_filter_narrows_alone_and_with_every_other()
    {
        var (deliveries, endpoints) = await WriteHistoryAsync();
        var (from, until) = (deliveries[20].CreatedAt, deliveries[100].CreatedAt);
        foreach (var endpoint in new Id<Endpoint>?[] { null, endpoints[1] })
        foreach (var type in new[] { null, Types[1] })
        foreach (var tenant in new[] { null, "t-2" })
        foreach (var state in Enum.GetValues<DeliveryState>().Cast<DeliveryState?>().Prepend(null))
        foreach (var inTime in new[] { false, true })
        foreach (var before in new Id<Delivery>?[] { null, deliveries[80].Id })
        foreach (var eventId in new Id<Event>?[] { null, deliveries[47].EventId })
        {
            var query = All with
            {
                EndpointId = endpoint, EventType = type, Tenant = tenant, State = state, EventId = eventId, Before = before,
                From = inTime ? from : null, Until = inTime ? until : null,
            };
            var expected = deliveries.AsEnumerable().Reverse().Where(d =>
                (endpoint is null || d.EndpointId == endpoint) && (type is null || d.EventType == type)
                && (tenant is null || d.Tenant == tenant) && (state is null || d.State == state)
                && (eventId is null || d.EventId == eventId) && (before is null || d.Id.CompareTo(before.Value) < 0)
                && (!inTime || (d.CreatedAt >= from && d.CreatedAt < until))).Select(d => d.Id).ToList();
            Assert.Equal(expected, await ListAsync(query));
            Assert.Equal(expected.Take(3), await ListAsync(query with { Limit = 3 }));
        }
    }

    [Fact]
    public async Task An_events_deliveries_are_listed_with_its_replays()
    {
        var @event = NewEvent(deliveries: 2);
        var (first, second) = (NewDelivery(@event, NewEndpointId()), NewDelivery(@event, NewEndpointId()));
        await AppendAsync(Entry(@event, leased: true, first, second));
        await RecordAsync(Record(first, DeliveryState.Failed));
        await PublishAsync(NewEndpointId()); // Another event of the same millisecond.
        Clock.Advance(TimeSpan.FromDays(2));
        Delivery Replay() => first with
        {
            Id = Id<Delivery>.New(Clock.Now), CreatedAt = Clock.Now, Trigger = DeliveryTrigger.Replay, ReplayOf = first.Id,
        };
        var finished = Replay();
        await AppendAsync(Entry(null, leased: true, finished));
        await RecordAsync(Record(finished, DeliveryState.Delivered));
        Clock.Advance(TimeSpan.FromDays(1));
        var open = Replay();
        await AppendAsync(Entry(null, leased: false, open));

        var listed = await ListAsync(All with { EventId = @event.Id });
        Assert.Equal([open.Id, finished.Id], listed.Take(2));
        Assert.Equal(new[] { first.Id, second.Id }.OrderDescending(), listed.Skip(2));
        Assert.Equal([finished.Id], await ListAsync(All with { EventId = @event.Id, State = DeliveryState.Delivered }));
        Assert.Equal([open.Id], await ListAsync(All with { EventId = @event.Id, Limit = 1 }));
        var read = (await DetailAsync(finished)).Delivery;
        Assert.Equal((DeliveryTrigger.Replay, (Id<Delivery>?)first.Id), (read.Trigger, read.ReplayOf));
        Assert.Empty(await ListAsync(All with { EnvironmentId = Production, EventId = @event.Id }));
    }

    [Fact]
    public async Task A_delivery_of_another_environment_is_not_found()
    {
        var open = await PublishAsync(NewEndpointId());
        var finished = await FinishAsync(NewEndpointId());
        Assert.Null(await Store.GetDeliveryAsync(Production, open.Id, None));
        Assert.Null(await Store.GetDeliveryAsync(Production, finished.Id, None));
        Assert.Null(await Store.GetDeliveryAsync(Sandbox, Id<Delivery>.New(Clock.Now), None));
    }

    [Fact]
    public async Task Events_are_listed_newest_first_by_every_filter()
    {
        var events = new List<Event>();
        for (var i = 0; i < 60; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            events.Add(NewEvent(Types[i % 2], deliveries: 0) with { Tenant = Tenants[i % 3] });
            await AppendAsync(Entry(events[^1], leased: false));
            await AppendAsync(Entry(NewEvent() with { EnvironmentId = Production }, leased: false));
        }
        var (from, until) = (events[10].CreatedAt, events[50].CreatedAt);
        foreach (var type in new[] { null, Types[1] })
        foreach (var tenant in new[] { null, "t-2" })
        foreach (var inTime in new[] { false, true })
        foreach (var before in new Id<Event>?[] { null, events[40].Id })
        {
            var query = new EventQuery
            {
                EnvironmentId = Sandbox, Type = type, Tenant = tenant, Before = before, Limit = 250,
                From = inTime ? from : null, Until = inTime ? until : null,
            };
            var expected = events.AsEnumerable().Reverse().Where(e =>
                (type is null || e.Type == type) && (tenant is null || e.Tenant == tenant)
                && (before is null || e.Id.CompareTo(before.Value) < 0)
                && (!inTime || (e.CreatedAt >= from && e.CreatedAt < until))).Select(e => e.Id).ToList();
            Assert.Equal(expected, (await Store.ListEventsAsync(query, None)).Select(e => e.Id));
            Assert.Equal(expected.Take(3), (await Store.ListEventsAsync(query with { Limit = 3 }, None)).Select(e => e.Id));
        }
    }

    [Fact]
    public async Task An_event_is_found_by_the_publishers_id_and_by_novas()
    {
        var (named, unnamed) = (NewEvent() with { PublisherId = "Job 1/ü" }, NewEvent());
        await AppendAsync(Entry(named, leased: false));
        await AppendAsync(Entry(unnamed, leased: false));
        foreach (var id in new[] { "Job 1/ü", named.Id.ToString() })
            Assert.Equal(named.Id, (await Store.GetEventAsync(Sandbox, id, None))?.Id);
        Assert.Equal(unnamed.Id, (await Store.GetEventAsync(Sandbox, unnamed.OutsideId, None))?.Id);
        foreach (var id in new[] { "job 1/ü", "", "evt_", "Job 1", Id<Event>.New(Clock.Now).ToString() })
            Assert.Null(await Store.GetEventAsync(Sandbox, id, None));
        Assert.Null(await Store.GetEventAsync(Production, "Job 1/ü", None));
        Assert.Null(await Store.GetEventAsync(Production, named.Id.ToString(), None));
    }

    [Fact]
    public async Task A_publishers_id_may_look_like_novas()
    {
        var lookalike = Id<Event>.New(Clock.Now).ToString();
        var @event = NewEvent() with { PublisherId = lookalike };
        await AppendAsync(Entry(@event, leased: false));
        Assert.Equal(@event.Id, (await Store.GetEventAsync(Sandbox, lookalike, None))?.Id);
    }
}
