using System.Globalization;
using Nova.Storage;

namespace Nova.Sqlite;

internal sealed partial class SqliteStore
{
    // Nodes that this object registered. Any other in the table is of an earlier run, since the lock file lets one process in at a time.
    readonly HashSet<int> _ownNodes = [];

    public async Task MigrateAsync(CancellationToken cancellation) => await _writer.WriteAsync(1, connection =>
    {
        connection.Execute(
            "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT");
        var applied = new HashSet<int>();
        using (var rows = connection.Use("SELECT number FROM migrations"))
            while (rows.Step()) applied.Add(rows.Int());
        foreach (var (number, name) in Migrations())
        {
            if (applied.Contains(number)) continue;
            using var reader = new StreamReader(typeof(SqliteStore).Assembly.GetManifestResourceStream(name)!);
            connection.Execute(reader.ReadToEnd());
            connection.Use("INSERT INTO migrations (number, name, applied_at) VALUES (?, ?, ?)").Add(number).Add(name).Add(Now).Run();
        }
        return true;
    }, cancellation);

    /// <summary>Numbers and resource names of the migrations, in order: <c>….Migrations.0001_initial.sql</c> is number 1.</summary>
    static IEnumerable<(int Number, string Name)> Migrations()
    {
        const string Folder = ".Migrations.";
        return typeof(SqliteStore).Assembly.GetManifestResourceNames()
            .Where(name => name.Contains(Folder, StringComparison.Ordinal))
            .Select(name => (Number: name.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length, name))
            .Select(at => (int.Parse(at.name.AsSpan(at.Number, 4), CultureInfo.InvariantCulture), at.name))
            .Order();
    }

    public Task<int> RegisterEnvelopeAsync(string product, string envelope, CancellationToken cancellation) =>
        _writer.WriteAsync(1, connection =>
        {
            connection.Use("INSERT INTO envelopes (product, text) VALUES (?, ?) ON CONFLICT DO NOTHING").Add(product).Add(envelope).Run();
            using var row = connection.Use("SELECT id FROM envelopes WHERE product = ? AND text = ?").Add(product).Add(envelope);
            row.Step();
            return row.Int();
        }, cancellation);

    public Task<StoredEnvelope?> GetEnvelopeAsync(int id, CancellationToken cancellation) =>
        _readers.ReadAsync(connection =>
        {
            using var row = connection.Use("SELECT id, product, text FROM envelopes WHERE id = ?").Add(id);
            return row.Step() ? new StoredEnvelope(row.Int(), row.Text(), row.Text()) : null;
        }, cancellation);

    // Nodes -----------------------------------------------------------------------------------------------------

    public Task<int> RegisterNodeAsync(string name, CancellationToken cancellation) =>
        _writer.WriteAsync(1, connection =>
        {
            var now = Now;
            foreach (var node in NodesWhere(connection, "SELECT id FROM nodes WHERE heartbeat_at <= ?", long.MaxValue))
                if (!_ownNodes.Contains(node)) Bury(connection, node, now);
            using var row = connection.Use("INSERT INTO nodes (name, started_at, heartbeat_at) VALUES (?, ?, ?) RETURNING id")
                .Add(name).Add(now).Add(now);
            row.Step();
            var number = row.Int();
            _ownNodes.Add(number); // On the writer's thread alone. Where the commit fails, the number is in no row and means nothing.
            return number;
        }, cancellation);

    public Task<Heartbeat> HeartbeatAsync(int node, CancellationToken cancellation) =>
        _writer.WriteAsync(1, connection =>
        {
            var now = Now;
            using var row = connection.Use("UPDATE nodes SET heartbeat_at = ? WHERE id = ? RETURNING draining_since IS NOT NULL").Add(now).Add(node);
            return row.Step() ? new Heartbeat(true, now, row.Bool()) : new Heartbeat(false, now);
        }, cancellation);

    public Task<bool> DrainNodeAsync(int node, bool drain, CancellationToken cancellation) =>
        _writer.WriteAsync(1, connection => connection
            .Use("UPDATE nodes SET draining_since = CASE WHEN ?1 IS NULL THEN NULL ELSE coalesce(draining_since, ?1) END WHERE id = ?2")
            .Add(drain ? Now : null).Add(node).Run() == 1, cancellation);

    public Task<int> TakeOverAsync(TimeSpan leaseFor, CancellationToken cancellation) =>
        _writer.WriteAsync(1, connection =>
        {
            var now = Now;
            var silent = NodesWhere(connection, "SELECT id FROM nodes WHERE heartbeat_at <= ?", Times.ToStored(now - leaseFor));
            return silent.Sum(node => Bury(connection, node, now));
        }, cancellation);

    public Task ReleaseNodeAsync(int node, CancellationToken cancellation) =>
        _writer.WriteAsync(1, connection => Bury(connection, node, Now), cancellation);

    static List<int> NodesWhere(Connection connection, string sql, long time)
    {
        using var rows = connection.Use(sql).Add(time);
        var nodes = new List<int>();
        while (rows.Step()) nodes.Add(rows.Int());
        return nodes;
    }

    /// <summary>The node's number is gone and what it held is due now. Walks through all leases: as many as nodes hold in memory.</summary>
    static int Bury(Connection connection, int node, DateTimeOffset now)
    {
        connection.Use("DELETE FROM nodes WHERE id = ?").Add(node).Run();
        return connection
            .Use("UPDATE open_deliveries INDEXED BY open_leased SET node = NULL, due_at = ? WHERE node IS NOT NULL AND node = ?")
            .Add(now).Add(node).Run();
    }

    static bool Lives(Connection connection, int node)
    {
        using var row = connection.Use("SELECT 1 FROM nodes WHERE id = ?").Add(node);
        return row.Step();
    }
}
