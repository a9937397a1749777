using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text.Json;
using Nova.TestSupport;

namespace Nova.ChaosTests;

/// <summary>A server process of its own, which a test may kill, pause and start again.</summary>
internal sealed partial class NovaProcess : IAsyncDisposable
{
    public const string OperatorKey = "nk_chaos_0123456789abcdef0123456789abcdef";
    const int SigStop = 19, SigCont = 18, SigTerm = 15;

    /// <summary>For a start, whatever the machine is doing besides.</summary>
    static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    readonly Dictionary<string, string> _settings;
    Process _process = null!;
    TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    NovaProcess(string store, int port)
    {
        Url = new($"http://127.0.0.1:{port}");
        _settings = new()
        {
            ["Nova__Store"] = store,
            ["Nova__OperatorKey"] = OperatorKey,
            ["Nova__MasterKey"] = Convert.ToBase64String(new byte[32]),
            ["Nova__Egress__AllowHttp"] = "true",
            ["Nova__Egress__AllowedNetworks"] = "127.0.0.0/8",
            ["ASPNETCORE_URLS"] = Url.ToString(),
            ["Logging__LogLevel__Default"] = "Warning",
            ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information",
            ["Logging__LogLevel__Nova.NovaEngine"] = "Information",
        };
        Http = new(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(2) }, disposeHandler: true) { BaseAddress = Url };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", OperatorKey);
    }

    public Uri Url { get; }

    /// <summary>Speaks to the server as the operator.</summary>
    public HttpClient Http { get; }

    /// <summary>What the process printed last, for the message of a failed test.</summary>
    public List<string> Output { get; } = [];

    public static async Task<NovaProcess> StartAsync(string store)
    {
        var nova = new NovaProcess(store, LoopbackPort.Free());
        await nova.StartAgainAsync();
        return nova;
    }

    public async Task StartAgainAsync()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "nova-server.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in _settings) start.Environment[name] = value;
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = new() { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException("The server ended at its start:\n" + Tail()));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await ready.Task.WaitAsync(StartLimit);
        _started.TrySetResult();

        void Keep(string? line)
        {
            if (line is null) return;
            lock (Output)
            {
                Output.Add(line);
                if (Output.Count > 200) Output.RemoveAt(0);
            }
            // The web server's own line, which comes after the engine has started.
            if (line.Contains("Now listening on", StringComparison.Ordinal)) ready.TrySetResult();
        }
    }

    /// <summary>Completes when the server is there again after a kill; at once where it has not been killed.</summary>
    public Task StartedAsync(CancellationToken cancellation) => Volatile.Read(ref _started).Task.WaitAsync(cancellation);

    public string Tail()
    {
        lock (Output) return string.Join('\n', Output.TakeLast(30));
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    public void Pause() => Signal(SigStop);

    public void Continue() => Signal(SigCont);

    /// <summary>SIGTERM, and waits for the orderly end.</summary>
    public async Task StopAsync()
    {
        Signal(SigTerm);
        await _process.WaitForExitAsync().WaitAsync(StartLimit);
    }

    /// <summary>An account of the standard product with an endpoint at this URL.</summary>
    public async Task<string> AddReceiverAsync(string url)
    {
        await PostAsync("/v1/accounts", new { product = "standard", external_id = "acme", name = "Acme Inc" });
        var key = await PostAsync("/v1/accounts/acme/environments/production/keys", new { name = "chaos" });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/webhooks")
        {
            Content = JsonContent.Create(new { url, events = new[] { "*" } }),
            Headers = { Authorization = new("Bearer", key.GetProperty("key").GetString()) },
        };
        using var response = await Http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return key.GetProperty("key").GetString()!;
    }

    public async Task<JsonElement> PostAsync(string path, object body)
    {
        using var response = await Http.PostAsJsonAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {text}");
        return JsonElement.Parse(text);
    }

    void Signal(int signal) => Assert.Equal(0, Kill(_process.Id, signal));

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        try
        {
            if (!_process.HasExited) await KillAsync();
        }
        catch (InvalidOperationException)
        {
            // Killed and disposed already by the test.
        }
    }
}
