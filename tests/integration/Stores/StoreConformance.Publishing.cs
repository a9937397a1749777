using Nova.Model;
using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    static Append WithKey(Append entry, string key, byte fingerprint) =>
        entry with { Keys = [.. entry.Keys, key], Fingerprint = [fingerprint] };

    async Task<bool> ExistsAsync(Event @event) => await Store.GetEventAsync(@event.EnvironmentId, @event.Id.ToString(), None) is not null;

    [Fact]
    public async Task An_event_is_read_as_it_was_written()
    {
        var @event = NewEvent("score.failed", deliveries: 2) with
        {
            PublisherId = "job-1", Tenant = "t-1", OccurredAt = Clock.Now.AddDays(-1), IsTest = true,
        };
        var result = await AppendAsync(Entry(@event, leased: false));
        Assert.Equal(new AppendResult(AppendOutcome.Written, "job-1", 2), result);

        var read = await Store.GetEventAsync(Sandbox, @event.Id.ToString(), None);
        Assert.NotNull(read);
        Assert.Equal(@event, read with { Data = @event.Data });
        Assert.Equal(@event.Data.ToArray(), read.Data.ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("00FF80C328A0B1F09F9880")]
    public async Task Bodies_keep_every_byte(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        var @event = NewEvent() with { Data = bytes };
        var delivery = await PublishAsync(NewEndpointId(), @event: @event);
        Assert.Equal(bytes, Assert.Single(await ClaimAsync()).Event.Data.ToArray());
        Assert.Equal(bytes, (await DetailAsync(delivery)).Event.Data.ToArray());
    }

    [Fact]
    public async Task A_large_body_keeps_every_byte()
    {
        var bytes = Enumerable.Range(0, 256 * 1024).Select(i => (byte)(i * 31 >> 3)).ToArray();
        await PublishAsync(NewEndpointId(), @event: NewEvent() with { Data = bytes });
        Assert.Equal(bytes, Assert.Single(await ClaimAsync()).Event.Data.ToArray());
    }

    [Fact]
    public async Task A_leased_delivery_is_processing_and_one_that_waits_is_pending()
    {
        var leased = await PublishAsync(NewEndpointId(), leased: true);
        var waiting = await PublishAsync(NewEndpointId());
        Assert.Equal(DeliveryState.Processing, (await DetailAsync(leased)).Delivery.State);
        var read = (await DetailAsync(waiting)).Delivery;
        Assert.Equal(DeliveryState.Pending, read.State);
        Assert.Equal(Clock.Now, read.NextAttemptAt);
    }

    [Fact]
    public async Task Every_entry_of_a_batch_is_answered_in_order()
    {
        var events = Enumerable.Range(0, 50).Select(i => NewEvent(deliveries: i)).ToArray();
        var results = await Store.AppendAsync(Node, [.. events.Select(e => Entry(e, leased: false))], None);
        Assert.Equal(events.Select(e => new AppendResult(AppendOutcome.Written, e.OutsideId, e.DeliveryCount)), results);
    }

    [Fact]
    public async Task An_event_that_nobody_wants_is_kept()
    {
        var @event = NewEvent(deliveries: 0);
        await AppendAsync(Entry(@event, leased: false));
        Assert.True(await ExistsAsync(@event));
    }

    [Fact]
    public async Task A_dead_nodes_append_is_refused_and_nothing_is_written()
    {
        var dead = await Store.RegisterNodeAsync("dead", None);
        await Store.ReleaseNodeAsync(dead, None);
        var @event = NewEvent();
        var delivery = NewDelivery(@event, NewEndpointId());
        var entry = WithKey(Entry(@event, leased: true, delivery), "key:1", 1) with { Score = NewScore() };

        await Assert.ThrowsAsync<NodeLostException>(() => Store.AppendAsync(dead, [entry], None));

        Assert.False(await ExistsAsync(@event));
        Assert.Null(await Store.GetDeliveryAsync(Sandbox, delivery.Id, None));
        Assert.Null(await Store.GetScoreAsync(Sandbox, entry.Score!.Id, None));
        Assert.Equal(AppendOutcome.Written, (await AppendAsync(entry)).Outcome);
    }

    [Fact]
    public async Task A_dead_nodes_append_does_not_harm_a_living_ones_at_the_same_time()
    {
        var dead = await Store.RegisterNodeAsync("dead", None);
        await Store.ReleaseNodeAsync(dead, None);
        var good = Enumerable.Range(0, 20).Select(_ => NewEvent()).ToArray();
        var tasks = good.Select(e => AppendAsync(Entry(e, leased: false))).ToArray();
        await Assert.ThrowsAsync<NodeLostException>(() => AppendAsync(Entry(NewEvent(), leased: false), dead));
        Assert.All(await Task.WhenAll(tasks), result => Assert.Equal(AppendOutcome.Written, result.Outcome));
    }

    // Keys -----------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task The_same_key_with_the_same_request_answers_as_the_first_did()
    {
        var first = NewEvent(deliveries: 3);
        await AppendAsync(WithKey(Entry(first, leased: false), "key:1", 1));
        var second = NewEvent(deliveries: 9);
        var delivery = NewDelivery(second, NewEndpointId());
        var result = await AppendAsync(WithKey(Entry(second, leased: true, delivery), "key:1", 1));
        Assert.Equal(new AppendResult(AppendOutcome.Repeated, first.OutsideId, 3), result);
        Assert.False(await ExistsAsync(second));
        Assert.Null(await Store.GetDeliveryAsync(Sandbox, delivery.Id, None));
    }

    [Fact]
    public async Task The_same_key_with_another_request_is_a_conflict_and_writes_nothing()
    {
        await AppendAsync(WithKey(Entry(NewEvent(), leased: false), "key:1", 1));
        var second = NewEvent();
        var result = await AppendAsync(WithKey(Entry(second, leased: false), "key:1", 2));
        Assert.Equal(AppendOutcome.Conflict, result.Outcome);
        Assert.False(await ExistsAsync(second));
    }

    [Fact]
    public async Task The_same_key_twice_in_one_batch_is_written_once()
    {
        var (first, repeat, conflict) = (NewEvent(deliveries: 2), NewEvent(), NewEvent());
        var results = await Store.AppendAsync(Node,
        [
            WithKey(Entry(first, leased: false), "key:1", 1),
            WithKey(Entry(repeat, leased: false), "key:1", 1),
            WithKey(Entry(conflict, leased: false), "key:1", 2),
        ], None);
        Assert.Equal([AppendOutcome.Written, AppendOutcome.Repeated, AppendOutcome.Conflict], results.Select(r => r.Outcome));
        Assert.Equal((first.OutsideId, 2), (results[1].EventOutsideId, results[1].DeliveryCount));
        Assert.True(await ExistsAsync(first));
        Assert.False(await ExistsAsync(repeat));
        Assert.False(await ExistsAsync(conflict));
    }

    [Fact]
    public async Task The_same_key_by_many_at_the_same_time_is_written_once()
    {
        var events = Enumerable.Range(0, 16).Select(_ => NewEvent()).ToArray();
        var results = await Task.WhenAll(events.Select(e => AppendAsync(WithKey(Entry(e, leased: false), "key:race", 1))));
        var written = Assert.Single(results, result => result.Outcome == AppendOutcome.Written);
        Assert.All(results, result => Assert.Equal(written.EventOutsideId, result.EventOutsideId));
        Assert.Equal(15, results.Count(result => result.Outcome == AppendOutcome.Repeated));
        Assert.Single(await Store.ListEventsAsync(new EventQuery { EnvironmentId = Sandbox, Limit = 250 }, None));
    }

    [Fact]
    public async Task A_key_of_another_environment_is_another_key()
    {
        await AppendAsync(WithKey(Entry(NewEvent(), leased: false), "key:1", 1));
        var other = NewEvent() with { EnvironmentId = Production };
        Assert.Equal(AppendOutcome.Written, (await AppendAsync(WithKey(Entry(other, leased: false), "key:1", 2))).Outcome);
    }

    [Fact]
    public async Task Either_of_two_keys_finds_the_first_request()
    {
        var first = NewEvent() with { PublisherId = "job-1" };
        await AppendAsync(WithKey(Entry(first, leased: false), "key:1", 7));
        var byId = Entry(NewEvent() with { PublisherId = "job-1" }, leased: false) with { Fingerprint = [7] };
        Assert.Equal(new AppendResult(AppendOutcome.Repeated, "job-1", 1), await AppendAsync(byId));
        var byKey = WithKey(Entry(NewEvent(), leased: false), "key:1", 7);
        Assert.Equal(new AppendResult(AppendOutcome.Repeated, "job-1", 1), await AppendAsync(byKey));
    }

    [Fact]
    public async Task An_entry_that_was_refused_takes_none_of_its_keys()
    {
        await AppendAsync(WithKey(Entry(NewEvent(), leased: false), "key:used", 1));
        var refused = Entry(NewEvent(), leased: false) with { Keys = ["key:new", "key:used"], Fingerprint = [2] };
        Assert.Equal(AppendOutcome.Conflict, (await AppendAsync(refused)).Outcome);
        Assert.Equal(AppendOutcome.Written, (await AppendAsync(WithKey(Entry(NewEvent(), leased: false), "key:new", 3))).Outcome);
    }

    [Fact]
    public async Task A_replay_with_a_key_is_written_once()
    {
        var original = await FinishAsync(NewEndpointId(), DeliveryState.Failed);
        Append Replay() => WithKey(Entry(null, leased: false, original with
        {
            Id = Id<Delivery>.New(Clock.Now), Trigger = DeliveryTrigger.Replay, ReplayOf = original.Id,
        }), "key:replay", 1);
        Assert.Equal(AppendOutcome.Written, (await AppendAsync(Replay())).Outcome);
        Assert.Equal(AppendOutcome.Repeated, (await AppendAsync(Replay())).Outcome);
        Assert.Equal(original.Id, Assert.Single(await ClaimAsync()).Delivery.ReplayOf);
    }
}
