using System.Globalization;
using Nova.Accounts;
using Nova.Model;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>The figures of an environment in a time range.</summary>
/// <param name="Period"><c>1h</c>, <c>24h</c>, <c>7d</c> or <c>30d</c>; null where a range was asked for.</param>
/// <param name="From">Where it begins: a whole minute, hour or day.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Bucket">What an entry of the series is: <c>minute</c>, <c>hour</c> or <c>day</c>, in UTC.</param>
/// <param name="Totals">Of the whole range.</param>
/// <param name="Series">Oldest first, without gaps.</param>
/// <param name="Endpoints">At which most deliveries failed, at most 10; counted in whole hours, or days where the series is by day.</param>
internal sealed record AnalyticsView(
    string? Period, DateTimeOffset From, DateTimeOffset To, string Bucket, AnalyticsTotalsView Totals, IReadOnlyList<AnalyticsBucketView> Series,
    IReadOnlyList<EndpointRateView> Endpoints);

/// <param name="Requests">API calls with the account's own credentials, and scoring jobs created for it. What the portal asks for itself is not counted.</param>
/// <param name="SuccessRate">Share of them that was answered below 400, 0 to 1; null without any.</param>
/// <param name="AverageLatencyMs">Mean time of them; null without any.</param>
/// <param name="ScoresCompleted">Scoring jobs that were completed.</param>
/// <param name="Deliveries">By outcome.</param>
/// <param name="Attempts">Requests to receivers.</param>
/// <param name="AttemptsFailed">Those that were no success.</param>
/// <param name="LatencyMs">Of receivers that answered.</param>
internal sealed record AnalyticsTotalsView(
    long Requests, double? SuccessRate, double? AverageLatencyMs, long ScoresCompleted, DeliveryCountsView Deliveries, long Attempts, long AttemptsFailed,
    LatencyView LatencyMs);

/// <param name="Delivered">Ended as delivered, in the range.</param>
/// <param name="Failed">Ended as failed, in the range.</param>
/// <param name="Retrying">Wait for another attempt now, among the newest 10,000 that are open.</param>
internal sealed record DeliveryCountsView(long Delivered, long Failed, long Retrying);

/// <summary>Times in ms below which a half, 95 % and 99 % of the receivers answered, right to about a tenth; null without any.</summary>
internal sealed record LatencyView(double? P50, double? P95, double? P99)
{
    public static LatencyView Of(LatencyHistogram histogram) =>
        new(Round(histogram.Percentile(0.5)), Round(histogram.Percentile(0.95)), Round(histogram.Percentile(0.99)));

    static double? Round(double? value) => value is { } some ? Math.Round(some, 2) : null;
}

/// <param name="At">Where it begins.</param>
/// <param name="Requests">API calls.</param>
/// <param name="RequestsFailed">Answered with 400 or above.</param>
/// <param name="AverageLatencyMs">Mean time of API calls; null without any.</param>
/// <param name="Delivered">Deliveries that ended so.</param>
/// <param name="Failed">Deliveries that ended so.</param>
/// <param name="Attempts">Requests to receivers.</param>
/// <param name="AttemptsFailed">Those that were no success.</param>
/// <param name="ScoresCompleted">Scoring jobs.</param>
/// <param name="LatencyMs">Of receivers that answered.</param>
internal sealed record AnalyticsBucketView(
    DateTimeOffset At, long Requests, long RequestsFailed, double? AverageLatencyMs, long Delivered, long Failed, long Attempts, long AttemptsFailed, long ScoresCompleted,
    LatencyView LatencyMs)
{
    public static AnalyticsBucketView Of(DateTimeOffset at, Figures figures) => new(
        at, figures.Requests, figures.RequestsFailed, Analytics.Mean(figures), figures.Delivered, figures.Failed, figures.Attempts, figures.AttemptsFailed, figures.ScoresCompleted,
        LatencyView.Of(figures.Latency));
}

/// <param name="Id">As the product writes it.</param>
/// <param name="Url">As it is now.</param>
/// <param name="Delivered">Deliveries that ended so.</param>
/// <param name="Failed">Deliveries that ended so.</param>
/// <param name="ErrorRate">Share that failed, 0 to 1.</param>
internal sealed record EndpointRateView(string Id, string? Url, long Delivered, long Failed, double ErrorRate);

