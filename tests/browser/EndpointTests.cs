using Nova.Accounts;
using Nova.Model;
using Nova.TestSupport;
using Nova.Watching;

namespace Nova.BrowserTests;

/// <summary>One endpoint's screen: what is changed there holds for what is sent, and what it says is what happened.</summary>
public sealed class EndpointTests(BrowserFixture fixture)
{
    NovaServer Server => fixture.Server;

    async Task<string> AddAsync(TestAccount account, string url, string environment = "production") =>
        (await Server.PostAsync("/v1/webhooks", environment == "sandbox" ? account.SandboxKey : account.Key, new { url, events = new[] { "*" } })).Expect(201).Text("id");

    static ILocator Url(Visit visit) => visit.Page.GetByPlaceholder("https://hooks.example.com/nova");

    [Fact]
    public async Task An_edited_url_is_where_the_next_event_goes_and_a_bad_one_is_refused()
    {
        await using var before = await TestReceiver.StartAsync();
        await using var after = await TestReceiver.StartAsync();
        var account = await Server.AddAccountAsync("embed");
        var id = await AddAsync(account, before.Url);
        await Server.PublishExampleAsync(account, "embed", "batch.completed");
        await before.NextAsync();
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        visit.Expected.Add("422");
        await visit.OpenAsync(account, $"webhooks/{id}");
        await visit.Button("Edit", exact: true).ClickAsync();
        await Url(visit).FillAsync("http://10.1.2.3/hook");
        await visit.Button("Save").ClickAsync();
        await Assertions.Expect(Url(visit)).ToHaveAttributeAsync("aria-invalid", "true");
        Assert.Equal(before.Url, (await Server.GetAsync($"/v1/webhooks/{id}", account.Key)).Expect(200).Text("url"));
        await (await visit.IsAccessibleAsync()).PictureAsync("webhook-edit-refused");

        await Url(visit).FillAsync(after.Url);
        await visit.Button("Save").ClickAsync();
        await visit.SeesAsync("Saved. Deliveries from now on go by it.");
        await visit.SeesAsync(after.Url);
        await Server.PublishExampleAsync(account, "embed", "batch.completed");
        await after.NextAsync();
        Assert.Single(before.Requests);
    }

    [Fact]
    public async Task Custom_headers_are_added_and_arrive_and_one_that_is_nova_s_own_is_refused()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var account = await Server.AddAccountAsync("kit", "pro");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        visit.Expected.Add("400");
        visit.Expected.Add("422");
        await visit.OpenAsync(account, "webhooks/new");
        await visit.Page.GetByRole(AriaRole.Textbox, new() { Name = "Name", Exact = true }).FillAsync("Gateway");
        await Url(visit).FillAsync(receiver.Url);
        await visit.Page.GetByRole(AriaRole.Checkbox, new() { Name = "credits.low" }).CheckAsync();
        await visit.Button("Add a header").ClickAsync();
        await visit.Page.GetByLabel("Name of header 1").FillAsync("Content-Length");
        await visit.Page.GetByLabel("Value of header 1").FillAsync("1");
        await visit.Button("Create Webhook").ClickAsync();
        await visit.SeesAsync("Content-Length");
        await Visit.SeesAsync(visit.Page.Locator(".mantine-InputWrapper-error"));
        Assert.Empty((await Server.GetAsync("/v1/webhooks", account.Key)).Expect(200).Data);
        await (await visit.IsAccessibleAsync()).PictureAsync("webhook-header-refused");

        await visit.Page.GetByLabel("Name of header 1").FillAsync("X-Team");
        await visit.Page.GetByLabel("Value of header 1").FillAsync("red");
        await visit.Button("Add a header").ClickAsync();
        await visit.Page.GetByLabel("Name of header 2").FillAsync("X-Api-Key");
        await visit.Page.GetByLabel("Value of header 2").FillAsync("gateway-credential-1234");
        await visit.Button("Create Webhook").ClickAsync();
        await Visit.SeesAsync(visit.Heading("Ready to receive"));
        await Server.PublishExampleAsync(account, "kit", "credits.low");
        var received = await receiver.NextAsync();
        Assert.Equal(("red", "gateway-credential-1234"), (received.Headers["X-Team"], received.Headers["X-Api-Key"]));

