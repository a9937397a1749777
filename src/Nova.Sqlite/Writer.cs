using System.Threading.Channels;

namespace Nova.Sqlite;

/// <summary>
/// The one thread that writes. It takes everything that waits, up to a bound, into one transaction, so that callers who write
/// at the same time share one fsync, and completes them when it is on disk.
/// </summary>
/// <remarks>
/// An fsync costs 0.1 to 10 ms, a written row a few microseconds: sharing it is what makes single publishes fast.
/// While one transaction is on its way to the disk the next one's operations gather, so the size of a group follows the load by itself.
/// </remarks>
internal sealed class Writer : IAsyncDisposable
{
    const int MostOperations = 256;

    // Rows in one transaction: about 50 ms of work, so that nobody waits longer for somebody else's batch.
    const int MostRows = 4000;

    // Full: the caller waits, which is how a store that cannot keep up slows publishing down. Synchronous continuations, because
    // the only one is this thread's own wake-up, and handing that to the thread pool would cost a switch per group.
    readonly Channel<Operation> _waiting = Channel.CreateBounded<Operation>(
        new BoundedChannelOptions(256) { SingleReader = true, AllowSynchronousContinuations = true });
    readonly Connection _connection;
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Writer(Connection connection)
    {
        _connection = connection;
        new Thread(Run) { IsBackground = true, Name = "Nova SQLite writer" }.Start();
    }

    /// <summary>
    /// Runs work in a transaction; durable when this returns. The work may be run twice, the first time being rolled back,
    /// so it changes nothing but the database.
    /// </summary>
    /// <param name="rows">About how many rows it writes.</param>
    /// <param name="work">Runs on the writer's thread.</param>
    /// <param name="cancellation">Heard until the work begins; work that has begun is finished.</param>
    public async Task<T> WriteAsync<T>(int rows, Func<Connection, T> work, CancellationToken cancellation)
    {
        var operation = new Operation<T>(rows, work, cancellation);
        try
        {
            await _waiting.Writer.WriteAsync(operation, cancellation);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(SqliteStore));
        }
        return await operation.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _ended.Task;
    }

    void Run()
    {
        var group = new List<Operation>(MostOperations);
        while (WaitForWork())
        {
            group.Clear();
            var rows = 0;
            while (group.Count < MostOperations && rows < MostRows && _waiting.Reader.TryRead(out var operation))
            {
                if (operation.IsCancelled()) continue;
                group.Add(operation);
                rows += operation.Rows;
            }
            if (group.Count > 0) Commit(group);
        }
        _ended.SetResult();
    }

    bool WaitForWork()
    {
        var wait = _waiting.Reader.WaitToReadAsync();
        return wait.IsCompleted ? wait.Result : wait.AsTask().GetAwaiter().GetResult();
    }

    void Commit(List<Operation> group)
    {
        if (TryCommit(group, out var failure))
        {
            foreach (var operation in group) operation.Complete();
        }
        else if (group.Count == 1)
        {
            group[0].Fail(failure!);
        }
        else
        {
            // One of them broke, so all were rolled back; alone, each stands or falls by itself.
            foreach (var operation in group) Commit([operation]);
        }
    }

    // The one broad catch: whatever goes wrong belongs to the caller of the operation, and the thread goes on.
    bool TryCommit(List<Operation> group, out Exception? failure)
    {
        failure = null;
        try
        {
            _connection.Execute("BEGIN IMMEDIATE");
            foreach (var operation in group) operation.Run(_connection);
            _connection.Execute("COMMIT");
            return true;
        }
        catch (Exception exception)
        {
            failure = exception;
            try
            {
                if (_connection.InTransaction) _connection.Execute("ROLLBACK");
            }
            catch (SqliteStoreException)
            {
                // The first failure says more; the next BEGIN reports it if the connection is beyond use.
            }
            return false;
        }
    }

    abstract class Operation(int rows)
    {
        public int Rows => rows;

        public abstract bool IsCancelled();

        public abstract void Run(Connection connection);

        public abstract void Complete();

        public abstract void Fail(Exception exception);
    }

    sealed class Operation<T>(int rows, Func<Connection, T> work, CancellationToken cancellation) : Operation(rows)
    {
        // Asynchronously, so that a caller's continuation never runs on the writer's thread.
        readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        T _result = default!;

        public Task<T> Task => _completion.Task;

        public override bool IsCancelled()
        {
            if (!cancellation.IsCancellationRequested) return false;
            _completion.SetCanceled(cancellation);
            return true;
        }

        public override void Run(Connection connection) => _result = work(connection);

        public override void Complete() => _completion.SetResult(_result);

        public override void Fail(Exception exception) => _completion.SetException(exception);
    }
}
