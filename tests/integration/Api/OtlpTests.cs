using System.Text;
using Nova.TestSupport;

namespace Nova.IntegrationTests.Api;

/// <summary>Metrics and traces reach a collector, where one is named.</summary>
public sealed class OtlpTests
{
    [Fact]
    public async Task Metrics_and_spans_arrive_at_the_collector()
    {
        await using var collector = await TestReceiver.StartAsync();
        var endpoint = collector.Url[..^"/hook".Length];
        await using (var server = await NovaServer.OnSqliteAsync(new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint }))
        {
            var account = await server.AddAccountAsync("kit", "pro");
            (await server.PublishAsync(account.ExternalId, "credits.low", System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(
                server.Get<IReadOnlyDictionary<string, Products.Product>>()["kit"].EventTypes["credits.low"].Example.Span))).Expect(202);
        }
        // Flushed when the server stopped.
        var metrics = collector.Requests.First(request => request.Path == "/v1/metrics");
        Assert.Equal("application/x-protobuf", metrics.Headers["Content-Type"]);
        Assert.Contains("nova.events.published", string.Concat(collector.Requests.Where(request => request.Path == "/v1/metrics").Select(Text)), StringComparison.Ordinal);
        Assert.Contains("event.publish", string.Concat(collector.Requests.Where(request => request.Path == "/v1/traces").Select(Text)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collector_that_is_no_address_stops_the_start()
    {
        var fault = await Assert.ThrowsAsync<NovaConfigurationException>(() => NovaServer.OnSqliteAsync(new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "collector" }));
        Assert.Contains("OTEL_EXPORTER_OTLP_ENDPOINT", fault.Message, StringComparison.Ordinal);
    }

    static string Text(ReceivedRequest request) => Encoding.Latin1.GetString(request.Body);
}
