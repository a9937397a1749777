using Nova.Model;
using Nova.Storage;

namespace Nova.PostgreSql;

/// <summary>What a batch says of one endpoint's health, so that its row is touched once per batch, not once per delivery.</summary>
/// <param name="EnvironmentId">The endpoint's.</param>
/// <param name="EndpointId">Whose health it is.</param>
/// <param name="Succeeded">A delivery was Delivered: failures before it are forgotten.</param>
/// <param name="FailedInARow">Deliveries that Failed after the last success, or at all.</param>
/// <param name="Failed">A delivery Failed, whatever came after it.</param>
internal sealed record HealthCount(int EnvironmentId, Id<Endpoint> EndpointId, bool Succeeded, int FailedInARow, bool Failed)
{
    /// <summary>One for each endpoint that the records count for, in the order in which all nodes lock them.</summary>
    public static IReadOnlyList<HealthCount> Of(IEnumerable<AttemptRecord> records)
    {
        var counts = new SortedDictionary<(int, Id<Endpoint>), HealthCount>();
        foreach (var record in records)
        {
            if (!record.CountsForHealth) continue;
            var key = (record.EnvironmentId, record.EndpointId);
            var count = counts.GetValueOrDefault(key) ?? new HealthCount(record.EnvironmentId, record.EndpointId, false, 0, false);
            counts[key] = record.State == DeliveryState.Delivered
                ? count with { Succeeded = true, FailedInARow = 0 }
                : count with { FailedInARow = count.FailedInARow + 1, Failed = true };
        }
        return [.. counts.Values];
    }
}
