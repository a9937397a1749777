using Nova.TestSupport;

namespace Nova.IntegrationTests.Api;

/// <summary>Delivering many again, over HTTP: the count before, the job, what is refused.</summary>
public sealed class ReplaysTests : IAsyncLifetime
{
    NovaServer _server = null!;
    TestReceiver _receiver = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await NovaServer.OnSqliteAsync();
        _receiver = await TestReceiver.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    /// <summary>A partner, where a 4xx is final, with deliveries that failed.</summary>
    async Task<(TestAccount Account, string Webhook)> FailAsync(int count)
    {
        var account = await _server.AddAccountAsync("partner");
        var webhook = (await _server.PostAsync("/v1/webhooks", account.Key, new { url = _receiver.Url, events = new[] { "signed_up" }, api_key = "the-first-key-0123456789" }))
            .Expect(201).Text("id");
        _receiver.Status = 404;
        for (var i = 0; i < count; i++)
        {
            (await _server.PublishAsync(account.ExternalId, "signed_up", Example())).Expect(202);
            await _receiver.NextAsync();
        }
        await FailedAsync(account, count);
        _receiver.Status = 200;
        return (account, webhook);
    }

    object Example() => System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(
        _server.Get<IReadOnlyDictionary<string, Products.Product>>()["partner"].EventTypes["signed_up"].Example.Span);

    async Task FailedAsync(TestAccount account, int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await _server.GetAsync("/v1/deliveries?status=failed", account.Key)).Expect(200).Data.Count < count)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Fact]
    public async Task All_that_failed_is_counted_and_then_delivered_again()
    {
        var (account, webhook) = await FailAsync(3);
        var since = DateTimeOffset.UnixEpoch;
        var count = (await _server.PostAsync($"/v1/webhooks/{webhook}/replay", account.Key, new { what = "failed", since, dry_run = true })).Expect(200);
        Assert.Equal("""{"matching":3,"at_least":false}""", count.Body);
        Assert.Empty((await _server.GetAsync("/v1/replays", account.Key)).Expect(200).Data);

        var job = (await _server.PostAsync($"/v1/webhooks/{webhook}/replay", account.Key, new { what = "failed", since, rate = 1000 })).Expect(202);
        Assert.Equal(3, job.Json.GetProperty("matching").GetInt32());
        Assert.Equal(("failed", "running", 1000), (job.Text("what"), job.Text("state"), job.Json.GetProperty("rate").GetInt32()));
        for (var i = 0; i < 3; i++) await _receiver.NextAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        ApiAnswer ended;
        while ((ended = (await _server.GetAsync($"/v1/replays/{job.Text("id")}", account.Key)).Expect(200)).Text("state") == "running")
            limit.Token.ThrowIfCancellationRequested();
        Assert.Equal(("completed", 3), (ended.Text("state"), ended.Json.GetProperty("done").GetInt32()));
        Assert.NotNull(ended.Text("finished_at"));
        Assert.Equal(job.Text("id"), (await _server.GetAsync("/v1/replays", account.Key)).Expect(200).Data.Single().GetProperty("id").GetString());
    }

    [Fact]
    public async Task One_runs_at_a_time_and_can_be_cancelled()
    {
        var (account, webhook) = await FailAsync(4);
        var body = new { filter = new { endpoint = webhook, error = "STATUS 404" }, rate = 1 };
        var job = (await _server.PostAsync("/v1/replays", account.Key, body)).Expect(202);
        Assert.Equal(4, job.Json.GetProperty("matching").GetInt32());
        var refused = (await _server.PostAsync("/v1/replays", account.Key, body)).ExpectProblem(409, "replay-running");
        Assert.Equal($"/v1/replays/{job.Text("id")}", refused.Text("instance"));
        (await _server.PostAsync($"/v1/webhooks/{webhook}/replay", account.Key, new { what = "missed", since = DateTimeOffset.UnixEpoch }))
            .ExpectProblem(409, "replay-running");
        Assert.Equal("cancelled", (await _server.PostAsync($"/v1/replays/{job.Text("id")}/cancel", account.Key)).Expect(200).Text("state"));
        Assert.Equal("cancelled", (await _server.PostAsync($"/v1/replays/{job.Text("id")}/cancel", account.Key)).Expect(200).Text("state"));
        (await _server.PostAsync("/v1/replays", account.Key, body)).Expect(202);
    }

    [Fact]
    public async Task Those_of_one_cause_are_counted()
    {
        var (account, webhook) = await FailAsync(2);
        foreach (var (error, matching) in new[] { ("http_404", 2), ("http_500", 0), ("connection_refused", 0), ("status 404", 2) })
        {
            var count = (await _server.PostAsync("/v1/replays", account.Key, new { filter = new { endpoint = webhook, error }, dry_run = true })).Expect(200);
            Assert.Equal((error, matching), (error, count.Json.GetProperty("matching").GetInt32()));
        }
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_with_its_place()
    {
        var (account, webhook) = await FailAsync(0);
        Task<ApiAnswer> Of(object body) => _server.PostAsync($"/v1/webhooks/{webhook}/replay", account.Key, body);
        Task<ApiAnswer> ByFilter(object filter) => _server.PostAsync("/v1/replays", account.Key, new { filter });
        (await Of(new { what = "everything", since = "yesterday" })).ExpectProblem(400, "invalid-request").At("/what").At("/since");
        (await Of(new { what = "failed" })).ExpectProblem(400, "invalid-request").At("/since");
        (await Of(new { what = "failed", since = DateTimeOffset.UnixEpoch, rate = 1001 })).ExpectProblem(400, "invalid-request").At("/rate");
        (await Of(new { what = "failed", since = DateTimeOffset.UnixEpoch, until = DateTimeOffset.UnixEpoch })).ExpectProblem(400, "invalid-request").At("/until");
        var now = TimeProvider.System.GetUtcNow();
        (await Of(new { what = "missed", since = now.AddMinutes(2) })).ExpectProblem(400, "invalid-request").At("/since");
        (await Of(new { what = "failed", since = now.AddMinutes(2), until = now.AddMinutes(1), dry_run = true }))
            .ExpectProblem(400, "invalid-request").At("/since").At("/until");
        (await ByFilter(new { from = now.AddMinutes(2) })).ExpectProblem(400, "invalid-request").At("/filter/from");
        // A clock that is some seconds ahead means "from now on", and finds nothing.
        (await Of(new { what = "failed", since = now.AddSeconds(10), dry_run = true })).Expect(200);
        (await _server.PostAsync("/v1/replays", account.Key, new { filter = new { from = now.AddSeconds(10) } })).Expect(202);
        (await _server.PostAsync("/v1/replays", account.Key, new { })).ExpectProblem(400, "invalid-request").At("/filter");
        (await ByFilter(new { status = "pending" })).ExpectProblem(400, "invalid-request").At("/filter/status");
        (await ByFilter(new { @event = "nothing.*" })).ExpectProblem(400, "invalid-request").At("/filter/event");
        (await ByFilter(new { endpoint = "x", since = "y" })).ExpectProblem(400, "invalid-request").At("/filter/endpoint").At("/filter/since");
        (await _server.PatchAsync($"/v1/webhooks/{webhook}", account.Key, new { enabled = false })).Expect(200);
        (await Of(new { what = "failed", since = DateTimeOffset.UnixEpoch })).ExpectProblem(409, "not-retryable");
    }
}
