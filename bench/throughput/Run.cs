namespace Nova.Throughput;

/// <summary>What is measured, how long and how often.</summary>
internal sealed record RunOptions(
    string Root, int Seconds, int WarmUp, int Rounds, bool Quick, IReadOnlySet<string> Only, IReadOnlySet<string> Rows, int Concurrency, int Backlog, int History,
    string? Out)
{
    static readonly string[] Parts = ["raw", "relay", "postgres", "sqlite"];

    static readonly string[] StoreRows = ["one", "five", "half", "flood", "hanging"];

    public static RunOptions Read(Arguments arguments)
    {
        var quick = arguments.Has("quick");
        var only = arguments.Text("only")?.Split(',') ?? Parts;
        if (only.FirstOrDefault(part => !Parts.Contains(part)) is { } unknown)
            throw new UsageException($"--only takes {string.Join(',', Parts)}, not '{unknown}'.");
        var rows = arguments.Text("rows")?.Split(',') ?? StoreRows;
        if (rows.FirstOrDefault(row => !StoreRows.Contains(row)) is { } stranger)
            throw new UsageException($"--rows takes {string.Join(',', StoreRows)}, not '{stranger}'.");
        var options = new RunOptions(
            Path.GetFullPath(arguments.Required("root")),
            arguments.Number("seconds", quick ? 4 : 10, 1, 3600),
            quick ? 2 : 5,
            arguments.Number("rounds", quick ? 1 : 3, 1, 99),
            quick,
            only.ToHashSet(),
            rows.ToHashSet(),
            arguments.Number("concurrency", 0, 0, 4096),
            arguments.Number("backlog", 0, 0, 10_000_000),
            arguments.Number("history", 0, 0, 100_000_000),
            arguments.Text("out"));
        arguments.RefuseUnknown();
        return options;
    }
}

/// <summary>The one command: starts every process, measures row by row in rounds, and writes the report.</summary>
/// <remarks>
/// Rounds go over all rows, not row by row, so that a disturbance of the machine meets all rows alike and the ratios stay fair.
/// A limit is tuned first: the best of several degrees of concurrency is taken, for the limits and for Nova alike, unless one is given.
/// </remarks>
internal sealed class Run(RunOptions options, Report report, SinkClient sink, string directory, CancellationToken cancellation)
{
    static readonly int[] Concurrencies = [16, 32, 64, 128, 256, 512];

    /// <summary>
    /// Deliveries that may be under way before the publisher holds back: a tenth to a quarter of a second of them. Far fewer than Nova keeps
    /// in memory, so none overflows into the store; far more than are sent at once, so the sender never waits for work.
    /// </summary>
    const int UnderWay = 3000;

    /// <summary>
    /// Load that a new Nova gets before anything is tuned or measured: what is measured is a server that runs, not one that still compiles itself.
    /// Without it the degrees that are tried last would seem the best, and each round would begin as the first one had not.
    /// </summary>
    const int HotUpSeconds = 15;

