using System.Text.Json;
using System.Text.RegularExpressions;
using Nova.AspNetCore.Configuring;
using Nova.Products;
using Nova.Server;
using Nova.UnitTests;

namespace Nova.IntegrationTests.Api;

/// <summary>The server as a whole: its start, its health, its limits, its description.</summary>
public sealed class ServerTests(SqliteServerFixture fixture) : IClassFixture<SqliteServerFixture>
{
    NovaServer Server => fixture.Server;

    [Fact]
    public async Task It_says_that_it_lives_and_that_it_is_ready()
    {
        Assert.Equal("ok", (await Server.GetAsync("/healthz", null)).Expect(200).Text("status"));
        Assert.Equal("ready", (await Server.GetAsync("/readyz", null)).Expect(200).Text("status"));
        foreach (var path in (string[])["/healthz", "/readyz"])
            Assert.Empty((await Server.SendAsync(HttpMethod.Head, path, null)).Expect(200).Bytes);
    }

    [Fact]
    public async Task It_is_not_ready_once_it_stops_and_says_why()
    {
        await using var server = await NovaServer.OnSqliteAsync();
        var account = await server.AddAccountAsync("kit", "pro");
        await server.Get<NovaEngine>().StopAsync(CancellationToken.None);
        (await server.GetAsync("/readyz", null)).ExpectProblem(503, "unready").At("");
        (await server.SendAsync(HttpMethod.Head, "/readyz", null)).Expect(503);
        (await server.GetAsync("/healthz", null)).Expect(200);
        (await server.PublishAsync(account.ExternalId, "credits.low", new { bucketType = "a", remaining = 1, limit = 2, percentUsed = 50 })).ExpectProblem(503, "unready");
    }

