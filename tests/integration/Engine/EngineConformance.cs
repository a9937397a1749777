using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Nova.Accounts;
using Nova.Delivering;
using Nova.IntegrationTests.Stores;
using Nova.Model;
using Nova.Nodes;
using Nova.TestSupport;
using Nova.UnitTests;

namespace Nova.IntegrationTests.Engine;

/// <summary>What the engine promises, on each store: a real store, real sockets, a clock that the test moves.</summary>
public abstract partial class EngineConformance : IAsyncLifetime
{
    const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    readonly FakeClock _clock = new();
    StoreHarness _stores = null!;
    TestReceiver _receiver = null!;
    EngineHarness _engine = null!;

    private protected abstract StoreHarness NewStores();

    public async ValueTask InitializeAsync()
    {
        _stores = NewStores();
        _receiver = await TestReceiver.StartAsync();
        _engine = await EngineHarness.StartAsync(await _stores.CreateAsync(_clock), _clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _receiver.DisposeAsync();
        await _stores.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Moves the clock, and looks for what has fallen due as the poller would at its next tick.</summary>
    async Task<int> AdvanceAsync(TimeSpan by)
    {
        _clock.Advance(by);
        await _engine.Get<ThisNode>().BeatAsync(CancellationToken.None);
        await _engine.Get<AccountDirectory>().RefreshAsync(CancellationToken.None);
        await _engine.Get<DuePoller>().PollAsync(CancellationToken.None);
        return (int)_engine.Get<DeliveryEngine>().Held;
    }

    async Task RestartAsync()
    {
        await _engine.StopAsync();
        _engine = await EngineHarness.StartAsync(await _stores.ReopenAsync(), _clock);
    }

    [Fact]
    public async Task An_event_reaches_each_endpoint_that_wants_it_and_no_other()
    {
        var entry = await _engine.AddAccountAsync("kit");
        var wants = await _engine.AddEndpointAsync(entry, _receiver.Url, Secret, ["generation.completed"]);
        await _engine.AddEndpointAsync(entry, _receiver.Url, Secret, ["credits.low"]);
        var other = await _engine.AddAccountAsync("kit", "other");
        await _engine.AddEndpointAsync(other, _receiver.Url, Secret);

        var result = await _engine.PublishAsync(entry, "generation.completed");
        var ended = await _engine.NextRecordedAsync();

        Assert.Equal(1, result.Deliveries);
        Assert.Equal(wants, ended.Delivery.EndpointId);
        Assert.Equal(DeliveryState.Delivered, ended.Record.State);
        var request = Assert.Single(_receiver.Requests);
        Assert.Equal(result.Id, request.Headers["x-novakit-event-id"]);
        var signed = $"{request.Headers["x-novakit-timestamp"]}:{request.Text}";
        Assert.Equal(
            Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(signed))),
            request.Headers["x-novakit-signature"]);
    }

    [Theory]
    [InlineData("embed", "score.completed")]
    [InlineData("partner", "signed_up")]
    [InlineData("calls", "call.ended")]
    [InlineData("kit", "generation.completed")]
    [InlineData("standard", null)]
    public async Task Each_attempt_is_at_its_documented_time_with_the_same_body_and_none_after_the_last(string product, string? eventType)
    {
        var entry = await _engine.AddAccountAsync(product);
        var secret = entry.Product.Secret.ChosenByCustomer ? "a-key-that-the-partner-chose" : entry.Product.Secret.Generate();
        await _engine.AddEndpointAsync(entry, _receiver.Url, secret);
        _receiver.Status = 503;
        var delays = entry.Product.Retry.Delays;

        await _engine.PublishAsync(entry, eventType ?? entry.Product.EventTypes.Keys.First());
        for (var attempt = 1; attempt <= delays.Count; attempt++)
        {
            var ended = await _engine.NextRecordedAsync();
            Assert.Equal(attempt, ended.Record.Attempt!.Number);
            Assert.Equal(503, ended.Record.Attempt.StatusCode);
            Assert.Equal(attempt, _receiver.Requests.Count);
            if (attempt == delays.Count)
            {
                Assert.Equal(DeliveryState.Failed, ended.Record.State);
                break;
            }
            Assert.Equal(DeliveryState.Pending, ended.Record.State);
            Assert.Equal(0, await AdvanceAsync(delays[attempt] - TimeSpan.FromMilliseconds(1)));
            Assert.Equal(attempt, _receiver.Requests.Count);
            await AdvanceAsync(TimeSpan.FromMilliseconds(1));
        }
        Assert.Equal(0, await AdvanceAsync(TimeSpan.FromDays(30)));
        Assert.Equal(delays.Count, _receiver.Requests.Count);
        Assert.Single(_receiver.Requests.Select(request => request.Text).Distinct());
    }

