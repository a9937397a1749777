using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Model;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>What the dashboard shows: figures over time, how endpoints do, and what goes wrong for which reason. Read from sums, never by counting history.</summary>
internal static class FiguresApi
{
    const string Tag = "Figures";

    /// <summary>Causes at endpoints; the rest is not what somebody mends first.</summary>
    const int MostGroups = 100;

    public static void MapFiguresApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1").For(Access.OfCustomers);
        group.MapGet("/analytics", AnalyticsAsync)
            .Describe("getAnalytics", Tag, "Show the figures", "API requests, deliveries by outcome, latencies of receivers and completed scoring jobs; exact, and at most some "
                + "seconds behind for API requests. A range begins at a whole minute, hour or day, by its length.")
            .Query("period", "The time back from now. Default 24h.", RequestQuery.Periods)
            .Query("from", "Instead of a period: from this time on.")
            .Query("to", "Before this time; default now.")
            .Gives<AnalyticsView>().Refuses(400);
        group.MapGet("/failure-groups", FailureGroupsAsync)
            .Describe("listFailureGroups", Tag, "List what goes wrong", "Failures of the same cause at the same endpoint, the latest first.")
            .Query("period", "The time back from now, in whole hours. Default 24h.", RequestQuery.Periods)
            .Gives<Page<FailureGroupView>>().Refuses(400);
        group.MapGet("/webhooks/health", HealthAsync)
            .Describe("listWebhookHealth", Tag, "Show how webhooks do", "Delivered and failed per hour (per day for 30d), for a spark line each.")
            .Query("period", "The time back from now, in whole hours or days. Default 24h.", RequestQuery.Periods)
            .Gives<Page<WebhookHealthView>>().Refuses(400);
    }

    static async Task<IResult> AnalyticsAsync(HttpContext context, IFiguresStore figures, IHistoryReader history, TimeProvider clock)
    {
        var caller = Customer.Of(context);
        var query = new RequestQuery(context, caller.Json);
        var now = clock.GetUtcNow();
        var period = query.Text("period");
        var (from, until) = query.Range(now);
        if (from is null && until is not null) query.Fault("from", "Give it with to, or a period.");
        if (from > now) query.Fault("from", "Must not be in the future.");
        if (query.End() is { } refusal) return refusal;
        var range = AnalyticsRange.Of(from ?? now.AddHours(-24), until ?? now, now);
        return caller.Json.Ok(await Analytics.ReadAsync(
            caller.Entry, from is null ? "24h" : period, range, figures, history, context.RequestAborted));
    }

    static async Task<IResult> FailureGroupsAsync(HttpContext context, IFiguresStore figures, IHistoryReader history, TimeProvider clock)
    {
        var caller = Customer.Of(context);
        var query = new RequestQuery(context, caller.Json);
        var now = clock.GetUtcNow();
        var from = FiguresSpan.Hour.StartOf(query.Period(now) ?? now.AddHours(-24));
        if (query.End() is { } refusal) return refusal;
        var rows = await figures.ReadFailuresAsync(caller.Entry.Id, from, now.AddHours(1), context.RequestAborted);
        var groups = rows.OrderByDescending(row => row.Figures.LastAt).Take(MostGroups).ToArray();
        // What a certificate says of itself is in the attempt's words alone.
        var examples = groups.Where(row => row.Cause.Outcome is AttemptOutcome.TlsExpired or AttemptOutcome.TlsName).Select(row => row.Figures.Example).ToArray();
        var words = examples.Length == 0 ? [] : (await history.ReadDeliveriesAsync(caller.Entry.Id, examples, context.RequestAborted))
            .ToDictionary(delivery => delivery.Id, delivery => delivery.Error);
        return caller.Json.Ok(new Page<FailureGroupView>(
            [.. groups.Select(row => FailureGroupView.Of(row, words.GetValueOrDefault(row.Figures.Example), caller.Entry, now))], null));
    }

    static async Task<IResult> HealthAsync(HttpContext context, IFiguresStore figures, TimeProvider clock)
    {
        var caller = Customer.Of(context);
        var query = new RequestQuery(context, caller.Json);
        var now = clock.GetUtcNow();
        var from = query.Period(now) ?? now.AddHours(-24);
        if (query.End() is { } refusal) return refusal;
        var span = now - from > TimeSpan.FromDays(8) ? FiguresSpan.Day : FiguresSpan.Hour;
        from = span.StartOf(from);
        var rows = await figures.ReadEndpointsAsync(caller.Entry.Id, span, from, now.AddDays(1), context.RequestAborted);
        // An endpoint that was quiet for the whole period has its last delivery before.
        var days = await figures.ReadEndpointsAsync(caller.Entry.Id, FiguresSpan.Day, now - FiguresKept.Hours, now.AddDays(1), context.RequestAborted);
        var failing = (await figures.ReadFailuresAsync(caller.Entry.Id, FiguresSpan.Hour.StartOf(now.AddHours(-24)), now.AddHours(1), context.RequestAborted))
            .Where(row => row.FailingSince is not null).GroupBy(row => row.EndpointId).ToDictionary(group => group.Key, group => group.First().FailingSince);
        var (ofEndpoint, lastOf) = (rows.ToLookup(row => row.EndpointId), days.ToLookup(row => row.EndpointId));
        return caller.Json.Ok(new Page<WebhookHealthView>(
        [
            .. caller.Entry.Targets.Where(target => target.Endpoint.DeletedAt is null).Reverse().Select(target => WebhookHealthView.Of(
                target, [.. ofEndpoint[target.Endpoint.Id]], lastOf[target.Endpoint.Id].Select(row => (DateTimeOffset?)row.Figures.LastAt).Max(),
                failing.GetValueOrDefault(target.Endpoint.Id), span, from, now)),
        ], null));
    }
}
