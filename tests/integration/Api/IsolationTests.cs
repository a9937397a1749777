using System.Text.RegularExpressions;

namespace Nova.IntegrationTests.Api;

/// <summary>
/// Nothing crosses from one account, or one environment, to another. The routes are those of the OpenAPI document, so that a route that is added
/// is tried here without anybody thinking of it.
/// </summary>
public abstract partial class IsolationTests(SqliteServerFixture fixture)
{
    NovaServer Server => fixture.Server;

    [Fact]
    public async Task No_route_gives_anything_to_a_credential_that_is_not_the_owner_s()
    {
        var (ids, owner) = await FillAsync();
        var other = await Server.AddAccountAsync("embed");
        // A token's account is made at its first request; that is not this test's business.
        (await Server.GetAsync("/v1/webhooks", TestJwt.Good("stranger"))).Expect(200);
        var routes = await RoutesAsync();
        Assert.True(routes.Count > 30, $"{routes.Count} routes");
        var tried = 0;
        foreach (var route in routes.Where(route => route.Slots.Count > 0 && route.Audience != "none"))
        {
            // Every slot must be one that the test knows how to fill: a new kind of id must be added here.
            var own = route.Fill(slot => ids[route.Kind(slot)]);
            var random = route.Fill(slot => Random(ids[route.Kind(slot)]));
            var strangers = route.Audience is "customer" or "people"
                ? new[] { other.Key, other.SandboxKey, route.IsOfSandbox ? owner.Key : owner.SandboxKey, TestJwt.Good("stranger"), NovaServer.OperatorKey }
                : [owner.Key, owner.SandboxKey, other.Key, TestJwt.Good("stranger")];
            foreach (var stranger in strangers)
            {
                var before = await Server.FingerprintAsync();
                var answer = await Server.SendAsync(route.Method, own, stranger, route.Body);
                Assert.True((int)answer.Status is 401 or 404, $"{route.Method} {own} answered {(int)answer.Status}: {answer.Body}");
                // What is another's is answered, word by word, like what is nobody's.
                var nobodys = await Server.SendAsync(route.Method, random, stranger, route.Body);
                Assert.Equal(WithoutTrace(nobodys), WithoutTrace(answer));
                Assert.Equal(before, await Server.FingerprintAsync());
                tried++;
            }
            var anonymous = await Server.SendAsync(route.Method, own, null, route.Body);
            anonymous.ExpectProblem(401, "unauthenticated");
        }
        Assert.True(tried > 60, $"{tried} tries");
    }

    /// <summary>Health, and what is done to get a credential: each of those takes a password or a one-time token instead.</summary>
    static readonly string[] OpenToAll =
    [
        "/healthz", "/readyz", "/v1/setup", "/v1/session", "/v1/passwords", "/v1/invitations/view", "/v1/invitations/accept", "/v1/portal-sessions",
    ];

    [Fact]
    public async Task Every_route_but_health_and_sign_in_wants_a_credential()
    {
        foreach (var route in await RoutesAsync())
        {
            var answer = await Server.SendAsync(route.Method, route.Fill(_ => "x"), null, route.Body);
            if (route.Audience == "none") Assert.Contains(route.Path, OpenToAll);
            else answer.ExpectProblem(401, "unauthenticated");
        }
    }

    [Fact]
    public async Task No_route_gives_anything_to_somebody_signed_in_who_has_no_place_there()
    {
        var (ids, owner) = await FillAsync();
        var other = await Server.AddAccountAsync("embed");
        var stranger = await People.MemberAsync(Server, other, "admin");
        var link = await People.LinkAsync(Server, other, new { role = "admin" });
        var tried = 0;
        foreach (var route in (await RoutesAsync()).Where(route => route.Audience != "none" && !route.IsPublishing))
        {
            var (own, random) = (route.Fill(slot => ids[route.Kind(slot)]), route.Fill(slot => Random(ids[route.Kind(slot)])));
            foreach (var person in (PersonClient[])[stranger, link])
            {
                // In the owner's account he has no place, whatever he asks for.
                if (route.Audience is "customer" or "people" && !route.IsOfSession)
                {
                    (await person.In(owner.Id).SendAsync(route.Method, own, route.Body)).ExpectProblem(404, "not-found");
                    tried++;
                }
                if (route.Slots.Count == 0) continue;
                // In his own there is nothing of the owner's: answered, word by word, like what is nobody's.
                var before = await Server.FingerprintAsync();
                var answer = await person.In(other.Id).SendAsync(route.Method, own, route.Body);
                Assert.True((int)answer.Status is 403 or 404, $"{route.Method} {own} answered {(int)answer.Status}: {answer.Body}");
                Assert.Equal(WithoutTrace(await person.SendAsync(route.Method, random, route.Body)), WithoutTrace(answer));
                Assert.Equal(before, await Server.FingerprintAsync());
                tried++;
            }
        }
        Assert.True(tried > 80, $"{tried} tries");
    }

