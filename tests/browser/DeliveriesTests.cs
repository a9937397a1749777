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
        await visit.SeesAsync("The receiver refused it: 401.");
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
        await (await visit.IsAccessibleAsync()).PictureAsync("deliveries");
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
        await visit.Page.Keyboard.PressAsync("Enter");
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Dialog));
        await visit.SeesAsync("t-1");
        await visit.Page.Keyboard.PressAsync("Escape");
        await Visit.SeesNotAsync(visit.Page.GetByRole(AriaRole.Dialog));
        await visit.Page.Keyboard.PressAsync("/");
        await visit.Page.Keyboard.TypeAsync("g");
        await Assertions.Expect(visit.Page.GetByLabel("Id or text in the payload", new() { Exact = true })).ToHaveValueAsync("g");
    }
}
