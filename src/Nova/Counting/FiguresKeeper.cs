using Microsoft.Extensions.Logging;
using Nova.Storage;
using Nova.Telemetry;

namespace Nova.Counting;

/// <summary>Every few seconds: writes down what was counted in memory, and adds what group commits have written to the figures. Removes old ones.</summary>
internal sealed class FiguresKeeper(IFiguresStore store, RequestCounter requests, TimeProvider clock, ILogger<FiguresKeeper> logger)
{
    /// <summary>
    /// A fold touches each environment and endpoint that was busy since the last one once, so the longer the cheaper; but reads add up by
    /// themselves what is not folded, so the shorter the quicker.
    /// </summary>
    static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    static readonly TimeSpan CleanEvery = TimeSpan.FromHours(1);

    readonly SemaphoreSlim _noting = new(1, 1);
    DateTimeOffset _cleaned = DateTimeOffset.MinValue;

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stop)) await WorkAsync(stop);
        }
        catch (OperationCanceledException)
        {
            // The last requests are counted too; folding can wait for the next start, or for another node.
            await TryAsync(() => NoteAsync(CancellationToken.None));
        }
    }

    async Task WorkAsync(CancellationToken stop)
    {
        await TryAsync(async () =>
        {
            await NoteAsync(stop);
            while (await store.FoldAsync(stop)) { }
            if (clock.GetUtcNow() - _cleaned < CleanEvery) return;
            await store.CleanFiguresAsync(clock.GetUtcNow(), stop);
            _cleaned = clock.GetUtcNow();
        });
    }

    /// <summary>Writes down what was counted in memory. When it returns all of that is written, also what another call had begun to write, unless that one failed.</summary>
    public async Task NoteAsync(CancellationToken cancellation)
    {
        await _noting.WaitAsync(cancellation);
        try
        {
            if (requests.Take() is { Count: > 0 } figures) await store.NoteAsync(figures, cancellation);
        }
        finally
        {
            _noting.Release();
        }
    }

    async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // Figures only: nothing that is delivered depends on them. What was counted in memory and not written is lost.
            Log.FiguresNotKept(logger, fault);
        }
    }
}
