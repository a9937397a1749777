using System.Collections.Concurrent;
using System.Text;
using Nova.Model;
using Nova.Storage;
using Npgsql;

namespace Nova.PostgreSql;

/// <summary>
/// Claiming: what is due, fairly. Costs as much as there are rows due while those are few, and as there are endpoints with waiting rows when
/// they are many; never as much as the backlog.
/// </summary>
internal sealed partial class PostgreSqlStore
{
    /// <summary>
    /// Fewer due rows than this are read to learn whose they are, a few milliseconds at most; where there are more, the endpoints are gone through.
    /// </summary>
    const long FewDue = 1000;

    /// <summary>The next endpoint with waiting rows, found by one step down the index whatever number of rows lies between.</summary>
    const string NextWaiting = """
        SELECT o.endpoint_id FROM open_deliveries o WHERE o.node IS NULL AND o.endpoint_id > e.endpoint_id ORDER BY o.endpoint_id LIMIT 1
        """;

    /// <remarks>
    /// Step by step: the <c>oldest</c> due rows, up to $5 of them, name the endpoints while that is all there is. Where there are more, the endpoints with
    /// waiting rows are gone through. Either way in turn, from where the last claim stopped ($6) to the end, then from the start. Of each,
    /// its oldest due rows are taken as far as it has room, and rows that another node is taking are passed over. Nothing is computed for
    /// endpoints behind the limit.
    /// </remarks>
    const string Claim = $"""
        WITH RECURSIVE oldest AS MATERIALIZED (
            SELECT endpoint_id FROM open_deliveries
            WHERE node IS NULL AND attempt_count >= 0 AND due_at <= COALESCE($1, now()) ORDER BY due_at LIMIT $5
        ), after_last (endpoint_id) AS (
            SELECT ({NextWaiting}) FROM (SELECT $6::uuid) AS e (endpoint_id) WHERE (SELECT count(*) FROM oldest) = $5
            UNION ALL
            SELECT ({NextWaiting}) FROM after_last e WHERE e.endpoint_id IS NOT NULL
        ), up_to_last (endpoint_id) AS (
            SELECT ({NextWaiting}) FROM (SELECT '00000000-0000-0000-0000-000000000000'::uuid) AS e (endpoint_id)
            WHERE (SELECT count(*) FROM oldest) = $5
            UNION ALL
            SELECT ({NextWaiting}) FROM up_to_last e WHERE e.endpoint_id <= $6
        ), endpoints AS (
            (SELECT endpoint_id FROM oldest WHERE (SELECT count(*) FROM oldest) < $5
                GROUP BY endpoint_id ORDER BY endpoint_id <= $6, endpoint_id)
            UNION ALL
            SELECT endpoint_id FROM after_last WHERE endpoint_id IS NOT NULL
            UNION ALL
            SELECT endpoint_id FROM up_to_last WHERE endpoint_id <= $6
        ), picked AS MATERIALIZED (
            SELECT o.place
            FROM endpoints e CROSS JOIN LATERAL (
                SELECT d.ctid AS place FROM open_deliveries d
                WHERE d.node IS NULL AND d.endpoint_id = e.endpoint_id AND d.due_at <= COALESCE($1, now())
                ORDER BY d.due_at
                LIMIT COALESCE(($7::jsonb -> e.endpoint_id::text)::integer, $4)
                FOR UPDATE SKIP LOCKED
            ) o
            LIMIT $3
        )
        UPDATE open_deliveries d SET node = $2 FROM picked p
        WHERE d.ctid = p.place AND d.node IS NULL
        RETURNING {OpenColumns}
        """;

    /// <summary>
    /// From where the last claim of each endpoint ended. A row that was claimed and sent leaves a dead entry in the index until a vacuum; while somebody
    /// holds an old snapshot (a dump, a long report) none can be removed, and every look from the start would read all of them: a backlog of
    /// n rows would cost n² to send.
    /// </summary>
    const string GoOn = $"""
        WITH picked AS MATERIALIZED (
            SELECT o.place
            FROM unnest($4::uuid[], $5::integer[], $6::timestamptz[]) AS e (endpoint_id, room, reached) CROSS JOIN LATERAL (
                SELECT d.ctid AS place FROM open_deliveries d
                WHERE d.node IS NULL AND d.endpoint_id = e.endpoint_id AND d.due_at >= e.reached AND d.due_at <= COALESCE($1, now())
                ORDER BY d.due_at
                LIMIT e.room
                FOR UPDATE SKIP LOCKED
            ) o
            LIMIT $3
        )
        UPDATE open_deliveries d SET node = $2 FROM picked p
        WHERE d.ctid = p.place AND d.node IS NULL
        RETURNING {OpenColumns}
        """;

    /// <summary>By edges as well as by ids: the edges are what lets the days outside of them be left out before any is opened.</summary>
    const string ReadEventsByIds = $"""
        SELECT {EventColumns}
        FROM unnest($1::integer[], $2::uuid[]) AS k (environment_id, id)
        CROSS JOIN LATERAL (SELECT * FROM events WHERE environment_id = k.environment_id AND id = k.id AND id >= $3 AND id <= $4 OFFSET 0) e
        """;

