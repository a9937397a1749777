using Nova.Model;
using Nova.Storage;

namespace Nova.Sqlite;

internal sealed partial class SqliteStore
{
    // Claiming --------------------------------------------------------------------------------------------------

    // The next endpoint that has anything waiting, and when its oldest is due: one seek in the index, whatever its backlog.
    const string SelectNextWaiting =
        """
        SELECT endpoint_id, due_at FROM open_deliveries INDEXED BY open_waiting
        WHERE node IS NULL AND endpoint_id > ? ORDER BY endpoint_id, due_at LIMIT 1
        """;

    const string SelectDue =
        """
        SELECT environment_id, id FROM open_deliveries INDEXED BY open_waiting
        WHERE node IS NULL AND endpoint_id = ? AND due_at <= ? ORDER BY due_at, environment_id, id LIMIT ?
        """;

    const string Lease = "UPDATE open_deliveries SET node = ? WHERE environment_id = ? AND id = ?";

    const string SelectClaimed =
        "SELECT " + Rows.Open + ", " + Rows.Event
        + " FROM open_deliveries d JOIN events e ON e.environment_id = d.environment_id AND e.id = d.event_id"
        + " WHERE d.environment_id = ? AND d.id = ?";

    const string SelectLater =
        """
        SELECT id FROM open_deliveries INDEXED BY open_waiting
        WHERE node IS NULL AND endpoint_id = ? AND due_at > ? AND environment_id = ? ORDER BY due_at LIMIT ?
        """;

    // By key, one by one: given the keys as a subquery, SQLite walks through the whole environment.
    const string Hasten = "UPDATE open_deliveries SET due_at = ? WHERE environment_id = ? AND id = ?";

    // The endpoint after which the next claim begins, so that where the limit is short all have their turn. Boxed, to be swapped whole.
    volatile object _claimAfter = Guid.Empty;

    /// <remarks>
    /// Two steps. A reader walks the endpoints that have something waiting: a seek for each, so the cost is the number of such endpoints
    /// and not of deliveries, and a poll that finds nothing costs the writer nothing. Then the writer leases, and looks again:
    /// what the reader saw may have been taken.
    /// </remarks>
    public async Task<IReadOnlyList<Claimed>> ClaimAsync(ClaimRequest request, CancellationToken cancellation)
    {
        if (request.Limit <= 0) return [];
        var endpoints = request.GoesOn
            ? [.. request.Room.Where(room => room.Value > 0).Select(room => (room.Key.Value, room.Value))]
            : await _lookout.ReadAsync(connection => FindDue(connection, request), cancellation);
        if (endpoints.Count == 0) return [];
        return await _writer.WriteAsync(request.Limit, connection => Claim(connection, request, endpoints), cancellation);
    }

    /// <summary>Endpoints that have something due and room for it, and the room; as many as the limit can serve.</summary>
    List<(Guid Endpoint, int Room)> FindDue(Connection connection, ClaimRequest request)
    {
        var now = Times.ToStored(Now);
        var found = new List<(Guid, int)>();
        var first = (Guid)_claimAfter;
        var (after, wrapped) = (first, false);
        while (found.Count < request.Limit)
        {
            using var row = connection.Use(SelectNextWaiting).Add(after);
            if (!row.Step())
            {
                if (wrapped || first == Guid.Empty) break;
                (after, wrapped) = (Guid.Empty, true);
                continue;
            }
            after = row.Guid();
            if (wrapped && after.CompareTo(first) > 0) break;
            if (row.Long() > now) continue;
            var room = request.Room.TryGetValue(new Id<Endpoint>(after), out var left) ? left : request.RoomPerEndpoint;
            if (room > 0) found.Add((after, room));
        }
        if (found.Count > 0) _claimAfter = found[^1].Item1;
        return found;
    }

    IReadOnlyList<Claimed> Claim(Connection connection, ClaimRequest request, List<(Guid Endpoint, int Room)> endpoints)
    {
        if (!Lives(connection, request.Node)) return [];
        var now = Now;
        var claimed = new List<Claimed>();
        var taken = new int[endpoints.Count];
        // Each an equal share first; then what some left over goes to those that have more.
        foreach (var share in new[] { Math.Max(1, request.Limit / endpoints.Count), request.Limit })
        {
            for (var i = 0; i < taken.Length && claimed.Count < request.Limit; i++)
            {
                var most = Math.Min(Math.Min(share, endpoints[i].Room) - taken[i], request.Limit - claimed.Count);
                if (most <= 0) continue;
                var due = SelectDueOf(connection, endpoints[i].Endpoint, now, most);
                taken[i] += due.Count;
                foreach (var (environmentId, id) in due)
                {
                    connection.Use(Lease).Add(request.Node).Add(environmentId).Add(id).Run();
                    using var row = connection.Use(SelectClaimed).Add(environmentId).Add(id);
                    if (row.Step()) claimed.Add(new Claimed(Rows.ReadDelivery(row), Rows.ReadEvent(row)));
                }
            }
        }
        return claimed;
    }

    static List<(int EnvironmentId, Guid Id)> SelectDueOf(Connection connection, Guid endpointId, DateTimeOffset now, int most)
    {
        using var rows = connection.Use(SelectDue).Add(endpointId).Add(now).Add(most);
        var due = new List<(int, Guid)>(most);
        while (rows.Step()) due.Add((rows.Int(), rows.Guid()));
        return due;
    }

    public Task<int> HastenAsync(int environmentId, Id<Endpoint> endpointId, int limit, CancellationToken cancellation) =>
        _writer.WriteAsync(limit, connection =>
        {
            var now = Now;
            var later = ReadAll(
                connection.Use(SelectLater).Add(endpointId.Value).Add(now).Add(environmentId).Add(limit), row => row.Guid());
            foreach (var id in later) connection.Use(Hasten).Add(now).Add(environmentId).Add(id).Run();
            return later.Count;
        }, cancellation);
}
