using Nova.Storage;
using Npgsql;

namespace Nova.PostgreSql;

/// <summary>
/// The store on PostgreSQL 13 or later, shared by any number of nodes. One file per group of <see cref="INovaStore"/>;
/// each statement stands as a constant next to the method that runs it.
/// </summary>
/// <remarks>
/// Two pools. The <c>hot</c> one runs the few statements of the delivery path: prepared once per connection, planned once, for an index
/// and nothing else. The <c>calm</c> one runs everything that a person asks for, planned each time for the values at hand.
/// <para>
/// After an exception. <see cref="NodeLostException"/>: nothing was written, register anew. A <see cref="PostgresException"/> of severity
/// ERROR: the server refused and nothing was written. Everything else (a session that was terminated, another <see cref="NpgsqlException"/>,
/// a timeout, a cancellation): the outcome is not known; it may have been committed, or may be within seconds. Then
/// </para>
/// <list type="bullet">
/// <item><see cref="AppendAsync"/>: call it again with the very same entries until it answers or the node is lost. What had been committed
/// is found by its ids and answered as <see cref="AppendOutcome.Written"/>; nothing is written twice. Do not just give up: a delivery
/// that was committed under this node's lease waits for this node as long as it lives.</item>
/// <item><see cref="RecordAsync"/>: call it again with the same records. Those that had been committed are reported as lost,
/// which means to the caller what it always means: somebody has settled it, let go of it.</item>
/// <item><see cref="ClaimAsync"/>: call it again, in the same store. What the failed call may have leased is let go of first.</item>
/// <item>Everything else may simply be repeated.</item>
/// </list>
/// <para>Deadlocks and serialization failures are certain to have written nothing and are repeated here, not by the caller.</para>
/// </remarks>
internal sealed partial class PostgreSqlStore : INovaStore
{
    /// <summary>Raised by <c>nova_hold_node</c>: the node's row is gone.</summary>
    const string NodeLostState = "NV001";

    /// <summary>Raised by <c>nova_refuse_batch</c>: some of a batch was not held any more.</summary>
    const string BatchRefusedState = "NV002";

    /// <summary>How often a statement that lost against another is repeated before its exception goes to the caller.</summary>
    const int MostTries = 5;

    /// <summary>
    /// For each hot connection. A plan is made once, without looking at the values: planning a batch costs more than running it.
    /// Scans and hash or merge joins are off because the statistics of a table that is empty at one moment and holds a million rows at the
    /// next are always wrong, and the one right plan is always the same: the batch outside, the index inside. Sorts are off because what is due
    /// comes in order from its index: planned while the table was empty, reading all that waits and sorting it costs as little, and the
    /// connection would keep that plan for the backlog. The join's order is in the statements themselves: rows are looked up by
    /// <c>LATERAL … OFFSET 0</c> and changed at the place (<c>ctid</c>) found there. A plain join by the key is turned around once a vacuum has seen the
    /// table empty: the whole index outside, the batch inside, which costs as much as both multiplied when the next flood comes. JIT would compile
    /// for tens of milliseconds whatever had to be scanned nevertheless (an empty table has no better plan). A node that stops
    /// in the middle of a transaction (a paused process) loses it in time for its leases to be taken over.
    /// </summary>
    const string HotSettings = """
        SET plan_cache_mode = force_generic_plan;
        SET enable_seqscan = off;
        SET enable_bitmapscan = off;
        SET enable_hashjoin = off;
        SET enable_mergejoin = off;
        SET enable_sort = off;
        SET jit = off;
        SET work_mem = '16MB';
        SET synchronous_commit = on;
        SET idle_in_transaction_session_timeout = '5s'
        """;

    /// <summary>JIT is off because no query here runs long enough to earn it; a person waits for each of them.</summary>
    const string CalmSettings = "SET jit = off; SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s'";

    readonly NpgsqlDataSource _hot;
    readonly NpgsqlDataSource _calm;
    readonly TimeProvider? _testClock;
    readonly PostgreSqlNotifications _notifications;

    /// <param name="connectionString">Npgsql's. What it says of pool sizes holds for the calm pool.</param>
    /// <param name="testClock">Null: the database's clock decides, as it must where several nodes share it.</param>
    public PostgreSqlStore(string connectionString, TimeProvider? testClock = null)
    {
        _testClock = testClock;
        var given = new NpgsqlConnectionStringBuilder(connectionString);
        given.ApplicationName ??= "nova";
        given.Multiplexing = false;
        given.TcpKeepAlive = true; // A database that vanished without a word is noticed in about half a minute, not in two hours.
        given.TcpKeepAliveTime = 10;
        given.TcpKeepAliveInterval = 5;

        _calm = Build(new NpgsqlConnectionStringBuilder(given.ConnectionString) { CommandTimeout = 60, MaxAutoPrepare = 0, NoResetOnClose = true },
            CalmSettings);
        _hot = Build(new NpgsqlConnectionStringBuilder(given.ConnectionString)
        {
            // Group commits, claims and heartbeats: a handful at a time. More would only queue inside of the server instead of here.
            MaxPoolSize = 10,
            MinPoolSize = 0,
            CommandTimeout = 15, // Seconds. Longer than any healthy batch; no longer than a lease, after which the node is lost anyway.
            MaxAutoPrepare = 60,
            AutoPrepareMinUsages = 1,
            NoResetOnClose = true, // The settings above are part of the session.
            WriteBufferSize = 64 * 1024, // A batch is up to a megabyte or two: fewer writes to the socket.
        }, HotSettings);
        _notifications = new PostgreSqlNotifications(given.ConnectionString, testClock ?? TimeProvider.System);
    }

    static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder connectionString, string settings)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString.ConnectionString);
        builder.UsePhysicalConnectionInitializer(
            connection =>
            {
                using var command = new NpgsqlCommand(settings, connection);
                command.ExecuteNonQuery();
            },
            async connection =>
            {
                await using var command = new NpgsqlCommand(settings, connection);
                await command.ExecuteNonQueryAsync();
            });
        return builder.Build();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _notifications.DisposeAsync();
        await _hot.DisposeAsync();
        await _calm.DisposeAsync();
    }

    /// <summary>Its connections have the settings that the hot statements are planned under. For tests that ask for those plans.</summary>
    internal NpgsqlDataSource Hot => _hot;

    /// <summary>The test's time, or null for the database's own: statements say <c>COALESCE($n, now())</c>.</summary>
    DateTimeOffset? Now => _testClock?.GetUtcNow();

    static bool MayBeRepeated(PostgresException exception) =>
        exception.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    /// <summary>
    /// Reads on until the server says that the transaction is committed. Rows come before that, and closing a reader swallows a timeout,
    /// so what was read without this may not have happened.
    /// </summary>
    static async Task ReadToEndAsync(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        while (await reader.NextResultAsync(cancellation)) { }
    }

    /// <summary>Repeats what lost against another transaction; whatever it did was rolled back.</summary>
    static async Task<T> RepeatedlyAsync<T>(Func<Task<T>> action)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await action();
            }
            catch (PostgresException exception) when (MayBeRepeated(exception) && tries < MostTries)
            {
            }
        }
    }
}