    /// <summary>A POST that changes nothing: whoever may look may ask.</summary>
    static readonly string[] OnlyAsks = ["/v1/signatures/debug"];

    /// <summary>Of those who belong to the account: no link shows them.</summary>
    static readonly string[] OfThoseWhoBelong = ["/v1/keys", "/v1/members"];

    [Fact]
    public async Task A_member_and_a_link_that_may_only_look_are_refused_on_each_changing_customer_route()
    {
        var (ids, owner) = await FillAsync();
        var member = await People.MemberAsync(Server, owner, "member");
        var link = (await People.LinkAsync(Server, owner, new { role = "admin", scopes = new[] { "view" } })).In(owner.Id);
        var tried = 0;
        foreach (var route in (await RoutesAsync()).Where(route => route.Audience is "customer" or "people" && !route.IsOfSession))
        {
            var path = route.Fill(slot => ids[route.Kind(slot)]);
            foreach (var person in (PersonClient[])[member, link])
            {
                var before = await Server.FingerprintAsync();
                if (route.Method == HttpMethod.Get || OnlyAsks.Contains(route.Path))
                {
                    if (route.Streams) continue;
                    var answer = await person.SendAsync(route.Method, path, route.Body);
                    if (person == link && OfThoseWhoBelong.Contains(route.Path)) answer.ExpectProblem(403, "role");
                    else Assert.True((int)answer.Status is not (401 or 403), $"{route.Method} {path} answered {(int)answer.Status}: {answer.Body}");
                }
                else
                {
                    (await person.SendAsync(route.Method, path, route.Body)).ExpectProblem(403, "role");
                    tried++;
                }
                Assert.Equal(before, await Server.FingerprintAsync());
            }
        }
        Assert.True(tried > 30, $"{tried} tries");
    }

    [Fact]
    public async Task Each_scope_of_a_link_opens_what_it_names_and_nothing_else()
    {
        var (ids, owner) = await FillAsync();
        (string Scope, HttpMethod Method, string Path)[] calls =
        [
            ("manage", HttpMethod.Patch, $"/v1/webhooks/{ids["webhook"]}"), ("secrets", HttpMethod.Post, $"/v1/webhooks/{ids["webhook"]}/secret"),
            ("replay", HttpMethod.Post, $"/v1/deliveries/{ids["delivery"]}/retry"),
        ];
        foreach (var (scope, _, _) in calls)
        {
            var link = (await People.LinkAsync(Server, owner, new { role = "admin", scopes = new[] { scope } })).In(owner.Id);
            foreach (var call in calls)
            {
                var answer = await link.SendAsync(call.Method, call.Path, call.Method == HttpMethod.Patch ? new { } : null);
                if (call.Scope == scope) Assert.NotEqual(403, (int)answer.Status);
                else answer.ExpectProblem(403, "role");
            }
        }
    }

    [Fact]
    public async Task A_link_that_may_change_endpoints_and_not_their_secrets_chooses_no_new_key()
    {
        var owner = await Server.AddAccountAsync("partner");
        var link = (await People.LinkAsync(Server, owner, new { role = "admin", environment = "production", scopes = new[] { "manage" } })).In(owner.Id);
        var made = (await link.PostAsync("/v1/webhooks", new { url = "http://127.0.0.1:18080/", events = new[] { "signed_up" }, api_key = "chosen-by-the-partner" })).Expect(201);
        var path = "/v1/webhooks/" + made.Text("id");
        (await link.PatchAsync(path, new { api_key = "chosen-by-somebody" })).ExpectProblem(403, "role");
        (await link.PostAsync(path + "/secret/rotate", new { api_key = "chosen-by-somebody" })).ExpectProblem(403, "role");
        (await link.PatchAsync(path, new { url = "http://127.0.0.1:18081/" })).Expect(200);
    }

