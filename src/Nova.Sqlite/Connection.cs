using System.Data.Common;
using SQLitePCL;

namespace Nova.Sqlite;

/// <summary>A connection to the database file, with the statements that were prepared on it. Used by one thread at a time.</summary>
internal sealed class Connection : IDisposable
{
    // By reference: the SQL is constants or interned, so that finding a statement costs no hash of its text.
    readonly Dictionary<object, Statement> _statements = new(ReferenceEqualityComparer.Instance);
    readonly sqlite3 _handle;

    static Connection() => Batteries_V2.Init();

    /// <param name="path">The database file.</param>
    /// <param name="writes">False: the connection refuses to write.</param>
    /// <param name="cacheKilobytes">Most memory that its pages may take.</param>
    public Connection(string path, bool writes, int cacheKilobytes)
    {
        var flags = raw.SQLITE_OPEN_NOMUTEX
            | (writes ? raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE : raw.SQLITE_OPEN_READONLY);
        var code = raw.sqlite3_open_v2(path, out _handle, flags, null);
        if (code != raw.SQLITE_OK)
        {
            var reason = raw.sqlite3_errstr(code).utf8_to_string();
            _handle.Dispose();
            throw new SqliteStoreException($"The database file {path} cannot be opened: {reason}.", code);
        }
        // Only a recovery after a crash, or another program's look at the file, makes anyone wait.
        raw.sqlite3_busy_timeout(_handle, 10_000);
        Execute($"PRAGMA cache_size = -{cacheKilobytes}");
        Execute("PRAGMA temp_store = MEMORY");
    }

    /// <summary>Rows changed by the last statement that ran.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>Whether a transaction is open.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>The statement, ready for its parameters. <paramref name="sql"/> is a constant, or interned.</summary>
    public Statement Use(string sql)
    {
        if (_statements.TryGetValue(sql, out var statement)) return statement.Restart();
        Check(raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle));
        statement = new Statement(this, handle);
        _statements.Add(sql, statement);
        return statement;
    }

    /// <summary>Runs one or more statements that have no parameters.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>Throws where a call went wrong.</summary>
    public void Check(int code)
    {
        if (code == raw.SQLITE_OK) return;
        throw new SqliteStoreException($"SQLite: {raw.sqlite3_errmsg(_handle).utf8_to_string()}.", raw.sqlite3_extended_errcode(_handle));
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values) statement.Close();
        _statements.Clear();
        _handle.Dispose();
    }
}

/// <summary>SQLite refused or failed; the error code is SQLite's extended result code.</summary>
internal sealed class SqliteStoreException(string message, int code) : DbException(message, code)
{
    /// <summary>Full or busy disks pass; a broken file does not.</summary>
    public override bool IsTransient => (ErrorCode & 0xFF) is raw.SQLITE_BUSY or raw.SQLITE_FULL or raw.SQLITE_IOERR or raw.SQLITE_LOCKED;
}
