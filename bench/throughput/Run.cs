namespace Nova.Throughput;

/// <summary>What is measured, how long and how often.</summary>
internal sealed record RunOptions(
    string Root, int Seconds, int WarmUp, int Rounds, bool Quick, IReadOnlySet<string> Only, int Backlog, string? Out)
{
    static readonly string[] Parts = ["raw", "relay", "postgres", "sqlite"];

    public static RunOptions Read(Arguments arguments)
    {
        var quick = arguments.Has("quick");
        var only = arguments.Text("only")?.Split(',') ?? Parts;
        if (only.FirstOrDefault(part => !Parts.Contains(part)) is { } unknown)
            throw new UsageException($"--only takes {string.Join(',', Parts)}, not '{unknown}'.");
        var options = new RunOptions(
            Path.GetFullPath(arguments.Required("root")),
            arguments.Number("seconds", quick ? 4 : 10, 1, 3600),
            quick ? 2 : 5,
            arguments.Number("rounds", quick ? 1 : 3, 1, 99),
            quick,
            only.ToHashSet(),
            arguments.Number("backlog", 0, 0, 10_000_000),
            arguments.Text("out"));
        arguments.RefuseUnknown();
        return options;
    }
}

/// <summary>The one command: starts every process, measures row by row in rounds, and writes the report.</summary>
/// <remarks>
/// Rounds go over all rows, not row by row, so that a disturbance of the machine meets all rows alike and the ratios stay fair.
/// A limit is tuned first: the best of several degrees of concurrency is taken, for the limits and for Nova alike.
/// </remarks>
internal sealed class Run(RunOptions options, Report report, SinkClient sink, string directory, CancellationToken cancellation)
{
    static readonly int[] Concurrencies = [16, 32, 64, 128, 256];

