using System.Text.Json;
using Nova.TestSupport;

namespace Nova.IntegrationTests.Api;

/// <summary>What scripts rely on, member by member, as 3-api.md and the products' documents write it.</summary>
public abstract class ReferenceShapes(SqliteServerFixture fixture)
{
    const string Time = @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$";

    NovaServer Server => fixture.Server;

    [Fact]
    public async Task An_account_has_the_documented_members()
    {
        var name = $"shape-{Guid.NewGuid():N}";
        var made = (await Server.PostAsync("/v1/accounts", NovaServer.OperatorKey, new { product = "embed", external_id = name, name = "Acme Inc", plan = (string?)null })).Expect(201);
        Assert.Equal("created_at external_id id name plan product", made.Members);
        Assert.StartsWith("acc_", made.Text("id"));
        Assert.Equal(JsonValueKind.Null, made.Json.GetProperty("plan").ValueKind);
        Assert.Matches(Time, made.Text("created_at"));

        Assert.Equal(made.Body, (await Server.GetAsync($"/v1/accounts/{name}", NovaServer.OperatorKey)).Expect(200).Body);
        Assert.Equal(made.Body, (await Server.GetAsync($"/v1/accounts/{made.Text("id")}", NovaServer.OperatorKey)).Expect(200).Body);
    }

