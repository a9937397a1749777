using Nova.TestSupport;

namespace Nova.BrowserTests;

/// <summary>What can happen, what did, how it is verified, and a receiver that needs no server.</summary>
public sealed class DevelopTests(BrowserFixture fixture)
{
    NovaServer Server => fixture.Server;

    static readonly object Score = new
    {
        scoringJobId = "sj_1", jobId = "job-1", applicationId = "app-1", failedAt = "2026-05-10T09:12:04Z",
        error = new { type = "https://example.com/unreadable", code = "UNREADABLE", message = "The document cannot be read." },
    };

    [Theory]
    [InlineData("overview", "Overview")]
    [InlineData("events", "Events")]
    [InlineData("replays", "Replays")]
    [InlineData("catalog", "Event catalog")]
    [InlineData("verify", "Verify signatures")]
    [InlineData("inspector", "Inspector")]
    public async Task A_screen_is_good_in_every_colour_and_width(string screen, string heading)
    {
        var account = await Server.AddAccountAsync("standard");
        foreach (var (dark, width) in new[] { (false, 1360), (true, 1360), (false, 390), (true, 390) })
        {
            await using var visit = await fixture.VisitAsync(fixture.Operator, dark, width, width < 500 ? 844 : 900);
            await visit.OpenAsync(account, screen, "sandbox");
            await Visit.SeesAsync(visit.Heading(heading));
            await visit.Page.WaitForFunctionAsync("() => !document.querySelector('[role=status][aria-label=Loading]')");
            await (await visit.IsAccessibleAsync()).PictureAsync($"{screen}-sandbox{(width < 500 ? "-phone" : "")}{(dark ? "-dark" : "")}");
            var beyond = await visit.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
            Assert.True(beyond <= 0, $"{screen} at {width} px is {beyond} px too wide");
        }
    }

    [Theory]
    [InlineData("embed")]
    [InlineData("standard")]
    public async Task The_first_verified_event_needs_no_server(string product)
    {
        var account = await Server.AddAccountAsync(product);
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "webhooks", "sandbox");
        await visit.Link("No server yet: give me a URL").ClickAsync();
        await visit.Button("Give me a URL").ClickAsync();
        Assert.Contains("/inspect/", await visit.Page.GetByTestId("inspector-url").TextContentAsync(), StringComparison.Ordinal);
        await visit.SeesAsync("It waits for the first request");
        await visit.IsAccessibleAsync();
        await visit.Button("Send every event here").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("Test") }).ClickAsync();
        await visit.SeesAsync("The signature is right.");
        await (await visit.IsAccessibleAsync()).PictureAsync("inspector");
    }

    [Fact]
    public async Task Where_each_event_type_has_an_address_the_first_verified_event_needs_no_server_either()
    {
        var account = await Server.AddAccountAsync("partner");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "overview", "sandbox");
        await visit.SeesAsync("0 of 4 done");
        await visit.Link("Give me a URL").ClickAsync();
        await visit.Button("Give me a URL").ClickAsync();
        // With a key that is made up for it: there is nobody who would have to know it.
        await visit.Button("Send it here").ClickAsync();
        await visit.Button("Send Test Webhook").ClickAsync();
        await visit.SeesAsync("The signature is right.");
        await (await visit.IsAccessibleAsync()).PictureAsync("inspector-partner");
        await visit.OpenAsync(account, "overview", "sandbox");
        await visit.SeesAsync("3 of 4 done");
        await (await visit.IsAccessibleAsync()).PictureAsync("overview-first-verified");
    }

    [Fact]
    public async Task In_production_the_inspector_shows_the_way_to_the_sandbox()
    {
        var account = await Server.AddAccountAsync("embed");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "inspector");
        await visit.Link("Go to the sandbox").ClickAsync();
        await visit.Page.WaitForURLAsync("**/sandbox/inspector");
        await Visit.SeesAsync(visit.Button("Give me a URL"));
    }

    [Fact]
    public async Task The_debugger_names_the_mistake()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var account = await Server.AddAccountAsync("embed");
        var webhook = (await Server.PostAsync("/v1/webhooks", account.Key, new { url = receiver.Url, events = new[] { "*" } })).Expect(201).Text("id");
        (await Server.PostAsync($"/v1/webhooks/{webhook}/test", account.Key, new { })).Expect(200);
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "verify");
        await visit.Button("Take the latest delivery").ClickAsync();
        await Assertions.Expect(visit.Page.GetByLabel("Headers", new() { Exact = true })).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("X-Nova-Signature"));
        await visit.Button("Find the mistake").ClickAsync();
        await visit.SeesAsync("It verifies");
        await (await visit.IsAccessibleAsync()).PictureAsync("verify-verified");

        var body = visit.Page.GetByLabel("Body", new() { Exact = true });
        var written = System.Text.Json.JsonSerializer.Serialize(
            System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(await body.InputValueAsync()), new System.Text.Json.JsonSerializerOptions { WriteIndented = true });
        await body.FillAsync(written);
        await visit.Button("Find the mistake").ClickAsync();
        await visit.SeesAsync("body_reserialised");
        await (await visit.IsAccessibleAsync()).PictureAsync("verify-mistake");

        await visit.Page.GetByRole(AriaRole.Tab, new() { Name = "Python" }).ClickAsync();
        await visit.Page.WaitForURLAsync("**language=python**");
        await visit.SeesAsync("python3 receiver.py");
    }

    [Fact]
    public async Task The_catalog_has_each_type_at_an_address_of_its_own()
    {
        var account = await Server.AddAccountAsync("embed");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "catalog");
        await visit.Link("score.completed").ClickAsync();
        await visit.Page.WaitForURLAsync("**/catalog?type=score.completed");
        await visit.SeesAsync("Scoring finished successfully with results.");
        await visit.SeesAsync("The overall score.");
        await (await visit.IsAccessibleAsync()).PictureAsync("catalog");
        await visit.Link("Subscribe to it").ClickAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Checkbox, new() { Name = "score.completed" })).ToBeCheckedAsync();
    }

    [Fact]
    public async Task An_event_that_nobody_wanted_is_there_all_the_same()
    {
        var account = await Server.AddAccountAsync("embed");
        (await Server.PostAsync("/v1/events", NovaServer.OperatorKey, new { account = account.Id, environment = "production", type = "score.failed", data = Score })).Expect(202);
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "events");
        await visit.SeesAsync("nobody");
        await (await visit.IsAccessibleAsync()).PictureAsync("events");
        await visit.Link("Score Failed").ClickAsync();
        await visit.SeesAsync("no endpoint wanted it when it was published");
        await visit.SeesAsync("\"sj_1\"");
        await (await visit.IsAccessibleAsync()).PictureAsync("event");
        await visit.Page.Keyboard.PressAsync("Escape");
        await visit.OpenAsync(account, "events?type=score.completed");
        await visit.SeesAsync("No events match");
        await visit.Button("Clear filters").First.ClickAsync();
        await Visit.SeesAsync(visit.Link("Score Failed"));
    }
}
