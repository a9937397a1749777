using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.Accounts;
using Nova.AspNetCore.Auditing;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Model;
using Nova.Replaying;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>Delivering many again: all that an endpoint failed or missed since a time, or whatever a filter finds, as a job that can be watched and cancelled.</summary>
internal static class ReplaysApi
{
    const string Tag = "Replays";

    /// <summary>A caller whose clock is ahead may mean "from now on" and find nothing; as much as is allowed for the times of tokens.</summary>
    static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    public static void MapReplaysApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/replays").For(Access.OfCustomers);
        group.MapPost("", StartAsync).Needs(Rights.Replay)
            .Describe("startReplay", Tag, "Deliver a filtered set again",
                "Every ended delivery that matches, as a new delivery each; what was replayed since is passed over. With dry_run nothing is delivered, and the answer is the count.")
            .Takes<StartReplayBody>().Gives<ReplayView>(202).Gives<ReplayCountView>(200).Refuses(400, 409, 413, 415);
        group.MapGet("", ListAsync)
            .Describe("listReplays", Tag, "List replays", "Newest first.").Paged().Gives<Page<ReplayView>>().Refuses(400);
        group.MapGet("/{id}", GetAsync)
            .Describe("getReplay", Tag, "Show a replay", "With its progress.").Gives<ReplayView>().Refuses(404);
        group.MapPost("/{id}/cancel", CancelAsync).Needs(Rights.Replay)
            .Describe("cancelReplay", Tag, "Cancel a replay", "It makes no further delivery. Those that it has made go on. One that has ended stays as it is.")
            .Gives<ReplayView>().Refuses(404);
    }

    /// <summary><c>POST /v1/webhooks/{id}/replay</c>.</summary>
    public static async Task<IResult> StartOfWebhookAsync(HttpContext context, string id, ReplayStarter starter, AuditTrail audit, NovaOptions options, TimeProvider clock)
    {
        var caller = Customer.Of(context);
        if (EndpointIds.Read(id, caller.Product) is not { } known || caller.Entry.Find(known) is not { Endpoint.DeletedAt: null } target)
            return Problems.NotFound(caller.Product.EndpointWord);
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, caller.Json);
        var what = reading.NeedText("what", 20);
        if (what is not ("failed" or "missed" or "")) reading.Fault("what", "Must be \"failed\" or \"missed\".");
        if (!reading.Has("since")) reading.Need("since");
        var (since, until) = (reading.Time("since"), reading.Time("until"));
        if (since >= until) reading.Fault("until", "Must be after since.");
        RefuseFuture(reading, "since", since, clock.Now());
        var (isDry, rate) = ReadRest(reading);
        reading.End();
        if (!reading.IsGood) return reading.Problem;
        if (!target.Endpoint.Enabled) return Problems.NotRetryable($"The {caller.Product.EndpointWord} is disabled. Enable it, then try again.");

        var selection = new ReplaySelection
        {
            Missed = what == "missed", EndpointId = known, State = DeliveryState.Failed, From = since, Until = Earlier(until, clock.Now()),
        };
        return await AnswerAsync(context, caller, starter, audit, selection, isDry, rate);
    }

    static async Task<IResult> StartAsync(HttpContext context, ReplayStarter starter, AuditTrail audit, NovaOptions options, TimeProvider clock)
    {
        var caller = Customer.Of(context);
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, caller.Json);
        if (!reading.Has("filter")) reading.Need("filter");
        var selection = reading.Object("filter") is { } filter ? ReadFilter(filter, caller, clock.Now()) : null;
        var (isDry, rate) = ReadRest(reading);
        reading.End();
        if (!reading.IsGood || selection is null) return reading.Problem;
        return await AnswerAsync(context, caller, starter, audit, selection, isDry, rate);
    }

    static (bool IsDry, int Rate) ReadRest(RequestObject reading) =>
        (reading.Flag("dry_run") ?? false, reading.Whole("rate", 1, ReplayStarter.MostRate) ?? ReplayStarter.DefaultRate);

    static ReplaySelection ReadFilter(RequestObject filter, Customer caller, DateTimeOffset now)
    {
        var states = filter.OneOrMore("status", 2, 20) ?? ["failed"];
        foreach (var state in states)
            if (state is not ("failed" or "delivered")) filter.Fault("status", "Must be \"failed\", \"delivered\", or both: only what has ended is delivered again.");
        List<string> types = [];
        foreach (var given in filter.OneOrMore("event", 100, 200) ?? [])
        {
            if (!given.EndsWith('*'))
            {
                types.Add(given);
                continue;
            }
            var found = caller.Product.EventTypes.Keys.Where(type => type.StartsWith(given[..^1], StringComparison.Ordinal)).ToArray();
            if (found.Length == 0) filter.Fault("event", $"The product has no event type that begins as '{given[..^1]}'.");
            types.AddRange(found);
        }
        Id<Endpoint>? endpoint = null;
        if (filter.Text("endpoint", 100) is { } id && (endpoint = EndpointIds.Read(id, caller.Product)) is null) filter.Fault("endpoint", "Must be the id of a webhook.");
        var (from, to) = (filter.Time("from"), filter.Time("to"));
        if (from >= to) filter.Fault("to", "Must be after from.");
        RefuseFuture(filter, "from", from, now);
        var selection = new ReplaySelection
        {
            State = states.Distinct().Count() == 2 ? null : states is ["delivered", ..] ? DeliveryState.Delivered : DeliveryState.Failed,
            EventTypes = [.. types.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            EndpointId = endpoint,
            Tenant = filter.Text("tenant", 200),
            Error = filter.Text("error", 300),
            From = from,
            Until = Earlier(to, now),
        };
        filter.End();
        return selection;
    }

    /// <summary>Nothing has happened yet that such a replay could deliver again, so it would end at once and seem to have worked.</summary>
    static void RefuseFuture(RequestObject reading, string name, DateTimeOffset? time, DateTimeOffset now)
    {
        if (time > now + ClockSkew) reading.Fault(name, "Must not be in the future: only what has been is delivered again.");
    }

    /// <summary>No later than now: what the replay makes itself must not match.</summary>
    static DateTimeOffset Earlier(DateTimeOffset? asked, DateTimeOffset now) => asked is { } time && time < now ? time : now;

    static async Task<IResult> AnswerAsync(
        HttpContext context, Customer caller, ReplayStarter starter, AuditTrail audit, ReplaySelection selection, bool isDry, int rate)
    {
        if (isDry)
        {
            var count = await starter.CountAsync(caller.Entry.Id, selection, context.RequestAborted);
            return caller.Json.Ok(new ReplayCountView(count.Matching, count.IsLeast));
        }
        var (job, start) = await starter.StartAsync(caller.Entry.Id, selection, rate, context.RequestAborted);
        if (job is not null)
        {
            var view = ReplayView.Of(job, caller.Entry);
            await audit.NoteAsync(context, "replay.started", caller.Entry, Target(job), new() { ["what"] = view.What, ["matching"] = job.Matching, ["rate"] = job.Rate });
            return caller.Json.Accepted(view);
        }
        return start.Outcome == ReplayStartOutcome.Runs ? Problems.ReplayRuns(start.Running.ToString()!) : Problems.TooManyReplays(ReplayStarter.MostRunning);
    }

    static async Task<IResult> ListAsync(HttpContext context, IReplayStore store)
    {
        var caller = Customer.Of(context);
        var query = new RequestQuery(context, caller.Json);
        var (limit, before) = (query.Limit(), query.Cursor<ReplayJob>());
        if (query.End() is { } refusal) return refusal;
        var found = await store.ListReplaysAsync(caller.Entry.Id, before, limit + 1, context.RequestAborted);
        return caller.Json.Ok(Paging.Page(found, limit, job => ReplayView.Of(job, caller.Entry), job => job.Id));
    }

    static async Task<IResult> GetAsync(HttpContext context, string id, IReplayStore store)
    {
        var caller = Customer.Of(context);
        return Id<ReplayJob>.TryParse(id, out var known) && await store.GetReplayAsync(caller.Entry.Id, known, context.RequestAborted) is { } job
            ? caller.Json.Ok(ReplayView.Of(job, caller.Entry))
            : Problems.NotFound("replay");
    }

    static async Task<IResult> CancelAsync(HttpContext context, string id, IReplayStore store, AuditTrail audit)
    {
        var caller = Customer.Of(context);
        if (!Id<ReplayJob>.TryParse(id, out var known) || await store.CancelReplayAsync(caller.Entry.Id, known, context.RequestAborted) is not { } job)
            return Problems.NotFound("replay");
        if (job.State == ReplayState.Cancelled) await audit.NoteAsync(context, "replay.cancelled", caller.Entry, Target(job));
        return caller.Json.Ok(ReplayView.Of(job, caller.Entry));
    }

    static AuditTarget Target(ReplayJob job) => new("replay", job.Id.ToString(), null);
}

