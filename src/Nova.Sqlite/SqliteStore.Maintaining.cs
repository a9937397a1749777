using Nova.Model;
using Nova.Storage;

namespace Nova.Sqlite;

internal sealed partial class SqliteStore
{
    // Rows removed by one call: a few milliseconds of the writer, so that deliveries hardly notice.
    const int CleanPiece = 500;

    const string SelectNextEnvironmentOf = "SELECT environment_id FROM {0} WHERE environment_id > ? ORDER BY environment_id LIMIT 1";

    static readonly string NextEnvironmentOfDeliveries = string.Intern(string.Format(null, SelectNextEnvironmentOf, "finished_deliveries"));

    static readonly string NextEnvironmentOfEvents = string.Intern(string.Format(null, SelectNextEnvironmentOf, "events"));

    const string SelectOldDeliveries = "SELECT id FROM finished_deliveries WHERE environment_id = ? AND id < ? ORDER BY id LIMIT ?";

    // An event's own deliveries are found by its millisecond, which is the first six bytes of both ids; replays by their index.
    const string IsUnused =
        """
        NOT EXISTS (SELECT 1 FROM open_deliveries d
          WHERE d.environment_id = e.environment_id AND d.event_id = e.id
            AND d.id >= substr(e.id, 1, 6) AND d.id < CAST(substr(e.id, 1, 6) || x'FFFFFFFFFFFFFFFFFFFF' AS BLOB))
        AND NOT EXISTS (SELECT 1 FROM finished_deliveries d
          WHERE d.environment_id = e.environment_id AND d.event_id = e.id
            AND d.id >= substr(e.id, 1, 6) AND d.id < CAST(substr(e.id, 1, 6) || x'FFFFFFFFFFFFFFFFFFFF' AS BLOB))
        AND NOT EXISTS (SELECT 1 FROM open_deliveries d INDEXED BY open_replays
          WHERE d.environment_id = e.environment_id AND d.event_id = e.id AND d.trigger = 1)
        AND NOT EXISTS (SELECT 1 FROM finished_deliveries d INDEXED BY finished_replays
          WHERE d.environment_id = e.environment_id AND d.event_id = e.id AND d.trigger = 1)
        """;

    const string SelectOldEvents =
        "SELECT e.id FROM events e WHERE e.environment_id = ? AND e.id < ? AND " + IsUnused + " ORDER BY e.id LIMIT ?";

    // Looked at again, in the transaction: a replay may have come meanwhile.
    const string DeleteEvent = "DELETE FROM events AS e WHERE e.environment_id = ? AND e.id = ? AND " + IsUnused;

    // A key lives as long as its event, by which its age is bounded from above: what an open delivery needs stays findable.
    const string SelectOldKeys =
        """
        SELECT environment_id, key FROM publish_keys k INDEXED BY publish_keys_by_age
        WHERE created_at < ? AND NOT EXISTS (SELECT 1 FROM events e WHERE e.environment_id = k.environment_id AND e.id = k.event_id)
        ORDER BY created_at LIMIT ?
        """;

    const string SelectOldReplays = "SELECT environment_id, id FROM replay_jobs INDEXED BY replay_jobs_ended WHERE finished_at IS NOT NULL AND finished_at < ? LIMIT ?";

    const string SelectOldRequests = "SELECT scope, key FROM idempotent_requests WHERE reserved_at < ? ORDER BY reserved_at LIMIT ?";

