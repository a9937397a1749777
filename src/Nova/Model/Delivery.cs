namespace Nova.Model;

/// <summary>docs/state-machine.md shows who moves a delivery from one to the next.</summary>
internal enum DeliveryState : short
{
    /// <summary>Waits: for its time, or for room on a node.</summary>
    Pending = 0,
    /// <summary>A node holds its lease and is attempting it, or has it in an endpoint's queue.</summary>
    Processing = 1,
    /// <summary>Ended: a receiver answered with success.</summary>
    Delivered = 2,
    /// <summary>Ended: the schedule is used up, or an answer was final, or the endpoint is no longer there for it.</summary>
    Failed = 3,
}

/// <summary>Who asked for a delivery.</summary>
internal enum DeliveryTrigger : short
{
    /// <summary>An event was published.</summary>
    Event = 0,
    /// <summary>A person or an API call wants an old event delivered again.</summary>
    Replay = 1,
    /// <summary>Send Test Webhook. Attempted once: a test that retries for an hour tests nothing.</summary>
    Test = 2,
}

/// <summary>One event for one endpoint.</summary>
internal sealed record Delivery : IIdentified
{
    public static string IdPrefix => "dlv";

    public required Id<Delivery> Id { get; init; }
    public required int EnvironmentId { get; init; }
    public required Id<Event> EventId { get; init; }
    public required Id<Endpoint> EndpointId { get; init; }
    public required string EventType { get; init; }
    public string? Tenant { get; init; }
    public DeliveryTrigger Trigger { get; init; }

    /// <summary>The delivery that a replay repeats.</summary>
    public Id<Delivery>? ReplayOf { get; init; }

    /// <summary><see cref="Endpoint.Generation"/> when it was made.</summary>
    public int Generation { get; init; }

    public DeliveryState State { get; init; }

    /// <summary>Attempts that are on record.</summary>
    public int AttemptCount { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it is due again; null once it has ended.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>When it was Delivered or Failed; null before.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>HTTP status of the last attempt; null where no answer came.</summary>
    public int? StatusCode { get; init; }

    /// <summary>What the last attempt ran into, in words for a person; null after a success.</summary>
    public string? Error { get; init; }

    /// <summary>Why it Failed; null where it did not, or ended before causes were kept.</summary>
    public FailureCause? Cause { get; init; }
}