    [Fact]
    public async Task A_key_may_make_a_second_s_worth_of_requests_at_once_and_then_waits()
    {
        var clock = new FakeClock();
        await using var server = await NovaServer.OnSqliteAsync(new() { ["Nova:Api:RequestsPerSecond"] = "3" }, clock);
        var account = await server.AddAccountAsync("embed");
        for (var left = 2; left >= 0; left--)
        {
            var answer = (await server.GetAsync("/v1/webhooks", account.Key)).Expect(200);
            Assert.Equal("\"default\";q=3;w=1", answer.Headers["RateLimit-Policy"]);
            Assert.Equal($"\"default\";r={left};t=1", answer.Headers["RateLimit"]);
        }
        var refused = (await server.GetAsync("/v1/webhooks", account.Key)).ExpectProblem(429, "rate-limited");
        Assert.Equal("1", refused.Headers["Retry-After"]);
        // Another key, another bucket; operators have none.
        (await server.GetAsync("/v1/webhooks", account.SandboxKey)).Expect(200);
        for (var i = 0; i < 10; i++) (await server.GetAsync("/v1/accounts", NovaServer.OperatorKey)).Expect(200);

        clock.Advance(TimeSpan.FromSeconds(0.34));
        (await server.GetAsync("/v1/webhooks", account.Key)).Expect(200);
        (await server.GetAsync("/v1/webhooks", account.Key)).ExpectProblem(429, "rate-limited");

        (await server.PatchAsync($"/v1/accounts/{account.ExternalId}", NovaServer.OperatorKey, new { overrides = new { requests_per_second = 50 } })).Expect(200);
        clock.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 20; i++) (await server.GetAsync("/v1/webhooks", account.Key)).Expect(200);
    }

    [Fact]
    public async Task An_endpoint_is_tested_a_score_of_times_at_once_and_then_waits()
    {
        var account = await Server.AddAccountAsync("embed");
        var made = (await Server.PostAsync("/v1/webhooks", account.Key, new { url = "http://127.0.0.1:18081/", events = new[] { "score.failed" } })).Expect(201);
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Server.PostAsync($"/v1/webhooks/{made.Text("id")}/test", account.Key)));
        Assert.Contains(answers, answer => (int)answer.Status == 429);
        Assert.InRange(answers.Count(answer => (int)answer.Status == 200), 20, 39);
    }

    [Fact]
    public void A_start_with_a_bad_configuration_tells_of_everything_at_once()
    {
        var fault = Assert.Throws<NovaConfigurationException>(() => ServerApplication.Build(
        [
            "--Nova:Store=Data Source=x.db", "--Nova:OperatorKey=short", "--Nova:Publishing:MaxBodyBytes=many", "--Nova:Delivering:StopGrace=15",
            "--Nova:Egres:AllowHttp=true", "--Nova:Egress:AllowedNetworks=10.0.0.0/99", "--Nova:Products:calls:Jwt:Issuer=x", "--Nova:Api:RequestsPerSecond=0",
        ]));
        foreach (var part in (string[])["OperatorKey", "MaxBodyBytes", "StopGrace", "Nova:Egres ", "AllowedNetworks", "Jwt:Audience", "Jwt needs either", "RequestsPerSecond"])
            Assert.Contains(fault.Faults, text => text.Contains(part, StringComparison.Ordinal));
        Assert.DoesNotContain("short", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Each would start, and then deliver nothing, or end in a fault, at a time when nobody looks.</summary>
    [Theory]
    [InlineData("Nova:Delivering:FirstConcurrentAttemptsPerEndpoint=0")]
    [InlineData("Nova:Delivering:PollEvery=0s")]
    [InlineData("Nova:Delivering:StopGrace=1h")]
    [InlineData("Nova:Delivering:QueuedBytes=1048576", "Nova:Publishing:MaxBodyBytes=1048576")]
    [InlineData("Nova:Publishing:AnswerWithin=1d")]
    [InlineData("Nova:Node:LeaseFor=1h")]
    [InlineData("Nova:Retention:KeepFor=1000000d")]
    [InlineData("Nova:OperatorKey=an operator key with blanks")]
    [InlineData("Nova:Products:calls:Jwt:Jwks=no-such-file.json")]
    [InlineData("Nova:Products:calls:Jwt:Jwks=ftp://keys.example/jwks.json")]
    [InlineData("Nova:Products:embed:Jwt:SigningKey=0123456789abcdef0123456789abcdef", "Nova:Products:embed:Jwt:Issuer=x", "Nova:Products:embed:Jwt:Audience=x")]
    [InlineData("Nova:Products:nobody:Jwt:SigningKey=0123456789abcdef0123456789abcdef", "Nova:Products:nobody:Jwt:Issuer=x", "Nova:Products:nobody:Jwt:Audience=x")]
    public void A_setting_that_could_not_work_stops_the_start_and_is_named(string setting, params string[] others)
    {
        string[] arguments = ["--Nova:Store=Host=127.0.0.1;Database=x", $"--Nova:MasterKey={Convert.ToBase64String(new byte[32])}", "--" + setting, .. others.Select(other => "--" + other)];
        var fault = Assert.Throws<NovaConfigurationException>(() => ServerApplication.Build(arguments));
        var name = setting[..setting.IndexOf('=')];
        Assert.Contains(fault.Faults, text => text.Contains(name.Contains(":Jwt:SigningKey", StringComparison.Ordinal) ? name[..name.LastIndexOf(':')] : name, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("Data Source=")]
    [InlineData("Username=me;Password=secret-word")]
    [InlineData("Host=127.0.0.1;Password=secret-word;Bogus=1")]
    [InlineData("Host=127.0.0.1;Port=secret-word")]
    [InlineData("Data Source=nova.db;Password=secret-word")]
    public void A_store_that_is_none_stops_the_start_without_showing_its_password(string store)
    {
        var fault = Assert.Throws<NovaConfigurationException>(() => ServerApplication.Build([$"--Nova:Store={store}"]));
        Assert.Contains("Nova:Store", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Data Source=/proc/nope/nova.db", "/proc/nope")]
    [InlineData("Host=127.0.0.1;Port=1;Database=x;Password=secret-word;Timeout=5", "Nova:Store")]
    public async Task A_database_that_cannot_be_used_is_told_in_words(string store, string part)
    {
        await using var app = ServerApplication.Build([$"--Nova:Store={store}", $"--Nova:MasterKey={Convert.ToBase64String(new byte[32])}", "--urls=http://127.0.0.1:0"]);
        var words = StartFault.Of(await Assert.ThrowsAnyAsync<Exception>(() => app.StartAsync()));
        Assert.Contains(part, words, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("taken", "stop what listens there")]
    [InlineData("https://127.0.0.1:0", "certificate")]
    public async Task An_address_that_it_cannot_listen_at_is_told_in_words(string address, string part)
    {
        var folder = Directory.CreateTempSubdirectory("nova-address-").FullName;
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var url = address == "taken" ? $"http://{listener.LocalEndpoint}" : address;
        await using (var app = ServerApplication.Build([$"--Nova:Store=Data Source={folder}/nova.db", "--urls=" + url]))
        {
            Assert.Contains(part, StartFault.Of(await Assert.ThrowsAnyAsync<Exception>(() => app.StartAsync())), StringComparison.Ordinal);
            await app.StopAsync();
        }
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Kestrel would listen at all addresses of the machine for some of these, and end with a stack for others.</summary>
    [Theory]
    [InlineData("nonsense")]
    [InlineData("http://127.0.0.1:abc")]
    [InlineData("http://127.0.0.1:508O")]
    [InlineData("http://127.0.0.l:5080")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("http://nova.example.com:5080")]
    [InlineData("ftp://127.0.0.1:5080")]
    [InlineData("http://127.0.0.1:5080;http://[::1:5080")]
    public void An_address_that_is_none_stops_the_start_and_opens_no_other(string urls)
    {
        var fault = Assert.Throws<NovaConfigurationException>(() => ServerApplication.Build([$"--Nova:Store=Data Source={Path.GetTempPath()}/never.db", "--urls=" + urls]));
        Assert.Contains("ASPNETCORE_URLS", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://*:5080;http://+:5081")]
    [InlineData("http://localhost:0;https://[::1]:5081;http://0.0.0.0")]
    [InlineData("http://unix:/run/nova.sock")]
    public void An_address_may_be_any_that_Kestrel_takes_for_what_it_says(string urls) => Assert.Empty(ListenAddresses.FaultsOf(urls));

    [Fact]
    public void A_fault_of_nova_s_own_keeps_its_stack() => Assert.Null(StartFault.Of(new InvalidOperationException("Ours.")));

    [Fact]
    public void PostgreSQL_without_a_master_key_is_refused_with_the_reason()
    {
        var fault = Assert.Throws<NovaConfigurationException>(() => ServerApplication.Build(["--Nova:Store=Host=127.0.0.1;Database=x"]));
        Assert.Contains("each needs the same one", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_master_key_is_made_beside_the_database_for_its_owner_alone_and_found_again()
    {
        var folder = Directory.CreateTempSubdirectory("nova-key-").FullName;
        var (first, second) = (new NovaOptions(), new NovaOptions());
        var made = MasterKeys.Settle(first, Path.Combine(folder, "sub", "nova.db"));
        Assert.Equal(Path.Combine(folder, "sub", "master.key"), made);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(made!));
        Assert.Null(MasterKeys.Settle(second, Path.Combine(folder, "sub", "nova.db")));
        Assert.Equal(first.MasterKey, second.MasterKey);
        Assert.Throws<NovaConfigurationException>(() => MasterKeys.Settle(new NovaOptions { MasterKey = "short" }, null));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_master_key_comes_from_a_command_and_nothing_that_it_prints_is_shown()
    {
        var key = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
        var options = new NovaOptions { MasterKeyCommand = "echo " + key };
        MasterKeys.Settle(options, null);
        Assert.Equal(key, options.MasterKey);

        Assert.Contains("exit code 3", FaultOf("exit 3"), StringComparison.Ordinal);
        Assert.DoesNotContain("not-a-key", FaultOf("echo not-a-key"), StringComparison.Ordinal);
        var both = Assert.Throws<NovaConfigurationException>(() => MasterKeys.Settle(new NovaOptions { MasterKey = key, MasterKeyCommand = "echo " + key }, null));
        Assert.Contains("which key seals", both.Message, StringComparison.Ordinal);

        static string FaultOf(string command) => Assert.Throws<NovaConfigurationException>(() => MasterKeys.Settle(new NovaOptions { MasterKeyCommand = command }, null)).Message;
    }

    [Fact]
    public void A_product_that_cannot_be_read_stops_the_start()
    {
        var folder = Directory.CreateTempSubdirectory("nova-products-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "mine"));
        File.WriteAllText(Path.Combine(folder, "mine", "product.json"), "{\"name\":\"mine\"}");
        var fault = Assert.Throws<ProductDefinitionException>(() => ServerApplication.Build(
            [$"--Nova:Store=Data Source={Path.Combine(folder, "nova.db")}", $"--Nova:ProductsPath={folder}"]));
        Assert.Contains("mine", fault.Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task The_description_is_the_committed_one()
    {
        var served = (await Server.GetAsync("/openapi/v1.json", null)).Expect(200).Body;
        var file = Path.Combine(Repository(), "docs", "openapi.json");
        Assert.True(Same(served, await File.ReadAllTextAsync(file)),
            "The API is no longer as docs/openapi.json says. Look whether the change is wanted, then: dotnet run --project src/Nova.Server -- openapi > docs/openapi.json");
    }

    [Fact]
    public async Task Every_problem_is_documented_and_no_other()
    {
        var code = await File.ReadAllTextAsync(Path.Combine(Repository(), "src", "Nova.AspNetCore", "Problems.cs"));
        var documents = await File.ReadAllTextAsync(Path.Combine(Repository(), "docs", "problems.md"));
        var given = Regex.Matches(code, "(?:Of\\(\"|\"/problems/)([a-z-]+)\"").Select(match => match.Groups[1].Value).Distinct().Order();
        var documented = Regex.Matches(documents, "\\| `/problems/([a-z-]+)`").Select(match => match.Groups[1].Value).Distinct().Order();
        Assert.Equal(given, documented);
    }

    [Fact]
    public async Task Every_call_is_described_with_a_name_a_body_and_its_problems()
    {
        var document = (await Server.GetAsync("/openapi/v1.json", null)).Expect(200).Json;
        HashSet<string> names = [];
        foreach (var operation in document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()))
        {
            Assert.True(names.Add(operation.Value.GetProperty("operationId").GetString()!), operation.Value.GetProperty("operationId").GetString());
            Assert.NotEmpty(operation.Value.GetProperty("summary").GetString()!);
            Assert.Contains(operation.Value.GetProperty("responses").EnumerateObject(), response => response.Name[0] == '2');
        }
        foreach (var schema in document.GetProperty("components").GetProperty("schemas").EnumerateObject())
            Assert.DoesNotMatch("(?<!Saved?)View", schema.Name); // The types' own ending; saved views are a thing.
    }

    [Fact]
    public async Task The_page_to_read_loads_nothing_from_elsewhere()
    {
        foreach (var path in (string[])["/docs", "/docs/docs.css", "/docs/docs.js"])
        {
            var answer = (await Server.GetAsync(path, null)).Expect(200);
            Assert.Contains("default-src 'none'", answer.Headers["Content-Security-Policy"], StringComparison.Ordinal);
            Assert.DoesNotContain("https://", answer.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_member_that_a_body_is_described_with_is_known_to_its_call()
    {
        var document = (await Server.GetAsync("/openapi/v1.json", null)).Expect(200).Json;
        var schemas = document.GetProperty("components").GetProperty("schemas");
        var account = await Server.AddAccountAsync("standard");
        foreach (var path in document.GetProperty("paths").EnumerateObject())
            foreach (var operation in path.Value.EnumerateObject())
            {
                if (!operation.Value.TryGetProperty("requestBody", out var body)) continue;
                var name = body.GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString()!.Split('/')[^1];
                var credential = operation.Value.TryGetProperty("security", out var security) && security.EnumerateArray().Any(each => each.TryGetProperty("customer", out _))
                    ? account.Key : NovaServer.OperatorKey;
                var members = schemas.GetProperty(name).GetProperty("properties").EnumerateObject().Select(member => member.Name)
                    // Of products whose customers choose the secret; this one's do not.
                    .Where(member => member != "secret");
                // Values of a wrong kind: what is known is called wrong, what is not known is called unknown.
                var wrong = "{" + string.Join(',', members.Select(member => $"\"{member}\":[[]]")) + "}";
                var answer = await Server.SendAsync(new HttpMethod(operation.Name.ToUpperInvariant()), path.Name.Replace("{account}", account.ExternalId).Replace("{environment}", "production").Replace("{id}", "x"), credential, wrong);
                Assert.DoesNotContain("There is no member", answer.Body, StringComparison.Ordinal);
            }
    }

    [Fact]
    public async Task Accounts_are_found_by_a_part_of_their_name_or_external_id_and_by_their_id()
    {
        var mark = Guid.NewGuid().ToString("N");
        var named = (await Server.PostAsync("/v1/accounts", NovaServer.OperatorKey, new { product = "embed", external_id = $"x-{mark}-1", name = "Björk & Co" })).Expect(201).Text("id");
        var other = (await Server.PostAsync("/v1/accounts", NovaServer.OperatorKey, new { product = "embed", external_id = $"x-{mark}-2", name = $"Name {mark}" })).Expect(201).Text("id");
        Assert.Equal([other, named], await FoundAsync(mark));
        Assert.Equal([other], await FoundAsync($"name {mark.ToUpperInvariant()}"));
        Assert.Equal([named], await FoundAsync(named));
        Assert.Empty(await FoundAsync(named[..^1]));

        async Task<IEnumerable<string>> FoundAsync(string sought) =>
            (await Server.GetAsync($"/v1/accounts?q={Uri.EscapeDataString(sought)}", NovaServer.OperatorKey)).Expect(200).Data.Select(account => account.GetProperty("id").GetString()!);
    }

    [Fact]
    public async Task The_status_shows_nodes_and_queues()
    {
        var status = (await Server.GetAsync("/v1/operations/status", NovaServer.OperatorKey)).Expect(200).Json;
        Assert.NotEmpty(status.GetProperty("nodes").EnumerateArray());
        Assert.True(status.TryGetProperty("open_deliveries", out _));
        Assert.Equal(["calls", "embed", "kit", "partner", "standard"],
            (await Server.GetAsync("/v1/products", NovaServer.OperatorKey)).Expect(200).Data.Select(product => product.GetProperty("name").GetString()!));
        Assert.Equal([("free", 0), ("pro", 5), ("business", 20), ("cli_team", 20)],
            (await Server.GetAsync("/v1/plans?product=kit", NovaServer.OperatorKey)).Expect(200).Data.Select(plan => (plan.GetProperty("name").GetString()!, plan.GetProperty("endpoints").GetInt32())));
    }

    static bool Same(string one, string other) =>
        JsonElement.DeepEquals(JsonSerializer.Deserialize<JsonElement>(one), JsonSerializer.Deserialize<JsonElement>(other));

    static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Nova.slnx"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
