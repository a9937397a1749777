using Nova.Model;

namespace Nova.Sqlite;

/// <summary>The columns of deliveries and events, in the order in which they are read.</summary>
internal static class Rows
{
    const string Shared = "d.id, d.environment_id, d.event_id, d.endpoint_id, d.event_type, d.tenant, d.trigger, d.replay_of, "
        + "d.generation, d.attempt_count, d.created_at, d.status_code, d.error, ";

    /// <summary>Of <c>open_deliveries d</c>.</summary>
    public const string Open = Shared + "d.node IS NOT NULL, d.due_at, NULL, NULL";

    /// <summary>Of <c>finished_deliveries d</c>.</summary>
    public const string Finished = Shared + "d.state, NULL, d.finished_at, d.cause";

    /// <summary>Of <c>events e</c>.</summary>
    public const string Event = "e.id, e.environment_id, e.publisher_id, e.type, e.tenant, e.occurred_at, e.created_at, e.envelope_id, "
        + "e.delivery_count, e.is_test, e.data";

    public static Delivery ReadDelivery(Statement row) => new()
    {
        Id = new(row.Guid()),
        EnvironmentId = row.Int(),
        EventId = new(row.Guid()),
        EndpointId = new(row.Guid()),
        EventType = row.Text(),
        Tenant = row.TextOrNull(),
        Trigger = (DeliveryTrigger)row.Int(),
        ReplayOf = row.GuidOrNull() is { } replayed ? new Id<Delivery>(replayed) : null,
        Generation = row.Int(),
        AttemptCount = row.Int(),
        CreatedAt = row.Time(),
        StatusCode = row.IntOrNull(),
        Error = row.TextOrNull(),
        State = (DeliveryState)row.Int(), // An open one's is whether it is leased: Pending is 0, Processing 1.
        NextAttemptAt = row.TimeOrNull(),
        FinishedAt = row.TimeOrNull(),
        Cause = row.IntOrNull() is { } cause ? new FailureCause((short)cause) : null,
    };

    public static Event ReadEvent(Statement row) => new()
    {
        Id = new(row.Guid()),
        EnvironmentId = row.Int(),
        PublisherId = row.TextOrNull(),
        Type = row.Text(),
        Tenant = row.TextOrNull(),
        OccurredAt = row.Time(),
        CreatedAt = row.Time(),
        EnvelopeId = row.Int(),
        DeliveryCount = row.Int(),
        IsTest = row.Bool(),
        Data = row.Bytes(),
    };

    public static Attempt ReadAttempt(Statement row) => new()
    {
        Number = row.Int(),
        StartedAt = row.Time(),
        Outcome = (AttemptOutcome)row.Int(),
        StatusCode = row.IntOrNull(),
        Error = row.TextOrNull(),
        Timings = new AttemptTimings(row.Long(), row.LongOrNull(), row.LongOrNull(), row.LongOrNull(), row.LongOrNull()),
        BodyTruncated = row.TextOrNull(),
        Repeated = row.Bool(),
        RequestHeaders = row.Bytes(),
        ResponseHeaders = row.Bytes(),
        ResponseBody = row.Bytes(),
    };
}
