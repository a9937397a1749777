using Nova.Accounts;
using Nova.Delivering;
using Nova.IntegrationTests.Stores;
using Nova.Model;
using Nova.Nodes;
using Nova.TestSupport;
using Nova.UnitTests;

namespace Nova.IntegrationTests.Engine;

/// <summary>
/// "Nova stops at once on removal or change" (products/partner): also where the endpoint is changed through one node of a PostgreSQL while another holds its deliveries.
/// </summary>
/// <remarks>The clock stands still from the change until the other node knows of it: nothing that waits for time has told it, so it knows far within the second.</remarks>
public sealed class ChangedElsewhereTests : IAsyncLifetime
{
    const string OldKey = "the-first-key";
    const string NewKey = "the-second-key";

    /// <summary>What an endpoint that has not answered yet may have in flight.</summary>
    const int InFlight = 4;

    const int Published = 10;

    readonly FakeClock _clock = new();
    readonly PostgreSqlHarness _stores = new();
    TestReceiver _old = null!;
    TestReceiver _new = null!;
    EngineHarness _here = null!;
    EngineHarness _there = null!;

    public async ValueTask InitializeAsync()
    {
        (_old, _new) = (await TestReceiver.StartAsync(), await TestReceiver.StartAsync());
        _here = await EngineHarness.StartAsync(await _stores.CreateAsync(_clock), _clock);
        _there = await EngineHarness.StartAsync(await _stores.OpenAsync(), _clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _here.DisposeAsync();
        await _there.DisposeAsync();
        await _old.DisposeAsync();
        await _new.DisposeAsync();
        await _stores.DisposeAsync();
    }

    /// <summary>Until the other node's directory says so, which the store's notification brings about.</summary>
    async Task WhenKnownThereAsync(Func<AccountDirectory, bool> isSo)
    {
        var directory = _there.Get<AccountDirectory>();
        var known = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look()
        {
            if (isSo(directory)) known.TrySetResult();
        }
        directory.Confirmed += Look;
        Look();
        await known.Task.WaitAsync(TimeSpan.FromSeconds(60));
        directory.Confirmed -= Look;
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("url")]
    [InlineData("key")]
    public async Task No_attempt_to_what_it_was_begins_after_the_change_and_what_waits_ends_with_the_reason(string change)
    {
        var entry = await _here.AddAccountAsync("partner");
        var id = await _here.AddEndpointAsync(entry, _old.Url, OldKey, ["signed_up"]);
        await WhenKnownThereAsync(directory => directory.Target(id) is not null);
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _old.OnRequest = async _ =>
        {
            await open.Task;
            return new(503);
        };
        for (var i = 0; i < Published; i++) Assert.Equal(1, (await _there.PublishAsync(entry, "signed_up")).Deliveries);
        for (var i = 0; i < InFlight; i++) await _old.NextAsync();
        Assert.Equal(Published, _there.Get<DeliveryEngine>().Held);

        var changedAt = _clock.Now;
        var maker = _here.Get<EndpointTargetMaker>();
        await _here.ChangeEndpointAsync(id, endpoint => change switch
        {
            "deleted" => endpoint with { DeletedAt = _clock.Now },
            "url" => endpoint with { Url = _new.Url, Generation = endpoint.Generation + 1 },
            _ => endpoint with { Secrets = [maker.Seal(id, entry.Product, NewKey, _clock.Now)], Generation = endpoint.Generation + 1 },
        });
        await WhenKnownThereAsync(directory => directory.Target(id) is { Endpoint: var now } && (now.DeletedAt is not null || now.Generation == 1));
        Assert.Equal(changedAt, _clock.Now);
        // Only the other node goes on: what follows is its doing.
        await _here.StopAsync();

        // Four attempts that had begun end, and are to be made again; what waited behind them ends without one.
        open.SetResult();
        Dictionary<Id<Delivery>, EndedAttempt> retries = [];
        HashSet<Id<Delivery>> ended = [];
        for (var i = 0; i < Published; i++) Note(await _there.NextRecordedAsync());
        Assert.Equal(InFlight, retries.Count);
        Assert.Equal(Published - InFlight, ended.Count);
        Assert.All(retries.Values, retry => Assert.Equal((1, 503), (retry.Record.Attempt!.Number, retry.Record.Attempt.StatusCode)));

        // The retries fall due, and end without another attempt.
        _clock.Advance(entry.Product.Retry.Delays[1]);
        await _there.Get<ThisNode>().BeatAsync(CancellationToken.None);
        await _there.Get<AccountDirectory>().RefreshAsync(CancellationToken.None);
        await _there.Get<DuePoller>().PollAsync(CancellationToken.None);
        for (var i = 0; i < InFlight; i++) Note(await _there.NextRecordedAsync());
        Assert.Equal(Published, ended.Count);
        Assert.Equal(InFlight, _old.Requests.Count);
        Assert.Empty(_new.Requests);

        // What is published from now on goes to what it is.
        var after = await _there.PublishAsync(entry, "signed_up");
        if (change == "deleted")
        {
            Assert.Equal(0, after.Deliveries);
            return;
        }
        var arrived = await (change == "url" ? _new : _old).NextAsync();
        Assert.Equal(change == "url" ? OldKey : NewKey, arrived.Headers["X-API-Key"]);

        void Note(EndedAttempt outcome)
        {
            if (outcome.Record.Attempt is not null)
            {
                Assert.Equal(DeliveryState.Pending, outcome.Record.State);
                retries.Add(outcome.Delivery.Id, outcome);
                return;
            }
            Assert.Equal(DeliveryState.Failed, outcome.Record.State);
            Assert.Equal(
                change == "deleted" ? "The endpoint was deleted while the delivery waited." : "The endpoint's URL or key was changed while the delivery waited.",
                outcome.Record.Error);
            Assert.True(ended.Add(outcome.Delivery.Id));
        }
    }
}
