using System.Globalization;
using System.Text;

namespace Nova.Throughput;

/// <summary>What is measured, in the order of the table.</summary>
internal enum Row
{
    Raw,
    RawInline,
    Relay,
    RelayInline,
    PostgreSql1,
    PostgreSql5,
    Sqlite1,
    Sqlite5,
    PostgreSqlLatency,
    SqliteLatency,
    PostgreSqlFlood,
    SqliteFlood,
    PostgreSqlCalm,
    PostgreSqlHanging,
    SqliteCalm,
    SqliteHanging,
    PostgreSqlNoHistory,
    PostgreSqlHistory,
    SqliteNoHistory,
    SqliteHistory,
    PostgreSqlBacklog,
    SqliteBacklog,
}

/// <summary>Collects the rounds and writes them as Markdown, to standard output and to a file: every row with its machine, then what is promised and whether it was met.</summary>
internal sealed class Report(Machine machine, RunOptions options)
{
    readonly Dictionary<Row, List<(Measurement Measurement, string Load)>> _rows = [];
    readonly DateTimeOffset _at = TimeProvider.System.GetUtcNow();

    public static string Name(Row row) => row switch
    {
        Row.Raw => "(a) raw limit",
        Row.Relay => "(r) relay limit",
        Row.RawInline => "(a′) raw limit, completions inline",
        Row.RelayInline => "(r′) relay limit, completions inline",
        Row.PostgreSql1 => "(b1) PostgreSQL, fan-out 1",
        Row.PostgreSql5 => "(b5) PostgreSQL, fan-out 5",
        Row.Sqlite1 => "(c1) SQLite, fan-out 1",
        Row.Sqlite5 => "(c5) SQLite, fan-out 5",
        Row.PostgreSqlLatency => "(d) PostgreSQL, half load",
        Row.SqliteLatency => "(d) SQLite, half load",
        Row.PostgreSqlFlood => "(f) PostgreSQL, flooded",
        Row.SqliteFlood => "(f) SQLite, flooded",
        Row.PostgreSqlCalm => "(h) PostgreSQL, fan-out 4, none hangs",
        Row.PostgreSqlHanging => "(h) PostgreSQL, a fifth of the endpoints hangs",
        Row.SqliteCalm => "(h) SQLite, fan-out 4, none hangs",
        Row.SqliteHanging => "(h) SQLite, a fifth of the endpoints hangs",
        Row.PostgreSqlNoHistory => "(k) PostgreSQL, fan-out 1, in turns with the next",
        Row.PostgreSqlHistory => "(k) PostgreSQL, fan-out 1, with a history",
        Row.SqliteNoHistory => "(k) SQLite, fan-out 1, in turns with the next",
        Row.SqliteHistory => "(k) SQLite, fan-out 1, with a history",
        Row.PostgreSqlBacklog => "(m) PostgreSQL, with a backlog",
        Row.SqliteBacklog => "(m) SQLite, with a backlog",
        _ => throw new ArgumentOutOfRangeException(nameof(row)),
    };

    public void Add(Row row, Measurement measurement, string load)
    {
        if (!_rows.TryGetValue(row, out var rounds))
            _rows[row] = rounds = [];
        rounds.Add((measurement, load));
        Console.Error.WriteLine(
            $"{Name(row)}: {measurement.Rate:0} deliveries/s, {string.Join(", ", measurement.ProcessorMicros.Select(pair => $"{pair.Key} {pair.Value:0.0} µs"))}, others {measurement.Others:P0}, p50 {Time(measurement, 0.5)}, p99 {Time(measurement, 0.99)}, {measurement.MemoryMiB:0} MiB, "
            + $"lost {measurement.Lost}, duplicates {measurement.Duplicates}, refused {measurement.Refused}");
    }

    public async Task WriteAsync(CancellationToken cancellation)
    {
        var text = Text();
        var path = options.Out ?? Path.Combine(options.Root, "bench/results", $"{_at:yyyy-MM-dd}-{FileName(machine.Processor)}-{machine.Cores}-cores.md");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        await File.WriteAllTextAsync(path, text, cancellation);
        Console.WriteLine(text);
        await Console.Error.WriteLineAsync($"Written to {path}");
    }

