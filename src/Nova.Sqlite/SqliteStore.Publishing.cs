using Nova.Model;
using Nova.Storage;

namespace Nova.Sqlite;

internal sealed partial class SqliteStore
{
    const string InsertEvent =
        """
        INSERT INTO events (environment_id, id, publisher_id, type, tenant, occurred_at, created_at, envelope_id, delivery_count,
          is_test, data)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """;

    const string InsertReplayedEvent = InsertEvent + " ON CONFLICT DO NOTHING";

    const string InsertDelivery =
        """
        INSERT INTO open_deliveries (environment_id, id, event_id, endpoint_id, event_type, tenant, trigger, replay_of, generation,
          attempt_count, created_at, due_at, node)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)
        """;

    const string SelectKey = "SELECT fingerprint, outside_id, delivery_count FROM publish_keys WHERE environment_id = ? AND key = ?";

    const string InsertKey =
        """
        INSERT INTO publish_keys (environment_id, key, fingerprint, event_id, outside_id, delivery_count, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """;

    const string SelectScoreStatus = "SELECT status FROM scores WHERE id = ?";

    // Moving on changes what a job's progress is; what it was created with stays.
    const string UpsertScore =
        """
        INSERT INTO scores (id, environment_id, job_id, application_id, tenant, status, outcome, created_at, updated_at, finished_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET
          status = excluded.status, outcome = excluded.outcome, updated_at = excluded.updated_at, finished_at = excluded.finished_at
        WHERE scores.environment_id = excluded.environment_id
        """;

    public async Task<AppendResult[]> AppendAsync(int node, IReadOnlyList<Append> batch, CancellationToken cancellation)
    {
        var rows = batch.Count;
        foreach (var entry in batch) rows += entry.Deliveries.Count;
        // A dead node is a value on the writer's thread, so that it disturbs nobody who shares the transaction.
        return await _writer.WriteAsync(rows, connection => Write(connection, node, batch), cancellation)
            ?? throw new NodeLostException(node);
    }

    AppendResult[]? Write(Connection connection, int node, IReadOnlyList<Append> batch)
    {
        if (!Lives(connection, node)) return null;
        var now = Now;
        var results = new AppendResult[batch.Count];
        for (var i = 0; i < results.Length; i++) results[i] = Write(connection, node, batch[i], now);
        var moved = batch.Where((entry, i) => entry.Score is not null && results[i].Outcome == AppendOutcome.Written).Select(entry => entry.Score!);
        if (NotedFigures.OfScores(moved) is { } completed) connection.Use(InsertPending).Add(now).Add(completed).Run();
        return results;
    }

    static AppendResult Write(Connection connection, int node, Append entry, DateTimeOffset now)
    {
        if (FindRepeated(connection, entry) is { } earlier) return earlier;
        if (entry.Score is { } score && IsFinal(connection, score)) return new AppendResult(AppendOutcome.ScoreFinal, "", 0);

        if (entry.Event is { } @event) Write(connection, InsertEvent, entry.EnvironmentId, @event);
        // It is there, unless retention was quicker by a moment; then the replay brings it back.
        else if (entry.ReplayedEvent is { } replayed) Write(connection, InsertReplayedEvent, entry.EnvironmentId, replayed);
        foreach (var (delivery, leased) in entry.Deliveries)
        {
            connection.Use(InsertDelivery).Add(entry.EnvironmentId).Add(delivery.Id.Value).Add(delivery.EventId.Value)
                .Add(delivery.EndpointId.Value).Add(delivery.EventType).Add(delivery.Tenant).Add((long)delivery.Trigger)
                .Add(delivery.ReplayOf?.Value).Add(delivery.Generation).Add(delivery.CreatedAt).Add(now).Add(leased ? node : null).Run();
        }
        if (entry.Score is { } written) Write(connection, written);

        var result = new AppendResult(
            AppendOutcome.Written, entry.Event?.OutsideId ?? "", entry.Event?.DeliveryCount ?? entry.Deliveries.Count);
        foreach (var key in entry.Keys)
        {
            connection.Use(InsertKey).Add(entry.EnvironmentId).Add(key).Add(entry.Fingerprint.AsSpan()).Add(entry.Event?.Id.Value)
                .Add(result.EventOutsideId).Add(result.DeliveryCount).Add(now).Run();
        }
        return result;
    }

    static void Write(Connection connection, string sql, int environmentId, Event @event) =>
        connection.Use(sql).Add(environmentId).Add(@event.Id.Value).Add(@event.PublisherId).Add(@event.Type).Add(@event.Tenant)
            .Add(@event.OccurredAt).Add(@event.CreatedAt).Add(@event.EnvelopeId).Add(@event.DeliveryCount).Add(@event.IsTest)
            .Add(@event.Data).Run();

    /// <summary>What an earlier entry under one of the keys makes of this one; null where there was none.</summary>
    static AppendResult? FindRepeated(Connection connection, Append entry)
    {
        AppendResult? repeated = null;
        foreach (var key in entry.Keys)
        {
            using var row = connection.Use(SelectKey).Add(entry.EnvironmentId).Add(key);
            if (!row.Step()) continue;
            if (!row.Bytes().AsSpan().SequenceEqual(entry.Fingerprint)) return new AppendResult(AppendOutcome.Conflict, "", 0);
            repeated ??= new AppendResult(AppendOutcome.Repeated, row.Text(), row.Int());
        }
        return repeated;
    }

    static bool IsFinal(Connection connection, Score score)
    {
        using var row = connection.Use(SelectScoreStatus).Add(score.Id.Value);
        return row.Step() && (ScoreStatus)row.Int() is ScoreStatus.Completed or ScoreStatus.Failed;
    }

    static void Write(Connection connection, Score score) =>
        connection.Use(UpsertScore).Add(score.Id.Value).Add(score.EnvironmentId).Add(score.JobId).Add(score.ApplicationId).Add(score.Tenant)
            .Add((long)score.Status).Add(score.Outcome).Add(score.CreatedAt).Add(score.UpdatedAt).Add(score.FinishedAt).Run();
}
