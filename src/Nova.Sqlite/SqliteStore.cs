using System.Data.Common;
using Nova.Storage;

namespace Nova.Sqlite;

/// <summary>
/// The store in one SQLite file, for one process: WAL, <c>synchronous=FULL</c>, one writer that group-commits, readers beside it.
/// </summary>
/// <remarks>
/// A lock file beside the database keeps a second process out: two engines on one file would each think that the other's nodes are dead.
/// The same lock proves at a start that every node of an earlier run is dead, so its deliveries are free at once.
/// </remarks>
internal sealed partial class SqliteStore : INovaStore
{
    // Pages of the writer: enough for the hot ends of all tables and indexes, and small beside the 300 MiB that the server may take.
    const int WriterCacheKilobytes = 16 * 1024;

    readonly TimeProvider _clock;
    readonly string _path;
    readonly FileStream _lock;
    readonly Connection _connection;
    readonly Writer _writer;
    readonly Readers _readers;
    readonly Readers _lookout;
    bool _disposed;

    /// <param name="connectionString"><c>Data Source=data/nova.db</c>; the folder is made where it is missing.</param>
    /// <param name="clock">What due times and leases go by.</param>
    /// <exception cref="ArgumentException">The connection string names no file, or has another key.</exception>
    /// <exception cref="IOException">Another process has the file.</exception>
    public SqliteStore(string connectionString, TimeProvider clock)
    {
        _clock = clock;
        var path = _path = PathOf(connectionString);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _lock = Lock(path);
        try
        {
            _connection = Open(path);
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
        _writer = new Writer(_connection);
        // Reads are history and screens: on the few cores of a small server more at once would only take time from delivering.
        _readers = new Readers(path, 4);
        // For claiming alone, so that a retry that is due does not queue behind somebody's screen.
        _lookout = new Readers(path, 1);
    }

    DateTimeOffset Now => _clock.GetUtcNow();

    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await _writer.DisposeAsync();
        _readers.Dispose();
        _lookout.Dispose();
        _connection.Dispose(); // The last connection to close folds the WAL into the database.
        _lock.Dispose();
    }

    static string PathOf(string connectionString)
    {
        var parts = new DbConnectionStringBuilder { ConnectionString = connectionString };
        var path = "";
        foreach (string key in parts.Keys)
        {
            if (!key.Equals("data source", StringComparison.OrdinalIgnoreCase))
                throw new ArgumentException($"The SQLite connection string has the key '{key}'; it may have 'Data Source' only.");
            path = (string)parts[key];
        }
        if (path.Length == 0 || path.StartsWith(':') || path.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException("The SQLite connection string names no file. An example: Data Source=data/nova.db");
        return Path.GetFullPath(path);
    }

    static FileStream Lock(string path)
    {
        try
        {
            // The file stays when the lock goes: to remove it would let two processes lock two files of one name.
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new IOException(
                $"The database {path} is in use by another Nova process (its lock is {path}.lock). "
                + "One SQLite file serves one process; several nodes share a PostgreSQL database.", exception);
        }
    }

    static Connection Open(string path)
    {
        var connection = new Connection(path, writes: true, WriterCacheKilobytes);
        try
        {
            connection.Execute("PRAGMA page_size = 8192"); // Only a new file hears it. At 4 KiB an event of 1 KiB spills into a page of its own.
            connection.Execute("PRAGMA journal_mode = WAL");
            connection.Execute("PRAGMA synchronous = FULL"); // An fsync of the WAL at every commit: accepted means kept.
            connection.Execute("PRAGMA wal_autocheckpoint = 4000"); // Pages: 32 MiB, so that pages written often are folded in once.
            connection.Execute("PRAGMA journal_size_limit = 67108864"); // Bytes that the WAL keeps on disk after a burst.
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
