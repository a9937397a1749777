using System.Text.Json;
using Nova.Products;

namespace Nova.BrowserTests;

/// <summary>Publishes the examples of the catalogs.</summary>
internal static class ExampleEvents
{
    public static JsonElement Example(this NovaServer server, string product, string type) =>
        JsonSerializer.Deserialize<JsonElement>(server.Get<IReadOnlyDictionary<string, Product>>()[product].EventTypes[type].Example.Span);

    /// <summary>Publishes an event type's example, and gives the event's id.</summary>
    public static async Task<string> PublishExampleAsync(this NovaServer server, TestAccount account, string product, string type, string environment = "production") =>
        (await server.PublishAsync(account.Id, type, server.Example(product, type), environment)).Expect(202).Text("id");

    /// <summary>The deliveries of an environment, newest first, once they are as they should be; outcomes are on record a moment after the receiver's answer.</summary>
    public static async Task<JsonElement[]> DeliveriesAsync(this NovaServer server, string key, Func<JsonElement[], bool> asTheyShouldBe)
    {
        JsonElement[] rows = [];
        await server.WhenRecordedAsync<bool>(async () => asTheyShouldBe(rows = [.. (await server.GetAsync("/v1/deliveries?limit=250", key)).Expect(200).Data]) ? true : null);
        return rows;
    }
}
