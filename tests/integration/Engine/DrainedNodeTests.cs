using Nova.Delivering;
using Nova.IntegrationTests.Stores;
using Nova.Model;
using Nova.Nodes;
using Nova.Replaying;
using Nova.Storage;
using Nova.TestSupport;
using Nova.UnitTests;

namespace Nova.IntegrationTests.Engine;

/// <summary>Two nodes on one PostgreSQL, of which one is taken out of work.</summary>
public sealed class DrainedNodeTests : IAsyncLifetime
{
    const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    readonly FakeClock _clock = new();
    readonly PostgreSqlHarness _stores = new();
    TestReceiver _receiver = null!;
    EngineHarness _one = null!, _two = null!;

    public async ValueTask InitializeAsync()
    {
        _receiver = await TestReceiver.StartAsync();
        _one = await EngineHarness.StartAsync(await _stores.CreateAsync(_clock), _clock);
        _two = await EngineHarness.StartAsync(await _stores.OpenAsync(), _clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        await _receiver.DisposeAsync();
        await _stores.DisposeAsync();
    }

    /// <summary>Both nodes give a heartbeat and look for what is due.</summary>
    async Task TurnAsync()
    {
        foreach (var node in new[] { _one, _two })
        {
            await node.Get<ThisNode>().BeatAsync(CancellationToken.None);
            await node.Get<Accounts.AccountDirectory>().RefreshAsync(CancellationToken.None);
            await node.Get<DuePoller>().PollAsync(CancellationToken.None);
        }
    }

    async Task DrainAsync(bool drain)
    {
        Assert.True(await _two.Store.DrainNodeAsync(_one.Get<ThisNode>().Number, drain, CancellationToken.None));
        await TurnAsync();
    }

    async Task<NodeStatus> StatusOfOneAsync() =>
        (await _two.Store.GetStatusAsync(CancellationToken.None)).Nodes.Single(node => node.Id == _one.Get<ThisNode>().Number);

    [Fact]
    public async Task A_drained_node_ends_what_is_in_flight_and_the_other_does_the_rest()
    {
        var entry = await _one.AddAccountAsync("kit");
        await _one.AddEndpointAsync(entry, _receiver.Url, Secret);
        var hanging = new TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = 4; // What an endpoint that has not answered yet may have in flight.
        _receiver.OnRequest = _ => Interlocked.Decrement(ref first) >= 0 ? hanging.Task : Task.FromResult(new Answer(200));
        for (var i = 0; i < 10; i++) await _one.PublishAsync(entry, "credits.low");
        for (var i = 0; i < 4; i++) await _receiver.NextAsync();
        Assert.Equal(10, (await StatusOfOneAsync()).Leased);

        await DrainAsync(true);
        // Six are handed back, which is on record at the first node, and then made by the second.
        for (var i = 0; i < 6; i++) Assert.Null((await _one.NextRecordedAsync()).Record.Attempt);
        await TurnAsync();
        for (var i = 0; i < 6; i++) Assert.Equal(DeliveryState.Delivered, (await _two.NextRecordedAsync()).Record.State);
        Assert.Equal(4, (await StatusOfOneAsync()).Leased);

        // What is published through it is accepted, and delivered by the other.
        Assert.Equal(1, (await _one.PublishAsync(entry, "credits.low")).Deliveries);
        await TurnAsync();
        Assert.Equal(DeliveryState.Delivered, (await _two.NextRecordedAsync()).Record.State);

        hanging.SetResult(new(200));
        for (var i = 0; i < 4; i++) Assert.Equal((1, DeliveryState.Delivered), await _one.NextRecordedAsync() is var ended ? (ended.Record.Attempt!.Number, ended.Record.State) : default);
        var drained = await StatusOfOneAsync();
        Assert.Equal(0, drained.Leased);
        Assert.NotNull(drained.DrainingSince);
        Assert.Equal(11, _receiver.Requests.Count);

        await DrainAsync(false);
        await _one.PublishAsync(entry, "credits.low");
        Assert.Equal(DeliveryState.Delivered, (await _one.NextRecordedAsync()).Record.State);
    }

    [Fact]
    public async Task A_drained_node_hands_its_replays_over_and_no_delivery_is_repeated_twice()
    {
        var entry = await _one.AddAccountAsync("partner");
        await _one.AddEndpointAsync(entry, _receiver.Url, "the-first-key", ["signed_up"]);
        await TurnAsync();
        _receiver.Status = 400;
        for (var i = 0; i < 20; i++)
        {
            await _one.PublishAsync(entry, "signed_up");
            await _one.NextRecordedAsync();
            _clock.Advance(TimeSpan.FromMilliseconds(5));
        }
        _receiver.Status = 200;
        var (job, _) = await _one.Get<ReplayStarter>().StartAsync(
            entry.Id, new ReplaySelection { State = DeliveryState.Failed, Until = _clock.Now }, 10, CancellationToken.None);
        await _one.Get<ReplayRunner>().WorkAsync(CancellationToken.None);

        await DrainAsync(true);
        ReplayJob now;
        for (var turns = 0; ; turns++)
        {
            Assert.True(turns < 200);
            await _one.Get<ReplayRunner>().WorkAsync(CancellationToken.None);
            await _two.Get<ReplayRunner>().WorkAsync(CancellationToken.None);
            now = (await _two.Get<IReplayStore>().GetReplayAsync(entry.Id, job!.Id, CancellationToken.None))!;
            if (now.State != ReplayState.Running) break;
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            await TurnAsync();
        }
        Assert.Equal((ReplayState.Completed, 20, 0), (now.State, now.Done, now.Skipped));
        var all = await _two.Store.ListDeliveriesAsync(new DeliveryQuery { EnvironmentId = entry.Id, Limit = 250 }, CancellationToken.None);
        Assert.Equal(20, all.Select(each => each.ReplayOf).OfType<Id<Delivery>>().Distinct().Count());
        Assert.Equal(40, all.Count);
    }

    [Fact]
    public async Task A_replay_goes_on_on_the_other_node_when_its_own_is_killed()
    {
        var entry = await _one.AddAccountAsync("partner");
        await _one.AddEndpointAsync(entry, _receiver.Url, "the-first-key", ["signed_up"]);
        await TurnAsync();
        _receiver.Status = 400;
        for (var i = 0; i < 20; i++)
        {
            await _one.PublishAsync(entry, "signed_up");
            await _one.NextRecordedAsync();
            _clock.Advance(TimeSpan.FromMilliseconds(5));
        }
        _receiver.Status = 200;
        // A node that took the job, made a page of it and was never heard of again.
        var store = await _stores.OpenAsync();
        var dead = await store.RegisterNodeAsync("dead", CancellationToken.None);
        var selection = new ReplaySelection { State = DeliveryState.Failed, Until = _clock.Now };
        var job = new ReplayJob { Id = Id<ReplayJob>.New(_clock.Now), EnvironmentId = entry.Id, Selection = selection, Key = "k", Rate = 1000, Matching = 20, CreatedAt = _clock.Now };
        Assert.Equal(ReplayStartOutcome.Started, (await store.StartReplayAsync(job, 5, CancellationToken.None)).Outcome);
        job = Assert.Single(await store.ClaimReplaysAsync(dead, 1, CancellationToken.None));
        var page = (await _two.Get<ReplaySource>().ReadAsync(entry.Id, selection, Guid.Empty, 250, CancellationToken.None)).Most(7);
        var made = page.Rows.Select(row => new Delivery
        {
            Id = Id<Delivery>.New(_clock.Now), EnvironmentId = entry.Id, EventId = row.Item!.EventId, EndpointId = row.Item.Target.Endpoint.Id,
            EventType = row.Item.EventType, Trigger = DeliveryTrigger.Replay, ReplayOf = row.Item.Of, CreatedAt = _clock.Now,
        }).ToArray();
        Assert.Equal(7, (await store.AdvanceReplayAsync(dead, new(job, page.Cursor, made, 0, ReplayState.Running), CancellationToken.None))!.Done);

        await _two.Get<ReplayRunner>().WorkAsync(CancellationToken.None);
        Assert.Equal(7, (await store.GetReplayAsync(entry.Id, job.Id, CancellationToken.None))!.Done);
        for (var seconds = 0; seconds < 12; seconds++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await TurnAsync();
        }
        ReplayJob now;
        for (var turns = 0; (now = (await store.GetReplayAsync(entry.Id, job.Id, CancellationToken.None))!).State == ReplayState.Running; turns++)
        {
            Assert.True(turns < 200);
            await _two.Get<ReplayRunner>().WorkAsync(CancellationToken.None);
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            await TurnAsync();
        }
        Assert.Equal((ReplayState.Completed, 20, 0), (now.State, now.Done, now.Skipped));
        var all = await _two.Store.ListDeliveriesAsync(new DeliveryQuery { EnvironmentId = entry.Id, Limit = 250 }, CancellationToken.None);
        Assert.Equal(20, all.Select(each => each.ReplayOf).OfType<Id<Delivery>>().Distinct().Count());
        Assert.Equal(40, all.Count);
    }
}