/// <param name="What"><c>failed</c>: deliveries that ended as failed. <c>missed</c>: events of the webhook's subscription of which it was given no delivery, because it was disabled, not subscribed yet, or not there yet.</param>
/// <param name="Since">Of deliveries queued, or events published, at this time or later; not in the future.</param>
/// <param name="Until">Before this time. Default: now.</param>
/// <param name="DryRun">Only count.</param>
/// <param name="Rate">Deliveries per second, 1 to 1,000. Default 50.</param>
internal sealed record ReplayWebhookBody(string What, DateTimeOffset Since, DateTimeOffset? Until = null, bool? DryRun = null, int? Rate = null);

/// <param name="Filter">Which deliveries; every member narrows.</param>
/// <param name="DryRun">Only count.</param>
/// <param name="Rate">Deliveries per second, 1 to 1,000. Default 50.</param>
internal sealed record StartReplayBody(ReplayFilterView Filter, bool? DryRun = null, int? Rate = null);

/// <param name="Status"><c>failed</c>, <c>delivered</c> or both. Default <c>failed</c>. One may be given as a text.</param>
/// <param name="Event">Event types, or the beginning of their names with <c>*</c>. One may be given as a text.</param>
/// <param name="Endpoint">Of this webhook.</param>
/// <param name="Tenant">Of this tenant.</param>
/// <param name="Error">A cause (<c>http_503</c>, <c>timeout</c>), or part of the error that the delivery shows.</param>
/// <param name="From">Queued at this time or later; not in the future.</param>
/// <param name="To">Queued before this time. Default: now.</param>
internal sealed record ReplayFilterView(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Status = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Event = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Endpoint = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Tenant = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? From = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? To = null);

