namespace Nova.BrowserTests;

public sealed class SigningInTests(BrowserFixture fixture)
{
    [Fact]
    public async Task The_first_operator_comes_in_by_the_set_up_link()
    {
        await using var server = await NovaServer.OnSqliteAsync();
        var token = await BrowserFixture.SetupTokenAsync(server);
        await using var visit = await fixture.VisitAsync(null);
        visit.Expected.Add("401");
        // Whoever comes without it is told so, and not asked for a password that nobody has.
        await visit.Page.GotoAsync($"{server.Url}/portal/");
        await Visit.SeesAsync(visit.Heading("Nobody can sign in yet"));
        await (await visit.IsAccessibleAsync()).PictureAsync("set-up-first");
        await visit.Page.GotoAsync($"{server.Url}/portal/setup#token={token}");
        await Visit.SeesAsync(visit.Heading("Set up Nova"));
        // The token leaves the address bar: it shall be in no history and on no screen share.
        Assert.DoesNotContain("token", visit.Page.Url);
        await (await visit.IsAccessibleAsync()).PictureAsync("set-up");
        await visit.Field("Your name").FillAsync("Ada Lovelace");
        await visit.Field("E-mail").FillAsync("ada@example.com");
        await visit.Page.Locator("input[name=password]").FillAsync("three words and a number 7");
        await visit.Button("Create the operator").ClickAsync();
        await Visit.SeesAsync(visit.Heading("Accounts"));
    }

    static async Task SignInAsync(Visit visit, string password)
    {
        await visit.Field("E-mail").FillAsync(BrowserFixture.Email);
        await visit.Page.Locator("input[name=password]").FillAsync(password);
        await visit.Page.Keyboard.PressAsync("Enter");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_signs_in_comes_to_where_he_wanted_to_go(bool dark)
    {
        var account = await fixture.Server.AddAccountAsync("embed");
        await using var visit = await fixture.VisitAsync(null, dark);
        visit.Expected.Add("401");
        await visit.OpenAsync(account, "deliveries?status=failed");
        await Visit.SeesAsync(visit.Heading("Sign in"));
        await (await visit.IsAccessibleAsync()).PictureAsync(dark ? "sign-in-dark" : "sign-in");
        await SignInAsync(visit, "wrong password 123");
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Alert));
        await visit.IsAccessibleAsync();
        await SignInAsync(visit, BrowserFixture.Password);
        await Visit.SeesAsync(visit.Heading("Delivery History"));
        Assert.EndsWith("?status=failed", visit.Page.Url);
    }

    [Fact]
    public async Task A_session_that_ends_while_a_page_is_open_leads_to_the_sign_in_and_back()
    {
        var account = await fixture.Server.AddAccountAsync("embed");
        var person = new PersonClient(fixture.Server);
        (await person.SignInAsync(BrowserFixture.Email, BrowserFixture.Password)).Expect(200);
        await using var visit = await fixture.VisitAsync(person);
        visit.Expected.Add("401");
        await visit.OpenAsync(account, "deliveries?status=failed");
        await Visit.SeesAsync(visit.Button("Live: pause"));
        (await person.DeleteAsync("/v1/session")).Expect(204);
        // Without any act of his: the list that runs finds out.
        await Visit.SeesAsync(visit.Heading("Sign in"));
        await visit.SeesAsync("Your session has ended");
        await SignInAsync(visit, BrowserFixture.Password);
        await Visit.SeesAsync(visit.Heading("Delivery History"));
        Assert.EndsWith("?status=failed", visit.Page.Url);
    }

    [Fact]
    public async Task Signing_out_leaves_nothing_behind()
    {
        var account = await fixture.Server.AddAccountAsync("embed");
        var person = new PersonClient(fixture.Server);
        (await person.SignInAsync(BrowserFixture.Email, BrowserFixture.Password)).Expect(200);
        await using var visit = await fixture.VisitAsync(person);
        visit.Expected.Add("401");
        await visit.OpenAsync(account, "webhooks");
        await visit.Button("Account menu").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Sign out", Exact = true }).ClickAsync();
        await Visit.SeesAsync(visit.Heading("Sign in"));
        await visit.OpenAsync(account, "webhooks");
        await Visit.SeesAsync(visit.Heading("Sign in"));
    }
}