    string Text()
    {
        var text = new StringBuilder();
        text.AppendLine($"# Throughput, {_at:yyyy-MM-dd HH:mm} UTC").AppendLine();
        text.AppendLine($"- Machine: {machine.Processor}, {machine.Cores} cores, {machine.MemoryGiB:0.0} GiB; {machine.Kernel}; load average before: {machine.LoadBefore:0.00}");
        text.AppendLine($"- Runtime: {machine.Runtime}");
        text.AppendLine($"- Disk: {machine.Disk}");
        if (machine.PostgreSql is not null)
            text.AppendLine($"- PostgreSQL {machine.PostgreSql}, default durability (fsync, synchronous_commit, full_page_writes on), `{PostgresCluster.Settings}`");
        text.AppendLine(
            $"- Publisher, sender (Nova, or the limit's program), PostgreSQL and sink are separate processes on this machine. Events of {Payload.Size} bytes. "
            + $"{options.WarmUp} s warm-up, {options.Seconds} s measured, median of {options.Rounds} rounds (lowest–highest).");
        text.AppendLine();
        Throughput(text);
        Latency(text);
        Promises(text);
        if (_rows.Values.SelectMany(rounds => rounds).Any(round => round.Measurement.Others > 0.05))
            text.AppendLine().AppendLine("**Disturbed**: other programs used the machine meanwhile (column *others*). Rates and latencies are lower and higher than they would be; compare capacities.");
        return text.ToString();
    }

