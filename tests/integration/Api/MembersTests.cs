namespace Nova.IntegrationTests.Api;

/// <summary>Invitations, roles, keys by the account's own admins, portal links.</summary>
public sealed class MembersTests(SqliteServerFixture fixture) : IClassFixture<SqliteServerFixture>
{
    NovaServer Server => fixture.Server;

    [Fact]
    public async Task An_invitation_is_looked_at_and_accepted_once()
    {
        var account = await Server.AddAccountAsync("embed");
        var invited = (await Server.PostAsync($"/v1/accounts/{account.Id}/members", NovaServer.OperatorKey, new { email = "Grace@Example.com", role = "admin" })).Expect(201);
        Assert.Equal("created_at email id invitation_expires_at invitation_url last_seen_at name role state", invited.Members);
        Assert.Equal(("grace@example.com", "invited"), (invited.Text("email"), invited.Text("state")));
        Assert.StartsWith(Server.Url + "/portal/invitation#token=", invited.Text("invitation_url"));
        var token = People.TokenOf(invited.Text("invitation_url"));

        var seen = (await Server.PostAsync("/v1/invitations/view", null, new { token })).Expect(200);
        Assert.Equal(("grace@example.com", "admin", "Acme Inc"), (seen.Text("email"), seen.Text("role"), seen.Json.GetProperty("account").GetProperty("name").GetString()));
        (await Server.PostAsync("/v1/invitations/accept", null, new { token, name = "Grace", password = "short" })).ExpectProblem(400, "invalid-request").At("/password");

        var person = new PersonClient(Server);
        var session = (await person.PostAsync("/v1/invitations/accept", new { token, name = "Grace", password = People.Password })).Expect(201);
        var membership = Assert.Single(session.Json.GetProperty("accounts").EnumerateArray());
        Assert.Equal((account.Id, "embed", "admin"), (membership.GetProperty("id").GetString(), membership.GetProperty("product").GetString(), membership.GetProperty("role").GetString()));
        (await Server.PostAsync("/v1/invitations/accept", null, new { token, name = "Eve", password = People.Password })).ExpectProblem(410, "link-spent");
        (await Server.PostAsync("/v1/invitations/view", null, new { token })).ExpectProblem(410, "link-spent");
    }

    [Fact]
    public async Task Who_has_a_password_already_accepts_with_it_and_not_without()
    {
        var (one, two) = (await Server.AddAccountAsync("embed"), await Server.AddAccountAsync("kit"));
        var email = $"two-{Guid.NewGuid():N}@example.com";
        var person = await People.MemberAsync(Server, one, "admin", email);
        var invited = (await Server.PostAsync($"/v1/accounts/{two.Id}/members", NovaServer.OperatorKey, new { email, role = "member" })).Expect(201);
        var token = People.TokenOf(invited.Text("invitation_url"));
        Assert.True((await Server.PostAsync("/v1/invitations/view", null, new { token })).Expect(200).Json.GetProperty("has_password").GetBoolean());
        (await Server.PostAsync("/v1/invitations/accept", null, new { token, password = "an invented password" })).ExpectProblem(401, "sign-in-failed");
        (await Server.PostAsync("/v1/invitations/accept", null, new { token, password = People.Password })).Expect(201);
        Assert.Equal(2, (await person.GetAsync("/v1/session")).Expect(200).Json.GetProperty("accounts").GetArrayLength());
        (await person.In(two.Id).GetAsync("/v1/webhooks")).Expect(200);
        (await person.In(two.Id).PostAsync("/v1/webhooks", new { url = "http://127.0.0.1:18080/", events = new[] { "*" } })).ExpectProblem(403, "role");
    }

    [Fact]
    public async Task A_new_link_spends_the_one_before_and_a_removed_invitation_is_none()
    {
        var account = await Server.AddAccountAsync("embed");
        var path = $"/v1/accounts/{account.Id}/members";
        var invited = (await Server.PostAsync(path, NovaServer.OperatorKey, new { email = "late@example.com", role = "member" })).Expect(201);
        (await Server.PostAsync(path, NovaServer.OperatorKey, new { email = "LATE@example.com", role = "admin" })).ExpectProblem(409, "member-taken");
        var renewed = (await Server.PostAsync($"{path}/{invited.Text("id")}/invitation", NovaServer.OperatorKey)).Expect(200);
        (await Server.PostAsync("/v1/invitations/view", null, new { token = People.TokenOf(invited.Text("invitation_url")) })).ExpectProblem(410, "link-spent");
        (await Server.PostAsync("/v1/invitations/view", null, new { token = People.TokenOf(renewed.Text("invitation_url")) })).Expect(200);
        (await Server.DeleteAsync($"{path}/{invited.Text("id")}", NovaServer.OperatorKey)).Expect(204);
        (await Server.PostAsync("/v1/invitations/view", null, new { token = People.TokenOf(renewed.Text("invitation_url")) })).ExpectProblem(410, "link-spent");
    }

