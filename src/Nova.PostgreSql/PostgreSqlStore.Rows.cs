using Nova.Model;
using Npgsql;

namespace Nova.PostgreSql;

/// <summary>Rows as they are read: each list of columns beside the method that reads it.</summary>
internal sealed partial class PostgreSqlStore
{
    const string OpenColumns = """
        d.environment_id, d.id, d.endpoint_id, d.event_id, d.created_at, d.generation, d.attempt_count, d.trigger,
        (CASE WHEN d.node IS NULL THEN 0 ELSE 1 END)::smallint AS state, d.status_code, d.replay_of, d.event_type, d.tenant, d.error,
        d.due_at, NULL::timestamptz AS finished_at, NULL::smallint AS cause
        """;

    const string FinishedColumns = """
        d.environment_id, d.id, d.endpoint_id, d.event_id, d.created_at, d.generation, d.attempt_count, d.trigger,
        d.state, d.status_code, d.replay_of, d.event_type, d.tenant, d.error, NULL::timestamptz AS due_at, d.finished_at, d.cause
        """;

    static Delivery ReadDelivery(NpgsqlDataReader reader) => new()
    {
        EnvironmentId = reader.GetInt32(0),
        Id = new Id<Delivery>(reader.GetGuid(1)),
        EndpointId = new Id<Endpoint>(reader.GetGuid(2)),
        EventId = new Id<Event>(reader.GetGuid(3)),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(4),
        Generation = reader.GetInt32(5),
        AttemptCount = reader.GetInt16(6),
        Trigger = (DeliveryTrigger)reader.GetInt16(7),
        State = (DeliveryState)reader.GetInt16(8),
        StatusCode = reader.IsDBNull(9) ? null : reader.GetInt16(9),
        ReplayOf = reader.IsDBNull(10) ? null : new Id<Delivery>(reader.GetGuid(10)),
        EventType = reader.GetString(11),
        Tenant = MaybeText(reader, 12),
        Error = MaybeText(reader, 13),
        NextAttemptAt = MaybeTime(reader, 14),
        FinishedAt = MaybeTime(reader, 15),
        Cause = reader.IsDBNull(16) ? null : new FailureCause(reader.GetInt16(16)),
    };

    const string EventColumns = """
        e.environment_id, e.id, e.created_at, e.occurred_at, e.envelope_id, e.delivery_count, e.is_test, e.type, e.tenant, e.publisher_id, e.data
        """;

    static Event ReadEvent(NpgsqlDataReader reader) => new()
    {
        EnvironmentId = reader.GetInt32(0),
        Id = new Id<Event>(reader.GetGuid(1)),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(2),
        OccurredAt = reader.GetFieldValue<DateTimeOffset>(3),
        EnvelopeId = reader.GetInt32(4),
        DeliveryCount = reader.GetInt32(5),
        IsTest = reader.GetBoolean(6),
        Type = reader.GetString(7),
        Tenant = MaybeText(reader, 8),
        PublisherId = MaybeText(reader, 9),
        Data = reader.GetFieldValue<byte[]>(10),
    };

    const string AttemptColumns = """
        a.number, a.started_at, a.outcome, a.status_code, a.error, a.total_us, a.dns_us, a.connect_us, a.tls_us, a.first_byte_us,
        a.request_headers, a.response_headers, a.response_body, a.body_truncated, a.repeated
        """;

    static Attempt ReadAttempt(NpgsqlDataReader reader) => new()
    {
        Number = reader.GetInt16(0),
        StartedAt = reader.GetFieldValue<DateTimeOffset>(1),
        Outcome = (AttemptOutcome)reader.GetInt16(2),
        StatusCode = reader.IsDBNull(3) ? null : reader.GetInt16(3),
        Error = MaybeText(reader, 4),
        Timings = new AttemptTimings(
            reader.GetInt32(5), MaybeInt(reader, 6), MaybeInt(reader, 7), MaybeInt(reader, 8), MaybeInt(reader, 9)),
        RequestHeaders = reader.GetFieldValue<byte[]>(10),
        ResponseHeaders = reader.GetFieldValue<byte[]>(11),
        ResponseBody = reader.GetFieldValue<byte[]>(12),
        BodyTruncated = MaybeText(reader, 13),
        Repeated = reader.GetBoolean(14),
    };

    static string? MaybeText(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    static int? MaybeInt(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt32(column);

    static DateTimeOffset? MaybeTime(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}
