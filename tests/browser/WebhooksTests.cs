using Nova.TestSupport;

namespace Nova.BrowserTests;

public sealed class WebhooksTests(BrowserFixture fixture)
{
    NovaServer Server => fixture.Server;

    [Fact]
    public async Task An_endpoint_is_made_tested_and_deleted()
    {
        var account = await Server.AddAccountAsync("embed");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "webhooks");
        await visit.SeesAsync("Nothing is sent anywhere yet");
        await visit.SeesAsync("0 of 5");
        await (await visit.IsAccessibleAsync()).PictureAsync("webhooks-none-yet");

        await visit.Link("Add Endpoint").First.ClickAsync();
        await visit.Page.GetByPlaceholder("https://hooks.example.com/nova").FillAsync(fixture.Receiver.Url);
        await visit.Page.GetByRole(AriaRole.Checkbox, new() { Name = "score.completed" }).CheckAsync();
        await (await visit.IsAccessibleAsync()).PictureAsync("webhook-new");
        await visit.Button("Add Endpoint").ClickAsync();
        await Visit.SeesAsync(visit.Heading("Ready to receive"));
        var secret = await visit.Page.GetByTestId("secret").TextContentAsync();
        Assert.StartsWith("whsec_", secret);
        // A receiver for the very address, to be started as it stands there.
        await Assertions.Expect(visit.Page.GetByTestId("run")).ToContainTextAsync($"WEBHOOK_SECRET='{secret}' PORT={new Uri(fixture.Receiver.Url).Port} node receiver.mjs");
        await (await visit.IsAccessibleAsync()).PictureAsync("webhook-made");

        await visit.Button("Send Test Webhook").ClickAsync();
        await visit.SeesAsync("It arrived: 200");
        await visit.SeesAsync("X-Nova-Signature");
        await (await visit.IsAccessibleAsync()).PictureAsync("webhook-test");

