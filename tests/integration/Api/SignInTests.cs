using Nova.AspNetCore.Authentication;
using Nova.Model;
using Nova.Storage;
using Nova.UnitTests;

namespace Nova.IntegrationTests.Api;

/// <summary>Signing in and out, over HTTP, on a clock of the test's own.</summary>
public sealed class SignInTests : IAsyncLifetime
{
    const string Email = "ada@example.com";
    const string Password = "three words and a number 7";

    readonly FakeClock _clock = new();

    NovaServer Server { get; set; } = null!;

    public async ValueTask InitializeAsync() => Server = await NovaServer.OnSqliteAsync(clock: _clock);

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    /// <summary>A token as the set-up link in the log has it.</summary>
    async Task<string> SetupTokenAsync()
    {
        var (token, text, _) = Server.Get<SignIn>().NewLink(null, TokenPurpose.Setup, Guid.Empty, TimeSpan.FromHours(24), "setup", at: "");
        await Server.Get<IPeopleStore>().SaveAsync([new PeopleChange.OfNewToken(token)], CancellationToken.None);
        return text;
    }

    async Task<PersonClient> OperatorAsync()
    {
        var person = new PersonClient(Server);
        (await person.PostAsync("/v1/setup", new { token = await SetupTokenAsync(), email = Email, name = "Ada", password = Password })).Expect(201);
        return person;
    }

    [Fact]
    public async Task The_first_operator_comes_in_by_the_set_up_link_once()
    {
        Assert.True((await Server.GetAsync("/v1/setup", null)).Expect(200).Json.GetProperty("needed").GetBoolean());
        var token = await SetupTokenAsync();
        var body = new { token, email = " Ada@Example.com ", name = "Ada", password = Password };
        (await Server.PostAsync("/v1/setup", null, new { token = "ot_wrong", email = Email, name = "Ada", password = Password })).ExpectProblem(410, "link-spent");

        var person = new PersonClient(Server);
        var session = (await person.PostAsync("/v1/setup", body)).Expect(201);
        Assert.Equal((Email, true), (session.Json.GetProperty("user").GetProperty("email").GetString(), session.Json.GetProperty("user").GetProperty("operator").GetBoolean()));
        Assert.StartsWith("nova_session=ns_", person.Cookie);

        Assert.False((await Server.GetAsync("/v1/setup", null)).Expect(200).Json.GetProperty("needed").GetBoolean());
        (await Server.PostAsync("/v1/setup", null, body)).ExpectProblem(409, "already-set-up");
        // Another good token makes no second first operator.
        (await Server.PostAsync("/v1/setup", null, new { token = await SetupTokenAsync(), email = "eve@example.com", name = "Eve", password = Password }))
            .ExpectProblem(409, "already-set-up");
    }

    [Fact]
    public async Task The_set_up_link_is_said_also_where_warnings_are_off()
    {
        var said = new StringWriter();
        await using var server = await NovaServer.OnSqliteAsync(setup: said);
        Assert.Matches($"^Nobody can sign in yet. The first operator opens, once: {server.Url}/portal/setup#token=\\S+\\s*$", said.ToString());
        var person = new PersonClient(server);
        (await person.PostAsync("/v1/setup", new { token = People.TokenOf(said.ToString().Trim()), email = Email, name = "Ada", password = Password })).Expect(201);
    }

    [Fact]
    public async Task The_set_up_link_expires()
    {
        var token = await SetupTokenAsync();
        _clock.Advance(TimeSpan.FromHours(25));
        (await Server.PostAsync("/v1/setup", null, new { token, email = Email, name = "Ada", password = Password })).ExpectProblem(410, "link-spent");
    }

    [Fact]
    public async Task The_cookie_is_for_this_server_alone_and_no_script()
    {
        await OperatorAsync();
        var answer = (await Server.PostAsync("/v1/session", null, new { email = "ADA@example.com", password = Password })).Expect(200);
        var cookie = answer.Headers["Set-Cookie"];
        Assert.Contains("httponly", cookie);
        Assert.Contains("samesite=lax", cookie);
        Assert.Contains("path=/", cookie);
        Assert.DoesNotContain("domain", cookie);
        Assert.Equal("no-store", answer.Headers["Cache-Control"]);
    }

