using System.Text.Json;
using Nova.Counting;
using Nova.TestSupport;

namespace Nova.IntegrationTests.Api;

/// <summary>Figures, failure groups, filters and exports over the whole server, on each store.</summary>
public abstract class FiguresTests(SqliteServerFixture fixture)
{
    static readonly CancellationToken None = CancellationToken.None;

    NovaServer Server => fixture.Server;

    /// <summary>An account with an endpoint that takes everything and one that answers with 500, and as many deliveries of each.</summary>
    async Task<(TestAccount Account, string Good, string Bad)> FillAsync(int events = 3)
    {
        await using var receiver = await TestReceiver.StartAsync();
        await using var refuser = await TestReceiver.StartAsync();
        refuser.Status = 500;
        var account = await Server.AddAccountAsync("kit", plan: "pro");
        async Task<string> AddAsync(string url) => (await Server.PostAsync("/v1/webhooks", account.Key, new { url, events = new[] { "*" } })).Expect(201).Text("id");
        var (good, bad) = (await AddAsync(receiver.Url), await AddAsync(refuser.Url));
        for (var i = 0; i < events; i++)
            (await Server.PublishAsync(account.ExternalId, i % 2 == 0 ? "credits.low" : "credits.depleted", Data(account, i % 2 == 0 ? "credits.low" : "credits.depleted"))).Expect(202);
        // Every event has been delivered to the one, and has failed once at the other.
        await Server.WhenRecordedAsync<bool>(async () => (await Server.GetAsync($"/v1/deliveries?status=delivered&endpoint={good}", account.Key)).Expect(200).Data.Count == events
            && (await Server.GetAsync($"/v1/deliveries?endpoint={bad}", account.Key)).Data.Count(row => row.GetProperty("attemptCount").GetInt32() == 1) == events ? true : null);
        return (account, good, bad);
    }

    object Data(TestAccount account, string type)
    {
        var entry = Server.Get<Nova.Accounts.AccountDirectory>().FindAccounts(account.Id, null).Single();
        return JsonSerializer.Deserialize<JsonElement>(Server.Get<IReadOnlyDictionary<string, Nova.Products.Product>>()[entry.Product].EventTypes[type].Example.Span);
    }

    [Fact]
    public async Task The_analytics_have_what_happened_and_nothing_of_others()
    {
        var (account, _, bad) = await FillAsync();
        await Server.Get<FiguresKeeper>().NoteAsync(None);
        var analytics = (await Server.GetAsync("/v1/analytics?period=24h", account.Key)).Expect(200).Json;
        Assert.Equal(("24h", "hour"), (analytics.GetProperty("period").GetString(), analytics.GetProperty("bucket").GetString()));
        var totals = analytics.GetProperty("totals");
        Assert.Equal(3, totals.GetProperty("deliveries").GetProperty("delivered").GetInt64());
        Assert.Equal(3, totals.GetProperty("deliveries").GetProperty("retrying").GetInt64());
        Assert.Equal(6, totals.GetProperty("attempts").GetInt64());
        Assert.Equal(3, totals.GetProperty("attemptsFailed").GetInt64());
        Assert.True(totals.GetProperty("latencyMs").GetProperty("p50").GetDouble() > 0);
        Assert.True(totals.GetProperty("requests").GetInt64() >= 2);
        Assert.Equal(1, totals.GetProperty("successRate").GetDouble());
        Assert.True(totals.GetProperty("averageLatencyMs").GetDouble() > 0);
        var series = analytics.GetProperty("series").EnumerateArray().ToArray();
        Assert.InRange(series.Length, 24, 26);
        Assert.Equal(3, series.Sum(bucket => bucket.GetProperty("delivered").GetInt64()));
        Assert.All(series, bucket => Assert.Equal(bucket.GetProperty("requests").GetInt64() > 0, bucket.GetProperty("averageLatencyMs").ValueKind == JsonValueKind.Number));
        foreach (var (query, bucket) in new[] { ("period=1h", "minute"), ("period=7d", "hour"), ("period=30d", "day"), ($"from={Ago(2)}", "minute"), ($"from={Ago(24 * 100)}", "day") })
        {
            var other = (await Server.GetAsync("/v1/analytics?" + query, account.Key)).Expect(200).Json;
            Assert.Equal(bucket, other.GetProperty("bucket").GetString());
            Assert.Equal(3, other.GetProperty("totals").GetProperty("deliveries").GetProperty("delivered").GetInt64());
        }
        foreach (var stranger in new[] { account.SandboxKey, (await Server.AddAccountAsync("kit", plan: "pro")).Key })
        {
            Assert.Equal(0, (await Server.GetAsync("/v1/analytics", stranger)).Expect(200).Json.GetProperty("totals").GetProperty("attempts").GetInt64());
            Assert.Empty((await Server.GetAsync("/v1/failure-groups", stranger)).Expect(200).Data);
            Assert.Empty((await Server.GetAsync("/v1/webhooks/health", stranger)).Expect(200).Data);
            Assert.DoesNotContain("evt_", (await Server.GetAsync("/v1/deliveries/export", stranger)).Expect(200).Body, StringComparison.Ordinal);
        }
        foreach (var wrong in new[] { "period=2h", "to=" + Ago(1), "from=yesterday", "from=" + Ago(-2), "what=1" })
            (await Server.GetAsync("/v1/analytics?" + wrong, account.Key)).ExpectProblem(400, "invalid-request");
        Assert.NotEmpty(bad);
    }

