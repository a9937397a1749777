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