        await visit.Link("Done").ClickAsync();
        await visit.SeesAsync("Last deliveries");
        await visit.Button("Show", exact: true).ClickAsync();
        Assert.StartsWith("whsec_", await visit.Page.GetByTestId("secret").TextContentAsync());
        await visit.PictureAsync("webhook");
        await visit.Button("More about this endpoint").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Delete" }).ClickAsync();
        await visit.SeesAsync("its secret is gone for good");
        await visit.IsAccessibleAsync();
        await visit.Button("Delete", exact: true).ClickAsync();
        await visit.SeesAsync("Nothing is sent anywhere yet");
    }

    [Fact]
    public async Task A_bad_address_is_refused_where_it_is_typed()
    {
        var account = await Server.AddAccountAsync("embed");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        visit.Expected.Add("422");
        visit.Expected.Add("400");
        await visit.OpenAsync(account, "webhooks/new");
        var url = visit.Page.GetByPlaceholder("https://hooks.example.com/nova");
        await url.FillAsync("hooks.example.com");
        await visit.SeesAsync("Begin with https://");
        // Refused by the guard: a network that is not among those that this server allows.
        await url.FillAsync("http://10.1.2.3/hook");
        await visit.Page.GetByRole(AriaRole.Checkbox, new() { Name = "All events, also those that are added later" }).CheckAsync();
        await visit.Button("Add Endpoint").ClickAsync();
        await Assertions.Expect(url).ToHaveAttributeAsync("aria-invalid", "true");
        await (await visit.IsAccessibleAsync()).PictureAsync("webhook-refused");
    }

    [Fact]
    public async Task A_full_plan_says_so()
    {
        var account = await Server.AddAccountAsync("kit", "free");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "webhooks");
        await visit.SeesAsync("on the plan Free");
        await (await visit.IsAccessibleAsync()).PictureAsync("webhooks-over-limit");
    }

    [Fact]
    public async Task An_endpoint_is_disabled_and_enabled_and_a_secret_made_anew()
    {
        var account = await Server.AddAccountAsync("standard");
        var id = (await Server.PostAsync("/v1/webhooks", account.Key, new { url = fixture.Receiver.Url, events = new[] { "*" } })).Expect(201).Text("id");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, $"webhooks/{id}");
        await visit.Button("Disable").ClickAsync();
        await visit.SeesAsync("Nothing more is sent to it");
        await visit.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        await Visit.SeesAsync(visit.Button("Enable"));
        Assert.False((await Server.GetAsync($"/v1/webhooks/{id}", account.Key)).Expect(200).Json.GetProperty("enabled").GetBoolean());
        await visit.Button("Enable").ClickAsync();
        await Visit.SeesAsync(visit.Button("Disable"));
        await visit.Button("Regenerate").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Regenerate" }).ClickAsync();
        Assert.StartsWith("whsec_", await visit.Page.GetByTestId("secret").TextContentAsync());
        await visit.SeesAsync("The one before signs as well until");
    }

    [Fact]
    public async Task Partner_has_a_row_for_each_event_type()
    {
        var account = await Server.AddAccountAsync("partner");
        foreach (var type in new[] { "build_completed", "build_failed", "out_of_credits" })
            (await Server.PostAsync("/v1/webhooks", account.Key, new { url = $"{fixture.Receiver.Url}/{type}", events = new[] { type }, api_key = "partner-key-0123456789" })).Expect(201);
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "webhooks");
        await visit.SeesAsync("White Labeling");
        var row = visit.Page.GetByRole(AriaRole.Row, new() { Name = "signed_up" });
        await row.GetByRole(AriaRole.Button, new() { Name = "Set Webhook URL" }).ClickAsync();
        await visit.Page.GetByPlaceholder("https://hooks.example.com/nova").FillAsync(fixture.Receiver.Url);
        await visit.Page.GetByRole(AriaRole.Dialog).Locator("input[type=password]").FillAsync("partner-key-0123456789");
        await visit.IsAccessibleAsync();
        await visit.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Visit.SeesAsync(row.GetByText("Enabled"));
        await (await visit.IsAccessibleAsync()).PictureAsync("product-partner");
    }

    [Theory]
    [InlineData("embed", "Embed Portal", "Add Endpoint", "Analytics", "Delivery History")]
    [InlineData("kit", "NovaKit Dashboard", "Create Webhook", "Overview", "Delivery Logs")]
    [InlineData("calls", "NOVA", "Register Webhook", "Overview", "Delivery History")]
    public async Task Each_product_s_portal_has_its_own_words(string product, string title, string create, string overview, string deliveries)
    {
        var account = await Server.AddAccountAsync(product, product == "kit" ? "pro" : null);
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "webhooks", "sandbox");
        await visit.SeesAsync(title);
        await Visit.SeesAsync(visit.Link(create));
        await Visit.SeesAsync(visit.Page.GetByText("Sandbox", new() { Exact = true }));
        foreach (var place in new[] { overview, deliveries })
        {
            await visit.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = place }).ClickAsync();
            await Visit.SeesAsync(visit.Heading(place));
        }
        await visit.OpenAsync(account, "webhooks/new");
        await Visit.SeesAsync(visit.Heading(create));
        await (await visit.IsAccessibleAsync()).PictureAsync($"product-{product}-new");
    }

    [Fact]
    public async Task The_one_who_gives_an_address_that_nobody_listens_at_is_told_what_to_do()
    {
        var account = await Server.AddAccountAsync("kit", "pro");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "webhooks/new", "sandbox");
        await visit.SeesAsync("This server takes http:// and addresses in");
        string url;
        await using (var gone = await TestReceiver.StartAsync()) url = gone.Url;
        await visit.Page.GetByPlaceholder("https://hooks.example.com/nova").FillAsync(url);
        await visit.Page.GetByRole(AriaRole.Checkbox, new() { Name = "All events, also those that are added later" }).CheckAsync();
        await visit.Button("Create Webhook").ClickAsync();
        await Visit.SeesAsync(visit.Heading("Ready to receive"));
        await visit.Button("Send Test Event").ClickAsync();
        await visit.SeesAsync("Start the receiver, or mend the port in the URL.");
        await (await visit.IsAccessibleAsync()).PictureAsync("webhook-nobody-listens");
    }

    [Fact]
    public async Task Embed_lists_deliveries_by_the_titles_of_their_events()
    {
        var account = await Server.AddAccountAsync("embed");
        (await Server.PostAsync("/v1/webhooks", account.Key, new { url = fixture.Receiver.Url, events = new[] { "*" } })).Expect(201);
        var types = Server.Get<IReadOnlyDictionary<string, Nova.Products.Product>>()["embed"].EventTypes;
        string[] jobs = ["score.completed", "score.failed", "score.completed", "score.completed", "score.completed", "score.failed", "score.completed", "batch.completed"];
        foreach (var (number, type) in jobs.Index())
            (await Server.PostAsync("/v1/events", NovaServer.OperatorKey, new
            {
                account = account.Id, environment = "production", type, tenant = $"tenant-{1 + number / 2}", data = System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(types[type].Example.Span),
            })).Expect(202);
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "webhooks");
        await visit.Page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Link, new() { Name = "Delivery History" }).ClickAsync();
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "Score Failed" }));
        await Visit.SeesNotAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "Processing" }));
        await (await visit.IsAccessibleAsync()).PictureAsync("product-embed");
        await visit.Page.GetByRole(AriaRole.Row, new() { Name = "Batch Completed" }).GetByRole(AriaRole.Link).ClickAsync();
        // The name is what programs see: it is in the detail.
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Dialog).GetByText("batch.completed"));
    }

    [Fact]
    public async Task Where_each_event_type_has_an_address_there_is_no_form_for_many()
    {
        var account = await Server.AddAccountAsync("partner");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "webhooks/new");
        await visit.Page.WaitForURLAsync("**/production/webhooks");
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "signed_up" }));
    }
}
