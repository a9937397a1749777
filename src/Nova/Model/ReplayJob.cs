using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nova.Model;

/// <summary>Where a replay of many deliveries stands.</summary>
internal enum ReplayState : short
{
    Running = 0,
    /// <summary>Ended: it has gone through all that matched.</summary>
    Completed = 1,
    /// <summary>Ended: somebody stopped it.</summary>
    Cancelled = 2,
    /// <summary>Ended by itself before the end: its endpoint was disabled or deleted.</summary>
    Stopped = 3,
}

/// <summary>What is to be delivered again.</summary>
internal sealed record ReplaySelection
{
    /// <summary>
    /// True: events of <see cref="EndpointId"/>'s subscription of which it was given no delivery. False: deliveries that have ended.
    /// </summary>
    public bool Missed { get; init; }

    public Id<Endpoint>? EndpointId { get; init; }

    /// <summary>Delivered or Failed; null: either. Not used for missed ones.</summary>
    public DeliveryState? State { get; init; }

    /// <summary>Of one of these; empty: of any.</summary>
    public IReadOnlyList<string> EventTypes { get; init; } = [];

    public string? Tenant { get; init; }

    /// <summary>The name of a cause (<c>http_503</c>), as groups of failures have it; anything else is part of what the delivery shows as its error, in any case of letters.</summary>
    public string? Error { get; init; }

    /// <summary>What <see cref="Error"/> names; null: no cause is called so.</summary>
    [JsonIgnore]
    public FailureCause? Cause => Error is null ? null : FailureCause.Read(Error);

    /// <summary>Made at this time or later; null: however old.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Made before this time, which is at the latest the job's own beginning: what it makes itself never matches.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>As the store keeps it, and reads no member of it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ReplayJson.Default.ReplaySelection);

    public static ReplaySelection FromJson(string json) => JsonSerializer.Deserialize(json, ReplayJson.Default.ReplaySelection)!;
}

/// <summary>
/// A replay of many deliveries: kept in the store, worked on by one node at a time, and gone on with by another where that one stops.
/// </summary>
internal sealed record ReplayJob : IIdentified
{
    public static string IdPrefix => "rpl";

    public required Id<ReplayJob> Id { get; init; }
    public required int EnvironmentId { get; init; }
    public required ReplaySelection Selection { get; init; }

    /// <summary>Of those that run, an environment has one of each key: two that replay the same would deliver everything twice.</summary>
    public required string Key { get; init; }

    /// <summary>Deliveries per second, at most.</summary>
    public required int Rate { get; init; }

    public ReplayState State { get; init; }

    /// <summary>Why it stopped by itself; else null.</summary>
    public string? Reason { get; init; }

    /// <summary>How many there were to replay when it began.</summary>
    public required int Matching { get; init; }

    /// <summary>There were more than were counted.</summary>
    public bool MatchingIsLeast { get; init; }

    /// <summary>New deliveries that it has made.</summary>
    public int Done { get; init; }

    /// <summary>Passed over: delivered again by somebody else meanwhile, or the endpoint takes no more.</summary>
    public int Skipped { get; init; }

    /// <summary>The last delivery, or event, that it has dealt with; <see cref="Guid.Empty"/>: none.</summary>
    public Guid Cursor { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null while it runs.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(ReplaySelection))]
internal sealed partial class ReplayJson : JsonSerializerContext;
