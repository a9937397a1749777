using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nova.Model;
using Nova.Storage;
using Nova.Telemetry;

namespace Nova.Accounts;

/// <summary>Remembers when keys were used and writes it down twice a minute for all of them: accurate to a minute, without a write per request.</summary>
internal sealed class KeyUse(INovaStore store, TimeProvider clock, ILogger<KeyUse> logger)
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    ConcurrentDictionary<Guid, DateTimeOffset> _used = new();

    /// <summary>Uses closer to the last one than this are not noted: the hot path only reads.</summary>
    static readonly TimeSpan Grain = TimeSpan.FromSeconds(10);

    public void Note(Id<ApiKey> key) => Note(key.Value);

    public void Note(Id<OperatorKey> key) => Note(key.Value);

    void Note(Guid key)
    {
        var now = clock.GetUtcNow();
        if (!_used.TryGetValue(key, out var at) || now - at >= Grain) _used[key] = now;
    }

    /// <summary>The last use that this node knows of and has not written yet; null where there is none.</summary>
    public DateTimeOffset? LastUse(Id<ApiKey> key) => LastUse(key.Value);

    public DateTimeOffset? LastUse(Id<OperatorKey> key) => LastUse(key.Value);

    DateTimeOffset? LastUse(Guid key) => _used.TryGetValue(key, out var at) ? at : null;

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stop)) await FlushAsync(stop);
        }
        catch (OperationCanceledException)
        {
            await FlushAsync(CancellationToken.None);
        }
    }

    async Task FlushAsync(CancellationToken cancellation)
    {
        var used = Interlocked.Exchange(ref _used, new());
        if (used.IsEmpty) return;
        try
        {
            await store.TouchKeysAsync(used, cancellation);
        }
        catch (Exception fault)
        {
            foreach (var (key, at) in used) _used.TryAdd(key, at);
            Log.KeysNotTouched(logger, fault);
        }
    }
}
