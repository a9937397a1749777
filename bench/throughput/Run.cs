namespace Nova.Throughput;

/// <summary>The one command: starts every process, measures row by row in rounds, and writes the report.</summary>
/// <remarks>
/// Rounds go over all rows, not row by row, and what is compared stands side by side in a round, within two minutes: a rented machine is another one
/// after some minutes, by as much as a half, so a ratio is taken within each round, and their median counts.
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
    /// Without it the degrees that are tried last would seem the best.
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
        var stores = new List<StoreUnderTest>();
        try
        {
            if (postgres is not null) stores.Add(await StoreAsync(StoreRows.PostgreSql, postgres, "bench"));
            if (options.Only.Contains("sqlite")) stores.Add(await StoreAsync(StoreRows.Sqlite, null, "bench"));
            for (var round = 1; round <= options.Rounds; round++)
            {
                Note($"Round {round} of {options.Rounds}");
                if (options.Only.Contains("raw"))
                    await LimitAsync(Row.Raw, (concurrency, warmUp, seconds) => RawAsync(concurrency, warmUp, seconds, inline: false));
                if (options.Rows.Contains("five"))
                    foreach (var store in stores) await FanOutFiveAsync(store);
                if (options.Only.Contains("relay"))
                    await LimitAsync(Row.Relay, (concurrency, warmUp, seconds) => RelayAsync(concurrency, warmUp, seconds, inline: false));
                foreach (var store in stores) await FanOutOneAsync(store);
                if (options.Only.Contains("raw"))
                    await LimitAsync(Row.RawInline, (concurrency, warmUp, seconds) => RawAsync(concurrency, warmUp, seconds, inline: true));
                if (options.Only.Contains("relay"))
                    await LimitAsync(Row.RelayInline, (concurrency, warmUp, seconds) => RelayAsync(concurrency, warmUp, seconds, inline: true));
                foreach (var store in stores)
                {
                    if (options.Rows.Contains("half")) await HalfLoadAsync(store);
                    if (options.Rows.Contains("flood")) await FloodAsync(store);
                    if (options.Rows.Contains("hanging")) await HangingAsync(store, round);
                }
            }
            foreach (var store in stores)
            {
                if (options.History > 0) await HistoryAsync(store);
                if (options.Backlog > 0) await BacklogAsync(store);
            }
        }
        finally
        {
            foreach (var store in stores) await store.Nova.DisposeAsync();
        }
    }

    /// <summary>A Nova of its own on a new database, its code compiled.</summary>
    async Task<StoreUnderTest> StoreAsync(StoreRows rows, PostgresCluster? postgres, string database)
    {
        var file = Path.Combine(directory, database + ".db");
        var store = postgres is null ? $"Data Source={file}" : await postgres.CreateDatabaseAsync(database, cancellation);
        var nova = await NovaUnderTest.StartAsync(options.Root, directory, store, cancellation);
        try
        {
            var made = new StoreUnderTest(rows, nova, postgres, postgres is null ? file : database);
            await nova.AddAccountsAsync("one", NovaUnderTest.Accounts, 1, path => $"{sink.Url}/{path}", cancellation);
            await NovaRowAsync(made, "one", 128, 1, options.Quick ? 3 : HotUpSeconds);
            await nova.AddAccountsAsync("five", NovaUnderTest.Accounts, 5, path => $"{sink.Url}/{path}", cancellation);
            return made;
        }
        catch
        {
            await nova.DisposeAsync();
            throw;
        }
    }

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

    async Task FanOutOneAsync(StoreUnderTest store)
    {
        store.Connections = await BestAsync(store.Rows.One, connections => NovaRowAsync(store, "one", connections, 1, 3));
        var single = await MeasuredAsync(store, "one", store.Connections);
        store.Rate = single.Rate;
        report.Add(store.Rows.One, single, $"{store.Connections} publishing");
    }

    async Task FanOutFiveAsync(StoreUnderTest store)
    {
        var connections = await BestAsync(store.Rows.Five, connections => NovaRowAsync(store, "five", connections, 1, 3));
        report.Add(store.Rows.Five, await MeasuredAsync(store, "five", connections), $"{connections} publishing");
    }

    async Task HalfLoadAsync(StoreUnderTest store)
    {
        var half = Math.Max(1, (int)(store.Rate / 2));
        report.Add(store.Rows.Latency, await MeasuredAsync(store, "one", store.Connections, half, holdBack: false), $"{half} events/s");
    }

    async Task FloodAsync(StoreUnderTest store)
    {
        var flood = await MeasuredAsync(store, "one", store.Connections, holdBack: false);
        report.Add(store.Rows.Flood, flood, $"{store.Connections} publishing, {flood.AcceptedPerSecond:0}/s accepted");
    }

    /// <summary>
    /// Four endpoints that answer per account, then the same four and one that never does: with a fifth of all endpoints hanging. On a Nova of its own,
    /// for they go on hanging.
    /// </summary>
    async Task HangingAsync(StoreUnderTest other, int round)
    {
        var store = await StoreAsync(other.Rows, other.Postgres, $"hanging{round}");
        await using var nova = store.Nova;
        await nova.AddAccountsAsync("four", NovaUnderTest.Accounts, 4, path => $"{sink.Url}/{path}", cancellation);
        await nova.AddAccountsAsync("hang", NovaUnderTest.Accounts, 5, path => path == 4 ? $"{sink.Url}/slow/600000" : $"{sink.Url}/{path}", cancellation);
        var calm = Math.Max(1, (int)(other.Rate / 6));
        report.Add(store.Rows.Calm, await MeasuredAsync(store, "four", other.Connections, calm, holdBack: false), $"{calm} events/s");
        report.Add(
            store.Rows.Hanging, await MeasuredAsync(store, "hang", other.Connections, calm, holdBack: false, backlog: true, answered: 0.8),
            $"{calm} events/s, 1 of 5 endpoints hanging");
    }

    /// <summary>The store with a history and another one without, each with its own Nova, in turns.</summary>
    async Task HistoryAsync(StoreUnderTest store)
    {
        Note($"Writing {options.History} finished deliveries");
        if (store.Postgres is not null) await History.FillAsync(store.Postgres, store.Database, options.History, cancellation);
        else History.Fill(store.Database, options.History);
        await Child.OutputOfAsync("sync", [], cancellation); // To the disk now, and not while others write.

        var empty = await StoreAsync(store.Rows, store.Postgres, "empty");
        await using var without = empty.Nova;
        var load = $"{store.Connections} publishing";
        for (var turn = 0; turn < (options.Quick ? 1 : 3); turn++)
        {
            report.Add(store.Rows.NoHistory, await MeasuredAsync(empty, "one", store.Connections), load);
            report.Add(store.Rows.History, await MeasuredAsync(store, "one", store.Connections), $"{load}, {options.History} deliveries in the history");
        }
    }

    async Task BacklogAsync(StoreUnderTest store)
    {
        var waiting = await FillAsync(store.Nova, store.Connections);
        report.Add(
            store.Rows.Backlog, await MeasuredAsync(store, "one", store.Connections, backlog: true),
            $"{store.Connections} publishing, {waiting} deliveries waiting");
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

    Task<Measurement> MeasuredAsync(
        StoreUnderTest store, string accounts, int connections, int rate = 0, bool holdBack = true, bool backlog = false, double answered = 1) =>
        NovaRowAsync(store, accounts, connections, options.WarmUp, options.Seconds, rate, holdBack, backlog, answered);

    async Task<Measurement> NovaRowAsync(
        StoreUnderTest store, string accounts, int connections, int warmUp, int seconds, int rate = 0, bool holdBack = true, bool backlog = false,
        double answered = 1)
    {
        await sink.ResetAsync(cancellation);
        object[] load =
        [
            "--rate", rate, "--key", NovaUnderTest.OperatorKey, "--account", $"{accounts}-0", "--accounts", NovaUnderTest.Accounts,
            .. holdBack ? new object[] { "--sink", sink.Url, "--under-way", UnderWay } : [],
        ];
        await using var publisher = Publisher($"{store.Nova.Url}/v1/events", connections, warmUp, seconds, load);
        var processes = Processes(("publisher", publisher.Id), ("sender", store.Nova.ProcessId));
        if (store.Postgres is { } postgres)
            processes["postgres"] = () => ProcessUsage.SecondsWithChildren(postgres.ProcessId);
        return await _meter.MeasureAsync(
            publisher, processes, store.Nova.ProcessId, publishes: true, backlog ? null : () => store.Nova.OpenDeliveriesAsync(cancellation), cancellation,
            answered);
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
