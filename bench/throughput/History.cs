using System.Globalization;
using SQLitePCL;

namespace Nova.Throughput;

/// <summary>Writes finished deliveries straight into the store, spread over the accounts that are measured, as if Nova had made them in the last hour.</summary>
/// <remarks>
/// All of them are of the newest day, next to what is written during the measurement: the dearest place they can have. An event for five deliveries, an
/// attempt for each, with headers of the usual length.
/// </remarks>
internal static class History
{
    /// <summary>Rows in one transaction.</summary>
    const int Chunk = 500_000;

    /// <summary>What AttemptBytes reads: layout, time, number, outcome, status, not repeated, two of five timings, no words, 425 bytes of headers, 17 of the answer's.</summary>
    const string LastAttempt = """
        '\x01000000000000000001 00c80100 8407000000a106 0000 a903'::bytea || convert_to(repeat('Header: value\r\n', 25) || chr(17) || 'Content-Length: 0', 'UTF8') || '\x00'
        """;

    public static async Task FillAsync(PostgresCluster postgres, string database, int deliveries, CancellationToken cancellation)
    {
        for (var from = 0; from < deliveries; from += Chunk)
        {
            var to = Math.Min(from + Chunk, deliveries) - 1;
            // A version 7 UUID: 48 bits of time, then the number, so that each is different and they are in order.
            var sql = string.Create(CultureInfo.InvariantCulture, $$"""
                SET synchronous_commit = off;
                CREATE FUNCTION pg_temp.v7(kind text, at bigint, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
                    $$SELECT (lpad(to_hex(at), 12, '0') || '7000' || kind || lpad(to_hex(n), 15, '0'))::uuid$$;
                CREATE TEMP TABLE places AS SELECT row_number() OVER (ORDER BY p.environment_id) - 1 AS place, p.environment_id, p.id AS endpoint_id,
                        (SELECT max(id) FROM envelopes) AS envelope_id
                    FROM endpoints p JOIN environments v ON v.id = p.environment_id JOIN accounts a ON a.id = v.account_id WHERE a.external_id LIKE 'one-%';
                CREATE TEMP TABLE made AS SELECT p.*, n, pg_temp.v7('8', m, n / 40 * 40 + n % 8) AS event_id, pg_temp.v7('9', m, n) AS id, to_timestamp(m / 1000.0) AS at
                    FROM (SELECT n, (extract(epoch FROM now()) * 1000)::bigint - 3600000 + (n / 40 * 40)::bigint * 3600000 / {{deliveries}} AS m FROM generate_series({{from}}, {{to}}) n) s
                    JOIN places p ON p.place = s.n % (SELECT count(*) FROM places);
                INSERT INTO events (created_at, occurred_at, environment_id, envelope_id, delivery_count, is_test, id, type, data)
                    SELECT at, at, environment_id, envelope_id, 5, false, event_id, '{{Payload.EventType}}', convert_to(repeat('{"a":"b"}', 40), 'UTF8') FROM made WHERE n % 40 < 8;
                INSERT INTO finished_deliveries (created_at, finished_at, environment_id, generation, attempt_count, trigger, state, status_code, id, endpoint_id, event_id,
                        event_type, last_attempt)
                    SELECT at, at, environment_id, 1, 1, 0, 2, 200, id, endpoint_id, event_id, '{{Payload.EventType}}', {{LastAttempt}} FROM made
                """);
            await postgres.QueryAsync(database, sql, cancellation);
        }
        await postgres.QueryAsync(database, "VACUUM (ANALYZE) finished_deliveries, events", cancellation);
        await postgres.QueryAsync(database, "CHECKPOINT", cancellation);
    }

    public static void Fill(string file, int deliveries)
    {
        Batteries_V2.Init();
        Check(raw.sqlite3_open(file, out var database), database);
        using (database)
        {
            Run("PRAGMA busy_timeout = 60000");
            Run("PRAGMA cache_size = -262144");
            Run("""
                CREATE TEMP TABLE places AS SELECT row_number() OVER (ORDER BY p.environment_id) - 1 AS place, p.environment_id, p.id AS endpoint_id,
                        (SELECT max(id) FROM envelopes) AS envelope_id
                    FROM endpoints p JOIN environments v ON v.id = p.environment_id JOIN accounts a ON a.id = v.account_id WHERE a.external_id LIKE 'one-%'
                """);
            for (var from = 0; from < deliveries; from += Chunk / 10)
            {
                var to = Math.Min(from + Chunk / 10, deliveries) - 1;
                Run(string.Create(CultureInfo.InvariantCulture, $$"""
                    CREATE TEMP TABLE made AS WITH RECURSIVE s (n) AS (SELECT {{from}} UNION ALL SELECT n + 1 FROM s WHERE n < {{to}}),
                        t AS (SELECT n, CAST(unixepoch('now') AS INTEGER) * 1000 - 3600000 + n / 40 * 40 * 3600000 / {{deliveries}} AS m FROM s)
                        SELECT p.*, n, m, unhex(printf('%012x70008%015x', m, n / 40 * 40 + n % 8)) AS event_id, unhex(printf('%012x70009%015x', m, n)) AS id
                        FROM t JOIN places p ON p.place = t.n % (SELECT count(*) FROM places);
                    BEGIN IMMEDIATE;
                    INSERT INTO events (environment_id, id, type, occurred_at, created_at, envelope_id, delivery_count, is_test, data)
                        SELECT environment_id, event_id, '{{Payload.EventType}}', m * 1000, m * 1000, envelope_id, 5, 0, CAST(replace(hex(zeroblob(40)), '00', '{"a":"b"}') AS BLOB) FROM made WHERE n % 40 < 8;
                    INSERT INTO finished_deliveries (environment_id, id, event_id, endpoint_id, event_type, trigger, generation, attempt_count, created_at, state, finished_at, status_code)
                        SELECT environment_id, id, event_id, endpoint_id, '{{Payload.EventType}}', 0, 1, 1, m * 1000, 2, m * 1000, 200 FROM made;
                    INSERT INTO attempts (environment_id, delivery_id, number, started_at, outcome, status_code, total_us, first_byte_us, repeated, request_headers, response_headers, response_body)
                        SELECT environment_id, id, 1, m * 1000, 0, 200, 900, 800, 0, CAST(replace(hex(zeroblob(25)), '00', 'Header: value..') AS BLOB), x'00', x'' FROM made;
                    COMMIT;
                    DROP TABLE made
                    """));
            }

            void Run(string sql) => Check(raw.sqlite3_exec(database, sql), database);
        }
    }

    static void Check(int code, sqlite3 database)
    {
        if (code != raw.SQLITE_OK)
            throw new InvalidOperationException($"SQLite: {raw.sqlite3_errmsg(database).utf8_to_string()}");
    }
}
