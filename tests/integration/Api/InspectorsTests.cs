using Nova.UnitTests;

namespace Nova.IntegrationTests.Api;

/// <summary>A built-in receiver: a webhook points at it, a test event arrives and verifies, and no server was needed.</summary>
public sealed class InspectorsTests(InspectorsTests.Strict fixture) : IClassFixture<InspectorsTests.Strict>
{
    /// <summary>As guarded as in production: https only, public addresses only.</summary>
    public sealed class Strict : SqliteServerFixture
    {
        public override async ValueTask InitializeAsync() => Server = await NovaServer.OnSqliteAsync(new()
        {
            ["Nova:Egress:AllowHttp"] = null, ["Nova:Egress:AllowedNetworks"] = null,
        });
    }

    NovaServer Server => fixture.Server;

    async Task<(TestAccount Account, string Id, string Url)> AddAsync(string product)
    {
        var account = await Server.AddAccountAsync(product, product == "kit" ? "pro" : null);
        var key = product == "calls" ? TestJwt.Good(account.ExternalId, "sandbox") : account.SandboxKey;
        account = account with { SandboxKey = key };
        var made = (await Server.PostAsync("/v1/inspectors", key)).Expect(201);
        Assert.StartsWith(Server.Url + "/inspect/", made.Text("url"), StringComparison.Ordinal);
        return (account, made.Text("id"), made.Text("url"));
    }

    [Fact]
    public async Task Its_address_is_the_configured_one_where_there_is_one()
    {
        await using var server = await NovaServer.OnSqliteAsync(new() { ["Nova:Portal:BaseUrl"] = "https://hooks.example.com" });
        var account = await server.AddAccountAsync("embed");
        var url = (await server.PostAsync("/v1/inspectors", account.SandboxKey)).Expect(201).Text("url");
        Assert.StartsWith("https://hooks.example.com/inspect/", url, StringComparison.Ordinal);
        (await server.PostAsync("/v1/webhooks", account.SandboxKey, new { url, events = new[] { "*" } })).Expect(201);
    }

    static object Webhook(string product, string url) => product switch
    {
        "partner" => new { url, events = new[] { "signed_up" }, api_key = "the-first-key-0123456789" },
        "kit" => new { name = "A", url, events = new[] { "*" } },
        _ => new { url, events = new[] { "*" } },
    };

    [Theory]
    [InlineData("embed")]
    [InlineData("partner")]
    [InlineData("kit")]
    [InlineData("calls")]
    [InlineData("standard")]
    public async Task The_first_verified_event_takes_no_server(string product)
    {
        var (account, id, url) = await AddAsync(product);
        var webhook = (await Server.PostAsync("/v1/webhooks", account.SandboxKey, Webhook(product, url))).Expect(201).Text("id");
        var test = (await Server.PostAsync($"/v1/webhooks/{webhook}/test", account.SandboxKey)).Expect(200);
        Assert.Equal("delivered", test.Text("status"));

        var request = Assert.Single((await Server.GetAsync($"/v1/inspectors/{id}/requests", account.SandboxKey)).Expect(200).Data);
        Assert.True(request.GetProperty("verified").GetBoolean(), request.ToString());
        Assert.Equal(("verified", webhook), (request.GetProperty("finding").GetString(), request.GetProperty("webhook").GetString()));
        var headers = request.GetProperty("headers").EnumerateArray().ToDictionary(header => header.GetProperty("name").GetString()!, header => header.GetProperty("value").GetString()!);
        Assert.Contains("User-Agent", headers.Keys);
        Assert.Equal(new Uri(url).Authority, headers["Host"]);
        Assert.DoesNotContain("the-first-key", request.ToString(), StringComparison.Ordinal);
        Assert.Equal(
            System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(request.GetProperty("body").GetString()!).ToString(),
            test.Json.GetProperty("payload").ToString());
    }

