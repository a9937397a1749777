using System.Text.Json;
using Nova.Model;
using Nova.PostgreSql;
using Nova.Storage;
using Nova.TestSupport;
using Npgsql;

namespace Nova.IntegrationTests.Stores;

/// <summary>
/// How PostgreSQL answers, with as much in the tables as makes a wrong plan hurt: which indexes it takes, how many rows and pages it reads.
/// The rows are made by the database itself; the whole class shares them and only reads (what it changes, it rolls back).
/// </summary>
public sealed class PostgreSqlPlanTests(PostgreSqlPlanTests.Database database) : IClassFixture<PostgreSqlPlanTests.Database>
{
    const int Finished = 200_000;
    const int Waiting = 300_000;
    const int Busy = 1;

    static readonly CancellationToken None = CancellationToken.None;

    PostgreSqlStore Store => database.Store;

    public static TheoryData<string> Filters =>
        ["all", "endpoint", "failed", "type", "tenant", "time", "page", "event", "endpoint failed", "type time", "tenant page", "delivered",
            "types", "cause", "failed types", "failed tenant", "states", "states types time"];

    DeliveryQuery QueryOf(string filters)
    {
        var query = new DeliveryQuery { EnvironmentId = Busy, Limit = 50 };
        foreach (var filter in filters.Split(' '))
        {
            query = filter switch
            {
                "endpoint" => query with { EndpointId = database.RareEndpoint },
                "failed" => query with { State = DeliveryState.Failed },
                "types" => query with { EventTypes = ["rare.type", "no.type"] },
                "states" => query with { States = [DeliveryState.Failed, DeliveryState.Processing] },
                "cause" => query with { Cause = new FailureCause(503) },
                "delivered" => query with { State = DeliveryState.Delivered },
                "type" => query with { EventType = "rare.type" },
                "tenant" => query with { Tenant = "t-7" },
                "time" => query with { From = database.Middle, Until = database.Middle.AddMinutes(5) },
                "page" => query with { Before = Id<Delivery>.FirstAt(database.Middle) },
                "event" => query with { EventId = database.SomeEvent },
                _ => query,
            };
        }
        return query;
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task Every_filter_of_the_history_is_answered_by_an_index(string filters)
    {
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using var batch = source.CreateBatch();
        PostgreSqlStore.AddQuery(batch, QueryOf(filters));
        var plan = await ExplainAsync(batch);
        Assert.DoesNotContain(plan.Scans, scan => scan.Type == "Seq Scan" && scan.Rows > 1000);
        // 50 rows of a page, some pages of each index, some for what is looked at and not shown: far from the 200,000 rows of some 4,000 pages.
        Assert.True(plan.Pages < 700, $"{filters}: {plan.Pages} pages\n{plan.Text}");
        Assert.True(plan.RowsRead < 2000, $"{filters}: {plan.RowsRead} rows\n{plan.Text}");
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("rare.type", null)]
    [InlineData(null, "t-7")]
    public async Task Every_filter_of_the_events_is_answered_by_an_index(string? type, string? tenant)
    {
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using var batch = source.CreateBatch();
        PostgreSqlStore.AddQuery(batch, new EventQuery { EnvironmentId = Busy, Type = type, Tenant = tenant, Limit = 50 });
        var plan = await ExplainAsync(batch);
        Assert.True(plan.Pages < 700, $"{plan.Pages} pages\n{plan.Text}");
        Assert.True(plan.RowsRead < 2000, $"{plan.RowsRead} rows\n{plan.Text}");
    }

    [Theory]
    [InlineData("as they are")]
    [InlineData("of an empty table")]
    [InlineData("of a single endpoint's flood")]
    public async Task Claiming_costs_as_many_endpoints_as_wait_and_not_the_backlog(string statistics)
    {
        await using var connection = await Store.Hot.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await database.PretendAsync(connection, statistics);
        await using var batch = new NpgsqlBatch(connection);
        Store.AddClaim(batch, new ClaimRequest(database.Node, 100, 20, new Dictionary<Id<Endpoint>, int> { [database.Flooded] = 5 }));
        var plan = await ExplainAsync(batch);
        // 1,000 rows to see that many are due, some 11 endpoints at 20 rows each at most, and the updates.
        Assert.True(plan.RowsRead < 4000, $"{plan.RowsRead} rows\n{plan.Text}");
        Assert.True(plan.Pages < 8000, $"{plan.Pages} pages\n{plan.Text}");
        await transaction.RollbackAsync();
    }

    [Fact]
    public async Task A_look_for_due_deliveries_that_finds_none_reads_next_to_nothing()
    {
        await using var connection = await Store.Hot.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var later = new NpgsqlCommand("UPDATE open_deliveries SET due_at = now() + interval '1 hour' WHERE due_at < now()", connection))
        {
            later.CommandTimeout = 120;
            await later.ExecuteNonQueryAsync();
        }
        // The update has left a dead entry in the index for each row, as a vacuum would not: only what is read of live rows is counted.
        await using var batch = new NpgsqlBatch(connection);
        Store.AddClaim(batch, new ClaimRequest(database.Node, 100, 20, new Dictionary<Id<Endpoint>, int>()));
        Assert.Equal(0, (await ExplainAsync(batch)).RowsRead);
        await transaction.RollbackAsync();
    }

