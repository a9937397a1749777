using Nova.Model;
using Nova.Storage;

namespace Nova.PostgreSql;

internal sealed partial class PostgreSqlStore : IHistoryReader, INodeMessages
{
    /// <summary>One statement, so one snapshot: a delivery that ends meanwhile is in one of the tables. The range leaves out the days that have none of them.</summary>
    const string ReadDeliveriesByIds = $"""
        SELECT {OpenColumns} FROM open_deliveries d WHERE d.environment_id = $1 AND d.id = ANY ($2)
        UNION ALL
        SELECT {FinishedColumns} FROM finished_deliveries d WHERE d.environment_id = $1 AND d.id = ANY ($2) AND d.id >= $3 AND d.id <= $4
        """;

    const string ReadEventsOfIds = $"""
        SELECT {EventColumns} FROM events e WHERE e.environment_id = $1 AND e.id = ANY ($2) AND e.id >= $3 AND e.id <= $4
        """;

    const string FindDelivery = """
        SELECT v.id FROM environments v WHERE EXISTS (SELECT 1 FROM open_deliveries d WHERE d.environment_id = v.id AND d.id = $1)
        UNION ALL
        SELECT v.id FROM environments v WHERE EXISTS (SELECT 1 FROM finished_deliveries d WHERE d.environment_id = v.id AND d.id = $1)
        LIMIT 1
        """;

    const string FindEvent = "SELECT v.id FROM environments v WHERE EXISTS (SELECT 1 FROM events e WHERE e.environment_id = v.id AND e.id = $1) LIMIT 1";

    const string CountRetrying = """
        SELECT count(*) FROM (SELECT attempt_count FROM open_deliveries WHERE environment_id = $1 ORDER BY id DESC LIMIT $2) AS o WHERE attempt_count > 0
        """;

    const string SendMessages = $"SELECT pg_notify('{PostgreSqlNotifications.MessageChannel}', m) FROM unnest($1::text[]) AS m";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Delivery>> ReadDeliveriesAsync(int environmentId, IReadOnlyList<Id<Delivery>> ids, CancellationToken cancellation)
    {
        if (ids.Count == 0) return [];
        await using var batch = _calm.CreateBatch();
        batch.Command(ReadDeliveriesByIds).With(environmentId).With(ids.ColumnOf(id => id.Value)).With(ids.Min().Value).With(ids.Max().Value);
        return await ReadAllAsync(batch, ReadDelivery, cancellation);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Event>> ReadEventsAsync(int environmentId, IReadOnlyList<Id<Event>> ids, CancellationToken cancellation)
    {
        if (ids.Count == 0) return [];
        await using var batch = _calm.CreateBatch();
        batch.Command(ReadEventsOfIds).With(environmentId).With(ids.ColumnOf(id => id.Value)).With(ids.Min().Value).With(ids.Max().Value);
        return await ReadAllAsync(batch, ReadEvent, cancellation);
    }

    /// <inheritdoc/>
    public Task<int?> FindDeliveryAsync(Id<Delivery> id, CancellationToken cancellation) => FindAsync(FindDelivery, id.Value, cancellation);

    /// <inheritdoc/>
    public Task<int?> FindEventAsync(Id<Event> id, CancellationToken cancellation) => FindAsync(FindEvent, id.Value, cancellation);

    async Task<int?> FindAsync(string sql, Guid id, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(sql).With(id);
        return (int?)await batch.ExecuteScalarAsync(cancellation);
    }

    /// <inheritdoc/>
    public async Task<int> CountRetryingAsync(int environmentId, int most, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(CountRetrying).With(environmentId).With((long)most);
        return (int)(long)(await batch.ExecuteScalarAsync(cancellation))!; // A count is never null.
    }

    /// <inheritdoc/>
    event Action<string>? INodeMessages.Received
    {
        add => _notifications.Received += value;
        remove => _notifications.Received -= value;
    }

    /// <inheritdoc/>
    async Task INodeMessages.SendAsync(IReadOnlyList<string> messages, CancellationToken cancellation)
    {
        if (messages.Count == 0) return;
        await using var batch = _calm.CreateBatch();
        batch.Command(SendMessages).With(messages.ToArray());
        await batch.ExecuteNonQueryAsync(cancellation);
    }
}
