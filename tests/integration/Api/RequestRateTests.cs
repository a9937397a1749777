using Microsoft.AspNetCore.Http;

namespace Nova.IntegrationTests.Api;

/// <summary>How often a credential may ask: as the server is set, as the plan says, or as was agreed with the account, the last first.</summary>
public sealed class RequestRateTests
{
    [Fact]
    public async Task A_plan_s_rate_goes_before_the_server_s_and_the_account_s_before_the_plan_s()
    {
        var folder = Directory.CreateTempSubdirectory("nova-plans-").FullName;
        try
        {
            Copy(Path.Combine(AppContext.BaseDirectory, "products", "kit"), Path.Combine(folder, "kit"));
            var file = Path.Combine(folder, "kit", "product.json");
            var definition = System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(file), documentOptions: new() { CommentHandling = System.Text.Json.JsonCommentHandling.Skip, AllowTrailingCommas = true })!;
            definition["plans"]!["pro"]!["requests_per_second"] = 7;
            await File.WriteAllTextAsync(file, definition.ToJsonString());
            await using var server = await NovaServer.OnSqliteAsync(new() { ["Nova:ProductsPath"] = folder });

            var (free, pro) = (await server.AddAccountAsync("kit", "free"), await server.AddAccountAsync("kit", "pro"));
            Assert.Equal("\"default\";q=10000;w=1", (await server.GetAsync("/v1/webhooks", free.Key)).Expect(200).Headers["RateLimit-Policy"]);
            Assert.Equal("\"default\";q=7;w=1", (await server.GetAsync("/v1/webhooks", pro.Key)).Expect(200).Headers["RateLimit-Policy"]);
            for (var i = 0; i < 100; i++)
                if ((int)(await server.GetAsync("/v1/webhooks", pro.Key)).Status == StatusCodes.Status429TooManyRequests) break;
                else Assert.True(i < 99);
            // Each credential has its own.
            (await server.GetAsync("/v1/webhooks", pro.SandboxKey)).Expect(200);
            (await server.PatchAsync($"/v1/accounts/{pro.Id}", NovaServer.OperatorKey, new { overrides = new { requests_per_second = 90 } })).Expect(200);
            Assert.Equal("\"default\";q=90;w=1", (await server.GetAsync("/v1/webhooks", pro.SandboxKey)).Expect(200).Headers["RateLimit-Policy"]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.GetDirectories(from)) Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
