using System.Text;

namespace Nova.IntegrationTests.Api;

/// <summary>Every bad input is a clear problem, and leaves nothing behind.</summary>
public sealed class BadInputTests(SqliteServerFixture fixture) : IClassFixture<SqliteServerFixture>
{
    const string Good = """{"account":"bad-input","environment":"production","type":"credits.depleted","data":{"bucketType":"chat_tokens","remaining":0,"limit":1,"percentUsed":100}}""";

    NovaServer Server => fixture.Server;

    [Fact]
    public Task Broken_json() => Refused("/v1/events", """{"account":""", 400, "malformed-json");

    [Fact]
    public Task An_empty_body() => Refused("/v1/events", "", 400, "malformed-json");

    [Fact]
    public Task A_body_that_is_no_object() => Refused("/v1/events", "[1]", 400, "invalid-request", "");

    [Fact]
    public async Task An_unknown_event_type()
    {
        await AccountAsync();
        await Refused("/v1/events", Good.Replace("credits.depleted", "credits.gone"), 422, "unknown-event-type", "/type");
    }

    [Fact]
    public async Task Data_that_breaks_the_schema()
    {
        await AccountAsync();
        await Refused("/v1/events", Good.Replace("\"chat_tokens\"", "7"), 422, "schema-violation", "/data/bucketType");
    }

    [Fact]
    public Task A_body_that_is_too_large() => Refused("/v1/events", Good.Replace("chat_tokens", new string('a', 256 * 1024)), 413, "body-too-large");

