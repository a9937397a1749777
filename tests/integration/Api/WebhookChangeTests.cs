using System.Text.Json;
using Nova.TestSupport;

namespace Nova.IntegrationTests.Api;

/// <summary>Changing, disabling and deleting endpoints, and delivering again.</summary>
public sealed class WebhookChangeTests(SqliteServerFixture fixture) : IClassFixture<SqliteServerFixture>
{
    static readonly object CreditsLow = new { bucketType = "a", remaining = 1, limit = 2, percentUsed = 50 };

    NovaServer Server => fixture.Server;

    [Fact]
    public async Task A_patch_changes_what_it_names_and_nothing_else()
    {
        var account = await Server.AddAccountAsync("kit", "pro");
        var made = await AddAsync(account, "http://127.0.0.1:18080/a", new() { ["X-Api-Key"] = "secret-of-receiver", ["X-Team"] = "red" });
        var path = $"/v1/webhooks/{made.Text("id")}";
        var changed = (await Server.PatchAsync(path, account.Key, new { url = "http://127.0.0.1:18080/b" })).Expect(200);
        Assert.Equal("http://127.0.0.1:18080/b", changed.Text("url"));
        Assert.Equal("A", changed.Text("name"));
        Assert.Equal("red", changed.Json.GetProperty("headers").GetProperty("X-Team").GetString());

        // null clears what may be absent, and nothing else.
        Assert.Equal(JsonValueKind.Null, (await Server.PatchAsync(path, account.Key, """{"name":null}""")).Expect(200).Json.GetProperty("name").ValueKind);
        (await Server.PatchAsync(path, account.Key, """{"url":null}""")).ExpectProblem(400, "invalid-request").At("/url");
        var refused = (await Server.PatchAsync(path, account.Key, """{"enabled":null}""")).ExpectProblem(400, "invalid-request").At("/enabled");
        Assert.StartsWith("/enabled: ", refused.Text("detail"), StringComparison.Ordinal);
        (await Server.PatchAsync(path, account.Key, """{"events":["call.ended"]}""")).ExpectProblem(422, "unknown-event-type").At("/events/0");
        (await Server.PatchAsync(path, account.Key, """{"url":"https://10.1.2.3/"}""")).ExpectProblem(422, "url-refused");
        (await Server.PatchAsync(path, account.Key, """{"secret":"mine"}""")).ExpectProblem(400, "invalid-request").At("/secret");
        Assert.Empty((await Server.PatchAsync(path, account.Key, """{"headers":null}""")).Expect(200).Json.GetProperty("headers").EnumerateObject());
    }

    [Fact]
    public async Task A_masked_header_that_is_sent_back_stays_what_it_is()
    {
        await using var receiver = await TestReceiver.StartAsync();
        receiver.OnRequest = _ => Task.FromResult(new Answer(200));
        var account = await Server.AddAccountAsync("kit", "pro");
        var made = await AddAsync(account, receiver.Url, new() { ["X-Api-Key"] = "secret-of-receiver" });
        var shown = made.Json.GetProperty("headers").GetProperty("X-Api-Key").GetString()!;
        Assert.StartsWith("****", shown);
        (await Server.PatchAsync($"/v1/webhooks/{made.Text("id")}", account.Key, new { headers = new Dictionary<string, string> { ["X-Api-Key"] = shown, ["X-New"] = "1" } })).Expect(200);
        (await Server.PublishAsync(account.ExternalId, "credits.low", CreditsLow)).Expect(202);
        var received = await receiver.NextAsync();
        Assert.Equal("secret-of-receiver", received.Headers["X-Api-Key"]);
        Assert.Equal("1", received.Headers["X-New"]);
    }