        await visit.Link("Done").ClickAsync();
        await visit.SeesAsync("X-Team: red");
        await visit.SeesAsync("X-Api-Key: ****");
        Assert.DoesNotContain("gateway-credential-1234", await visit.Page.ContentAsync());
        await visit.IsAccessibleAsync();
    }

    [Fact]
    public async Task A_test_is_of_the_event_type_that_was_chosen()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var account = await Server.AddAccountAsync("kit", "pro");
        var id = await AddAsync(account, receiver.Url);
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, $"webhooks/{id}");
        var type = visit.Page.GetByRole(AriaRole.Combobox, new() { Name = "Event type" });
        await Assertions.Expect(type).ToHaveValueAsync("generation.completed");
        await type.FillAsync("team.member.a");
        await visit.Page.GetByRole(AriaRole.Option, new() { Name = "team.member.added" }).ClickAsync();
        await visit.Button("Send Test Event").ClickAsync();
        await visit.SeesAsync("It arrived: 200");
        Assert.Equal("team.member.added", System.Text.Json.JsonDocument.Parse((await receiver.NextAsync()).Body).RootElement.GetProperty("type").GetString());
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Region, new() { Name = "Last deliveries" }).GetByText("team.member.added"));
        await (await visit.IsAccessibleAsync()).PictureAsync("webhook-test-chosen");
    }

    [Fact]
    public async Task The_bars_of_an_endpoint_are_what_was_sent()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var account = await Server.AddAccountAsync("partner");
        var id = (await Server.PostAsync("/v1/webhooks", account.Key, new { url = receiver.Url, events = new[] { "signed_up" }, api_key = "partner-key-0123456789" })).Expect(201).Text("id");
        for (var number = 0; number < 5; number++)
        {
            // 4xx is final in this product: two of the five fail, each at once.
            receiver.Status = number < 3 ? 200 : 404;
            await Server.PublishExampleAsync(account, "partner", "signed_up");
            await receiver.NextAsync();
        }
        await Server.DeliveriesAsync(account.Key, rows => rows.Count(row => row.GetProperty("finished_at").ValueKind != System.Text.Json.JsonValueKind.Null) == 5);
        var health = (await Server.GetAsync("/v1/webhooks/health?period=24h", account.Key)).Expect(200).Data.Single(entry => entry.GetProperty("id").GetString() == id);
        Assert.Equal((3, 2, 0.4), (health.GetProperty("delivered").GetInt32(), health.GetProperty("failed").GetInt32(), health.GetProperty("error_rate").GetDouble()));
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "webhooks");
        var row = visit.Page.GetByRole(AriaRole.Row, new() { Name = "signed_up" });
        await Visit.SeesAsync(row.GetByRole(AriaRole.Img, new() { NameRegex = new("3 delivered, 2 failed since") }));
        // The hour of now may have begun between two of them: the bars of all hours have as many as were sent.
        Assert.InRange(await row.GetByRole(AriaRole.Img, new() { NameRegex = new("3 delivered, 2 failed") }).Locator("rect[class*=good]").CountAsync(), 1, 2);
        await (await visit.IsAccessibleAsync()).PictureAsync("webhooks-health");
    }

    [Fact]
    public async Task Why_nova_switched_an_endpoint_off_is_said_and_it_is_enabled_again()
    {
        // kit as it is, but for its retries, which would take an hour: ten deliveries fail in a row.
        var folder = Directory.CreateTempSubdirectory("nova-browser-").FullName;
        try
        {
            var definition = Path.Combine(AppContext.BaseDirectory, "products", "kit");
            Directory.CreateDirectory(Path.Combine(folder, "kit", "events"));
            foreach (var file in Directory.GetFiles(Path.Combine(definition, "events"))) File.Copy(file, Path.Combine(folder, "kit", "events", Path.GetFileName(file)));
            var product = await File.ReadAllTextAsync(Path.Combine(definition, "product.json"));
            const string Retries = """["0s", "30s", "2m", "10m", "1h"]""";
            Assert.Contains(Retries, product);
            await File.WriteAllTextAsync(Path.Combine(folder, "kit", "product.json"), product.Replace(Retries, """["0s"]"""));
            await using var server = await NovaServer.OnSqliteAsync(new() { ["Nova:ProductsPath"] = folder });
            var person = new PersonClient(server);
            (await person.PostAsync("/v1/setup", new { token = await BrowserFixture.SetupTokenAsync(server), email = BrowserFixture.Email, name = "Ada Lovelace", password = BrowserFixture.Password })).Expect(201);
            await using var receiver = await TestReceiver.StartAsync();
            receiver.Status = 500;
            var account = await server.AddAccountAsync("kit", "pro");
            var id = (await server.PostAsync("/v1/webhooks", account.Key, new { name = "Gateway", url = receiver.Url, events = new[] { "*" } })).Expect(201).Text("id");
            var directory = server.Get<AccountDirectory>();
            var environment = directory.Environment(directory.FindAccounts(account.Id, null).Single().Id, EnvironmentName.Production)!.Id;
            for (var number = 0; number < 10; number++)
            {
                Assert.True((await server.GetAsync($"/v1/webhooks/{id}", account.Key)).Expect(200).Json.GetProperty("enabled").GetBoolean());
                using var changes = server.Get<ChangeFeed>().Watch(environment)!;
                await server.PublishExampleAsync(account, "kit", "credits.low");
                await server.DeliveriesAsync(account.Key, rows => rows.Count(row => row.GetProperty("status").GetString() == "failed") == number + 1);
                if (number < 9) continue;
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
                while (!(await changes.NextAsync(patience.Token))!.Endpoints.Any(endpoint => !endpoint.Enabled)) { }
            }

            await using var visit = await fixture.VisitAsync(person, server: server);
            await visit.OpenAsync(account, $"webhooks/{id}");
            await visit.SeesAsync("Switched off automatically: it failed too often in a row");
            await visit.SeesAsync("10 deliveries in a row failed with all of their attempts.");
            await (await visit.IsAccessibleAsync()).PictureAsync("webhook-switched-off");
            receiver.Status = 200;
            await visit.Button("Enable").ClickAsync();
            await Visit.SeesNotAsync(visit.Page.GetByText("Switched off automatically"));
            await server.PublishExampleAsync(account, "kit", "credits.low");
            await server.DeliveriesAsync(account.Key, rows => rows[0].GetProperty("status").GetString() == "delivered");
            await visit.OpenAsync(account, "webhooks");
            var row = visit.Page.GetByRole(AriaRole.Row, new() { Name = "Gateway" });
            await Visit.SeesAsync(row.GetByRole(AriaRole.Img, new() { NameRegex = new("1 delivered, 10 failed since") }));
            await Visit.SeesAsync(row.GetByText("90.9 %", new() { Exact = true }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