    [Theory]
    [InlineData("partner", "signed_up", 404, "Failed")]
    [InlineData("partner", "signed_up", 302, "Failed")]
    [InlineData("partner", "signed_up", 429, "Failed")]
    [InlineData("partner", "signed_up", 500, "Pending")]
    [InlineData("embed", "score.failed", 404, "Pending")]
    [InlineData("calls", "call.ended", 404, "Pending")]
    [InlineData("kit", "credits.low", 404, "Pending")]
    [InlineData("kit", "credits.low", 302, "Pending")]
    public async Task A_status_is_final_where_the_product_says_so(string product, string eventType, int status, string expected)
    {
        var entry = await _engine.AddAccountAsync(product);
        await _engine.AddEndpointAsync(entry, _receiver.Url, Secret);
        _receiver.Status = status;

        await _engine.PublishAsync(entry, eventType);

        Assert.Equal(expected, (await _engine.NextRecordedAsync()).Record.State.ToString());
    }

    [Fact]
    public async Task A_retry_after_header_delays_the_next_attempt_where_the_product_honours_it()
    {
        var entry = await _engine.AddAccountAsync("standard");
        await _engine.AddEndpointAsync(entry, _receiver.Url, entry.Product.Secret.Generate());
        _receiver.OnRequest = _ => Task.FromResult(new Answer(429, null, new() { ["Retry-After"] = "120" }));

        await _engine.PublishAsync(entry, entry.Product.EventTypes.Keys.First());

        Assert.Equal(TimeSpan.FromSeconds(120), (await _engine.NextRecordedAsync()).Record.RetryIn);
    }

    [Fact]
    public async Task A_fault_of_nova_s_own_goes_on_by_the_schedule_and_leaves_no_delivery_behind()
    {
        var entry = await _engine.AddAccountAsync("calls");
        var endpoint = await _engine.AddEndpointAsync(entry, _receiver.Url, Secret);
        var now = _clock.Now;
        // Of an envelope that the store does not have: no body can be made.
        var @event = new Event
        {
            Id = Id<Event>.New(now), EnvironmentId = entry.Id, Type = "call.ended", Data = "{}"u8.ToArray(), OccurredAt = now, CreatedAt = now,
            EnvelopeId = 9999, DeliveryCount = 1,
        };
        var delivery = new Delivery
        {
            Id = Id<Delivery>.New(now), EnvironmentId = entry.Id, EventId = @event.Id, EndpointId = endpoint, EventType = @event.Type,
            State = DeliveryState.Pending, CreatedAt = now, NextAttemptAt = now,
        };
        await _engine.Store.AppendAsync(
            _engine.Get<ThisNode>().Number, [new() { EnvironmentId = entry.Id, Event = @event, Deliveries = [new(delivery, false)] }], CancellationToken.None);

        EndedAttempt? last = null;
        foreach (var delay in entry.Product.Retry.Delays)
        {
            await AdvanceAsync(delay);
            last = await _engine.NextRecordedAsync();
            Assert.Equal(AttemptOutcome.InternalError, last.Record.Attempt!.Outcome);
        }
        Assert.Equal(DeliveryState.Failed, last!.Record.State);
        Assert.Equal(4, last.Record.Attempt!.Number);
        Assert.Empty(_receiver.Requests);
        Assert.Equal(0, await AdvanceAsync(TimeSpan.FromDays(1)));
        var found = await _engine.DeliveryAsync(entry, delivery.Id);
        Assert.Equal("internal_error", found.Delivery.Cause?.Name);
        Assert.Equal(4, found.Attempts.Count);

        // The worker and the endpoint go on.
        await _engine.PublishAsync(entry, "call.ended");
        Assert.Equal(DeliveryState.Delivered, (await _engine.NextRecordedAsync()).Record.State);
    }

    [Fact]
    public async Task A_receiver_that_is_gone_is_sent_nothing_more()
    {
        var entry = await _engine.AddAccountAsync("standard");
        var endpoint = await _engine.AddEndpointAsync(entry, _receiver.Url, entry.Product.Secret.Generate());
        _receiver.Status = 410;
        var disabled = WhenAsync(() => _engine.Get<AccountDirectory>().Target(endpoint)!.Endpoint.DisabledReason == "gone");

        await _engine.PublishAsync(entry, entry.Product.EventTypes.Keys.First());

        Assert.Equal(DeliveryState.Failed, (await _engine.NextRecordedAsync()).Record.State);
        await disabled;
        Assert.Equal(0, (await _engine.PublishAsync(entry, entry.Product.EventTypes.Keys.First())).Deliveries);
    }