    [Fact]
    public async Task A_failed_delivery_is_delivered_again_as_a_new_one()
    {
        await using var receiver = await TestReceiver.StartAsync();
        receiver.OnRequest = _ => Task.FromResult(new Answer(400));
        var account = await Server.AddAccountAsync("partner");
        (await Server.PostAsync("/v1/webhooks", account.Key, new { url = receiver.Url, events = new[] { "signed_up" }, api_key = "chosen-by-partner" })).Expect(201);
        var example = (await Server.GetAsync("/v1/event-types", account.Key)).Data.Single(type => type.GetProperty("name").GetString() == "signed_up").GetProperty("example");
        (await Server.PublishAsync(account.ExternalId, "signed_up", example)).Expect(202);
        var failed = await EndedAsync(account.Key);
        Assert.Equal("failed", failed.GetProperty("status").GetString());
        Assert.Equal(400, failed.GetProperty("status_code").GetInt32());
        Assert.NotNull(failed.GetProperty("error_message").GetString());

        receiver.OnRequest = _ => Task.FromResult(new Answer(200));
        var retry = $"/v1/deliveries/{failed.GetProperty("id").GetString()}/retry";
        (await Server.PostAsync(retry, account.Key, """{"at":"2026-11-22T00:00:00Z"}""")).ExpectProblem(400, "invalid-request").At("/at");
        (await Server.PostAsync(retry, account.Key, "[]")).ExpectProblem(400, "invalid-request");
        (await Server.SendAsync(HttpMethod.Post, retry, account.Key, "at=now", "application/x-www-form-urlencoded")).ExpectProblem(415, "unsupported-media-type");
        // As curl sends nothing: curl -X POST -d ''.
        var retried = (await Server.SendAsync(HttpMethod.Post, retry, account.Key, "", "application/x-www-form-urlencoded")).Expect(202);
        Assert.Equal(failed.GetProperty("id").GetString(), retried.Text("replay_of"));
        Assert.Equal("replay", retried.Text("trigger"));
        Assert.Equal("delivered", (await EndedAsync(account.Key)).GetProperty("status").GetString());
        var old = (await Server.GetAsync($"/v1/deliveries/{failed.GetProperty("id").GetString()}", account.Key)).Expect(200);
        Assert.Equal("failed", old.Text("status"));

        Assert.Equal(2, (await Server.GetAsync("/v1/deliveries", account.Key)).Data.Count);
        Assert.Single((await Server.GetAsync("/v1/deliveries?status=failed&event_type=signed_up&period=24h", account.Key)).Expect(200).Data);
        (await Server.GetAsync("/v1/deliveries?status=late", account.Key)).ExpectProblem(400, "invalid-request").At("?status");
    }

    [Fact]
    public async Task A_disabled_webhook_gets_nothing_and_what_waits_for_it_ends()
    {
        await using var receiver = await TestReceiver.StartAsync();
        receiver.OnRequest = _ => Task.FromResult(new Answer(500));
        var account = await Server.AddAccountAsync("kit", "pro");
        var made = await AddAsync(account, receiver.Url);
        (await Server.PublishAsync(account.ExternalId, "credits.low", CreditsLow)).Expect(202);
        await receiver.NextAsync();
        (await Server.PatchAsync($"/v1/webhooks/{made.Text("id")}", account.Key, new { enabled = false })).Expect(200);
        var ended = await EndedAsync(account.Key, "finishedAt");
        Assert.Equal("failed", ended.GetProperty("status").GetString());
        Assert.Equal(0, (await Server.PublishAsync(account.ExternalId, "credits.low", CreditsLow)).Expect(202).Json.GetProperty("deliveries").GetInt32());
        (await Server.PostAsync($"/v1/deliveries/{ended.GetProperty("id").GetString()}/retry", account.Key)).ExpectProblem(409, "not-retryable");

        (await Server.PatchAsync($"/v1/webhooks/{made.Text("id")}", account.Key, new { enabled = true })).Expect(200);
        Assert.Equal(1, (await Server.PublishAsync(account.ExternalId, "credits.low", CreditsLow)).Expect(202).Json.GetProperty("deliveries").GetInt32());
    }

