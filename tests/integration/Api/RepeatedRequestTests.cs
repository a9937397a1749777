using System.Globalization;

namespace Nova.IntegrationTests.Api;

/// <summary>The same request twice does its work once.</summary>
public abstract class RepeatedRequestTests(SqliteServerFixture fixture)
{
    NovaServer Server => fixture.Server;

    [Fact]
    public async Task A_webhook_that_is_made_twice_under_one_key_is_one_with_one_secret()
    {
        var account = await Server.AddAccountAsync("embed");
        var body = new { url = "http://127.0.0.1:18080/", events = new[] { "score.failed" } };
        var first = (await SendAsync(HttpMethod.Post, "/v1/webhooks", account.Key, body, "k1")).Expect(201);
        var second = (await SendAsync(HttpMethod.Post, "/v1/webhooks", account.Key, body, "k1")).Expect(201);
        Assert.Equal(first.Body, second.Body);
        Assert.Equal(first.Headers["Location"], second.Headers["Location"]);
        Assert.Equal("application/json", second.Headers["Content-Type"]);
        Assert.Equal("true", second.Headers["Idempotency-Replayed"]);
        Assert.False(first.Headers.ContainsKey("Idempotency-Replayed"));
        Assert.Single((await Server.GetAsync("/v1/webhooks", account.Key)).Data);

        (await SendAsync(HttpMethod.Post, "/v1/webhooks", account.Key, new { url = "http://127.0.0.1:18081/", body.events }, "k1")).ExpectProblem(409, "idempotency-key-reused");
    }

    [Fact]
    public async Task Many_at_once_under_one_key_make_one()
    {
        var account = await Server.AddAccountAsync("standard");
        var body = new { url = "http://127.0.0.1:18080/", events = new[] { "*" } };
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => SendAsync(HttpMethod.Post, "/v1/webhooks", account.Key, body, "at-once")));
        Assert.All(answers, answer => Assert.True((int)answer.Status is 201 or 409, answer.Body));
        Assert.Single(answers.Where(answer => (int)answer.Status == 201).Select(answer => answer.Text("id")).Distinct());
        Assert.Single((await Server.GetAsync("/v1/webhooks", account.Key)).Data);
    }

    [Fact]
    public async Task A_refused_request_may_be_mended_under_its_key()
    {
        var account = await Server.AddAccountAsync("embed");
        (await SendAsync(HttpMethod.Post, "/v1/webhooks", account.Key, new { url = "http://127.0.0.1:18080/" }, "mend")).ExpectProblem(400, "invalid-request");
        (await SendAsync(HttpMethod.Post, "/v1/webhooks", account.Key, new { url = "http://127.0.0.1:18080/", events = new[] { "score.failed" } }, "mend")).Expect(201);
    }

    [Fact]
    public async Task A_delete_that_comes_again_is_answered_as_before()
    {
        var account = await Server.AddAccountAsync("embed");
        var made = (await Server.PostAsync("/v1/webhooks", account.Key, new { url = "http://127.0.0.1:18080/", events = new[] { "score.failed" } })).Expect(201);
        (await SendAsync(HttpMethod.Delete, $"/v1/webhooks/{made.Text("id")}", account.Key, null, "gone")).Expect(204);
        (await SendAsync(HttpMethod.Delete, $"/v1/webhooks/{made.Text("id")}", account.Key, null, "gone")).Expect(204);
        (await Server.DeleteAsync($"/v1/webhooks/{made.Text("id")}", account.Key)).ExpectProblem(404, "not-found");
    }

    [Fact]
    public async Task An_event_under_one_key_or_id_is_published_once()
    {
        var account = await Server.AddAccountAsync("kit", "pro");
        var body = new { account = account.ExternalId, environment = "production", type = "credits.low", data = new { bucketType = "a", remaining = 1, limit = 2, percentUsed = 50 } };
        var first = (await SendAsync(HttpMethod.Post, "/v1/events", NovaServer.OperatorKey, body, "e1")).Expect(202);
        Assert.Equal(first.Body, (await SendAsync(HttpMethod.Post, "/v1/events", NovaServer.OperatorKey, body, "e1")).Expect(202).Body);
        (await SendAsync(HttpMethod.Post, "/v1/events", NovaServer.OperatorKey, new { body.account, body.environment, type = "credits.depleted", body.data }, "e1"))
            .ExpectProblem(409, "event-conflict");

        var named = (await Server.PublishAsync(account.ExternalId, body.type, body.data, id: "mine-1")).Expect(202);
        Assert.Equal("mine-1", named.Text("id"));
        (await Server.PublishAsync(account.ExternalId, body.type, body.data, id: "mine-1")).Expect(202);
        Assert.Equal(2, (await Server.GetAsync("/v1/events", account.Key)).Data.Count);
        (await Server.GetAsync("/v1/events/mine-1", account.Key)).Expect(200);
    }

    [Fact]
    public async Task A_batch_under_one_key_is_published_once()
    {
        var account = await Server.AddAccountAsync("kit", "pro");
        var item = new { account = account.ExternalId, environment = "production", type = "credits.low", data = new { bucketType = "a", remaining = 1, limit = 2, percentUsed = 50 } };
        var first = (await SendAsync(HttpMethod.Post, "/v1/events/batch", NovaServer.OperatorKey, new { events = new[] { item, item } }, "b1")).Expect(202);
        var second = (await SendAsync(HttpMethod.Post, "/v1/events/batch", NovaServer.OperatorKey, new { events = new[] { item, item } }, "b1")).Expect(202);
        Assert.Equal(first.Body, second.Body);
        Assert.Equal(2, (await Server.GetAsync("/v1/events", account.Key)).Data.Count);
    }

    [Fact]
    public async Task A_key_that_is_none_is_refused()
    {
        var account = await Server.AddAccountAsync("embed");
        (await SendAsync(HttpMethod.Post, "/v1/webhooks", account.Key, new { }, new string('k', 256))).ExpectProblem(400, "bad-request");
        (await SendAsync(HttpMethod.Post, "/v1/events", NovaServer.OperatorKey, new { }, new string('k', 256))).ExpectProblem(400, "bad-request");
    }

    [Fact]
    public async Task Lists_are_paged_without_a_gap_and_without_a_repeat()
    {
        var account = await Server.AddAccountAsync("kit", "pro");
        List<string> published = [];
        for (var i = 0; i < 7; i++)
            published.Add((await Server.PublishAsync(account.ExternalId, "credits.low", new { bucketType = i.ToString(CultureInfo.InvariantCulture), remaining = 1, limit = 2, percentUsed = 50 })).Expect(202).Text("id"));
        List<string> seen = [];
        string? cursor = null;
        do
        {
            var page = (await Server.GetAsync($"/v1/events?limit=3{(cursor is null ? "" : "&cursor=" + cursor)}", account.Key)).Expect(200);
            seen.AddRange(page.Data.Select(row => row.GetProperty("id").GetString()!));
            cursor = page.Json.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Reverse(published).Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
        Assert.Equal(7, seen.Count);
    }

    Task<ApiAnswer> SendAsync(HttpMethod method, string path, string credential, object? body, string key) =>
        Server.SendAsync(method, path, credential, body, headers: ("Idempotency-Key", key));
}

public sealed class RepeatedRequestsOnSqliteTests(SqliteServerFixture fixture) : RepeatedRequestTests(fixture), IClassFixture<SqliteServerFixture>;

public sealed class RepeatedRequestsOnPostgreSqlTests(PostgreSqlServerFixture fixture) : RepeatedRequestTests(fixture), IClassFixture<PostgreSqlServerFixture>;
