using System.Diagnostics;
using System.Threading.Channels;

namespace Nova.Throughput;

/// <summary>A process that this one started, with the lines that it writes. Ended by its own id when it is disposed, never by a name.</summary>
internal sealed class Child : IAsyncDisposable
{
    readonly Process _process;
    readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    readonly Queue<string> _lastErrors = new();
    readonly string _name;

    Child(string name, Process process)
    {
        _name = name;
        _process = process;
        process.OutputDataReceived += (_, e) =>
        {
            if (e.Data is null)
                _lines.Writer.TryComplete();
            else
                _lines.Writer.TryWrite(e.Data);
        };
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is not null)
                KeepError(e.Data);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <summary>Starts a sub-command of this program as a process of its own.</summary>
    /// <param name="inline">Socket completions run on the polling thread: right for the sink and the publisher, whose work per completion is tiny.</param>
    /// <param name="arguments">The sub-command, then its options.</param>
    public static Child Self(bool inline, params IEnumerable<object> arguments) =>
        Start(
            arguments.First().ToString()!, Environment.ProcessPath!, arguments.Select(argument => argument.ToString()!),
            inline
                ? new()
                {
                    ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1",
                    // Idle workers of the pool sleep at once: their spinning would be charged to the load, and taken from what is measured.
                    ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0",
                }
                : []);

    public static Child Start(string name, string program, IEnumerable<string> arguments, Dictionary<string, string> environment, string? directory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "",
        };
        foreach (var (key, value) in environment)
            start.Environment[key] = value;
        return new Child(name, Process.Start(start)!);
    }

    /// <summary>Runs a program to its end and returns what it wrote.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has what it said.</exception>
    public static async Task<string> OutputOfAsync(string program, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(cancellation);
        var output = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {(await error).Trim()}");
    }

    /// <summary>Waits for a line that starts with a word and returns the rest of it. Other lines are skipped.</summary>
    public async Task<string> WaitForAsync(string word, TimeSpan atMost, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(atMost);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(limit.Token))
            {
                if (line == word)
                    return "";
                if (line.StartsWith(word + " ", StringComparison.Ordinal))
                    return line[(word.Length + 1)..];
            }

            throw new InvalidOperationException($"{_name} ended before it said '{word}'. {Errors}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new InvalidOperationException($"{_name} did not say '{word}' within {atMost.TotalSeconds:0} s. {Errors}");
        }
    }

    public bool HasExited => _process.HasExited;

    public string Errors
    {
        get
        {
            lock (_lastErrors)
                return string.Join(Environment.NewLine, _lastErrors);
        }
    }

    /// <summary>Asks the process to end (SIGTERM), gives it ten seconds, then ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            try
            {
                // It may end by itself meanwhile; until it is waited for, its id is given to nobody else.
                using var kill = Process.Start(new ProcessStartInfo("kill", ["-TERM", $"{_process.Id}"]) { RedirectStandardError = true })!;
                await kill.WaitForExitAsync(CancellationToken.None);
                await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
            }
            catch (TimeoutException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
    }

    void KeepError(string line)
    {
        lock (_lastErrors)
        {
            _lastErrors.Enqueue(line);
            if (_lastErrors.Count > 20)
                _lastErrors.Dequeue();
        }
    }
}