    [Fact]
    public async Task Going_on_with_a_backlog_reads_nothing_of_what_was_claimed_before()
    {
        await using var connection = await Store.Hot.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        // What this transaction claims stays in the index for itself, as it does for everybody while an old snapshot is held.
        await using var claimed = new NpgsqlCommand(
            """
            WITH taken AS (
                UPDATE open_deliveries SET node = $2 WHERE (environment_id, id) IN (
                    SELECT environment_id, id FROM open_deliveries WHERE node IS NULL AND endpoint_id = $1 ORDER BY due_at LIMIT 20000)
                RETURNING due_at)
            SELECT max(due_at) FROM taken
            """, connection) { Parameters = { new() { Value = database.Flooded.Value }, new() { Value = database.Node } }, CommandTimeout = 120 };
        var reached = new DateTimeOffset((DateTime)(await claimed.ExecuteScalarAsync())!);
        await using var batch = new NpgsqlBatch(connection);
        Store.AddGoOn(
            batch, new ClaimRequest(database.Node, 100, 20, new Dictionary<Id<Endpoint>, int> { [database.Flooded] = 50 }, GoesOn: true),
            new Dictionary<Guid, DateTimeOffset> { [database.Flooded.Value] = reached });
        var plan = await ExplainAsync(batch);
        Assert.True(plan.Pages < 2000, $"{plan.Pages} pages\n{plan.Text}");
        await transaction.RollbackAsync();
    }

    /// <param name="Scans">Every scan of a table or index, and the rows it gave, all its loops together.</param>
    /// <param name="RowsRead">All rows that scans gave or threw away.</param>
    /// <param name="Pages">Pages of 8 KiB that were looked at.</param>
    /// <param name="Text">The plan, for the message of a failure.</param>
    sealed record Plan(List<(string Type, string Of, double Rows)> Scans, double RowsRead, long Pages, string Text);

    static async Task<Plan> ExplainAsync(NpgsqlBatch batch)
    {
        var command = batch.BatchCommands[0];
        command.CommandText = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) " + command.CommandText;
        var text = (string)(await batch.ExecuteScalarAsync())!; // EXPLAIN always answers.
        var scans = new List<(string, string, double)>();
        using var json = JsonDocument.Parse(text);
        var root = json.RootElement[0].GetProperty("Plan");
        double read = 0;
        Walk(root);
        return new Plan(scans, read, root.GetProperty("Shared Hit Blocks").GetInt64() + root.GetProperty("Shared Read Blocks").GetInt64(), text);