    static string Ago(double hours) => Uri.EscapeDataString(DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()).AddHours(-hours).ToString("O"));

    [Fact]
    public async Task Failures_are_grouped_by_endpoint_and_cause_and_health_shows_them()
    {
        var (account, good, bad) = await FillAsync();
        var group = Assert.Single((await Server.GetAsync("/v1/failure-groups", account.Key)).Expect(200).Data);
        Assert.Equal(bad, group.GetProperty("endpoint").GetProperty("id").GetString());
        Assert.Equal("http_500", group.GetProperty("cause").GetString());
        Assert.StartsWith("The receiver answers with status 500 (Internal Server Error), since ", group.GetProperty("summary").GetString(), StringComparison.Ordinal);
        Assert.Equal((3, 0, true), (group.GetProperty("attempts").GetInt32(), group.GetProperty("count").GetInt32(), group.GetProperty("ongoing").GetBoolean()));
        (await Server.GetAsync($"/v1/deliveries/{group.GetProperty("exampleDeliveryId").GetString()}", account.Key)).Expect(200);

        var health = (await Server.GetAsync("/v1/webhooks/health", account.Key)).Expect(200).Data.ToDictionary(row => row.GetProperty("id").GetString()!);
        Assert.Equal((3, 0), (health[good].GetProperty("delivered").GetInt32(), health[good].GetProperty("failed").GetInt32()));
        Assert.Equal(JsonValueKind.Null, health[good].GetProperty("failingSince").ValueKind);
        Assert.Equal(1, health[bad].GetProperty("attemptErrorRate").GetDouble());
        Assert.Equal(JsonValueKind.String, health[bad].GetProperty("failingSince").ValueKind);
        Assert.Equal(JsonValueKind.String, health[bad].GetProperty("lastDeliveryAt").ValueKind);
        Assert.Equal(25, health[good].GetProperty("series").GetArrayLength());
        Assert.Equal(31, (await Server.GetAsync("/v1/webhooks/health?period=30d", account.Key)).Expect(200).Data[0].GetProperty("series").GetArrayLength());
    }

    [Fact]
    public async Task Deliveries_are_found_by_every_filter()
    {
        var (account, good, bad) = await FillAsync(4);
        async Task<int> CountAsync(string query) => (await Server.GetAsync("/v1/deliveries?" + query, account.Key)).Expect(200).Data.Count;
        Assert.Equal(8, await CountAsync(""));
        Assert.Equal(8, await CountAsync("status=delivered&status=pending&status=processing"));
        Assert.Equal(4, await CountAsync("status=delivered&status=failed"));
        Assert.Equal(0, await CountAsync("status=failed"));
        Assert.Equal(4, await CountAsync("event=credits.low"));
        Assert.Equal(8, await CountAsync("event=credits.*"));
        Assert.Equal(8, await CountAsync("event=credits.low&event=credits.depleted"));
        Assert.Equal(4, await CountAsync("event_type=credits.low"));
        Assert.Equal(0, await CountAsync("event=chat.*"));
        Assert.Equal(0, await CountAsync("event=nothing.*"));
        Assert.Equal(0, await CountAsync("event=no-such-event"));
        Assert.Equal(8, await CountAsync("event=*"));
        Assert.Equal(4, await CountAsync($"endpoint={good}&period=24h"));
        Assert.Equal(0, await CountAsync("error=http_500"));
        Assert.Equal(8, await CountAsync("from=" + Ago(1) + "&to=" + Ago(-1)));
        Assert.Equal(0, await CountAsync("to=" + Ago(1)));
        (await Server.GetAsync("/v1/deliveries?error=banana", account.Key)).ExpectProblem(400, "invalid-request").At("?error");
        (await Server.GetAsync("/v1/deliveries?contains=%7B", account.Key)).ExpectProblem(400, "invalid-request").At("?contains");
        (await Server.GetAsync("/v1/deliveries?to=" + Ago(1) + "&until=" + Ago(1), account.Key)).ExpectProblem(400, "invalid-request");

        var row = (await Server.GetAsync("/v1/deliveries", account.Key)).Data[0];
        var (id, eventId) = (row.GetProperty("id").GetString()!, row.GetProperty("eventId").GetString()!);
        for (var length = id.Length; length > 8; length -= 5)
            Assert.Contains((await Server.GetAsync($"/v1/deliveries?q={id[..length]}", account.Key)).Expect(200).Data, each => each.GetProperty("id").GetString() == id);
        Assert.Equal(1, await CountAsync($"q={id}"));
        Assert.Equal(2, await CountAsync($"q={eventId}"));
        Assert.Equal(1, await CountAsync($"q={eventId}&endpoint={bad}"));
        Assert.Equal(0, await CountAsync("q=evt_0000"));
        Assert.Equal(4, await CountAsync("q=CREDITS.low"));
        Assert.Equal(0, await CountAsync("q=not-in-any-payload"));
        Assert.Equal(4, await CountAsync("contains=" + Uri.EscapeDataString("""{"type":"credits.low","data":{}}""")));
        Assert.Equal(2, await CountAsync("contains=" + Uri.EscapeDataString("""{"type":"credits.low"}""") + $"&endpoint={bad}"));
        Assert.Equal(0, await CountAsync("contains=" + Uri.EscapeDataString("""{"data":{"no":1}}""")));

        // Pages of a search join without a gap.
        List<string> seen = [];
        for (string? cursor = null; ;)
        {
            var page = (await Server.GetAsync($"/v1/deliveries?q=credits.low&limit=3{(cursor is null ? "" : "&cursor=" + cursor)}", account.Key)).Expect(200);
            seen.AddRange(page.Data.Select(each => each.GetProperty("id").GetString()!));
            cursor = page.Json.GetProperty("nextCursor").GetString();
            if (cursor is null) break;
        }
        Assert.Equal(4, seen.Distinct().Count());
        Assert.Equal(4, (await Server.GetAsync($"/v1/webhooks/{bad}/deliveries?event=credits.*", account.Key)).Expect(200).Data.Count);
        (await Server.GetAsync($"/v1/webhooks/{bad}/deliveries?endpoint={good}", account.Key)).ExpectProblem(400, "invalid-request");
    }

    [Fact]
    public async Task An_export_has_all_that_the_filters_find_as_CSV_and_as_lines_of_JSON()
    {
        var (account, good, _) = await FillAsync();
        var csv = (await Server.GetAsync($"/v1/deliveries/export?endpoint={good}", account.Key)).Expect(200);
        Assert.StartsWith("text/csv", csv.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.Equal("attachment; filename=\"deliveries.csv\"", csv.Headers["Content-Disposition"]);
        var lines = csv.Body.Split("\r\n");
        Assert.StartsWith("id,status,event,", lines[0], StringComparison.Ordinal);
        Assert.Equal(5, lines.Length);
        Assert.All(lines[1..4], line => Assert.Contains(",delivered,", line, StringComparison.Ordinal));
        Assert.Empty(lines[4]);

        var json = (await Server.GetAsync("/v1/deliveries/export?format=ndjson&event=credits.low", account.Key)).Expect(200);
        Assert.Equal("application/x-ndjson", json.Headers["Content-Type"]);
        var rows = json.Body.TrimEnd('\n').Split('\n').Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToArray();
        Assert.Equal(4, rows.Length);
        Assert.Equal((await Server.GetAsync("/v1/deliveries?event=credits.low", account.Key)).Data.Select(row => row.GetProperty("id").GetString()),
            rows.Select(row => row.GetProperty("id").GetString()));
        (await Server.GetAsync("/v1/deliveries/export?format=xml", account.Key)).ExpectProblem(400, "invalid-request").At("?format");
    }

    [Fact]
    public async Task The_operator_sees_the_whole_at_a_glance()
    {
        var (account, _, bad) = await FillAsync();
        await Server.Get<FiguresKeeper>().NoteAsync(None);
        var overview = (await Server.GetAsync("/v1/operations/overview", NovaServer.OperatorKey)).Expect(200).Json;
        Assert.True(overview.GetProperty("accounts").GetInt32() >= 1);
        Assert.Equal(1, overview.GetProperty("nodes").GetInt32());
        Assert.True(overview.GetProperty("queue_depth").GetInt64() >= 3);
        Assert.True(overview.GetProperty("storage_bytes").GetInt64() > 10_000);
        Assert.True(overview.GetProperty("delivered_per_second").GetDouble() > 0);
        Assert.True(overview.GetProperty("accepted_per_second").GetDouble() > 0);
        var failing = (await Server.GetAsync("/v1/operations/failing-endpoints", NovaServer.OperatorKey)).Expect(200).Data;
        Assert.Contains(failing, row => row.GetProperty("id").GetString() == bad && row.GetProperty("account").GetString() == account.Id);
    }

    [Fact]
    public async Task An_operator_finds_whose_an_id_is()
    {
        var (account, good, _) = await FillAsync(1);
        var delivery = (await Server.GetAsync("/v1/deliveries?limit=1", account.Key)).Expect(200).Data[0];
        foreach (var (kind, id) in new[] { ("webhook", good), ("delivery", delivery.GetProperty("id").GetString()!), ("event", delivery.GetProperty("eventId").GetString()!) })
        {
            var found = (await Server.GetAsync($"/v1/operations/find?id={id}", NovaServer.OperatorKey)).Expect(200).Json;
            Assert.Equal((kind, id, account.Id, "production"), (
                found.GetProperty("kind").GetString(), found.GetProperty("id").GetString(), found.GetProperty("account").GetString(), found.GetProperty("environment").GetString()));
        }
        var whole = (await Server.GetAsync($"/v1/operations/find?id={account.Id}", NovaServer.OperatorKey)).Expect(200).Json;
        Assert.Equal(("account", JsonValueKind.Null), (whole.GetProperty("kind").GetString(), whole.GetProperty("environment").ValueKind));
        (await Server.GetAsync("/v1/operations/find?id=dlv_00000000000000000000000000", NovaServer.OperatorKey)).Expect(404);
        (await Server.GetAsync("/v1/operations/find?id=whatever", NovaServer.OperatorKey)).Expect(404);
        (await Server.GetAsync("/v1/operations/find", NovaServer.OperatorKey)).Expect(400);
        (await Server.GetAsync($"/v1/operations/find?id={good}", account.Key)).Expect(401);
    }

    [Fact]
    public async Task Completed_scores_and_what_was_asked_for_on_the_account_s_behalf_are_counted()
    {
        var account = await Server.AddAccountAsync("embed");
        var score = (await Server.PostAsync("/v1/scores", NovaServer.OperatorKey,
            new { account = account.ExternalId, environment = "production", job_id = "j", application_id = "a" })).Expect(201).Text("scoring_job_id");
        (await Server.SendAsync(HttpMethod.Put, $"/v1/scores/{score}", NovaServer.OperatorKey,
            new { status = "completed", result = new { score = 7, assessment = new { verdict = "strong" } } })).Expect(200);
        (await Server.GetAsync("/v1/webhooks/nobody", account.Key)).Expect(404);
        await Server.Get<FiguresKeeper>().NoteAsync(None);
        var totals = (await Server.GetAsync("/v1/analytics", account.Key)).Expect(200).Json.GetProperty("totals");
        Assert.Equal((2, 0.5, 1), (totals.GetProperty("requests").GetInt32(), totals.GetProperty("successRate").GetDouble(), totals.GetProperty("scoresCompleted").GetInt32()));
    }
}

public sealed class FiguresOnSqliteTests(SqliteServerFixture fixture) : FiguresTests(fixture), IClassFixture<SqliteServerFixture>;

public sealed class FiguresOnPostgreSqlTests(PostgreSqlServerFixture fixture) : FiguresTests(fixture), IClassFixture<PostgreSqlServerFixture>;
