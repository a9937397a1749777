using System.Collections.Concurrent;

namespace Nova.Sqlite;

/// <summary>A few connections that read beside the writer; in WAL mode neither waits for the other.</summary>
/// <param name="path">The database file.</param>
/// <param name="count">How many may read at once; the others wait.</param>
internal sealed class Readers(string path, int count) : IDisposable
{
    readonly SemaphoreSlim _free = new(count);
    readonly ConcurrentBag<Connection> _connections = [];
    volatile bool _disposed;

    /// <summary>Runs a read on one snapshot of the database, on the thread pool: SQLite's calls block.</summary>
    public async Task<T> ReadAsync<T>(Func<Connection, T> read, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(SqliteStore));
        await _free.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => Read(read), cancellation);
        }
        finally
        {
            _free.Release();
        }
    }

    T Read<T>(Func<Connection, T> read)
    {
        if (!_connections.TryTake(out var connection)) connection = new Connection(path, writes: false, cacheKilobytes: 4096);
        var sound = false;
        try
        {
            connection.Execute("BEGIN");
            var result = read(connection);
            connection.Execute("COMMIT");
            sound = true;
            return result;
        }
        finally
        {
            // One on which anything went wrong is not used again.
            if (sound && !_disposed) _connections.Add(connection);
            else connection.Dispose();
        }
    }

    public void Dispose()
    {
        _disposed = true;
        while (_connections.TryTake(out var connection)) connection.Dispose();
    }
}
