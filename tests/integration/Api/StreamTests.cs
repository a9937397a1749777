using System.Text.Json;
using Nova.Accounts;
using Nova.Model;
using Nova.TestSupport;
using Nova.UnitTests;
using Nova.Watching;

namespace Nova.IntegrationTests.Api;

/// <summary>What changes is told to who watches, and to nobody else.</summary>
public abstract class StreamTests(SqliteServerFixture fixture)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30); // Only a failing test waits this long.

    NovaServer Server => fixture.Server;

    /// <summary>A reader of the stream.</summary>
    private protected sealed class Reader(HttpResponseMessage response, StreamReader text) : IDisposable
    {
        public static async Task<Reader> OpenAsync(NovaServer server, string key, string query = "", string? lastEventId = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/stream" + query);
            request.Headers.Add("Authorization", "Bearer " + key);
            if (lastEventId is not null) request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
            return await OpenAsync(server, request);
        }

        /// <summary>As the portal opens it for somebody who is signed in.</summary>
        public static async Task<Reader> OpenAsync(NovaServer server, PersonClient person)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/stream");
            if (person.Cookie is not null) request.Headers.Add("Cookie", person.Cookie);
            if (person.Bearer is not null) request.Headers.Add("Authorization", "Bearer " + person.Bearer);
            if (person.Account is not null) request.Headers.Add("Nova-Account", person.Account);
            request.Headers.Add("Nova-Environment", person.Environment ?? "production");
            return await OpenAsync(server, request);
        }

        static async Task<Reader> OpenAsync(NovaServer server, HttpRequestMessage request)
        {
            var response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
            var reader = new Reader(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
            Assert.Equal("retry: 2000", await reader.LineAsync());
            Assert.Equal("", await reader.LineAsync());
            return reader;
        }

        async Task<string?> LineAsync() => await text.ReadLineAsync().WaitAsync(Patience);

        /// <summary>The next event; null where the stream has ended.</summary>
        public async Task<(string Id, string Name, JsonElement Data)?> NextAsync()
        {
            if (await LineAsync() is not { } id) return null;
            var (name, data) = ((await LineAsync())!, (await LineAsync())!);
            Assert.Equal("", await LineAsync());
            return (id["id: ".Length..], name["event: ".Length..], JsonSerializer.Deserialize<JsonElement>(data["data: ".Length..]));
        }

        /// <summary>The next delivery that is so.</summary>
        public async Task<(string Id, JsonElement Delivery)> DeliveryAsync(Func<JsonElement, bool> isSo)
        {
            while (true)
            {
                var next = await NextAsync() ?? throw new InvalidOperationException("The stream ended.");
                if (next.Name == "delivery" && isSo(next.Data)) return (next.Id, next.Data);
            }
        }

        /// <summary>Until the stream has ended, whatever is told before.</summary>
        public async Task EndsAsync()
        {
            while (await NextAsync() is not null) { }
        }

        public void Dispose()
        {
            text.Dispose();
            response.Dispose();
        }
    }

    static string StatusOf(JsonElement delivery) => delivery.GetProperty("status").GetString()!;

    static object Data(string callId) => new
    {
        call_id = callId, customer_id = Guid.NewGuid().ToString(), started_at = "2026-05-10T08:27:00Z", ended_at = "2026-05-10T08:30:00Z", duration_seconds = 187, outcome = "qualified",
        goal = "qualify_interest", goal_completed = true, to_phone_e164 = "+15555550100",
    };

    async Task<(string External, string Token, string Webhook)> AddAsync(string url)
    {
        var external = "stream-" + Guid.NewGuid().ToString("N");
        var token = TestJwt.Good(external);
        var webhook = (await Server.PostAsync("/v1/webhooks", token, new { url, events = new[] { "call.ended" } })).Expect(201).Text("id");
        return (external, token, webhook);
    }

    [Fact]
    public async Task A_delivery_is_told_until_it_has_ended_and_to_its_own_environment_only()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var (external, token, webhook) = await AddAsync(receiver.Url);
        var (otherExternal, otherToken, _) = await AddAsync(receiver.Url);
        using var mine = await Reader.OpenAsync(Server, token);
        using var theirs = await Reader.OpenAsync(Server, otherToken);
        (await Server.PublishAsync(external, "call.ended", Data(Guid.NewGuid().ToString()))).Expect(202);
        var (_, delivered) = await mine.DeliveryAsync(delivery => StatusOf(delivery) == "delivered");
        Assert.Equal(webhook, delivered.GetProperty("endpoint_id").GetString());
        Assert.Equal(
            ApiAnswer.MembersOf((await Server.GetAsync("/v1/deliveries", token)).Data[0]), ApiAnswer.MembersOf(delivered));

        (await Server.PublishAsync(otherExternal, "call.ended", Data(Guid.NewGuid().ToString()))).Expect(202);
        var (_, first) = await theirs.DeliveryAsync(_ => true);
        Assert.NotEqual(delivered.GetProperty("id").GetString(), first.GetProperty("id").GetString());
        Assert.NotEqual(webhook, first.GetProperty("endpoint_id").GetString());
    }

    [Fact]
    public async Task A_changed_webhook_is_told()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var (_, token, webhook) = await AddAsync(receiver.Url);
        using var reader = await Reader.OpenAsync(Server, token);
        (await Server.PatchAsync($"/v1/webhooks/{webhook}", token, new { is_active = false })).Expect(200);
        var told = (await reader.NextAsync())!.Value;
        Assert.Equal(("webhook", webhook, false), (told.Name, told.Data.GetProperty("id").GetString(), told.Data.GetProperty("deleted").GetBoolean()));
        (await Server.DeleteAsync($"/v1/webhooks/{webhook}", token)).Expect(204);
        Assert.True((await reader.NextAsync())!.Value.Data.GetProperty("deleted").GetBoolean());
    }

    [Fact]
    public async Task After_a_break_what_was_queued_meanwhile_is_told()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var (external, token, _) = await AddAsync(receiver.Url);
        string last, first;
        using (var reader = await Reader.OpenAsync(Server, token))
        {
            (await Server.PublishAsync(external, "call.ended", Data(Guid.NewGuid().ToString()))).Expect(202);
            (last, var delivery) = await reader.DeliveryAsync(delivery => StatusOf(delivery) == "delivered");
            first = delivery.GetProperty("id").GetString()!;
        }
        (await Server.PublishAsync(external, "call.ended", Data(Guid.NewGuid().ToString()))).Expect(202);
        var missed = (await Server.GetAsync("/v1/deliveries?limit=1", token)).Data[0].GetProperty("id").GetString();
        Assert.NotEqual(first, missed);
        using var again = await Reader.OpenAsync(Server, token, lastEventId: last);
        await again.DeliveryAsync(delivery => delivery.GetProperty("id").GetString() == missed);
        (await Server.GetAsync("/v1/stream?from=then", token)).ExpectProblem(400, "invalid-request");
    }

    [Fact]
    public async Task A_stream_ends_when_its_key_is_revoked()
    {
        var account = await Server.AddAccountAsync("embed");
        using var reader = await Reader.OpenAsync(Server, account.Key);
        var keys = $"/v1/accounts/{account.ExternalId}/environments/production/keys";
        var id = (await Server.GetAsync(keys, NovaServer.OperatorKey)).Data[0].GetProperty("id").GetString();
        (await Server.DeleteAsync($"{keys}/{id}", NovaServer.OperatorKey)).Expect(204);
        await reader.EndsAsync();
        (await Server.GetAsync("/v1/stream", account.Key)).ExpectProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task A_stream_ends_with_the_session_of_who_reads_it()
    {
        var account = await Server.AddAccountAsync("embed");
        var (leaving, staying) = (await People.MemberAsync(Server, account, "member"), await People.MemberAsync(Server, account, "member"));
        using var left = await Reader.OpenAsync(Server, leaving);
        using var stays = await Reader.OpenAsync(Server, staying);
        (await leaving.DeleteAsync("/v1/session")).Expect(204);
        await left.EndsAsync();
        // It was his session alone.
        (await Server.PostAsync("/v1/webhooks", account.Key, new { url = "http://127.0.0.1:18080/", events = new[] { "*" } })).Expect(201);
        Assert.Equal("webhook", (await stays.NextAsync())!.Value.Name);
    }

    [Fact]
    public async Task A_stream_ends_when_its_reader_is_no_member_any_more()
    {
        var account = await Server.AddAccountAsync("embed");
        var member = await People.MemberAsync(Server, account, "member", "stream-" + Guid.NewGuid().ToString("N") + "@example.com");
        using var reader = await Reader.OpenAsync(Server, member);
        var members = $"/v1/accounts/{account.Id}/members";
        var id = (await Server.GetAsync(members, NovaServer.OperatorKey)).Expect(200).Data.Single().GetProperty("id").GetString();
        (await Server.DeleteAsync($"{members}/{id}", NovaServer.OperatorKey)).Expect(204);
        await reader.EndsAsync();
    }

    [Fact]
    public async Task A_stream_ends_with_the_view_that_a_portal_link_opened()
    {
        var account = await Server.AddAccountAsync("embed");
        var link = await People.LinkAsync(Server, account, new { role = "member", environment = "production" });
        using var reader = await Reader.OpenAsync(Server, link);
        (await link.DeleteAsync("/v1/session")).Expect(204);
        await reader.EndsAsync();
    }
}

