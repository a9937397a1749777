using System.Text;
using System.Text.Json;
using Nova.Model;
using Nova.Storage;

namespace Nova.Sqlite;

/// <summary>
/// A list of history rows by one index: which index, is said and not left to the planner, which knows nothing of how the rows are spread.
/// </summary>
/// <remarks>
/// An index serves the most telling filter; what is left is looked at row by row, newest first, until the page is full.
/// So a page costs in proportion to the rows of that filter that the others reject, and never to the whole history.
/// <list type="table">
/// <item><term>event</term><description>the key, within the event's millisecond; its replays by <c>…_replays</c></description></item>
/// <item><term>endpoint</term><description><c>finished_by_endpoint</c>, <c>finished_failed_by_endpoint</c>,
/// <c>open_waiting_by_endpoint</c></description></item>
/// <item><term>cause</term><description><c>finished_failed_by_cause</c></description></item>
/// <item><term>tenant</term><description><c>finished_by_tenant</c>, <c>finished_failed_by_tenant</c></description></item>
/// <item><term>Failed</term><description><c>finished_failed</c>, <c>finished_failed_by_type</c></description></item>
/// <item><term>event type</term><description><c>finished_by_type</c></description></item>
/// <item><term>several states or types</term><description>a list for each of them</description></item>
/// <item><term>Processing</term><description><c>open_leased</c>, which is as short as nodes have memory</description></item>
/// <item><term>none, Delivered, Pending</term><description>the key</description></item>
/// <item><term>open, by tenant or event type</term><description>the key: two more indexes would cost every delivery that waits more
/// than this walk costs a screen (a million rows: about half a second of a reader)</description></item>
/// </list>
/// </remarks>
internal sealed class HistoryQuery
{
    static readonly Guid Highest = Guid.AllBitsSet;

    readonly StringBuilder _sql = new();
    readonly List<Func<Statement, Statement>> _parameters = [];

    HistoryQuery(string select, string? index, int environmentId)
    {
        _sql.Append(select);
        if (index is not null) _sql.Append(" INDEXED BY ").Append(index);
        Where("environment_id = ?", row => row.Add(environmentId), first: true);
    }

    /// <summary>The text and its parameters; the text is interned, as <see cref="Connection.Use"/> wants it.</summary>
    public string Sql => string.Intern(_sql.ToString());

    public Statement Use(Connection connection) => _parameters.Aggregate(connection.Use(Sql), (statement, add) => add(statement));

    /// <summary>The lists whose rows together, newest first, are the page.</summary>
    public static IEnumerable<HistoryQuery> Of(DeliveryQuery query) => query.Alternatives().SelectMany(OfOne);

    static IEnumerable<HistoryQuery> OfOne(DeliveryQuery query)
    {
        if (query.State is null or DeliveryState.Pending or DeliveryState.Processing)
            foreach (var list in OfOpen(query)) yield return list;
        if (query.State is null or DeliveryState.Delivered or DeliveryState.Failed)
            foreach (var list in OfFinished(query)) yield return list;
    }

    public static HistoryQuery Of(EventQuery query)
    {
        var index = query.Tenant is not null ? "events_by_tenant" : query.Type is not null ? "events_by_type" : null;
        var list = new HistoryQuery($"SELECT {Rows.Event} FROM events e", index, query.EnvironmentId);
        if (query.Tenant is { } tenant) list.Where("tenant = ?", row => row.Add(tenant));
        if (query.Type is { } type) list.Where("type = ?", row => row.Add(type));
        return list.Page(
            query.From is { } from ? Id<Event>.FirstAt(from).Value : Guid.Empty,
            Least(query.Until is { } until ? Id<Event>.FirstAt(until).Value : Highest, query.Before?.Value ?? Highest), query.After?.Value, query.Limit);
    }

    static IEnumerable<HistoryQuery> OfOpen(DeliveryQuery query)
    {
        const string Select = $"SELECT {Rows.Open} FROM open_deliveries d";
        if (query.EventId is not null)
        {
            foreach (var list in OfEvent(Select, "open_replays", query)) yield return list.WhereOpen(query.State).Page(query);
        }
        else if (query.State == DeliveryState.Processing)
        {
            yield return Filtered(Select, "open_leased", query).WhereOpen(query.State).Page(query);
        }
        else if (query.EndpointId is not null)
        {
            yield return Filtered(Select, "open_waiting_by_endpoint", query).WhereOpen(DeliveryState.Pending).Page(query);
            if (query.State is null) yield return Filtered(Select, "open_leased", query).WhereOpen(DeliveryState.Processing).Page(query);
        }
        else
        {
            yield return Filtered(Select, null, query).WhereOpen(query.State).Page(query);
        }
    }

