using Nova.Model;
using Nova.Storage;
using Npgsql;

namespace Nova.PostgreSql;

/// <summary>Replays of many deliveries. On the calm connections: a page of a job is a person's request, not the delivery path.</summary>
internal sealed partial class PostgreSqlStore : IReplayStore
{
    const string ReplayColumns = """
        environment_id, id, key, selection, rate, state, reason, matching, matching_is_least, done, skipped, cursor, created_at, finished_at
        """;

    /// <summary>The count is not locked: two requests at the same moment may make one more than there may be, which is no harm.</summary>
    const string InsertReplay = $"""
        INSERT INTO replay_jobs ({ReplayColumns})
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
        WHERE (SELECT count(*) FROM replay_jobs WHERE environment_id = $1 AND state = 0) < $15
        ON CONFLICT (environment_id, key) WHERE state = 0 DO NOTHING
        RETURNING 1
        """;

    const string FindRunningReplay = """
        SELECT id, key = $2 FROM replay_jobs WHERE environment_id = $1 AND state = 0 ORDER BY key <> $2, id LIMIT 1
        """;

    /// <inheritdoc/>
    public async Task<ReplayStart> StartReplayAsync(ReplayJob job, int mostRunning, CancellationToken cancellation)
    {
        while (true)
        {
            await using var batch = _calm.CreateBatch();
            batch.Command(InsertReplay).With(job.EnvironmentId).With(job.Id.Value).With(job.Key).With(job.Selection.ToJson()).With(job.Rate)
                .With((short)job.State).With(job.Reason).With(job.Matching).With(job.MatchingIsLeast).With(job.Done).With(job.Skipped)
                .With(job.Cursor).With(job.CreatedAt).With(job.FinishedAt).With(mostRunning);
            batch.Command(FindRunningReplay).With(job.EnvironmentId).With(job.Key);
            await using var reader = await batch.ExecuteReaderAsync(cancellation);
            var written = await reader.ReadAsync(cancellation);
            await reader.NextResultAsync(cancellation);
            // The one that stood in the way has ended between the two statements: it is free now.
            if (!await reader.ReadAsync(cancellation) && !written) continue;
            if (written)
            {
                await ReadToEndAsync(reader, cancellation);
                return new ReplayStart(ReplayStartOutcome.Started);
            }
            var found = new Id<ReplayJob>(reader.GetGuid(0));
            return new ReplayStart(reader.GetBoolean(1) ? ReplayStartOutcome.Runs : ReplayStartOutcome.TooMany, found);
        }
    }

    const string ReadReplayById = $"SELECT {ReplayColumns} FROM replay_jobs WHERE environment_id = $1 AND id = $2";

    /// <inheritdoc/>
    public async Task<ReplayJob?> GetReplayAsync(int environmentId, Id<ReplayJob> id, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(ReadReplayById).With(environmentId).With(id.Value);
        return (await ReadAllAsync(batch, ReadReplay, cancellation)).FirstOrDefault();
    }

    const string ReadReplays = $"""
        SELECT {ReplayColumns} FROM replay_jobs WHERE environment_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3
        """;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ReplayJob>> ListReplaysAsync(
        int environmentId, Id<ReplayJob>? before, int limit, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(ReadReplays).With(environmentId).With(before?.Value ?? Guid.AllBitsSet).With((long)limit);
        return await ReadAllAsync(batch, ReadReplay, cancellation);
    }

    const string EndReplay = """
        UPDATE replay_jobs SET state = $4, finished_at = COALESCE($1, now()) WHERE environment_id = $2 AND id = $3 AND state = 0
        """;

    /// <inheritdoc/>
    public async Task<ReplayJob?> CancelReplayAsync(int environmentId, Id<ReplayJob> id, CancellationToken cancellation)
    {
        await using (var batch = _calm.CreateBatch())
        {
            batch.Command(EndReplay).With(Now).With(environmentId).With(id.Value).With((short)ReplayState.Cancelled);
            await batch.ExecuteNonQueryAsync(cancellation);
        }
        return await GetReplayAsync(environmentId, id, cancellation);
    }

    const string ClaimReplays = $"""
        UPDATE replay_jobs SET node = $1
        WHERE (environment_id, id) IN (
            SELECT environment_id, id FROM replay_jobs j
            WHERE state = 0 AND (node IS NULL OR NOT EXISTS (SELECT 1 FROM nodes n WHERE n.id = j.node))
            ORDER BY id LIMIT $2 FOR UPDATE OF j SKIP LOCKED)
        RETURNING {ReplayColumns}
        """;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ReplayJob>> ClaimReplaysAsync(int node, int limit, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(HoldNode).With(node);
        batch.Command(ClaimReplays).With(node).With((long)limit);
        try
        {
            await using var reader = await batch.ExecuteReaderAsync(cancellation);
            await reader.NextResultAsync(cancellation);
            var jobs = new List<ReplayJob>();
            while (await reader.ReadAsync(cancellation)) jobs.Add(ReadReplay(reader));
            await ReadToEndAsync(reader, cancellation);
            return jobs;
        }
        catch (PostgresException exception) when (exception.SqlState == NodeLostState)
        {
            return [];
        }
    }