    [Fact]
    public async Task A_deleted_webhook_is_gone_and_its_deliveries_stay()
    {
        await using var receiver = await TestReceiver.StartAsync();
        receiver.OnRequest = _ => Task.FromResult(new Answer(200));
        var account = await Server.AddAccountAsync("kit", "pro");
        var made = await AddAsync(account, receiver.Url);
        (await Server.PublishAsync(account.ExternalId, "credits.low", CreditsLow)).Expect(202);
        await EndedAsync(account.Key, "finishedAt");
        (await Server.DeleteAsync($"/v1/webhooks/{made.Text("id")}", account.Key)).Expect(204);
        (await Server.GetAsync($"/v1/webhooks/{made.Text("id")}", account.Key)).ExpectProblem(404, "not-found");
        Assert.Empty((await Server.GetAsync("/v1/webhooks", account.Key)).Data);
        Assert.Single((await Server.GetAsync($"/v1/webhooks/{made.Text("id")}/deliveries", account.Key)).Expect(200).Data);
        Assert.Equal(0, (await Server.PublishAsync(account.ExternalId, "credits.low", CreditsLow)).Expect(202).Json.GetProperty("deliveries").GetInt32());
    }

    [Fact]
    public async Task A_deleted_webhook_makes_room_in_the_plan()
    {
        var account = await Server.AddAccountAsync("embed");
        List<string> ids = [];
        for (var i = 0; i < 5; i++) ids.Add((await Server.PostAsync("/v1/webhooks", account.Key, new { url = $"http://127.0.0.1:18080/{i}", events = new[] { "score.failed" } })).Expect(201).Text("id"));
        (await Server.DeleteAsync($"/v1/webhooks/{ids[0]}", account.Key)).Expect(204);
        (await Server.PostAsync("/v1/webhooks", account.Key, new { url = "http://127.0.0.1:18080/", events = new[] { "score.failed" } })).Expect(201);
        (await Server.PatchAsync($"/v1/accounts/{account.ExternalId}", NovaServer.OperatorKey, new { overrides = new { endpoints = 6 } })).Expect(200);
        (await Server.PostAsync("/v1/webhooks", account.Key, new { url = "http://127.0.0.1:18080/", events = new[] { "score.failed" } })).Expect(201);
    }

    [Fact]
    public async Task Many_changes_at_once_all_hold()
    {
        var account = await Server.AddAccountAsync("kit", "pro");
        var made = await AddAsync(account, "http://127.0.0.1:18080/a");
        var path = $"/v1/webhooks/{made.Text("id")}";
        var answers = await Task.WhenAll(Server.PatchAsync(path, account.Key, new { name = "B" }), Server.PatchAsync(path, account.Key, new { events = new[] { "*" } }));
        Assert.All(answers, answer => answer.Expect(200));
        var now = (await Server.GetAsync(path, account.Key)).Expect(200);
        Assert.Equal("B", now.Text("name"));
        Assert.Equal("*", now.Json.GetProperty("events")[0].GetString());
    }

    [Fact]
    public async Task A_test_shows_what_was_sent_and_what_came_back()
    {
        await using var receiver = await TestReceiver.StartAsync();
        receiver.OnRequest = _ => Task.FromResult(new Answer(503, "busy"u8.ToArray()));
        var account = await Server.AddAccountAsync("embed");
        var made = (await Server.PostAsync("/v1/webhooks", account.Key, new { url = receiver.Url, events = new[] { "score.failed" } })).Expect(201);
        var test = (await Server.PostAsync($"/v1/webhooks/{made.Text("id")}/test", account.Key)).Expect(200);
        Assert.Equal("failed", test.Text("status"));
        Assert.Equal("event message timestamp", ApiAnswer.MembersOf(test.Json.GetProperty("payload")));
        var attempt = Assert.Single(test.Json.GetProperty("attempts").EnumerateArray());
        Assert.Equal(503, attempt.GetProperty("statusCode").GetInt32());
        Assert.Equal("busy", attempt.GetProperty("responseBody").GetString());
        Assert.Equal("test", (await receiver.NextAsync()).Headers["X-Webhook-Event"]);
        (await Server.PostAsync($"/v1/webhooks/{made.Text("id")}/test", account.Key, new { eventType = "score.failed" })).ExpectProblem(400, "invalid-request").At("/eventType");

        var kit = await Server.AddAccountAsync("kit", "pro");
        var webhook = await AddAsync(kit, receiver.Url);
        Assert.Equal("team.member.added", (await Server.PostAsync($"/api/v1/webhooks/{webhook.Text("id")}/test", kit.Key, new { eventType = "team.member.added" })).Expect(200).Text("event"));
        (await Server.PostAsync($"/api/v1/webhooks/{webhook.Text("id")}/test", kit.Key, new { eventType = "nope" })).ExpectProblem(422, "unknown-event-type").At("/eventType");
    }

