using Nova.Model;

namespace Nova.Storage;

/// <summary>
/// Rows that are to be added to the figures, summed up: by environment and by endpoint, for each minute, hour and day that they fall into.
/// </summary>
internal sealed class FiguresSum
{
    /// <summary>By environment, length and beginning of the time.</summary>
    public SortedDictionary<(int EnvironmentId, FiguresSpan Span, DateTimeOffset At), Figures> Environments { get; } = [];

    /// <summary>By endpoint; hours and days only, since nobody looks at an endpoint's minutes.</summary>
    public SortedDictionary<(int EnvironmentId, FiguresSpan Span, DateTimeOffset At, Id<Endpoint> EndpointId), EndpointFigures> Endpoints { get; } = [];

    /// <summary>By endpoint and cause; hours only: failures are asked for over a month at most.</summary>
    public SortedDictionary<(int EnvironmentId, DateTimeOffset At, Id<Endpoint> EndpointId, short Cause), FailureFigures> Failures { get; } = [];

    /// <param name="at">When the row was written: all that is in it happened then.</param>
    /// <param name="bytes">As <see cref="OutcomeCounter"/> or <see cref="NotedFigures"/> wrote it.</param>
    public void Add(DateTimeOffset at, ReadOnlySpan<byte> bytes)
    {
        var reader = new FiguresReader(bytes);
        if (reader.Byte() != FiguresWriter.Version) throw new NotSupportedException("The figures were written by a later version of Nova.");
        while (!reader.AtEnd)
        {
            if (reader.Byte() == FiguresWriter.EndpointMark) AddEndpoint(at, ref reader);
            else AddEnvironment(at, ref reader);
        }
    }

    void AddEndpoint(DateTimeOffset at, ref FiguresReader reader)
    {
        var (environmentId, endpointId) = ((int)reader.Number(), new Id<Endpoint>(reader.Id()));
        var figures = new Figures
        {
            Delivered = reader.Number(),
            Failed = reader.Number(),
            Retried = reader.Number(),
            Attempts = reader.Number(),
            AttemptsFailed = reader.Number(),
            LatencyUs = reader.Number(),
        };
        reader.Latencies(figures.Latency);
        Add(environmentId, at, figures);
        var endpoint = new EndpointFigures
        {
            Delivered = figures.Delivered, Failed = figures.Failed, Attempts = figures.Attempts, AttemptsFailed = figures.AttemptsFailed, LastAt = at,
        };
        foreach (var span in (ReadOnlySpan<FiguresSpan>)[FiguresSpan.Hour, FiguresSpan.Day])
            Of(Endpoints, (environmentId, span, span.StartOf(at), endpointId)).Add(endpoint);
        for (var causes = reader.Number(); causes > 0; causes--)
        {
            var cause = (short)reader.Number();
            Of(Failures, (environmentId, FiguresSpan.Hour.StartOf(at), endpointId, cause)).Add(new FailureFigures
            {
                Failed = reader.Number(),
                Attempts = reader.Number(),
                FirstAt = at,
                LastAt = at,
                ExampleEnded = reader.Byte() != 0,
                Example = new Id<Delivery>(reader.Id()),
            });
        }
    }

    void AddEnvironment(DateTimeOffset at, ref FiguresReader reader) => Add((int)reader.Number(), at, new Figures
    {
        Requests = reader.Number(),
        RequestsFailed = reader.Number(),
        RequestsUs = reader.Number(),
        ScoresCompleted = reader.Number(),
        Accepted = reader.Number(),
    });

    void Add(int environmentId, DateTimeOffset at, Figures figures)
    {
        foreach (var span in (ReadOnlySpan<FiguresSpan>)[FiguresSpan.Minute, FiguresSpan.Hour, FiguresSpan.Day])
        {
            Of(Environments, (environmentId, span, span.StartOf(at))).Add(figures);
            if (environmentId != Figures.Everybody) Of(Environments, (Figures.Everybody, span, span.StartOf(at))).Add(figures);
        }
    }

    static TValue Of<TKey, TValue>(SortedDictionary<TKey, TValue> rows, TKey key) where TKey : notnull where TValue : new()
    {
        if (!rows.TryGetValue(key, out var row)) rows[key] = row = new();
        return row;
    }
}
