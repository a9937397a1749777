namespace Nova.BrowserTests;

public sealed class OperatorTests(BrowserFixture fixture)
{
    NovaServer Server => fixture.Server;

    [Fact]
    public async Task An_account_is_made_found_changed_and_entered()
    {
        var name = $"Initech {Guid.NewGuid():N}";
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync("operator/accounts");
        await visit.Button("Create account").ClickAsync();
        var dialog = visit.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Name").FillAsync(name);
        await dialog.GetByRole(AriaRole.Combobox, new() { Name = "Product" }).Or(dialog.GetByLabel("Product")).First.ClickAsync();
        await visit.Page.GetByRole(AriaRole.Option, new() { Name = "Embed" }).First.ClickAsync();
        await visit.IsAccessibleAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create account" }).ClickAsync();
        await Visit.SeesAsync(visit.Heading(name));

        await visit.Button("Edit").ClickAsync();
        await dialog.GetByLabel("Endpoints").FillAsync("7");
        await (await visit.IsAccessibleAsync()).PictureAsync("operator-account-edit");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await visit.SeesAsync("7 endpoints");

        await visit.OpenAsync($"operator/accounts?q={Uri.EscapeDataString(name[..20])}");
        await visit.Link($"Production of {name}").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = "Webhooks" }).ClickAsync();
        await visit.SeesAsync("0 of 7");
    }

    [Fact]
    public async Task A_portal_link_that_is_made_by_hand_opens_that_account()
    {
        var account = await Server.AddAccountAsync("embed");
        string link;
        await using (var visit = await fixture.VisitAsync(fixture.Operator))
        {
            await visit.OpenAsync($"operator/accounts/{account.Id}");
            await visit.Button("Portal link").ClickAsync();
            await visit.Page.GetByLabel("Colour (optional)").FillAsync("#b91c1c");
            await (await visit.IsAccessibleAsync()).PictureAsync("operator-portal-link");
            await visit.Button("Make the link").ClickAsync();
            await visit.SeesAsync("A portal link of Acme Inc");
            link = (await visit.Page.GetByTestId("link").TextContentAsync())!;
            await visit.IsAccessibleAsync();
        }
        await using (var visit = await fixture.VisitAsync(null))
        {
            await visit.Page.GotoAsync(link);
            await Visit.SeesAsync(visit.Heading("Analytics"));
            await visit.PictureAsync("portal-link");
        }
        await using (var visit = await fixture.VisitAsync(null))
        {
            visit.Expected.Add("410");
            await visit.Page.GotoAsync(link);
            await visit.SeesAsync("This view has ended");
        }
    }

    [Fact]
    public async Task The_palette_goes_to_accounts_and_to_whatever_has_an_id()
    {
        var name = $"Umbrella {Guid.NewGuid():N}";
        var made = (await Server.PostAsync("/v1/accounts", NovaServer.OperatorKey, new { product = "standard", external_id = name, name })).Expect(201).Text("id");
        var @event = (await Server.PostAsync("/v1/events", NovaServer.OperatorKey, new
        {
            account = made, environment = "sandbox", type = "invoice.paid", data = new { id = "inv_1", customerId = "cus_1", amount = 4900, currency = "EUR", paidAt = "2026-05-10T08:30:00Z" },
        })).Expect(202).Text("id");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        visit.Expected.Add("404");
        await visit.OpenAsync("operator/users");
        await Visit.SeesAsync(visit.Heading("People"));
        await visit.Page.Keyboard.PressAsync("Control+k");
        var search = visit.Page.GetByRole(AriaRole.Textbox, new() { Name = "Search or jump to" }).Or(visit.Page.GetByPlaceholder("Search or jump to…")).First;
        foreach (var place in new[] { "Accounts", "Queue", "Nodes", "Failing endpoints", "Create account", "Plan Pro" }) await Visit.SeesAsync(Action(place));
        await (await visit.IsAccessibleAsync()).PictureAsync("operator-palette");

        await search.FillAsync(name);
        await Visit.SeesAsync(Action($"Production of {name}"));
        await (await visit.IsAccessibleAsync()).PictureAsync("operator-palette-account");
        await visit.Page.Keyboard.PressAsync("Enter");
        await Visit.SeesAsync(visit.Heading(name));

        await visit.Page.Keyboard.PressAsync("Control+k");
        await search.FillAsync(@event);
        await Visit.SeesAsync(Action($"Event of {name}"));
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.WaitForURLAsync($"**/{made}/sandbox/events/{@event}");
        await visit.SeesAsync("no endpoint wanted it when it was published");

        await visit.OpenAsync("operator/audit");
        await Visit.SeesAsync(visit.Heading("Audit log"));
        await visit.Page.Keyboard.PressAsync("Control+k");
        await search.FillAsync("dlv_00000000000000000000000000");
        await visit.SeesAsync("Nothing has this id");
        await search.FillAsync("create acc");
        await Action("Create account").ClickAsync();
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Dialog, new() { Name = "Create account" }));
        await visit.Page.Keyboard.PressAsync("Escape");
        await visit.Page.Keyboard.PressAsync("g");
        await visit.Page.Keyboard.PressAsync("s");
        await Visit.SeesAsync(visit.Heading("System"));

        ILocator Action(string text) => visit.Page.GetByRole(AriaRole.Button, new() { Name = text }).Or(visit.Page.GetByRole(AriaRole.Option, new() { Name = text })).First;
    }

    [Fact]
    public async Task The_node_is_drained_and_resumed()
    {
        await using var server = await NovaServer.OnSqliteAsync();
        var person = new PersonClient(server);
        (await person.PostAsync("/v1/setup", new { token = await BrowserFixture.SetupTokenAsync(server), email = BrowserFixture.Email, name = "Ada", password = BrowserFixture.Password })).Expect(201);
        await using var visit = await fixture.VisitAsync(person, server: server);
        await visit.OpenAsync("operator/system");
        await visit.SeesAsync("None fails");
        await visit.Button("Drain").ClickAsync();
        await visit.SeesAsync("No other node works");
        await visit.IsAccessibleAsync();
        await visit.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Drain" }).ClickAsync();
        await visit.SeesAsync("Drained");
        await visit.Button("Resume").ClickAsync();
        await Visit.SeesAsync(visit.Page.GetByText("Working", new() { Exact = true }));
    }

    [Fact]
    public async Task Nobody_else_sees_that_there_are_operators_screens()
    {
        var account = await Server.AddAccountAsync("embed");
        var url = (await Server.PostAsync($"/v1/accounts/{account.Id}/members", NovaServer.OperatorKey, new { email = $"eve-{Guid.NewGuid():N}@example.com", role = "admin" })).Expect(201).Text("invitation_url");
        var admin = new PersonClient(Server);
        (await admin.PostAsync("/v1/invitations/accept", new { token = url.Split("#token=")[1], name = "Eve", password = "eve has three words 1" })).Expect(201);
        await using var visit = await fixture.VisitAsync(admin);
        foreach (var screen in new[] { "accounts", "system", "products", "users", "audit", $"accounts/{account.Id}" })
        {
            await visit.OpenAsync($"operator/{screen}");
            await visit.SeesAsync("There is nothing here");
        }
    }

    [Theory]
    [InlineData("accounts", "Accounts")]
    [InlineData("accounts/{account}", "Acme Inc")]
    [InlineData("system", "System")]
    [InlineData("products", "Products and plans")]
    [InlineData("users", "People")]
    [InlineData("audit", "Audit log")]
    public async Task A_screen_of_operators_is_good_in_every_colour_and_width(string screen, string heading)
    {
        var account = await Server.AddAccountAsync("embed");
        foreach (var (dark, width) in new[] { (false, 1360), (true, 1360), (false, 390), (true, 390) })
        {
            await using var visit = await fixture.VisitAsync(fixture.Operator, dark, width, width < 500 ? 844 : 900);
            await visit.OpenAsync($"operator/{screen.Replace("{account}", account.Id, StringComparison.Ordinal)}");
            await Visit.SeesAsync(visit.Heading(heading));
            await visit.Page.WaitForFunctionAsync("() => !document.querySelector('[role=status][aria-label=Loading]')");
            await (await visit.IsAccessibleAsync()).PictureAsync($"operator-{screen.Split('/')[0]}{(screen.Contains('/') ? "-one" : "")}{(width < 500 ? "-phone" : "")}{(dark ? "-dark" : "")}");
            await visit.NothingIsCutOffAsync();
        }
    }
}