    [Fact]
    public async Task A_test_in_the_sandbox_takes_data_of_one_s_own_to_the_byte()
    {
        await using var receiver = await TestReceiver.StartAsync();
        receiver.OnRequest = _ => Task.FromResult(new Answer(200));
        var kit = await Server.AddAccountAsync("kit", "pro");
        var webhook = (await Server.PostAsync("/v1/webhooks", kit.SandboxKey, new { name = "A", url = receiver.Url, events = new[] { "credits.low" } })).Expect(201).Text("id");
        const string Data = """{ "limit":2, "remaining" : 1.0, "bucketType":"chat_tokens", "percentUsed":99.99999999999999999999 }""";
        var test = (await Server.PostAsync($"/api/v1/webhooks/{webhook}/test", kit.SandboxKey, $$"""{"eventType":"credits.low","data":{{Data}}}""")).Expect(200);
        Assert.Equal(("delivered", "test", "credits.low"), (test.Text("status"), test.Text("trigger"), test.Text("event")));
        Assert.Contains(Data, (await receiver.NextAsync()).Text, StringComparison.Ordinal);
        Assert.Contains(Data, (await Server.GetAsync($"/v1/events/{test.Text("eventId")}", kit.SandboxKey)).Expect(200).Body, StringComparison.Ordinal);

        // A product whose own test is none of its catalog's types: with data it is an event like those that are published.
        var embed = await Server.AddAccountAsync("embed");
        var endpoint = (await Server.PostAsync("/v1/webhooks", embed.SandboxKey, new { url = receiver.Url, events = new[] { "*" } })).Expect(201).Text("id");
        var example = (await Server.GetAsync("/v1/event-types", embed.SandboxKey)).Data.Single(type => type.GetProperty("name").GetString() == "score.failed").GetProperty("example");
        (await Server.PostAsync($"/v1/webhooks/{endpoint}/test", embed.SandboxKey, new { eventType = "score.failed", data = example })).Expect(200);
        var sent = await receiver.NextAsync();
        Assert.Equal("score.failed", sent.Headers["X-Webhook-Event"]);
        var body = JsonSerializer.Deserialize<JsonElement>(sent.Body);
        Assert.All(example.EnumerateObject(), member => Assert.True(JsonElement.DeepEquals(member.Value, body.GetProperty(member.Name)), member.Name));
    }

