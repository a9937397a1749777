using Nova.Storage;
using Npgsql;

namespace Nova.PostgreSql;

internal sealed partial class PostgreSqlStore
{
    const string InsertNode = """
        INSERT INTO nodes (name, started_at, heartbeat_at) VALUES ($2, COALESCE($1, now()), COALESCE($1, now())) RETURNING id
        """;

    /// <inheritdoc/>
    public async Task<int> RegisterNodeAsync(string name, CancellationToken cancellation)
    {
        await using var batch = _hot.CreateBatch();
        batch.Command(InsertNode).With(Now).With(name);
        return (int)(await batch.ExecuteScalarAsync(cancellation))!; // RETURNING of one inserted row.
    }

    /// <summary>The clock after the update, not at its start: a heartbeat that had to wait must not make the node look slow.</summary>
    const string BeatNode = """
        UPDATE nodes SET heartbeat_at = COALESCE($1, clock_timestamp()) WHERE id = $2 RETURNING draining_since IS NOT NULL
        """;

    const string ReadClock = "SELECT COALESCE($1, clock_timestamp())";

    /// <inheritdoc/>
    public async Task<Heartbeat> HeartbeatAsync(int node, CancellationToken cancellation)
    {
        await using var batch = _hot.CreateBatch();
        batch.Command(BeatNode).With(Now).With(node);
        batch.Command(ReadClock).With(Now);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var alive = await reader.ReadAsync(cancellation);
        var draining = alive && reader.GetBoolean(0);
        await reader.NextResultAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return new Heartbeat(alive, reader.GetFieldValue<DateTimeOffset>(0), draining);
    }

    const string DrainNode = """
        UPDATE nodes SET draining_since = CASE WHEN $3 THEN COALESCE(draining_since, $1, now()) END WHERE id = $2
        """;

    /// <inheritdoc/>
    public async Task<bool> DrainNodeAsync(int node, bool drain, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(DrainNode).With(Now).With(node).With(drain);
        return await batch.ExecuteNonQueryAsync(cancellation) == 1;
    }

    const string FindSilentNodes = "SELECT id FROM nodes WHERE heartbeat_at < COALESCE($1, now()) - $2";

    const string DeleteSilentNodes = "DELETE FROM nodes WHERE id = ANY ($3) AND heartbeat_at < COALESCE($1, now()) - $2 RETURNING id";

    const string DeleteNode = "DELETE FROM nodes WHERE id = $1";

    /// <summary>Reads the whole of the open table: no index by node is paid for on the hot path, for the sake of a death.</summary>
    const string FreeLeases = "UPDATE open_deliveries SET node = NULL, due_at = COALESCE($1, now()) WHERE node = ANY ($2)";

    /// <inheritdoc/>
    /// <remarks>
    /// The delete waits for appends of that node which are under way (they hold its row) and stops all later ones. Only then, in a statement of its
    /// own that sees what those committed, are the leases freed: in one statement, one snapshot, such deliveries would be overlooked for ever.
    /// </remarks>
    public async Task<int> TakeOverAsync(TimeSpan leaseFor, CancellationToken cancellation)
    {
        await using var connection = await _calm.OpenConnectionAsync(cancellation);
        if (await ReadIdsAsync(FindSilentNodes, null) is not { Length: > 0 } silent) return 0;
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var dead = await ReadIdsAsync(DeleteSilentNodes, silent);
        var freed = dead.Length == 0 ? 0 : await FreeAsync(connection, dead, cancellation);
        await transaction.CommitAsync(cancellation);
        return freed;

        async Task<int[]> ReadIdsAsync(string sql, int[]? among)
        {
            await using var batch = new NpgsqlBatch(connection);
            var command = batch.Command(sql).With(Now).With(leaseFor);
            if (among is not null) command.With(among);
            await using var reader = await batch.ExecuteReaderAsync(cancellation);
            var ids = new List<int>();
            while (await reader.ReadAsync(cancellation)) ids.Add(reader.GetInt32(0));
            return [.. ids];
        }
    }

    /// <inheritdoc/>
    public async Task ReleaseNodeAsync(int node, CancellationToken cancellation)
    {
        await using var connection = await _calm.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var delete = new NpgsqlBatch(connection))
        {
            delete.Command(DeleteNode).With(node);
            await delete.ExecuteNonQueryAsync(cancellation);
        }
        await FreeAsync(connection, [node], cancellation);
        await transaction.CommitAsync(cancellation);
    }

    async Task<int> FreeAsync(NpgsqlConnection connection, int[] nodes, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Command(FreeLeases).With(Now).With(nodes);
        return await batch.ExecuteNonQueryAsync(cancellation);
    }
}
