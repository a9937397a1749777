namespace Nova.Throughput;

/// <summary>What is measured, how long and how often.</summary>
internal sealed record RunOptions(
    string Root, int Seconds, int WarmUp, int Rounds, bool Quick, IReadOnlySet<string> Only, IReadOnlySet<string> Rows, int Concurrency, int Backlog, int History,
    string? Out)
{
    static readonly string[] Parts = ["raw", "relay", "postgres", "sqlite"];

    static readonly string[] RowsOfAStore = ["one", "five", "half", "flood", "hanging"];

    public static RunOptions Read(Arguments arguments)
    {
        var quick = arguments.Has("quick");
        var only = arguments.Text("only")?.Split(',') ?? Parts;
        if (only.FirstOrDefault(part => !Parts.Contains(part)) is { } unknown)
            throw new UsageException($"--only takes {string.Join(',', Parts)}, not '{unknown}'.");
        var rows = arguments.Text("rows")?.Split(',') ?? RowsOfAStore;
        if (rows.FirstOrDefault(row => !RowsOfAStore.Contains(row)) is { } stranger)
            throw new UsageException($"--rows takes {string.Join(',', RowsOfAStore)}, not '{stranger}'.");
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
