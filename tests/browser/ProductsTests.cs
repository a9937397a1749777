using Nova.TestSupport;

namespace Nova.BrowserTests;

/// <summary>What a customer of each product sees first, in that product's words and places.</summary>
public sealed class ProductsTests(BrowserFixture fixture)
{
    NovaServer Server => fixture.Server;

    [Fact]
    public async Task Kit_lists_webhooks_by_name_under_settings_and_integrations()
    {
        var account = await Server.AddAccountAsync("kit", "pro");
        await using var refuser = await TestReceiver.StartAsync();
        refuser.Status = 503;
        foreach (var (name, url, events) in new[]
        {
            ("Production Webhook", fixture.Receiver.Url, new[] { "*" }),
            ("Studio renders", fixture.Receiver.Url + "/renders", ["generation.started", "generation.completed", "generation.failed"]),
            ("Billing alerts", refuser.Url, ["credits.low", "credits.depleted", "subscription.cancelled", "subscription.updated"]),
        })
            (await Server.PostAsync("/api/v1/webhooks", account.Key, new { name, url, events, enabled = true })).Expect(201);
        foreach (var type in new[] { "generation.started", "generation.completed", "credits.low", "agent.run.started" }) await Server.PublishExampleAsync(account, "kit", type);
        await Server.DeliveriesAsync(account.Key, rows => rows.Length == 7 && rows.Count(row => row.GetProperty("status").GetString() == "delivered") == 6);
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "webhooks");
        foreach (var place in new[] { "NovaKit Dashboard", "Settings", "Integrations" }) await visit.SeesAsync(place);
        await visit.SeesAsync("3 of 5");
        // Its first delivery has attempts left: that it fails is said all the same.
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "Billing alerts" }).GetByText("failing for"));
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Img, new() { NameRegex = new("[1-9][0-9]* delivered") }));
        await (await visit.IsAccessibleAsync()).PictureAsync("product-kit");
        await Assertions.Expect(visit.Page).ToHaveTitleAsync("Webhooks · NovaKit Dashboard");
        await visit.OpenAsync(account, "deliveries", "sandbox");
        await Assertions.Expect(visit.Page).ToHaveTitleAsync("Delivery Logs · Sandbox · NovaKit Dashboard");
    }

    [Fact]
    public async Task Calls_shows_a_secret_once_when_a_webhook_is_registered()
    {
        var account = await Server.AddAccountAsync("calls");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "webhooks/new");
        await visit.Page.GetByPlaceholder("https://hooks.example.com/nova").FillAsync(fixture.Receiver.Url);
        foreach (var type in new[] { "call.started", "call.ended" }) await visit.Page.GetByRole(AriaRole.Checkbox, new() { Name = type }).CheckAsync();
        await visit.Button("Register Webhook").ClickAsync();
        await visit.SeesAsync("It is shown this once, and cannot be shown again.");
        await Visit.SeesAsync(visit.Page.GetByTestId("run"));
        await (await visit.IsAccessibleAsync()).PictureAsync("product-calls");
        await visit.Link("Done").ClickAsync();
        await visit.SeesAsync("Last deliveries");
        await Visit.SeesNotAsync(visit.Button("Show", exact: true));
        // Its customers call the API with tokens of the company's.
        await visit.OpenAsync(account, "keys");
        await visit.SeesAsync("No keys are needed");
        await Visit.SeesNotAsync(visit.Button("Create API Key"));
    }

    [Fact]
    public async Task Standard_shows_the_headers_of_the_specification_with_a_delivery()
    {
        var account = await Server.AddAccountAsync("standard");
        (await Server.PostAsync("/v1/webhooks", account.Key, new { name = "Billing", url = fixture.Receiver.Url, events = new[] { "*" } })).Expect(201);
        await Server.PublishExampleAsync(account, "standard", "invoice.paid");
        await Server.DeliveriesAsync(account.Key, rows => rows.Length == 1 && rows[0].GetProperty("status").GetString() == "delivered");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "deliveries");
        await visit.Page.GetByRole(AriaRole.Row, new() { Name = "invoice.paid" }).GetByRole(AriaRole.Link).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Tab, new() { Name = "As sent" }).ClickAsync();
        await visit.SeesAsync("webhook-signature");
        await (await visit.IsAccessibleAsync()).PictureAsync("product-standard");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Partner_s_rows_are_cards_on_a_phone_with_all_that_can_be_done(bool dark)
    {
        var account = await Server.AddAccountAsync("partner");
        (await Server.PostAsync("/v1/webhooks", account.Key, new
        {
            url = $"{fixture.Receiver.Url}/{new string('a', 160)}", events = new[] { "build_completed" }, api_key = "partner-key-0123456789",
        })).Expect(201);
        await using var visit = await fixture.VisitAsync(fixture.Operator, dark, 390, 844);
        await visit.OpenAsync(account, "webhooks");
        var unset = visit.Page.GetByRole(AriaRole.Listitem, new() { Name = "signed_up" });
        await unset.GetByRole(AriaRole.Button, new() { Name = "Set Webhook URL" }).ClickAsync();
        await visit.Page.GetByPlaceholder("https://hooks.example.com/nova").FillAsync(fixture.Receiver.Url);
        await visit.Page.GetByRole(AriaRole.Dialog).Locator("input[type=password]").FillAsync("partner-key-0123456789");
        await visit.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Visit.SeesAsync(unset.GetByText("Enabled"));
        await visit.NothingIsCutOffAsync();
        await (await visit.IsAccessibleAsync()).PictureAsync($"product-partner-phone{(dark ? "-dark" : "")}");
        await visit.Button("More about build_completed").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Disable" }).ClickAsync();
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Listitem, new() { Name = "build_completed" }).GetByText("Disabled"));
    }
}
