using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.Accounts;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Delivering;
using Nova.Model;
using Nova.Nodes;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>How the server does: for whoever runs it.</summary>
internal static class OperationsApi
{
    const string Tag = "Operations";

    public static void MapOperationsApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/operations").For(Access.OfOperators);
        group.MapGet("/status", StatusAsync)
            .Describe("getStatus", Tag, "Show how the server does", "Bounded work, whatever the backlog.").Gives<StatusView>().Refuses(400);
        group.MapGet("/overview", OverviewAsync)
            .Describe("getOverview", Tag, "Show the whole at a glance", "Of all nodes, accounts and environments.").Gives<OverviewView>().Refuses(400);
        group.MapGet("/failing-endpoints", FailingEndpointsAsync)
            .Describe("listFailingEndpoints", Tag, "List failing endpoints", "Of all accounts: the worst first, at most 100. Those whose last attempt failed.")
            .Gives<Page<FailingEndpointView>>().Refuses(400);
    }

    static async Task<IResult> OverviewAsync(
        HttpContext context, INovaStore store, IFiguresStore figures, AccountDirectory directory, DeliveryEngine engine, TimeProvider clock)
    {
        if (new RequestQuery(context, OperatorJson.Instance).End() is { } refusal) return refusal;
        var now = clock.GetUtcNow();
        var status = await store.GetStatusAsync(context.RequestAborted);
        // The minute that runs and the one before: what happened in the last 60 to 120 seconds, by as many seconds.
        var from = FiguresSpan.Minute.StartOf(now).AddMinutes(-1);
        var seconds = (now - from).TotalSeconds;
        var recent = new Figures();
        foreach (var (_, minute) in await figures.ReadFiguresAsync(Figures.Everybody, FiguresSpan.Minute, from, now, context.RequestAborted)) recent.Add(minute);
        return OperatorJson.Instance.Ok(new OverviewView(
            directory.Accounts.Count(), status.Nodes.Count, status.OpenDeliveries, status.OldestDue,
            status.OldestDue is { } due ? Math.Max(0, (now - due).TotalSeconds) : null, status.Nodes.Sum(node => node.Leased), engine.Running,
            PerSecond(recent.Accepted), PerSecond(recent.Delivered), PerSecond(recent.Failed), PerSecond(recent.Attempts), status.FailingEndpoints.Count,
            await figures.GetSizeAsync(context.RequestAborted)));

        double PerSecond(long count) => Math.Round(count / seconds, 2);
    }

    static async Task<IResult> FailingEndpointsAsync(HttpContext context, INovaStore store, AccountDirectory directory)
    {
        if (new RequestQuery(context, OperatorJson.Instance).End() is { } refusal) return refusal;
        var status = await store.GetStatusAsync(context.RequestAborted);
        return OperatorJson.Instance.Ok(new Page<FailingEndpointView>(
            [.. status.FailingEndpoints.Select(health => FailingEndpointView.Of(health, directory))], null));
    }

    static async Task<IResult> StatusAsync(
        HttpContext context, INovaStore store, AccountDirectory directory, ThisNode node, DeliveryEngine engine, TimeProvider clock)
    {
        if (new RequestQuery(context, OperatorJson.Instance).End() is { } refusal) return refusal;
        var status = await store.GetStatusAsync(context.RequestAborted);
        var now = clock.GetUtcNow();
        return OperatorJson.Instance.Ok(new StatusView(
            status.OpenDeliveries, status.OldestDue, status.OldestDue is { } due ? Math.Max(0, (now - due).TotalSeconds) : null,
            engine.Held, engine.Running, node.Number, node.ClockOffset.TotalMilliseconds,
            [.. status.Nodes.Select(each => new NodeView(each.Id, each.Name, each.StartedAt, each.HeartbeatAt, each.Leased))],
            [.. status.FailingEndpoints.Select(health => FailingEndpointView.Of(health, directory))]));
    }
}