    static IEnumerable<HistoryQuery> OfFinished(DeliveryQuery query)
    {
        const string Select = $"SELECT {Rows.Finished} FROM finished_deliveries d";
        if (query.EventId is not null)
        {
            foreach (var list in OfEvent(Select, "finished_replays", query)) yield return list.WhereFinished(query.State).Page(query);
            yield break;
        }
        var failed = query.State == DeliveryState.Failed;
        var index = query.EndpointId is not null ? failed ? "finished_failed_by_endpoint" : "finished_by_endpoint"
            : query.Cause is not null ? "finished_failed_by_cause"
            : query.Tenant is not null ? failed ? "finished_failed_by_tenant" : "finished_by_tenant"
            : failed && query.EventType is not null ? "finished_failed_by_type"
            : failed ? "finished_failed"
            : query.EventType is not null ? "finished_by_type" : null;
        yield return Filtered(Select, index, query).WhereFinished(query.State).Page(query);
    }

    /// <summary>An event's own deliveries, which have ids of its own id's millisecond, and those that repeat it.</summary>
    static IEnumerable<HistoryQuery> OfEvent(string select, string replays, DeliveryQuery query)
    {
        var made = query.EventId!.Value.Time;
        var (first, after) = (Id<Delivery>.FirstAt(made).Value, Id<Delivery>.FirstAt(made.AddMilliseconds(1)).Value);
        var own = Filtered(select, null, query);
        own.Where("id >= ?", row => row.Add(first));
        own.Where("id < ?", row => row.Add(after));
        own.Where("trigger <> 1");
        yield return own;
        var repeated = Filtered(select, replays, query);
        repeated.Where("trigger = 1");
        yield return repeated;
    }

    static HistoryQuery Filtered(string select, string? index, DeliveryQuery query)
    {
        var list = new HistoryQuery(select, index, query.EnvironmentId);
        if (query.EventId is { } eventId) list.Where("event_id = ?", row => row.Add(eventId.Value));
        if (query.EndpointId is { } endpointId) list.Where("endpoint_id = ?", row => row.Add(endpointId.Value));
        if (query.Tenant is { } tenant) list.Where("tenant = ?", row => row.Add(tenant));
        if (query.EventType is { } type) list.Where("event_type = ?", row => row.Add(type));
        if (query.EventTypes is { } types)
            list.Where("event_type IN (SELECT value FROM json_each(?))", row => row.Add(JsonSerializer.Serialize(types)));
        if (query.Cause is { } cause) list.Where("cause = ?", row => row.Add(cause.Number));
        return list;
    }

    HistoryQuery WhereOpen(DeliveryState? state)
    {
        if (state is { } only) Where(only == DeliveryState.Pending ? "node IS NULL" : "node IS NOT NULL");
        return this;
    }

    HistoryQuery WhereFinished(DeliveryState? state)
    {
        // As a literal, so that SQLite sees that a partial index applies.
        if (state is { } only) Where(only == DeliveryState.Failed ? "state = 3" : "state = 2");
        return this;
    }

    HistoryQuery Page(DeliveryQuery query) => Page(
        query.From is { } from ? Id<Delivery>.FirstAt(from).Value : Guid.Empty,
        Least(query.Until is { } until ? Id<Delivery>.FirstAt(until).Value : Highest, query.Before?.Value ?? Highest), query.After?.Value, query.Limit);

    HistoryQuery Page(Guid from, Guid before, Guid? after, int limit)
    {
        // The later of the two beginnings, so that the index is entered there.
        var isAfter = after is { } last && last.CompareTo(from) >= 0;
        Where(isAfter ? "id > ?" : "id >= ?", row => row.Add(isAfter ? after!.Value : from));
        Where("id < ?", row => row.Add(before));
        _sql.Append(after is null ? " ORDER BY id DESC LIMIT ?" : " ORDER BY id LIMIT ?");
        _parameters.Add(row => row.Add(limit));
        return this;
    }

    void Where(string condition, Func<Statement, Statement>? parameter = null, bool first = false)
    {
        _sql.Append(first ? " WHERE " : " AND ").Append(condition);
        if (parameter is not null) _parameters.Add(parameter);
    }

    static Guid Least(Guid one, Guid other) => one.CompareTo(other) < 0 ? one : other;
}