    [Fact]
    public async Task Lists_hold_nothing_of_others()
    {
        var (ids, owner) = await FillAsync();
        var other = await Server.AddAccountAsync("embed");
        foreach (var stranger in (string[])[other.Key, other.SandboxKey, owner.SandboxKey])
        {
            foreach (var list in (string[])["/v1/webhooks", "/v1/deliveries", "/v1/events", "/v1/replays"])
            {
                Assert.Empty((await Server.GetAsync(list, stranger)).Expect(200).Data);
                // Another's cursor is a place in time and nothing more.
                var kind = list switch { "/v1/webhooks" => "webhook", "/v1/deliveries" => "delivery", "/v1/replays" => "replay", _ => "event" };
                Assert.Empty((await Server.GetAsync($"{list}?cursor={ids[kind].Split('_')[1]}", stranger)).Expect(200).Data);
            }
            Assert.Empty((await Server.GetAsync($"/v1/deliveries?endpoint={ids["webhook"]}", stranger)).Expect(200).Data);
            Assert.Empty((await Server.GetAsync($"/v1/deliveries?event={ids["event"]}", stranger)).Expect(200).Data);
        }
        Assert.NotEmpty((await Server.GetAsync($"/v1/deliveries?event={ids["event"]}", owner.Key)).Expect(200).Data);
    }

    [Fact]
    public async Task An_idempotency_key_of_another_gives_nothing()
    {
        var (one, two) = (await Server.AddAccountAsync("embed"), await Server.AddAccountAsync("embed"));
        var body = new { url = "http://127.0.0.1:18080/", events = new[] { "score.failed" } };
        var mine = (await Server.SendAsync(HttpMethod.Post, "/v1/webhooks", one.Key, body, headers: ("Idempotency-Key", "same"))).Expect(201);
        var theirs = (await Server.SendAsync(HttpMethod.Post, "/v1/webhooks", two.Key, body, headers: ("Idempotency-Key", "same"))).Expect(201);
        Assert.NotEqual(mine.Text("id"), theirs.Text("id"));
        Assert.NotEqual(mine.Text("secret"), theirs.Text("secret"));
        var sandbox = (await Server.SendAsync(HttpMethod.Post, "/v1/webhooks", one.SandboxKey, body, headers: ("Idempotency-Key", "same"))).Expect(201);
        Assert.NotEqual(mine.Text("id"), sandbox.Text("id"));
    }

    /// <summary>An account with one of everything, and the ids by kind.</summary>
    async Task<(Dictionary<string, string> Ids, TestAccount Owner)> FillAsync()
    {
        var owner = await Server.AddAccountAsync("embed");
        var webhook = (await Server.PostAsync("/v1/webhooks", owner.Key, new { url = "http://127.0.0.1:18080/", events = new[] { "*" } })).Expect(201).Text("id");
        var score = (await Server.PostAsync("/v1/scores", NovaServer.OperatorKey,
            new { account = owner.ExternalId, environment = "production", job_id = "j", application_id = "a" })).Expect(201).Text("scoring_job_id");
        var error = new { type = "https://errors.example/x", code = "BROKEN", message = "It broke" };
        (await Server.SendAsync(HttpMethod.Put, $"/v1/scores/{score}", NovaServer.OperatorKey, new { status = "failed", error })).Expect(200);
        var delivery = (await Server.GetAsync("/v1/deliveries", owner.Key)).Expect(200).Data[0];
        var keys = (await Server.GetAsync($"/v1/accounts/{owner.ExternalId}/environments/production/keys", NovaServer.OperatorKey)).Data;
        var operatorKey = (await Server.PostAsync("/v1/operator-keys", NovaServer.OperatorKey, new { scopes = new[] { "publish" } })).Expect(201).Text("id");
        // Of the sandbox, as all of them are: to production's own key it is a stranger's.
        var inspector = (await Server.PostAsync("/v1/inspectors", owner.SandboxKey)).Expect(201).Text("id");
        var view = (await Server.PostAsync("/v1/saved-views", owner.Key, new { name = "Failed", query = "status=failed" })).Expect(201).Text("id");
        var replay = (await Server.PostAsync("/v1/replays", owner.Key, new { filter = new { } })).Expect(202).Text("id");
        var member = (await Server.PostAsync($"/v1/accounts/{owner.Id}/members", NovaServer.OperatorKey, new { email = "ada@example.com", role = "admin" })).Expect(201).Text("id");
        var user = (await Server.PostAsync("/v1/users", NovaServer.OperatorKey, new { email = $"{Guid.NewGuid():N}@example.com", name = "Ada" })).Expect(201).Text("id");
        return (new()
        {
            ["member"] = member,
            ["user"] = user,
            ["webhook"] = webhook,
            ["replay"] = replay,
            ["view"] = view,
            ["inspector"] = inspector,
            ["node"] = Server.Get<Nodes.ThisNode>().Number.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["delivery"] = delivery.GetProperty("id").GetString()!,
            ["event"] = delivery.GetProperty("eventId").GetString()!,
            ["score"] = score,
            ["account"] = owner.Id,
            ["environment"] = "production",
            ["key"] = keys[0].GetProperty("id").GetString()!,
            ["operator key"] = operatorKey,
        }, owner);
    }