    [Fact]
    public async Task Unknown_users_and_wrong_passwords_are_answered_alike()
    {
        await OperatorAsync();
        var unknown = (await Server.PostAsync("/v1/session", null, new { email = "nobody@example.com", password = Password })).ExpectProblem(401, "sign-in-failed");
        var wrong = (await Server.PostAsync("/v1/session", null, new { email = Email, password = Password + "!" })).ExpectProblem(401, "sign-in-failed");
        Assert.Equal(unknown.Text("detail"), wrong.Text("detail"));
        Assert.Equal(unknown.Members, wrong.Members);
        Assert.DoesNotContain("Set-Cookie", wrong.Headers.Keys, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Attempts_are_throttled_for_known_and_unknown_alike_and_again_free_after_the_window()
    {
        await OperatorAsync();
        foreach (var email in (string[])[Email, "nobody@example.com"])
        {
            for (var i = 0; i < 10; i++)
                (await Server.PostAsync("/v1/session", null, new { email, password = "not this one " + i })).ExpectProblem(401, "sign-in-failed");
            var refused = (await Server.PostAsync("/v1/session", null, new { email, password = Password })).ExpectProblem(429, "rate-limited");
            Assert.Equal("900", refused.Headers["Retry-After"]);
        }
        _clock.Advance(TimeSpan.FromMinutes(15));
        (await Server.PostAsync("/v1/session", null, new { email = Email, password = Password })).Expect(200);
    }

    [Fact]
    public async Task Changes_by_cookie_need_the_csrf_header()
    {
        var person = await OperatorAsync();
        var csrf = person.Csrf!;
        foreach (var bad in (string?[])[null, "wrong", csrf + "x"])
        {
            person.Csrf = bad;
            (await person.PostAsync("/v1/accounts", new { product = "embed", name = "Acme" })).ExpectProblem(403, "csrf");
        }
        person.Csrf = null;
        (await person.GetAsync("/v1/accounts")).Expect(200);
        person.Csrf = csrf;
        (await person.PostAsync("/v1/accounts", new { product = "embed", name = "Acme" })).Expect(201);
    }

    [Fact]
    public async Task A_session_ends_when_it_is_not_used_and_after_its_lifetime()
    {
        var idle = await OperatorAsync();
        _clock.Advance(TimeSpan.FromHours(24));
        (await idle.GetAsync("/v1/session")).ExpectProblem(401, "unauthenticated");

        var busy = new PersonClient(Server);
        (await busy.SignInAsync(Email, Password)).Expect(200);
        for (var i = 0; i < 59; i++)
        {
            _clock.Advance(TimeSpan.FromHours(12));
            (await busy.GetAsync("/v1/session")).Expect(200);
        }
        _clock.Advance(TimeSpan.FromHours(12));
        (await busy.GetAsync("/v1/session")).ExpectProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task The_cookie_changes_every_day_and_the_one_before_goes_on_for_a_minute()
    {
        var person = await OperatorAsync();
        var (first, csrf) = (person.Cookie, person.Csrf);
        _clock.Advance(TimeSpan.FromHours(13));
        (await person.GetAsync("/v1/session")).Expect(200);
        Assert.Equal(first, person.Cookie);
        _clock.Advance(TimeSpan.FromHours(12));
        (await person.GetAsync("/v1/session")).Expect(200);
        Assert.NotEqual(first, person.Cookie);
        Assert.Equal(csrf, person.Csrf);

        var late = new PersonClient(Server) { Cookie = first };
        (await late.GetAsync("/v1/session")).Expect(200);
        Assert.Equal(first, late.Cookie);
        _clock.Advance(TimeSpan.FromMinutes(2));
        (await late.GetAsync("/v1/session")).ExpectProblem(401, "unauthenticated");
        (await person.GetAsync("/v1/session")).Expect(200);
    }

    [Fact]
    public async Task Signing_out_ends_the_session_and_everywhere_ends_all()
    {
        var (one, two) = (await OperatorAsync(), new PersonClient(Server));
        (await two.SignInAsync(Email, Password)).Expect(200);
        var cookie = one.Cookie;
        (await one.DeleteAsync("/v1/session")).Expect(204);
        Assert.Null(one.Cookie);
        (await new PersonClient(Server) { Cookie = cookie }.GetAsync("/v1/session")).ExpectProblem(401, "unauthenticated");
        (await two.GetAsync("/v1/session")).Expect(200);

        var three = new PersonClient(Server);
        (await three.SignInAsync(Email, Password)).Expect(200);
        var (second, third) = (two.Cookie, three.Cookie);
        (await three.DeleteAsync("/v1/sessions")).Expect(204);
        foreach (var gone in (string?[])[second, third]) (await new PersonClient(Server) { Cookie = gone }.GetAsync("/v1/session")).ExpectProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task Signing_in_again_ends_what_the_browser_had_before()
    {
        var person = await OperatorAsync();
        var old = person.Cookie;
        (await person.SignInAsync(Email, Password)).Expect(200);
        Assert.NotEqual(old, person.Cookie);
        (await new PersonClient(Server) { Cookie = old }.GetAsync("/v1/session")).ExpectProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task A_new_password_takes_the_current_one_and_ends_other_sessions()
    {
        var (one, two) = (await OperatorAsync(), new PersonClient(Server));
        (await two.SignInAsync(Email, Password)).Expect(200);
        const string Next = "another five words for it";
        (await one.PatchAsync("/v1/session/user", new { password = Next })).ExpectProblem(400, "invalid-request").At("/current_password");
        (await one.PatchAsync("/v1/session/user", new { password = Next, current_password = "wrong" })).ExpectProblem(400, "invalid-request").At("/current_password");
        (await one.PatchAsync("/v1/session/user", new { password = "short", current_password = Password })).ExpectProblem(400, "invalid-request").At("/password");
        (await one.PatchAsync("/v1/session/user", new { name = "Ada L.", password = Next, current_password = Password })).Expect(200);
        Assert.Equal("Ada L.", (await one.GetAsync("/v1/session")).Expect(200).Json.GetProperty("user").GetProperty("name").GetString());
        (await two.GetAsync("/v1/session")).ExpectProblem(401, "unauthenticated");
        (await new PersonClient(Server).SignInAsync(Email, Password)).ExpectProblem(401, "sign-in-failed");
        (await new PersonClient(Server).SignInAsync(Email, Next)).Expect(200);
    }

    [Fact]
    public async Task An_operator_acts_as_admin_in_any_account_and_says_which()
    {
        var person = await OperatorAsync();
        var account = await Server.AddAccountAsync("embed");
        (await person.GetAsync("/v1/webhooks")).ExpectProblem(400, "bad-request");
        (await person.In(account.Id, "nowhere").GetAsync("/v1/webhooks")).ExpectProblem(400, "bad-request");
        (await person.In("acc_00000000000000000000000000").GetAsync("/v1/webhooks")).ExpectProblem(404, "not-found");
        var made = (await person.In(account.Id).PostAsync("/v1/webhooks", new { url = "http://127.0.0.1:18080/", events = new[] { "*" } })).Expect(201).Text("id");
        (await Server.GetAsync($"/v1/webhooks/{made}", account.Key)).Expect(200);
        (await person.In(account.Id, "sandbox").GetAsync($"/v1/webhooks/{made}")).ExpectProblem(404, "not-found");
        (await person.In(account.Id).GetAsync("/v1/event-types")).Expect(200);
    }

    [Fact]
    public async Task Over_https_the_cookie_is_bound_to_the_host()
    {
        await using var server = await NovaServer.OnSqliteAsync(new() { ["Nova:Portal:BaseUrl"] = "https://hooks.example.com" });
        var (token, text, url) = server.Get<SignIn>().NewLink(null, TokenPurpose.Setup, Guid.Empty, TimeSpan.FromHours(1), "setup", at: "https://hooks.example.com");
        await server.Get<IPeopleStore>().SaveAsync([new PeopleChange.OfNewToken(token)], CancellationToken.None);
        Assert.Equal("https://hooks.example.com/portal/setup#token=" + text, url);
        var answer = (await server.PostAsync("/v1/setup", null, new { token = text, email = Email, name = "Ada", password = Password })).Expect(201);
        Assert.StartsWith("__Host-nova_session=", answer.Headers["Set-Cookie"]);
        Assert.Contains("secure", answer.Headers["Set-Cookie"]);
    }
}
