using System.Text.Json;
using Nova.Model;
using Nova.PostgreSql;
using Nova.Storage;
using Nova.TestSupport;
using Npgsql;

namespace Nova.IntegrationTests.Stores;

/// <summary>
/// The plans that a hot connection keeps. A vacuum that finds a table empty tells the planner that it always is: reading all of it then seems as
/// good as looking a row up, and the next flood is read whole for every row of every batch.
/// </summary>
public sealed class PostgreSqlHotPlanTests
{
    static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task No_statement_of_the_hot_path_reads_a_whole_table_after_a_vacuum_has_seen_it_empty()
    {
        var server = await PostgreSqlServer.SharedAsync();
        var address = await server.CreateDatabaseAsync();
        await using (var store = new PostgreSqlStore(address))
        {
            await store.MigrateAsync(None);
            await FillAndEmptyAsync(address);
            await UseAsync(store);

            await using var connection = await store.Hot.OpenConnectionAsync();
            var statements = await PreparedAsync(connection);
            Assert.Contains(statements, statement => statement.Sql.Contains("DELETE FROM open_deliveries", StringComparison.Ordinal));
            Assert.Contains(statements, statement => statement.Sql.Contains("UPDATE open_deliveries", StringComparison.Ordinal));
            Assert.Contains(statements, statement => statement.Sql.Contains("publish_keys WHERE", StringComparison.Ordinal));
            var whole = new List<string>();
            foreach (var (name, sql, parameters) in statements)
                whole.AddRange((await WholeScansAsync(connection, name, parameters)).Select(scan => $"{scan}\n{sql}"));
            Assert.Empty(whole);
        }
        await server.DropDatabaseAsync(address);
    }

    /// <summary>As many rows as a quiet minute has, all gone again, and the vacuum that comes by then.</summary>
    static async Task FillAndEmptyAsync(string address)
    {
        await using var source = NpgsqlDataSource.Create(address);
        string[] steps =
        [
            """
            INSERT INTO open_deliveries (due_at, created_at, environment_id, generation, attempt_count, trigger, id, endpoint_id, event_id, event_type)
            SELECT now(), now(), 1, 0, 0, 0, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'a.b' FROM generate_series(1, 1000)
            """,
            """
            INSERT INTO publish_keys (created_at, environment_id, delivery_count, key, outside_id, fingerprint)
            SELECT now(), 1, 0, n::text, '', '' FROM generate_series(1, 1000) n
            """,
            "DELETE FROM open_deliveries", "DELETE FROM publish_keys", "VACUUM ANALYZE",
        ];
        foreach (var step in steps)
        {
            await using var command = source.CreateCommand(step);
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>Each statement of the hot path once, on the pool's one connection.</summary>
    static async Task UseAsync(PostgreSqlStore store)
    {
        var node = await store.RegisterNodeAsync("plans", None);
        var now = TimeProvider.System.Now();
        foreach (var state in (DeliveryState[])[DeliveryState.Delivered, DeliveryState.Failed, DeliveryState.Pending])
        {
            var (append, delivery) = NewAppend(now, leased: true);
            await store.AppendAsync(node, [append], None);
            await store.RecordAsync(node, [NewRecord(delivery, state)], None);
        }
        var (keyed, waiting) = NewAppend(now, leased: false, key: "again");
        await store.AppendAsync(node, [keyed], None);
        await store.AppendAsync(node, [keyed], None);
        await store.HastenAsync(1, waiting.EndpointId, 10, None);
        var room = new Dictionary<Id<Endpoint>, int> { [waiting.EndpointId] = 10 };
        await store.ClaimAsync(new ClaimRequest(node, 10, 10, room), None);
        await store.ClaimAsync(new ClaimRequest(node, 10, 10, room, GoesOn: true), None);
        await store.HeartbeatAsync(node, None);
    }

    static (Append Append, Delivery Delivery) NewAppend(DateTimeOffset now, bool leased, string? key = null)
    {
        var @event = new Event
        {
            Id = Id<Event>.New(now), EnvironmentId = 1, CreatedAt = now, OccurredAt = now, EnvelopeId = 1, DeliveryCount = 1, Type = "a.b", Data = "{}"u8.ToArray(),
        };
        var delivery = new Delivery
        {
            Id = Id<Delivery>.New(now), EnvironmentId = 1, EndpointId = Id<Endpoint>.New(now), EventId = @event.Id, CreatedAt = now, EventType = "a.b",
        };
        return (new Append { EnvironmentId = 1, Event = @event, Deliveries = [new NewDelivery(delivery, leased)], Keys = key is null ? [] : [key] }, delivery);
    }

    static AttemptRecord NewRecord(Delivery delivery, DeliveryState state) => new()
    {
        Delivery = delivery, State = state, EndedAgo = TimeSpan.Zero, RetryIn = TimeSpan.FromHours(1),
    };

    static async Task<List<(string Name, string Sql, int Parameters)>> PreparedAsync(NpgsqlConnection connection)
    {
        var statements = new List<(string, string, int)>();
        await using var ask = new NpgsqlCommand("SELECT name, statement, cardinality(parameter_types) FROM pg_prepared_statements", connection);
        await using var reader = await ask.ExecuteReaderAsync();
        while (await reader.ReadAsync()) statements.Add((reader.GetString(0), reader.GetString(1), reader.GetInt32(2)));
        return statements;
    }

    /// <summary>Scans of growing tables that nothing narrows: neither a condition on the index nor one that the index is made for.</summary>
    static async Task<List<string>> WholeScansAsync(NpgsqlConnection connection, string name, int parameters)
    {
        string[] growing = ["open_deliveries", "publish_keys", "scores", "events", "finished_deliveries", "attempts"];
        var nulls = parameters == 0 ? "" : $"({string.Join(", ", Enumerable.Repeat("NULL", parameters))})";
        var found = new List<string>();
        string text;
        try
        {
            await using var explain = new NpgsqlCommand($"EXPLAIN (FORMAT JSON) EXECUTE \"{name}\"{nulls}", connection);
            text = (string)(await explain.ExecuteScalarAsync())!; // EXPLAIN always answers.
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.SyntaxError)
        {
            return []; // BEGIN, COMMIT and SET have no plan.
        }
        using var json = JsonDocument.Parse(text);
        if (json.RootElement[0] is { ValueKind: JsonValueKind.Object } answer && answer.TryGetProperty("Plan", out var plan)) Walk(plan);
        return found;

        void Walk(JsonElement node)
        {
            var type = node.GetProperty("Node Type").GetString()!;
            if (type is "Seq Scan" or "Index Scan" or "Index Only Scan" or "Bitmap Heap Scan"
                && node.TryGetProperty("Relation Name", out var relation) && growing.Any(table => relation.GetString()!.StartsWith(table, StringComparison.Ordinal))
                && !node.TryGetProperty("Index Cond", out _)
                && node.GetProperty("Index Name").GetString() is not ("open_deliveries_waiting" or "open_deliveries_due"))
                found.Add($"{type} of {relation.GetString()}");
            if (!node.TryGetProperty("Plans", out var children)) return;
            foreach (var child in children.EnumerateArray()) Walk(child);
        }
    }
}
