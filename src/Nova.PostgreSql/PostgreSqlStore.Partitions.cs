using System.Globalization;
using Nova.Model;
using Npgsql;

namespace Nova.PostgreSql;

/// <summary>
/// The days of <c>events</c>, <c>finished_deliveries</c> and <c>attempts</c>: <c>events_20261121</c> holds the ids that were made on that day (UTC).
/// Names and edges are made here from dates alone, so they may stand in SQL as text.
/// </summary>
internal sealed partial class PostgreSqlStore
{
    /// <summary>Maintenance may fail to run for a week before rows go to the default partition.</summary>
    const int DaysAhead = 7;

    /// <summary>In the order in which a day is dropped: an event goes when the deliveries that show it have gone.</summary>
    static readonly string[] PartitionedTables = ["finished_deliveries", "attempts", "events"];

    const string FindPartitions = """
        SELECT p.relname, c.relname FROM pg_inherits i
        JOIN pg_class p ON p.oid = i.inhparent
        JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent IN ('events'::regclass, 'finished_deliveries'::regclass, 'attempts'::regclass)
        """;

    const string ReadToday = "SELECT COALESCE($1, now())";

    static string KeyOf(string table) => table == "attempts" ? "delivery_id" : "id";

    static string NameOf(string table, DateOnly day) => $"{table}_{day.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}";

    /// <summary>The first id of a day, as a literal.</summary>
    static string EdgeOf(DateOnly day) => $"'{Id<Event>.FirstAt(new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero)).Value}'";

    /// <summary>The days that have a partition of this table.</summary>
    static IEnumerable<DateOnly> DaysOf(string table, IEnumerable<(string Table, string Partition)> partitions) =>
        partitions.Where(p => p.Table == table)
            .Select(p => DateOnly.TryParseExact(p.Partition.AsSpan(table.Length + 1), "yyyyMMdd", CultureInfo.InvariantCulture,
                DateTimeStyles.None, out var day) ? day : (DateOnly?)null)
            .OfType<DateOnly>();

