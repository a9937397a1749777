using Nova.Model;
using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    IReplayStore Replays => (IReplayStore)Store;

    ReplayJob NewReplay(string key = "k", int? environmentId = null) => new()
    {
        Id = Id<ReplayJob>.New(Clock.Now),
        EnvironmentId = environmentId ?? Sandbox,
        Selection = new ReplaySelection
        {
            EndpointId = NewEndpointId(), State = DeliveryState.Failed, EventTypes = ["a", "b"], Tenant = "t", Error = "refused", From = Clock.Now, Until = Clock.Now,
        },
        Key = key,
        Rate = 50,
        Matching = 7,
        MatchingIsLeast = true,
        CreatedAt = Clock.Now,
    };

    async Task<ReplayJob> StartReplayAsync(string key = "k")
    {
        var job = NewReplay(key);
        Assert.Equal(ReplayStartOutcome.Started, (await Replays.StartReplayAsync(job, 5, None)).Outcome);
        return job;
    }

    async Task<ReplayJob> HoldReplayAsync()
    {
        await StartReplayAsync();
        return Assert.Single(await Replays.ClaimReplaysAsync(Node, 10, None));
    }

    /// <summary>A replay of a delivery, as a job makes it.</summary>
    Delivery Repeated(Delivery old) => old with
    {
        Id = Id<Delivery>.New(Clock.Now), CreatedAt = Clock.Now, Trigger = DeliveryTrigger.Replay, ReplayOf = old.Id, NextAttemptAt = Clock.Now,
    };

    [Fact]
    public async Task A_replay_reads_as_it_was_written()
    {
        var job = await StartReplayAsync();
        Clock.Advance(TimeSpan.FromSeconds(1));
        var other = await StartReplayAsync("other");
        var read = (await Replays.GetReplayAsync(Sandbox, job.Id, None))!;
        Assert.Equal(job.Selection.ToJson(), read.Selection.ToJson());
        Assert.Equal(job with { Selection = read.Selection }, read);
        Assert.Null(await Replays.GetReplayAsync(Production, job.Id, None));
        Assert.Equal([other.Id, job.Id], (await Replays.ListReplaysAsync(Sandbox, null, 10, None)).Select(each => each.Id));
        Assert.Equal([job.Id], (await Replays.ListReplaysAsync(Sandbox, other.Id, 10, None)).Select(each => each.Id));
        Assert.Empty(await Replays.ListReplaysAsync(Production, null, 10, None));
    }

    [Fact]
    public async Task One_replay_of_a_key_runs_at_a_time_and_no_more_than_may()
    {
        var first = await StartReplayAsync();
        Assert.Equal(new ReplayStart(ReplayStartOutcome.Runs, first.Id), await Replays.StartReplayAsync(NewReplay(), 5, None));
        Assert.Equal(ReplayStartOutcome.Started, (await Replays.StartReplayAsync(NewReplay(environmentId: Production), 5, None)).Outcome);
        Assert.Equal(ReplayStartOutcome.Started, (await Replays.StartReplayAsync(NewReplay("2"), 2, None)).Outcome);
        Assert.Equal(ReplayStartOutcome.TooMany, (await Replays.StartReplayAsync(NewReplay("3"), 2, None)).Outcome);
        Assert.Equal(ReplayState.Cancelled, (await Replays.CancelReplayAsync(Sandbox, first.Id, None))!.State);
        Assert.Equal(ReplayStartOutcome.Started, (await Replays.StartReplayAsync(NewReplay(), 2, None)).Outcome);
    }

    [Fact]
    public async Task A_replay_is_held_by_one_node_until_that_is_gone_or_lets_go()
    {
        var job = await StartReplayAsync();
        var other = await Store.RegisterNodeAsync("b", None);
        Assert.Equal(job.Id, Assert.Single(await Replays.ClaimReplaysAsync(Node, 10, None)).Id);
        Assert.Empty(await Replays.ClaimReplaysAsync(other, 10, None));
        await Replays.ReleaseReplaysAsync(other, None);
        Assert.Empty(await Replays.ClaimReplaysAsync(other, 10, None));
        await Replays.ReleaseReplaysAsync(Node, None);
        Assert.Single(await Replays.ClaimReplaysAsync(other, 10, None));

        await Store.ReleaseNodeAsync(other, None);
        Assert.Empty(await Replays.ClaimReplaysAsync(other, 10, None));
        Assert.Single(await Replays.ClaimReplaysAsync(Node, 10, None));
    }

    [Fact]
    public async Task A_replay_moves_on_with_its_deliveries_or_not_at_all()
    {
        var old = await FinishAsync(NewEndpointId(), DeliveryState.Failed);
        var job = await HoldReplayAsync();
        Clock.Advance(TimeSpan.FromSeconds(1));
        var made = Repeated(old);
        var advance = new ReplayAdvance(job, old.Id.Value, [made], 3, ReplayState.Running);

        var moved = (await Replays.AdvanceReplayAsync(Node, advance, None))!;
        Assert.Equal((1, 3, old.Id.Value, ReplayState.Running), (moved.Done, moved.Skipped, moved.Cursor, moved.State));
        Assert.Equal(moved with { Selection = job.Selection }, (await Replays.GetReplayAsync(Sandbox, job.Id, None))! with { Selection = job.Selection });
        Assert.Equal((DeliveryState.Pending, (Id<Delivery>?)old.Id), ((await DetailAsync(made)).Delivery.State, (await DetailAsync(made)).Delivery.ReplayOf));
        Assert.Equal(made.Id, Assert.Single(await ClaimAsync()).Delivery.Id);

        // The same again, as after an answer that was lost: it stands elsewhere now.
        Assert.Null(await Replays.AdvanceReplayAsync(Node, advance with { Deliveries = [Repeated(old)] }, None));
        Assert.Equal(2, (await ListAsync(All)).Count);

        var ended = (await Replays.AdvanceReplayAsync(Node, new(moved, Guid.AllBitsSet, [], 0, ReplayState.Stopped, "Gone."), None))!;
        Assert.Equal((ReplayState.Stopped, "Gone.", (DateTimeOffset?)Clock.Now), (ended.State, ended.Reason, ended.FinishedAt));
        Assert.Null(await Replays.AdvanceReplayAsync(Node, new(ended, Guid.Empty, [], 0, ReplayState.Running), None));
        Assert.Empty(await Replays.ClaimReplaysAsync(Node, 10, None));
    }

    [Fact]
    public async Task A_replay_that_is_anothers_or_cancelled_makes_nothing()
    {
        var old = await FinishAsync(NewEndpointId(), DeliveryState.Failed);
        var job = await HoldReplayAsync();
        var other = await Store.RegisterNodeAsync("b", None);
        Assert.Null(await Replays.AdvanceReplayAsync(other, new(job, old.Id.Value, [Repeated(old)], 0, ReplayState.Running), None));
        await Replays.CancelReplayAsync(Sandbox, job.Id, None);
        Assert.Null(await Replays.AdvanceReplayAsync(Node, new(job, old.Id.Value, [Repeated(old)], 0, ReplayState.Running), None));
        Assert.Single(await ListAsync(All));
        Assert.Equal(ReplayState.Cancelled, (await Replays.CancelReplayAsync(Sandbox, job.Id, None))!.State);
        Assert.Null(await Replays.CancelReplayAsync(Production, job.Id, None));
    }

    [Fact]
    public async Task A_dead_node_moves_no_replay_on()
    {
        var old = await FinishAsync(NewEndpointId(), DeliveryState.Failed);
        var job = await HoldReplayAsync();
        await Store.ReleaseNodeAsync(Node, None);
        Assert.Null(await Replays.AdvanceReplayAsync(Node, new(job, old.Id.Value, [Repeated(old)], 0, ReplayState.Running), None));
        Assert.Single(await ListAsync(All));
    }

    [Fact]
    public async Task A_replay_of_an_event_that_is_not_kept_any_more_is_passed_over()
    {
        var old = await FinishAsync(NewEndpointId(), DeliveryState.Failed);
        var job = await HoldReplayAsync();
        var orphan = Repeated(old) with { EventId = Id<Event>.New(Clock.Now) };
        var moved = (await Replays.AdvanceReplayAsync(Node, new(job, old.Id.Value, [orphan, Repeated(old)], 0, ReplayState.Running), None))!;
        Assert.Equal((1, 1), (moved.Done, moved.Skipped));
    }

    [Fact]
    public async Task The_newest_delivery_of_an_event_to_an_endpoint_is_found()
    {
        var (one, two) = (NewEndpointId(), NewEndpointId());
        var @event = NewEvent();
        var own = await FinishAsync(one, DeliveryState.Failed, @event);
        var unwanted = NewEvent(deliveries: 0);
        await AppendAsync(Entry(unwanted, leased: false));
        var open = await PublishAsync(one);
        Clock.Advance(TimeSpan.FromHours(1));

        async Task<Id<Delivery>?> NewestAsync(Id<Event> eventId, Id<Endpoint> endpointId) =>
            (await Replays.FindNewestAsync(Sandbox, [(eventId, endpointId), (Id<Event>.New(Clock.Now), two)], None)).TryGetValue((eventId, endpointId), out var id) ? id : null;

        Assert.Equal(own.Id, await NewestAsync(@event.Id, one));
        Assert.Equal(open.Id, await NewestAsync(open.EventId, one));
        Assert.Null(await NewestAsync(@event.Id, two));
        Assert.Null(await NewestAsync(unwanted.Id, one));
        var replay = Repeated(own);
        await AppendAsync(Entry(null, leased: true, replay));
        Assert.Equal(replay.Id, await NewestAsync(@event.Id, one));
        await RecordAsync(Record(replay, DeliveryState.Delivered));
        Assert.Equal(replay.Id, await NewestAsync(@event.Id, one));
        Assert.Empty(await Replays.FindNewestAsync(Production, [(@event.Id, one)], None));
        Assert.Empty(await Replays.FindNewestAsync(Sandbox, [], None));
    }

    [Fact]
    public async Task Deliveries_are_untried_until_an_attempt_is_on_record()
    {
        var endpoint = NewEndpointId();
        var (waiting, leased, retried) = (await PublishAsync(endpoint), await PublishAsync(endpoint, leased: true), await PublishAsync(endpoint, leased: true));
        var ended = await FinishAsync(endpoint);
        await RecordAsync(Record(retried, DeliveryState.Pending, retryIn: TimeSpan.FromMinutes(1)));
        var untried = await Replays.FindUntriedAsync(Sandbox, [waiting.Id, leased.Id, retried.Id, ended.Id], None);
        Assert.Equal(new[] { waiting.Id, leased.Id }.Order(), untried.Order());
    }

    [Fact]
    public async Task History_is_listed_the_other_way_round_after_an_id()
    {
        var (deliveries, endpoints) = await WriteHistoryAsync();
        var query = All with { State = DeliveryState.Failed, EndpointId = endpoints[0], After = new(Guid.Empty), Limit = 5 };
        var paged = new List<Id<Delivery>>();
        while (await ListAsync(query) is { Count: > 0 } page)
        {
            paged.AddRange(page);
            query = query with { After = page[^1] };
        }
        Assert.Equal(deliveries.Where(d => d.State == DeliveryState.Failed && d.EndpointId == endpoints[0]).Select(d => d.Id), paged);
        var from = deliveries[30];
        Assert.Equal(
            deliveries.Skip(30).Take(3).Select(d => d.Id), await ListAsync(All with { After = deliveries[2].Id, From = from.CreatedAt, Limit = 3 }));
        var events = await Store.ListEventsAsync(new EventQuery { EnvironmentId = Sandbox, After = deliveries[9].EventId, Limit = 3 }, None);
        Assert.Equal(deliveries.Skip(10).Take(3).Select(d => d.EventId), events.Select(e => e.Id));
    }

    [Fact]
    public async Task Ended_replays_are_removed_with_age_and_running_ones_are_not()
    {
        var ended = await StartReplayAsync();
        await Replays.CancelReplayAsync(Sandbox, ended.Id, None);
        var running = await StartReplayAsync();
        Clock.Advance(TimeSpan.FromDays(40));
        while (await Store.CleanAsync(Clock.Now - TimeSpan.FromDays(30), None)) { }
        Assert.Null(await Replays.GetReplayAsync(Sandbox, ended.Id, None));
        Assert.NotNull(await Replays.GetReplayAsync(Sandbox, running.Id, None));
    }
}
