using Nova.Model;
using Nova.Storage;
using Npgsql;

namespace Nova.PostgreSql;

internal sealed partial class PostgreSqlStore
{
    /// <summary>Rows that one call removes of each table that has no partitions to drop. A few tens of milliseconds.</summary>
    const int CleanPiece = 5_000;

    const string CleanDeliveries = """
        DELETE FROM finished_deliveries_default WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM finished_deliveries_default WHERE id < $1 LIMIT $2))
        """;

    const string CleanAttempts = """
        DELETE FROM attempts_default WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM attempts_default a WHERE delivery_id < $1
                AND NOT EXISTS (SELECT 1 FROM open_deliveries d WHERE d.environment_id = a.environment_id AND d.id = a.delivery_id) LIMIT $2))
        """;

    const string CleanEvents = """
        DELETE FROM events_default WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM events_default e WHERE id < $1
                AND NOT EXISTS (SELECT 1 FROM open_deliveries d WHERE d.environment_id = e.environment_id AND d.event_id = e.id)
                AND NOT EXISTS (SELECT 1 FROM finished_deliveries d
                    WHERE d.environment_id = e.environment_id AND d.event_id = e.id AND d.trigger <> 0) LIMIT $2))
        """;

    /// <summary>
    /// Not those of events that are kept: it is by its key that an event is found by the publisher's id. On a hot connection, where each key's
    /// event is looked up: a plan for the values might prefer to read all events instead.
    /// </summary>
    const string CleanKeys = """
        DELETE FROM publish_keys WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM publish_keys k WHERE created_at < $1
                AND NOT EXISTS (SELECT 1 FROM events e WHERE e.environment_id = k.environment_id AND e.id = k.written_id)
            ORDER BY created_at LIMIT $2))
        """;

    const string CleanRequests = $"""
        DELETE FROM idempotent_requests WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM idempotent_requests WHERE reserved_at < COALESCE($1, now()) - {Kept} ORDER BY reserved_at LIMIT $2))
        """;

    const string CleanReplays = """
        DELETE FROM replay_jobs WHERE ctid = ANY (ARRAY (SELECT ctid FROM replay_jobs WHERE finished_at < $1 ORDER BY finished_at LIMIT $2))
        """;

    /// <inheritdoc/>
    /// <remarks>
    /// Whole days only: a day's rows go together, with their partition, once all of them are older than <paramref name="before"/>. So data is kept up to
    /// a day longer than asked for, and its removal costs nothing per row. What is still needed of a day that goes is moved to the default
    /// partition first (see <c>DropOldestDayAsync</c>), and from there removed row by row, once it is not. Also makes the partitions of the days to come, so it is to be called
    /// at least daily.
    /// </remarks>
    public async Task<bool> CleanAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        await MakePartitionsAsync(cancellation);
        before = new DateTimeOffset(before.UtcDateTime.Date, TimeSpan.Zero);
        var more = await DropOldestDayAsync(DateOnly.FromDateTime(before.UtcDateTime), cancellation);

        more |= await CleanAsync(CleanDeliveries, command => command.With(Id<Delivery>.FirstAt(before).Value));
        more |= await CleanAsync(CleanAttempts, command => command.With(Id<Delivery>.FirstAt(before).Value));
        more |= await CleanAsync(CleanEvents, command => command.With(Id<Event>.FirstAt(before).Value));
        more |= await CleanAsync(CleanKeys, command => command.With((DateTimeOffset?)before), _hot);
        more |= await CleanAsync(CleanReplays, command => command.With((DateTimeOffset?)before));
        more |= await CleanAsync(CleanRequests, command => command.With(Now));
        return more;

        async Task<bool> CleanAsync(string sql, Func<NpgsqlBatchCommand, NpgsqlBatchCommand> with, NpgsqlDataSource? source = null)
        {
            await using var batch = (source ?? _calm).CreateBatch();
            with(batch.Command(sql)).With((long)CleanPiece);
            return await batch.ExecuteNonQueryAsync(cancellation) == CleanPiece;
        }
    }

    /// <summary>What <see cref="StoreStatus.OpenDeliveries"/> is counted up to.</summary>
    const int MostCounted = 1_000_000;

    const string CountOpen = """
        SELECT node, count(*) FROM (SELECT node FROM open_deliveries LIMIT $1) AS o GROUP BY node
        """;

    const string EstimateOpen = "SELECT reltuples::bigint FROM pg_class WHERE oid = 'open_deliveries'::regclass";

    const string ReadOldestDue = """
        SELECT due_at FROM open_deliveries WHERE node IS NULL AND attempt_count >= 0 AND due_at <= COALESCE($1, now()) ORDER BY due_at LIMIT 1
        """;

    const string ReadNodes = "SELECT id, name, started_at, heartbeat_at, draining_since FROM nodes ORDER BY id";

    const string ReadWorst = """
        SELECT environment_id, endpoint_id, failed_in_a_row, failing_since FROM endpoint_health ORDER BY failed_in_a_row DESC, failing_since LIMIT 100
        """;

    /// <inheritdoc/>
    /// <remarks>Reads the open table up to its millionth row, about a tenth of a second, for the counts; the rest by index or of small tables.</remarks>
    public async Task<StoreStatus> GetStatusAsync(CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(CountOpen).With((long)MostCounted);
        batch.Command(EstimateOpen);
        batch.Command(ReadOldestDue).With(Now);
        batch.Command(ReadNodes);
        batch.Command(ReadWorst);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);

        long open = 0;
        var leased = new Dictionary<int, long>();
        while (await reader.ReadAsync(cancellation))
        {
            open += reader.GetInt64(1);
            if (!reader.IsDBNull(0)) leased[reader.GetInt32(0)] = reader.GetInt64(1);
        }
        await reader.NextResultAsync(cancellation);
        await reader.ReadAsync(cancellation);
        if (open >= MostCounted) open = Math.Max(open, reader.GetInt64(0));
        await reader.NextResultAsync(cancellation);
        DateTimeOffset? oldest = await reader.ReadAsync(cancellation) ? reader.GetFieldValue<DateTimeOffset>(0) : null;
        await reader.NextResultAsync(cancellation);
        var nodes = new List<NodeStatus>();
        while (await reader.ReadAsync(cancellation))
        {
            var id = reader.GetInt32(0);
            nodes.Add(new NodeStatus(id, reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetFieldValue<DateTimeOffset>(3),
                leased.GetValueOrDefault(id), MaybeTime(reader, 4)));
        }
        await reader.NextResultAsync(cancellation);
        var worst = new List<EndpointHealth>();
        while (await reader.ReadAsync(cancellation)) worst.Add(ReadHealth(reader));
        return new StoreStatus(open, oldest, nodes, worst);
    }
}
