using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Nova.Products;
using Nova.Verifying;

namespace Nova.ConformanceTests;

/// <summary>A program of a verification guide, saved and started as the guide says, listening on loopback.</summary>
internal sealed class GuideProcess : IAsyncDisposable
{
    /// <summary>Every language of the guides.</summary>
    public static readonly string[] Languages = ["node", "python", "go", "csharp", "java", "php", "ruby", "shell"];

    /// <summary>A language's first start compiles; only ever reached when something is broken.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    static int _port = 20_000;

    readonly Process _process;
    readonly ConcurrentQueue<string> _output = new();
    readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <remarks>A connection for each request: Python's server speaks HTTP/1.0, and closes after each answer without saying so.</remarks>
    readonly HttpMessageInvoker _client = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero });

    readonly Uri _url;

    GuideProcess(ProcessStartInfo start, int port)
    {
        _url = new($"http://127.0.0.1:{port}/");
        _process = new() { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Notice(line.Data);
        _process.ErrorDataReceived += (_, line) => Notice(line.Data);
        _process.Exited += (_, _) => _listening.TrySetException(new InvalidOperationException($"{start.FileName} ended: {Output}"));
    }

    /// <summary>What it has printed.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>A port that nobody listens on, of those that the system gives to nobody by itself (from 32768 on).</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = Interlocked.Increment(ref _port);
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Somebody does.
            }
        }
    }

    /// <summary>Saves a program, starts it and waits until it listens.</summary>
    public static async Task<GuideProcess> StartAsync(VerificationProgram program, string folder, (string Name, string Value) secret, int port)
    {
        var file = Path.Combine(folder, program.File);
        await File.WriteAllTextAsync(file, program.Code);
        string[] command = program.Language switch
        {
            "node" => [Programs.Find("node", "nodejs"), file],
            "python" => [Programs.Find("python3", "python3"), file],
            "go" => [Programs.Find("go", "golang-go"), "run", file],
            "csharp" => [Programs.Find("dotnet", "dotnet-sdk-10.0"), "run", file],
            "java" => [Programs.Find("java", "default-jdk-headless"), file],
            "php" => [Programs.Find("php", "php-cli"), "-S", $"127.0.0.1:{port}", file],
            "ruby" => [Programs.Find("ruby", "ruby"), file],
            _ => [Programs.Find("bash", "bash"), file],
        };
        if (program.Language == "shell") Programs.Find("socat", "socat");
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        start.Environment[secret.Name] = secret.Value;
        start.Environment["PORT"] = $"{port}";
        // The compiler alone, quick to start: the programs live for a second.
        start.Environment["JAVA_TOOL_OPTIONS"] = "-XX:TieredStopAtLevel=1";
        var process = new GuideProcess(start, port);
        process._process.Start();
        process._process.BeginOutputReadLine();
        process._process.BeginErrorReadLine();
        await process._listening.Task.WaitAsync(Patience);
        // The shell's says so a moment before: socat prints nothing.
        if (program.Language == "shell") await process.ConnectAsync();
        return process;
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, (string Name, string Value) secret, params string[] arguments)
    {
        var start = new ProcessStartInfo(Programs.Find(program, program), arguments) { RedirectStandardOutput = true };
        start.Environment[secret.Name] = secret.Value;
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, output);
    }

    public async Task<HttpStatusCode> SendAsync(List<HeaderLine> headers, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new ByteArrayContent(body) };
        foreach (var header in headers)
            if (!request.Headers.TryAddWithoutValidation(header.Name, header.Value)) request.Content.Headers.TryAddWithoutValidation(header.Name, header.Value);
        using var limit = new CancellationTokenSource(Patience);
        using var response = await _client.SendAsync(request, limit.Token);
        return response.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _client.Dispose();
    }

    async Task ConnectAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, _url.Port, patience.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Yield();
            }
        }
    }

    void Notice(string? line)
    {
        if (line is null) return;
        _output.Enqueue(line);
        if (line.StartsWith("listening on ", StringComparison.Ordinal) || line.EndsWith(") started", StringComparison.Ordinal)) _listening.TrySetResult();
    }
}