    readonly Meter _meter = new(sink);

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellation)
    {
        var options = RunOptions.Read(arguments);
        var directory = Directory.CreateTempSubdirectory("nova-bench-").FullName;
        // The cluster's own user has to get in.
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
        try
        {
            var bin = options.Only.Contains("postgres") ? PostgresCluster.FindBin() : null;
            if (options.Only.Contains("postgres") && bin is null)
                Note("PostgreSQL is not installed (set PG_BIN to its bin directory): its rows are left out.");
            await using var postgres = bin is null ? null : await PostgresCluster.StartAsync(bin, directory, cancellation);
            await using var sink = await SinkClient.StartAsync(cancellation);
            var machine = await Machine.ReadAsync(directory, postgres?.Version, cancellation);
            var report = new Report(machine, options);
            await new Run(options, report, sink, directory, cancellation).MeasureAsync(postgres);
            await report.WriteAsync(cancellation);
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    async Task MeasureAsync(PostgresCluster? postgres)
    {
        var raw = options.Only.Contains("raw") ? await BestAsync("raw limit", concurrency => RawAsync(concurrency, 1, 3)) : 0;
        var relay = options.Only.Contains("relay") ? await BestAsync("relay limit", concurrency => RelayAsync(concurrency, 1, 3)) : 0;
        for (var round = 1; round <= options.Rounds; round++)
        {
            Note($"Round {round} of {options.Rounds}");
            if (raw > 0)
                report.Add(Row.Raw, await RawAsync(raw, options.WarmUp, options.Seconds), $"{raw} requests in flight");
            if (relay > 0)
                report.Add(Row.Relay, await RelayAsync(relay, options.WarmUp, options.Seconds), $"{relay} publishing, {relay} sending");
            if (postgres is not null)
            {
                await NovaAsync(
                    Row.PostgreSql1, Row.PostgreSql5, Row.PostgreSqlLatency,
                    await postgres.CreateDatabaseAsync($"bench{round}", cancellation), postgres);
                await postgres.DropDatabaseAsync($"bench{round}", cancellation);
            }

            if (options.Only.Contains("sqlite"))
                await NovaAsync(Row.Sqlite1, Row.Sqlite5, Row.SqliteLatency, $"Data Source={Path.Combine(directory, $"bench{round}.db")}", null);
        }
    }

    /// <summary>Tries degrees of concurrency for a few seconds each, and returns the one with the highest rate.</summary>
    async Task<int> BestAsync(string what, Func<int, Task<Measurement>> measure)
    {
        var best = (Concurrency: 0, Rate: 0.0);
        foreach (var concurrency in Concurrencies)
        {
            var rate = (await measure(concurrency)).Rate;
            Note($"Tuning the {what}: {rate:0}/s with {concurrency}");
            if (rate > best.Rate)
                best = (concurrency, rate);
        }

        return best.Concurrency;
    }

    async Task<Measurement> RawAsync(int concurrency, int warmUp, int seconds)
    {
        await sink.ResetAsync(cancellation);
        await using var raw = Child.Self(inline: false, "raw", "--url", sink.Url + "/0", "--concurrency", concurrency, "--warmup", warmUp, "--seconds", seconds);
        return await _meter.MeasureAsync(raw, Processes(("sender", raw.Id)), raw.Id, publishes: false, cancellation);
    }

    async Task<Measurement> RelayAsync(int concurrency, int warmUp, int seconds)
    {
        await sink.ResetAsync(cancellation);
        await using var relay = Child.Self(inline: false, "relay", "--url", sink.Url + "/0", "--senders", concurrency);
        var port = await relay.WaitForAsync("listening", TimeSpan.FromSeconds(20), cancellation);
        await using var publisher = Publisher($"http://127.0.0.1:{port}/", concurrency, warmUp, seconds);
        return await _meter.MeasureAsync(publisher, Processes(("publisher", publisher.Id), ("sender", relay.Id)), relay.Id, publishes: true, cancellation);
    }

    async Task NovaAsync(Row one, Row five, Row latency, string store, PostgresCluster? postgres)
    {
        await using var nova = await NovaUnderTest.StartAsync(options.Root, directory, store, cancellation);
        await nova.AddAccountsAsync("one", 1, path => $"{sink.Url}/{path}", cancellation);
        await nova.AddAccountsAsync("five", 5, path => $"{sink.Url}/{path}", cancellation);

        report.Connections[one] = report.Connections.TryGetValue(one, out var known)
            ? known
            : await BestAsync(Report.Name(one), connections => NovaRowAsync(nova, postgres, "one", connections, 1, 3));
        var connections = report.Connections[one];
        var single = await NovaRowAsync(nova, postgres, "one", connections, options.WarmUp, options.Seconds);
        report.Add(one, single, $"{connections} publishing");
        report.Add(five, await NovaRowAsync(nova, postgres, "five", connections, options.WarmUp, options.Seconds), $"{connections} publishing");
        var half = Math.Max(1, (int)(single.Rate / 2));
        report.Add(latency, await NovaRowAsync(nova, postgres, "one", connections, options.WarmUp, options.Seconds, half), $"{half} events/s");
    }

    async Task<Measurement> NovaRowAsync(
        NovaUnderTest nova, PostgresCluster? postgres, string accounts, int connections, int warmUp, int seconds, int rate = 0)
    {
        await sink.ResetAsync(cancellation);
        await using var publisher = Publisher(
            $"{nova.Url}/v1/events", connections, warmUp, seconds, "--rate", rate, "--key", NovaUnderTest.OperatorKey, "--type", NovaUnderTest.EventType,
            "--account", $"{accounts}-0", "--accounts", NovaUnderTest.Accounts);
        var processes = Processes(("publisher", publisher.Id), ("sender", nova.ProcessId));
        if (postgres is not null)
            processes["postgres"] = () => ProcessUsage.SecondsWithChildren(postgres.ProcessId);
        return await _meter.MeasureAsync(publisher, processes, nova.ProcessId, publishes: true, cancellation);
    }

    static Child Publisher(string url, int connections, int warmUp, int seconds, params object[] more) =>
        Child.Self(inline: true, ["publish", "--url", url, "--connections", connections, "--warmup", warmUp, "--seconds", seconds, .. more]);

    Dictionary<string, Func<double>> Processes(params (string Name, int Id)[] processes)
    {
        var all = processes.ToDictionary(process => process.Name, process => (Func<double>)(() => ProcessUsage.Seconds(process.Id)));
        all["sink"] = () => ProcessUsage.Seconds(sink.ProcessId);
        return all;
    }

    /// <summary>Progress goes to standard error: standard output is the report.</summary>
    static void Note(string text) => Console.Error.WriteLine(text);
}
