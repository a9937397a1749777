namespace Nova.BrowserTests;

/// <summary>API keys, each tried against the API itself.</summary>
public sealed class KeysTests(BrowserFixture fixture)
{
    NovaServer Server => fixture.Server;

    static ILocator RowOf(Visit visit, string name) => visit.Page.GetByRole(AriaRole.Row, new() { Name = name });

    [Fact]
    public async Task A_key_is_made_shown_once_and_copied_and_is_masked_after()
    {
        var account = await Server.AddAccountAsync("embed");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "keys");
        await Visit.SeesAsync(visit.Heading("API Keys"));
        await visit.Button("Create API Key").ClickAsync();
        var dialog = visit.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Name (optional)").FillAsync("Production Server");
        await (await visit.IsAccessibleAsync()).PictureAsync("key-new");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create API Key" }).ClickAsync();

        await visit.SeesAsync("It is shown this once, and cannot be shown again. Store it securely.");
        var key = (await visit.Page.GetByTestId("secret").TextContentAsync())!;
        Assert.StartsWith("sk_live_", key);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Copy", Exact = true }).ClickAsync();
        await visit.SeesAsync("Copied");
        Assert.Equal(key, await visit.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
        await (await visit.IsAccessibleAsync()).PictureAsync("key-shown-once");
        // What is shown once is not lost by a key that is hit in passing.
        await visit.Page.Keyboard.PressAsync("Escape");
        await Visit.SeesAsync(visit.Page.GetByTestId("secret"));
        await visit.Button("I have stored it").ClickAsync();
        await Visit.SeesNotAsync(visit.Page.GetByTestId("secret"));

        var row = RowOf(visit, "Production Server");
        await Visit.SeesAsync(row.GetByRole(AriaRole.Cell, new() { Name = $"sk_live_****{key[^4..]}" }));
        await Visit.SeesAsync(row.GetByText("never"));
        Assert.DoesNotContain(key, await visit.Page.ContentAsync());

        (await Server.GetAsync("/v1/webhooks", key)).Expect(200);
        // A key of production is none of the sandbox, and this one says which it is of.
        Assert.Equal("production", (await Server.GetAsync("/v1/product", key)).Expect(200).Text("environment"));
        await visit.Page.ReloadAsync();
        // Created, and used last: two times, none of them "never".
        await Assertions.Expect(RowOf(visit, "Production Server").Locator("time")).ToHaveCountAsync(2);
        await (await visit.IsAccessibleAsync()).PictureAsync("keys");
    }

    [Fact]
    public async Task A_key_needs_no_name()
    {
        var account = await Server.AddAccountAsync("standard");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "keys", "sandbox");
        await visit.Button("Create API Key").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Create API Key" }).ClickAsync();
        Assert.StartsWith("sk_test_", await visit.Page.GetByTestId("secret").TextContentAsync());
        await visit.Button("I have stored it").ClickAsync();
        await Visit.SeesAsync(RowOf(visit, "unnamed"));
    }

    [Fact]
    public async Task A_revoked_key_is_refused_and_good_again_when_it_is_restored()
    {
        var account = await Server.AddAccountAsync("embed");
        var made = (await Server.PostAsync($"/v1/accounts/{account.Id}/environments/production/keys", NovaServer.OperatorKey, new { name = "Old Server" })).Expect(201);
        var key = made.Text("key");
        (await Server.GetAsync("/v1/webhooks", key)).Expect(200);
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "keys");
        await visit.Button("More about Old Server").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Revoke" }).ClickAsync();
        await visit.SeesAsync("is answered with 401 Unauthorized");
        await visit.IsAccessibleAsync();
        // Asked first: nothing has happened yet.
        (await Server.GetAsync("/v1/webhooks", key)).Expect(200);
        await visit.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        var revoked = visit.Page.GetByRole(AriaRole.Region, new() { Name = "Revoked Keys" });
        await Visit.SeesAsync(revoked.GetByRole(AriaRole.Row, new() { Name = "Old Server" }));
        (await Server.GetAsync("/v1/webhooks", key)).ExpectProblem(401, "unauthenticated");
        await (await visit.IsAccessibleAsync()).PictureAsync("keys-revoked");

        await revoked.GetByRole(AriaRole.Button, new() { Name = "Restore Old Server" }).ClickAsync();
        await Visit.SeesNotAsync(revoked);
        await Visit.SeesAsync(visit.Button("More about Old Server"));
        (await Server.GetAsync("/v1/webhooks", key)).Expect(200);
    }

    [Fact]
    public async Task A_member_sees_keys_masked_without_buttons_and_the_api_refuses()
    {
        var account = await Server.AddAccountAsync("embed");
        var revoked = (await Server.PostAsync($"/v1/accounts/{account.Id}/environments/production/keys", NovaServer.OperatorKey, new { name = "Gone" })).Expect(201).Text("id");
        (await Server.DeleteAsync($"/v1/accounts/{account.Id}/environments/production/keys/{revoked}", NovaServer.OperatorKey)).Expect(204);
        var member = (await People.MemberAsync(Server, account, "member")).In(account.Id);
        await using var visit = await fixture.VisitAsync(member);
        await visit.OpenAsync(account, "keys");
        await Visit.SeesAsync(RowOf(visit, "Gone"));
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Cell, new() { Name = $"sk_live_****{account.Key[^4..]}" }));
        foreach (var name in new[] { "Create API Key", "More about", "Restore" }) await Visit.SeesNotAsync(visit.Button(name));
        await (await visit.IsAccessibleAsync()).PictureAsync("keys-member");

        var good = (await member.GetAsync("/v1/keys")).Expect(200).Data.Single(key => key.GetProperty("name").GetString() == "Test").GetProperty("id").GetString();
        (await member.PostAsync("/v1/keys", new { name = "Mine" })).ExpectProblem(403, "role");
        (await member.DeleteAsync($"/v1/keys/{good}")).ExpectProblem(403, "role");
        (await member.PostAsync($"/v1/keys/{revoked}/restore")).ExpectProblem(403, "role");
        (await Server.GetAsync("/v1/webhooks", account.Key)).Expect(200);
    }
}
