using Nova.TestSupport;

namespace Nova.BrowserTests;

/// <summary>The delivery history as one looks at it: what stands in its rows, what is printed, and links that came through others' hands.</summary>
public sealed class HistoryTests(BrowserFixture fixture)
{
    NovaServer Server => fixture.Server;

    async Task<string> AddAsync(TestAccount account, string name, string url, params string[] events) =>
        (await Server.PostAsync("/v1/webhooks", account.Key, new { name, url, events })).Expect(201).Text("id");

    async Task PublishAsync(TestAccount account, string type, string? tenant) =>
        (await Server.PostAsync("/v1/events", NovaServer.OperatorKey, new { account = account.Id, environment = "production", type, tenant, data = Server.Example("standard", type) })).Expect(202);

    [Fact]
    public async Task Event_types_states_and_errors_stand_beside_each_other()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var end = new TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously);
        receiver.OnRequest = request => request.Path switch
        {
            "/hook/warehouse" => end.Task,
            "/hook/legacy" => Task.FromResult(new Answer(404)),
            "/hook/crm" when request.Text.Contains("user.deleted") => Task.FromResult(new Answer(503)),
            _ => Task.FromResult(new Answer(200)),
        };
        try
        {
            var account = await Server.AddAccountAsync("standard");
            await AddAsync(account, "Billing", receiver.Url + "/billing", "invoice.paid", "invoice.payment_failed");
            await AddAsync(account, "CRM", receiver.Url + "/crm", "user.created", "user.updated", "user.deleted");
            var legacy = await AddAsync(account, "Legacy", receiver.Url + "/legacy", "invoice.payment_failed");
            foreach (var (type, tenant) in new[]
            {
                ("user.created", "northwind"), ("invoice.paid", "initech"), ("user.updated", "northwind"), ("user.created", "globex"), ("invoice.paid", "globex"),
                ("invoice.payment_failed", "initech"), ("user.deleted", "initech"), ("user.updated", "globex"), ("user.created", "initech"), ("invoice.paid", "northwind"), ("user.deleted", "globex"),
            }) await PublishAsync(account, type, tenant);
            await Server.DeliveriesAsync(account.Key, rows => rows.Length == 12 && rows.All(row => row.GetProperty("attempt_count").GetInt32() > 0));
            // What waits for a disabled endpoint ends as failed.
            (await Server.PatchAsync($"/v1/webhooks/{legacy}", account.Key, new { enabled = false })).Expect(200);
            await PublishAsync(account, "invoice.payment_failed", "northwind");
            await AddAsync(account, "Warehouse", receiver.Url + "/warehouse", "invoice.paid");
            await PublishAsync(account, "user.updated", "initech");
            await PublishAsync(account, "invoice.paid", "globex");
            string[] States(System.Text.Json.JsonElement[] rows) => [.. rows.Select(row => row.GetProperty("status").GetString()!).Distinct().Order()];
            await Server.DeliveriesAsync(account.Key, rows => rows.Length == 16 && States(rows) is ["delivered", "failed", "pending", "processing"] && rows.Count(row => row.GetProperty("status").GetString() == "delivered") == 12);

            await using var visit = await fixture.VisitAsync(fixture.Operator);
            await visit.OpenAsync(account, "deliveries");
            await Visit.SeesAsync(visit.Button("Live: pause"));
            foreach (var state in new[] { "Processing", "Delivered", "Pending", "Failed" }) await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { NameRegex = new($"{state}.*(invoice|user)") }));
            await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Columnheader, new() { Name = "Tenant" }));
            // Whole, and not cut off before the number that tells it from others.
            var error = visit.Page.GetByRole(AriaRole.Cell, new() { Name = "Answered with status 503", Exact = true });
            await Visit.SeesAsync(error);
            Assert.Equal(0, await error.First.EvaluateAsync<int>("cell => Math.max(0, cell.scrollWidth - cell.clientWidth)"));
            Assert.Equal("The receiver answered with status 503.", await error.First.GetAttributeAsync("title"));
            var longest = visit.Page.GetByRole(AriaRole.Rowheader, new() { Name = "invoice.payment_failed" });
            Assert.Equal(0, await longest.First.EvaluateAsync<int>("cell => Math.max(0, cell.scrollWidth - cell.clientWidth)"));
            await visit.Page.Keyboard.PressAsync("j");
            await visit.Page.Keyboard.PressAsync("j");
            await (await visit.IsAccessibleAsync()).PictureAsync("history");
        }
        finally
        {
            end.SetResult(new(200));
        }
    }

    [Fact]
    public async Task Where_no_event_has_a_tenant_there_is_no_column_for_them()
    {
        var account = await Server.AddAccountAsync("standard");
        await AddAsync(account, "All", fixture.Receiver.Url, "*");
        await PublishAsync(account, "user.created", null);
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "deliveries");
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "user.created" }));
        Assert.Equal(0, await visit.Page.GetByRole(AriaRole.Columnheader, new() { Name = "Tenant" }).CountAsync());
        await PublishAsync(account, "user.deleted", "initech");
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Columnheader, new() { Name = "Tenant" }));
    }

    [Fact]
    public async Task What_others_add_to_a_link_does_no_harm()
    {
        var account = await Server.AddAccountAsync("standard");
        await AddAsync(account, "All", fixture.Receiver.Url, "*");
        await PublishAsync(account, "user.created", "initech");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        foreach (var screen in new[] { "deliveries", "events" })
        {
            await visit.OpenAsync(account, $"{screen}?utm_source=mail&tenant=initech&fbclid=IwAR0");
            await visit.SeesAsync("user.created");
            Assert.EndsWith("?tenant=initech", visit.Page.Url);
        }
        await visit.OpenAsync(account, "audit?utm_source=mail");
        await Visit.SeesAsync(visit.Button("Webhook created"));
    }

    [Fact]
    public async Task A_delivery_is_printed_whole_alone_and_in_light_colours()
    {
        var account = await Server.AddAccountAsync("standard");
        await AddAsync(account, "All", fixture.Receiver.Url, "*");
        await PublishAsync(account, "user.created", "initech");
        await using var visit = await fixture.VisitAsync(fixture.Operator, dark: true);
        await visit.OpenAsync(account, "deliveries");
        await visit.Page.GetByRole(AriaRole.Row, new() { Name = "user.created" }).GetByRole(AriaRole.Link).ClickAsync();
        await visit.SeesAsync("The body as it is sent");
        await visit.Page.EmulateMediaAsync(new() { Media = Media.Print });
        await visit.Page.EvaluateAsync("() => dispatchEvent(new Event('beforeprint'))");
        await Assertions.Expect(visit.Page.Locator("html")).ToHaveAttributeAsync("data-mantine-color-scheme", "light");
        await Assertions.Expect(visit.Page.Locator("#root")).ToBeHiddenAsync();
        var beyond = await visit.Page.GetByRole(AriaRole.Dialog).EvaluateAsync<int>("drawer => drawer.scrollHeight - drawer.clientHeight");
        Assert.True(beyond <= 0, $"{beyond} px of it are cut off");
        await visit.PictureAsync("delivery-printed");
        await visit.Page.EvaluateAsync("() => dispatchEvent(new Event('afterprint'))");
        await Assertions.Expect(visit.Page.Locator("html")).ToHaveAttributeAsync("data-mantine-color-scheme", "dark");
    }
}
