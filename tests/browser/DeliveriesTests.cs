using Nova.TestSupport;

namespace Nova.BrowserTests;

public sealed class DeliveriesTests(BrowserFixture fixture)
{
    /// <summary>What a receiver would have to answer to do harm, were it shown as HTML.</summary>
    const string Harm = "<img src=x onerror=\"document.title='harmed'\"><script>document.title='harmed'</script><b id=harm>bold</b>";

    NovaServer Server => fixture.Server;


    async Task<(TestAccount Account, TestReceiver Receiver)> FillAsync(int status, string body = "")
    {
        var receiver = await TestReceiver.StartAsync();
        receiver.OnRequest = _ => Task.FromResult(new Answer(status, System.Text.Encoding.UTF8.GetBytes(body)));
        var account = await Server.AddAccountAsync("partner");
        (await Server.PostAsync("/v1/webhooks", account.Key, new { url = receiver.Url, events = new[] { "signed_up" }, api_key = "partner-key-0123456789" })).Expect(201);
        await PublishAsync(account);
        await receiver.NextAsync();
        return (account, receiver);
    }

    async Task PublishAsync(TestAccount account, string tenant = "t-1") =>
        (await Server.PostAsync("/v1/events", NovaServer.OperatorKey, new
        {
            account = account.Id, environment = "production", type = "signed_up", tenant,
            data = new
            {
                user_name = "Jane Smith", user_email = "jane@example.com", credit_used = 12, total_projects = 3, published_projects = 1,
                last_login = "2026-05-14T06:30:00.000Z", last_build = "2026-05-14T08:45:00.000Z", free_or_paid = "paid", paid_plan_name = "Pro", has_connected_domain = "yes",
            },
        })).Expect(202);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failed_delivery_is_found_understood_and_retried(bool dark)
    {
        // 4xx is final in this product: it fails at once.
        var (account, receiver) = await FillAsync(401, "no");
        await using var _ = receiver;
        await using var visit = await fixture.VisitAsync(fixture.Operator, dark);
        await visit.OpenAsync(account, "deliveries?status=failed");
        await visit.Page.GetByRole(AriaRole.Row, new() { Name = "signed_up" }).GetByRole(AriaRole.Link).ClickAsync();
        await visit.SeesAsync("The receiver answered with status 401.");
        await visit.SeesAsync("Response body");
        await (await visit.IsAccessibleAsync()).PictureAsync(dark ? "delivery-failed-dark" : "delivery-failed");
        receiver.Status = 200;
        await visit.Button("Retry Delivery").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Dialog, new() { Name = "Retry this delivery?" }).GetByRole(AriaRole.Button, new() { Name = "Retry Delivery" }).ClickAsync();
        await visit.SeesAsync("Replay of");
        await visit.Page.Keyboard.PressAsync("Escape");
        await Visit.SeesAsync(visit.Heading("Delivery History"));
    }

    [Fact]
    public async Task What_a_receiver_answers_is_text()
    {
        var (account, receiver) = await FillAsync(404, Harm);
        await using var _ = receiver;
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "deliveries");
        await visit.Page.GetByRole(AriaRole.Row, new() { Name = "signed_up" }).GetByRole(AriaRole.Link).ClickAsync();
        await Visit.SeesAsync(visit.Page.GetByLabel("response body", new() { Exact = true }));
        Assert.Equal(Harm, await visit.Page.GetByLabel("response body", new() { Exact = true }).TextContentAsync());
        Assert.Equal(0, await visit.Page.Locator("#harm").CountAsync());
        Assert.DoesNotContain("harmed", await visit.Page.TitleAsync());
    }

    [Fact]
    public async Task New_deliveries_come_into_the_list_without_a_reload()
    {
        var (account, receiver) = await FillAsync(200);
        await using var _ = receiver;
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "deliveries");
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "t-1" }));
        await PublishAsync(account, "t-new");
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "t-new" }));
        await (await visit.IsAccessibleAsync()).PictureAsync("deliveries-new");
    }

    [Fact]
    public async Task What_is_new_comes_in_while_place_filter_and_choice_stay()
    {
        var (account, receiver) = await FillAsync(200);
        await using var _ = receiver;
        for (var number = 0; number < 40; number++) await PublishAsync(account, $"t-{number}");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "deliveries?event=signed_up");
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "t-39" }));
        await Visit.SeesAsync(visit.Button("Live: pause"));
        await visit.Page.GetByRole(AriaRole.Row, new() { Name = "t-39" }).GetByRole(AriaRole.Checkbox).CheckAsync();
        var list = visit.Page.GetByRole(AriaRole.Rowgroup, new() { Name = "Rows" });
        await list.EvaluateAsync("list => list.scrollTo(0, 500)");
        await PublishAsync(account, "t-new");
        await Visit.SeesAsync(visit.Button("1 new"));
        Assert.Equal(500, await list.EvaluateAsync<int>("list => list.scrollTop"));
        await visit.SeesAsync("1 chosen");
        Assert.Contains("event=signed_up", visit.Page.Url);
        await visit.Button("1 new").ClickAsync();
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "t-new" }));
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Row, new() { Name = "t-39" }).GetByRole(AriaRole.Checkbox)).ToBeCheckedAsync();
        await (await visit.IsAccessibleAsync()).PictureAsync("deliveries-chosen");
    }

    [Fact]
    public async Task A_list_that_is_held_stays_as_it_is()
    {
        var (account, receiver) = await FillAsync(200);
        await using var _ = receiver;
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await using var other = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "deliveries");
        await visit.Button("Live: pause").ClickAsync();
        await other.OpenAsync(account, "deliveries");
        await Visit.SeesAsync(other.Button("Live: pause"));
        await PublishAsync(account, "t-new");
        await Visit.SeesAsync(other.Page.GetByRole(AriaRole.Row, new() { Name = "t-new" }));
        Assert.Equal(0, await visit.Page.GetByRole(AriaRole.Row, new() { Name = "t-new" }).CountAsync());
        await visit.Button("Paused: go on").ClickAsync();
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "t-new" }));
    }

    [Fact]
    public async Task Payloads_are_searched_by_text_and_by_JSON_and_causes_and_wildcards_filter()
    {
        var (account, receiver) = await FillAsync(503);
        await using var _ = receiver;
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "deliveries?event=signed_*");
        var row = visit.Page.GetByRole(AriaRole.Row, new() { Name = "signed_up" });
        await Visit.SeesAsync(row);
        var json = visit.Page.GetByLabel("JSON in the payload", new() { Exact = true });
        await json.FillAsync("{\"paid_plan_name\":");
        await visit.SeesAsync("Not complete JSON yet");
        await visit.Button("What is JSON in the payload?").ClickAsync();
        await visit.SeesAsync("Finds payloads that contain this JSON");
        await (await visit.IsAccessibleAsync()).PictureAsync("deliveries-json-help");
        await visit.Page.Keyboard.PressAsync("Escape");
        await json.FillAsync("{\"no_such_member\":1}");
        await visit.SeesAsync("No deliveries match");
        await json.FillAsync("");
        await visit.Page.GetByLabel("Id or text in the payload", new() { Exact = true }).FillAsync("jane@example.com");
        await Assertions.Expect(visit.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("q=jane"));
        await Visit.SeesAsync(row);
    }

    [Fact]
    public async Task What_is_found_is_taken_along()
    {
        var (account, receiver) = await FillAsync(200);
        await using var _ = receiver;
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "deliveries?tenant=t-1");
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "t-1" }));
        foreach (var (about, type, start) in new[] { ("for a spreadsheet", "csv", "id,status,event"), ("for a program", "ndjson", "{\"id\":\"dlv_") })
        {
            await visit.Button("Export").ClickAsync();
            var file = await visit.Page.RunAndWaitForDownloadAsync(() => visit.Page.GetByText(about).ClickAsync());
            Assert.StartsWith(start, await File.ReadAllTextAsync(await file.PathAsync()));
            // Excel takes UTF-8 for what it is only behind a byte order mark.
            Assert.Equal(type == "csv", (await File.ReadAllBytesAsync(await file.PathAsync())).AsSpan().StartsWith("\uFEFF"u8));
            Assert.EndsWith("." + type, file.SuggestedFilename);
        }
    }

    [Fact]
    public async Task Some_and_all_are_retried_after_they_are_counted()
    {
        var (account, receiver) = await FillAsync(401);
        await using var _ = receiver;
        for (var number = 0; number < 3; number++) await PublishAsync(account, $"t-{number}");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "deliveries?status=failed");
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "t-2" }));
        receiver.Status = 200;
        await visit.Page.Keyboard.PressAsync("j");
        await visit.Page.Keyboard.PressAsync("x");
        await visit.Page.Keyboard.PressAsync("j");
        await visit.Page.Keyboard.PressAsync("x");
        await visit.SeesAsync("2 chosen");
        await visit.Button("Retry 2").ClickAsync();
        await visit.IsAccessibleAsync();
        await visit.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Retry 2" }).ClickAsync();
        await visit.SeesAsync("2 deliveries queued anew.");
        await visit.Button("Retry all failed").ClickAsync();
        await visit.SeesAsync("Each becomes a new delivery with fresh attempts, at most 50 a second");
        await (await visit.IsAccessibleAsync()).PictureAsync("deliveries-retry-all");
        await visit.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameRegex = new("^Retry [0-9]") }).ClickAsync();
        await visit.SeesAsync("deliveries are being made anew.");
    }

    [Fact]
    public async Task A_view_is_saved_for_everybody_and_deleted()
    {
        var (account, receiver) = await FillAsync(200);
        await using var _ = receiver;
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "deliveries?tenant=t-1&period=7d");
        await visit.Button("Views").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Save this view…" }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Textbox, new() { Name = "Name" }).FillAsync("First tenant");
        await visit.Button("Save").ClickAsync();
        await Visit.SeesNotAsync(visit.Page.GetByRole(AriaRole.Dialog));
        await visit.Button("Views").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Failed", Exact = true }).ClickAsync();
        await visit.SeesAsync("No deliveries match");
        await visit.Button("Views").ClickAsync();
        await visit.IsAccessibleAsync();
        await visit.Page.GetByRole(AriaRole.Menuitem, new() { Name = "First tenant", Exact = true }).ClickAsync();
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "t-1" }));
        Assert.Contains("tenant=t-1", visit.Page.Url);

        // Another one, in another browser, has it too.
        await using var colleague = await fixture.VisitAsync(fixture.Operator);
        await colleague.OpenAsync(account, "deliveries");
        await colleague.Button("Views").ClickAsync();
        await colleague.Page.GetByRole(AriaRole.Menuitem, new() { Name = "First tenant", Exact = true }).ClickAsync();
        await Visit.SeesAsync(colleague.Page.GetByRole(AriaRole.Row, new() { Name = "t-1" }));
        await colleague.Button("Views").ClickAsync();
        await colleague.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Delete the view First tenant" }).ClickAsync();
        await colleague.Button("Views").ClickAsync();
        await Visit.SeesAsync(colleague.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Everything", Exact = true }));
        await Visit.SeesNotAsync(colleague.Page.GetByRole(AriaRole.Menuitem, new() { Name = "First tenant", Exact = true }));
    }

    [Fact]
    public async Task On_a_phone_the_fields_are_there_when_they_are_asked_for()
    {
        var (account, receiver) = await FillAsync(200);
        await using var _ = receiver;
        await using var visit = await fixture.VisitAsync(fixture.Operator, width: 390, height: 844);
        await visit.OpenAsync(account, "deliveries?error=http_503");
        var field = visit.Page.GetByRole(AriaRole.Combobox, new() { Name = "Event type" });
        await Visit.SeesAsync(visit.Button("More filters (1)"));
        await Assertions.Expect(field).ToBeHiddenAsync();
        await visit.Button("More filters (1)").ClickAsync();
        await Visit.SeesAsync(field);
        await (await visit.IsAccessibleAsync()).NothingIsCutOffAsync();
    }

    [Fact]
    public async Task Filters_are_in_the_address_and_none_matching_can_be_cleared()
    {
        var (account, receiver) = await FillAsync(200);
        await using var _ = receiver;
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "deliveries");
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "signed_up" }));
        await visit.Page.GetByText("Failed", new() { Exact = true }).First.ClickAsync();
        await visit.SeesAsync("No deliveries match");
        Assert.Contains("failed", visit.Page.Url);
        await (await visit.IsAccessibleAsync()).PictureAsync("deliveries-none-match");
        await visit.Page.ReloadAsync();
        await visit.SeesAsync("No deliveries match");
        await visit.Button("Clear filters").Last.ClickAsync();
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "signed_up" }));
    }

    [Fact]
    public async Task The_list_is_walked_by_keyboard()
    {
        var (account, receiver) = await FillAsync(200);
        await using var _ = receiver;
        await PublishAsync(account, "t-2");
        await receiver.NextAsync();
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "deliveries");
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "t-2" }));
        await visit.Page.Keyboard.PressAsync("j");
        await visit.Page.Keyboard.PressAsync("j");
        var row = visit.Page.GetByRole(AriaRole.Row, new() { Name = "t-1" }).GetByRole(AriaRole.Link);
        await Assertions.Expect(row).ToBeFocusedAsync();
        await visit.Page.Keyboard.PressAsync("Enter");
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Dialog));
        await visit.SeesAsync("t-1");
        await visit.Page.Keyboard.PressAsync("Escape");
        await Visit.SeesNotAsync(visit.Page.GetByRole(AriaRole.Dialog));
        // Whoever closes something is where he was.
        await Assertions.Expect(row).ToBeFocusedAsync();
        await visit.Page.Keyboard.PressAsync("r");
        await visit.SeesAsync("Retry this delivery?");
        await visit.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(row).ToBeFocusedAsync();
        await visit.Page.Keyboard.PressAsync("/");
        await visit.Page.Keyboard.TypeAsync("g");
        await Assertions.Expect(visit.Page.GetByLabel("Id or text in the payload", new() { Exact = true })).ToHaveValueAsync("g");
    }
}
