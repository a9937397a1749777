using Nova.Model;
using Nova.Storage;
using Npgsql;

namespace Nova.PostgreSql;

/// <summary>
/// Recording: one message to the server and one back for a batch without failures. Where an attempt of it failed, the health of endpoints has to be
/// counted from what this node still held, so that takes a second one in the same transaction.
/// </summary>
/// <remarks>What is written of a delivery that ends comes from the node that held it, not from its open row: so nothing is read that has just been there.</remarks>
internal sealed partial class PostgreSqlStore
{
    /// <summary>Where the row of a batch's r stands, if this node holds it. Parameter 2 is the node.</summary>
    const string Place = "SELECT ctid AS place FROM open_deliveries WHERE environment_id = r.environment_id AND id = r.id AND node = $2 OFFSET 0";

    /// <summary>The ids of what was held, unless it was all of the batch.</summary>
    const string Answer = "CASE WHEN count(*) < cardinality($4) THEN COALESCE(array_agg(id), '{}') END";

    /// <summary>
    /// What ends is held no longer. Answers the ids of what was held, unless it was all of them; or, where all must be ($1), fails if something was not.
    /// </summary>
    /// <remarks>By the places in one array, in the order of which the table is gone through once: half of what a join with them costs.</remarks>
    const string DeleteEnded = $"""
        WITH held AS (
            DELETE FROM open_deliveries
            WHERE node = $2 AND ctid = ANY (ARRAY (
                SELECT o.place FROM unnest($3::integer[], $4::uuid[]) AS r (environment_id, id) CROSS JOIN LATERAL ({Place}) o
            ))
            RETURNING id
        )
        SELECT CASE WHEN $1 AND count(*) < cardinality($4) THEN nova_refuse_batch()::text::uuid[] ELSE {Answer} END FROM held
        """;

    const string InsertFinished = """
        INSERT INTO finished_deliveries (finished_at, environment_id, id, endpoint_id, event_id, created_at, generation, attempt_count, trigger, state,
            status_code, replay_of, event_type, tenant, error, cause, last_attempt)
        SELECT COALESCE($1, now()), unnest($2::integer[]), unnest($3::uuid[]), unnest($4::uuid[]), unnest($5::uuid[]), unnest($6::timestamptz[]),
            unnest($7::integer[]), unnest($8::smallint[]), unnest($9::smallint[]), unnest($10::smallint[]), unnest($11::smallint[]), unnest($12::uuid[]),
            unnest($13::text[]), unnest($14::text[]), unnest($15::text[]), unnest($16::smallint[]), unnest($17::bytea[])
        """;

    /// <summary>Due from the end of the attempt: the transaction began after the record was handed over, so it is never early.</summary>
    const string RecordRetries = $"""
        WITH held AS (
            UPDATE open_deliveries d SET node = NULL, due_at = COALESCE($1, now()) + r.wait_us * interval '1 microsecond',
                attempt_count = COALESCE(r.number, d.attempt_count), error = r.error,
                status_code = CASE WHEN r.number IS NULL THEN d.status_code ELSE r.status_code END
            FROM (
                SELECT r.*, o.place FROM unnest(
                    $3::integer[], $4::uuid[], $5::text[], $6::bigint[], $7::smallint[], $8::timestamptz[], $9::smallint[], $10::smallint[], $11::text[],
                    $12::integer[], $13::integer[], $14::integer[], $15::integer[], $16::integer[], $17::boolean[], $18::text[],
                    $19::bytea[], $20::bytea[], $21::bytea[]
                ) AS r (
                    environment_id, id, error, wait_us, number, started_at, outcome, status_code, attempt_error,
                    total_us, dns_us, connect_us, tls_us, first_byte_us, repeated, body_truncated,
                    request_headers, response_headers, response_body
                ) CROSS JOIN LATERAL ({Place}) o
            ) r
            WHERE d.ctid = r.place AND d.node = $2
            RETURNING r.*
        ), attempted AS (
            INSERT INTO attempts (environment_id, delivery_id, number, started_at, outcome, status_code, error, total_us, dns_us, connect_us, tls_us,
                first_byte_us, repeated, body_truncated, request_headers, response_headers, response_body)
            SELECT environment_id, id, number, started_at, outcome, status_code, attempt_error, total_us, dns_us, connect_us, tls_us,
                first_byte_us, repeated, body_truncated, request_headers, response_headers, response_body
            FROM held WHERE number IS NOT NULL
        )
        SELECT {Answer} FROM held
        """;

