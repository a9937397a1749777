using System.Text.Json;
using Nova.TestSupport;

namespace Nova.BrowserTests;

/// <summary>How it goes, what goes wrong, and the way to the first event.</summary>
public sealed class OverviewTests(BrowserFixture fixture)
{
    NovaServer Server => fixture.Server;

    async Task PublishAsync(TestAccount account, string environment = "production") =>
        (await Server.PostAsync("/v1/events", NovaServer.OperatorKey, new
        {
            account = account.Id, environment, type = "signed_up", tenant = "t-1",
            data = new
            {
                user_name = "Jane Smith", user_email = "jane@example.com", credit_used = 12, total_projects = 3, published_projects = 1,
                last_login = "2026-05-14T06:30:00.000Z", last_build = "2026-05-14T08:45:00.000Z", free_or_paid = "paid", paid_plan_name = "Pro", has_connected_domain = "yes",
            },
        })).Expect(202);

    async Task<string> AddAsync(TestAccount account, TestReceiver receiver) =>
        (await Server.PostAsync("/v1/webhooks", account.Key, new { url = receiver.Url, events = new[] { "signed_up" }, api_key = "partner-key-0123456789" })).Expect(201).Text("id");

    [Theory]
    [InlineData(false, 1360)]
    [InlineData(true, 1360)]
    [InlineData(false, 390)]
    public async Task A_group_of_failures_is_seen_and_sent_again_with_its_progress(bool dark, int width)
    {
        await using var receiver = await TestReceiver.StartAsync();
        // 4xx is final in this product: each fails at once.
        receiver.Status = 404;
        var account = await Server.AddAccountAsync("partner");
        await AddAsync(account, receiver);
        for (var i = 0; i < 3; i++)
        {
            await PublishAsync(account);
            await receiver.NextAsync();
        }
        receiver.Status = 200;
        await using var visit = await fixture.VisitAsync(fixture.Operator, dark, width);
        await visit.OpenAsync(account, "overview");
        await Visit.SeesAsync(visit.Heading("Overview"));
        await visit.SeesAsync("The receiver answers with status 404 (Not Found)");
        await visit.SeesAsync("still failing");
        await (await visit.IsAccessibleAsync()).PictureAsync($"overview{(width < 500 ? "-phone" : "")}{(dark ? "-dark" : "")}");
        var beyond = await visit.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(beyond <= 0, $"{beyond} px too wide");

        var asked = await visit.Page.RunAndWaitForRequestAsync(() => visit.Button("Replay group").ClickAsync(), request => request.Url.EndsWith("/v1/replays", StringComparison.Ordinal));
        // All that the group counts, also what failed before the address last took something.
        var from = JsonSerializer.Deserialize<JsonElement>(asked.PostData!).GetProperty("filter").GetProperty("from").GetDateTimeOffset();
        Assert.True(from < TimeProvider.System.GetUtcNow().AddHours(-1), $"{from}");
        await visit.SeesAsync("Send 3 again?");
        await visit.IsAccessibleAsync();
        await visit.Button("Replay 3").ClickAsync();
        await Visit.SeesAsync(visit.Heading("Replays"));
        await visit.SeesAsync("of 3 sent again");
        await visit.SeesAsync("Completed");
        for (var i = 0; i < 3; i++) await receiver.NextAsync();
        await (await visit.IsAccessibleAsync()).PictureAsync($"replays{(width < 500 ? "-phone" : "")}{(dark ? "-dark" : "")}");
    }