    /// <summary>Only events that retention has removed lead here: nothing to send is an end, not a reason to be claimed for ever.</summary>
    const string FailWithoutEvent = """
        WITH gone AS (
            DELETE FROM open_deliveries d USING (
                SELECT o.place FROM unnest($3::integer[], $4::uuid[]) AS k (environment_id, id) CROSS JOIN LATERAL (
                    SELECT ctid AS place FROM open_deliveries WHERE environment_id = k.environment_id AND id = k.id OFFSET 0
                ) o
            ) f
            WHERE d.ctid = f.place AND d.node = $2
            RETURNING d.*
        )
        INSERT INTO finished_deliveries (environment_id, id, endpoint_id, event_id, created_at, finished_at, generation, attempt_count, trigger,
            state, status_code, replay_of, event_type, tenant, error)
        SELECT environment_id, id, endpoint_id, event_id, created_at, COALESCE($1, now()), generation, attempt_count, trigger,
            3, status_code, replay_of, event_type, tenant, 'The event is no longer kept, so there is nothing to send.'
        FROM gone
        """;

    /// <summary>Waits for a commit that may still be under way, whatever node has the rows.</summary>
    const string WaitForOpen = """
        SELECT FROM unnest($1::integer[], $2::uuid[]) AS k (environment_id, id)
        CROSS JOIN LATERAL (SELECT FROM open_deliveries WHERE environment_id = k.environment_id AND id = k.id FOR UPDATE) d
        """;

    /// <summary>A statement of its own after <see cref="WaitForOpen"/>, whose snapshot does not have what it waited for: lets go of what turns out to be this node's.</summary>
    const string LetGo = """
        UPDATE open_deliveries d SET node = NULL
        FROM (
            SELECT o.place FROM unnest($2::integer[], $3::uuid[]) AS k (environment_id, id) CROSS JOIN LATERAL (
                SELECT ctid AS place FROM open_deliveries WHERE environment_id = k.environment_id AND id = k.id OFFSET 0
            ) o
        ) f
        WHERE d.ctid = f.place AND d.node = $1
        """;

    /// <summary>The endpoint that the last claim ended with. Another node has its own, and one that starts begins anywhere: it need not be kept.</summary>
    Guid _lastClaimed;

    /// <summary>How far each endpoint was claimed: the due time of its last row. Forgotten when nothing waits, so that it stays small.</summary>
    readonly Dictionary<Guid, DateTimeOffset> _reached = [];

    /// <summary>What was leased in a transaction of which it is not known whether it was committed. The caller never heard of these.</summary>
    readonly ConcurrentQueue<(int Node, List<Delivery> Deliveries)> _unsure = new();

    /// <inheritdoc/>
    /// <remarks>
    /// A node that has been declared dead claims nothing: rows that nobody holds would be nobody's to free. Where a claim fails, whatever it may
    /// have leased is let go by the next one.
    /// </remarks>
    public async Task<IReadOnlyList<Claimed>> ClaimAsync(ClaimRequest request, CancellationToken cancellation)
    {
        await LetGoAsync(cancellation);
        if (request.Limit <= 0) return [];
        return await RepeatedlyAsync(async () =>
        {
            await using var connection = await _hot.OpenConnectionAsync(cancellation);
            var deliveries = await LeaseAsync(connection, request, cancellation);
            if (deliveries.Count == 0)
            {
                if (!request.GoesOn) _reached.Clear();
                return (IReadOnlyList<Claimed>)[]; // Closing the connection ends the transaction.
            }
            try
            {
                var claimed = await CommitAsync(connection, request.Node, deliveries, cancellation);
                _lastClaimed = deliveries[^1].EndpointId.Value;
                foreach (var endpoint in deliveries.GroupBy(delivery => delivery.EndpointId.Value))
                    _reached[endpoint.Key] = endpoint.Max(delivery => delivery.NextAttemptAt) ?? default;
                return claimed;
            }
            catch
            {
                _unsure.Enqueue((request.Node, deliveries));
                throw;
            }
        });
    }

    async Task LetGoAsync(CancellationToken cancellation)
    {
        while (_unsure.TryPeek(out var unsure))
        {
            await using var batch = _hot.CreateBatch();
            var (environments, ids) = (unsure.Deliveries.ColumnOf(d => d.EnvironmentId), unsure.Deliveries.ColumnOf(d => d.Id.Value));
            batch.Command(WaitForOpen).With(environments).With(ids);
            batch.Command(LetGo).With(unsure.Node).With(environments).With(ids);
            await RepeatedlyAsync(() => batch.ExecuteNonQueryAsync(cancellation));
            _unsure.TryDequeue(out _);
        }
    }

