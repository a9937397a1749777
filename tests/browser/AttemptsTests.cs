using System.Text;
using Nova.TestSupport;

namespace Nova.BrowserTests;

/// <summary>What was sent and what came back, to the byte, and what one attempt has that another has not.</summary>
public sealed class AttemptsTests(BrowserFixture fixture)
{
    NovaServer Server => fixture.Server;

    static ILocator Tab(Visit visit, string name) => visit.Page.GetByRole(AriaRole.Tab, new() { NameRegex = new("^" + name) });

    [Fact]
    public async Task Two_attempts_are_compared_and_only_what_differs_is_shown()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var number = 0;
        receiver.OnRequest = _ => Task.FromResult(Interlocked.Increment(ref number) == 1
            ? new Answer(503, "line one\nbusy\nline three"u8.ToArray(), new Dictionary<string, string> { ["X-Proxy"] = "edge-1", ["X-Same"] = "same" })
            : new Answer(200, "line one\nfine\nline three"u8.ToArray(), new Dictionary<string, string> { ["X-Same"] = "same" }));
        // This product tries again after a second.
        var account = await Server.AddAccountAsync("calls");
        var person = new PersonClient(Server) { Cookie = fixture.Operator.Cookie, Csrf = fixture.Operator.Csrf }.In(account.Id);
        (await person.PostAsync("/v1/webhooks", new { url = receiver.Url, events = new[] { "*" } })).Expect(201);
        await Server.PublishExampleAsync(account, "calls", "call.started");
        await receiver.NextAsync();
        await receiver.NextAsync();
        await Server.WhenRecordedAsync<bool>(async () => (await person.GetAsync("/v1/deliveries")).Expect(200).Data is [var row] && row.GetProperty("status").GetString() == "delivered" ? true : null);

        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "deliveries");
        await visit.Page.GetByRole(AriaRole.Row, new() { Name = "call.started" }).GetByRole(AriaRole.Link).ClickAsync();
        await Tab(visit, "Compare").ClickAsync();
        ILocator Part(string name) => visit.Page.GetByRole(AriaRole.Region, new() { Name = name, Exact = true });
        await Visit.SeesAsync(Part("Outcome").GetByRole(AriaRole.Row, new() { Name = "Status 503 200" }));
        await Visit.SeesAsync(Part("Response headers").GetByRole(AriaRole.Row, new() { Name = "X-Proxy edge-1 none" }));
        Assert.Equal(0, await Part("Response headers").GetByText("X-Same").CountAsync());
        await Visit.SeesAsync(Part("Response headers").GetByText(" the same"));
        Assert.Equal("  line one\n− busy\n+ fine\n  line three\n", await visit.Page.GetByLabel("Difference of the bodies").TextContentAsync());
        await (await visit.IsAccessibleAsync()).PictureAsync("delivery-compare");

        // An attempt and itself.
        await visit.Page.GetByLabel("First attempt").SelectOptionAsync("2");
        await Visit.SeesAsync(Part("Outcome").GetByText("No difference."));
        await Visit.SeesAsync(Part("Response body").GetByText("No difference."));
    }

    [Fact]
    public async Task One_attempt_alone_is_not_compared()
    {
        var account = await Server.AddAccountAsync("embed");
        var webhook = (await Server.PostAsync("/v1/webhooks", account.Key, new { url = fixture.Receiver.Url, events = new[] { "*" } })).Expect(201).Text("id");
        var test = (await Server.PostAsync($"/v1/webhooks/{webhook}/test", account.Key)).Expect(200).Text("id");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, $"deliveries/{test}");
        await Visit.SeesAsync(Tab(visit, "Attempt History"));
        await Visit.SeesNotAsync(Tab(visit, "Compare"));
    }

    [Fact]
    public async Task Bodies_are_shown_byte_by_byte_what_came_and_what_was_sent()
    {
        await using var receiver = await TestReceiver.StartAsync();
        byte[] answer = [0x00, 0xFF, .. "no text"u8, 0x0D, 0x0A, 0xC3, 0x28, .. "sixteen and more"u8];
        receiver.OnRequest = _ => Task.FromResult(new Answer(200, answer));
        var account = await Server.AddAccountAsync("standard");
        (await Server.PostAsync("/v1/webhooks", account.Key, new { url = receiver.Url, events = new[] { "*" } })).Expect(201);
        await Server.PublishExampleAsync(account, "standard", "user.created");
        var sent = await receiver.NextAsync();
        var delivery = (await Server.DeliveriesAsync(account.Key, rows => rows is [var row] && row.GetProperty("status").GetString() == "delivered"))[0].GetProperty("id").GetString();

        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, $"deliveries/{delivery}");
        await Tab(visit, "Attempt History").ClickAsync();
        var came = visit.Page.GetByLabel("response body", new() { Exact = true });
        await Visit.SeesAsync(came);
        await visit.Page.GetByRole(AriaRole.Radiogroup, new() { Name = "Form of the response body" }).GetByText("Bytes").ClickAsync();
        Assert.Equal(HexDump(answer), await came.TextContentAsync());
        await visit.SeesAsync($"{answer.Length} bytes");
        await (await visit.IsAccessibleAsync()).PictureAsync("delivery-bytes");

        await Tab(visit, "As sent").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Radiogroup, new() { Name = "Form of the request body" }).GetByText("Bytes").ClickAsync();
        Assert.Equal(HexDump(sent.Body), await visit.Page.GetByLabel("request body", new() { Exact = true }).TextContentAsync());
        var file = await visit.Page.RunAndWaitForDownloadAsync(() => visit.Button("Save the request body as a file").ClickAsync());
        Assert.Equal(sent.Body, await File.ReadAllBytesAsync(await file.PathAsync()));
    }

    [Fact]
    public async Task As_sent_names_the_path_and_says_so_where_the_url_was_changed_since()
    {
        var account = await Server.AddAccountAsync("embed");
        var webhook = (await Server.PostAsync("/v1/webhooks", account.Key, new { url = fixture.Receiver.Url + "/first?a=1", events = new[] { "*" } })).Expect(201).Text("id");
        var test = (await Server.PostAsync($"/v1/webhooks/{webhook}/test", account.Key)).Expect(200).Text("id");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, $"deliveries/{test}");
        await Tab(visit, "As sent").ClickAsync();
        var head = visit.Page.GetByLabel("request head", new() { Exact = true });
        Assert.StartsWith($"POST {new Uri(fixture.Receiver.Url).AbsolutePath}/first?a=1 HTTP/1.1\nHost: {new Uri(fixture.Receiver.Url).Authority}\n", await head.TextContentAsync());

        (await Server.PatchAsync($"/v1/webhooks/{webhook}", account.Key, new { url = fixture.Receiver.Url + "/second" })).Expect(200);
        await visit.Page.ReloadAsync();
        await visit.SeesAsync("Its URL of now. It was changed since the last attempt, or about then.");
        await Tab(visit, "As sent").ClickAsync();
        await visit.SeesAsync("which path it was sent to is not on record");
        Assert.StartsWith($"POST … HTTP/1.1\nHost: {new Uri(fixture.Receiver.Url).Authority}\n", await head.TextContentAsync());
        await (await visit.IsAccessibleAsync()).PictureAsync("delivery-moved");
    }

    /// <summary>Sixteen a line, as <c>hexdump -C</c> shows them.</summary>
    static string HexDump(byte[] bytes)
    {
        var text = new StringBuilder();
        foreach (var (index, line) in bytes.Chunk(16).Index())
        {
            var hex = line.Select(one => one.ToString("x2")).ToArray();
            text.Append($"{index * 16:x6}  {string.Join(' ', hex.Take(8)),-23}  {string.Join(' ', hex.Skip(8)),-23}  ");
            text.Append([.. line.Select(one => one is >= 0x20 and < 0x7F ? (char)one : '.')]).Append('\n');
        }
        return text.ToString().TrimEnd('\n');
    }
}
