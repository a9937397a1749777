using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Nova.ConformanceTests;

/// <summary>A receiver of samples/receivers, running as a process of its own on loopback.</summary>
/// <remarks>It stops when its standard input closes, which the operating system sees to however this process ends: none is ever left over.</remarks>
internal sealed class ReceiverProcess : IAsyncDisposable
{
    /// <summary>Only ever reached when something is broken.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    readonly Process _process;
    readonly string _record;
    readonly ConcurrentQueue<string> _errors;

    /// <remarks>A connection for each request: a receiver closes an idle one when it likes, and a POST that loses that race is not repeated.</remarks>
    readonly HttpMessageInvoker _client = new(
        new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null, PooledConnectionLifetime = TimeSpan.Zero });

    int _paths;

    ReceiverProcess(Process process, string record, ConcurrentQueue<string> errors, int port)
    {
        _process = process;
        _record = record;
        _errors = errors;
        Address = new Uri($"http://127.0.0.1:{port}/");
    }

    public Uri Address { get; }

    /// <summary>Starts a program and waits until it says that it listens.</summary>
    /// <param name="command">The program and its own arguments; the receiver's are added.</param>
    /// <param name="product">Any product it knows: the tests open their own paths.</param>
    /// <param name="folder">An existing folder for its record.</param>
    public static async Task<ReceiverProcess> StartAsync(IReadOnlyList<string> command, string product, string folder)
    {
        var record = Path.Combine(folder, $"{Guid.NewGuid():N}.jsonl");
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in command.Skip(1)) start.ArgumentList.Add(argument);
        foreach (var argument in (string[])["--product", product, "--secret", "unused", "--port", "0", "--record", record, "--until-stdin-closes"])
        {
            start.ArgumentList.Add(argument);
        }

        var errors = new ConcurrentQueue<string>();
        var process = new Process { StartInfo = start };
        process.ErrorDataReceived += (_, line) => errors.Enqueue(line.Data ?? "");
        process.Start();
        process.BeginErrorReadLine();

        const string Ready = "listening on ";
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        if (line is null || !line.StartsWith(Ready, StringComparison.Ordinal) || !int.TryParse(line[Ready.Length..], out var port))
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync().WaitAsync(Patience);
            throw new InvalidOperationException($"{string.Join(' ', command)} did not start: {line} {string.Join('\n', errors)}");
        }
        return new ReceiverProcess(process, record, errors, port);
    }

    /// <summary>A path of its own for a test, so that tests running side by side do not count each other's requests.</summary>
    public async Task<ReceiverInbox> OpenAsync(string product, string secret, object? settings = null)
    {
        var inbox = new ReceiverInbox(this, $"/{product}/{Interlocked.Increment(ref _paths)}");
        await inbox.ChangeAsync(new { product, secret });
        if (settings is not null) await inbox.ChangeAsync(settings);
        return inbox;
    }

    /// <summary>Posts settings, or only reads the counts where there are none.</summary>
    internal async Task<InboxCounts> ControlAsync(string path, object? settings)
    {
        using var request = new HttpRequestMessage(settings is null ? HttpMethod.Get : HttpMethod.Post, new Uri(Address, "/_control"));
        if (settings is not null)
        {
            var members = JsonSerializer.SerializeToNode(settings, Json)!.AsObject();
            members["path"] = path;
            request.Content = new StringContent(members.ToJsonString(), Encoding.UTF8, "application/json");
        }
        using var response = await _client.SendAsync(request, CancellationToken.None).WaitAsync(Patience);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var answer = await response.Content.ReadFromJsonAsync<ControlAnswer>(Json);
        return answer!.Paths[path];
    }

    /// <summary>Sends a request as it stands and gives the answer's status and body.</summary>
    internal async Task<ReceiverAnswer> PostAsync(string path, SignedRequest signed)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Address, path)) { Content = new ReadOnlyMemoryContent(signed.Body) };
        foreach (var (name, value) in signed.Headers)
        {
            var isOfContent = name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase);
            Assert.True(isOfContent ? request.Content.Headers.TryAddWithoutValidation(name, value) : request.Headers.TryAddWithoutValidation(name, value), name);
        }
        using var response = await _client.SendAsync(request, CancellationToken.None).WaitAsync(Patience);
        return new ReceiverAnswer((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>What came to a path so far. The receiver records a request before it answers.</summary>
    internal IReadOnlyList<RecordedRequest> Read(string path)
    {
        using var file = new FileStream(_record, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var whole = reader.ReadToEnd();
        var lines = whole[..(whole.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(line => JsonSerializer.Deserialize<RecordedRequest>(line, Json)!).Where(request => request.Path == path)];
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"A receiver did not stop when its input closed: {string.Join('\n', _errors)}");
        }
        finally
        {
            _process.Dispose();
        }
    }

    sealed record ControlAnswer(Dictionary<string, InboxCounts> Paths);
}

/// <summary>A path of a receiver: an endpoint's URL.</summary>
internal sealed class ReceiverInbox(ReceiverProcess process, string path)
{
    public string Url => new Uri(process.Address, path).ToString();

    /// <summary>Changes how it verifies and answers: product, secret, tolerance, status, script, fail_every, delay_ms.</summary>
    public Task<InboxCounts> ChangeAsync(object settings) => process.ControlAsync(path, settings);

    public Task<InboxCounts> CountAsync() => process.ControlAsync(path, null);

    public Task<ReceiverAnswer> PostAsync(SignedRequest request) => process.PostAsync(path, request);

    public IReadOnlyList<RecordedRequest> Requests => process.Read(path);
}

/// <param name="Status">Of the answer.</param>
/// <param name="Body">JSON: <c>received</c> or <c>error</c>.</param>
internal sealed record ReceiverAnswer(int Status, string Body)
{
    /// <summary>Why it was refused; null where it was not.</summary>
    public string? Reason => JsonDocument.Parse(Body).RootElement.TryGetProperty("error", out var error) ? error.GetString() : null;
}

/// <param name="Product">By whose recipe it verifies.</param>
/// <param name="Received">Requests.</param>
/// <param name="Verified">Of them, those whose signature held.</param>
/// <param name="Refused">The others, by reason.</param>
/// <param name="Distinct">Deliveries answered with 2xx.</param>
/// <param name="Duplicates">Deliveries answered with 2xx a second time.</param>
internal sealed record InboxCounts(string Product, int Received, int Verified, Dictionary<string, int> Refused, int Distinct, int Duplicates);

/// <summary>A line of a receiver's record.</summary>
internal sealed record RecordedRequest(
    DateTimeOffset ReceivedAt, string Method, string Path, string[][] Headers, byte[] BodyBase64, bool Verified, string? Reason, int Answered, string? Id);