    [Fact]
    public async Task An_endpoint_is_disabled_after_ten_failed_deliveries_in_a_row_and_not_after_ten_failed_attempts()
    {
        var entry = await _engine.AddAccountAsync("kit");
        var endpoint = await _engine.AddEndpointAsync(entry, _receiver.Url, Secret);
        _receiver.Status = 500;
        for (var i = 0; i < 10; i++) await _engine.PublishAsync(entry, "credits.low");
        for (var i = 0; i < 10; i++) await _engine.NextRecordedAsync();
        Assert.True(_engine.Get<AccountDirectory>().Target(endpoint)!.Endpoint.Enabled);

        var disabled = WhenAsync(() => _engine.Get<AccountDirectory>().Target(endpoint)!.Endpoint.DisabledReason == "consecutive_failures");
        foreach (var delay in entry.Product.Retry.Delays.Skip(1))
        {
            await AdvanceAsync(delay);
            for (var i = 0; i < 10; i++) await _engine.NextRecordedAsync();
        }
        await disabled;
    }

    [Fact]
    public async Task A_waiting_delivery_of_a_deleted_endpoint_ends_at_once_without_a_request_and_can_be_replayed()
    {
        var entry = await _engine.AddAccountAsync("kit");
        var endpoint = await _engine.AddEndpointAsync(entry, _receiver.Url, Secret);
        _receiver.Status = 500;
        await _engine.PublishAsync(entry, "credits.low");
        var first = await _engine.NextRecordedAsync();

        await _engine.ChangeEndpointAsync(endpoint, old => old with { DeletedAt = _clock.Now });
        await WhenDueAsync(entry, first.Delivery.Id);
        var ended = await RecordedWithin(TimeSpan.FromSeconds(1));

        Assert.Equal(first.Delivery.Id, ended.Delivery.Id);
        Assert.Equal(DeliveryState.Failed, ended.Record.State);
        Assert.Null(ended.Record.Attempt);
        Assert.Contains("deleted", ended.Record.Error, StringComparison.Ordinal);
        Assert.Single(_receiver.Requests);
        var kept = await _engine.DeliveryAsync(entry, first.Delivery.Id);
        Assert.Equal((DeliveryState.Failed, 1), (kept.Delivery.State, kept.Attempts.Count));
    }

    [Fact]
    public async Task Where_a_changed_key_ends_what_waits_the_old_delivery_fails_and_new_ones_go_out()
    {
        var entry = await _engine.AddAccountAsync("partner");
        var endpoint = await _engine.AddEndpointAsync(entry, _receiver.Url, "the-first-key", ["signed_up"]);
        _receiver.Status = 500;
        await _engine.PublishAsync(entry, "signed_up");
        var first = await _engine.NextRecordedAsync();

        await _engine.ChangeEndpointAsync(endpoint, old => old with { Generation = old.Generation + 1 });
        await WhenDueAsync(entry, first.Delivery.Id);
        var ended = await RecordedWithin(TimeSpan.FromSeconds(1));
        Assert.Equal(DeliveryState.Failed, ended.Record.State);
        Assert.Null(ended.Record.Attempt);

        _receiver.Status = 200;
        await _engine.PublishAsync(entry, "signed_up");
        Assert.Equal(DeliveryState.Delivered, (await _engine.NextRecordedAsync()).Record.State);
    }

    /// <summary>What waits at a changed endpoint is made due beside the change, and the store has no signal for it.</summary>
    async Task WhenDueAsync(EnvironmentEntry entry, Id<Delivery> id)
    {
        for (var started = Stopwatch.GetTimestamp(); (await _engine.DeliveryAsync(entry, id)).Delivery.NextAttemptAt > _clock.Now;)
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20), "The waiting delivery was not made due.");
    }

    /// <summary>The next outcome, while the clock goes on in the steps of the poller.</summary>
    async Task<EndedAttempt> RecordedWithin(TimeSpan limit)
    {
        for (var at = TimeSpan.Zero; at <= limit && !_engine.HasRecorded; at += TimeSpan.FromMilliseconds(100))
            await AdvanceAsync(TimeSpan.FromMilliseconds(100));
        return await _engine.NextRecordedAsync();
    }

    /// <summary>Completes at the first confirmation of the directory at which this holds.</summary>
    async Task WhenAsync(Func<bool> holds)
    {
        var directory = _engine.Get<AccountDirectory>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        directory.Confirmed += Look;
        Look();
        await done.Task.WaitAsync(TimeSpan.FromSeconds(20));
        directory.Confirmed -= Look;

        void Look()
        {
            if (holds()) done.TrySetResult();
        }
    }
}
