using System.Collections.Concurrent;
using Nova.Delivering;
using Nova.Model;
using Nova.Replaying;
using Nova.Publishing;
using Nova.TestSupport;

namespace Nova.IntegrationTests.Engine;

public abstract partial class EngineConformance
{
    [Fact]
    public async Task What_does_not_fit_into_memory_waits_in_the_store_and_all_of_it_arrives()
    {
        await _engine.DisposeAsync();
        _engine = await EngineHarness.StartAsync(await _stores.ReopenAsync(), _clock, change: options =>
        {
            options.Delivering.QueuedPerEndpoint = 5;
            options.Delivering.MaxConcurrentAttempts = 8;
        });
        var entry = await _engine.AddAccountAsync("kit");
        await _engine.AddEndpointAsync(entry, _receiver.Url, Secret);
        var open = new TaskCompletionSource();
        _receiver.OnRequest = async _ =>
        {
            await open.Task;
            return new(200);
        };

        var ids = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), async (_, _) => ids.Add((await _engine.PublishAsync(entry, "credits.low")).Id));
        Assert.True(_engine.Get<DeliveryEngine>().Held <= 5 + 64);
        open.SetResult();

        var delivered = new HashSet<Id<Delivery>>();
        while (delivered.Count < 200)
        {
            while (_engine.HasRecorded) Assert.True(delivered.Add((await _engine.NextRecordedAsync()).Delivery.Id));
            if (delivered.Count < 200) delivered.Add((await RecordedWithin(TimeSpan.FromMinutes(1))).Delivery.Id);
        }
        Assert.Equal(ids.Order(), _receiver.Requests.Select(request => request.Headers["x-novakit-event-id"]).Order());
    }

    [Fact]
    public async Task An_endpoint_that_hangs_does_not_keep_another_waiting()
    {
        await using var hanging = await TestReceiver.StartAsync();
        var never = new TaskCompletionSource<Answer>();
        hanging.OnRequest = _ => never.Task;
        var entry = await _engine.AddAccountAsync("kit");
        await _engine.AddEndpointAsync(entry, hanging.Url, Secret, ["credits.low"]);
        await _engine.AddEndpointAsync(entry, _receiver.Url, Secret, ["credits.depleted"]);

        for (var i = 0; i < 100; i++) await _engine.PublishAsync(entry, "credits.low");
        await hanging.NextAsync();
        for (var i = 0; i < 20; i++) await _engine.PublishAsync(entry, "credits.depleted");
        for (var i = 0; i < 20; i++) Assert.Equal(DeliveryState.Delivered, (await _engine.NextRecordedAsync()).Record.State);

        Assert.InRange(hanging.Requests.Count, 1, 4);
        never.SetResult(new(200));
        for (var i = 0; i < 100; i++) await _engine.NextRecordedAsync();
    }

    [Fact]
    public async Task What_an_orderly_stop_leaves_is_sent_by_the_next_run()
    {
        var entry = await _engine.AddAccountAsync("kit");
        await _engine.AddEndpointAsync(entry, _receiver.Url, Secret);
        _receiver.Status = 500;
        var published = await _engine.PublishAsync(entry, "credits.low");
        await _engine.NextRecordedAsync();

        await RestartAsync();
        _receiver.Status = 200;
        await AdvanceAsync(TimeSpan.FromSeconds(30));

        var ended = await _engine.NextRecordedAsync();
        Assert.Equal((DeliveryState.Delivered, 2), (ended.Record.State, ended.Record.Attempt!.Number));
        Assert.All(_receiver.Requests, request => Assert.Equal(published.Id, request.Headers["x-novakit-event-id"]));
    }

    [Fact]
    public async Task An_attempt_in_flight_is_on_record_before_an_orderly_stop_ends()
    {
        var entry = await _engine.AddAccountAsync("kit");
        await _engine.AddEndpointAsync(entry, _receiver.Url, Secret);
        var answer = new TaskCompletionSource<Answer>();
        _receiver.OnRequest = _ => answer.Task;
        await _engine.PublishAsync(entry, "credits.low");
        await _receiver.NextAsync();

        var stopping = _engine.StopAsync();
        Assert.False(stopping.IsCompleted);
        answer.SetResult(new(200));
        await stopping;

        Assert.Equal(DeliveryState.Delivered, (await _engine.NextRecordedAsync()).Record.State);
    }

    [Fact]
    public async Task A_replay_is_a_new_delivery_of_the_same_event_with_a_fresh_schedule()
    {
        var entry = await _engine.AddAccountAsync("partner");
        var endpoint = await _engine.AddEndpointAsync(entry, _receiver.Url, "a-key-of-the-partner", ["signed_up"]);
        _receiver.Status = 404;
        await _engine.PublishAsync(entry, "signed_up");
        var failed = await _engine.NextRecordedAsync();
        _receiver.Status = 200;

        var old = await _engine.DeliveryAsync(entry, failed.Delivery.Id);
        var replay = await _engine.Get<Replayer>().ReplayAsync(old, _engine.Get<Accounts.AccountDirectory>().Target(endpoint)!, CancellationToken.None);
        var ended = await _engine.NextRecordedAsync();

        Assert.Equal(replay.Id, ended.Delivery.Id);
        Assert.Equal((DeliveryState.Delivered, 1), (ended.Record.State, ended.Record.Attempt!.Number));
        var (first, second) = (_receiver.Requests.First(), _receiver.Requests.Last());
        Assert.Equal(first.Text, second.Text);
        Assert.NotEqual(first.Headers["Idempotency-Key"], second.Headers["Idempotency-Key"]);
        Assert.Equal(DeliveryState.Failed, (await _engine.DeliveryAsync(entry, failed.Delivery.Id)).Delivery.State);
        Assert.Equal(failed.Delivery.Id, (await _engine.DeliveryAsync(entry, replay.Id)).Delivery.ReplayOf);
    }

    [Fact]
    public async Task A_test_event_is_attempted_once_and_goes_to_a_disabled_endpoint_too()
    {
        var entry = await _engine.AddAccountAsync("embed");
        var endpoint = await _engine.AddEndpointAsync(entry, _receiver.Url, Secret);
        await _engine.ChangeEndpointAsync(endpoint, old => old with { Enabled = false, DisabledReason = "by_customer", DisabledAt = _clock.Now });
        _receiver.Status = 500;

        var id = await _engine.Get<TestEventSender>().SendAsync(
            entry, _engine.Get<Accounts.AccountDirectory>().Target(endpoint)!, null, null, CancellationToken.None);

        var detail = await _engine.DeliveryAsync(entry, id);
        Assert.Equal((DeliveryState.Failed, 1, DeliveryTrigger.Test), (detail.Delivery.State, detail.Attempts.Count, detail.Delivery.Trigger));
        var request = Assert.Single(_receiver.Requests);
        Assert.Equal("test", request.Headers["X-Webhook-Event"]);
        Assert.Equal(0, await AdvanceAsync(TimeSpan.FromDays(1)));
    }

    [Fact]
    public async Task The_same_event_id_again_sends_nothing_again()
    {
        var entry = await _engine.AddAccountAsync("kit");
        await _engine.AddEndpointAsync(entry, _receiver.Url, Secret);

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _engine.PublishAsync(entry, "credits.low", id: "order-42")));
        await _engine.NextRecordedAsync();

        Assert.All(results, result => Assert.Equal(("order-42", 1), (result.Id, result.Deliveries)));
        Assert.Equal(0, await AdvanceAsync(TimeSpan.FromDays(1)));
        Assert.Single(_receiver.Requests);
        var other = await _engine.PublishAsync(entry, "credits.depleted", id: "order-42");
        Assert.Equal(PublishFaultKind.Conflict, other.Fault!.Kind);
    }
}