/// <param name="Accounts">Of all products.</param>
/// <param name="Nodes">That live.</param>
/// <param name="QueueDepth">Deliveries that have not ended, in the whole store; an estimate beyond a million.</param>
/// <param name="OldestDue">When the delivery fell due that has waited longest past its time; null: none waits.</param>
/// <param name="OldestDueSeconds">How long ago that was.</param>
/// <param name="InFlight">Deliveries that nodes have in their queues and hands.</param>
/// <param name="RunningHere">Attempts in flight on the node that answers.</param>
/// <param name="AcceptedPerSecond">Events, in the last minute or two; some seconds behind.</param>
/// <param name="DeliveredPerSecond">Deliveries that ended so, in the same time.</param>
/// <param name="FailedPerSecond">Deliveries that ended so, in the same time.</param>
/// <param name="AttemptsPerSecond">Requests to receivers, in the same time.</param>
/// <param name="FailingEndpoints">Whose last attempt failed; at most 100 are counted.</param>
/// <param name="StorageBytes">What the store takes on disk.</param>
internal sealed record OverviewView(
    int Accounts, int Nodes, long QueueDepth, DateTimeOffset? OldestDue, double? OldestDueSeconds, long InFlight, long RunningHere, double AcceptedPerSecond,
    double DeliveredPerSecond, double FailedPerSecond, double AttemptsPerSecond, int FailingEndpoints, long StorageBytes);

/// <param name="OpenDeliveries">Not ended yet, in the whole store; an estimate beyond a million.</param>
/// <param name="OldestDue">When the delivery fell due that has waited longest past its time; null: none waits.</param>
/// <param name="OldestDueSeconds">How long ago that was.</param>
/// <param name="HeldHere">Deliveries in this node's queues and hands.</param>
/// <param name="RunningHere">Attempts in flight on this node.</param>
/// <param name="ThisNode">The number of the node that answers.</param>
/// <param name="ClockOffsetMs">The store's clock minus this node's.</param>
/// <param name="Nodes">That live.</param>
/// <param name="FailingEndpoints">The worst, at most 100.</param>
internal sealed record StatusView(
    long OpenDeliveries, DateTimeOffset? OldestDue, double? OldestDueSeconds, long HeldHere, long RunningHere, int ThisNode, double ClockOffsetMs,
    IReadOnlyList<NodeView> Nodes, IReadOnlyList<FailingEndpointView> FailingEndpoints);

internal sealed record NodeView(int Id, string Name, DateTimeOffset StartedAt, DateTimeOffset HeartbeatAt, long Leased);

/// <param name="Id">As its product writes it.</param>
/// <param name="Url">Where it is.</param>
/// <param name="Account">Nova's id.</param>
/// <param name="AccountName">As people read it.</param>
/// <param name="Product">The account's.</param>
/// <param name="Environment"><c>sandbox</c> or <c>production</c>.</param>
/// <param name="FailedInARow">Deliveries that ended as failed since the last success.</param>
/// <param name="FailingSince">Null: the last one succeeded.</param>
/// <param name="Enabled">It is still sent to.</param>
internal sealed record FailingEndpointView(
    string Id, string? Url, string? Account, string? AccountName, string? Product, string? Environment, int FailedInARow, DateTimeOffset? FailingSince, bool Enabled)
{
    public static FailingEndpointView Of(EndpointHealth health, AccountDirectory directory)
    {
        var entry = directory.Environment(health.EnvironmentId);
        var endpoint = entry?.Find(health.EndpointId)?.Endpoint;
        return new(
            entry is null ? health.EndpointId.ToString() : EndpointIds.Write(health.EndpointId, entry.Product), endpoint?.Url,
            entry?.Account.Id.ToString(), entry?.Account.Name, entry?.Product.Name, entry?.Name, health.FailedInARow, health.FailingSince, endpoint?.Receives ?? false);
    }
}