    [Theory]
    [InlineData("production", "sk_live_")]
    [InlineData("sandbox", "sk_test_")]
    public async Task An_api_key_is_shown_once_and_masked_after(string environment, string prefix)
    {
        var account = await Server.AddAccountAsync("embed");
        var path = $"/v1/accounts/{account.ExternalId}/environments/{environment}/keys";
        var made = (await Server.PostAsync(path, NovaServer.OperatorKey, new { name = "Production Server" })).Expect(201);
        Assert.Equal("created_at id key last_used_at masked name", made.Members);
        Assert.StartsWith("key_", made.Text("id"));
        Assert.StartsWith(prefix, made.Text("key"));
        Assert.Equal(prefix + "****" + made.Text("key")[^4..], made.Text("masked"));
        Assert.Equal("Production Server", made.Text("name"));

        var listed = (await Server.GetAsync(path, NovaServer.OperatorKey)).Expect(200);
        Assert.DoesNotContain(made.Text("key"), listed.Body, StringComparison.Ordinal);
        // Not the first of the list for certain: it is the newest by the clock's millisecond, and the account has a key from a moment before.
        var row = listed.Data.Single(key => key.GetProperty("id").GetString() == made.Text("id"));
        Assert.Equal(made.Text("masked"), row.GetProperty("masked").GetString());
        Assert.Equal(JsonValueKind.Null, row.GetProperty("last_used_at").ValueKind);

        var before = TimeProvider.System.GetUtcNow();
        (await Server.GetAsync("/v1/webhooks", made.Text("key"))).Expect(200);
        row = (await Server.GetAsync(path, NovaServer.OperatorKey)).Data.Single(key => key.GetProperty("id").GetString() == made.Text("id"));
        Assert.InRange(row.GetProperty("last_used_at").GetDateTimeOffset(), before.AddMinutes(-1), TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public async Task A_revoked_key_is_refused_at_once_and_a_restored_one_is_taken_again()
    {
        var account = await Server.AddAccountAsync("embed");
        var path = $"/v1/accounts/{account.ExternalId}/environments/production/keys";
        var id = (await Server.GetAsync(path, NovaServer.OperatorKey)).Data[0].GetProperty("id").GetString();
        (await Server.GetAsync("/v1/webhooks", account.Key)).Expect(200);

        (await Server.DeleteAsync($"{path}/{id}", NovaServer.OperatorKey)).Expect(204);
        (await Server.GetAsync("/v1/webhooks", account.Key)).ExpectProblem(401, "unauthenticated");
        Assert.True((await Server.GetAsync(path, NovaServer.OperatorKey)).Data[0].TryGetProperty("revoked_at", out _));

        var restored = (await Server.PostAsync($"{path}/{id}/restore", NovaServer.OperatorKey)).Expect(200);
        Assert.Equal("created_at id last_used_at masked name", restored.Members);
        (await Server.GetAsync("/v1/webhooks", account.Key)).Expect(200);
    }

    [Fact]
    public async Task Calls_has_the_document_s_webhook()
    {
        var token = TestJwt.Good($"shape-{Guid.NewGuid():N}");
        var made = (await Server.PostAsync("/v1/webhooks", token, new { url = "http://127.0.0.1:18080/nova", events = new[] { "call.started", "call.ended" } })).Expect(201);
        Assert.Equal("created_at events id is_active secret url", made.Members);
        Assert.True(Guid.TryParseExact(made.Text("id"), "D", out _));
        Assert.True(made.Json.GetProperty("is_active").GetBoolean());
        Assert.Equal(["call.started", "call.ended"], made.Json.GetProperty("events").EnumerateArray().Select(type => type.GetString()!));
        Assert.Matches(Time, made.Text("created_at"));

        var listed = (await Server.GetAsync("/v1/webhooks", token)).Expect(200);
        Assert.Equal("data next_cursor", listed.Members);
        Assert.Equal("created_at events id is_active url", ApiAnswer.MembersOf(listed.Data[0]));
        Assert.DoesNotContain(made.Text("secret"), listed.Body, StringComparison.Ordinal);
        (await Server.PostAsync($"/v1/webhooks/{made.Text("id")}/secret", token)).ExpectProblem(409, "secret-not-shown");

        // Soft: still listed, with its flag; its deliveries stay readable.
        (await Server.DeleteAsync($"/v1/webhooks/{made.Text("id")}", token)).Expect(204);
        Assert.False((await Server.GetAsync("/v1/webhooks", token)).Data[0].GetProperty("is_active").GetBoolean());
        (await Server.GetAsync($"/v1/webhooks/{made.Text("id")}/deliveries?limit=50", token)).Expect(200);
        (await Server.PatchAsync($"/v1/webhooks/{made.Text("id")}", token, new { is_active = true })).ExpectProblem(404, "not-found");
    }

    [Fact]
    public async Task Kit_has_the_document_s_webhook_under_the_document_s_path()
    {
        var account = await Server.AddAccountAsync("kit", "pro");
        var made = (await Server.PostAsync("/api/v1/webhooks", account.Key, new
        {
            name = "Production Webhook",
            url = "http://127.0.0.1:18080/novakit-webhook",
            events = new[] { "generation.completed", "generation.failed" },
            enabled = true,
            headers = new Dictionary<string, string> { ["X-Team"] = "blue", ["Authorization"] = "Bearer of-the-receiver-1234" },
        })).Expect(201);
        Assert.Equal("createdAt enabled events headers id name secret url", made.Members);
        Assert.StartsWith("ep_", made.Text("id"));
        Assert.StartsWith("whsec_", made.Text("secret"));
        Assert.Equal("Production Webhook", made.Text("name"));
        Assert.True(made.Json.GetProperty("enabled").GetBoolean());
        Assert.Equal("blue", made.Json.GetProperty("headers").GetProperty("X-Team").GetString());
        Assert.Equal("****1234", made.Json.GetProperty("headers").GetProperty("Authorization").GetString());
        Assert.Equal($"/api/v1/webhooks/{made.Text("id")}", made.Headers["Location"]);

        var one = (await Server.GetAsync($"/v1/webhooks/{made.Text("id")}", account.Key)).Expect(200);
        Assert.Equal("createdAt enabled events headers id name url", one.Members);
        Assert.Equal("data nextCursor", (await Server.GetAsync("/api/v1/webhooks", account.Key)).Expect(200).Members);
    }

    [Fact]
    public async Task Embed_has_kit_s_webhook_without_the_name_and_shows_its_secret_on_demand()
    {
        var account = await Server.AddAccountAsync("embed");
        var made = (await Server.PostAsync("/v1/webhooks", account.Key, new { url = "http://127.0.0.1:18080/x", events = new[] { "score.completed" } })).Expect(201);
        Assert.Equal("createdAt enabled events headers id secret url", made.Members);
        var shown = (await Server.PostAsync($"/v1/webhooks/{made.Text("id")}/secret", account.Key)).Expect(200);
        Assert.Equal(made.Text("secret"), shown.Text("secret"));

        var rotated = (await Server.PostAsync($"/v1/webhooks/{made.Text("id")}/secret/rotate", account.Key)).Expect(200);
        Assert.Equal("secret", rotated.Members);
        Assert.NotEqual(made.Text("secret"), rotated.Text("secret"));
        Assert.Equal(rotated.Text("secret"), (await Server.PostAsync($"/v1/webhooks/{made.Text("id")}/secret", account.Key)).Text("secret"));
    }

    [Fact]
    public async Task Partner_chooses_the_key_which_is_never_shown()
    {
        var account = await Server.AddAccountAsync("partner");
        var body = new { url = "http://127.0.0.1:18080/x", events = new[] { "signed_up" }, api_key = "chosen-by-the-partner" };
        var made = (await Server.PostAsync("/v1/webhooks", account.Key, body)).Expect(201);
        Assert.Equal("created_at enabled events id url", made.Members);
        Assert.DoesNotContain("chosen-by-the-partner", made.Body, StringComparison.Ordinal);

        (await Server.PostAsync("/v1/webhooks", account.Key, body)).ExpectProblem(409, "event-type-taken");
        (await Server.PostAsync("/v1/webhooks", account.Key, new { url = body.url, events = new[] { "build_failed", "build_completed" }, api_key = body.api_key }))
            .ExpectProblem(400, "invalid-request").At("/events");
        (await Server.PostAsync("/v1/webhooks", account.Key, new { url = body.url, events = new[] { "build_failed" } })).ExpectProblem(400, "invalid-request").At("/api_key");
    }

    [Fact]
    public async Task Standard_keeps_the_secret_before_for_a_day_when_it_is_rotated()
    {
        var account = await Server.AddAccountAsync("standard");
        var made = (await Server.PostAsync("/v1/webhooks", account.Key, new { url = "http://127.0.0.1:18080/x", events = new[] { "*" }, name = "A", description = "B" })).Expect(201);
        Assert.Equal("created_at description enabled events headers id name secret url", made.Members);
        var rotated = (await Server.PostAsync($"/v1/webhooks/{made.Text("id")}/secret/rotate", account.Key)).Expect(200);
        Assert.Equal("previous_expires_at secret", rotated.Members);
        var until = rotated.Json.GetProperty("previous_expires_at").GetDateTimeOffset();
        Assert.InRange(until - TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(23.9), TimeSpan.FromHours(24));
    }

    [Fact]
    public async Task An_event_is_delivered_and_its_delivery_shows_what_was_sent_and_what_came_back()
    {
        await using var receiver = await TestReceiver.StartAsync();
        receiver.OnRequest = _ => Task.FromResult(new Answer(200, "thanks"u8.ToArray(), new() { ["X-Receiver"] = "yes" }));
        var account = await Server.AddAccountAsync("kit", "pro");
        var webhook = (await Server.PostAsync("/api/v1/webhooks", account.Key, new { name = "A", url = receiver.Url, events = new[] { "credits.low" } })).Expect(201);
        var published = (await Server.PostAsync("/v1/events", NovaServer.OperatorKey,
            $$"""{"account":"{{account.ExternalId}}","environment":"production","type":"credits.low","tenant":"t-1","data":{ "bucketType":"chat_tokens","remaining":8500,"limit":100000,"percentUsed":91.50} }""")).Expect(202);
        Assert.Equal("deliveries id", published.Members);
        Assert.Equal(1, published.Json.GetProperty("deliveries").GetInt32());
        Assert.Equal($$"""{"id":"{{published.Text("id")}}","deliveries":1}""", published.Body);

        var received = await receiver.NextAsync();
        var delivery = await DeliveredAsync(account.Key, webhook.Text("id"), "deliveredAt");
        Assert.Equal(
            "attemptCount createdAt deliveredAt endpointId endpointUrl error errorMessage event eventId finishedAt id nextAttemptAt replayOf status statusCode tenant trigger",
            ApiAnswer.MembersOf(delivery));
        Assert.Equal("delivered", delivery.GetProperty("status").GetString());
        Assert.Equal("credits.low", delivery.GetProperty("event").GetString());
        Assert.Equal(200, delivery.GetProperty("statusCode").GetInt32());
        Assert.Equal("t-1", delivery.GetProperty("tenant").GetString());

        var detail = (await Server.GetAsync($"/v1/deliveries/{delivery.GetProperty("id").GetString()}", account.Key)).Expect(200);
        Assert.Contains(received.Text, detail.Body, StringComparison.Ordinal);
        var attempt = Assert.Single(detail.Json.GetProperty("attempts").EnumerateArray());
        Assert.Equal("thanks", attempt.GetProperty("responseBody").GetString());
        Assert.Equal(Convert.ToBase64String("thanks"u8), attempt.GetProperty("responseBodyBase64").GetString());
        Assert.Contains(attempt.GetProperty("responseHeaders").EnumerateArray(), header => header.GetProperty("name").GetString() == "X-Receiver");
        Assert.Contains(attempt.GetProperty("requestHeaders").EnumerateArray(), header =>
            header.GetProperty("name").GetString() == "x-novakit-signature" && header.GetProperty("value").GetString() == received.Headers["x-novakit-signature"]);
        Assert.True(attempt.GetProperty("timings").GetProperty("totalMs").GetDouble() > 0);

        var @event = (await Server.GetAsync($"/v1/events/{published.Text("id")}", account.Key)).Expect(200);
        Assert.Contains("\"percentUsed\":91.50", @event.Body, StringComparison.Ordinal);
        Assert.Single(@event.Json.GetProperty("deliveries").EnumerateArray());
    }

    [Fact]
    public async Task Deliveries_of_calls_have_the_document_s_names()
    {
        await using var receiver = await TestReceiver.StartAsync();
        receiver.OnRequest = _ => Task.FromResult(new Answer(200));
        var name = $"shape-{Guid.NewGuid():N}";
        var token = TestJwt.Good(name);
        var webhook = (await Server.PostAsync("/v1/webhooks", token, new { url = receiver.Url, events = new[] { "call.started" } })).Expect(201);
        var test = (await Server.PostAsync($"/v1/webhooks/{webhook.Text("id")}/test", token)).Expect(200);
        Assert.Equal("call.started", test.Text("event"));
        Assert.Equal("delivered", test.Text("status"));
        Assert.Equal("test", test.Text("trigger"));
        Assert.Equal("call.started", (await receiver.NextAsync()).Headers["X-Nova-Event"]);

        var row = (await Server.GetAsync($"/v1/webhooks/{webhook.Text("id")}/deliveries?limit=50", token)).Expect(200).Data[0];
        foreach (var member in (string[])["id", "event", "status", "status_code", "attempt_count", "created_at", "delivered_at", "next_attempt_at", "error_message"])
            Assert.True(row.TryGetProperty(member, out _), member);
    }

    [Fact]
    public async Task A_score_goes_from_pending_to_its_event_and_can_be_polled()
    {
        var account = await Server.AddAccountAsync("embed");
        var made = (await Server.PostAsync("/v1/scores", NovaServer.OperatorKey,
            new { account = account.ExternalId, environment = "production", job_id = "job-123", application_id = "app-456", tenant = "t-1" })).Expect(201);
        Assert.Equal("scoring_job_id status", made.Members);
        Assert.StartsWith("sj_", made.Text("scoring_job_id"));
        Assert.Equal("pending", made.Text("status"));
        var id = made.Text("scoring_job_id");

        var pending = (await Server.GetAsync($"/v1/score/{id}", account.Key)).Expect(200);
        Assert.Equal("applicationId createdAt jobId scoringJobId status tenant updatedAt", pending.Members);
        (await Server.SendAsync(HttpMethod.Put, $"/v1/scores/{id}", NovaServer.OperatorKey, new { status = "processing" })).Expect(200);
        (await Server.SendAsync(HttpMethod.Put, $"/v1/scores/{id}", NovaServer.OperatorKey, new { status = "completed", result = new { score = "seven" } }))
            .ExpectProblem(422, "schema-violation");
        var result = new { score = 7, assessment = new { verdict = "Strong", strengths = new[] { "a" }, concerns = new[] { "b" }, interviewFocus = new[] { "c" } } };
        (await Server.SendAsync(HttpMethod.Put, $"/v1/scores/{id}", NovaServer.OperatorKey, new { status = "completed", result })).Expect(200);
        (await Server.SendAsync(HttpMethod.Put, $"/v1/scores/{id}", NovaServer.OperatorKey, new { status = "failed", error = new { type = "https://a.example/e", code = "E", message = "m" } }))
            .ExpectProblem(409, "score-ended");
        // Who did not get the answer puts the same again, however it is spelled; another outcome is too late.
        var again = (await Server.SendAsync(HttpMethod.Put, $"/v1/scores/{id}", NovaServer.OperatorKey,
            """{"status":"completed","result":{"assessment":{"interviewFocus":["c"],"concerns":["b"],"strengths":["a"],"verdict":"Strong"},"score":7}}""")).Expect(200);
        Assert.Equal("completed", again.Text("status"));
        (await Server.SendAsync(HttpMethod.Put, $"/v1/scores/{id}", NovaServer.OperatorKey, new { status = "completed", result = result with { score = 8 } }))
            .ExpectProblem(409, "score-ended");
        (await Server.SendAsync(HttpMethod.Put, $"/v1/scores/{id}", NovaServer.OperatorKey, new { status = "processing" })).ExpectProblem(409, "score-ended");

        var completed = (await Server.GetAsync($"/v1/score/{id}", account.Key)).Expect(200);
        Assert.Equal("applicationId completedAt createdAt jobId result scoringJobId status tenant updatedAt", completed.Members);
        Assert.Equal(7, completed.Json.GetProperty("result").GetProperty("score").GetInt32());
        var @event = Assert.Single((await Server.GetAsync("/v1/events", account.Key)).Expect(200).Data);
        Assert.Equal("score.completed", @event.GetProperty("type").GetString());
        (await Server.GetAsync($"/v1/score/{id}", account.SandboxKey)).ExpectProblem(404, "not-found");
    }

    [Fact]
    public async Task A_score_that_fails_tells_why_to_webhooks_and_to_whoever_polls()
    {
        await using var receiver = await TestReceiver.StartAsync();
        receiver.OnRequest = _ => Task.FromResult(new Answer(200));
        var account = await Server.AddAccountAsync("embed");
        (await Server.PostAsync("/v1/webhooks", account.Key, new { url = receiver.Url, events = new[] { "score.failed" } })).Expect(201);
        var id = (await Server.PostAsync("/v1/scores", NovaServer.OperatorKey,
            new { account = account.ExternalId, environment = "production", job_id = "job-123", application_id = "app-456" })).Expect(201).Text("scoring_job_id");
        var error = new { type = "https://embed.nova.dweet.com/errors/resume-fetch-failed", code = "RESUME_FETCH_FAILED", message = "Failed to fetch resume" };
        (await Server.SendAsync(HttpMethod.Put, $"/v1/scores/{id}", NovaServer.OperatorKey, new { status = "failed", error = new { error.type, code = "no capitals", error.message } }))
            .ExpectProblem(422, "schema-violation");
        (await Server.SendAsync(HttpMethod.Put, $"/v1/scores/{id}", NovaServer.OperatorKey, new { status = "failed", error })).Expect(200);

        using var sent = JsonDocument.Parse((await receiver.NextAsync()).Body);
        Assert.Equal(["event", "scoringJobId", "jobId", "applicationId", "error", "failedAt"], sent.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal(["score.failed", id, "job-123", "app-456"],
            ((string[])["event", "scoringJobId", "jobId", "applicationId"]).Select(member => sent.RootElement.GetProperty(member).GetString()));
        var polled = (await Server.GetAsync($"/v1/score/{id}", account.Key)).Expect(200);
        Assert.Equal("failed", polled.Text("status"));
        foreach (var (member, value) in (Dictionary<string, string>)new() { ["type"] = error.type, ["code"] = error.code, ["message"] = error.message })
        {
            Assert.Equal(value, sent.RootElement.GetProperty("error").GetProperty(member).GetString());
            Assert.Equal(value, polled.Json.GetProperty("error").GetProperty(member).GetString());
        }
    }

    [Fact]
    public async Task A_catalog_has_schemas_and_examples()
    {
        var account = await Server.AddAccountAsync("partner");
        var types = (await Server.GetAsync("/v1/event-types", account.Key)).Expect(200).Data;
        Assert.Equal(6, types.Count);
        Assert.All(types, type =>
        {
            Assert.Equal("description example group name schema title", ApiAnswer.MembersOf(type));
            Assert.Equal(JsonValueKind.Object, type.GetProperty("schema").ValueKind);
            Assert.Equal(JsonValueKind.Object, type.GetProperty("example").ValueKind);
        });
        Assert.Equal(6, (await Server.GetAsync("/v1/event-types?product=partner", NovaServer.OperatorKey)).Expect(200).Data.Count);
        (await Server.GetAsync("/v1/event-types", NovaServer.OperatorKey)).ExpectProblem(400, "invalid-request").At("?product");
    }

    Task<JsonElement> DeliveredAsync(string key, string webhook, string member) => Server.WhenRecordedAsync<JsonElement>(async () =>
    {
        var rows = (await Server.GetAsync($"/v1/webhooks/{webhook}/deliveries", key)).Expect(200).Data;
        return rows.Count > 0 && rows[0].GetProperty(member).ValueKind != JsonValueKind.Null ? rows[0] : null;
    });
}

public sealed class ReferenceShapesOnSqlite(SqliteServerFixture fixture) : ReferenceShapes(fixture), IClassFixture<SqliteServerFixture>;

public sealed class ReferenceShapesOnPostgreSql(PostgreSqlServerFixture fixture) : ReferenceShapes(fixture), IClassFixture<PostgreSqlServerFixture>;