    readonly Meter _meter = new(sink);
    readonly Dictionary<Row, int> _best = [];

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
        for (var round = 1; round <= options.Rounds; round++)
        {
            Note($"Round {round} of {options.Rounds}");
            if (options.Only.Contains("raw"))
            {
                await LimitAsync(Row.Raw, (concurrency, warmUp, seconds) => RawAsync(concurrency, warmUp, seconds, inline: false));
                await LimitAsync(Row.RawInline, (concurrency, warmUp, seconds) => RawAsync(concurrency, warmUp, seconds, inline: true));
            }

            if (options.Only.Contains("relay"))
            {
                await LimitAsync(Row.Relay, (concurrency, warmUp, seconds) => RelayAsync(concurrency, warmUp, seconds, inline: false));
                await LimitAsync(Row.RelayInline, (concurrency, warmUp, seconds) => RelayAsync(concurrency, warmUp, seconds, inline: true));
            }

            if (postgres is not null)
            {
                var database = $"bench{round}";
                await NovaAsync(
                    new Rows(Row.PostgreSql1, Row.PostgreSql5, Row.PostgreSqlLatency, Row.PostgreSqlFlood, Row.PostgreSqlBacklog, Row.PostgreSqlCalm, Row.PostgreSqlHanging,
                        Row.PostgreSqlNoHistory, Row.PostgreSqlHistory),
                    await postgres.CreateDatabaseAsync(database, cancellation), postgres, database, round);
                await postgres.DropDatabaseAsync(database, cancellation);
            }

            if (options.Only.Contains("sqlite"))
            {
                await NovaAsync(
                    new Rows(Row.Sqlite1, Row.Sqlite5, Row.SqliteLatency, Row.SqliteFlood, Row.SqliteBacklog, Row.SqliteCalm, Row.SqliteHanging,
                        Row.SqliteNoHistory, Row.SqliteHistory),
                    $"Data Source={Path.Combine(directory, $"bench{round}.db")}", null, Path.Combine(directory, $"bench{round}.db"), round);
            }
        }
    }

    /// <summary>The rows of one store.</summary>
    sealed record Rows(Row One, Row Five, Row Latency, Row Flood, Row Backlog, Row Calm, Row Hanging, Row NoHistory, Row History);

    async Task LimitAsync(Row row, Func<int, int, int, Task<Measurement>> measure)
    {
        var concurrency = await BestAsync(row, concurrency => measure(concurrency, 1, 3));
        report.Add(row, await measure(concurrency, options.WarmUp, options.Seconds), $"{concurrency} at a time");
    }

    /// <summary>Tries degrees of concurrency for a few seconds each, and returns the one with the highest rate. Sought once per row.</summary>
    async Task<int> BestAsync(Row row, Func<int, Task<Measurement>> measure)
    {
        if (options.Concurrency > 0)
            return options.Concurrency;
        if (_best.TryGetValue(row, out var known))
            return known;
        var best = (Concurrency: 0, Rate: -1.0);
        foreach (var concurrency in Concurrencies)
        {
            var rate = (await measure(concurrency)).Rate;
            Note($"Tuning {Report.Name(row)}: {rate:0}/s with {concurrency}");
            if (rate > best.Rate)
                best = (concurrency, rate);
        }

        return _best[row] = best.Concurrency;
    }

    async Task<Measurement> RawAsync(int concurrency, int warmUp, int seconds, bool inline)
    {
        await sink.ResetAsync(cancellation);
        await using var raw = Child.Self(inline, "raw", "--url", sink.Url + "/0", "--concurrency", concurrency, "--warmup", warmUp, "--seconds", seconds);
        return await _meter.MeasureAsync(raw, Processes(("sender", raw.Id)), raw.Id, publishes: false, null, cancellation);
    }

    async Task<Measurement> RelayAsync(int concurrency, int warmUp, int seconds, bool inline)
    {
        await sink.ResetAsync(cancellation);
        await using var relay = Child.Self(inline, ["relay", "--url", sink.Url + "/0", "--senders", concurrency, .. inline ? new[] { "--inline" } : []]);
        var port = await relay.WaitForAsync("listening", TimeSpan.FromSeconds(20), cancellation);
        await using var publisher = Publisher($"http://127.0.0.1:{port}/", concurrency, warmUp, seconds, "--sink", sink.Url, "--under-way", UnderWay);
        return await _meter.MeasureAsync(publisher, Processes(("publisher", publisher.Id), ("sender", relay.Id)), relay.Id, publishes: true, null, cancellation);
    }

    /// <summary>Makes the accounts of fan-out 1, and publishes for them until the code that is measured is compiled.</summary>
    async Task WarmUpAsync(NovaUnderTest nova, PostgresCluster? postgres)
    {
        await nova.AddAccountsAsync("one", NovaUnderTest.Accounts, 1, path => $"{sink.Url}/{path}", cancellation);
        await NovaRowAsync(nova, postgres, "one", 128, 1, options.Quick ? 3 : HotUpSeconds);
    }

    async Task NovaAsync(Rows rows, string store, PostgresCluster? postgres, string database, int round)
    {
        await using var nova = await NovaUnderTest.StartAsync(options.Root, directory, store, cancellation);
        await WarmUpAsync(nova, postgres);
        await nova.AddAccountsAsync("five", NovaUnderTest.Accounts, 5, path => $"{sink.Url}/{path}", cancellation);
        var connections = await BestAsync(rows.One, connections => NovaRowAsync(nova, postgres, "one", connections, 1, 3));
        var load = $"{connections} publishing";
        var single = await NovaRowAsync(nova, postgres, "one", connections, options.WarmUp, options.Seconds);
        report.Add(rows.One, single, load);
        if (options.Rows.Contains("five"))
        {
            var fewer = await BestAsync(rows.Five, connections => NovaRowAsync(nova, postgres, "five", connections, 1, 3));
            report.Add(rows.Five, await NovaRowAsync(nova, postgres, "five", fewer, options.WarmUp, options.Seconds), $"{fewer} publishing");
        }
        if (options.Rows.Contains("half"))
        {
            var half = Math.Max(1, (int)(single.Rate / 2));
            report.Add(rows.Latency, await NovaRowAsync(nova, postgres, "one", connections, options.WarmUp, options.Seconds, half, holdBack: false), $"{half} events/s");
        }
        if (options.Rows.Contains("flood"))
        {
            var flood = await NovaRowAsync(nova, postgres, "one", connections, options.WarmUp, options.Seconds, holdBack: false);
            report.Add(rows.Flood, flood, $"{connections} publishing, {flood.AcceptedPerSecond:0}/s accepted");
        }
        if (options.Rows.Contains("hanging"))
        {
            // Four endpoints that answer per account, then the same four and one that never does: with a fifth of all endpoints hanging.
            await nova.AddAccountsAsync("four", NovaUnderTest.Accounts, 4, path => $"{sink.Url}/{path}", cancellation);
            await nova.AddAccountsAsync("hang", NovaUnderTest.Accounts, 5, path => path == 4 ? $"{sink.Url}/slow/600000" : $"{sink.Url}/{path}", cancellation);
            var calm = Math.Max(1, (int)(single.Rate / 6));
            report.Add(rows.Calm, await NovaRowAsync(nova, postgres, "four", connections, options.WarmUp, options.Seconds, calm, holdBack: false), $"{calm} events/s");
            report.Add(
                rows.Hanging, await NovaRowAsync(nova, postgres, "hang", connections, options.WarmUp, options.Seconds, calm, holdBack: false, backlog: true, answered: 0.8),
                $"{calm} events/s, 1 of 5 endpoints hanging");
        }
        if (options.History > 0 && round == options.Rounds)
            await HistoryAsync(rows, nova, postgres, database, connections, load);
        if (options.Backlog > 0 && round == options.Rounds)
        {
            var waiting = await FillAsync(nova, connections);
            report.Add(
                rows.Backlog, await NovaRowAsync(nova, postgres, "one", connections, options.WarmUp, options.Seconds, backlog: true),
                $"{load}, {waiting} deliveries waiting");
        }
    }

    /// <summary>
    /// The store with a history and another one without, each with its own Nova, in turns: to write so much takes minutes, in which a rented machine
    /// becomes another one, so what was measured before says nothing.
    /// </summary>
    async Task HistoryAsync(Rows rows, NovaUnderTest nova, PostgresCluster? postgres, string database, int connections, string load)
    {
        Note($"Writing {options.History} finished deliveries");
        if (postgres is not null) await History.FillAsync(postgres, database, options.History, cancellation);
        else History.Fill(database, options.History);
        await Child.OutputOfAsync("sync", [], cancellation); // To the disk now, and not while others write.

        var store = postgres is null ? $"Data Source={Path.Combine(directory, "empty.db")}" : await postgres.CreateDatabaseAsync("empty", cancellation);
        await using var without = await NovaUnderTest.StartAsync(options.Root, directory, store, cancellation);
        await WarmUpAsync(without, postgres);
        for (var turn = 0; turn < (options.Quick ? 1 : 3); turn++)
        {
            report.Add(rows.NoHistory, await NovaRowAsync(without, postgres, "one", connections, options.WarmUp, options.Seconds), load);
            report.Add(
                rows.History, await NovaRowAsync(nova, postgres, "one", connections, options.WarmUp, options.Seconds),
                $"{load}, {options.History} deliveries in the history");
        }
    }

    /// <summary>Publishes for one endpoint that answers after 15 s (the product's timeout is 20 s) until so many deliveries wait. Returns how many.</summary>
    async Task<long> FillAsync(NovaUnderTest nova, int connections)
    {
        await nova.AddAccountsAsync("slow", 1, 1, _ => $"{sink.Url}/slow/15000", cancellation);
        var waiting = 0L;
        // A piece is a minute of publishing; a sender that accepts nothing for one has come to a stop.
        while (waiting < options.Backlog)
        {
            await using var publisher = Publisher(
                $"{nova.Url}/v1/events", connections, 0, 60, "--count", options.Backlog - waiting, "--key", NovaUnderTest.OperatorKey,
                "--account", "slow-0", "--accounts", 1);
            var accepted = await Meter.CountAsync(publisher, cancellation);
            if (accepted == 0)
                throw new InvalidOperationException($"With {waiting} deliveries waiting Nova accepted no event for a minute.");
            waiting += accepted;
            Note($"Backlog: {waiting} deliveries wait");
        }

        return waiting;
    }

    async Task<Measurement> NovaRowAsync(
        NovaUnderTest nova, PostgresCluster? postgres, string accounts, int connections, int warmUp, int seconds, int rate = 0, bool holdBack = true, bool backlog = false,
        double answered = 1)
    {
        await sink.ResetAsync(cancellation);
        object[] load =
        [
            "--rate", rate, "--key", NovaUnderTest.OperatorKey, "--account", $"{accounts}-0", "--accounts", NovaUnderTest.Accounts,
            .. holdBack ? new object[] { "--sink", sink.Url, "--under-way", UnderWay } : [],
        ];
        await using var publisher = Publisher($"{nova.Url}/v1/events", connections, warmUp, seconds, load);
        var processes = Processes(("publisher", publisher.Id), ("sender", nova.ProcessId));
        if (postgres is not null)
            processes["postgres"] = () => ProcessUsage.SecondsWithChildren(postgres.ProcessId);
        return await _meter.MeasureAsync(
            publisher, processes, nova.ProcessId, publishes: true, backlog ? null : () => nova.OpenDeliveriesAsync(cancellation), cancellation, answered);
    }

    static Child Publisher(string url, int connections, int warmUp, int seconds, params IEnumerable<object> more) =>
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
