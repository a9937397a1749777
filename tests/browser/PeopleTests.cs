namespace Nova.BrowserTests;

public sealed class PeopleTests(BrowserFixture fixture)
{
    const string Password = "another three words 8";

    NovaServer Server => fixture.Server;

    /// <summary>Somebody who belongs to the account, as the invitation page makes him.</summary>
    async Task<PersonClient> JoinAsync(TestAccount account, string email, string role)
    {
        var url = (await Server.PostAsync($"/v1/accounts/{account.Id}/members", NovaServer.OperatorKey, new { email, role })).Expect(201).Text("invitation_url");
        var person = new PersonClient(Server);
        (await person.PostAsync("/v1/invitations/accept", new { token = url.Split("#token=")[1], name = email.Split('@')[0], password = Password })).Expect(201);
        return person;
    }

    static string Anybody(string name) => $"{name}-{Guid.NewGuid():N}@example.com";

    [Fact]
    public async Task An_admin_invites_somebody_who_joins_by_the_link()
    {
        var account = await Server.AddAccountAsync("embed");
        var admin = await JoinAsync(account, Anybody("grace"), "admin");
        var email = Anybody("alan");
        string link;
        await using (var visit = await fixture.VisitAsync(admin))
        {
            await visit.OpenAsync(account, "members");
            await visit.SeesAsync("· you");
            await visit.Button("Invite").ClickAsync();
            await visit.Field("E-mail").FillAsync(email);
            await (await visit.IsAccessibleAsync()).PictureAsync("member-invite");
            await visit.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Invite" }).ClickAsync();
            await visit.SeesAsync("is invited");
            link = (await visit.Page.GetByTestId("link").TextContentAsync())!;
            await visit.IsAccessibleAsync();
            await visit.Button("Done").ClickAsync();
            await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = email }).GetByText("Invited", new() { Exact = true }));
            await visit.PictureAsync("members");
        }
        await using (var visit = await fixture.VisitAsync(null))
        {
            await visit.Page.GotoAsync(link);
            await Visit.SeesAsync(visit.Heading("Join Acme Inc"));
            Assert.DoesNotContain("token", visit.Page.Url);
            await (await visit.IsAccessibleAsync()).PictureAsync("invitation");
            await visit.Field("Your name").FillAsync("Alan Turing");
            await visit.Page.Locator("input[name=password]").FillAsync(Password);
            await visit.Button("Join").ClickAsync();
            await Visit.SeesAsync(visit.Heading("Analytics"));

            // A member sees, and has no button; what is done to the API all the same is refused.
            await visit.OpenAsync(account, "members");
            await visit.SeesAsync("Alan Turing");
            await Visit.SeesNotAsync(visit.Button("Invite"));
            await Visit.SeesNotAsync(visit.Button("More about"));
            await Visit.SeesNotAsync(visit.Link("Audit log"));
        }
        await using (var visit = await fixture.VisitAsync(admin))
        {
            await visit.OpenAsync(account, "members");
            await visit.Button("More about Alan Turing").ClickAsync();
            await visit.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Make an admin" }).ClickAsync();
            await visit.SeesAsync("Alan Turing is an admin now.");
            await visit.Button("More about Alan Turing").ClickAsync();
            await visit.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Remove" }).ClickAsync();
            await visit.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
            await Visit.SeesNotAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "Alan Turing" }));
        }
    }

    [Fact]
    public async Task Somebody_who_has_a_password_joins_with_it()
    {
        var (first, second) = (await Server.AddAccountAsync("embed"), await Server.AddAccountAsync("kit"));
        var email = Anybody("edsger");
        await JoinAsync(first, email, "admin");
        var url = (await Server.PostAsync($"/v1/accounts/{second.Id}/members", NovaServer.OperatorKey, new { email, role = "member" })).Expect(201).Text("invitation_url");
        await using var visit = await fixture.VisitAsync(null);
        visit.Expected.AddRange(["401", "410"]);
        await visit.Page.GotoAsync(url);
        await visit.SeesAsync("You have one here already.");
        await visit.Page.Locator("input[name=password]").FillAsync(Password);
        await visit.Button("Join").ClickAsync();
        await Visit.SeesAsync(visit.Button("Account menu"));
        await visit.Page.GotoAsync(url);
        // The page is the same document to the browser: what is behind the # alone differs from a link that was used.
        await visit.Page.ReloadAsync();
        await Visit.SeesAsync(visit.Heading("This invitation is not good"));
    }

    [Fact]
    public async Task The_audit_log_says_who_changed_what_and_keeps_its_filters_in_the_address()
    {
        var account = await Server.AddAccountAsync("embed");
        var admin = await JoinAsync(account, Anybody("barbara"), "admin");
        admin.In(account.Id);
        var webhook = (await admin.PostAsync("/v1/webhooks", new { url = fixture.Receiver.Url, events = new[] { "*" } })).Expect(201).Text("id");
        (await admin.PatchAsync($"/v1/webhooks/{webhook}", new { url = fixture.Receiver.Url + "/two" })).Expect(200);
        await using var visit = await fixture.VisitAsync(admin);
        await visit.OpenAsync(account, "audit");
        await Visit.SeesAsync(visit.Button("Webhook updated"));
        await visit.PictureAsync("audit-log");
        await visit.OpenAsync(account, "audit?action=webhook.updated");
        await Visit.SeesNotAsync(visit.Button("Webhook created"));
        await visit.Button("Webhook updated").ClickAsync();
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Cell, new() { Name = fixture.Receiver.Url + "/two" }));
        await (await visit.IsAccessibleAsync()).PictureAsync("audit-log-entry");
        await visit.Button("Clear filters").ClickAsync();
        await Visit.SeesAsync(visit.Button("Webhook created"));
        Assert.DoesNotContain("?", visit.Page.Url);
        await visit.OpenAsync(account, "audit?action=member.removed");
        await visit.SeesAsync("No entries match");
        // A day is the viewer's, and this one had 23 hours in Berlin.
        var asked = await visit.Page.RunAndWaitForRequestAsync(() => visit.OpenAsync(account, "audit?from=2026-03-29&to=2026-03-29"), request => request.Url.Contains("/v1/audit-log?"));
        Assert.Contains("from=2026-03-28T23:00:00.000Z", Uri.UnescapeDataString(asked.Url));
        Assert.Contains("to=2026-03-29T22:00:00.000Z", Uri.UnescapeDataString(asked.Url));
    }

    [Fact]
    public async Task Somebody_changes_his_name_and_his_password_and_signs_out_everywhere()
    {
        var account = await Server.AddAccountAsync("embed");
        var email = Anybody("donald");
        var person = await JoinAsync(account, email, "member");
        var elsewhere = new PersonClient(Server);
        (await elsewhere.SignInAsync(email, Password)).Expect(200);
        await using var visit = await fixture.VisitAsync(person);
        visit.Expected.AddRange(["400", "401", "422"]);
        await visit.OpenAsync("profile");
        await visit.Field("Your name").FillAsync("Donald Knuth");
        await visit.Button("Save").ClickAsync();
        await visit.SeesAsync("Saved.");

        await visit.Page.Locator("input[name=current]").FillAsync("not this one at all");
        await visit.Page.Locator("input[name=password]").FillAsync("a new one with words 9");
        await visit.Button("Change the password").ClickAsync();
        await visit.SeesAsync("This is not the current password.");
        await (await visit.IsAccessibleAsync()).PictureAsync("profile");
        await visit.Page.Locator("input[name=current]").FillAsync(Password);
        await visit.Button("Change the password").ClickAsync();
        await visit.SeesAsync("The password is changed.");
        (await elsewhere.GetAsync("/v1/session")).ExpectProblem(401, "unauthenticated");

        // With the CSRF value of the session that came with the new password.
        await visit.Button("Sign out everywhere").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Sign out everywhere" }).ClickAsync();
        await Visit.SeesAsync(visit.Heading("Sign in"));
    }
}
