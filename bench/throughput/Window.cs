using System.Text.Json;

namespace Nova.Throughput;

/// <summary>
/// A load process speaks in lines: <c>ready</c>, after the warm-up <c>begin</c> with the clock and what it has counted so far,
/// after the measured time <c>end</c> with the same, and <c>done</c> with the whole. <see cref="Run"/> takes its readings of all processes when it hears <c>begin</c> and <c>end</c>.
/// </summary>
internal static class Window
{
    /// <summary>The load goes on for so long after the window, so that the readings at its end are of a machine under load.</summary>
    static readonly TimeSpan CoolDown = TimeSpan.FromSeconds(1);

    /// <summary>Keeps the load going for warm-up and window, says when each of them is over, then asks for the end.</summary>
    public static async Task PassAsync(int warmUpSeconds, int seconds, Func<string> status, CancellationTokenSource stop, CancellationToken cancellation)
    {
        Console.WriteLine("ready");
        await Clock.Wait(TimeSpan.FromSeconds(warmUpSeconds), cancellation);
        Console.WriteLine($"begin {Clock.Micros} {status()}");
        await Clock.Wait(TimeSpan.FromSeconds(seconds), cancellation);
        Console.WriteLine($"end {Clock.Micros} {status()}");
        await Clock.Wait(CoolDown, cancellation);
        await stop.CancelAsync();
    }

    public static void Done<T>(T result) => Console.WriteLine($"done {JsonSerializer.Serialize(result, JsonSerializerOptions.Web)}");
}
