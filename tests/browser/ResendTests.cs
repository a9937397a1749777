using System.Text.Json;
using Nova.TestSupport;

namespace Nova.BrowserTests;

/// <summary>Edit and resend: the data of a delivery, changed and sent once more, in the sandbox.</summary>
public sealed class ResendTests(BrowserFixture fixture)
{
    NovaServer Server => fixture.Server;

    static ILocator Tab(Visit visit) => visit.Page.GetByRole(AriaRole.Tab, new() { Name = "Edit and resend" });

    static ILocator Editor(Visit visit) => visit.Page.GetByRole(AriaRole.Textbox, new() { Name = "Data", Exact = true });

    static ILocator Send(Visit visit) => visit.Button("Send", exact: true);

    async Task<(TestAccount Account, string Delivery)> FillAsync(TestReceiver receiver, string environment = "sandbox")
    {
        var account = await Server.AddAccountAsync("embed");
        var key = environment == "sandbox" ? account.SandboxKey : account.Key;
        (await Server.PostAsync("/v1/webhooks", key, new { url = receiver.Url, events = new[] { "*" } })).Expect(201);
        await Server.PublishExampleAsync(account, "embed", "batch.completed", environment);
        await receiver.NextAsync();
        var rows = await Server.DeliveriesAsync(key, rows => rows is [var row] && row.GetProperty("status").GetString() == "delivered");
        return (account, rows[0].GetProperty("id").GetString()!);
    }

    [Theory]
    [InlineData(false, 1360)]
    [InlineData(true, 1360)]
    [InlineData(false, 390)]
    public async Task Data_are_edited_and_sent_and_the_new_delivery_opens(bool dark, int width)
    {
        await using var receiver = await TestReceiver.StartAsync();
        var (account, delivery) = await FillAsync(receiver);
        await using var visit = await fixture.VisitAsync(fixture.Operator, dark, width, width < 500 ? 844 : 900);
        await visit.OpenAsync(account, $"deliveries/{delivery}", "sandbox");
        await Tab(visit).ClickAsync();
        var example = Server.Example("embed", "batch.completed");
        var shown = await Editor(visit).InputValueAsync();
        Assert.True(JsonElement.DeepEquals(example, JsonSerializer.Deserialize<JsonElement>(shown)), shown);
        Assert.Contains("\n  \"", shown);

        // What is typed is what is sent: a number that JavaScript would round stays as it is.
        var edited = shown.Replace($"\"batchId\": {example.GetProperty("batchId").GetRawText()}", "\"batchId\": \"edited\"")
            .Replace($"\"total\": {example.GetProperty("total").GetRawText()}", "\"total\": 12345678901234567890");
        Assert.NotEqual(shown, edited);
        await Editor(visit).FillAsync(edited);
        await (await visit.IsAccessibleAsync()).PictureAsync($"delivery-resend{(width < 500 ? "-phone" : "")}{(dark ? "-dark" : "")}");
        await Send(visit).ClickAsync();
        await visit.SeesAsync("Sent. This is the new delivery.");
        var received = await receiver.NextAsync();
        Assert.Equal("batch.completed", received.Headers["X-Webhook-Event"]);
        Assert.Contains("\"batchId\":\"edited\"", received.Text);
        Assert.Contains("\"total\":12345678901234567890", received.Text);

        var rows = await Server.DeliveriesAsync(account.SandboxKey, rows => rows.Length == 2 && rows[0].GetProperty("status").GetString() == "delivered");
        Assert.Equal("test", rows[0].GetProperty("trigger").GetString());
        await visit.Page.WaitForURLAsync($"**/deliveries/{rows[0].GetProperty("id").GetString()}**");
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Dialog).GetByText("test", new() { Exact = true }));
        // The one that was edited is as it was.
        Assert.Contains(example.GetProperty("batchId").GetString()!, (await Server.GetAsync($"/v1/deliveries/{delivery}", account.SandboxKey)).Expect(200).Body);
    }

    [Fact]
    public async Task What_does_not_fit_the_schema_is_named_and_nothing_is_sent()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var (account, delivery) = await FillAsync(receiver);
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        visit.Expected.Add("422");
        await visit.OpenAsync(account, $"deliveries/{delivery}", "sandbox");
        await Tab(visit).ClickAsync();
        var shown = await Editor(visit).InputValueAsync();
        await Editor(visit).FillAsync("{ \"batchId\": ");
        await visit.SeesAsync("No JSON yet");
        await Assertions.Expect(Send(visit)).ToBeDisabledAsync();
        await Editor(visit).FillAsync("[1]");
        await visit.SeesAsync("The data of an event are a JSON object");
        await Editor(visit).FillAsync("{ \"batchId\": 7, \"completed\": \"many\" }");
        await Send(visit).ClickAsync();
        var alert = visit.Page.GetByRole(AriaRole.Alert);
        await Visit.SeesAsync(alert.GetByText("Data does not fit its schema"));
        foreach (var place in new[] { "batchId: Must be", "completed: Must be", "total: " }) await Visit.SeesAsync(alert.GetByText(place));
        await (await visit.IsAccessibleAsync()).PictureAsync("delivery-resend-refused");
        Assert.Single((await Server.GetAsync("/v1/deliveries", account.SandboxKey)).Expect(200).Data);
        Assert.Single(receiver.Requests);

        // Another tab and back: what was typed is still there, and can be taken back.
        await visit.Page.GetByRole(AriaRole.Tab, new() { Name = "Request Payload" }).ClickAsync();
        await Tab(visit).ClickAsync();
        await Assertions.Expect(Editor(visit)).ToHaveValueAsync("{ \"batchId\": 7, \"completed\": \"many\" }");
        await visit.Button("As it was").ClickAsync();
        await Assertions.Expect(Editor(visit)).ToHaveValueAsync(shown);
    }

    [Fact]
    public async Task In_production_and_for_members_there_is_no_such_thing()
    {
        await using var receiver = await TestReceiver.StartAsync();
        var (account, delivery) = await FillAsync(receiver, "production");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, $"deliveries/{delivery}");
        await Visit.SeesAsync(visit.Page.GetByRole(AriaRole.Tab, new() { Name = "As sent" }));
        await Visit.SeesAsync(visit.Button("Retry Delivery"));
        await Visit.SeesNotAsync(Tab(visit));

        (account, delivery) = await FillAsync(receiver);
        var member = (await People.MemberAsync(Server, account, "member")).In(account.Id, "sandbox");
        await using var look = await fixture.VisitAsync(member);
        await look.OpenAsync(account, $"deliveries/{delivery}", "sandbox");
        await Visit.SeesAsync(look.Page.GetByRole(AriaRole.Tab, new() { Name = "As sent" }));
        await Visit.SeesNotAsync(Tab(look));
        var webhook = (await member.GetAsync("/v1/webhooks")).Expect(200).Data[0].GetProperty("id").GetString();
        (await member.PostAsync($"/v1/webhooks/{webhook}/test", new { eventType = "batch.completed", data = Server.Example("embed", "batch.completed") })).ExpectProblem(403, "role");
    }
}
