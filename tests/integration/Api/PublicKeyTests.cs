namespace Nova.IntegrationTests.Api;

/// <summary>How a customer of a product that signs by Ed25519 learns what verifies.</summary>
public sealed class PublicKeyTests
{
    const string Definition =
        """
        {
          "name": "signed", "title": "Signed", "envelope": { "...": "{data}" },
          "headers": { "webhook-id": "{event.id}", "webhook-timestamp": "{timestamp}" },
          "signatures": [
            { "header": "webhook-signature", "algorithm": "ed25519", "content": "{id}.{timestamp}.{body}", "key": "key-pair", "encoding": "base64",
              "value": "v1a,{signature}", "separator": " " }
          ],
          "secret": { "shown": "SHOWN", "rotation_overlap": "24h" },
          "retry": { "delays": ["0s"] }, "timeout": "10s"
        }
        """;

    const string EventType =
        """{ "name": "thing.made", "title": "T", "description": "D", "schema": { "type": "object" }, "example": { "id": 1 } }""";

    [Theory]
    [InlineData("never", false)]
    [InlineData("on_demand", true)]
    public async Task Every_answer_shows_the_public_key_and_a_rotation_brings_another(string shown, bool showsSecret)
    {
        var folder = Directory.CreateTempSubdirectory("nova-signed-");
        try
        {
            Directory.CreateDirectory(Path.Combine(folder.FullName, "signed", "events"));
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "signed", "product.json"), Definition.Replace("SHOWN", shown));
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "signed", "events", "thing.made.json"), EventType);
            await using var server = await NovaServer.OnSqliteAsync(new() { ["Nova:ProductsPath"] = folder.FullName });
            var account = await server.AddAccountAsync("signed");

            var made = (await server.PostAsync("/v1/webhooks", account.Key, new { url = "http://127.0.0.1:18080/", events = new[] { "*" } })).Expect(201);
            var path = $"/v1/webhooks/{made.Text("id")}";
            var read = (await server.GetAsync(path, account.Key)).Expect(200);
            var rotated = (await server.PostAsync($"{path}/secret/rotate", account.Key, null)).Expect(200);
            var after = (await server.GetAsync(path, account.Key)).Expect(200);

            Assert.Matches("^whpk_[A-Za-z0-9+/]{43}=$", made.Text("public_key"));
            Assert.Equal(made.Text("public_key"), read.Text("public_key"));
            Assert.NotEqual(made.Text("public_key"), rotated.Text("public_key"));
            Assert.Equal(rotated.Text("public_key"), after.Text("public_key"));
            Assert.Equal(showsSecret, made.Json.TryGetProperty("secret", out _));
            Assert.Equal(showsSecret, rotated.Json.TryGetProperty("secret", out _));
            Assert.False(read.Json.TryGetProperty("secret", out _));
            if (!showsSecret) return;
            // The private key is behind the secret in the store, and stays there.
            Assert.Equal(rotated.Text("secret"), (await server.PostAsync($"{path}/secret", account.Key)).Expect(200).Text("secret"));
            Assert.DoesNotContain("whsk_", rotated.Text("secret"), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