    void Throughput(StringBuilder text)
    {
        text.AppendLine("## Throughput, processor time and memory").AppendLine();
        text.AppendLine("| row | machine | load | deliveries/s | events/s | CPU µs per delivery: sender | PostgreSQL | publisher | sink | machine busy, others | capacity/s | sender's memory, peak MiB | drain s | lost | unrecorded | duplicates | refused |");
        text.AppendLine("|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        foreach (var (row, rounds) in _rows.OrderBy(pair => pair.Key))
        {
            var median = Median(row)!;
            text.AppendLine(
                $"| {Name(row)} | {machine.Short} | {string.Join("; ", rounds.Select(round => round.Load).Distinct())} | {Range(rounds.Select(round => round.Measurement.Rate))} | {median.Rate / FanOut(row):0} "
                + $"| {Micros("sender")} | {Micros("postgres")} | {Micros("publisher")} | {Micros("sink")} | {median.Busy:P0}, {median.Others:P0} | {median.Capacity:0} "
                + $"| {median.MemoryMiB:0}, {rounds.Max(round => round.Measurement.PeakMemoryMiB):0} | {median.DrainSeconds:0.0} "
                + $"| {rounds.Sum(round => round.Measurement.Lost)} | {rounds.Sum(round => round.Measurement.Unrecorded)} | {rounds.Sum(round => round.Measurement.Duplicates)} | {rounds.Sum(round => round.Measurement.Refused)} |");

            string Micros(string process) => median.ProcessorMicros.TryGetValue(process, out var micros) ? $"{micros:0.0}" : "–";
        }

        text.AppendLine();
    }

    void Latency(StringBuilder text)
    {
        text.AppendLine("## Latency").AppendLine();
        text.AppendLine("From the moment at which the publisher sends the event (its HTTP request included) to the sink's receipt; and to the publisher's 202.").AppendLine();
        text.AppendLine("| row | machine | load | receipt p50 | p95 | p99 | p99.9 | 202 p50 | p99 |");
        text.AppendLine("|---|---|---|--:|--:|--:|--:|--:|--:|");
        foreach (var (row, rounds) in _rows.Where(pair => pair.Key is not (Row.Raw or Row.RawInline)).OrderBy(pair => pair.Key))
        {
            var latency = Merge(rounds.Select(round => round.Measurement.Latency));
            var publish = Merge(rounds.Select(round => round.Measurement.PublishLatency));
            text.AppendLine(
                $"| {Name(row)} | {machine.Short} | {string.Join("; ", rounds.Select(round => round.Load).Distinct())} | {Millis(latency, 0.5)} | {Millis(latency, 0.95)} "
                + $"| {Millis(latency, 0.99)} | {Millis(latency, 0.999)} | {Millis(publish, 0.5)} | {Millis(publish, 0.99)} |");
        }

        text.AppendLine();
    }

    /// <summary>The floors of the specification, section "Speed".</summary>
    void Promises(StringBuilder text)
    {
        text.AppendLine("## Promises").AppendLine();
        text.AppendLine("| promise | machine | floor | measured | | of capacity |");
        text.AppendLine("|---|---|--:|--:|---|--:|");
        Ratio("(b1) / (r), events per second", Row.PostgreSql1, Row.Relay, 0.35);
        Ratio("(b5) / (a), per delivery", Row.PostgreSql5, Row.Raw, 0.30);
        Ratio("(c1) / (r), events per second", Row.Sqlite1, Row.Relay, 0.25);
        Ratio("promise 7, (k) PostgreSQL: with a history, against none", Row.PostgreSqlHistory, Row.PostgreSqlNoHistory, 0.90);
        Ratio("promise 7, (k) SQLite: with a history, against none", Row.SqliteHistory, Row.SqliteNoHistory, 0.90);
        Fair(Row.PostgreSqlHanging, Row.PostgreSqlCalm);
        Fair(Row.SqliteHanging, Row.SqliteCalm);
        foreach (var row in new[] { Row.PostgreSqlLatency, Row.SqliteLatency })
        {
            AtMost($"{Name(row)}: latency p50", row, 5, measurement => Histogram.Percentile(measurement.Latency, 0.5) / 1000, "ms");
            AtMost($"{Name(row)}: latency p99", row, 50, measurement => Histogram.Percentile(measurement.Latency, 0.99) / 1000, "ms");
        }

        foreach (var row in new[] { Row.PostgreSql1, Row.PostgreSql5, Row.Sqlite1, Row.Sqlite5, Row.PostgreSqlBacklog, Row.SqliteBacklog })
            AtMost($"{Name(row)}: resident memory, peak", row, 300, measurement => measurement.PeakMemoryMiB, "MiB");
        var kept = _rows.Where(pair => pair.Key is not (Row.Raw or Row.RawInline)).SelectMany(pair => pair.Value).Select(round => round.Measurement).ToList();
        if (kept.Count > 0)
        {
            var missing = kept.Sum(measurement => measurement.Lost + measurement.Unrecorded);
            Line($"nothing accepted is lost or left unrecorded ({kept.Sum(measurement => measurement.Expected)} deliveries)", "0", $"{missing}", missing == 0);
        }

        void Ratio(string what, Row of, Row to, double floor)
        {
            if (!_rows.TryGetValue(of, out var numerators) || !_rows.TryGetValue(to, out var denominators))
                return;
            var pairs = numerators.Zip(denominators, (above, below) => (Above: above.Measurement, Below: below.Measurement)).ToList();
            var rates = pairs.Select(pair => pair.Above.Rate / pair.Below.Rate).ToList();
            Line(
                what, $"≥ {floor:0.00}", Range(rates, "0.00"), Middle(rates) >= floor,
                Range(pairs.Select(pair => pair.Above.Capacity / pair.Below.Capacity), "0.00"));
        }

        void Fair(Row hanging, Row calm)
        {
            if (Median(hanging) is not { } with || Median(calm) is not { } without)
                return;
            var ratio = Histogram.Percentile(with.Latency, 0.99) / Histogram.Percentile(without.Latency, 0.99);
            Line($"promise 4, {Name(hanging)}: p99 at the others, against none hanging", "≤ 2.0", $"{ratio:0.00}", ratio <= 2);
        }

        void AtMost(string what, Row row, double ceiling, Func<Measurement, double> read, string unit)
        {
            if (!_rows.TryGetValue(row, out var rounds))
                return;
            var value = Middle(rounds.Select(round => read(round.Measurement)));
            Line(what, $"≤ {ceiling:0} {unit}", $"{value:0.0} {unit}", value <= ceiling);
        }

        void Line(string what, string floor, string measured, bool met, string ofCapacity = "") =>
            text.AppendLine($"| {what} | {machine.Short} | {floor} | {measured} | {(met ? "met" : "**missed**")} | {ofCapacity} |");
    }

    /// <summary>The round whose rate is the median.</summary>
    Measurement? Median(Row row) =>
        _rows.TryGetValue(row, out var rounds)
            ? rounds.Select(round => round.Measurement).OrderBy(measurement => measurement.Rate).ElementAt(rounds.Count / 2)
            : null;

    static double Middle(IEnumerable<double> values) => values.Order().ToList() is var sorted ? sorted[sorted.Count / 2] : 0;

    static int FanOut(Row row) => row switch
    {
        Row.PostgreSql5 or Row.Sqlite5 => 5,
        Row.PostgreSqlCalm or Row.PostgreSqlHanging or Row.SqliteCalm or Row.SqliteHanging => 4,
        _ => 1,
    };

    static string Range(IEnumerable<double> values, string format = "0")
    {
        var sorted = values.Order().Select(value => value.ToString(format, CultureInfo.InvariantCulture)).ToList();
        return sorted.Count == 1 ? sorted[0] : $"{sorted[sorted.Count / 2]} ({sorted[0]}–{sorted[^1]})";
    }

    static Dictionary<int, long> Merge(IEnumerable<Dictionary<int, long>> histograms) =>
        histograms.SelectMany(buckets => buckets).GroupBy(bucket => bucket.Key).ToDictionary(group => group.Key, group => group.Sum(bucket => bucket.Value));

    static string Millis(Dictionary<int, long> buckets, double share) => buckets.Count == 0 ? "–" : $"{Histogram.Percentile(buckets, share) / 1000:0.00} ms";

    static string Time(Measurement measurement, double share) => Millis(measurement.Latency, share);

    static string FileName(string text) =>
        string.Join('-', text.ToLowerInvariant().Split([' ', '(', ')', '@', '/', '.', ','], StringSplitOptions.RemoveEmptyEntries));
}
