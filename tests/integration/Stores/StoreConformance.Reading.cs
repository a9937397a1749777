using Nova.Model;
using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    IHistoryReader HistoryOfStore => (IHistoryReader)Store;

    [Fact]
    public async Task Deliveries_and_events_are_read_by_their_ids_within_their_environment()
    {
        var (open, finished) = (await PublishAsync(NewEndpointId()), await FinishAsync(NewEndpointId(), DeliveryState.Failed));
        Id<Delivery>[] ids = [open.Id, finished.Id, Id<Delivery>.New(Clock.Now)];
        var read = await HistoryOfStore.ReadDeliveriesAsync(Sandbox, ids, None);
        Assert.Equal(
            new[] { (open.Id, DeliveryState.Pending), (finished.Id, DeliveryState.Failed) }.Order(), read.Select(delivery => (delivery.Id, delivery.State)).Order());
        Assert.Empty(await HistoryOfStore.ReadDeliveriesAsync(Production, ids, None));
        Assert.Empty(await HistoryOfStore.ReadDeliveriesAsync(Sandbox, [], None));
        Assert.Equal([finished.EventId], (await HistoryOfStore.ReadEventsAsync(Sandbox, [finished.EventId], None)).Select(each => each.Id));
        Assert.Empty(await HistoryOfStore.ReadEventsAsync(Production, [finished.EventId], None));
    }

    [Fact]
    public async Task The_environment_of_a_delivery_and_of_an_event_is_found_by_the_id_alone()
    {
        var (open, finished) = (await PublishAsync(NewEndpointId()), await FinishAsync(NewEndpointId(), DeliveryState.Failed));
        Assert.Equal(Sandbox, await HistoryOfStore.FindDeliveryAsync(open.Id, None));
        Assert.Equal(Sandbox, await HistoryOfStore.FindDeliveryAsync(finished.Id, None));
        Assert.Equal(Sandbox, await HistoryOfStore.FindEventAsync(finished.EventId, None));
        Assert.Null(await HistoryOfStore.FindDeliveryAsync(Id<Delivery>.New(Clock.Now), None));
        Assert.Null(await HistoryOfStore.FindEventAsync(Id<Event>.New(Clock.Now), None));
    }

    [Fact]
    public async Task What_waits_for_another_attempt_is_counted_up_to_a_bound()
    {
        for (var i = 0; i < 3; i++)
        {
            var delivery = await PublishAsync(NewEndpointId(), leased: true);
            await RecordAsync(Record(delivery, DeliveryState.Pending, retryIn: TimeSpan.FromHours(1)));
            Clock.Advance(TimeSpan.FromMilliseconds(1));
        }
        await PublishAsync(NewEndpointId());
        Assert.Equal(3, await HistoryOfStore.CountRetryingAsync(Sandbox, 100, None));
        Assert.Equal(1, await HistoryOfStore.CountRetryingAsync(Sandbox, 2, None));
        Assert.Equal(0, await HistoryOfStore.CountRetryingAsync(Production, 100, None));
    }

    [Fact]
    public async Task Several_states_types_and_a_cause_narrow_as_one_of_each_does()
    {
        var (random, all) = (new Random(5), new List<Delivery>());
        for (var i = 0; i < 120; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            var @event = NewEvent($"type.{random.Next(4)}") with { Tenant = random.Next(2) == 0 ? "t-1" : null };
            var delivery = await PublishAsync(NewEndpointId(), leased: true, @event: @event);
            var state = (DeliveryState)random.Next(4);
            var cause = random.Next(2) == 0 ? 503 : (int?)null;
            if (state == DeliveryState.Pending) await RecordAsync(Record(delivery, state, retryIn: TimeSpan.FromDays(1)));
            else if (state == DeliveryState.Delivered) await RecordAsync(Record(delivery, state));
            else if (state == DeliveryState.Failed) await RecordAsync(Record(delivery, state) with { Attempt = NewAttempt(1, cause) });
            all.Add(delivery with
            {
                State = state,
                Cause = state == DeliveryState.Failed ? FailureCause.Of(cause is null ? AttemptOutcome.Timeout : AttemptOutcome.HttpStatus, cause) : null,
            });
        }
        var someTypes = Enumerable.Range(0, 30).Select(i => $"type.{i}").Where(type => type != "type.2").ToArray();
        foreach (var states in new DeliveryState[][] { [], [DeliveryState.Failed], [DeliveryState.Failed, DeliveryState.Pending], [DeliveryState.Delivered, DeliveryState.Failed, DeliveryState.Failed] })
        foreach (var types in new string[][] { [], ["type.1"], ["type.1", "type.3", "type.9"], someTypes })
        foreach (var tenant in new[] { null, "t-1" })
        foreach (var cause in new FailureCause?[] { null, new FailureCause(503) })
        {
            var query = new DeliveryQuery { EnvironmentId = Sandbox, States = states, EventTypes = types, Tenant = tenant, Cause = cause, Limit = 250 };
            var expected = all.AsEnumerable().Reverse().Where(d => (states.Length == 0 || states.Contains(d.State)) && (types.Length == 0 || types.Contains(d.EventType))
                && (tenant is null || d.Tenant == tenant) && (cause is null || d.Cause == cause)).Select(d => d.Id).ToList();
            Assert.Equal(expected, (await Store.ListDeliveriesAsync(query, None)).Select(d => d.Id));
            Assert.Equal(expected.Take(5), (await Store.ListDeliveriesAsync(query with { Limit = 5 }, None)).Select(d => d.Id));
            if (expected.Count > 3)
                Assert.Equal(expected.Skip(3), (await Store.ListDeliveriesAsync(query with { Before = expected[2] }, None)).Select(d => d.Id));
        }
    }
}
