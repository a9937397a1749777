using System.Text.Json;
using Nova.TestSupport;

namespace Nova.BrowserTests;

/// <summary>The history of an environment where two hundred deliveries a second are made: whoever looks at it keeps his place, and what he sees is true.</summary>
public sealed class BusyTests(BrowserFixture fixture)
{
    /// <summary>Twenty every tenth of a second, for five seconds at least, and until enough clicks were answered meanwhile; at most for a minute.</summary>
    const int EventsPerTick = 20;
    const int LeastTicks = 50;
    const int MostTicks = 600;
    const int Clicks = 3;
    static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    /// <summary>There before: more than one page of the list, so that it can be scrolled.</summary>
    const int Before = 120;

    NovaServer Server => fixture.Server;

    /// <summary>Publishes a batch: of each ten events so many are <c>user.created</c>, the others <c>user.deleted</c>.</summary>
    async Task PublishAsync(TestAccount account, int count, int ofTen)
    {
        var (created, deleted) = (Server.Example("standard", "user.created"), Server.Example("standard", "user.deleted"));
        var events = Enumerable.Range(0, count).Select(index => index % 10 < ofTen
            ? new { account = account.Id, environment = "production", type = "user.created", data = created }
            : new { account = account.Id, environment = "production", type = "user.deleted", data = deleted });
        (await Server.PostAsync("/v1/events/batch", NovaServer.OperatorKey, new { events })).Expect(202);
    }