    [Fact]
    public async Task Data_of_one_s_own_are_checked_as_those_of_a_published_event_are_and_refused_in_production()
    {
        var kit = await Server.AddAccountAsync("kit", "pro");
        var embed = await Server.AddAccountAsync("embed");
        var webhook = $"/v1/webhooks/{(await Server.PostAsync("/v1/webhooks", kit.SandboxKey, new { name = "A", url = "http://127.0.0.1:18080/", events = new[] { "*" } })).Expect(201).Text("id")}/test";
        var production = $"/v1/webhooks/{(await AddAsync(kit, "http://127.0.0.1:18080/")).Text("id")}/test";
        var endpoint = $"/v1/webhooks/{(await Server.PostAsync("/v1/webhooks", embed.SandboxKey, new { url = "http://127.0.0.1:18080/", events = new[] { "*" } })).Expect(201).Text("id")}/test";
        var before = await Server.FingerprintAsync();

        (await Server.PostAsync(production, kit.Key, new { eventType = "credits.low", data = CreditsLow })).ExpectProblem(409, "sandbox-only").At("/data");
        (await Server.PostAsync(webhook, kit.SandboxKey, new { eventType = "credits.low", data = new { bucketType = 7, remaining = 1, limit = 2 } }))
            .ExpectProblem(422, "schema-violation").At("/data/bucketType").At("/data/percentUsed");
        (await Server.PostAsync(webhook, kit.SandboxKey, new { eventType = "credits.gone", data = CreditsLow })).ExpectProblem(422, "unknown-event-type").At("/eventType");
        foreach (var data in (string[])["[1]", "\"text\"", "7", "true"])
            (await Server.PostAsync(webhook, kit.SandboxKey, $$"""{"eventType":"credits.low","data":{{data}}}""")).ExpectProblem(400, "invalid-request").At("/data");
        (await Server.PostAsync(webhook, kit.SandboxKey, """{"data":{"a":1,"a":2}}""")).ExpectProblem(400, "malformed-json");
        // The product's own test is of no type of the catalog, so that there is nothing to hold the data to.
        (await Server.PostAsync(endpoint, embed.SandboxKey, new { data = new { } })).ExpectProblem(422, "unknown-event-type").At("/eventType");
        (await Server.PostAsync(endpoint, embed.SandboxKey, new { eventType = "test", data = new { } })).ExpectProblem(422, "unknown-event-type").At("/eventType");
        // Without data, or with none, all is as it was.
        (await Server.PostAsync(endpoint, embed.SandboxKey, """{"eventType":"score.failed","data":null}""")).ExpectProblem(400, "invalid-request").At("/eventType");
        Assert.Equal(before, await Server.FingerprintAsync());
    }

    [Fact]
    public async Task An_attempt_says_where_it_was_sent_until_that_is_changed()
    {
        await using var receiver = await TestReceiver.StartAsync();
        receiver.OnRequest = _ => Task.FromResult(new Answer(200));
        var account = await Server.AddAccountAsync("embed");
        var webhook = (await Server.PostAsync("/v1/webhooks", account.Key, new { url = receiver.Url, events = new[] { "*" } })).Expect(201).Text("id");
        var delivery = (await Server.PostAsync($"/v1/webhooks/{webhook}/test", account.Key)).Expect(200).Text("id");
        async Task<JsonElement> AttemptAsync() => (await Server.GetAsync($"/v1/deliveries/{delivery}", account.Key)).Expect(200).Json.GetProperty("attempts")[0];

        (await Server.PatchAsync($"/v1/webhooks/{webhook}", account.Key, new { events = new[] { "score.failed" } })).Expect(200);
        Assert.Equal(receiver.Url, (await AttemptAsync()).GetProperty("url").GetString());
        (await Server.PatchAsync($"/v1/webhooks/{webhook}", account.Key, new { url = receiver.Url + "elsewhere" })).Expect(200);
        var attempt = await AttemptAsync();
        Assert.Equal(JsonValueKind.Null, attempt.GetProperty("url").ValueKind);
        var host = attempt.GetProperty("requestHeaders").EnumerateArray().Single(header => header.GetProperty("name").GetString() == "Host");
        Assert.Equal(new Uri(receiver.Url).Authority, host.GetProperty("value").GetString());
    }

    async Task<ApiAnswer> AddAsync(TestAccount account, string url, Dictionary<string, string>? headers = null) =>
        (await Server.PostAsync("/v1/webhooks", account.Key, new { name = "A", url, events = new[] { "credits.low" }, headers = headers ?? [] })).Expect(201);

    /// <summary>The newest delivery, once it has ended; the record comes a moment after the receiver's answer.</summary>
    Task<JsonElement> EndedAsync(string key, string member = "finished_at") => Server.WhenRecordedAsync<JsonElement>(async () =>
    {
        var rows = (await Server.GetAsync("/v1/deliveries?limit=1", key)).Expect(200).Data;
        return rows.Count > 0 && rows[0].GetProperty(member).ValueKind != JsonValueKind.Null ? rows[0] : null;
    });
}