    [Fact]
    public async Task An_admin_invites_changes_and_removes_and_the_removed_are_out_at_once()
    {
        var account = await Server.AddAccountAsync("embed");
        var admin = await People.MemberAsync(Server, account, "admin");
        var invited = (await admin.PostAsync("/v1/members", new { email = $"new-{Guid.NewGuid():N}@example.com", role = "member" })).Expect(201);
        var member = new PersonClient(Server).In(account.Id);
        (await member.PostAsync("/v1/invitations/accept", new { token = People.TokenOf(invited.Text("invitation_url")), name = "New", password = People.Password })).Expect(201);
        Assert.Equal(["active", "active"], (await member.GetAsync("/v1/members")).Expect(200).Data.Select(each => each.GetProperty("state").GetString()!));
        Assert.DoesNotContain("invitation_url", (await member.GetAsync("/v1/members")).Body, StringComparison.Ordinal);

        var path = "/v1/members/" + invited.Text("id");
        (await member.PatchAsync(path, new { role = "admin" })).ExpectProblem(403, "role");
        Assert.Equal("admin", (await admin.PatchAsync(path, new { role = "admin" })).Expect(200).Text("role"));
        (await member.PostAsync("/v1/keys", new { name = "CI" })).Expect(201);
        (await admin.DeleteAsync(path)).Expect(204);
        (await member.GetAsync("/v1/webhooks")).ExpectProblem(404, "not-found");
        Assert.Empty((await member.GetAsync("/v1/session")).Expect(200).Json.GetProperty("accounts").EnumerateArray());
    }

    [Fact]
    public async Task The_last_admin_stays_unless_an_operator_says_so()
    {
        var account = await Server.AddAccountAsync("embed");
        var admin = await People.MemberAsync(Server, account, "admin");
        var id = (await admin.GetAsync("/v1/members")).Expect(200).Data[0].GetProperty("id").GetString();
        (await admin.DeleteAsync("/v1/members/" + id)).ExpectProblem(409, "last-admin");
        (await admin.PatchAsync("/v1/members/" + id, new { role = "member" })).ExpectProblem(409, "last-admin");
        (await Server.DeleteAsync($"/v1/accounts/{account.Id}/members/{id}", NovaServer.OperatorKey)).Expect(204);
    }

