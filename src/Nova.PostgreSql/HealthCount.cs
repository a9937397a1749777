using Nova.Model;
using Nova.Storage;

namespace Nova.PostgreSql;

/// <summary>What a batch says of one endpoint's health, so that its row is touched once per batch, not once per delivery.</summary>
/// <param name="EnvironmentId">The endpoint's.</param>
/// <param name="EndpointId">Whose health it is.</param>
/// <param name="Succeeded">A delivery was Delivered: failures before it are forgotten.</param>
/// <param name="FailedInARow">Deliveries that Failed after the last success, or at all.</param>
/// <param name="Failed">An attempt failed, whatever came after it.</param>
/// <param name="Failing">An attempt failed after the last success, or there was no success.</param>
internal sealed record HealthCount(int EnvironmentId, Id<Endpoint> EndpointId, bool Succeeded, int FailedInARow, bool Failed, bool Failing)
{
    /// <summary>One for each endpoint that the records count for, in the order in which all nodes lock them.</summary>
    public static IReadOnlyList<HealthCount> Of(IEnumerable<AttemptRecord> records)
    {
        var counts = new SortedDictionary<(int, Id<Endpoint>), HealthCount>();
        foreach (var record in records)
        {
            if (!record.CountsForHealth) continue;
            var key = (record.EnvironmentId, record.EndpointId);
            var count = counts.GetValueOrDefault(key) ?? new HealthCount(record.EnvironmentId, record.EndpointId, false, 0, false, false);
            counts[key] = record.State == DeliveryState.Delivered
                ? count with { Succeeded = true, FailedInARow = 0, Failing = false }
                : count with { FailedInARow = count.FailedInARow + (record.State == DeliveryState.Failed ? 1 : 0), Failed = true, Failing = true };
        }
        return [.. counts.Values];
    }
}
