using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Nova.TestSupport;

namespace Nova.ConformanceTests;

/// <summary><c>./run</c>, as somebody sees it who has just cloned the repository.</summary>
public sealed partial class QuickstartTests : IDisposable
{
    /// <summary>A start may include a build of the server. Only ever used up when something is broken.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    readonly string _folder = Directory.CreateTempSubdirectory("nova-quickstart-").FullName;
    readonly int _port = LoopbackPort.Free();

    [Fact]
    public async Task Every_documented_event_arrives_verified_what_is_printed_works_and_a_second_start_goes_on()
    {
        string[] documented = ["embed", "partner", "calls", "kit"];
        var wanted = documented.SelectMany(product => Definitions.Of(product).EventTypes.Keys.Select(type => $"{product} {type}"))
            .Concat(Definitions.Of("standard").EventTypes.Keys.Select(type => $"standard {type}")).ToHashSet();
        Assert.Equal(29, wanted.Count(type => !type.StartsWith("standard ", StringComparison.Ordinal)));

        using var first = Quickstart.Start("--port", $"{_port}", "--data", _folder, "--rate", "20");
        var commands = await first.ReadCommandsAsync();
        var (retried, seen) = (false, new HashSet<string>());
        while (!retried || seen.Count < wanted.Count)
        {
            var attempt = await first.ReadAttemptAsync();
            Assert.False(attempt.Verdict.StartsWith("refused", StringComparison.Ordinal), first.Lines[^1]);
            // Each round of the generator has every type.
            Assert.True(first.Lines.Count < 1000, $"Not seen: {string.Join(", ", wanted.Except(seen).Order())}; a retry: {retried}");
            if (attempt.Verdict == "verified ✓") seen.Add($"{attempt.Product} {attempt.Type}");
            retried |= attempt.Number > 1;
        }
        Assert.Equal(wanted.Order(), seen.Order());
        foreach (var command in commands) await AssertWorksAsync(command);
        Assert.Equal(0, await first.EndAsync(signal: "INT"));
        Assert.Contains(" 0 refused ", first.Lines[^1]);
        Assert.Contains(" 0 failed ", first.Lines[^1]);

        using var second = Quickstart.Start("--port", $"{_port}", "--data", _folder, "--seconds", "1");
        Assert.Equal(0, await second.EndAsync(signal: null));
        Assert.Contains("running again", string.Join('\n', second.Lines));
        Assert.Contains(" 0 refused ", second.Lines[^1]);
        Assert.Equal(AccountsIn(first.Lines), AccountsIn(second.Lines));
        Assert.Equal(5, AccountsIn(second.Lines).Count);
    }

    [Fact]
    public async Task The_server_does_not_outlive_a_quickstart_that_was_killed()
    {
        using var quickstart = Quickstart.Start("--port", $"{_port}", "--data", _folder);
        await quickstart.ReadCommandsAsync();
        // SQLite's last connection removes this file when the server has stopped in order.
        var stopped = new TaskCompletionSource();
        using var watcher = new FileSystemWatcher(_folder, "nova.db-shm");
        watcher.Deleted += (_, _) => stopped.TrySetResult();
        watcher.EnableRaisingEvents = true;

        quickstart.Kill();

        await stopped.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Only_their_owner_can_read_the_keys()
    {
        using var quickstart = Quickstart.Start("--port", $"{_port}", "--data", _folder, "--seconds", "1");
        Assert.Equal(0, await quickstart.EndAsync(signal: null));

        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("./run is a shell script.");
        foreach (var file in (string[])["state.json", "master.key", "server.log"])
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, file)));
    }

    [Fact]
    public async Task A_wrong_option_is_named_and_a_port_in_use_too()
    {
        using var misspelt = Quickstart.Start("--prot", "5080");
        Assert.Equal(2, await misspelt.EndAsync(signal: null));
        Assert.Contains("--prot", string.Join('\n', misspelt.Lines));

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var crowded = Quickstart.Start("--port", $"{port}", "--data", _folder);
        Assert.Equal(1, await crowded.EndAsync(signal: null));
        Assert.Contains($"Port {port} is in use", string.Join('\n', crowded.Lines));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Runs it as it stands there, in another shell.</summary>
    static async Task AssertWorksAsync(string command)
    {
        Programs.Find("curl", "curl");
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($@"{command} -w '\n%{{http_code}}'");
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await process.WaitForExitAsync().WaitAsync(Patience);
        var (body, status) = (output[..output.LastIndexOf('\n')], output[(output.LastIndexOf('\n') + 1)..]);
        Assert.True(process.ExitCode == 0 && status.StartsWith('2'), $"{command}\n{output}");
        using var _ = JsonDocument.Parse(body);
    }

    static List<string> AccountsIn(IEnumerable<string> lines) =>
        [.. lines.SelectMany(line => AccountId().Matches(line)).Select(match => match.Value)];

    [GeneratedRegex("acc_[0-9a-z]{26}")]
    private static partial Regex AccountId();

    /// <summary>A running <c>./run</c>, read line by line.</summary>
    sealed partial class Quickstart : IDisposable
    {
        readonly Process _process;

        Quickstart(Process process) => _process = process;

        /// <summary>What it has said so far.</summary>
        public List<string> Lines { get; } = [];

        public static Quickstart Start(params IEnumerable<string> options)
        {
            Programs.Find("node", "nodejs");
            var program = Path.Combine(Repository.Root, "run");
            var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (var option in options) start.ArgumentList.Add(option);
            return new(Process.Start(start)!);
        }

        /// <summary>The commands to paste: it prints them when the first deliveries have arrived.</summary>
        public async Task<List<string>> ReadCommandsAsync()
        {
            const string Command = "  curl ";
            List<string> commands = [];
            // An empty line ends them.
            while (await ReadLineAsync() is var line && (commands.Count == 0 || line.Length > 0))
                if (line.StartsWith(Command, StringComparison.Ordinal)) commands.Add(line.Trim());
            return commands;
        }

        public async Task<ShownAttempt> ReadAttemptAsync()
        {
            while (true)
            {
                var match = Attempt().Match(await ReadLineAsync());
                if (!match.Success) continue;
                string[] parts = [.. match.Groups.Values.Select(group => group.Value)];
                return new(parts[1], parts[2], int.Parse(parts[3], null), parts[4]);
            }
        }

        /// <summary>Waits for its end, and sends a signal before if there is one; its exit code.</summary>
        public async Task<int> EndAsync(string? signal)
        {
            if (signal is not null) Process.Start("kill", [$"-{signal}", $"{_process.Id}"]).WaitForExit();
            while (await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line) Lines.Add(line);
            await _process.WaitForExitAsync().WaitAsync(Patience);
            if (_process.StandardError.ReadToEnd() is { Length: > 0 } error) Lines.Add(error.TrimEnd());
            return _process.ExitCode;
        }

        public void Kill() => _process.Kill();

        public void Dispose()
        {
            if (!_process.HasExited) _process.Kill();
            _process.Dispose();
        }

        /// <summary>A quickstart that ends where more is expected fails the test with what it said.</summary>
        async Task<string> ReadLineAsync()
        {
            var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
            Assert.True(line is not null, $"./run ended early: {string.Join('\n', Lines)}");
            Lines.Add(line);
            return line;
        }

        [GeneratedRegex(@"^\d\d:\d\d:\d\d  (\w+) +(\S+) +attempt (\d+) of \d+ +→  \S+ +[\d.]+ ms  (.*?)( {2,}.*)?$")]
        private static partial Regex Attempt();
    }

    sealed record ShownAttempt(string Product, string Type, int Number, string Verdict);
}
