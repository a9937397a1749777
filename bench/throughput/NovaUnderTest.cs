using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;

namespace Nova.Throughput;

/// <summary>A Nova server as its own process, with accounts whose endpoints are the sink.</summary>
/// <remarks>
/// Set up by the public API only. Eight accounts share the load: a platform has many customers, and a single endpoint would measure the cap
/// on requests in flight to one receiver instead of Nova. Account names end in a digit, which the publisher patches.
/// </remarks>
internal sealed class NovaUnderTest : IAsyncDisposable
{
    public const int Accounts = 8;
    public const string OperatorKey = "nk_bench_0123456789abcdef0123456789abcdef";
    const string Product = "standard";

    readonly Child _process;
    readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler { UseProxy = false });

    NovaUnderTest(Child process, string url)
    {
        _process = process;
        Url = url;
    }

    public string Url { get; }

    public int ProcessId => _process.Id;

    public static async Task<NovaUnderTest> StartAsync(string root, string directory, string store, CancellationToken cancellation)
    {
        var program = Path.Combine(root, "src/Nova.Server/bin/Release/net10.0/nova-server");
        if (!File.Exists(program))
            throw new UsageException($"{program} is missing: build src/Nova.Server in Release, as the run script does.");
        var url = $"http://127.0.0.1:{PostgresCluster.FreePort()}";
        var process = Child.Start("nova-server", program, [], new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = url,
            ["Nova__Store"] = store,
            ["Nova__OperatorKey"] = OperatorKey,
            ["Nova__MasterKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["Nova__Egress__AllowHttp"] = "true",
            ["Nova__Egress__AllowedNetworks"] = "127.0.0.0/8",
            ["Logging__LogLevel__Default"] = "Warning",
        }, directory);
        var nova = new NovaUnderTest(process, url);
        try
        {
            await nova.WaitUntilReadyAsync(cancellation);
            return nova;
        }
        catch
        {
            await nova.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes accounts <c>name-0</c>, <c>name-1</c>… with so many endpoints each; the receiver is told which of its account's it is.</summary>
    public async Task AddAccountsAsync(string name, int accounts, int endpoints, Func<int, string> receiver, CancellationToken cancellation)
    {
        for (var i = 0; i < accounts; i++)
        {
            var account = $"{name}-{i}";
            await PostAsync("/v1/accounts", OperatorKey, new { product = Product, external_id = account, name = account }, cancellation);
            var key = await PostAsync($"/v1/accounts/{account}/environments/production/keys", OperatorKey, new { name = "bench" }, cancellation);
            for (var endpoint = 0; endpoint < endpoints; endpoint++)
            {
                await PostAsync(
                    "/v1/webhooks", key.GetProperty("key").GetString()!, new { url = receiver(endpoint), events = new[] { Payload.EventType } }, cancellation);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _invoker.Dispose();
        await _process.DisposeAsync();
    }

    /// <summary>Deliveries in the store that have not ended.</summary>
    public async Task<long> OpenDeliveriesAsync(CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Url + "/v1/operations/status");
        var status = await SendAsync(request, OperatorKey, cancellation);
        return status.GetProperty("open_deliveries").GetInt64();
    }

    async Task<JsonElement> PostAsync<T>(string path, string key, T body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Url + path) { Content = JsonContent.Create(body) };
        return await SendAsync(request, key, cancellation);
    }

    async Task<JsonElement> SendAsync(HttpRequestMessage request, string key, CancellationToken cancellation)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await _invoker.SendAsync(request, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        return response.IsSuccessStatusCode
            ? JsonSerializer.Deserialize<JsonElement>(text)
            : throw new InvalidOperationException($"{request.Method} {request.RequestUri} was answered {(int)response.StatusCode}: {text}");
    }

    async Task WaitUntilReadyAsync(CancellationToken cancellation)
    {
        for (var tries = 0; tries < 300; tries++)
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"nova-server ended at its start. {_process.Errors}");
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"{Url}/readyz");
                using var response = await _invoker.SendAsync(request, cancellation);
                if (response.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Clock.Wait(TimeSpan.FromMilliseconds(100), cancellation);
        }

        throw new InvalidOperationException($"nova-server was not ready within 30 s. {_process.Errors}");
    }
}
