using Nova.Model;
using Nova.Storage;
using Npgsql;

namespace Nova.PostgreSql;

/// <summary>History: read without locks, planned for the values at hand, so that a time range leaves out the days outside of it.</summary>
internal sealed partial class PostgreSqlStore
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<Delivery>> ListDeliveriesAsync(DeliveryQuery query, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        AddQuery(batch, query);
        return await ReadAllAsync(batch, ReadDelivery, cancellation);
    }

    /// <summary>Apart from its running, so that a test can ask for its plan.</summary>
    internal static void AddQuery(NpgsqlBatch batch, DeliveryQuery query)
    {
        var filter = new PostgreSqlFilter(query.EnvironmentId);
        var order = query.After is null ? "DESC" : "ASC";
        filter.And("d.id <", query.Before?.Value);
        filter.And("d.id >", query.After?.Value);
        filter.And("d.id >=", FirstAt<Delivery>(query.From));
        filter.And("d.id <", FirstAt<Delivery>(query.Until));
        filter.And("d.endpoint_id =", query.EndpointId?.Value);
        filter.And("d.tenant =", query.Tenant);

        var parts = new List<string>();
        foreach (var one in query.Alternatives())
        foreach (var ofEvent in query.EventId is { } eventId ? DeliveriesOf(filter, eventId) : [""])
        {
            var ofType = one.EventType is { } type ? $" AND d.event_type = {filter.Parameter(type)}"
                : one.EventTypes is { } types ? $" AND d.event_type = ANY ({filter.Parameter(types.ToArray())})" : "";
            if (one.State is null or DeliveryState.Pending or DeliveryState.Processing)
            {
                var state = one.State switch
                {
                    DeliveryState.Pending => " AND d.node IS NULL",
                    DeliveryState.Processing => " AND d.node IS NOT NULL",
                    _ => "",
                };
                parts.Add(
                    $"(SELECT {OpenColumns} FROM open_deliveries d WHERE {filter.Where}{ofType}{state}{ofEvent} ORDER BY d.id {order} LIMIT {query.Limit})");
            }
            if (one.State is null or DeliveryState.Delivered or DeliveryState.Failed)
            {
                // As a constant, not a parameter: it has to match the partial index.
                var state = one.State is { } ended ? $" AND d.state = {(int)ended}" : "";
                var cause = one.Cause is { } by ? $" AND d.cause = {filter.Parameter(by.Number)}" : "";
                parts.Add(
                    $"(SELECT {FinishedColumns} FROM finished_deliveries d WHERE {filter.Where}{ofType}{state}{cause}{ofEvent} ORDER BY d.id {order} LIMIT {query.Limit})");
            }
        }
        filter.AddTo(batch, $"SELECT * FROM ({string.Join(" UNION ALL ", parts)}) AS d ORDER BY d.id {order} LIMIT {query.Limit}");
    }

    /// <summary>
    /// The two ways to an event's deliveries: those it was published with have ids of its own millisecond, which the key finds;
    /// what was asked for later (replays, tests) has a small index. So no delivery pays for an index by event.
    /// </summary>
    static string[] DeliveriesOf(PostgreSqlFilter filter, Id<Event> eventId)
    {
        var isOf = $" AND d.event_id = {filter.Parameter(eventId.Value)}";
        var from = filter.Parameter(Id<Delivery>.FirstAt(eventId.Time).Value);
        var until = filter.Parameter(Id<Delivery>.FirstAt(eventId.Time.AddMilliseconds(1)).Value);
        return [$"{isOf} AND d.trigger = 0 AND d.id >= {from} AND d.id < {until}", $"{isOf} AND d.trigger <> 0"];
    }

    static Guid? FirstAt<T>(DateTimeOffset? time) where T : IIdentified => time is { } given ? Id<T>.FirstAt(given).Value : null;

    /// <summary>Its place in the statement below, after the delivery's own columns.</summary>
    const int LastAttemptColumn = 17;

    const string ReadOpenOrFinished = $"""
        SELECT {OpenColumns}, NULL::bytea AS last_attempt FROM open_deliveries d WHERE d.environment_id = $1 AND d.id = $2
        UNION ALL
        SELECT {FinishedColumns}, d.last_attempt FROM finished_deliveries d WHERE d.environment_id = $1 AND d.id = $2
        """;

    /// <summary>Those that were followed by another; of a delivery from before migration 8 all.</summary>
    const string ReadAttempts = $"""
        SELECT {AttemptColumns} FROM attempts a WHERE a.environment_id = $1 AND a.delivery_id = $2 ORDER BY a.number
        """;

    const string ReadEventById = $"SELECT {EventColumns} FROM events e WHERE e.environment_id = $1 AND e.id = $2";

    /// <inheritdoc/>
    /// <remarks>A replay may outlive its event: then the event has what the delivery knows of it, and no data.</remarks>
    public async Task<DeliveryDetail?> GetDeliveryAsync(int environmentId, Id<Delivery> id, CancellationToken cancellation)
    {
        await using var connection = await _calm.OpenConnectionAsync(cancellation);
        // One snapshot: a delivery that ends between the statements would show an attempt that it does not count.
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
        Delivery delivery;
        var attempts = new List<Attempt>();
        await using (var batch = new NpgsqlBatch(connection))
        {
            batch.Command(ReadOpenOrFinished).With(environmentId).With(id.Value);
            batch.Command(ReadAttempts).With(environmentId).With(id.Value);
            await using var reader = await batch.ExecuteReaderAsync(cancellation);
            if (!await reader.ReadAsync(cancellation)) return null;
            delivery = ReadDelivery(reader);
            var last = reader.IsDBNull(LastAttemptColumn) ? null : reader.GetFieldValue<byte[]>(LastAttemptColumn);
            await reader.NextResultAsync(cancellation);
            while (await reader.ReadAsync(cancellation)) attempts.Add(ReadAttempt(reader));
            if (last is not null) attempts.Add(AttemptBytes.Read(last));
        }
        await using var find = new NpgsqlBatch(connection);
        find.Command(ReadEventById).With(environmentId).With(delivery.EventId.Value);
        var events = await ReadAllAsync(find, ReadEvent, cancellation);
        return new DeliveryDetail(delivery, events.Count > 0 ? events[0] : Remembered(delivery), attempts);
    }

    static Event Remembered(Delivery delivery) => new()
    {
        Id = delivery.EventId,
        EnvironmentId = delivery.EnvironmentId,
        Type = delivery.EventType,
        Tenant = delivery.Tenant,
        Data = default,
        OccurredAt = delivery.EventId.Time,
        CreatedAt = delivery.EventId.Time,
        EnvelopeId = 0,
        DeliveryCount = 0,
    };

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Event>> ListEventsAsync(EventQuery query, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        AddQuery(batch, query);
        return await ReadAllAsync(batch, ReadEvent, cancellation);
    }

    internal static void AddQuery(NpgsqlBatch batch, EventQuery query)
    {
        var filter = new PostgreSqlFilter(query.EnvironmentId, "e");
        filter.And("e.id <", query.Before?.Value);
        filter.And("e.id >", query.After?.Value);
        filter.And("e.id >=", FirstAt<Event>(query.From));
        filter.And("e.id <", FirstAt<Event>(query.Until));
        filter.And("e.type =", query.Type);
        filter.And("e.tenant =", query.Tenant);
        filter.AddTo(batch, $"SELECT {EventColumns} FROM events e WHERE {filter.Where} ORDER BY e.id {(query.After is null ? "DESC" : "ASC")} LIMIT {query.Limit}");
    }

    const string FindPublisherId = "SELECT written_id FROM publish_keys WHERE environment_id = $1 AND key = $2";

    /// <inheritdoc/>
    /// <remarks>The publisher's ids are the keys <c>id:…</c>, so they need no index of their own.</remarks>
    public async Task<Event?> GetEventAsync(int environmentId, string outsideId, CancellationToken cancellation)
    {
        await using var connection = await _calm.OpenConnectionAsync(cancellation);
        Guid? id = Id<Event>.TryParse(outsideId, out var own) ? own.Value : null;
        if (id is { } novas && await ReadAsync(novas) is { } found) return found;
        await using (var find = new NpgsqlBatch(connection))
        {
            find.Command(FindPublisherId).With(environmentId).With("id:" + outsideId);
            id = await find.ExecuteScalarAsync(cancellation) as Guid?;
        }
        return id is { } publishers ? await ReadAsync(publishers) : null;

        async Task<Event?> ReadAsync(Guid eventId)
        {
            await using var read = new NpgsqlBatch(connection);
            read.Command(ReadEventById).With(environmentId).With(eventId);
            var events = await ReadAllAsync(read, ReadEvent, cancellation);
            return events.Count > 0 ? events[0] : null;
        }
    }

    const string ReadScore = """
        SELECT environment_id, id, job_id, application_id, tenant, status, outcome, created_at, updated_at, finished_at
        FROM scores WHERE id = $2 AND ($1 IS NULL OR environment_id = $1)
        """;

    /// <inheritdoc/>
    public async Task<Score?> GetScoreAsync(int? environmentId, Id<Score> id, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(ReadScore).With(environmentId).With(id.Value);
        var scores = await ReadAllAsync(batch, reader => new Score
        {
            EnvironmentId = reader.GetInt32(0),
            Id = new Id<Score>(reader.GetGuid(1)),
            JobId = reader.GetString(2),
            ApplicationId = reader.GetString(3),
            Tenant = MaybeText(reader, 4),
            Status = (ScoreStatus)reader.GetInt16(5),
            Outcome = reader.GetFieldValue<byte[]>(6),
            CreatedAt = reader.GetFieldValue<DateTimeOffset>(7),
            UpdatedAt = reader.GetFieldValue<DateTimeOffset>(8),
            FinishedAt = MaybeTime(reader, 9),
        }, cancellation);
        return scores.Count > 0 ? scores[0] : null;
    }

    static async Task<List<T>> ReadAllAsync<T>(NpgsqlBatch batch, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation)) rows.Add(read(reader));
        return rows;
    }
}
