using System.Net.Http.Json;

namespace Nova.Throughput;

/// <summary>The sink as its own process, and what it says of itself.</summary>
internal sealed class SinkClient : IAsyncDisposable
{
    readonly Child _process;
    readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler { UseProxy = false });

    SinkClient(Child process, int port)
    {
        _process = process;
        Url = $"http://127.0.0.1:{port}";
    }

    public string Url { get; }

    public int ProcessId => _process.Id;

    public static async Task<SinkClient> StartAsync(CancellationToken cancellation)
    {
        var process = Child.Self(inline: true, "sink");
        var port = int.Parse(await process.WaitForAsync("listening", TimeSpan.FromSeconds(20), cancellation));
        return new SinkClient(process, port);
    }

    public Task<SinkStats> StatsAsync(CancellationToken cancellation) => AskAsync(HttpMethod.Get, cancellation);

    /// <summary>Forgets what it has counted.</summary>
    public Task ResetAsync(CancellationToken cancellation) => AskAsync(HttpMethod.Delete, cancellation);

    /// <summary>
    /// Waits until the sink has had so many distinct deliveries, or until nothing new has come for <paramref name="patience"/>.
    /// </summary>
    public async Task<SinkStats> DrainAsync(long expected, TimeSpan patience, CancellationToken cancellation)
    {
        var stats = await StatsAsync(cancellation);
        var progressAt = Clock.Micros;
        while (stats.Distinct < expected && Clock.Micros - progressAt < patience.TotalMicroseconds)
        {
            await Clock.Wait(TimeSpan.FromMilliseconds(50), cancellation);
            var next = await StatsAsync(cancellation);
            if (next.Requests > stats.Requests)
                progressAt = Clock.Micros;
            stats = next;
        }

        return stats;
    }

    public async ValueTask DisposeAsync()
    {
        _invoker.Dispose();
        await _process.DisposeAsync();
    }

    async Task<SinkStats> AskAsync(HttpMethod method, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, $"{Url}/stats");
        using var response = await _invoker.SendAsync(request, cancellation);
        return await response.Content.ReadFromJsonAsync<SinkStats>(cancellation)
            ?? throw new InvalidOperationException("The sink's answer was empty.");
    }
}
