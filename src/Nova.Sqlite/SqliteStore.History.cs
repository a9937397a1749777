using Nova.Model;
using Nova.Storage;

namespace Nova.Sqlite;

internal sealed partial class SqliteStore
{
    const string SelectOpen = "SELECT " + Rows.Open + " FROM open_deliveries d WHERE d.environment_id = ? AND d.id = ?";

    const string SelectFinished = "SELECT " + Rows.Finished + " FROM finished_deliveries d WHERE d.environment_id = ? AND d.id = ?";

    const string SelectEvent = "SELECT " + Rows.Event + " FROM events e WHERE e.environment_id = ? AND e.id = ?";

    const string SelectAttempts =
        """
        SELECT number, started_at, outcome, status_code, error, total_us, dns_us, connect_us, tls_us, first_byte_us,
          body_truncated, repeated, request_headers, response_headers, response_body
        FROM attempts WHERE environment_id = ? AND delivery_id = ? ORDER BY number
        """;

    const string SelectScore =
        "SELECT id, environment_id, job_id, application_id, tenant, status, outcome, created_at, updated_at, finished_at "
        + "FROM scores WHERE id = ?";

    public Task<IReadOnlyList<Delivery>> ListDeliveriesAsync(DeliveryQuery query, CancellationToken cancellation) =>
        // One snapshot for all lists: a delivery that ends meanwhile is in one of them, and not in none or two.
        _readers.ReadAsync<IReadOnlyList<Delivery>>(connection =>
        {
            var rows = HistoryQuery.Of(query).SelectMany(list => ReadAll(list.Use(connection), Rows.ReadDelivery));
            var ordered = query.After is null ? rows.OrderByDescending(delivery => delivery.Id) : rows.OrderBy(delivery => delivery.Id);
            return [.. ordered.Take(query.Limit)];
        }, cancellation);

    public Task<IReadOnlyList<Event>> ListEventsAsync(EventQuery query, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<Event>>(
            connection => ReadAll(HistoryQuery.Of(query).Use(connection), Rows.ReadEvent), cancellation);

    public Task<DeliveryDetail?> GetDeliveryAsync(int environmentId, Id<Delivery> id, CancellationToken cancellation) =>
        _readers.ReadAsync(connection =>
        {
            var delivery = ReadOne(connection.Use(SelectOpen).Add(environmentId).Add(id.Value), Rows.ReadDelivery)
                ?? ReadOne(connection.Use(SelectFinished).Add(environmentId).Add(id.Value), Rows.ReadDelivery);
            if (delivery is null || FindEvent(connection, environmentId, delivery.EventId.Value) is not { } @event) return null;
            var attempts = ReadAll(connection.Use(SelectAttempts).Add(environmentId).Add(id.Value), Rows.ReadAttempt);
            return new DeliveryDetail(delivery, @event, attempts);
        }, cancellation);

    public Task<Event?> GetEventAsync(int environmentId, string outsideId, CancellationToken cancellation) =>
        _readers.ReadAsync(connection =>
        {
            // The publisher's id first: it is the event's name outside, also where it looks like one of ours.
            if (FindEventId(connection, environmentId, outsideId) is { } named && FindEvent(connection, environmentId, named) is { } found)
                return found;
            return Id<Event>.TryParse(outsideId, out var id) ? FindEvent(connection, environmentId, id.Value) : null;
        }, cancellation);

    static Event? FindEvent(Connection connection, int environmentId, Guid id) =>
        ReadOne(connection.Use(SelectEvent).Add(environmentId).Add(id), Rows.ReadEvent);

    static Guid? FindEventId(Connection connection, int environmentId, string publisherId)
    {
        using var row = connection.Use("SELECT event_id FROM publish_keys WHERE environment_id = ? AND key = ?")
            .Add(environmentId).Add("id:" + publisherId);
        return row.Step() ? row.GuidOrNull() : null;
    }

    public Task<Score?> GetScoreAsync(int? environmentId, Id<Score> id, CancellationToken cancellation) =>
        _readers.ReadAsync(connection =>
        {
            var score = ReadOne(connection.Use(SelectScore).Add(id.Value), ReadScore);
            return environmentId is null || score?.EnvironmentId == environmentId ? score : null;
        }, cancellation);

    static Score ReadScore(Statement row) => new()
    {
        Id = new(row.Guid()),
        EnvironmentId = row.Int(),
        JobId = row.Text(),
        ApplicationId = row.Text(),
        Tenant = row.TextOrNull(),
        Status = (ScoreStatus)row.Int(),
        Outcome = row.Bytes(),
        CreatedAt = row.Time(),
        UpdatedAt = row.Time(),
        FinishedAt = row.TimeOrNull(),
    };

    static T? ReadOne<T>(Statement row, Func<Statement, T> read) where T : class
    {
        using (row) return row.Step() ? read(row) : null;
    }

    static List<T> ReadAll<T>(Statement rows, Func<Statement, T> read)
    {
        using (rows)
        {
            var list = new List<T>();
            while (rows.Step()) list.Add(read(rows));
            return list;
        }
    }
}