    [Fact]
    public async Task An_admin_manages_the_keys_of_the_environment_he_is_in()
    {
        var account = await Server.AddAccountAsync("embed");
        var admin = await People.MemberAsync(Server, account, "admin");
        var made = (await admin.In(account.Id, "sandbox").PostAsync("/v1/keys", new { name = "CI" })).Expect(201);
        Assert.StartsWith("sk_test_", made.Text("key"));
        (await Server.GetAsync("/v1/webhooks", made.Text("key"))).Expect(200);
        (await admin.In(account.Id, "production").DeleteAsync("/v1/keys/" + made.Text("id"))).ExpectProblem(404, "not-found");
        (await admin.In(account.Id, "sandbox").DeleteAsync("/v1/keys/" + made.Text("id"))).Expect(204);
        (await Server.GetAsync("/v1/webhooks", made.Text("key"))).ExpectProblem(401, "unauthenticated");
        (await admin.PostAsync($"/v1/keys/{made.Text("id")}/restore")).Expect(200);
        (await Server.GetAsync("/v1/webhooks", made.Text("key"))).Expect(200);
        Assert.Contains(made.Text("id"), (await admin.GetAsync("/v1/keys")).Expect(200).Data.Select(key => key.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Keys_of_the_account_do_not_say_who_else_may_do_what()
    {
        var account = await Server.AddAccountAsync("embed");
        foreach (var path in (string[])["/v1/keys", "/v1/members", "/v1/audit-log"])
        {
            (await Server.GetAsync(path, account.Key)).ExpectProblem(401, "unauthenticated");
            if (path != "/v1/audit-log") (await Server.PostAsync(path, account.Key, new { })).ExpectProblem(401, "unauthenticated");
        }
        var link = await People.LinkAsync(Server, account, new { role = "admin", environment = "sandbox" });
        (await link.PostAsync("/v1/keys", new { })).ExpectProblem(403, "role");
        // Nor does a link show who belongs to the account, or which keys it has, whatever its role.
        foreach (var path in (string[])["/v1/keys", "/v1/members", "/v1/audit-log"]) (await link.GetAsync(path)).ExpectProblem(403, "role");
        var member = await People.MemberAsync(Server, account, "member");
        foreach (var path in (string[])["/v1/keys", "/v1/members"]) (await member.GetAsync(path)).Expect(200);
        (await member.GetAsync("/v1/audit-log")).ExpectProblem(403, "role");
    }

    [Fact]
    public async Task A_portal_link_is_good_once_for_its_account_environment_and_scopes()
    {
        var (account, other) = (await Server.AddAccountAsync("embed"), await Server.AddAccountAsync("embed"));
        var made = (await Server.PostAsync($"/v1/accounts/{account.Id}/portal-links", NovaServer.OperatorKey,
            new { role = "admin", environment = "sandbox", scopes = new[] { "manage" }, theme = new { primary = "#3366ff", scheme = "dark" } })).Expect(201);
        Assert.Equal($"{Server.Url}/portal/embed#token={made.Text("token")}", made.Text("url"));
        var opened = (await Server.PostAsync("/v1/portal-sessions", null, new { token = made.Text("token") })).Expect(201);
        Assert.Equal("link", opened.Text("kind"));
        Assert.Equal(account.Id, opened.Json.GetProperty("account").GetProperty("id").GetString());
        Assert.Equal(["view", "manage"], opened.Json.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()!));
        Assert.Equal("#3366ff", opened.Json.GetProperty("theme").GetProperty("primary").GetString());
        Assert.StartsWith("ps_", opened.Text("token"));
        Assert.DoesNotContain("Set-Cookie", opened.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        (await Server.PostAsync("/v1/portal-sessions", null, new { token = made.Text("token") })).ExpectProblem(410, "link-spent");

        var link = new PersonClient(Server) { Bearer = opened.Text("token") };
        var webhook = (await link.PostAsync("/v1/webhooks", new { url = "http://127.0.0.1:18080/", events = new[] { "*" } })).Expect(201).Text("id");
        (await link.PostAsync($"/v1/webhooks/{webhook}/secret")).ExpectProblem(403, "role");
        (await link.PostAsync($"/v1/webhooks/{webhook}/secret/rotate")).ExpectProblem(403, "role");
        (await link.In(account.Id, "production").GetAsync("/v1/webhooks")).ExpectProblem(404, "not-found");
        (await link.In(other.Id, "sandbox").GetAsync("/v1/webhooks")).ExpectProblem(404, "not-found");
        (await link.GetAsync("/v1/accounts")).ExpectProblem(403, "role");
        (await link.DeleteAsync("/v1/session")).Expect(204);
        (await link.GetAsync("/v1/session")).ExpectProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task What_is_wrong_with_a_portal_link_is_said()
    {
        var account = await Server.AddAccountAsync("embed");
        (await Server.PostAsync($"/v1/accounts/{account.Id}/portal-links", NovaServer.OperatorKey, new
        {
            role = "owner", environment = "staging", scopes = new[] { "everything" }, ttl_seconds = 1, theme = new { primary = "red;}", logo = "javascript:alert(1)", scheme = "pink" },
        })).ExpectProblem(400, "invalid-request").At("/role").At("/environment").At("/scopes").At("/ttl_seconds").At("/theme/primary").At("/theme/logo").At("/theme/scheme");
        (await Server.PostAsync($"/v1/accounts/{account.Id}/portal-links", NovaServer.OperatorKey, new { role = "member", scopes = new[] { "replay" } }))
            .ExpectProblem(400, "invalid-request").At("/scopes");
    }

    [Fact]
    public async Task A_forgotten_password_is_set_by_a_link_and_ends_what_was()
    {
        var account = await Server.AddAccountAsync("embed");
        var email = $"lost-{Guid.NewGuid():N}@example.com";
        var person = await People.MemberAsync(Server, account, "admin", email);
        var id = (await person.GetAsync("/v1/session")).Json.GetProperty("user").GetProperty("id").GetString();
        var link = (await Server.PostAsync($"/v1/users/{id}/password-link", NovaServer.OperatorKey)).Expect(201);
        var token = People.TokenOf(link.Text("url"));
        var again = new PersonClient(Server);
        (await again.PostAsync("/v1/passwords", new { token, password = "quite another password" })).Expect(201);
        (await person.GetAsync("/v1/session")).ExpectProblem(401, "unauthenticated");
        (await Server.PostAsync("/v1/passwords", null, new { token, password = "quite another password" })).ExpectProblem(410, "link-spent");
        (await new PersonClient(Server).SignInAsync(email, "quite another password")).Expect(200);
    }

    [Fact]
    public async Task An_operator_s_rights_end_at_once()
    {
        var person = await People.OperatorAsync(Server);
        (await person.GetAsync("/v1/accounts")).Expect(200);
        var id = (await person.GetAsync("/v1/session")).Json.GetProperty("user").GetProperty("id").GetString();
        (await Server.DeleteAsync("/v1/users/" + id, NovaServer.OperatorKey)).Expect(204);
        (await person.GetAsync("/v1/accounts")).ExpectProblem(401, "unauthenticated");
        var back = new PersonClient(Server);
        (await back.SignInAsync((await Server.GetAsync("/v1/users?limit=250", NovaServer.OperatorKey)).Data
            .Single(user => user.GetProperty("id").GetString() == id).GetProperty("email").GetString()!, People.Password)).Expect(200);
        (await back.GetAsync("/v1/accounts")).ExpectProblem(403, "role");
    }
}