    [Fact]
    public async Task A_body_that_is_too_large_and_does_not_say_so()
    {
        var before = await Server.FingerprintAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/events");
        request.Headers.Authorization = new("Bearer", NovaServer.OperatorKey);
        request.Headers.TransferEncodingChunked = true;
        request.Content = new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes(Good.Replace("chat_tokens", new string('a', 300 * 1024)))));
        request.Content.Headers.ContentType = new("application/json");
        using var response = await Server.Http.SendAsync(request);
        Assert.Equal(413, (int)response.StatusCode);
        Assert.Contains($"more than {256 * 1024} bytes", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(before, await Server.FingerprintAsync());
    }

    [Fact]
    public async Task A_byte_order_mark_is_named()
    {
        byte[] body = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Good)];
        var refused = (await Server.SendAsync(HttpMethod.Post, "/v1/events", NovaServer.OperatorKey, body)).ExpectProblem(400, "malformed-json");
        Assert.Contains("byte order mark", refused.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public Task A_depth_bomb() => Refused("/v1/events",
        Good.Replace("{\"bucketType\"", "{\"a\":" + new string('[', 5000) + new string(']', 5000) + ",\"bucketType\""), 400, "malformed-json");

    [Fact]
    public Task Duplicate_members() => Refused("/v1/events", Good.Replace("\"type\"", "\"type\":\"credits.low\",\"type\""), 400, "malformed-json");

    [Fact]
    public Task Duplicate_members_inside_the_data() => Refused("/v1/events", Good.Replace("\"limit\":1", "\"limit\":1,\"limit\":2"), 400, "malformed-json");

    [Fact]
    public Task Half_of_a_surrogate_pair() => Refused("/v1/events", Good.Replace("chat_tokens", "\\ud800"), 400, "malformed-json");

    [Fact]
    public Task Half_of_a_surrogate_pair_in_a_name() => Refused("/v1/accounts", """{"product":"kit","name":"\udc00x"}""", 400, "malformed-json");

    [Fact]
    public Task Bytes_that_are_no_utf_8() => Refused("/v1/accounts", "{\"product\":\"kit\",\"name\":\"\u00e9\"}", 400, "malformed-json", latin1: true);

    [Fact]
    public async Task Bytes_that_are_no_utf_8_in_the_data()
    {
        await AccountAsync();
        await Refused("/v1/events", Good.Replace("chat_tokens", "\u00e9"), 400, "malformed-json", latin1: true);
    }

    [Fact]
    public Task An_unknown_member() => Refused("/v1/events", Good.Replace("\"type\"", "\"typo\":1,\"type\""), 400, "invalid-request", "/typo");

    [Fact]
    public Task An_unknown_member_of_a_webhook() => RefusedWebhook(new { url = "http://127.0.0.1:18080/", events = new[] { "credits.low" }, colour = "red" }, 400, "invalid-request", "/colour");

    [Fact]
    public Task An_unknown_query_parameter() => RefusedGet("/v1/webhooks?limt=5", 400, "invalid-request", "?limt");

    /// <summary>What belongs into the body, or nowhere, is not passed over: here it would start a replay that was to be counted.</summary>
    [Theory]
    [InlineData("POST", "/v1/webhooks/{id}/replay?dry_run=true", "?dry_run")]
    [InlineData("PATCH", "/v1/webhooks/{id}?enabled=false", "?enabled")]
    [InlineData("DELETE", "/v1/webhooks/{id}?force=1", "?force")]
    [InlineData("POST", "/v1/webhooks/{id}/test?event_type=credits.low", "?event_type")]
    [InlineData("GET", "/v1/webhooks/{id}?fields=url", "?fields")]
    public async Task An_unknown_query_parameter_of_a_call_without_any(string method, string path, string pointer)
    {
        var account = await Server.AddAccountAsync("kit", "pro");
        var id = (await Server.PostAsync("/v1/webhooks", account.Key, new { url = "http://127.0.0.1:18080/", events = new[] { "credits.low" } })).Expect(201).Text("id");
        var before = await Server.FingerprintAsync();
        object? body = method is "POST" or "PATCH" ? new { what = "failed", since = DateTimeOffset.UnixEpoch } : null;
        (await Server.SendAsync(new(method), path.Replace("{id}", id), account.Key, body)).ExpectProblem(400, "invalid-request").At(pointer);
        Assert.Equal(before, await Server.FingerprintAsync());
        Assert.Empty((await Server.GetAsync("/v1/replays", account.Key)).Data);
    }

    [Fact]
    public async Task An_entry_of_a_list_that_is_none_is_one_fault()
    {
        var account = await AccountAsync();
        var refused = (await Server.PostAsync("/v1/webhooks", account.Key, new { url = "http://127.0.0.1:18080/", events = new object[] { 5 } })).ExpectProblem(400, "invalid-request");
        Assert.Equal("/events/0", Assert.Single(refused.Json.GetProperty("errors").EnumerateArray()).GetProperty("pointer").GetString());
    }

    [Fact]
    public Task A_limit_that_is_none() => RefusedGet("/v1/deliveries?limit=100000", 400, "invalid-request", "?limit");

    [Fact]
    public Task A_cursor_that_is_none() => RefusedGet("/v1/deliveries?cursor=%27%3B--", 400, "invalid-request", "?cursor");

    [Fact]
    public Task A_missing_member() => Refused("/v1/events", """{"account":"bad-input","environment":"production","type":"credits.low"}""", 400, "invalid-request", "/data");

    [Fact]
    public Task A_tenant_with_a_control_character() => Refused("/v1/events", Good.Replace("\"type\"", "\"tenant\":\"a\\u0000b\",\"type\""), 400, "invalid-request", "/tenant");

    [Fact]
    public Task An_environment_that_is_none() => Refused("/v1/events", Good.Replace("production", "staging"), 400, "invalid-request", "/environment");

    [Fact]
    public Task A_time_without_an_offset() =>
        Refused("/v1/events", Good.Replace("\"type\"", "\"occurred_at\":\"2026-05-10T08:30:00\",\"type\""), 400, "invalid-request", "/occurred_at");

    [Fact]
    public Task An_account_that_is_none() => Refused("/v1/events", Good.Replace("bad-input", "nobody"), 404, "unknown-account", "/account");

    [Fact]
    public Task Another_content_type() => Refused("/v1/events", Good, 415, "unsupported-media-type", contentType: "text/plain");

    [Fact]
    public Task No_content_type() => Refused("/v1/events", Good, 415, "unsupported-media-type", contentType: "");

    [Theory]
    [InlineData("application/json;")]
    [InlineData("application/json; charset=utf-8;")]
    [InlineData("Application/JSON ; charset=\"UTF-8\"")]
    public async Task Json_by_any_spelling_of_its_type_is_taken(string contentType)
    {
        await AccountAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/events") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Good)) };
        request.Headers.Authorization = new("Bearer", NovaServer.OperatorKey);
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        using var response = await Server.Http.SendAsync(request);
        Assert.Equal(202, (int)response.StatusCode);
    }

    [Fact]
    public Task Another_charset() => Refused("/v1/events", Good, 415, "unsupported-media-type", contentType: "application/json; charset=utf-16");

    [Theory]
    [InlineData("ftp://hooks.example.com/x")]
    [InlineData("https://10.0.0.1/x")]
    [InlineData("https://192.168.1.1/x")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://[::ffff:10.0.0.1]/x")]
    [InlineData("https://user:password@hooks.example.com/x")]
    [InlineData("not a url")]
    public Task A_url_that_may_not_be_dialled(string url) => RefusedWebhook(new { url, events = new[] { "credits.low" } }, 422, "url-refused", "/url");

    [Fact]
    public async Task Plain_http_and_loopback_unless_they_are_allowed()
    {
        await using var strict = await NovaServer.OnSqliteAsync(new() { ["Nova:Egress:AllowHttp"] = null, ["Nova:Egress:AllowedNetworks"] = null });
        var account = await strict.AddAccountAsync("kit", "pro");
        var before = await strict.FingerprintAsync();
        foreach (var url in (string[])["http://93.184.216.34/x", "https://127.0.0.1/x", "https://localhost/x", "https://0x7f000001/x"])
            (await strict.PostAsync("/v1/webhooks", account.Key, new { url, events = new[] { "credits.low" } })).ExpectProblem(422, "url-refused").At("/url");
        Assert.Equal(before, await strict.FingerprintAsync());
    }

    [Theory]
    [InlineData("X-A", "a\r\nX-B: b")]
    [InlineData("X-A", "a\u0000b")]
    [InlineData("X-A", "a\u007f")]
    [InlineData("X-A", "\u00e9")]
    [InlineData("X A", "a")]
    [InlineData("X-A\r\nX-B", "a")]
    [InlineData("Host", "evil.example")]
    [InlineData("Content-Length", "0")]
    [InlineData("x-novakit-signature", "mine")]
    public Task A_custom_header_that_may_not_be(string name, string value) =>
        RefusedWebhook(new { url = "http://127.0.0.1:18080/", events = new[] { "credits.low" }, headers = new Dictionary<string, string> { [name] = value } }, 400, "invalid-request", "/headers");

    [Fact]
    public Task Too_many_custom_headers() => RefusedWebhook(
        new { url = "http://127.0.0.1:18080/", events = new[] { "credits.low" }, headers = Enumerable.Range(0, 17).ToDictionary(i => $"X-{i}", i => "v") },
        400, "invalid-request", "/headers");

    [Fact]
    public Task An_event_type_that_the_product_does_not_have() =>
        RefusedWebhook(new { url = "http://127.0.0.1:18080/", events = new[] { "call.started" } }, 422, "unknown-event-type", "/events/0");

    [Fact]
    public Task No_event_type_at_all() => RefusedWebhook(new { url = "http://127.0.0.1:18080/", events = Array.Empty<string>() }, 400, "invalid-request", "/events");

    [Fact]
    public async Task A_webhook_that_a_plan_does_not_have()
    {
        var free = await Server.AddAccountAsync("kit", "free");
        var before = await Server.FingerprintAsync();
        var answer = (await Server.PostAsync("/api/v1/webhooks", free.Key, new { name = "A", url = "http://127.0.0.1:18080/", events = new[] { "credits.low" } })).ExpectProblem(403, "plan-limit");
        Assert.Contains("'Free'", answer.Text("detail"), StringComparison.Ordinal);
        Assert.Contains('0', answer.Text("detail"));
        Assert.Equal(before, await Server.FingerprintAsync());
    }

    [Fact]
    public async Task More_webhooks_than_the_plan_allows()
    {
        var account = await Server.AddAccountAsync("embed");
        for (var i = 0; i < 5; i++)
            (await Server.PostAsync("/v1/webhooks", account.Key, new { url = $"http://127.0.0.1:18080/{i}", events = new[] { "score.failed" } })).Expect(201);
        var before = await Server.FingerprintAsync();
        var answer = (await Server.PostAsync("/v1/webhooks", account.Key, new { url = "http://127.0.0.1:18080/6", events = new[] { "score.failed" } })).ExpectProblem(403, "plan-limit");
        Assert.Contains("'Integrator' allows 5", answer.Text("detail"), StringComparison.Ordinal);
        Assert.Equal(before, await Server.FingerprintAsync());
    }

    [Fact]
    public async Task A_plan_or_product_that_is_none()
    {
        var before = await Server.FingerprintAsync();
        (await Server.PostAsync("/v1/accounts", NovaServer.OperatorKey, new { product = "kit", name = "A", plan = "gold" })).ExpectProblem(400, "invalid-request").At("/plan");
        (await Server.PostAsync("/v1/accounts", NovaServer.OperatorKey, new { product = "kite", name = "A" })).ExpectProblem(400, "invalid-request").At("/product");
        Assert.Equal(before, await Server.FingerprintAsync());
    }

    [Fact]
    public async Task An_external_id_that_is_taken_or_looks_like_nova_s()
    {
        var account = await AccountAsync();
        var before = await Server.FingerprintAsync();
        (await Server.PostAsync("/v1/accounts", NovaServer.OperatorKey, new { product = "kit", name = "A", external_id = account.ExternalId })).ExpectProblem(409, "account-taken");
        (await Server.PostAsync("/v1/accounts", NovaServer.OperatorKey, new { product = "kit", name = "A", external_id = account.Id })).ExpectProblem(400, "invalid-request").At("/external_id");
        foreach (var dots in (string[])[".", "..", "a/b"])
            (await Server.PostAsync("/v1/accounts", NovaServer.OperatorKey, new { product = "kit", name = "A", external_id = dots })).ExpectProblem(400, "invalid-request").At("/external_id");
        Assert.Equal(before, await Server.FingerprintAsync());
    }

    [Fact]
    public async Task What_is_missing_is_one_fault()
    {
        var refused = (await Server.PostAsync("/v1/scores", NovaServer.OperatorKey, new { account = "a", job_id = "b", application_id = "c" })).ExpectProblem(400, "invalid-request");
        Assert.Equal("\"environment\" is missing.", Assert.Single(refused.Json.GetProperty("errors").EnumerateArray()).GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("2026-01-01T00:00:00Z")]
    [InlineData("2026-01-01T00:00:00%2B02:00")]
    [InlineData("2026-01-01T00:00:00+02:00")]
    [InlineData("2026-01-01T00:00:00-02:00")]
    public async Task A_time_in_the_address_is_taken_with_its_plus_encoded_or_not(string from)
    {
        var account = await AccountAsync();
        (await Server.GetAsync($"/v1/deliveries?from={from}", account.Key)).Expect(200);
        (await Server.GetAsync($"/v1/deliveries?from={from.Replace("T", "+")}", account.Key)).ExpectProblem(400, "invalid-request").At("?from");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("nk_wrong_0123456789abcdef")]
    [InlineData("sk_live_wrong")]
    [InlineData("eyJ.eyJ.x")]
    public async Task A_credential_that_is_none(string? credential)
    {
        var before = await Server.FingerprintAsync();
        (await Server.PostAsync("/v1/events", credential, Good)).ExpectProblem(401, "unauthenticated");
        (await Server.GetAsync("/v1/webhooks", credential)).ExpectProblem(401, "unauthenticated");
        (await Server.GetAsync("/v1/accounts", credential)).ExpectProblem(401, "unauthenticated");
        Assert.Equal(before, await Server.FingerprintAsync());
    }

    [Fact]
    public async Task A_credential_of_the_wrong_kind()
    {
        var account = await AccountAsync();
        var before = await Server.FingerprintAsync();
        (await Server.PostAsync("/v1/events", account.Key, Good)).ExpectProblem(401, "unauthenticated");
        (await Server.GetAsync("/v1/webhooks", NovaServer.OperatorKey)).ExpectProblem(401, "unauthenticated");
        Assert.Equal(before, await Server.FingerprintAsync());
    }

    [Fact]
    public async Task A_key_in_the_address_or_in_a_cookie()
    {
        var account = await AccountAsync();
        (await Server.GetAsync($"/v1/webhooks?access_token={account.Key}", null)).ExpectProblem(401, "unauthenticated");
        (await Server.SendAsync(HttpMethod.Get, "/v1/webhooks", null, null, "", ("Cookie", $"Authorization=Bearer {account.Key}"))).ExpectProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task A_scope_that_the_key_does_not_have()
    {
        var publisher = (await Server.PostAsync("/v1/operator-keys", NovaServer.OperatorKey, new { name = "Billing", scopes = new[] { "publish" } })).Expect(201);
        Assert.Equal("created_at id key last_used_at masked name scopes", publisher.Members);
        Assert.StartsWith("nk_", publisher.Text("key"));
        var refused = (await Server.GetAsync("/v1/accounts", publisher.Text("key"))).ExpectProblem(403, "missing-scope");
        Assert.Contains("'admin'", refused.Text("detail"), StringComparison.Ordinal);
        var admin = (await Server.PostAsync("/v1/operator-keys", NovaServer.OperatorKey, new { scopes = new[] { "admin" } })).Expect(201);
        (await Server.PostAsync("/v1/events", admin.Text("key"), Good)).ExpectProblem(403, "missing-scope");

        (await Server.DeleteAsync($"/v1/operator-keys/{publisher.Text("id")}", NovaServer.OperatorKey)).Expect(204);
        (await Server.PostAsync("/v1/events", publisher.Text("key"), Good)).ExpectProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task An_address_or_a_method_that_is_none()
    {
        (await Server.GetAsync("/v1/nothing", NovaServer.OperatorKey)).ExpectProblem(404, "not-found");
        (await Server.GetAsync("/nothing", null)).ExpectProblem(404, "not-found");
        var refused = (await Server.SendAsync(HttpMethod.Put, "/v1/events", NovaServer.OperatorKey, Good)).ExpectProblem(405, "method-not-allowed");
        Assert.Equal("GET, POST", refused.Headers["Allow"]);
    }

    [Fact]
    public async Task Every_answer_keeps_browsers_from_guessing_and_from_keeping_it()
    {
        foreach (var answer in (ApiAnswer[])[await Server.GetAsync("/healthz", null), await Server.GetAsync("/nope", null), await Server.GetAsync("/v1/accounts", NovaServer.OperatorKey)])
        {
            Assert.Equal("nosniff", answer.Headers["X-Content-Type-Options"]);
            Assert.Equal("no-store", answer.Headers["Cache-Control"]);
            Assert.False(answer.Headers.ContainsKey("Server"));
        }
    }

    [Fact]
    public async Task A_batch_tells_of_each_event_and_keeps_the_good_ones()
    {
        var account = await Server.AddAccountAsync("kit", "pro");
        var good = new { account = account.ExternalId, environment = "production", type = "credits.depleted", data = new { bucketType = "chat_tokens", remaining = 0, limit = 1, percentUsed = 100 } };
        var body = new
        {
            events = new object[] { good, new { account = account.ExternalId, environment = "production", type = "nope", data = new { } }, 7, new { good.account, good.environment, good.type, data = new { bucketType = 1 } } },
        };
        var answer = (await Server.PostAsync("/v1/events/batch", NovaServer.OperatorKey, body)).Expect(200);
        var results = answer.Json.GetProperty("results").EnumerateArray().ToArray();
        Assert.Equal([202, 422, 400, 422], results.Select(result => result.GetProperty("status").GetInt32()));
        Assert.Equal("/problems/unknown-event-type", results[1].GetProperty("problem").GetProperty("type").GetString());
        Assert.Single((await Server.GetAsync("/v1/events", account.Key)).Data);

        (await Server.PostAsync("/v1/events/batch", NovaServer.OperatorKey, new { events = new[] { good, good } })).Expect(202);
        (await Server.PostAsync("/v1/events/batch", NovaServer.OperatorKey, new { events = Array.Empty<int>() })).ExpectProblem(400, "invalid-request").At("/events");
        (await Server.PostAsync("/v1/events/batch", NovaServer.OperatorKey, new { events = Enumerable.Repeat(good, 1001) })).ExpectProblem(400, "invalid-request").At("/events");
    }

    [Fact]
    public async Task An_event_of_a_batch_has_as_many_bytes_as_one_alone()
    {
        var account = await Server.AddAccountAsync("kit", "pro");
        // 90,000 characters of three bytes each.
        var item = new
        {
            account = account.ExternalId, environment = "production", type = "credits.depleted",
            data = new { bucketType = new string('\u20ac', 90_000), remaining = 0, limit = 1, percentUsed = 100 },
        };
        var body = System.Text.Json.JsonSerializer.Serialize(
            new { events = new[] { item } }, new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/events/batch") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new("Bearer", NovaServer.OperatorKey);
        using var response = await Server.Http.SendAsync(request);
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Contains("/problems/body-too-large", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty((await Server.GetAsync("/v1/events", account.Key)).Data);
    }

    async Task<TestAccount> AccountAsync()
    {
        var found = await Server.GetAsync("/v1/accounts/bad-input", NovaServer.OperatorKey);
        return (int)found.Status == 200
            ? new(found.Text("id"), "bad-input", await Server.AddKeyAsync("bad-input", "production"), "")
            : await Server.AddAccountAsync("kit", "pro", "bad-input");
    }

    async Task Refused(string path, string body, int status, string type, string? pointer = null, string contentType = "application/json", bool latin1 = false)
    {
        var before = await Server.FingerprintAsync();
        var answer = (await Server.SendAsync(HttpMethod.Post, path, NovaServer.OperatorKey, latin1 ? Encoding.Latin1.GetBytes(body) : body, contentType)).ExpectProblem(status, type);
        if (pointer is not null) answer.At(pointer);
        Assert.Equal(before, await Server.FingerprintAsync());
    }

    async Task RefusedWebhook(object body, int status, string type, string pointer)
    {
        var account = await AccountAsync();
        var before = await Server.FingerprintAsync();
        (await Server.PostAsync("/v1/webhooks", account.Key, body)).ExpectProblem(status, type).At(pointer);
        Assert.Equal(before, await Server.FingerprintAsync());
    }

    async Task RefusedGet(string path, int status, string type, string pointer)
    {
        var account = await AccountAsync();
        (await Server.GetAsync(path, account.Key)).ExpectProblem(status, type).At(pointer);
    }
}