    async Task<IReadOnlyList<Route>> RoutesAsync()
    {
        var document = (await Server.GetAsync("/openapi/v1.json", null)).Expect(200).Json;
        List<Route> routes = [];
        foreach (var path in document.GetProperty("paths").EnumerateObject())
            foreach (var operation in path.Value.EnumerateObject())
            {
                var security = operation.Value.TryGetProperty("security", out var all)
                    ? all.EnumerateArray().SelectMany(each => each.EnumerateObject()).Select(scheme => scheme.Name).ToArray()
                    : [];
                routes.Add(new(new HttpMethod(operation.Name.ToUpperInvariant()), path.Name,
                    security.Contains("customer") ? "customer" : security.Contains("operator") ? "operator" : security.Length > 0 ? "people" : "none",
                    operation.Value.TryGetProperty("requestBody", out _) ? "{}" : null));
            }
        return routes;
    }

    /// <summary>An id of the same kind that nobody has.</summary>
    static string Random(string id) => id.Contains('_') ? id[..^6] + "zzzzzz" : id;

    static string WithoutTrace(ApiAnswer answer) => $"{(int)answer.Status} {TraceId().Replace(answer.Body, "")}";

    [GeneratedRegex("\"traceId\":\"[^\"]*\"")]
    private static partial Regex TraceId();

    sealed partial record Route(HttpMethod Method, string Path, string Audience, string? Body)
    {
        public IReadOnlyList<string> Slots => [.. Slot().Matches(Path).Select(match => match.Groups[1].Value)];

        /// <summary>What it is about is the sandbox's, so that the key of production is a stranger's.</summary>
        public bool IsOfSandbox => Path.Contains("/inspectors/", StringComparison.Ordinal);

        /// <summary>Events take operator keys and nothing else.</summary>
        public bool IsPublishing => Path.StartsWith("/v1/events", StringComparison.Ordinal) && Method == HttpMethod.Post;

        /// <summary>About one's own session: of no account.</summary>
        public bool IsOfSession => Path.StartsWith("/v1/session", StringComparison.Ordinal);

        /// <summary>Its answer does not end.</summary>
        public bool Streams => Path == "/v1/stream";

        public string Fill(Func<string, string> value) => Slot().Replace(Path, match => value(match.Groups[1].Value));

        public string Kind(string slot) => slot switch
        {
            "account" or "environment" => slot,
            "id" when Path.Contains("/operator-keys/", StringComparison.Ordinal) => "operator key",
            "id" when Path.Contains("/keys/", StringComparison.Ordinal) => "key",
            "id" when Path.Contains("/members/", StringComparison.Ordinal) => "member",
            "id" when Path.Contains("/users/", StringComparison.Ordinal) => "user",
            "id" when Path.Contains("/inspectors/", StringComparison.Ordinal) => "inspector",
            "id" when Path.Contains("/nodes/", StringComparison.Ordinal) => "node",
            "id" when Path.Contains("/saved-views/", StringComparison.Ordinal) => "view",
            "id" when Path.Contains("/replays/", StringComparison.Ordinal) => "replay",
            "id" when Path.Contains("/webhooks/", StringComparison.Ordinal) => "webhook",
            "id" when Path.Contains("/deliveries/", StringComparison.Ordinal) => "delivery",
            "id" when Path.Contains("/events/", StringComparison.Ordinal) => "event",
            "id" when Path.Contains("/score", StringComparison.Ordinal) => "score",
            _ => throw new InvalidOperationException($"Say in this test what {{{slot}}} of {Path} is."),
        };

        [GeneratedRegex("\\{([a-zA-Z]+)\\}")]
        private static partial Regex Slot();
    }
}

public sealed class IsolationOnSqliteTests(SqliteServerFixture fixture) : IsolationTests(fixture), IClassFixture<SqliteServerFixture>;

public sealed class IsolationOnPostgreSqlTests(PostgreSqlServerFixture fixture) : IsolationTests(fixture), IClassFixture<PostgreSqlServerFixture>;
