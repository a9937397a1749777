namespace Nova.BrowserTests;

/// <summary>Each screen of an account, in light and dark, wide and at 390 px: axe finds nothing, and nothing is wider than the window.</summary>
public sealed class AccessibilityTests(BrowserFixture fixture)
{
    [Theory]
    [InlineData("webhooks", "Webhooks")]
    [InlineData("webhooks/new", "Add Endpoint")]
    [InlineData("deliveries", "Delivery History")]
    [InlineData("events", "Events")]
    [InlineData("keys", "API Keys")]
    [InlineData("members", "Members")]
    [InlineData("audit", "Audit log")]
    public async Task A_screen_is_good_in_every_colour_and_width(string screen, string heading)
    {
        var account = await fixture.Server.AddAccountAsync("embed");
        (await fixture.Server.PostAsync("/v1/webhooks", account.Key, new { url = fixture.Receiver.Url, events = new[] { "*" } })).Expect(201);
        foreach (var (dark, width) in new[] { (false, 1360), (true, 1360), (false, 390), (true, 390) }) await LookAsync(account, screen, heading, dark, width);
    }

    [Fact]
    public async Task Names_that_are_long_or_written_from_right_to_left_fit_a_phone_also_where_nothing_is_yet()
    {
        var name = "شركة 🎉 " + string.Concat(Enumerable.Repeat("Donaudampfschifffahrtsgesellschaft", 3));
        var account = (await fixture.Server.PostAsync("/v1/accounts", NovaServer.OperatorKey, new { product = "kit", plan = "pro", external_id = Guid.NewGuid().ToString("N"), name })).Expect(201).Text("id");
        var key = (await fixture.Server.PostAsync($"/v1/accounts/{account}/environments/production/keys", NovaServer.OperatorKey, new { name = "مفتاح" + new string('k', 80) })).Expect(201).Text("key");
        await using var visit = await fixture.VisitAsync(fixture.Operator, width: 390, height: 844);
        await LooksAsync("webhooks", "Nothing is sent anywhere yet");
        (await fixture.Server.PostAsync("/api/v1/webhooks", key, new { name = "<b>خطاف</b> 🎉 " + new string('w', 70), url = fixture.Receiver.Url + "/" + new string('p', 300), events = new[] { "*" } })).Expect(201);
        await LooksAsync("webhooks", "<b>خطاف</b>");
        await LooksAsync("overview", "Donaudampfschifffahrt");
        await LooksAsync("keys", "مفتاح");
        await visit.OpenAsync($"operator/accounts/{account}");
        await visit.SeesAsync("Keys of production");
        await visit.SeesAsync("مفتاح");
        await (await visit.IsAccessibleAsync()).PictureAsync("operator-account-phone");
        await visit.NothingIsCutOffAsync();

        async Task LooksAsync(string screen, string text)
        {
            await visit.OpenAsync($"{account}/production/{screen}");
            await visit.SeesAsync(text);
            await visit.PictureAsync($"long-{screen}");
            await visit.NothingIsCutOffAsync();
        }
    }

    async Task LookAsync(TestAccount account, string screen, string heading, bool dark, int width)
    {
        await using var visit = await fixture.VisitAsync(fixture.Operator, dark, width, width < 500 ? 844 : 900);
        await visit.OpenAsync(account, screen);
        await Visit.SeesAsync(visit.Heading(heading));
        await visit.Page.WaitForFunctionAsync("() => !document.querySelector('[role=status][aria-label=Loading]')");
        await (await visit.IsAccessibleAsync()).PictureAsync($"{screen.Replace('/', '-')}{(width < 500 ? "-phone" : "")}{(dark ? "-dark" : "")}");
        await visit.NothingIsCutOffAsync();
    }
}
