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