    /// <inheritdoc/>
    public async Task<RecordResult> RecordAsync(int node, IReadOnlyList<AttemptRecord> batch, CancellationToken cancellation)
    {
        if (batch.Count == 0) return new RecordResult([], []);
        var ends = batch.Where(record => record.State is DeliveryState.Delivered or DeliveryState.Failed).ToArray();
        Array.Sort(ends, static (a, b) => InKeyOrder((a.EnvironmentId, a.DeliveryId.Value), (b.EnvironmentId, b.DeliveryId.Value)));
        var retries = batch.Where(record => record.State == DeliveryState.Pending).ToArray();
        if (ends.Length + retries.Length < batch.Count) throw new ArgumentException("A record leaves its delivery in Processing.", nameof(batch));

        // A delivery of a test says nothing of health, and its success must not be taken for one: then the counting is done in C# too.
        var counts = batch.Any(record => record.State != DeliveryState.Delivered || !record.CountsForHealth);
        return await RepeatedlyAsync(async () =>
            !counts && await RecordAtOnceAsync(node, ends, cancellation)
                ? new RecordResult([], [])
                : await RecordAndCountAsync(node, batch, ends, retries, cancellation));
    }

    /// <summary>Successes alone: what failed, or is to be tried again, has to be counted. False where some were not held any more, and nothing is written.</summary>
    async Task<bool> RecordAtOnceAsync(int node, AttemptRecord[] ends, CancellationToken cancellation)
    {
        await using var batch = _hot.CreateBatch();
        AddDelete(batch, node, ends, all: true);
        AddFinished(batch, ends);
        var healthy = ends.Select(r => (r.EnvironmentId, r.EndpointId)).Distinct().Order().ToArray();
        batch.Command(ResetHealth).With(healthy.ColumnOf(e => e.EnvironmentId)).With(healthy.ColumnOf(e => e.EndpointId.Value));
        batch.Command(InsertPending).With(Now).With(FiguresOf(ends));
        try
        {
            await batch.ExecuteNonQueryAsync(cancellation);
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState == BatchRefusedState)
        {
            return false;
        }
    }

    /// <summary>The batch's row for <c>pending_figures</c>; null where nothing of it was held.</summary>
    static byte[]? FiguresOf(IReadOnlyList<AttemptRecord> records)
    {
        if (records.Count == 0) return null;
        var figures = OutcomeCounter.Rent();
        foreach (var record in records) figures.Add(record);
        var bytes = figures.ToBytes();
        figures.Return();
        return bytes;
    }

    async Task<RecordResult> RecordAndCountAsync(
        int node, IReadOnlyList<AttemptRecord> records, AttemptRecord[] ends, AttemptRecord[] retries, CancellationToken cancellation)
    {
        await using var connection = await _hot.OpenConnectionAsync(cancellation);
        List<Id<Delivery>> lost;
        await using (var write = new NpgsqlBatch(connection))
        {
            write.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
            if (ends.Length > 0) AddDelete(write, node, ends, all: false);
            if (retries.Length > 0) AddRetries(write, node, retries);
            await using var reader = await write.ExecuteReaderAsync(cancellation);
            lost = await ReadLostAsync(reader, ends, retries, cancellation);
        }
        if (lost.Count > 0)
        {
            records = [.. records.ExceptBy(lost, record => record.DeliveryId)];
            ends = [.. ends.ExceptBy(lost, record => record.DeliveryId)];
        }
        var counts = HealthCount.Of(records);

        await using var count = new NpgsqlBatch(connection);
        AddHealth(count, counts);
        if (ends.Length > 0) AddFinished(count, ends);
        if (FiguresOf(records) is { } figures) count.Command(InsertPending).With(Now).With(figures);
        count.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await using var after = await count.ExecuteReaderAsync(cancellation);
        var healths = await ReadHealthAsync(after, counts, cancellation);
        await ReadToEndAsync(after, cancellation);
        return new RecordResult(lost, healths);
    }

    static void AddDelete(NpgsqlBatch batch, int node, AttemptRecord[] ends, bool all) => batch.Command(DeleteEnded)
        .With(all).With(node).With(ends.ColumnOf(r => r.EnvironmentId)).With(ends.ColumnOf(r => r.DeliveryId.Value));

