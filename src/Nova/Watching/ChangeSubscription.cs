using System.Threading.Channels;

namespace Nova.Watching;

/// <summary>One who watches an environment. What it does not take in time is not kept for it: it is told to read its lists again.</summary>
internal sealed class ChangeSubscription(Action<ChangeSubscription> gone) : IDisposable
{
    /// <summary>Batches that wait for a slow reader: four seconds of them.</summary>
    const int MostWaiting = 16;

    readonly Channel<ChangeBatch> _batches = Channel.CreateBounded<ChangeBatch>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    volatile bool _missed;

    /// <summary>Whether batches were dropped since this was asked last.</summary>
    public bool TakeMissed()
    {
        if (!_missed) return false;
        _missed = false;
        return true;
    }

    /// <summary>The next batch; null where there will be no more.</summary>
    public async ValueTask<ChangeBatch?> NextAsync(CancellationToken cancellation) =>
        await _batches.Reader.WaitToReadAsync(cancellation) && _batches.Reader.TryRead(out var batch) ? batch : null;

    public void Offer(ChangeBatch batch)
    {
        if (!_batches.Writer.TryWrite(batch) && !batch.IsEmpty) _missed = true;
    }

    /// <summary>No more will come.</summary>
    public void End() => _batches.Writer.TryComplete();

    public void Dispose()
    {
        End();
        gone(this);
    }
}