    const string ReleaseReplays = "UPDATE replay_jobs SET node = NULL WHERE state = 0 AND node = $1";

    /// <inheritdoc/>
    public async Task ReleaseReplaysAsync(int node, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(ReleaseReplays).With(node);
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Locks the job's row: whoever else would move or end it waits for what this transaction makes of it.</summary>
    const string HoldReplay = """
        SELECT 1 FROM replay_jobs WHERE environment_id = $1 AND id = $2 AND state = 0 AND node = $3 AND cursor = $4 FOR UPDATE
        """;

    /// <summary>Only where the event is still kept: there would be nothing to send. By its edges as well, which leave out the other days.</summary>
    const string InsertReplayDeliveries = """
        INSERT INTO open_deliveries (due_at, attempt_count,
            environment_id, id, endpoint_id, event_id, created_at, generation, trigger, replay_of, event_type, tenant)
        SELECT COALESCE($1, now()), 0, $2,
            d.id, d.endpoint_id, d.event_id, d.created_at, d.generation, d.trigger, d.replay_of, d.event_type, d.tenant
        FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::timestamptz[], $7::integer[], $8::smallint[], $9::uuid[], $10::text[], $11::text[])
            AS d (id, endpoint_id, event_id, created_at, generation, trigger, replay_of, event_type, tenant)
        WHERE EXISTS (SELECT 1 FROM events e WHERE e.environment_id = $2 AND e.id = d.event_id AND e.id >= $12 AND e.id <= $13)
        """;

    const string MoveReplay = $"""
        UPDATE replay_jobs SET cursor = $4, done = done + $5, skipped = skipped + $6, state = $7, reason = $8,
            finished_at = CASE WHEN $7 <> 0 THEN COALESCE($1, now()) END
        WHERE environment_id = $2 AND id = $3
        RETURNING {ReplayColumns}
        """;

    /// <inheritdoc/>
    public Task<ReplayJob?> AdvanceReplayAsync(int node, ReplayAdvance advance, CancellationToken cancellation) =>
        RepeatedlyAsync(() => MoveAsync(node, advance, cancellation));

    async Task<ReplayJob?> MoveAsync(int node, ReplayAdvance advance, CancellationToken cancellation)
    {
        var job = advance.Job;
        await using var connection = await _calm.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var hold = new NpgsqlBatch(connection))
        {
            hold.Command(HoldNode).With(node);
            hold.Command(HoldReplay).With(job.EnvironmentId).With(job.Id.Value).With(node).With(job.Cursor);
            try
            {
                await using var reader = await hold.ExecuteReaderAsync(cancellation);
                await reader.NextResultAsync(cancellation);
                if (!await reader.ReadAsync(cancellation)) return null;
            }
            catch (PostgresException exception) when (exception.SqlState == NodeLostState)
            {
                return null;
            }
        }
        var made = advance.Deliveries.Count == 0 ? 0 : await InsertAsync(connection, job.EnvironmentId, advance.Deliveries, cancellation);
        await using var move = new NpgsqlBatch(connection);
        move.Command(MoveReplay).With(Now).With(job.EnvironmentId).With(job.Id.Value).With(advance.Cursor).With(made)
            .With(advance.Skipped + advance.Deliveries.Count - made).With((short)advance.State).With(advance.Reason);
        var moved = await ReadAllAsync(move, ReadReplay, cancellation);
        await transaction.CommitAsync(cancellation);
        return moved[0];
    }