    /// <summary>Publishes until it is told to stop, and tells how many ticks there were.</summary>
    async Task<int> LoadAsync(TestAccount account, int ofTen, CancellationToken enough)
    {
        using var timer = new PeriodicTimer(Tick, TimeProvider.System);
        List<Task> under = [];
        while (under.Count < LeastTicks || (under.Count < MostTicks && !enough.IsCancellationRequested))
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            under.Add(PublishAsync(account, EventsPerTick, ofTen));
        }
        await Task.WhenAll(under);
        return under.Count;
    }

    /// <summary>All that the API has of the filter, newest first.</summary>
    async Task<List<string>> OnServerAsync(TestAccount account)
    {
        List<string> rows = [];
        string? cursor = null;
        do
        {
            var page = (await Server.GetAsync($"/v1/deliveries?event=user.created&limit=250{(cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor))}", account.Key)).Expect(200);
            rows.AddRange(page.Data.Select(row => $"{row.GetProperty("id").GetString()} {row.GetProperty("status").GetString()}"));
            cursor = page.Json.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);
        return rows;
    }

    /// <summary>All that the list shows, from its top to its end: it draws only what is on the screen, so it is scrolled through.</summary>
    static async Task<List<string>> OnScreenAsync(ILocator list, int expected)
    {
        SortedDictionary<int, string> rows = [];
        await list.EvaluateAsync("list => list.scrollTo(0, 0)");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            patience.Token.ThrowIfCancellationRequested();
            var seen = await list.EvaluateAsync<JsonElement>("""
                list => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
                  const rows = [...list.querySelectorAll('[data-row]')].map(row => [Number(row.ariaRowIndex), row.dataset.row + ' ' + row.querySelector('[data-column=Status]').textContent.trim().toLowerCase()]);
                  const end = list.scrollTop + list.clientHeight >= list.scrollHeight - 1 && !list.querySelector('[aria-label="Loading more"]');
                  list.scrollBy(0, list.clientHeight);
                  done({ rows, end });
                })))
                """);
            foreach (var row in seen.GetProperty("rows").EnumerateArray()) rows[row[0].GetInt32()] = row[1].GetString()!;
            if (seen.GetProperty("end").GetBoolean() && (rows.Count >= expected || rows.Count == 0 || rows.Keys.Last() == rows.Count + 1)) return [.. rows.Values];
        }
    }

    [Theory]
    [InlineData(4)] // As many new ones as are kept beside the list: they are put into it.
    [InlineData(8)] // More: the list begins anew.
    public async Task Place_filter_and_choice_stay_at_two_hundred_deliveries_a_second_and_the_list_is_true_at_the_end(int ofTen)
    {
        await using var receiver = await TestReceiver.StartAsync(keepRequests: false);
        var account = await Server.AddAccountAsync("standard");
        (await Server.PostAsync("/v1/webhooks", account.Key, new { url = receiver.Url, events = new[] { "*" } })).Expect(201);
        await PublishAsync(account, Before, ofTen: 10);
        await DeliveredAsync(account, Before);

        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "deliveries?event=user.created");
        await Visit.SeesAsync(visit.Button("Live: pause"));
        var list = visit.Page.GetByRole(AriaRole.Rowgroup, new() { Name = "Rows" });
        await list.EvaluateAsync("list => list.scrollTo(0, 840)");
        // The row that is looked at: chosen, and in its place on the screen.
        var looked = list.Locator("[data-row]").Nth(14);
        var id = (await looked.GetAttributeAsync("data-row"))!;
        var row = list.Locator($"[data-row={id}]");
        await row.GetByRole(AriaRole.Checkbox).CheckAsync();
        await visit.SeesAsync("1 chosen");
        var place = await list.EvaluateAsync<double>("list => list.scrollTop");
        var top = (await row.BoundingBoxAsync())!.Y;

        using var enough = new CancellationTokenSource();
        var load = LoadAsync(account, ofTen, enough.Token);
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^[0-9]+\\+? new$") }));
        // Clicks are answered while it runs: the row opens, and closes again.
        var answered = 0;
        while (!load.IsCompleted)
        {
            await row.GetByRole(AriaRole.Link).ClickAsync();
            await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Dialog).GetByText("Request Payload"));
            await visit.Page.Keyboard.PressAsync("Escape");
            await Visit.SeesNotAsync(visit.Page.GetByRole(AriaRole.Dialog));
            if (!load.IsCompleted && ++answered == Clicks) await enough.CancelAsync();
        }
        var events = EventsPerTick * await load;
        Assert.True(answered >= Clicks, $"{answered} clicks were answered while {events} events were published.");

        var expected = Before + (events * ofTen / 10);
        await DeliveredAsync(account, Before + events);
        var news = expected - Before;
        await Visit.SeesAsync(visit.Button(news >= 500 ? "500+ new" : $"{news} new", exact: true));
        Assert.Equal(place, await list.EvaluateAsync<double>("list => list.scrollTop"));
        Assert.Equal(top, (await row.BoundingBoxAsync())!.Y);
        await Assertions.Expect(row.GetByRole(AriaRole.Checkbox)).ToBeCheckedAsync();
        await visit.SeesAsync("1 chosen");
        Assert.Contains("event=user.created", visit.Page.Url);
        await visit.PictureAsync($"deliveries-busy-{ofTen}");

        await visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = new(" new$") }).ClickAsync();
        await Visit.SeesNotAsync(visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = new(" new$") }));
        var server = await OnServerAsync(account);
        Assert.Equal(expected, server.Count);
        Assert.All(server, line => Assert.EndsWith(" delivered", line));
        // The last changes of state are told a moment after they are on record.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var screen = await OnScreenAsync(list, expected);
        while (!server.SequenceEqual(screen) && !patience.IsCancellationRequested) screen = await OnScreenAsync(list, expected);
        Assert.Empty(server.Except(screen));
        Assert.Equal(server, screen);
        await visit.SeesAsync("1 chosen");
        await list.EvaluateAsync("(list, index) => list.scrollTo(0, index * 42)", server.IndexOf($"{id} delivered"));
        await Assertions.Expect(row.GetByRole(AriaRole.Checkbox)).ToBeCheckedAsync();
    }

    /// <summary>Waits until so many are delivered.</summary>
    async Task DeliveredAsync(TestAccount account, int count) => await Server.WhenRecordedAsync<bool>(async () =>
    {
        var analytics = (await Server.GetAsync("/v1/analytics?period=24h", account.Key)).Expect(200).Json;
        return analytics.GetProperty("totals").GetProperty("deliveries").GetProperty("delivered").GetInt32() == count ? true : null;
    });
}
