using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.AspNetCore.Auditing;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Nodes;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>The nodes that share the store, and taking one out of work: before a change of its machine, or to see whether the others manage.</summary>
internal static class NodesApi
{
    const string Tag = "Operations";

    public static void MapNodesApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/operations/nodes").For(Access.OfOperators);
        group.MapGet("", ListAsync)
            .Describe("listNodes", Tag, "List nodes", "Those that live, by number. A node is drained when it is asked to be and holds nothing any more.")
            .Gives<Page<NodeStateView>>().Refuses(400);
        group.MapPost("/{id}/drain", DrainAsync)
            .Describe("drainNode", Tag, "Drain a node",
                "It takes no new work, ends what is in flight, hands over the rest, and reports itself unready. It hears of it within a heartbeat. What is published through it is accepted, and delivered by the others.")
            .Gives<NodeStateView>().Refuses(404);
        group.MapPost("/{id}/resume", ResumeAsync)
            .Describe("resumeNode", Tag, "Let a drained node work again").Gives<NodeStateView>().Refuses(404);
    }

    static async Task<IResult> ListAsync(HttpContext context, INovaStore store, ThisNode node)
    {
        if (new RequestQuery(context, OperatorJson.Instance).End() is { } refusal) return refusal;
        var status = await store.GetStatusAsync(context.RequestAborted);
        return OperatorJson.Instance.Ok(new Page<NodeStateView>([.. status.Nodes.Select(each => NodeStateView.Of(each, node))], null));
    }

    static Task<IResult> DrainAsync(HttpContext context, string id, INovaStore store, ThisNode node, AuditTrail audit) =>
        SetAsync(context, id, drain: true, store, node, audit);

    static Task<IResult> ResumeAsync(HttpContext context, string id, INovaStore store, ThisNode node, AuditTrail audit) =>
        SetAsync(context, id, drain: false, store, node, audit);

    static async Task<IResult> SetAsync(HttpContext context, string id, bool drain, INovaStore store, ThisNode node, AuditTrail audit)
    {
        if (!int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || await FindAsync() is not { } before
            || !await store.DrainNodeAsync(number, drain, context.RequestAborted)) return Problems.NotFound("node");
        // This very one need not wait for its next heartbeat.
        if (number == node.Number) await node.BeatAsync(context.RequestAborted);
        if (await FindAsync() is not { } after) return Problems.NotFound("node");
        // Asked again for what is so already: nothing has changed.
        if (before.DrainingSince != after.DrainingSince) await audit.NoteNodeAsync(context, drain ? "node.drained" : "node.resumed", before, after);
        return OperatorJson.Instance.Ok(NodeStateView.Of(after, node));

        async Task<NodeStatus?> FindAsync() => (await store.GetStatusAsync(context.RequestAborted)).Nodes.FirstOrDefault(each => each.Id == number);
    }
}

/// <param name="Id">Its number: a process takes a new one each time it starts.</param>
/// <param name="Name">Machine and process.</param>
/// <param name="State"><c>working</c>, <c>draining</c>, or <c>drained</c>: draining, and nothing is left.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="HeartbeatAt">When it last said that it lives.</param>
/// <param name="DrainRequestedAt">Null while it works.</param>
/// <param name="Leased">Deliveries that it holds.</param>
/// <param name="ThisNode">It is the one that answers.</param>
internal sealed record NodeStateView(
    int Id, string Name, string State, DateTimeOffset StartedAt, DateTimeOffset HeartbeatAt, DateTimeOffset? DrainRequestedAt, long Leased, bool ThisNode)
{
    public static NodeStateView Of(NodeStatus status, ThisNode node) => new(
        status.Id, status.Name, status.DrainingSince is null ? "working" : status.Leased > 0 ? "draining" : "drained",
        status.StartedAt, status.HeartbeatAt, status.DrainingSince, status.Leased, status.Id == node.Number);
}
