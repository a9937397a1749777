using Nova.Accounts;
using Nova.IntegrationTests.Stores;
using Nova.Model;
using Nova.Storage;
using Nova.TestSupport;
using Nova.UnitTests;
using Nova.Watching;

namespace Nova.IntegrationTests.Engine;

/// <summary>What whoever watches is told, how often, and how much is kept for him.</summary>
public sealed class ChangeFeedTests : IAsyncLifetime
{
    const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /// <summary>Four a second.</summary>
    static readonly TimeSpan Flush = TimeSpan.FromMilliseconds(250);

    readonly FakeClock _clock = new();
    readonly SqliteHarness _stores = new();
    TestReceiver _receiver = null!;
    EngineHarness _engine = null!;
    EnvironmentEntry _entry = null!;

    public async ValueTask InitializeAsync()
    {
        _receiver = await TestReceiver.StartAsync(keepRequests: false);
        _engine = await EngineHarness.StartAsync(await _stores.CreateAsync(_clock), _clock);
        _entry = await _engine.AddAccountAsync("kit");
        await _engine.AddEndpointAsync(_entry, _receiver.Url, Secret);
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _receiver.DisposeAsync();
        await _stores.DisposeAsync();
    }

    static async Task<ChangeBatch> NextAsync(ChangeSubscription subscription)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await subscription.NextAsync(patience.Token) ?? throw new InvalidOperationException("There will be no more.");
    }

    /// <summary>Watches; the first sign of life is there, so the feed waits for the clock.</summary>
    async Task<ChangeSubscription> WatchAsync()
    {
        var subscription = _engine.Get<ChangeFeed>().Watch(_entry.Id)!;
        Assert.True((await NextAsync(subscription)).IsEmpty);
        return subscription;
    }

    /// <summary>Publishes, and waits until all of it has been delivered.</summary>
    async Task DeliverAsync(int events)
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, events), async (_, _) => await _engine.PublishAsync(_entry, "credits.low"));
        for (var i = 0; i < events; i++) Assert.Equal(DeliveryState.Delivered, (await _engine.NextRecordedAsync()).Record.State);
    }

    [Fact]
    public async Task A_burst_of_a_thousand_is_told_in_as_many_batches_as_quarters_of_a_second_have_passed()
    {
        using var subscription = await WatchAsync();
        HashSet<Id<Delivery>> told = [];
        for (var quarter = 1; quarter <= 4; quarter++)
        {
            await DeliverAsync(250);
            // Until a quarter of a second is over nothing is told, however much happens.
            var next = NextAsync(subscription);
            Assert.False(next.IsCompleted);
            _clock.Advance(Flush);
            var batch = await next;
            Assert.False(batch.Resync);
            Assert.Equal(250, batch.Deliveries.Count);
            Assert.All(batch.Deliveries, delivery => Assert.Equal(DeliveryState.Delivered, delivery.State));
            told.UnionWith(batch.Deliveries.Select(delivery => delivery.Id));
        }
        Assert.Equal(1000, told.Count);
        Assert.False(subscription.TakeMissed());
    }

    [Fact]
    public async Task A_burst_that_is_too_much_for_one_batch_is_one_batch_that_says_so()
    {
        using var subscription = await WatchAsync();
        await DeliverAsync(1000);
        var next = NextAsync(subscription);
        Assert.False(next.IsCompleted);
        _clock.Advance(Flush);
        var batch = await next;
        Assert.True(batch.Resync);
        Assert.Equal(500, batch.Deliveries.Count);
        // The next one is not too much any more.
        await DeliverAsync(1);
        next = NextAsync(subscription);
        _clock.Advance(Flush);
        batch = await next;
        Assert.False(batch.Resync);
        Assert.Single(batch.Deliveries);
    }

    [Fact]
    public void For_a_slow_reader_sixteen_batches_are_kept_and_the_rest_is_to_be_read_again()
    {
        using var subscription = new ChangeSubscription(_ => { });
        ChangeBatch Batch(int second) => new(_clock.Now.AddSeconds(second), [], [], Resync: true);
        for (var i = 0; i < 16; i++) subscription.Offer(Batch(i));
        Assert.False(subscription.TakeMissed());
        for (var i = 16; i < 1000; i++) subscription.Offer(Batch(i));
        subscription.End();
        var kept = 0;
        while (subscription.NextAsync(CancellationToken.None).AsTask() is { IsCompletedSuccessfully: true, Result: { } batch })
            Assert.Equal(_clock.Now.AddSeconds(kept++), batch.At);
        Assert.Equal(16, kept);
        Assert.True(subscription.TakeMissed());
        Assert.False(subscription.TakeMissed());
    }

    [Fact]
    public void Signs_of_life_that_a_slow_reader_misses_are_nothing_to_read_again()
    {
        using var subscription = new ChangeSubscription(_ => { });
        for (var i = 0; i < 1000; i++) subscription.Offer(new(_clock.Now, [], [], Resync: false));
        Assert.False(subscription.TakeMissed());
    }

    [Fact]
    public async Task Who_does_not_read_gets_batches_no_more_and_holds_nobody_up()
    {
        using var slow = await WatchAsync();
        using var quick = _engine.Get<ChangeFeed>().Watch(_entry.Id)!;
        for (var quarter = 0; quarter < 24; quarter++)
        {
            await DeliverAsync(1);
            var next = NextAsync(quick);
            _clock.Advance(Flush);
            while ((await next).IsEmpty) next = NextAsync(quick);
        }
        Assert.False(quick.TakeMissed());
        Assert.True(slow.TakeMissed());
        for (var i = 0; i < 16; i++) Assert.Single((await NextAsync(slow)).Deliveries);
        Assert.False(slow.NextAsync(CancellationToken.None).IsCompleted);
    }
}

