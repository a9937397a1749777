using System.Threading.Channels;
using Npgsql;

namespace Nova.PostgreSql;

/// <summary>
/// One connection that listens for changes of the directory, and for what nodes tell each other. For the directory it only saves waiting: whoever waits looks at the directory's version
/// from time to time anyway, so a notification that is lost with a connection delays, and loses nothing.
/// </summary>
/// <remarks>
/// Connects at the first wait, and again for as long as the store lives. A notification that comes while nobody waits ends the next wait
/// at once, and so does every new connection, for what was missed in between. For one waiter: a node has one directory.
/// </remarks>
internal sealed class PostgreSqlNotifications : IAsyncDisposable
{
    public const string DirectoryChannel = "nova_directory";

    /// <summary>What nodes tell each other: see <see cref="Nova.Storage.INodeMessages"/>.</summary>
    public const string MessageChannel = "nova_messages";

    /// <summary>Between two tries to connect. The version poll behind it is as often.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    readonly NpgsqlDataSource _source;
    readonly TimeProvider _clock;
    readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    readonly CancellationTokenSource _stopping = new();
    readonly Lazy<Task> _listening;

    public PostgreSqlNotifications(string connectionString, TimeProvider clock)
    {
        _clock = clock;
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            KeepAlive = 10, // Seconds. A listener sends nothing of its own, so a dead peer would go unnoticed.
        });
        _listening = new Lazy<Task>(() => Task.Run(ListenAsync));
    }

    /// <summary>A message of a node has come.</summary>
    public event Action<string>? Received;

    /// <summary>Completes at a change, or after <paramref name="atMost"/>.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        _ = _listening.Value;
        if (_changes.Reader.TryRead(out _)) return;
        using var timeout = new CancellationTokenSource(atMost, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            await _changes.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
        }
    }

    async Task ListenAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await using var connection = await _source.OpenConnectionAsync(_stopping.Token);
                connection.Notification += (_, told) =>
                {
                    if (told.Channel == DirectoryChannel) _changes.Writer.TryWrite(true);
                    else Received?.Invoke(told.Payload);
                };
                await using (var listen = new NpgsqlCommand($"LISTEN {DirectoryChannel}; LISTEN {MessageChannel}", connection))
                    await listen.ExecuteNonQueryAsync(_stopping.Token);
                _changes.Writer.TryWrite(true);
                while (true) await connection.WaitAsync(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception)
            {
                // Whatever broke the connection, the answer is another one. The same trouble is reported by everything else that needs the database.
                await Task.Delay(Pause, TimeProvider.System, _stopping.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_listening.IsValueCreated) await _listening.Value;
        await _source.DisposeAsync();
    }
}