    async Task<int> InsertAsync(
        NpgsqlConnection connection, int environmentId, IReadOnlyList<Delivery> deliveries, CancellationToken cancellation)
    {
        await using var insert = new NpgsqlBatch(connection);
        insert.Command(InsertReplayDeliveries).With(Now).With(environmentId)
            .With(deliveries.ColumnOf(d => d.Id.Value)).With(deliveries.ColumnOf(d => d.EndpointId.Value))
            .With(deliveries.ColumnOf(d => d.EventId.Value)).With(deliveries.ColumnOf(d => d.CreatedAt.UtcDateTime))
            .With(deliveries.ColumnOf(d => d.Generation)).With(deliveries.ColumnOf(d => (short)d.Trigger))
            .With(deliveries.ColumnOf(d => d.ReplayOf?.Value)).With(deliveries.ColumnOf(d => d.EventType)).With(deliveries.ColumnOf(d => d.Tenant))
            .With(deliveries.Min(d => d.EventId).Value).With(deliveries.Max(d => d.EventId).Value);
        return await insert.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>
    /// An event's own deliveries have ids of its millisecond ($4 to $5, all of them within $6 to $7); those that were asked for later have a small index,
    /// and are younger than the event.
    /// </summary>
    const string FindNewest = """
        SELECT k.event_id, k.endpoint_id, n.id
        FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[]) AS k (event_id, endpoint_id, first, after)
        CROSS JOIN LATERAL (
            SELECT u.id FROM (
                (SELECT d.id FROM open_deliveries d WHERE d.environment_id = $1 AND d.id >= k.first AND d.id < k.after
                    AND d.event_id = k.event_id AND d.endpoint_id = k.endpoint_id AND d.trigger = 0 LIMIT 1)
                UNION ALL
                (SELECT d.id FROM finished_deliveries d WHERE d.environment_id = $1 AND d.id >= k.first AND d.id < k.after AND d.id >= $6 AND d.id < $7
                    AND d.event_id = k.event_id AND d.endpoint_id = k.endpoint_id AND d.trigger = 0 LIMIT 1)
                UNION ALL
                (SELECT d.id FROM open_deliveries d WHERE d.event_id = k.event_id AND d.environment_id = $1 AND d.trigger <> 0 AND d.trigger = 1
                    AND d.endpoint_id = k.endpoint_id ORDER BY d.id DESC LIMIT 1)
                UNION ALL
                (SELECT d.id FROM finished_deliveries d WHERE d.event_id = k.event_id AND d.environment_id = $1 AND d.trigger <> 0 AND d.trigger = 1
                    AND d.id >= $6 AND d.endpoint_id = k.endpoint_id ORDER BY d.id DESC LIMIT 1)
            ) AS u ORDER BY u.id DESC LIMIT 1
        ) AS n
        """;

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<(Id<Event>, Id<Endpoint>), Id<Delivery>>> FindNewestAsync(
        int environmentId, IReadOnlyList<(Id<Event> Event, Id<Endpoint> Endpoint)> pairs, CancellationToken cancellation)
    {
        var newest = new Dictionary<(Id<Event>, Id<Endpoint>), Id<Delivery>>();
        if (pairs.Count == 0) return newest;
        await using var batch = _calm.CreateBatch();
        batch.Command(FindNewest).With(environmentId).With(pairs.ColumnOf(p => p.Event.Value)).With(pairs.ColumnOf(p => p.Endpoint.Value))
            .With(pairs.ColumnOf(p => Id<Delivery>.FirstAt(p.Event.Time).Value))
            .With(pairs.ColumnOf(p => Id<Delivery>.FirstAt(p.Event.Time.AddMilliseconds(1)).Value))
            .With(Id<Delivery>.FirstAt(pairs.Min(p => p.Event).Time).Value)
            .With(Id<Delivery>.FirstAt(pairs.Max(p => p.Event).Time.AddMilliseconds(1)).Value);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            newest[(new(reader.GetGuid(0)), new(reader.GetGuid(1)))] = new(reader.GetGuid(2));
        return newest;
    }

    const string FindUntried = "SELECT id FROM open_deliveries WHERE environment_id = $1 AND id = ANY ($2) AND attempt_count = 0";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Id<Delivery>>> FindUntriedAsync(
        int environmentId, IReadOnlyList<Id<Delivery>> ids, CancellationToken cancellation)
    {
        if (ids.Count == 0) return [];
        await using var batch = _calm.CreateBatch();
        batch.Command(FindUntried).With(environmentId).With(ids.ColumnOf(id => id.Value));
        return await ReadAllAsync(batch, reader => new Id<Delivery>(reader.GetGuid(0)), cancellation);
    }

    static ReplayJob ReadReplay(NpgsqlDataReader reader) => new()
    {
        EnvironmentId = reader.GetInt32(0),
        Id = new Id<ReplayJob>(reader.GetGuid(1)),
        Key = reader.GetString(2),
        Selection = ReplaySelection.FromJson(reader.GetString(3)),
        Rate = reader.GetInt32(4),
        State = (ReplayState)reader.GetInt16(5),
        Reason = MaybeText(reader, 6),
        Matching = reader.GetInt32(7),
        MatchingIsLeast = reader.GetBoolean(8),
        Done = reader.GetInt32(9),
        Skipped = reader.GetInt32(10),
        Cursor = reader.GetGuid(11),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(12),
        FinishedAt = MaybeTime(reader, 13),
    };
}