/// <summary>The same between two nodes on one PostgreSQL, by its notifications and the real clock.</summary>
public sealed class ChangeFeedOfTwoNodesTests : IAsyncLifetime
{
    readonly PostgreSqlHarness _stores = new();
    TestReceiver _receiver = null!;
    EngineHarness _here = null!;
    EngineHarness _there = null!;

    public async ValueTask InitializeAsync()
    {
        _receiver = await TestReceiver.StartAsync();
        _here = await EngineHarness.StartAsync(await _stores.CreateAsync(TimeProvider.System), TimeProvider.System);
        _there = await EngineHarness.StartAsync(await _stores.OpenAsync(), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _here.DisposeAsync();
        await _there.DisposeAsync();
        await _receiver.DisposeAsync();
        await _stores.DisposeAsync();
    }

    [Fact]
    public async Task What_is_recorded_at_one_node_is_told_to_who_watches_at_the_other()
    {
        var entry = await _here.AddAccountAsync("kit");
        await _here.AddEndpointAsync(entry, _receiver.Url, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var subscription = _here.Get<ChangeFeed>().Watch(entry.Id)!;
        // The feed there hears it before this does: it was there first.
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _there.Get<INodeMessages>().Received += message =>
        {
            if (message == $"{_here.Get<Nodes.ThisNode>().Number} L {entry.Id}") heard.TrySetResult();
        };
        await heard.Task.WaitAsync(patience.Token);

        await _there.Get<AccountDirectory>().RefreshAsync(patience.Token);
        Assert.Equal(1, (await _there.PublishAsync(entry, "credits.low")).Deliveries);
        var recorded = await _there.NextRecordedAsync();
        while (true)
        {
            var batch = await subscription.NextAsync(patience.Token);
            Assert.NotNull(batch);
            if (batch.Deliveries.SingleOrDefault() is { State: DeliveryState.Delivered } told)
            {
                Assert.Equal(recorded.Delivery.Id, told.Id);
                break;
            }
        }
        Assert.False(_here.HasRecorded);
        Assert.Single(_receiver.Requests);
    }
}
