using System.Text.Json;

namespace Nova.IntegrationTests.Api;

/// <summary>Who did what is on record, with what it was before and after, and never a secret.</summary>
public abstract class AuditTests(SqliteServerFixture fixture)
{
    NovaServer Server => fixture.Server;

    static string Action(JsonElement entry) => entry.GetProperty("action").GetString()!;

    static string? Text(JsonElement entry, params string[] path)
    {
        foreach (var name in path) entry = entry.GetProperty(name);
        return entry.GetString();
    }

    [Fact]
    public async Task Each_change_of_an_account_is_in_its_log_with_who_made_it()
    {
        var account = await Server.AddAccountAsync("embed");
        var admin = await People.MemberAsync(Server, account, "admin");
        const string First = "http://127.0.0.1:18080/one", Second = "http://127.0.0.1:18080/two";
        var webhook = (await admin.PostAsync("/v1/webhooks", new { url = First, events = new[] { "score.failed" } })).Expect(201);
        var (id, secret) = (webhook.Text("id"), webhook.Text("secret"));
        (await Server.PatchAsync($"/v1/webhooks/{id}", account.Key, new { url = Second })).Expect(200);
        (await admin.PostAsync($"/v1/webhooks/{id}/secret")).Expect(200);
        var renewed = (await admin.PostAsync($"/v1/webhooks/{id}/secret/rotate")).Expect(200).Text("secret");
        (await admin.DeleteAsync($"/v1/webhooks/{id}")).Expect(204);
        var key = (await admin.PostAsync("/v1/keys", new { name = "CI" })).Expect(201);
        (await admin.DeleteAsync($"/v1/keys/{key.Text("id")}")).Expect(204);
        (await Server.PatchAsync($"/v1/accounts/{account.Id}", NovaServer.OperatorKey, new { name = "Acme Limited" })).Expect(200);

        var log = (await admin.GetAsync("/v1/audit-log?limit=250")).Expect(200);
        Assert.Equal(
            [
                "account.updated", "api_key.revoked", "api_key.created", "webhook.deleted", "webhook.secret_rotated", "webhook.secret_shown", "webhook.updated",
                "webhook.created", "member.joined", "member.invited", "api_key.created", "api_key.created", "account.created",
            ], log.Data.Select(Action));
        var updated = log.Data.Single(entry => Action(entry) == "webhook.updated");
        Assert.Equal(("api_key", "Test"), (Text(updated, "actor", "kind"), Text(updated, "actor", "name")));
        Assert.Equal((First, Second), (Text(updated, "before", "url"), Text(updated, "after", "url")));
        Assert.Single(updated.GetProperty("before").EnumerateObject());
        Assert.Equal(("webhook", id, "production", "127.0.0.1"), (Text(updated, "target", "kind"), Text(updated, "target", "id"), Text(updated, "environment"), Text(updated, "ip")));
        var created = log.Data.Single(entry => Action(entry) == "webhook.created");
        Assert.Equal("user", Text(created, "actor", "kind"));
        Assert.Equal(JsonValueKind.Null, created.GetProperty("before").ValueKind);
        Assert.Equal(JsonValueKind.Null, log.Data.Single(entry => Action(entry) == "webhook.deleted").GetProperty("after").ValueKind);
        Assert.Equal("Nova:OperatorKey", Text(log.Data[0], "actor", "name"));

        foreach (var hidden in (string[])[secret, renewed, key.Text("key"), account.Key, account.SandboxKey, People.Password])
            Assert.DoesNotContain(hidden, log.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_is_filtered_and_paged()
    {
        var account = await Server.AddAccountAsync("embed");
        var admin = await People.MemberAsync(Server, account, "admin");
        Assert.Equal(["member.joined", "member.invited"], (await admin.GetAsync("/v1/audit-log?action=member.*")).Expect(200).Data.Select(Action));
        Assert.Equal(["account.created"], (await admin.GetAsync("/v1/audit-log?action=account.created")).Expect(200).Data.Select(Action));
        Assert.Equal(["account.created"], (await admin.GetAsync($"/v1/audit-log?target={account.Id}")).Expect(200).Data.Select(Action));
        Assert.Equal(["member.joined"], (await admin.GetAsync($"/v1/audit-log?actor={(await admin.GetAsync("/v1/session")).Json.GetProperty("user").GetProperty("email")}"))
            .Expect(200).Data.Select(Action));
        Assert.Empty((await admin.GetAsync("/v1/audit-log?to=2020-01-01T00:00:00Z")).Expect(200).Data);
        Assert.Equal(5, (await admin.GetAsync("/v1/audit-log?from=2020-01-01T00:00:00Z")).Expect(200).Data.Count);
        (await admin.GetAsync("/v1/audit-log?account=" + account.Id)).ExpectProblem(400, "invalid-request");

        List<string> paged = [];
        string? cursor = null;
        do
        {
            var page = (await admin.GetAsync("/v1/audit-log?limit=2" + (cursor is null ? "" : "&cursor=" + cursor))).Expect(200);
            paged.AddRange(page.Data.Select(Action));
            cursor = page.Json.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);
        Assert.Equal((await admin.GetAsync("/v1/audit-log")).Data.Select(Action), paged);
    }

    [Fact]
    public async Task Header_values_are_not_in_the_log_and_their_names_are()
    {
        var account = await Server.AddAccountAsync("kit", "pro");
        var webhook = (await Server.PostAsync("/api/v1/webhooks", account.Key,
            new { name = "w", url = "http://127.0.0.1:18080/", events = new[] { "*" }, headers = new Dictionary<string, string> { ["X-Token"] = "hush-hush" } })).Expect(201).Text("id");
        (await Server.PatchAsync($"/api/v1/webhooks/{webhook}", account.Key, new { headers = new Dictionary<string, string> { ["X-Token"] = "hush-again" } })).Expect(200);
        var log = await People.AuditAsync(Server, "&account=" + account.Id);
        Assert.Equal("X-Token", log.Single(entry => Action(entry) == "webhook.created").GetProperty("after").GetProperty("headers")[0].GetString());
        Assert.Equal("replaced", Text(log.Single(entry => Action(entry) == "webhook.updated"), "after", "header_values"));
        Assert.DoesNotContain("hush", JsonSerializer.Serialize(log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_refused_is_in_the_log_and_publishing_is_not()
    {
        var account = await Server.AddAccountAsync("embed");
        (await Server.PostAsync("/v1/webhooks", account.Key, new { url = "not a url", events = new[] { "*" } })).ExpectProblem(422, "url-refused");
        (await Server.PublishAsync(account.ExternalId, "score.failed", new
        {
            scoringJobId = "sj", jobId = "j", applicationId = "a", error = new { type = "https://errors.example/x", code = "BROKEN", message = "It broke" },
            failedAt = "2026-01-05T12:00:00Z",
        })).Expect(202);
        Assert.Equal(["api_key.created", "api_key.created", "account.created"], (await People.AuditAsync(Server, "&account=" + account.Id)).Select(Action));
    }

    [Fact]
    public async Task Inspectors_that_come_and_go_are_in_it_without_their_address()
    {
        var account = await Server.AddAccountAsync("embed");
        var inspector = (await Server.PostAsync("/v1/inspectors", account.SandboxKey)).Expect(201);
        var id = inspector.Text("id");
        (await Server.DeleteAsync($"/v1/inspectors/{id}", account.SandboxKey)).Expect(204);
        (await Server.DeleteAsync($"/v1/inspectors/{id}", account.SandboxKey)).ExpectProblem(404, "not-found");
        var log = await People.AuditAsync(Server, $"&account={account.Id}&action=inspector.*");
        Assert.Equal(["inspector.deleted", "inspector.created"], log.Select(Action));
        Assert.All(log, entry => Assert.Equal(("inspector", id, "sandbox", "api_key"),
            (Text(entry, "target", "kind"), Text(entry, "target", "id"), Text(entry, "environment"), Text(entry, "actor", "kind"))));
        Assert.Equal((JsonValueKind.Object, JsonValueKind.Null), (log[0].GetProperty("before").ValueKind, log[0].GetProperty("after").ValueKind));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Object), (log[1].GetProperty("before").ValueKind, log[1].GetProperty("after").ValueKind));
        Assert.Equal(Text(log[1], "after", "created_at"), Text(log[0], "before", "created_at"));
        Assert.DoesNotContain(inspector.Text("url").Split('/')[^1], JsonSerializer.Serialize(log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_is_drained_and_resumed_is_in_the_operators_log()
    {
        var before = (await People.AuditAsync(Server, "&action=node.*")).Length;
        var node = (await Server.GetAsync("/v1/operations/nodes", NovaServer.OperatorKey)).Expect(200).Data.Single().GetProperty("id").GetInt32();
        foreach (var act in new[] { "drain", "drain", "resume", "resume" })
            (await Server.PostAsync($"/v1/operations/nodes/{node}/{act}", NovaServer.OperatorKey)).Expect(200);
        (await Server.PostAsync("/v1/operations/nodes/999999/drain", NovaServer.OperatorKey)).ExpectProblem(404, "not-found");
        var log = await People.AuditAsync(Server, "&action=node.*");
        // What was so already is no change.
        Assert.Equal(before + 2, log.Length);
        Assert.Equal(["node.resumed", "node.drained"], log[..2].Select(Action));
        Assert.All(log, entry => Assert.Equal(("node", "Nova:OperatorKey"), (Text(entry, "target", "kind"), Text(entry, "actor", "name"))));
        Assert.Equal(JsonValueKind.Null, log[1].GetProperty("before").GetProperty("drain_requested_at").ValueKind);
        Assert.Equal(Text(log[1], "after", "drain_requested_at"), Text(log[0], "before", "drain_requested_at"));
        Assert.Equal(JsonValueKind.Null, log[0].GetProperty("after").GetProperty("drain_requested_at").ValueKind);
    }

    [Fact]
    public async Task Members_and_other_accounts_do_not_see_it()
    {
        var (account, other) = (await Server.AddAccountAsync("embed"), await Server.AddAccountAsync("embed"));
        var (member, stranger) = (await People.MemberAsync(Server, account, "member"), await People.MemberAsync(Server, other, "admin"));
        (await member.GetAsync("/v1/audit-log")).ExpectProblem(403, "role");
        (await stranger.In(account.Id).GetAsync("/v1/audit-log")).ExpectProblem(404, "not-found");
        Assert.DoesNotContain(account.Id, (await stranger.In(other.Id).GetAsync("/v1/audit-log")).Expect(200).Body, StringComparison.Ordinal);
        Assert.Contains(await People.AuditAsync(Server), entry => Action(entry) == "member.invited");
    }
}

public sealed class AuditOnSqliteTests(SqliteServerFixture fixture) : AuditTests(fixture), IClassFixture<SqliteServerFixture>;

public sealed class AuditOnPostgreSqlTests(PostgreSqlServerFixture fixture) : AuditTests(fixture), IClassFixture<PostgreSqlServerFixture>;
