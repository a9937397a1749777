using System.Text;
using Nova.TestSupport;

namespace Nova.IntegrationTests.Api;

/// <summary>The signature debugger against requests that were really sent.</summary>
public sealed class SignaturesTests(SqliteServerFixture fixture) : IClassFixture<SqliteServerFixture>
{
    const string Path = "/v1/signatures/debug";

    NovaServer Server => fixture.Server;

    [Theory]
    [InlineData("embed")]
    [InlineData("partner")]
    [InlineData("kit")]
    [InlineData("standard")]
    [InlineData("calls")]
    public async Task A_request_that_was_received_verifies_and_a_changed_one_does_not(string product)
    {
        await using var receiver = await TestReceiver.StartAsync();
        var (key, webhook, secret) = await AddAsync(product, receiver.Url);
        (await Server.PostAsync($"/v1/webhooks/{webhook}/test", key)).Expect(200);
        var received = await receiver.NextAsync();
        var headers = received.Headers.ToDictionary(header => header.Key, header => header.Value);
        var body = Convert.ToBase64String(received.Body);
        var (bytes, word) = (product is "embed" or "kit" ? "bodyBase64" : "body_base64", product == "partner" ? "api_key" : "secret");
        Dictionary<string, object>[] questions =
        [
            new() { ["headers"] = headers, [bytes] = body, ["webhook"] = webhook },
            new() { ["headers"] = headers, [bytes] = body, [word] = secret },
            new() { ["headers"] = headers, [bytes] = body, [word] = secret, ["webhook"] = webhook },
            new() { ["headers"] = headers, ["body"] = Encoding.UTF8.GetString(received.Body) },
        ];
        foreach (var question in questions)
        {
            var answer = (await Server.PostAsync(Path, key, question)).Expect(200);
            Assert.True(answer.Json.GetProperty("verified").GetBoolean(), answer.Body);
            Assert.Equal("verified", answer.Text("finding"));
            Assert.Equal(webhook, answer.Text("webhook"));
            Assert.DoesNotContain(secret, answer.Body, StringComparison.Ordinal);
        }
        var changed = (await Server.PostAsync(Path, key, new Dictionary<string, object> { ["headers"] = headers, ["body"] = "{}", ["webhook"] = webhook })).Expect(200);
        Assert.Equal("body_changed", changed.Text("finding"));
        Assert.False(changed.Json.GetProperty("verified").GetBoolean());
        Assert.DoesNotContain(secret, changed.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_webhook_of_another_environment_is_not_found_and_its_secret_is_never_tried()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var owner = await Server.AddAccountAsync("embed");
        var made = (await Server.PostAsync("/v1/webhooks", owner.Key, new { url = receiver.Url, events = new[] { "score.failed" } })).Expect(201);
        (await Server.PostAsync($"/v1/webhooks/{made.Text("id")}/test", owner.Key)).Expect(200);
        var received = await receiver.NextAsync();
        var headers = new Dictionary<string, string> { ["X-Nova-Signature"] = received.Headers["X-Nova-Signature"] };
        var body = Encoding.UTF8.GetString(received.Body);
        var other = await Server.AddAccountAsync("embed");
        var random = made.Text("id")[..^6] + "zzzzzz";
        foreach (var key in (string[])[owner.SandboxKey, other.Key, other.SandboxKey])
        {
            var theirs = (await Server.PostAsync(Path, key, new { headers, body, webhook = made.Text("id") })).ExpectProblem(404, "not-found");
            var nobodys = (await Server.PostAsync(Path, key, new { headers, body, webhook = random })).ExpectProblem(404, "not-found");
            Assert.Equal(nobodys.Text("detail"), theirs.Text("detail"));
            (await Server.PostAsync(Path, key, new { headers, body })).ExpectProblem(400, "invalid-request").At("/secret");
            // With an endpoint of his own, the stranger learns nothing of the owner's.
            (await Server.PostAsync("/v1/webhooks", key, new { url = receiver.Url, events = new[] { "score.failed" } })).Expect(201);
            var answer = (await Server.PostAsync(Path, key, new { headers, body })).Expect(200);
            Assert.Equal("body_changed", answer.Text("finding"));
            Assert.DoesNotContain(made.Text("id"), answer.Body, StringComparison.Ordinal);
            answer = (await Server.PostAsync(Path, key, new { headers, body, secret = "whsec_wrong" })).Expect(200);
            Assert.Equal("wrong_secret", answer.Text("finding"));
            Assert.DoesNotContain(made.Text("id"), answer.Body, StringComparison.Ordinal);
        }
        (await Server.DeleteAsync($"/v1/webhooks/{made.Text("id")}", owner.Key)).Expect(204);
        (await Server.PostAsync(Path, owner.Key, new { headers, body, webhook = made.Text("id") })).ExpectProblem(404, "not-found");
    }

    [Fact]
    public async Task Questions_that_are_none_are_refused_by_place()
    {
        var key = (await Server.AddAccountAsync("standard")).Key;
        var headers = new Dictionary<string, string>();
        (await Server.PostAsync(Path, key, new { body = "{}", secret = "s" })).ExpectProblem(400, "invalid-request").At("/headers");
        (await Server.PostAsync(Path, key, new { headers, secret = "s" })).ExpectProblem(400, "invalid-request").At("/body");
        (await Server.PostAsync(Path, key, new { headers, body = "a", body_base64 = "YQ==", secret = "s" })).ExpectProblem(400, "invalid-request").At("/body_base64");
        (await Server.PostAsync(Path, key, new { headers, body_base64 = "!", secret = "s" })).ExpectProblem(400, "invalid-request").At("/body_base64");
        (await Server.PostAsync(Path, key, new { headers, body = new string('a', 256 * 1024 + 1), secret = "s" })).ExpectProblem(400, "invalid-request").At("/body");
        (await Server.PostAsync(Path, key, new { headers, body = "{}", secret = "s", now = "today" })).ExpectProblem(400, "invalid-request").At("/now");
        (await Server.PostAsync(Path, key, new { headers, body = "{}", secret = "s", url = "x" })).ExpectProblem(400, "invalid-request").At("/url");
        (await Server.PostAsync(Path, key, new { headers = new { a = 1 }, body = "{}", secret = "s" })).ExpectProblem(400, "invalid-request").At("/headers/a");
        Assert.Equal("header_missing", (await Server.PostAsync(Path, key, new { headers, body = "{\n}\n", secret = "s" })).Expect(200).Text("finding"));
    }

    [Fact]
    public async Task The_guide_has_a_program_for_each_language_of_the_customer_s_own_product()
    {
        var (kit, embed) = ((await Server.AddAccountAsync("kit", "pro")).Key, (await Server.AddAccountAsync("embed")).Key);
        var programs = (await Server.GetAsync("/v1/verification-guide", kit)).Expect(200).Data;
        Assert.Equal(["node", "python", "go", "csharp", "java", "php", "ruby", "shell"], programs.Select(program => program.GetProperty("language").GetString()));
        Assert.All(programs, program => Assert.Contains("x-novakit-signature", program.GetProperty("code").GetString()!.Replace('_', '-'), StringComparison.OrdinalIgnoreCase));
        var one = Assert.Single((await Server.GetAsync("/v1/verification-guide?language=go", embed)).Expect(200).Data);
        Assert.Contains("x-nova-signature", one.GetProperty("code").GetString(), StringComparison.Ordinal);
        (await Server.GetAsync("/v1/verification-guide?language=cobol", embed)).ExpectProblem(400, "invalid-request").At("?language");
    }

    [Fact]
    public async Task The_time_to_compare_with_can_be_given()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var (key, webhook, _) = await AddAsync("standard", receiver.Url);
        (await Server.PostAsync($"/v1/webhooks/{webhook}/test", key)).Expect(200);
        var received = await receiver.NextAsync();
        var headers = received.Headers.ToDictionary(header => header.Key, header => header.Value);
        var answer = (await Server.PostAsync(Path, key, new { headers, body = Encoding.UTF8.GetString(received.Body), webhook, now = "2020-01-01T00:00:00Z" })).Expect(200);
        Assert.Equal("timestamp_outside_tolerance", answer.Text("finding"));
    }

    /// <summary>A webhook of a new account: the credential, its id and its secret.</summary>
    async Task<(string Key, string Webhook, string Secret)> AddAsync(string product, string url)
    {
        var key = product == "calls" ? TestJwt.Good("debugs-signatures") : (await Server.AddAccountAsync(product, product == "kit" ? "pro" : null)).Key;
        var type = (await Server.GetAsync("/v1/event-types", key)).Expect(200).Data[0].GetProperty("name").GetString()!;
        object body = product switch
        {
            "partner" => new { url, events = new[] { type }, api_key = "chosen-by-partner" },
            "kit" => new { name = "A", url, events = new[] { type } },
            _ => new { url, events = new[] { type } },
        };
        var made = (await Server.PostAsync("/v1/webhooks", key, body)).Expect(201);
        return (key, made.Text("id"), product == "partner" ? "chosen-by-partner" : made.Text("secret"));
    }
}