    void AddFinished(NpgsqlBatch batch, AttemptRecord[] ends)
    {
        var attempts = new AttemptBytes();
        batch.Command(InsertFinished).With(Now)
            .With(ends.ColumnOf(r => r.EnvironmentId)).With(ends.ColumnOf(r => r.DeliveryId.Value)).With(ends.ColumnOf(r => r.EndpointId.Value))
            .With(ends.ColumnOf(r => r.Delivery.EventId.Value)).With(ends.ColumnOf(r => r.Delivery.CreatedAt.UtcDateTime))
            .With(ends.ColumnOf(r => r.Delivery.Generation)).With(ends.ColumnOf(r => (short)(r.Attempt?.Number ?? r.Delivery.AttemptCount)))
            .With(ends.ColumnOf(r => (short)r.Delivery.Trigger)).With(ends.ColumnOf(r => (short)r.State))
            .With(ends.ColumnOf(r => (short?)(r.Attempt is null ? r.Delivery.StatusCode : r.Attempt.StatusCode)))
            .With(ends.ColumnOf(r => r.Delivery.ReplayOf?.Value)).With(ends.ColumnOf(r => r.Delivery.EventType)).With(ends.ColumnOf(r => r.Delivery.Tenant))
            .With(ends.ColumnOf(r => r.Error)).With(ends.ColumnOf(r => r.State == DeliveryState.Failed ? FailureCause.Of(r.Attempt).Number : (short?)null))
            .With(ends.ColumnOf(r => r.Attempt is { } attempt ? attempts.Of(attempt) : null));
    }

    void AddRetries(NpgsqlBatch batch, int node, AttemptRecord[] retries) => batch.Command(RecordRetries).With(Now).With(node)
        .With(retries.ColumnOf(r => r.EnvironmentId)).With(retries.ColumnOf(r => r.DeliveryId.Value)).With(retries.ColumnOf(r => r.Error))
        .With(retries.ColumnOf(r => (r.RetryIn - r.EndedAgo).Ticks / TimeSpan.TicksPerMicrosecond))
        .With(retries.ColumnOf(r => (short?)r.Attempt?.Number)).With(retries.ColumnOf(r => r.Attempt?.StartedAt.UtcDateTime))
        .With(retries.ColumnOf(r => (short?)r.Attempt?.Outcome)).With(retries.ColumnOf(r => (short?)r.Attempt?.StatusCode))
        .With(retries.ColumnOf(r => r.Attempt?.Error))
        .With(retries.ColumnOf(r => Microseconds(r.Attempt?.Timings.Total))).With(retries.ColumnOf(r => Microseconds(r.Attempt?.Timings.Dns)))
        .With(retries.ColumnOf(r => Microseconds(r.Attempt?.Timings.Connect))).With(retries.ColumnOf(r => Microseconds(r.Attempt?.Timings.Tls)))
        .With(retries.ColumnOf(r => Microseconds(r.Attempt?.Timings.FirstByte))).With(retries.ColumnOf(r => r.Attempt?.Repeated ?? false))
        .With(retries.ColumnOf(r => r.Attempt?.BodyTruncated)).With(retries.ColumnOf(r => r.Attempt?.RequestHeaders ?? default))
        .With(retries.ColumnOf(r => r.Attempt?.ResponseHeaders ?? default)).With(retries.ColumnOf(r => r.Attempt?.ResponseBody ?? default));

    /// <summary>Half an hour fits four bytes; no attempt lasts that long.</summary>
    static int? Microseconds(long? value) => value is { } given ? (int)Math.Clamp(given, 0, int.MaxValue) : null;

    static async Task<List<Id<Delivery>>> ReadLostAsync(
        NpgsqlDataReader reader, AttemptRecord[] ends, AttemptRecord[] retries, CancellationToken cancellation)
    {
        var lost = new List<Id<Delivery>>();
        if (ends.Length > 0) await ReadAsync(ends);
        if (retries.Length > 0) await ReadAsync(retries);
        return lost;

        async Task ReadAsync(AttemptRecord[] records)
        {
            if (records == retries && ends.Length > 0) await reader.NextResultAsync(cancellation);
            await reader.ReadAsync(cancellation);
            if (await reader.IsDBNullAsync(0, cancellation)) return;
            var held = reader.GetFieldValue<Guid[]>(0).ToHashSet();
            lost.AddRange(records.Select(record => record.DeliveryId).Where(id => !held.Contains(id.Value)));
        }
    }
}
