using Nova.TestSupport;

namespace Nova.BrowserTests;

/// <summary>What somebody may not or cannot do: no button for it, a refusal by the API all the same, and plain words.</summary>
public sealed class RefusalsTests(BrowserFixture fixture)
{
    NovaServer Server => fixture.Server;

    [Fact]
    public async Task A_member_sees_without_buttons_and_the_api_refuses()
    {
        var account = await Server.AddAccountAsync("embed");
        var webhook = (await Server.PostAsync("/v1/webhooks", account.Key, new { url = fixture.Receiver.Url, events = new[] { "*" } })).Expect(201).Text("id");
        var invitation = (await fixture.Operator.PostAsync($"/v1/accounts/{account.Id}/members", new { email = $"{account.Id}@example.com", role = "member" })).Expect(201).Text("invitation_url");
        var member = new PersonClient(Server).In(account.Id);
        (await member.PostAsync("/v1/invitations/accept", new { token = invitation[(invitation.IndexOf('=') + 1)..], name = "Mem Ber", password = "three other words and 8" })).Expect(201);

        await using var visit = await fixture.VisitAsync(member);
        await visit.OpenAsync(account, "webhooks");
        await visit.SeesAsync("1 of 5");
        await Visit.SeesNotAsync(visit.Link("Add Endpoint"));
        await (await visit.IsAccessibleAsync()).PictureAsync("webhooks-member");
        // By its address, too: no form that would be refused in the end.
        await visit.OpenAsync(account, "webhooks/new");
        await visit.SeesAsync("Admins do this");
        await Visit.SeesNotAsync(visit.Button("Add Endpoint"));
        await visit.OpenAsync(account, $"webhooks/{webhook}");
        await visit.SeesAsync("Last deliveries");
        foreach (var name in new[] { "Disable", "Regenerate", "Send Test Webhook", "More about this endpoint" }) await Visit.SeesNotAsync(visit.Button(name));
        await visit.OpenAsync(account, "deliveries");
        await visit.SeesAsync("Nothing was sent");
        await Visit.SeesNotAsync(visit.Button("Retry all failed"));

        (await member.PatchAsync($"/v1/webhooks/{webhook}", new { enabled = false })).ExpectProblem(403, "role");
        (await member.DeleteAsync($"/v1/webhooks/{webhook}")).ExpectProblem(403, "role");
        (await member.PostAsync("/v1/webhooks", new { url = fixture.Receiver.Url, events = new[] { "*" } })).ExpectProblem(403, "role");
        (await member.PostAsync("/v1/replays", new { filter = new { } })).ExpectProblem(403, "role");
    }

    [Fact]
    public async Task The_address_of_something_that_is_gone_says_so_and_leads_on()
    {
        var account = await Server.AddAccountAsync("kit", "pro");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        visit.Expected.Add("404");
        await visit.OpenAsync(account, "webhooks/ep_00000000000000000000000000");
        await visit.SeesAsync("There is no such webhook here. It may have been deleted");
        await Visit.SeesNotAsync(visit.Button("Try again"));
        await (await visit.IsAccessibleAsync()).PictureAsync("webhook-gone");
        await visit.Link("All webhooks").ClickAsync();
        await visit.SeesAsync("Nothing is sent anywhere yet");
        await visit.OpenAsync(account, "deliveries/dlv_00000000000000000000000000");
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Dialog).GetByText("There is no such delivery here. It may have been deleted"));
        await visit.OpenAsync(account, "nowhere");
        await Visit.SeesAsync(visit.Link("Go to the start"));
        await Assertions.Expect(visit.Page).ToHaveTitleAsync("Not found · Nova");
    }

    [Fact]
    public async Task A_full_list_of_endpoints_says_so()
    {
        var account = await Server.AddAccountAsync("embed");
        for (var number = 0; number < 5; number++) (await Server.PostAsync("/v1/webhooks", account.Key, new { url = $"{fixture.Receiver.Url}{number}", events = new[] { "*" } })).Expect(201);
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        visit.Expected.Add("409");
        visit.Expected.Add("403");
        visit.Expected.Add("422");
        await visit.OpenAsync(account, "webhooks");
        await visit.SeesAsync("5 of 5");
        await Assertions.Expect(visit.Link("Add Endpoint")).ToHaveAttributeAsync("aria-disabled", "true");
        // Whoever comes by the address is refused by the API.
        await visit.OpenAsync(account, "webhooks/new");
        await visit.Page.GetByPlaceholder("https://hooks.example.com/nova").FillAsync(fixture.Receiver.Url);
        await visit.Page.GetByRole(AriaRole.Checkbox, new() { Name = "All events, also those that are added later" }).CheckAsync();
        await visit.Button("Add Endpoint").ClickAsync();
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Alert));
        await (await visit.IsAccessibleAsync()).PictureAsync("webhooks-full");
    }

    [Fact]
    public async Task While_the_server_is_away_the_page_says_so_and_goes_on_when_it_is_back()
    {
        var folder = Directory.CreateTempSubdirectory("nova-browser-").FullName;
        Dictionary<string, string?> settings = new() { ["urls"] = $"http://127.0.0.1:{LoopbackPort.Free()}", ["Nova:Store"] = $"Data Source={Path.Combine(folder, "nova.db")}" };
        try
        {
            var server = await NovaServer.OnSqliteAsync(settings);
            var person = new PersonClient(server);
            (await person.PostAsync("/v1/setup", new { token = await BrowserFixture.SetupTokenAsync(server), email = BrowserFixture.Email, name = "Ada Lovelace", password = BrowserFixture.Password })).Expect(201);
            var account = await server.AddAccountAsync("standard");
            (await server.PostAsync("/v1/webhooks", account.Key, new { url = fixture.Receiver.Url, events = new[] { "*" } })).Expect(201);
            await using var visit = await fixture.VisitAsync(person, server: server);
            visit.Expected.Add("Failed to load resource");
            await visit.OpenAsync(account, "deliveries");
            await Visit.SeesAsync(visit.Button("Live: pause"));

            await server.DisposeAsync();
            await visit.SeesAsync("The server does not answer.");
            await Visit.SeesAsync(visit.Heading("Delivery History"));
            await (await visit.IsAccessibleAsync()).PictureAsync("server-gone");

            await using var again = await NovaServer.OnSqliteAsync(settings);
            await Visit.SeesNotAsync(visit.Page.GetByText("The server does not answer."));
            await Visit.SeesAsync(visit.Button("Live: pause"));
            (await again.PublishAsync(account.Id, "invoice.paid", new { id = "inv_1", customerId = "cus_1", amount = 4900, currency = "EUR", paidAt = "2026-05-10T08:30:00Z" })).Expect(202);
            await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "invoice.paid" }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
