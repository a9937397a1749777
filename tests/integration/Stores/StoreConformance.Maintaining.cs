using Nova.Model;
using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    async Task CleanAllAsync(DateTimeOffset before)
    {
        for (var calls = 0; await Store.CleanAsync(before, None); calls++) Assert.True(calls < 1000, "Cleaning does not come to an end.");
    }

    [Fact]
    public async Task Retention_removes_what_is_old_and_keeps_what_is_not()
    {
        var oldEvent = NewEvent() with { PublisherId = "old" };
        var old = await FinishAsync(NewEndpointId(), @event: oldEvent);
        var unwanted = NewEvent(deliveries: 0);
        await AppendAsync(Entry(unwanted, leased: false));
        Clock.Advance(TimeSpan.FromDays(10));
        var cut = Clock.Now;
        Clock.Advance(TimeSpan.FromDays(10));
        var newEvent = NewEvent() with { PublisherId = "new" };
        var recent = await FinishAsync(NewEndpointId(), DeliveryState.Failed, newEvent);

        await CleanAllAsync(cut);

        Assert.Null(await Store.GetDeliveryAsync(Sandbox, old.Id, None));
        Assert.False(await ExistsAsync(oldEvent));
        Assert.False(await ExistsAsync(unwanted));
        Assert.Null(await Store.GetEventAsync(Sandbox, "old", None));
        Assert.Equal([recent.Id], await ListAsync(All));
        Assert.Single((await DetailAsync(recent)).Attempts);
        Assert.True(await ExistsAsync(newEvent));
        Assert.False(await Store.CleanAsync(cut, None));
    }

    [Fact]
    public async Task Retention_frees_old_keys_and_keeps_others()
    {
        await AppendAsync(WithKey(Entry(NewEvent(deliveries: 0), leased: false), "key:old", 1));
        Clock.Advance(TimeSpan.FromDays(10));
        var cut = Clock.Now;
        Clock.Advance(TimeSpan.FromDays(10));
        await AppendAsync(WithKey(Entry(NewEvent(deliveries: 0), leased: false), "key:new", 1));
        await CleanAllAsync(cut);
        Assert.Equal(AppendOutcome.Written, (await AppendAsync(WithKey(Entry(NewEvent(), leased: false), "key:old", 2))).Outcome);
        Assert.Equal(AppendOutcome.Conflict, (await AppendAsync(WithKey(Entry(NewEvent(), leased: false), "key:new", 2))).Outcome);
    }

    [Fact]
    public async Task Retention_never_removes_what_an_open_delivery_needs()
    {
        var waiting = await PublishAsync(NewEndpointId(), @event: NewEvent() with { PublisherId = "waits" });
        var leased = await PublishAsync(NewEndpointId(), leased: true);
        var retried = await PublishAsync(NewEndpointId(), leased: true);
        await RecordAsync(Record(retried, DeliveryState.Pending, retryIn: TimeSpan.FromDays(100)));
        Clock.Advance(TimeSpan.FromDays(50));
        await Store.HeartbeatAsync(Node, None);

        await CleanAllAsync(Clock.Now);

        foreach (var delivery in new[] { waiting, leased, retried })
            Assert.Equal(delivery.EventId, (await DetailAsync(delivery)).Event.Id);
        Assert.Single((await DetailAsync(retried)).Attempts);
        Assert.NotNull(await Store.GetEventAsync(Sandbox, "waits", None));
        Assert.Equal(waiting.Id, Assert.Single(await ClaimAsync()).Delivery.Id);

        await RecordAsync(Record(waiting, DeliveryState.Delivered), Record(leased, DeliveryState.Delivered));
        Clock.Advance(TimeSpan.FromDays(1));
        await CleanAllAsync(Clock.Now);
        Assert.Null(await Store.GetEventAsync(Sandbox, "waits", None));
        Assert.Equal([retried.Id], await ListAsync(All));
    }

    [Fact]
    public async Task Retention_never_removes_an_event_that_is_being_replayed()
    {
        var @event = NewEvent();
        var original = await FinishAsync(NewEndpointId(), DeliveryState.Failed, @event);
        Clock.Advance(TimeSpan.FromDays(50));
        var cut = Clock.Now;
        Clock.Advance(TimeSpan.FromDays(1));
        var replay = original with
        {
            Id = Id<Delivery>.New(Clock.Now), CreatedAt = Clock.Now, Trigger = DeliveryTrigger.Replay, ReplayOf = original.Id,
        };
        await AppendAsync(Entry(null, leased: true, replay));
        await CleanAllAsync(cut);
        Assert.Equal(@event.Id, (await DetailAsync(replay)).Event.Id);
        Assert.Null(await Store.GetDeliveryAsync(Sandbox, original.Id, None));

        await RecordAsync(Record(replay, DeliveryState.Delivered));
        await CleanAllAsync(cut);
        // Finished but recent: it is still shown, so its event still is.
        Assert.Equal(@event.Id, (await DetailAsync(replay)).Event.Id);

        Clock.Advance(TimeSpan.FromDays(50));
        await CleanAllAsync(Clock.Now);
        Assert.False(await ExistsAsync(@event));
    }

    [Fact]
    public async Task Retention_cleans_every_environment()
    {
        var other = NewEvent() with { EnvironmentId = Production };
        var here = await FinishAsync(NewEndpointId());
        var there = await FinishAsync(NewEndpointId(), @event: other);
        Clock.Advance(TimeSpan.FromDays(1));
        await CleanAllAsync(Clock.Now);
        Assert.Null(await Store.GetDeliveryAsync(Sandbox, here.Id, None));
        Assert.Null(await Store.GetDeliveryAsync(Production, there.Id, None));
        Assert.False(await ExistsAsync(other));
    }

    [Fact]
    public async Task An_empty_store_has_nothing_to_clean_and_a_calm_status()
    {
        Assert.False(await Store.CleanAsync(Clock.Now, None));
        var status = await Store.GetStatusAsync(None);
        Assert.Equal(0, status.OpenDeliveries);
        Assert.Null(status.OldestDue);
        Assert.Empty(status.FailingEndpoints);
    }

    [Fact]
    public async Task The_status_counts_what_is_open_and_knows_what_has_waited_longest()
    {
        await FinishAsync(NewEndpointId());
        await PublishAsync(NewEndpointId(), leased: true);
        var retried = await PublishAsync(NewEndpointId(), leased: true);
        await RecordAsync(Record(retried, DeliveryState.Pending, retryIn: TimeSpan.FromHours(1)));
        Assert.Null((await Store.GetStatusAsync(None)).OldestDue);

        var first = Clock.Now;
        await PublishAsync(NewEndpointId());
        Clock.Advance(TimeSpan.FromMinutes(5));
        await PublishAsync(NewEndpointId());
        var status = await Store.GetStatusAsync(None);
        Assert.Equal(4, status.OpenDeliveries);
        Assert.Equal(first, status.OldestDue);

        Assert.Equal(2, (await ClaimAsync()).Count);
        Assert.Null((await Store.GetStatusAsync(None)).OldestDue);
        Clock.Advance(TimeSpan.FromMinutes(60));
        Assert.Equal(first.AddHours(1), (await Store.GetStatusAsync(None)).OldestDue);
    }

    [Fact]
    public async Task The_status_shows_the_worst_endpoints_and_at_most_100()
    {
        var endpoints = Enumerable.Range(0, 105).Select(_ => NewEndpointId()).ToArray();
        foreach (var endpoint in endpoints) await RecordInOneBatchAsync(endpoint, DeliveryState.Failed);
        await RecordInOneBatchAsync(endpoints[50], DeliveryState.Failed, DeliveryState.Failed);
        var failing = (await Store.GetStatusAsync(None)).FailingEndpoints;
        Assert.Equal(100, failing.Count);
        Assert.Equal(endpoints[50], failing.MaxBy(health => health.FailedInARow)?.EndpointId);
        Assert.Equal(3, failing.Max(health => health.FailedInARow));
    }
}
