using Nova.Model;
using Nova.Storage;

namespace Nova.Sqlite;

internal sealed partial class SqliteStore : IHistoryReader, INodeMessages
{
    // One file, one process: nobody else listens.
    event Action<string>? INodeMessages.Received
    {
        add { }
        remove { }
    }

    Task INodeMessages.SendAsync(IReadOnlyList<string> messages, CancellationToken cancellation) => Task.CompletedTask;

    public Task<IReadOnlyList<Delivery>> ReadDeliveriesAsync(int environmentId, IReadOnlyList<Id<Delivery>> ids, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<Delivery>>(connection => [.. ids
            .Select(id => ReadOne(connection.Use(SelectOpen).Add(environmentId).Add(id.Value), Rows.ReadDelivery)
                ?? ReadOne(connection.Use(SelectFinished).Add(environmentId).Add(id.Value), Rows.ReadDelivery))
            .OfType<Delivery>()], cancellation);

    public Task<IReadOnlyList<Event>> ReadEventsAsync(int environmentId, IReadOnlyList<Id<Event>> ids, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<Event>>(
            connection => [.. ids.Select(id => FindEvent(connection, environmentId, id.Value)).OfType<Event>()], cancellation);

    const string FindDelivery =
        """
        SELECT v.id FROM environments v WHERE EXISTS (SELECT 1 FROM open_deliveries d WHERE d.environment_id = v.id AND d.id = ?)
          OR EXISTS (SELECT 1 FROM finished_deliveries d WHERE d.environment_id = v.id AND d.id = ?) LIMIT 1
        """;

    const string FindEventOfAny =
        "SELECT v.id FROM environments v WHERE EXISTS (SELECT 1 FROM events e WHERE e.environment_id = v.id AND e.id = ?) LIMIT 1";

    public Task<int?> FindDeliveryAsync(Id<Delivery> id, CancellationToken cancellation) => _readers.ReadAsync<int?>(connection =>
    {
        using var row = connection.Use(FindDelivery).Add(id.Value).Add(id.Value);
        return row.Step() ? row.Int() : null;
    }, cancellation);

    public Task<int?> FindEventAsync(Id<Event> id, CancellationToken cancellation) => _readers.ReadAsync<int?>(connection =>
    {
        using var row = connection.Use(FindEventOfAny).Add(id.Value);
        return row.Step() ? row.Int() : null;
    }, cancellation);

    const string CountRetrying =
        """
        SELECT count(*) FROM (SELECT attempt_count, node FROM open_deliveries WHERE environment_id = ? ORDER BY id DESC LIMIT ?)
        WHERE attempt_count > 0
        """;

    public Task<int> CountRetryingAsync(int environmentId, int most, CancellationToken cancellation) => _readers.ReadAsync(connection =>
    {
        using var row = connection.Use(CountRetrying).Add(environmentId).Add(most);
        row.Step();
        return row.Int();
    }, cancellation);
}