    static async Task<List<(string Table, string Partition)>> FindPartitionsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Command(FindPartitions);
        return await ReadAllAsync(batch, reader => (reader.GetString(0), reader.GetString(1)), cancellation);
    }

    /// <summary>Makes the partitions that are missing of today and the days to come, in one transaction. Three new ones a day, usually none.</summary>
    /// <remarks>
    /// Attaching locks the default partition for a moment, to see that it has no rows of that day, and nothing else. Rows of the day that are there
    /// (maintenance had not run) are moved first.
    /// <para>
    /// Not vacuumed for what was inserted (PostgreSQL's default: each time a table has grown by a fifth). That reads and writes every page once more, some 2 µs of
    /// processor time per delivery, to freeze rows that are dropped with their day. Kept longer than 200 million transactions (six weeks at 60 commits a second,
    /// 24 hours a day), a day is vacuumed once, against the wraparound, as any table. Days that an older version made keep the default until they are dropped.
    /// </para>
    /// </remarks>
    async Task MakePartitionsAsync(CancellationToken cancellation)
    {
        await using var connection = await _calm.OpenConnectionAsync(cancellation);
        var today = await ReadTodayAsync(connection, cancellation);
        if (Missing(await FindPartitionsAsync(connection, cancellation)).Count == 0) return;

        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        try
        {
            await ExecuteAsync(connection, $"SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock({SchemaLock}); SET LOCAL lock_timeout = '1s'", cancellation);
            foreach (var (table, day) in Missing(await FindPartitionsAsync(connection, cancellation)))
            {
                var (name, from, until) = (NameOf(table, day), EdgeOf(day), EdgeOf(day.AddDays(1)));
                await ExecuteAsync(connection, $"""
                    CREATE TABLE {name} (LIKE {table} INCLUDING ALL) WITH (autovacuum_vacuum_insert_threshold = -1);
                    LOCK TABLE {table}_default IN ACCESS EXCLUSIVE MODE;
                    WITH moved AS (DELETE FROM {table}_default WHERE {KeyOf(table)} >= {from} AND {KeyOf(table)} < {until} RETURNING *)
                        INSERT INTO {name} SELECT * FROM moved;
                    ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({until})
                    """, cancellation);
            }
            await transaction.CommitAsync(cancellation);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            // Somebody reads the default partition and does not end. There are days in hand, and after those the default partition itself.
        }

        List<(string Table, DateOnly Day)> Missing(List<(string, string)> partitions) =>
        [
            .. from table in PartitionedTables
               let days = DaysOf(table, partitions).ToHashSet()
               from offset in Enumerable.Range(0, 1 + DaysAhead)
               let day = today.AddDays(offset)
               where !days.Contains(day)
               select (table, day),
        ];
    }

    async Task<DateOnly> ReadTodayAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Command(ReadToday).With(Now);
        var now = await ReadAllAsync(batch, reader => reader.GetFieldValue<DateTimeOffset>(0), cancellation);
        return DateOnly.FromDateTime(now[0].UtcDateTime);
    }

    /// <summary>Drops the oldest day before a day, of each table that has it. True where there is another such day.</summary>
    /// <remarks>
    /// Takes an exclusive lock on the whole table, for some milliseconds when it gets it, and every statement that comes while it waits for it has to wait
    /// too. So it does not wait for long: behind a reader that does not end (a dump), it gives up until the next round.
    /// </remarks>
    async Task<bool> DropOldestDayAsync(DateOnly before, CancellationToken cancellation)
    {
        await using var connection = await _calm.OpenConnectionAsync(cancellation);
        var partitions = await FindPartitionsAsync(connection, cancellation);
        var days = PartitionedTables.SelectMany(table => DaysOf(table, partitions)).Where(day => day < before).Distinct().Order().ToArray();
        if (days.Length == 0) return false;
        try
        {
            foreach (var table in PartitionedTables)
                if (partitions.Contains((table, NameOf(table, days[0])))) await DropPartitionAsync(connection, table, days[0], cancellation);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.UndefinedTable)
        {
            return false; // Somebody reads it, or another node was quicker.
        }
        return days.Length > 1;
    }

    /// <summary>
    /// What is still needed of a partition that goes: attempts of open deliveries; events of open deliveries and of replays and tests that are kept.
    /// An event's other deliveries are of the same day as itself. Empty for finished deliveries.
    /// </summary>
    static string NeededOf(string table, string from, string until) => table switch
    {
        "attempts" => $"SELECT environment_id, id FROM open_deliveries WHERE id >= {from} AND id < {until}",
        "events" => $"""
            SELECT environment_id, event_id AS id FROM open_deliveries WHERE event_id >= {from} AND event_id < {until}
            UNION
            SELECT environment_id, event_id FROM finished_deliveries WHERE trigger <> 0 AND event_id >= {from} AND event_id < {until}
            """,
        _ => "SELECT 0 AS environment_id, NULL::uuid AS id LIMIT 0",
    };

    /// <remarks>
    /// Which rows are needed is found before the lock is taken. A replay that is asked for in that moment, of an event that is just being dropped,
    /// is claimed without one and ends as Failed.
    /// </remarks>
    static async Task DropPartitionAsync(NpgsqlConnection connection, string table, DateOnly day, CancellationToken cancellation)
    {
        var (name, key) = (NameOf(table, day), KeyOf(table));
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, $"""
            SET LOCAL statement_timeout = 0;
            CREATE TEMPORARY TABLE needed ON COMMIT DROP AS {NeededOf(table, EdgeOf(day), EdgeOf(day.AddDays(1)))};
            SET LOCAL enable_hashjoin = off;
            SET LOCAL enable_mergejoin = off;
            SET LOCAL lock_timeout = '300ms';
            ALTER TABLE {table} DETACH PARTITION {name};
            INSERT INTO {table} SELECT p.* FROM needed n JOIN {name} p ON p.environment_id = n.environment_id AND p.{key} = n.id;
            DROP TABLE {name}
            """, cancellation);
        await transaction.CommitAsync(cancellation);
    }
}