    /// <summary>Leases, and leaves the transaction open: what is in the answer is known before it counts.</summary>
    async Task<List<Delivery>> LeaseAsync(NpgsqlConnection connection, ClaimRequest request, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
        batch.Command(HoldNode).With(request.Node);
        AddClaim(batch, request);
        var deliveries = new List<Delivery>();
        try
        {
            await using var reader = await batch.ExecuteReaderAsync(cancellation);
            await reader.NextResultAsync(cancellation);
            while (await reader.ReadAsync(cancellation)) deliveries.Add(ReadDelivery(reader));
        }
        catch (PostgresException exception) when (exception.SqlState == NodeLostState)
        {
        }
        return deliveries;
    }

    /// <summary>Apart from its running, so that a test can ask for its plan.</summary>
    internal void AddClaim(NpgsqlBatch batch, ClaimRequest request)
    {
        if (request.GoesOn) AddGoOn(batch, request, _reached);
        else
        {
            batch.Command(Claim).With(Now).With(request.Node).With((long)request.Limit).With(request.RoomPerEndpoint).With(FewDue).With(_lastClaimed)
                .WithJson(RoomJson(request.Room));
        }
    }

    /// <summary>In turn, as the other way: from where the last claim stopped to the end, then from the start.</summary>
    internal void AddGoOn(NpgsqlBatch batch, ClaimRequest request, IReadOnlyDictionary<Guid, DateTimeOffset> reached)
    {
        var asked = request.Room.Where(room => room.Value > 0)
            .OrderBy(room => room.Key.Value.CompareTo(_lastClaimed) <= 0).ThenBy(room => room.Key.Value).ToArray();
        batch.Command(GoOn).With(Now).With(request.Node).With((long)request.Limit).With(asked.ColumnOf(room => room.Key.Value))
            .With(asked.ColumnOf(room => room.Value)).With(asked.ColumnOf(room => reached.GetValueOrDefault(room.Key.Value).UtcDateTime));
    }

    /// <summary>Commits, and reads the events: each once, however many deliveries it has.</summary>
    async Task<IReadOnlyList<Claimed>> CommitAsync(
        NpgsqlConnection connection, int node, List<Delivery> deliveries, CancellationToken cancellation)
    {
        var ids = deliveries.Select(delivery => (delivery.EnvironmentId, delivery.EventId)).Distinct().ToArray();
        var events = new Dictionary<(int, Id<Event>), Event>(ids.Length);
        await using (var batch = new NpgsqlBatch(connection))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
            batch.Command(ReadEventsByIds).With(ids.ColumnOf(id => id.EnvironmentId)).With(ids.ColumnOf(id => id.EventId.Value))
                .With(ids.Min(id => id.EventId).Value).With(ids.Max(id => id.EventId).Value);
            await using var reader = await batch.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                var @event = ReadEvent(reader);
                events.Add((@event.EnvironmentId, @event.Id), @event);
            }
        }
        var orphans = deliveries.Where(delivery => !events.ContainsKey((delivery.EnvironmentId, delivery.EventId))).ToArray();
        if (orphans.Length > 0)
        {
            await using var batch = new NpgsqlBatch(connection);
            batch.Command(FailWithoutEvent).With(Now).With(node)
                .With(orphans.ColumnOf(d => d.EnvironmentId)).With(orphans.ColumnOf(d => d.Id.Value));
            await batch.ExecuteNonQueryAsync(cancellation);
        }
        return
        [
            .. deliveries.Except(orphans).OrderBy(delivery => delivery.NextAttemptAt)
                .Select(delivery => new Claimed(delivery, events[(delivery.EnvironmentId, delivery.EventId)])),
        ];
    }

    /// <summary>As an object, whose members PostgreSQL finds by halving: a join would compare each endpoint with each.</summary>
    static string RoomJson(IReadOnlyDictionary<Id<Endpoint>, int> room)
    {
        var json = new StringBuilder("{", 2 + 48 * room.Count);
        foreach (var (endpoint, left) in room)
            json.Append(json.Length > 1 ? ",\"" : "\"").Append(endpoint.Value).Append("\":").Append(Math.Max(0, left));
        return json.Append('}').ToString();
    }

    const string Hasten = """
        UPDATE open_deliveries d SET due_at = COALESCE($1, now())
        FROM (
            SELECT ctid AS place FROM open_deliveries
            WHERE node IS NULL AND endpoint_id = $3 AND due_at > COALESCE($1, now()) AND environment_id = $2
            ORDER BY due_at DESC
            LIMIT $4
            FOR UPDATE SKIP LOCKED
        ) AS waiting
        WHERE d.ctid = waiting.place AND d.node IS NULL
        """;

    /// <inheritdoc/>
    public async Task<int> HastenAsync(int environmentId, Id<Endpoint> endpointId, int limit, CancellationToken cancellation)
    {
        await using var batch = _hot.CreateBatch();
        batch.Command(Hasten).With(Now).With(environmentId).With(endpointId.Value).With((long)limit);
        return await RepeatedlyAsync(() => batch.ExecuteNonQueryAsync(cancellation));
    }
}
