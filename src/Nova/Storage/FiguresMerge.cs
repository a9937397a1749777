using Nova.Model;

namespace Nova.Storage;

/// <summary>Adds what has not been folded yet to the rows of the tables: what both stores answer with.</summary>
internal static class FiguresMerge
{
    public static IReadOnlyList<(DateTimeOffset At, Figures Figures)> Figures(
        IEnumerable<(DateTimeOffset At, Figures Figures)> rows, FiguresSum pending, int environmentId, FiguresSpan span, DateTimeOffset from, DateTimeOffset until)
    {
        var all = new SortedDictionary<DateTimeOffset, Figures>();
        foreach (var (at, figures) in rows) all[at] = figures;
        foreach (var (key, figures) in pending.Environments)
        {
            if (key.EnvironmentId != environmentId || key.Span != span || key.At < from || key.At >= until) continue;
            if (all.TryGetValue(key.At, out var row)) row.Add(figures);
            else all[key.At] = figures;
        }
        return [.. all.Select(row => (row.Key, row.Value))];
    }

    public static IReadOnlyList<EndpointRow> Endpoints(
        IEnumerable<EndpointRow> rows, FiguresSum pending, int environmentId, FiguresSpan span, DateTimeOffset from, DateTimeOffset until)
    {
        var all = new SortedDictionary<(DateTimeOffset, Id<Endpoint>), EndpointFigures>();
        foreach (var row in rows) all[(row.At, row.EndpointId)] = row.Figures;
        foreach (var (key, figures) in pending.Endpoints)
        {
            if (key.EnvironmentId != environmentId || key.Span != span || key.At < from || key.At >= until) continue;
            if (all.TryGetValue((key.At, key.EndpointId), out var row)) row.Add(figures);
            else all[(key.At, key.EndpointId)] = figures;
        }
        return [.. all.Select(row => new EndpointRow(row.Key.Item1, row.Key.Item2, row.Value))];
    }

    /// <param name="rows">In order of time.</param>
    /// <param name="pending">Later than all of them.</param>
    /// <param name="environmentId">Whose.</param>
    /// <param name="from">Beginning of the range.</param>
    /// <param name="until">End of the range.</param>
    /// <param name="failing">Endpoints that fail now, and since when.</param>
    public static IReadOnlyList<FailureRow> Failures(
        IEnumerable<(Id<Endpoint> EndpointId, short Cause, FailureFigures Figures)> rows, FiguresSum pending, int environmentId, DateTimeOffset from,
        DateTimeOffset until, Dictionary<Id<Endpoint>, DateTimeOffset> failing)
    {
        var all = new Dictionary<(Id<Endpoint> EndpointId, short Cause), FailureFigures>();
        var fresh = pending.Failures.Where(each => each.Key.EnvironmentId == environmentId && each.Key.At >= from && each.Key.At < until)
            .Select(each => (each.Key.EndpointId, each.Key.Cause, each.Value));
        foreach (var (endpointId, cause, figures) in rows.Concat(fresh))
        {
            if (all.TryGetValue((endpointId, cause), out var row)) row.Add(figures);
            else all[(endpointId, cause)] = figures;
        }
        return
        [
            .. all.OrderByDescending(each => each.Value.LastAt).Select(each => new FailureRow(
                each.Key.EndpointId, new(each.Key.Cause), each.Value, failing.TryGetValue(each.Key.EndpointId, out var since) ? since : null)),
        ];
    }
}