    public async Task<bool> CleanAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        // A reader finds what is old, so that the writer has only to remove it.
        var old = await _readers.ReadAsync(connection => FindOld(connection, before, Now - AnsweredFor), cancellation);
        if (old.Count == 0) return false;
        await _writer.WriteAsync(old.Count * 3, connection =>
        {
            foreach (var remove in old) remove(connection);
            return true;
        }, cancellation);
        // What was removed may have freed events and keys; the call after the last piece finds nothing.
        return true;
    }

    static List<Action<Connection>> FindOld(Connection connection, DateTimeOffset before, DateTimeOffset answersBefore)
    {
        var old = new List<Action<Connection>>();
        foreach (var (environmentId, id) in OldIds(connection, NextEnvironmentOfDeliveries, SelectOldDeliveries, before))
        {
            old.Add(writer =>
            {
                writer.Use("DELETE FROM finished_deliveries WHERE environment_id = ? AND id = ?").Add(environmentId).Add(id).Run();
                writer.Use("DELETE FROM attempts WHERE environment_id = ? AND delivery_id = ?").Add(environmentId).Add(id).Run();
            });
        }
        if (old.Count >= CleanPiece) return old;
        foreach (var (environmentId, id) in OldIds(connection, NextEnvironmentOfEvents, SelectOldEvents, before))
            old.Add(writer => writer.Use(DeleteEvent).Add(environmentId).Add(id).Run());
        if (old.Count >= CleanPiece) return old;
        using (var rows = connection.Use(SelectOldReplays).Add(before).Add(CleanPiece))
        {
            while (rows.Step())
            {
                var (environmentId, id) = (rows.Int(), rows.Guid());
                old.Add(writer => writer.Use("DELETE FROM replay_jobs WHERE environment_id = ? AND id = ?").Add(environmentId).Add(id).Run());
            }
        }
        using (var rows = connection.Use(SelectOldKeys).Add(before).Add(CleanPiece))
        {
            while (rows.Step())
            {
                var (environmentId, key) = (rows.Int(), rows.Text());
                old.Add(writer => writer.Use("DELETE FROM publish_keys WHERE environment_id = ? AND key = ?")
                    .Add(environmentId).Add(key).Run());
            }
        }
        using (var rows = connection.Use(SelectOldRequests).Add(answersBefore).Add(CleanPiece))
        {
            while (rows.Step())
            {
                var (scope, key) = (rows.Text(), rows.Text());
                old.Add(writer => writer.Use("DELETE FROM idempotent_requests WHERE scope = ? AND key = ? AND reserved_at < ?")
                    .Add(scope).Add(key).Add(answersBefore).Run());
            }
        }
        return old;
    }

    static List<(int EnvironmentId, Guid Id)> OldIds(Connection connection, string nextEnvironment, string select, DateTimeOffset before)
    {
        var edge = Id<Event>.FirstAt(before).Value;
        var ids = new List<(int, Guid)>();
        var environmentId = -1;
        while (ids.Count < CleanPiece)
        {
            using (var row = connection.Use(nextEnvironment).Add(environmentId))
            {
                if (!row.Step()) break;
                environmentId = row.Int();
            }
            using var rows = connection.Use(select).Add(environmentId).Add(edge).Add(CleanPiece - ids.Count);
            while (rows.Step()) ids.Add((environmentId, rows.Guid()));
        }
        return ids;
    }

    // Status ----------------------------------------------------------------------------------------------------

    const int CountedUpTo = 1_000_000;

    const string CountWaiting = "SELECT count(*) FROM (SELECT 1 FROM open_deliveries INDEXED BY open_waiting WHERE node IS NULL LIMIT ?)";

    const string CountLeased = "SELECT node, count(*) FROM open_deliveries INDEXED BY open_leased WHERE node IS NOT NULL GROUP BY node";

    const string SelectWorst =
        "SELECT endpoint_id, environment_id, failed_in_a_row, failing_since FROM endpoint_health ORDER BY failed_in_a_row DESC LIMIT 100";

    public Task<StoreStatus> GetStatusAsync(CancellationToken cancellation) => _readers.ReadAsync(connection =>
    {
        var leased = ReadAll(connection.Use(CountLeased), row => (Node: row.Int(), Count: row.Long()))
            .ToDictionary(row => row.Node, row => row.Count);
        var nodes = ReadAll(connection.Use("SELECT id, name, started_at, heartbeat_at, draining_since FROM nodes ORDER BY id"), row =>
        {
            var id = row.Int();
            return new NodeStatus(id, row.Text(), row.Time(), row.Time(), leased.GetValueOrDefault(id), row.TimeOrNull());
        });
        var failing = ReadAll(
            connection.Use(SelectWorst),
            row => new EndpointHealth(new(row.Guid()), row.Int(), row.Int(), row.TimeOrNull()));
        using var waiting = connection.Use(CountWaiting).Add(CountedUpTo);
        waiting.Step();
        return new StoreStatus(Math.Min(CountedUpTo, waiting.Long() + leased.Values.Sum()), OldestDue(connection), nodes, failing);
    }, cancellation);

    /// <summary>Walks the endpoints that have something waiting, a seek for each.</summary>
    DateTimeOffset? OldestDue(Connection connection)
    {
        var (after, oldest) = (Guid.Empty, long.MaxValue);
        while (true)
        {
            using var row = connection.Use(SelectNextWaiting).Add(after);
            if (!row.Step()) break;
            after = row.Guid();
            oldest = Math.Min(oldest, row.Long());
        }
        return oldest <= Times.ToStored(Now) ? Times.FromStored(oldest) : null;
    }
}