    [Fact]
    public async Task Anybody_with_the_address_can_send_to_it_and_what_is_not_signed_does_not_verify()
    {
        var (account, id, url) = await AddAsync("embed");
        var path = new Uri(url).AbsolutePath;
        (await Server.SendAsync(HttpMethod.Post, path, null, "hello", "text/plain", ("Authorization", "Bearer something-secret"))).Expect(200);
        var request = Assert.Single((await Server.GetAsync($"/v1/inspectors/{id}/requests", account.SandboxKey)).Expect(200).Data);
        Assert.Equal(("hello", System.Text.Json.JsonValueKind.Null), (request.GetProperty("body").GetString(), request.GetProperty("verified").ValueKind));
        Assert.DoesNotContain("something-secret", request.ToString(), StringComparison.Ordinal);

        (await Server.PostAsync("/v1/webhooks", account.SandboxKey, Webhook("embed", url))).Expect(201);
        (await Server.SendAsync(HttpMethod.Post, path, null, "hello", "text/plain")).Expect(200);
        request = (await Server.GetAsync($"/v1/inspectors/{id}/requests", account.SandboxKey)).Expect(200).Data[0];
        Assert.Equal((false, "header_missing"), (request.GetProperty("verified").GetBoolean(), request.GetProperty("finding").GetString()));
        (await Server.SendAsync(HttpMethod.Post, path, null, new byte[256 * 1024 + 1], "text/plain")).ExpectProblem(413, "body-too-large");
        (await Server.SendAsync(HttpMethod.Post, path + "x", null, "hello", "text/plain")).ExpectProblem(404, "not-found");
        (await Server.SendAsync(HttpMethod.Get, path, null)).ExpectProblem(405, "method-not-allowed");
    }

    [Fact]
    public async Task The_guard_lets_nothing_else_pass()
    {
        var (account, id, url) = await AddAsync("embed");
        var (other, _, othersUrl) = await AddAsync("embed");
        var refused = new[]
        {
            url + "x", url[..^1], url + "?a=b", url + "#a", url.Replace("/inspect/", "/healthz/inspect/", StringComparison.Ordinal), othersUrl,
            Server.Url + "/inspect/" + new string('a', 43), url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal), url.Replace("http:", "https:", StringComparison.Ordinal),
        };
        foreach (var wrong in refused) (await Server.PostAsync("/v1/webhooks", account.SandboxKey, Webhook("embed", wrong))).ExpectProblem(422, "url-refused");
        // The other environment of the same account, and production in general.
        (await Server.PostAsync("/v1/webhooks", account.Key, Webhook("embed", url))).ExpectProblem(422, "url-refused");
        (await Server.PostAsync("/v1/inspectors", account.Key)).ExpectProblem(409, "sandbox-only");

        var webhook = (await Server.PostAsync("/v1/webhooks", account.SandboxKey, Webhook("embed", url))).Expect(201).Text("id");
        (await Server.PatchAsync($"/v1/webhooks/{webhook}", account.SandboxKey, new { url = othersUrl })).ExpectProblem(422, "url-refused");
        // Gone: the address is one like any other, and nothing is sent there.
        (await Server.DeleteAsync($"/v1/inspectors/{id}", account.SandboxKey)).Expect(204);
        var test = (await Server.PostAsync($"/v1/webhooks/{webhook}/test", account.SandboxKey)).Expect(200);
        Assert.Equal("failed", test.Text("status"));
        Assert.Contains("public internet", test.Body, StringComparison.Ordinal);
        (await Server.SendAsync(HttpMethod.Post, new Uri(url).AbsolutePath, null, "x", "text/plain")).ExpectProblem(404, "not-found");
        Assert.Empty((await Server.GetAsync($"/v1/inspectors", account.SandboxKey)).Expect(200).Data);
        Assert.Single((await Server.GetAsync($"/v1/inspectors", other.SandboxKey)).Expect(200).Data);
    }

    [Fact]
    public async Task It_keeps_fifty_requests_and_takes_twenty_a_second_and_there_are_five()
    {
        var clock = new FakeClock(); // Stands still: a second is over when the test says so.
        await using var server = await NovaServer.OnSqliteAsync(clock: clock);
        var key = (await server.AddAccountAsync("embed")).SandboxKey;
        var made = (await server.PostAsync("/v1/inspectors", key)).Expect(201);
        var path = new Uri(made.Text("url")).AbsolutePath;
        for (var second = 0; second < 3; second++)
        {
            for (var i = 0; i < 20; i++) (await server.SendAsync(HttpMethod.Post, path, null, $"{second * 20 + i}", "text/plain")).Expect(200);
            (await server.SendAsync(HttpMethod.Post, path, null, "too many", "text/plain")).ExpectProblem(429, "rate-limited");
            clock.Advance(TimeSpan.FromSeconds(1));
        }
        var kept = (await server.GetAsync($"/v1/inspectors/{made.Text("id")}/requests", key)).Expect(200).Data;
        Assert.Equal(50, kept.Count);
        for (var i = 1; i < 5; i++) (await server.PostAsync("/v1/inspectors", key)).Expect(201);
        (await server.PostAsync("/v1/inspectors", key)).ExpectProblem(409, "inspector-limit");
    }
}
