using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Nova.Storage;
using Npgsql;

namespace Nova.PostgreSql;

internal sealed partial class PostgreSqlStore
{
    /// <summary>Advisory lock of whoever changes the schema: migrations and partitions. "nova" in ASCII.</summary>
    const long SchemaLock = 0x6E6F7661;

    const string CreateMigrations = """
        CREATE TABLE IF NOT EXISTS migrations (
            number integer PRIMARY KEY,
            name text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now())
        """;

    /// <inheritdoc/>
    public async Task MigrateAsync(CancellationToken cancellation)
    {
        await using var connection = await _calm.OpenConnectionAsync(cancellation);
        if (FaultOf(connection.PostgreSqlVersion, connection.PostgresParameters.GetValueOrDefault("server_encoding")) is { } fault) throw new NotSupportedException(fault);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // The whole of it in one transaction: half a migration is never seen, and the lock goes with it. The lock may be held for as long
        // as another node migrates a large database, so nothing here is cut short.
        await ExecuteAsync(connection, "SET LOCAL statement_timeout = 0", cancellation);
        await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({SchemaLock})", cancellation);
        await ExecuteAsync(connection, CreateMigrations, cancellation);

        var applied = new HashSet<int>();
        await using (var command = new NpgsqlCommand("SELECT number FROM migrations", connection) { CommandTimeout = 0 })
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
            while (await reader.ReadAsync(cancellation)) applied.Add(reader.GetInt32(0));

        foreach (var (number, name, sql) in Migrations())
        {
            if (applied.Contains(number)) continue;
            await ExecuteAsync(connection, sql, cancellation);
            await using var note = new NpgsqlCommand("INSERT INTO migrations (number, name) VALUES ($1, $2)", connection)
            {
                Parameters = { new() { Value = number }, new() { Value = name } },
            };
            await note.ExecuteNonQueryAsync(cancellation);
        }
        await transaction.CommitAsync(cancellation);
        await MakePartitionsAsync(cancellation);
    }

    /// <summary>Why a server or a database of this kind is of no use: it would do for a while, and then fail on a statement, or on somebody's name.</summary>
    internal static string? FaultOf(Version version, string? encoding) =>
        version.Major < 13 ? $"PostgreSQL 13 or later is needed; this is {version}."
        : encoding is not (null or "UTF8") ? $"The database has the encoding {encoding}, which cannot hold every text. Make one with UTF8: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
        : null;

    /// <summary>The embedded scripts, <c>0001_initial.sql</c> and so on, in order.</summary>
    static IEnumerable<(int Number, string Name, string Sql)> Migrations()
    {
        var assembly = typeof(PostgreSqlStore).Assembly;
        const string Folder = ".Migrations.";
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.Contains(Folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal))
        {
            var name = resource[(resource.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length)..];
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!); // Its name was just listed.
            yield return (int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), name, reader.ReadToEnd());
        }
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    const string InsertEnvelope = """
        INSERT INTO envelopes (product, sha256, text) VALUES ($1, $2, $3) ON CONFLICT (product, sha256) DO NOTHING
        """;

    const string FindEnvelope = "SELECT id FROM envelopes WHERE product = $1 AND sha256 = $2";

    /// <inheritdoc/>
    public async Task<int> RegisterEnvelopeAsync(string product, string envelope, CancellationToken cancellation)
    {
        var sha256 = SHA256.HashData(Encoding.UTF8.GetBytes(envelope));
        await using var connection = await _calm.OpenConnectionAsync(cancellation);
        // Looked for first: each start of each node asks for each product's, and a conflict would use up a number.
        if (await FindAsync() is { } known) return known;
        await using (var insert = new NpgsqlBatch(connection))
        {
            insert.Command(InsertEnvelope).With(product).With(sha256).With(envelope);
            await insert.ExecuteNonQueryAsync(cancellation);
        }
        return await FindAsync() ?? throw new InvalidOperationException("The envelope that was just written is not there.");

        async Task<int?> FindAsync()
        {
            await using var find = new NpgsqlBatch(connection);
            find.Command(FindEnvelope).With(product).With(sha256);
            return (int?)await find.ExecuteScalarAsync(cancellation);
        }
    }

    const string ReadEnvelope = "SELECT product, text FROM envelopes WHERE id = $1";

    /// <inheritdoc/>
    public async Task<StoredEnvelope?> GetEnvelopeAsync(int id, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(ReadEnvelope).With(id);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? new StoredEnvelope(id, reader.GetString(0), reader.GetString(1)) : null;
    }
}
