using Nova.Accounts;
using Nova.Model;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>A time range of figures: which rows it is read from, and how it is cut for a chart.</summary>
/// <param name="From">The beginning of a row.</param>
/// <param name="Until">Not included.</param>
/// <param name="Span">Of the rows.</param>
/// <param name="Bucket">Of the chart; as long as a row or longer.</param>
internal readonly record struct AnalyticsRange(DateTimeOffset From, DateTimeOffset Until, FiguresSpan Span, FiguresSpan Bucket)
{
    /// <summary>
    /// As fine as is kept and as a chart can show: a day is summed from minutes, so that it is 24 hours and not 24 to 25, and shown by the hour.
    /// </summary>
    public static AnalyticsRange Of(DateTimeOffset from, DateTimeOffset until, DateTimeOffset now)
    {
        if (until > now) until = now;
        if (now - from > FiguresKept.Days) from = now - FiguresKept.Days;
        var length = until - from;
        var span = length <= TimeSpan.FromHours(26) && now - from < FiguresKept.Minutes ? FiguresSpan.Minute
            : length <= TimeSpan.FromDays(32) && now - from < FiguresKept.Hours ? FiguresSpan.Hour : FiguresSpan.Day;
        var bucket = length <= TimeSpan.FromHours(3) ? FiguresSpan.Minute : length <= TimeSpan.FromDays(8) ? FiguresSpan.Hour : FiguresSpan.Day;
        return new(span.StartOf(from), until, span, bucket < span ? span : bucket);
    }
}

/// <summary>Puts the figures of a range together.</summary>
internal static class Analytics
{
    /// <summary>The worst endpoints that are shown.</summary>
    const int MostEndpoints = 10;

    /// <summary>Open deliveries among which those that wait for another attempt are counted.</summary>
    const int MostRetrying = 10_000;

    public static async Task<AnalyticsView> ReadAsync(
        EnvironmentEntry entry, string? period, AnalyticsRange range, IFiguresStore store, IHistoryReader history, CancellationToken cancellation)
    {
        var rows = await store.ReadFiguresAsync(entry.Id, range.Span, range.From, range.Until, cancellation);
        var total = new Figures();
        foreach (var (_, figures) in rows) total.Add(figures);
        var buckets = rows.GroupBy(row => range.Bucket.StartOf(row.At)).ToDictionary(group => group.Key, group =>
        {
            var sum = new Figures();
            foreach (var (_, figures) in group) sum.Add(figures);
            return sum;
        });
        List<AnalyticsBucketView> series = [];
        var nothing = new Figures();
        for (var at = range.Bucket.StartOf(range.From); at < range.Until; at += range.Bucket.Length())
            series.Add(AnalyticsBucketView.Of(at, buckets.GetValueOrDefault(at, nothing)));
        return new AnalyticsView(
            period, range.From, range.Until, NameOf(range.Bucket),
            new AnalyticsTotalsView(
                total.Requests, Share(total.Requests - total.RequestsFailed, total.Requests),
                Mean(total), total.ScoresCompleted,
                new DeliveryCountsView(total.Delivered, total.Failed, await history.CountRetryingAsync(entry.Id, MostRetrying, cancellation)),
                total.Attempts, total.AttemptsFailed, LatencyView.Of(total.Latency)),
            series, await WorstAsync(entry, range, store, cancellation));
    }

    static async Task<IReadOnlyList<EndpointRateView>> WorstAsync(EnvironmentEntry entry, AnalyticsRange range, IFiguresStore store, CancellationToken cancellation)
    {
        var span = range.Bucket == FiguresSpan.Day ? FiguresSpan.Day : FiguresSpan.Hour;
        var rows = await store.ReadEndpointsAsync(entry.Id, span, span.StartOf(range.From), range.Until, cancellation);
        return
        [
            .. rows.GroupBy(row => row.EndpointId)
                .Select(group => (Id: group.Key, Delivered: group.Sum(row => row.Figures.Delivered), Failed: group.Sum(row => row.Figures.Failed)))
                .Where(each => each.Failed > 0).OrderByDescending(each => each.Failed).ThenBy(each => each.Id).Take(MostEndpoints)
                .Select(each => new EndpointRateView(
                    EndpointIds.Write(each.Id, entry.Product), entry.Find(each.Id)?.Endpoint.Url, each.Delivered, each.Failed,
                    Share(each.Failed, each.Delivered + each.Failed) ?? 0)),
        ];
    }

    /// <summary>Milliseconds that an API call took, to a hundredth; null without any.</summary>
    public static double? Mean(Figures figures) => figures.Requests == 0 ? null : Math.Round(figures.RequestsUs / 1000.0 / figures.Requests, 2);

    public static string NameOf(FiguresSpan span) => span switch
    {
        FiguresSpan.Minute => "minute",
        FiguresSpan.Hour => "hour",
        _ => "day",
    };

    /// <summary>Between 0 and 1, to a hundredth of a per cent; null of nothing.</summary>
    public static double? Share(long part, long whole) => whole == 0 ? null : Math.Round((double)part / whole, 4);
}
