using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.Accounts;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Writing;
using Nova.Nodes;

namespace Nova.AspNetCore.Apis;

/// <summary>For load balancers and supervisors.</summary>
internal static class HealthApi
{
    /// <summary>
    /// The directory asks the store four times a second, so that this long without an answer means that the store is away,
    /// not that it is slow for a moment.
    /// </summary>
    static readonly TimeSpan StoreAwayAfter = TimeSpan.FromSeconds(3);

    public static void MapHealthApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("").For(Access.OfAnybody);
        group.MapGet("/healthz", () => OperatorJson.Instance.Ok(new HealthView("ok")))
            .Describe("getHealth", "Health", "The process lives", "Asks nothing of the store.").Gives<HealthView>();
        group.MapGet("/readyz", Ready)
            .Describe("getReadiness", "Health", "The node takes requests", "The store is migrated and answers, and the node's clock is right.")
            .Gives<HealthView>().Refuses(503);
        // Some load balancers and monitors ask with HEAD. Kestrel sends no body with it.
        group.MapMethods("/healthz", [HttpMethods.Head], () => OperatorJson.Instance.Ok(new HealthView("ok"))).ExcludeFromDescription();
        group.MapMethods("/readyz", [HttpMethods.Head], Ready).ExcludeFromDescription();
    }

    static IResult Ready(NovaEngine engine, AccountDirectory directory, ThisNode node)
    {
        List<string> reasons = [];
        if (!engine.IsReady) reasons.Add("The engine is starting or stopping.");
        else
        {
            if (node.IsDraining) reasons.Add("The node is drained: it takes no new work. An operator can take that back.");
            if (directory.Staleness > StoreAwayAfter) reasons.Add($"The store has not answered for {directory.Staleness.TotalSeconds:0} s.");
            if (!node.ClockIsRight)
                reasons.Add($"The node's clock is {Math.Abs(node.ClockOffset.TotalSeconds):0.0} s off the store's; at most 2 s are allowed. Set it by NTP.");
        }
        return reasons.Count == 0 ? OperatorJson.Instance.Ok(new HealthView("ready")) : Problems.Unready(reasons);
    }
}

/// <param name="Status"><c>ok</c> or <c>ready</c>.</param>
internal sealed record HealthView(string Status);