        void Walk(JsonElement node)
        {
            var type = node.GetProperty("Node Type").GetString()!;
            if (type.Contains("Scan", StringComparison.Ordinal) && node.TryGetProperty("Relation Name", out var of))
            {
                var loops = node.GetProperty("Actual Loops").GetDouble();
                var removed = node.TryGetProperty("Rows Removed by Filter", out var filtered) ? filtered.GetDouble() : 0;
                var rows = loops * (node.GetProperty("Actual Rows").GetDouble() + removed);
                scans.Add((type, of.GetString()!, rows));
                read += rows;
            }
            if (!node.TryGetProperty("Plans", out var children)) return;
            foreach (var child in children.EnumerateArray()) Walk(child);
        }
    }

    /// <summary>200,000 finished deliveries with their events over two days, and 300,000 waiting of one endpoint beside a few of ten others.</summary>
    public sealed class Database : IAsyncLifetime
    {
        PostgreSqlServer? _server;

        internal PostgreSqlStore Store { get; private set; } = null!;

        internal string ConnectionString { get; private set; } = "";

        internal int Node { get; private set; }

        internal Id<Endpoint> RareEndpoint { get; private set; }

        internal Id<Endpoint> Flooded { get; private set; }

        internal Id<Event> SomeEvent { get; private set; }

        internal DateTimeOffset Middle { get; private set; }

        /// <summary>An id of a moment: the first 48 bits are its milliseconds, the rest is the row's number.</summary>
        const string IdAt = "CREATE FUNCTION id_at(at timestamptz, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS "
            + "$$ SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n), 19, '0'))::uuid $$";

        public async ValueTask InitializeAsync()
        {
            _server = await PostgreSqlServer.SharedAsync();
            ConnectionString = await _server.CreateDatabaseAsync() + ";Command Timeout=300";
            Store = new PostgreSqlStore(ConnectionString);
            await Store.MigrateAsync(None);
            Node = await Store.RegisterNodeAsync("plans", None);
            await using var source = NpgsqlDataSource.Create(ConnectionString);
            await using (var make = source.CreateCommand($"""
                {IdAt};
                CREATE TABLE made AS SELECT n, date_trunc('day', now()) + (n * 0.8) * interval '1 second' AS at FROM generate_series(1, {Finished}) AS n;
                INSERT INTO events (created_at, occurred_at, environment_id, envelope_id, delivery_count, is_test, id, type, tenant, data)
                    SELECT at, at, 1 + (n % 10 = 0)::integer, 1, 1, false, id_at(at, n), CASE WHEN n % 997 = 0 THEN 'rare.type' ELSE 'usual.type' END,
                        CASE WHEN n % 3 = 0 THEN 't-' || n % 500 END, 'data' FROM made;
                INSERT INTO finished_deliveries (created_at, finished_at, environment_id, generation, attempt_count, trigger, state, status_code,
                        id, endpoint_id, event_id, event_type, tenant)
                    SELECT at, at, 1 + (n % 10 = 0)::integer, 0, 1, 0, CASE WHEN n % 400 = 1 THEN 3 ELSE 2 END, 200, id_at(at, n + 1000000),
                        id_at('2026-01-01Z', CASE WHEN n % 1009 = 0 THEN 1 ELSE 2 + n % 40 END), id_at(at, n),
                        CASE WHEN n % 997 = 0 THEN 'rare.type' ELSE 'usual.type' END, CASE WHEN n % 3 = 0 THEN 't-' || n % 500 END FROM made;
                INSERT INTO open_deliveries (due_at, created_at, environment_id, generation, attempt_count, trigger, id, endpoint_id, event_id, event_type)
                    SELECT now() - interval '1 hour', now(), 3, 0, 0, 0, id_at(now(), n), id_at('2026-01-01Z', CASE WHEN n <= 100 THEN 100 + n % 10 ELSE 99 END),
                        id_at(now(), n), 'usual.type' FROM generate_series(1, {Waiting}) AS n
                """))
                await make.ExecuteNonQueryAsync();
            await using (var vacuum = source.CreateCommand("VACUUM ANALYZE")) await vacuum.ExecuteNonQueryAsync();
            await using var read = source.CreateCommand("SELECT id_at('2026-01-01Z', 1), id_at('2026-01-01Z', 99), at, id_at(at, n) FROM made WHERE n = 100001");
            await using var reader = await read.ExecuteReaderAsync();
            await reader.ReadAsync();
            (RareEndpoint, Flooded) = (new(reader.GetGuid(0)), new(reader.GetGuid(1)));
            (Middle, SomeEvent) = (reader.GetFieldValue<DateTimeOffset>(2), new(reader.GetGuid(3)));
        }

        /// <summary>Inside of the test's transaction, so that it goes with it.</summary>
        internal async Task PretendAsync(NpgsqlConnection connection, string statistics)
        {
            var sql = statistics switch
            {
                "of an empty table" => "DELETE FROM pg_statistic WHERE starelid = 'open_deliveries'::regclass",
                "of a single endpoint's flood" =>
                    "UPDATE pg_statistic SET stadistinct = 1 WHERE starelid = 'open_deliveries'::regclass AND staattnum = "
                    + "(SELECT attnum FROM pg_attribute WHERE attrelid = 'open_deliveries'::regclass AND attname = 'endpoint_id')",
                _ => "SELECT 1",
            };
            await using var pretend = new NpgsqlCommand(sql, connection);
            await pretend.ExecuteNonQueryAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await Store.DisposeAsync();
            if (_server is not null) await _server.DropDatabaseAsync(ConnectionString);
        }
    }
}
