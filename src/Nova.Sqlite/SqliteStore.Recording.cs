using System.Runtime.InteropServices;
using Nova.Model;
using Nova.Storage;

namespace Nova.Sqlite;

internal sealed partial class SqliteStore
{
    // ?1 environment, ?2 id, ?3 node, ?6 whether there was a request: an end without one leaves the count and the last status as they were.
    const string InsertFinished =
        """
        INSERT INTO finished_deliveries (environment_id, id, event_id, endpoint_id, event_type, tenant, trigger, replay_of, generation,
          attempt_count, created_at, state, finished_at, status_code, error, cause)
        SELECT environment_id, id, event_id, endpoint_id, event_type, tenant, trigger, replay_of, generation,
          attempt_count + ?6, created_at, ?4, ?5, CASE ?6 WHEN 1 THEN ?7 ELSE status_code END, ?8, ?9
        FROM open_deliveries WHERE environment_id = ?1 AND id = ?2 AND node = ?3
        """;

    const string DeleteOpen = "DELETE FROM open_deliveries WHERE environment_id = ? AND id = ?";

    const string Reschedule =
        """
        UPDATE open_deliveries SET node = NULL, due_at = ?4, attempt_count = attempt_count + ?5,
          status_code = CASE ?5 WHEN 1 THEN ?6 ELSE status_code END, error = ?7
        WHERE environment_id = ?1 AND id = ?2 AND node = ?3
        """;

    const string InsertAttempt =
        """
        INSERT INTO attempts (environment_id, delivery_id, number, started_at, outcome, status_code, error, total_us, dns_us, connect_us,
          tls_us, first_byte_us, body_truncated, repeated, request_headers, response_headers, response_body)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """;

    const string SelectHealth = "SELECT failed_in_a_row, failing_since FROM endpoint_health WHERE environment_id = ? AND endpoint_id = ?";

    const string UpsertHealth =
        "INSERT OR REPLACE INTO endpoint_health (environment_id, endpoint_id, failed_in_a_row, failing_since) VALUES (?, ?, ?, ?)";

    const string DeleteHealth = "DELETE FROM endpoint_health WHERE environment_id = ? AND endpoint_id = ?";

    public Task<RecordResult> RecordAsync(int node, IReadOnlyList<AttemptRecord> batch, CancellationToken cancellation) =>
        _writer.WriteAsync(batch.Count, connection => Record(connection, node, batch), cancellation);

    RecordResult Record(Connection connection, int node, IReadOnlyList<AttemptRecord> batch)
    {
        var now = Now;
        List<Id<Delivery>>? lost = null;
        var healths = new Dictionary<(int, Id<Endpoint>), HealthCount>();
        var figures = OutcomeCounter.Rent();
        foreach (var record in batch)
        {
            if (!Move(connection, node, record, now))
            {
                (lost ??= []).Add(record.DeliveryId);
                continue;
            }
            if (record.Attempt is { } attempt) Write(connection, record, attempt);
            if (record.CountsForHealth) Count(connection, healths, record, now);
            figures.Add(record);
        }
        if (!figures.IsEmpty) connection.Use(InsertPending).Add(now).Add(figures.ToBytes()).Run();
        figures.Return();
        return new RecordResult(lost ?? [], healths.Count == 0 ? [] : Write(connection, healths));
    }

    /// <summary>Writes a delivery's new state; false where this node does not hold it any more.</summary>
    static bool Move(Connection connection, int node, AttemptRecord record, DateTimeOffset now)
    {
        var attempted = record.Attempt is null ? 0 : 1;
        if (record.State == DeliveryState.Pending)
        {
            return connection.Use(Reschedule).Add(record.EnvironmentId).Add(record.DeliveryId.Value).Add(node)
                .Add(now - record.EndedAgo + record.RetryIn).Add(attempted).Add(record.Attempt?.StatusCode).Add(record.Error).Run() == 1;
        }
        var moved = connection.Use(InsertFinished).Add(record.EnvironmentId).Add(record.DeliveryId.Value).Add(node)
            .Add((long)record.State).Add(now).Add(attempted).Add(record.Attempt?.StatusCode).Add(record.Error)
            .Add(record.State == DeliveryState.Failed ? FailureCause.Of(record.Attempt).Number : (long?)null).Run() == 1;
        if (moved) connection.Use(DeleteOpen).Add(record.EnvironmentId).Add(record.DeliveryId.Value).Run();
        return moved;
    }

    static void Write(Connection connection, AttemptRecord record, Attempt attempt)
    {
        var timings = attempt.Timings;
        connection.Use(InsertAttempt).Add(record.EnvironmentId).Add(record.DeliveryId.Value).Add(attempt.Number).Add(attempt.StartedAt)
            .Add((long)attempt.Outcome).Add(attempt.StatusCode).Add(attempt.Error)
            .Add(timings.Total).Add(timings.Dns).Add(timings.Connect).Add(timings.Tls).Add(timings.FirstByte)
            .Add(attempt.BodyTruncated).Add(attempt.Repeated)
            .Add(attempt.RequestHeaders).Add(attempt.ResponseHeaders).Add(attempt.ResponseBody).Run();
    }

    // Health ----------------------------------------------------------------------------------------------------

    /// <summary>An endpoint's health while a batch is counted: read once, written once, and only where it changed.</summary>
    struct HealthCount
    {
        public int Failed, StoredFailed;
        public DateTimeOffset? Since, StoredSince;
        public bool FailedInBatch;
    }

    static void Count(
        Connection connection, Dictionary<(int, Id<Endpoint>), HealthCount> healths, AttemptRecord record, DateTimeOffset now)
    {
        ref var health = ref CollectionsMarshal.GetValueRefOrAddDefault(healths, (record.EnvironmentId, record.EndpointId), out var known);
        if (!known)
        {
            using var row = connection.Use(SelectHealth).Add(record.EnvironmentId).Add(record.EndpointId.Value);
            if (row.Step())
            {
                health.Failed = health.StoredFailed = row.Int();
                health.Since = health.StoredSince = row.TimeOrNull();
            }
        }
        if (record.State == DeliveryState.Delivered)
        {
            (health.Failed, health.Since) = (0, null);
        }
        else
        {
            if (record.State == DeliveryState.Failed) health.Failed++;
            health.Since ??= now;
            health.FailedInBatch = true;
        }
    }

    static List<EndpointHealth> Write(Connection connection, Dictionary<(int, Id<Endpoint>), HealthCount> healths)
    {
        var failing = new List<EndpointHealth>();
        foreach (var ((environmentId, endpointId), health) in healths)
        {
            if (health.FailedInBatch) failing.Add(new EndpointHealth(endpointId, environmentId, health.Failed, health.Since));
            if ((health.Failed, health.Since) == (health.StoredFailed, health.StoredSince)) continue;
            if (health.Since is null) connection.Use(DeleteHealth).Add(environmentId).Add(endpointId.Value).Run();
            else connection.Use(UpsertHealth).Add(environmentId).Add(endpointId.Value).Add(health.Failed).Add(health.Since).Run();
        }
        return failing;
    }
}