    [Fact]
    public async Task The_period_is_in_the_address_and_numbers_are_told_by_keyboard()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var account = await Server.AddAccountAsync("partner");
        await AddAsync(account, receiver);
        await PublishAsync(account);
        await receiver.NextAsync();
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "overview");
        // In an account's first hour the charts are of that hour, by the minute.
        await visit.SeesAsync("in the last hour");
        await visit.Page.GetByRole(AriaRole.Group, new() { NameRegex = new("^Deliveries: 1 delivered, 0 failed. Arrow keys tell the numbers of each minute") }).PressAsync("Home");
        await visit.SeesAsync(": Delivered 0, Failed 0");
        await visit.Page.GetByText("24 h").ClickAsync();
        await visit.Page.WaitForURLAsync("**/overview?period=24h");
        await visit.SeesAsync("in the last 24 hours");
        await visit.Page.GetByText("30 d").ClickAsync();
        await visit.Page.WaitForURLAsync("**/overview?period=30d");
        await visit.SeesAsync("in the last 30 days");
        var chart = visit.Page.GetByRole(AriaRole.Group, new() { NameRegex = new("^Deliveries: 1 delivered, 0 failed") });
        await Visit.SeesAsync(chart);
        await chart.PressAsync("End");
        await visit.SeesAsync("UTC: Delivered 1, Failed 0");
    }

    [Fact]
    public async Task The_first_figures_are_what_was_asked_and_what_was_scored()
    {
        var account = await Server.AddAccountAsync("embed");
        // Nine calls with the account's key, of which one is refused. What a portal asks for is not among them.
        for (var i = 0; i < 8; i++) (await Server.GetAsync("/v1/webhooks", account.Key)).Expect(200);
        (await Server.GetAsync("/v1/webhooks/none", account.Key)).ExpectProblem(404, "not-found");
        // Four scoring jobs, each asked for on the account's behalf: two are completed, one has failed, one is still under way.
        for (var i = 0; i < 4; i++)
        {
            var made = (await Server.PostAsync("/v1/scores", NovaServer.OperatorKey, new { account = account.Id, environment = "production", job_id = $"job-{i}", application_id = "app-1" })).Expect(201);
            object? end = i switch
            {
                < 2 => new { status = "completed", result = new { score = 7, assessment = new { verdict = "Strong" } } },
                2 => new { status = "failed", error = new { type = "https://a.example/e", code = "UNREADABLE", message = "The document cannot be read." } },
                _ => null,
            };
            if (end is not null) (await Server.SendAsync(HttpMethod.Put, $"/v1/scores/{made.Text("scoring_job_id")}", NovaServer.OperatorKey, end)).Expect(200);
        }
        // Written every few seconds; now. A request is counted a moment after its answer.
        var person = new PersonClient(Server) { Cookie = fixture.Operator.Cookie, Csrf = fixture.Operator.Csrf }.In(account.Id);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        System.Text.Json.JsonElement totals;
        do
        {
            await Server.Get<Counting.FiguresKeeper>().NoteAsync(patience.Token);
            totals = (await person.GetAsync("/v1/analytics?period=24h")).Expect(200).Json.GetProperty("totals");
        }
        while (totals.GetProperty("requests").GetInt32() < 13);
        var took = totals.GetProperty("averageLatencyMs").GetDouble();
        Assert.True(took > 0);

        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "overview");
        async Task ShowsAsync(string name, string value, string more)
        {
            var card = visit.Page.GetByRole(AriaRole.Group, new() { Name = name, Exact = true });
            await Visit.SeesAsync(card.GetByText(value, new() { Exact = true }));
            await Visit.SeesAsync(card.GetByText(more));
        }
        await ShowsAsync("Total Requests", "13", "API calls with your credentials");
        await ShowsAsync("Success Rate", "92.3 %", "1 answered with an error");
        await ShowsAsync("Average Latency", took < 10 ? $"{took:F1} ms" : took < 1000 ? $"{took:F0} ms" : $"{took / 1000:F2} s", "Until the API has answered");
        await ShowsAsync("Scores Generated", "2", "Completed scoring jobs");
        await (await visit.IsAccessibleAsync()).PictureAsync("overview-figures");
        // Nothing of it is the other environment's.
        await visit.OpenAsync(account, "overview", "sandbox");
        await visit.SeesAsync("0 of 4 done");
        await Visit.SeesNotAsync(visit.Page.GetByRole(AriaRole.Group, new() { Name = "Scores Generated" }));
    }

    [Fact]
    public async Task Steps_tick_themselves_off_when_they_have_happened()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var account = await Server.AddAccountAsync("partner");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "overview");
        await visit.SeesAsync("0 of 4 done");
        await (await visit.IsAccessibleAsync()).PictureAsync("overview-none-yet");
        var webhook = await AddAsync(account, receiver);
        (await Server.PostAsync($"/v1/webhooks/{webhook}/test", account.Key, new { })).Expect(200);
        // The page finds it out by itself.
        await visit.Page.ReloadAsync();
        await visit.SeesAsync("2 of 4 done");
        await PublishAsync(account);
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Group, new() { Name = "Total Requests" }));
        await Visit.SeesNotAsync(visit.Page.GetByText("of 4 done"));
    }

    [Fact]
    public async Task An_event_that_nobody_was_subscribed_to_is_said_to_be_that_and_one_that_was_sent_is_looked_for_in_the_history()
    {
        await using var receiver = await TestReceiver.StartAsync();
        receiver.Status = 404;
        var account = await Server.AddAccountAsync("partner");
        await PublishAsync(account);
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "overview");
        await visit.SeesAsync("Nobody was subscribed to it, so that it was sent nowhere. Once there is an address");
        await (await visit.IsAccessibleAsync()).PictureAsync("overview-unwanted");
        await AddAsync(account, receiver);
        await visit.Page.ReloadAsync();
        await visit.SeesAsync("on its page you can have sent what it missed");
        await PublishAsync(account);
        await visit.SeesAsync("It was sent, and has not arrived yet.");
        await visit.Page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Link, new() { Name = "Delivery History" }).ClickAsync();
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Row, new() { Name = "Failed" }));
    }

    [Fact]
    public async Task A_replay_that_runs_is_watched_and_stopped()
    {
        await using var receiver = await TestReceiver.StartAsync();
        receiver.Status = 404;
        var account = await Server.AddAccountAsync("partner");
        await AddAsync(account, receiver);
        for (var i = 0; i < 5; i++)
        {
            await PublishAsync(account);
            await receiver.NextAsync();
        }
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "overview");
        await visit.SeesAsync("The receiver answers with status 404 (Not Found)");
        // One a second: it still runs when somebody looks.
        (await Server.PostAsync("/v1/replays", account.Key, new { filter = new { status = "failed" }, rate = 1 })).Expect(202);
        await visit.OpenAsync(account, "replays");
        await visit.SeesAsync("at most 1 a second");
        await (await visit.IsAccessibleAsync()).PictureAsync("replay-running");
        await visit.Button("Cancel").ClickAsync();
        await visit.SeesAsync("No further delivery is made.");
        await visit.Button("Stop it").ClickAsync();
        await visit.SeesAsync("Cancelled");
        await visit.IsAccessibleAsync();
    }

    [Fact]
    public async Task What_an_endpoint_missed_is_counted_and_sent_to_it()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var account = await Server.AddAccountAsync("embed");
        for (var i = 0; i < 2; i++)
            (await Server.PostAsync("/v1/events", NovaServer.OperatorKey, new
            {
                account = account.Id, environment = "production", type = "batch.completed",
                data = new { batchId = "b-" + i, total = 2, completed = 2, failed = 0, completedAt = "2026-05-10T09:12:04Z" },
            })).Expect(202);
        var webhook = (await Server.PostAsync("/v1/webhooks", account.Key, new { url = receiver.Url, events = new[] { "*" } })).Expect(201).Text("id");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "webhooks/" + webhook);
        await visit.Page.GetByText("What it missed").ClickAsync();
        await visit.IsAccessibleAsync();
        await visit.Button("Count and replay").ClickAsync();
        await visit.SeesAsync("Send 2 again?");
        await visit.Button("Replay 2").ClickAsync();
        await Visit.SeesAsync(visit.Heading("Replays"));
        for (var i = 0; i < 2; i++) await receiver.NextAsync();
    }

    [Fact]
    public async Task Whoever_may_not_replay_has_no_button_for_it()
    {
        await using var receiver = await TestReceiver.StartAsync();
        receiver.Status = 404;
        var account = await Server.AddAccountAsync("partner");
        await AddAsync(account, receiver);
        await PublishAsync(account);
        await receiver.NextAsync();
        var member = await People.MemberAsync(Server, account, "member");
        await using var visit = await fixture.VisitAsync(member);
        await visit.OpenAsync(account, "overview");
        await visit.SeesAsync("The receiver answers with status 404 (Not Found)");
        await Visit.SeesNotAsync(visit.Button("Replay group"));
    }
}