/// <summary>Failures of one cause at one endpoint.</summary>
/// <param name="Endpoint">Where.</param>
/// <param name="Cause">As the filter <c>error</c> of deliveries takes it: <c>http_503</c>, <c>tls_expired</c>, <c>connection_refused</c>, …</param>
/// <param name="Summary">What is wrong, in plain words.</param>
/// <param name="Count">Deliveries that failed by it.</param>
/// <param name="Attempts">Attempts that failed by it, those of deliveries that are still tried included.</param>
/// <param name="Ongoing">The endpoint has not taken anything since.</param>
/// <param name="Since">When it began: for one that goes on, after the endpoint's last success.</param>
/// <param name="LastAt">When it was seen last.</param>
/// <param name="ExampleDeliveryId">One of them.</param>
internal sealed record FailureGroupView(
    FailureEndpointView Endpoint, string Cause, string Summary, long Count, long Attempts, bool Ongoing, DateTimeOffset Since, DateTimeOffset LastAt,
    string ExampleDeliveryId)
{
    /// <param name="row">What is shown.</param>
    /// <param name="words">What the example's last attempt says; null where it says no more than the cause.</param>
    /// <param name="entry">The environment.</param>
    /// <param name="now">Times of today are written without their date.</param>
    public static FailureGroupView Of(FailureRow row, string? words, EnvironmentEntry entry, DateTimeOffset now)
    {
        var ongoing = row.FailingSince is { } failing && row.Figures.LastAt >= failing;
        var since = ongoing && row.FailingSince > row.Figures.FirstAt ? row.FailingSince.Value : row.Figures.FirstAt;
        var what = words is { Length: > 0 } && row.Cause.Outcome == AttemptOutcome.TlsExpired ? words.TrimEnd('.') : CauseWords.Of(row.Cause);
        var when = row.Cause.Outcome == AttemptOutcome.EndpointGone || !ongoing ? $"last {At(row.Figures.LastAt, now)}" : $"since {At(since, now)}";
        return new(
            new(EndpointIds.Write(row.EndpointId, entry.Product), entry.Find(row.EndpointId)?.Endpoint.Url), row.Cause.Name, $"{what}, {when}",
            row.Figures.Failed, row.Figures.Attempts, ongoing, since, row.Figures.LastAt, row.Figures.Example.ToString());
    }

    static string At(DateTimeOffset time, DateTimeOffset now) =>
        time.UtcDateTime.ToString(time.UtcDateTime.Date == now.UtcDateTime.Date ? "HH:mm 'UTC'" : "d MMM, HH:mm 'UTC'", CultureInfo.InvariantCulture);
}

internal sealed record FailureEndpointView(string Id, string? Url);

/// <summary>How an endpoint did.</summary>
/// <param name="Id">As the product writes it.</param>
/// <param name="Url">Where it is.</param>
/// <param name="Delivered">In the period.</param>
/// <param name="Failed">In the period.</param>
/// <param name="ErrorRate">Share of deliveries that failed, 0 to 1; null without any.</param>
/// <param name="AttemptErrorRate">Share of attempts that failed, 0 to 1; null without any.</param>
/// <param name="LastDeliveryAt">When something was sent to it last; null: not for two months.</param>
/// <param name="FailingSince">The first failure after its last success; null where the last attempt succeeded.</param>
/// <param name="Bucket"><c>hour</c> or <c>day</c>.</param>
/// <param name="Series">Oldest first, without gaps.</param>
internal sealed record WebhookHealthView(
    string Id, string Url, long Delivered, long Failed, double? ErrorRate, double? AttemptErrorRate, DateTimeOffset? LastDeliveryAt, DateTimeOffset? FailingSince,
    string Bucket, IReadOnlyList<WebhookHealthBucketView> Series)
{
    public static WebhookHealthView Of(
        EndpointTarget target, IReadOnlyList<EndpointRow> rows, DateTimeOffset? last, DateTimeOffset? failingSince, FiguresSpan span, DateTimeOffset from,
        DateTimeOffset now)
    {
        var at = rows.ToDictionary(row => row.At, row => row.Figures);
        List<WebhookHealthBucketView> series = [];
        for (var time = from; time <= now; time += span.Length())
            series.Add(at.TryGetValue(time, out var figures) ? new(time, figures.Delivered, figures.Failed) : new(time, 0, 0));
        var (delivered, failed) = (rows.Sum(row => row.Figures.Delivered), rows.Sum(row => row.Figures.Failed));
        var (attempts, attemptsFailed) = (rows.Sum(row => row.Figures.Attempts), rows.Sum(row => row.Figures.AttemptsFailed));
        return new(
            EndpointIds.Write(target.Endpoint.Id, target.Product), target.Endpoint.Url, delivered, failed, Analytics.Share(failed, delivered + failed),
            Analytics.Share(attemptsFailed, attempts), last, failingSince, Analytics.NameOf(span), series);
    }
}

internal sealed record WebhookHealthBucketView(DateTimeOffset At, long Delivered, long Failed);