/// <param name="Matching">How many would be delivered again.</param>
/// <param name="AtLeast">There may be more: counting ends after 10,000 rows.</param>
internal sealed record ReplayCountView(int Matching, bool AtLeast);

/// <param name="Id">The replay's.</param>
/// <param name="What"><c>failed</c>, <c>missed</c>, <c>delivered</c> or <c>ended</c> (failed and delivered).</param>
/// <param name="State"><c>running</c>, <c>completed</c>, <c>cancelled</c>, or <c>stopped</c> (by itself, for <c>reason</c>).</param>
/// <param name="Matching">How many there were when it began.</param>
/// <param name="AtLeast">There were more than were counted.</param>
/// <param name="Done">New deliveries that it has made.</param>
/// <param name="Skipped">Passed over: replayed since by somebody else, or the webhook is disabled or deleted.</param>
/// <param name="Rate">Deliveries per second, at most.</param>
/// <param name="Filter">What it delivers again.</param>
/// <param name="Reason">Why it stopped by itself.</param>
/// <param name="CreatedAt">When it began.</param>
/// <param name="FinishedAt">Null while it runs.</param>
internal sealed record ReplayView(
    string Id, string What, string State, int Matching, bool AtLeast, int Done, int Skipped, int Rate, ReplayFilterView Filter,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt)
{
    public static ReplayView Of(ReplayJob job, EnvironmentEntry entry)
    {
        var selection = job.Selection;
        IReadOnlyList<string>? states = selection.Missed ? null : selection.State is { } state ? [DeliveryWords.State(state)] : ["failed", "delivered"];
        return new(
            job.Id.ToString(), selection.Missed ? "missed" : selection.State is { } ended ? DeliveryWords.State(ended) : "ended",
            job.State switch
            {
                ReplayState.Running => "running",
                ReplayState.Completed => "completed",
                ReplayState.Cancelled => "cancelled",
                _ => "stopped",
            },
            job.Matching, job.MatchingIsLeast, job.Done, job.Skipped, job.Rate,
            new(states, selection.EventTypes.Count == 0 ? null : selection.EventTypes,
                selection.EndpointId is { } id ? EndpointIds.Write(id, entry.Product) : null, selection.Tenant, selection.Error, selection.From, selection.Until),
            job.Reason, job.CreatedAt, job.FinishedAt);
    }
}
