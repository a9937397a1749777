using Nova.Model;
using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task Attempt_and_state_are_written_together()
    {
        var delivery = await PublishAsync(NewEndpointId(), leased: true);
        Clock.Advance(TimeSpan.FromSeconds(3));
        var attempt = NewAttempt() with
        {
            StatusCode = 204, ResponseHeaders = "A: b\r\n"u8.ToArray(), ResponseBody = new byte[] { 0, 0xFF, 0xC3, 0x28 },
            BodyTruncated = "size", Repeated = true, Timings = new AttemptTimings(5, 4, 3, 2, 1),
        };
        var result = await RecordAsync(Record(delivery, DeliveryState.Delivered) with { Attempt = attempt });
        Assert.Empty(result.Lost);
        Assert.Empty(result.Failing);

        var detail = await DetailAsync(delivery);
        Assert.Equal(delivery with
        {
            State = DeliveryState.Delivered, AttemptCount = 1, FinishedAt = Clock.Now, StatusCode = 204, NextAttemptAt = null,
        }, detail.Delivery);
        var read = Assert.Single(detail.Attempts);
        Assert.Equal(attempt.RequestHeaders.ToArray(), read.RequestHeaders.ToArray());
        Assert.Equal(attempt.ResponseHeaders.ToArray(), read.ResponseHeaders.ToArray());
        Assert.Equal(attempt.ResponseBody.ToArray(), read.ResponseBody.ToArray());
        Assert.Equal(attempt, read with
        {
            RequestHeaders = attempt.RequestHeaders, ResponseHeaders = attempt.ResponseHeaders, ResponseBody = attempt.ResponseBody,
        });
    }

    [Fact]
    public async Task A_retry_waits_with_its_error_and_can_be_attempted_again()
    {
        var delivery = await PublishAsync(NewEndpointId(), leased: true);
        await RecordAsync(Record(delivery, DeliveryState.Pending, retryIn: TimeSpan.FromSeconds(30)));
        var waiting = (await DetailAsync(delivery)).Delivery;
        Assert.Equal((DeliveryState.Pending, 1, 500, "The receiver answered 500."),
            (waiting.State, waiting.AttemptCount, waiting.StatusCode, waiting.Error));
        Assert.Equal(Clock.Now.AddSeconds(30), waiting.NextAttemptAt);
        Assert.Null(waiting.FinishedAt);

        Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Single(await ClaimAsync());
        await RecordAsync(Record(delivery, DeliveryState.Delivered, number: 2));
        var detail = await DetailAsync(delivery);
        Assert.Equal((DeliveryState.Delivered, 2, 200, null),
            (detail.Delivery.State, detail.Delivery.AttemptCount, detail.Delivery.StatusCode, detail.Delivery.Error));
        Assert.Equal([1, 2], detail.Attempts.Select(a => a.Number));
    }

    [Fact]
    public async Task An_attempt_without_an_answer_leaves_no_status()
    {
        var delivery = await PublishAsync(NewEndpointId(), leased: true);
        await RecordAsync(Record(delivery, DeliveryState.Failed) with
        {
            Attempt = NewAttempt(status: null) with { Timings = new AttemptTimings(10_000_000) }, Error = "No answer within 10 s.",
        });
        var detail = await DetailAsync(delivery);
        Assert.Null(detail.Delivery.StatusCode);
        Assert.Equal("No answer within 10 s.", detail.Delivery.Error);
        Assert.Equal(new AttemptTimings(10_000_000), Assert.Single(detail.Attempts).Timings);
    }

    [Fact]
    public async Task A_delivery_may_end_without_a_request()
    {
        var delivery = await PublishAsync(NewEndpointId(), leased: true);
        await RecordAsync(Record(delivery, DeliveryState.Failed) with
        {
            Attempt = null, Error = "The endpoint was deleted.", CountsForHealth = false,
        });
        var detail = await DetailAsync(delivery);
        Assert.Equal((DeliveryState.Failed, 0, "The endpoint was deleted."),
            (detail.Delivery.State, detail.Delivery.AttemptCount, detail.Delivery.Error));
        Assert.Empty(detail.Attempts);
        Assert.NotNull(detail.Delivery.FinishedAt);
    }

    [Fact]
    public async Task A_finished_delivery_is_not_claimed_again()
    {
        await FinishAsync(NewEndpointId());
        await FinishAsync(NewEndpointId(), DeliveryState.Failed);
        Clock.Advance(TimeSpan.FromDays(30));
        Assert.Empty(await ClaimAsync());
    }

    [Fact]
    public async Task A_paused_nodes_record_is_reported_lost_and_changes_nothing()
    {
        var successor = await Store.RegisterNodeAsync("b", None);
        var endpoint = NewEndpointId();
        var taken = await PublishAsync(endpoint, leased: true);
        Clock.Advance(TimeSpan.FromSeconds(20));
        await Store.HeartbeatAsync(successor, None);
        Assert.Equal(1, await Store.TakeOverAsync(TimeSpan.FromSeconds(10), None));
        Assert.Single(await ClaimAsync(successor));

        var result = await RecordAsync(Record(taken, DeliveryState.Failed));

        Assert.Equal([taken.Id], result.Lost);
        Assert.Empty(result.Failing);
        var detail = await DetailAsync(taken);
        Assert.Equal((DeliveryState.Processing, 0), (detail.Delivery.State, detail.Delivery.AttemptCount));
        Assert.Empty(detail.Attempts);
        Assert.Empty((await Store.RecordAsync(successor, [Record(taken, DeliveryState.Delivered)], None)).Lost);
    }

    [Fact]
    public async Task What_is_lost_does_not_keep_the_rest_of_the_batch_back()
    {
        var (held, finished, waiting) = (NewEndpointId(), NewEndpointId(), NewEndpointId());
        var mine = await PublishAsync(held, leased: true);
        var over = await FinishAsync(finished);
        var free = await PublishAsync(waiting);
        var result = await RecordAsync(
            Record(over, DeliveryState.Failed, number: 2), Record(mine, DeliveryState.Delivered), Record(free, DeliveryState.Delivered));
        Assert.Equal(new[] { over.Id, free.Id }.Order(), result.Lost.Order());
        Assert.Equal(DeliveryState.Delivered, (await DetailAsync(mine)).Delivery.State);
        Assert.Equal(DeliveryState.Delivered, (await DetailAsync(over)).Delivery.State);
        Assert.Equal(DeliveryState.Pending, (await DetailAsync(free)).Delivery.State);
    }

    [Fact]
    public async Task A_record_of_another_environment_finds_nothing()
    {
        var delivery = await PublishAsync(NewEndpointId(), leased: true);
        var result = await RecordAsync(Record(delivery with { EnvironmentId = Production }, DeliveryState.Delivered));
        Assert.Equal([delivery.Id], result.Lost);
        Assert.Equal(DeliveryState.Processing, (await DetailAsync(delivery)).Delivery.State);
    }

    // Health ---------------------------------------------------------------------------------------------------------

    async Task<EndpointHealth?> HealthAsync(Id<Endpoint> endpointId) =>
        (await Store.GetStatusAsync(None)).FailingEndpoints.SingleOrDefault(health => health.EndpointId == endpointId);

    async Task<RecordResult> RecordInOneBatchAsync(Id<Endpoint> endpointId, params DeliveryState[] states)
    {
        var batch = new List<AttemptRecord>();
        foreach (var state in states)
            batch.Add(Record(await PublishAsync(endpointId, leased: true), state, retryIn: TimeSpan.FromHours(1)));
        return await RecordAsync([.. batch]);
    }

    [Fact]
    public async Task Deliveries_that_fail_in_a_row_are_counted_since_the_first()
    {
        var endpoint = NewEndpointId();
        var since = Clock.Now;
        var first = await RecordInOneBatchAsync(endpoint, DeliveryState.Failed);
        Assert.Equal([new EndpointHealth(endpoint, Sandbox, 1, since)], first.Failing);
        Clock.Advance(TimeSpan.FromMinutes(1));
        var second = await RecordInOneBatchAsync(endpoint, DeliveryState.Failed, DeliveryState.Failed);
        Assert.Equal([new EndpointHealth(endpoint, Sandbox, 3, since)], second.Failing);
        Assert.Equal(new EndpointHealth(endpoint, Sandbox, 3, since), await HealthAsync(endpoint));
    }

    [Fact]
    public async Task A_success_ends_the_row()
    {
        var endpoint = NewEndpointId();
        await RecordInOneBatchAsync(endpoint, DeliveryState.Failed, DeliveryState.Failed);
        Assert.Empty((await RecordInOneBatchAsync(endpoint, DeliveryState.Delivered)).Failing);
        Assert.Null(await HealthAsync(endpoint));
        Clock.Advance(TimeSpan.FromMinutes(1));
        var fallen = await RecordInOneBatchAsync(endpoint, DeliveryState.Failed);
        Assert.Equal([new EndpointHealth(endpoint, Sandbox, 1, Clock.Now)], fallen.Failing);
    }

    [Fact]
    public async Task The_order_within_a_batch_decides_the_health()
    {
        var (up, down) = (NewEndpointId(), NewEndpointId());
        await RecordInOneBatchAsync(down, DeliveryState.Failed);
        Clock.Advance(TimeSpan.FromMinutes(1));
        var recovered = await RecordInOneBatchAsync(up, DeliveryState.Failed, DeliveryState.Failed, DeliveryState.Delivered);
        Assert.Equal([new EndpointHealth(up, Sandbox, 0, null)], recovered.Failing);
        Assert.Null(await HealthAsync(up));
        var fallen = await RecordInOneBatchAsync(
            down, DeliveryState.Failed, DeliveryState.Delivered, DeliveryState.Failed, DeliveryState.Failed);
        Assert.Equal([new EndpointHealth(down, Sandbox, 2, Clock.Now)], fallen.Failing);
    }

    [Fact]
    public async Task A_batch_counts_each_endpoint_by_itself()
    {
        var (good, bad) = (NewEndpointId(), NewEndpointId());
        var result = await RecordAsync(
            Record(await PublishAsync(bad, leased: true), DeliveryState.Failed),
            Record(await PublishAsync(good, leased: true), DeliveryState.Delivered),
            Record(await PublishAsync(bad, leased: true), DeliveryState.Failed));
        Assert.Equal([new EndpointHealth(bad, Sandbox, 2, Clock.Now)], result.Failing);
    }

    [Fact]
    public async Task A_failed_attempt_begins_the_time_without_success_and_a_test_says_nothing()
    {
        var endpoint = NewEndpointId();
        var since = Clock.Now;
        Assert.Equal([new EndpointHealth(endpoint, Sandbox, 0, since)], (await RecordInOneBatchAsync(endpoint, DeliveryState.Pending)).Failing);
        Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal([new EndpointHealth(endpoint, Sandbox, 1, since)], (await RecordInOneBatchAsync(endpoint, DeliveryState.Failed)).Failing);
        await RecordInOneBatchAsync(endpoint, DeliveryState.Delivered);
        Assert.Null(await HealthAsync(endpoint));

        var test = Record(await PublishAsync(endpoint, leased: true), DeliveryState.Failed) with { CountsForHealth = false };
        Assert.Empty((await RecordAsync(test)).Failing);
        Assert.Null(await HealthAsync(endpoint));

        await RecordInOneBatchAsync(endpoint, DeliveryState.Failed);
        await RecordAsync(Record(await PublishAsync(endpoint, leased: true), DeliveryState.Delivered) with { CountsForHealth = false });
        Assert.Equal(1, (await HealthAsync(endpoint))?.FailedInARow);
    }

    [Fact]
    public async Task Enabling_an_endpoint_again_forgets_its_failures()
    {
        var endpoint = NewEndpointId();
        await RecordInOneBatchAsync(endpoint, DeliveryState.Failed, DeliveryState.Failed);
        Assert.Equal(SaveResult.Saved, await Store.SaveAsync([new DirectoryChange.OfHealthReset(Sandbox, endpoint)], None));
        Assert.Null(await HealthAsync(endpoint));
        Assert.Equal(1, Assert.Single((await RecordInOneBatchAsync(endpoint, DeliveryState.Failed)).Failing).FailedInARow);
    }
}
