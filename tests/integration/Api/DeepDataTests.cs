namespace Nova.IntegrationTests.Api;

/// <summary>Data as deep as a request may have it, in an envelope that puts it deeper still.</summary>
public sealed class DeepDataTests
{
    const string Product = """
        { "name": "deep", "title": "Deep", "envelope": { "event": { "payload": { "data": "{data}" } } },
          "signatures": [{ "header": "Deep-Signature", "algorithm": "hmac-sha256", "content": "{body}", "key": "secret", "encoding": "hex" }],
          "secret": { }, "retry": { "delays": ["0s"] }, "timeout": "10s" }
        """;

    const string EventType = """{ "name": "deep.data", "title": "Deep", "description": "Whatever it is.", "schema": { "type": "object" }, "example": { "a": 1 } }""";

    [Fact]
    public async Task Data_of_63_levels_is_published_found_by_what_it_contains_and_shown()
    {
        var folder = Directory.CreateTempSubdirectory("nova-deep-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "deep", "events"));
            await File.WriteAllTextAsync(Path.Combine(folder, "deep", "product.json"), Product);
            await File.WriteAllTextAsync(Path.Combine(folder, "deep", "events", "deep.data.json"), EventType);
            await using var server = await NovaServer.OnSqliteAsync(new() { ["Nova:ProductsPath"] = folder });
            var account = await server.AddAccountAsync("deep");
            (await server.PostAsync("/v1/webhooks", account.Key, new { url = "http://127.0.0.1:18080/", events = new[] { "*" } })).Expect(201);

            var deep = string.Concat(Enumerable.Repeat("[", 62)) + "1" + string.Concat(Enumerable.Repeat("]", 62));
            var body = $$$"""{"account":"{{{account.ExternalId}}}","environment":"production","type":"deep.data","data":{"a":{{{deep}}}}}""";
            (await server.SendAsync(HttpMethod.Post, "/v1/events", NovaServer.OperatorKey, body)).Expect(202);

            var found = (await server.GetAsync("/v1/deliveries?contains=" + Uri.EscapeDataString("""{"event":{"payload":{}}}"""), account.Key)).Expect(200).Data;
            var id = Assert.Single(found).GetProperty("id").GetString();
            Assert.Contains(deep, (await server.GetAsync($"/v1/deliveries/{id}", account.Key)).Expect(200).Body, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