public sealed class StreamOnSqliteTests(SqliteServerFixture fixture) : StreamTests(fixture), IClassFixture<SqliteServerFixture>
{
    [Fact]
    public async Task A_stream_ends_when_the_time_of_a_portal_link_s_view_is_over()
    {
        var clock = new FakeClock();
        await using var server = await NovaServer.OnSqliteAsync(clock: clock);
        var account = await server.AddAccountAsync("embed");
        var link = await People.LinkAsync(server, account, new { role = "member", environment = "production", ttl_seconds = 3600 });
        // Who watches first is told at once that he does; from then on the feed waits for the clock.
        var environment = server.Get<AccountDirectory>().Environment(server.Get<AccountDirectory>().FindAccounts(account.Id, null).Single().Id, EnvironmentName.Production)!;
        using var watching = server.Get<ChangeFeed>().Watch(environment.Id)!;
        Assert.NotNull(await watching.NextAsync(CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        using var reader = await Reader.OpenAsync(server, link);
        clock.Advance(TimeSpan.FromSeconds(3601));
        (await server.PostAsync("/v1/webhooks", account.Key, new { url = "http://127.0.0.1:18080/", events = new[] { "*" } })).Expect(201);
        clock.Advance(TimeSpan.FromMilliseconds(250));
        // Signs of life may have been on their way; of what changed afterwards nothing is told.
        while (await reader.NextAsync() is { } told) Assert.Equal("ping", told.Name);
    }

    [Fact]
    public async Task An_orderly_stop_ends_streams_at_once()
    {
        await using var server = await NovaServer.OnSqliteAsync();
        var account = await server.AddAccountAsync("embed");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/stream");
        request.Headers.Add("Authorization", "Bearer " + account.Key);
        using var response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var rest = response.Content.ReadAsStringAsync();
        await server.Get<Microsoft.Extensions.Hosting.IHost>().StopAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.StartsWith("retry:", await rest.WaitAsync(TimeSpan.FromSeconds(20)), StringComparison.Ordinal);
    }
}

public sealed class StreamOnPostgreSqlTests(PostgreSqlServerFixture fixture) : StreamTests(fixture), IClassFixture<PostgreSqlServerFixture>;
