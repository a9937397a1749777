using System.Diagnostics;

namespace Nova.Throughput;

/// <summary>The machine's monotonic clock in microseconds: the same value in every process of this machine, and never set back.</summary>
internal static class Clock
{
    static readonly double MicrosPerTick = 1_000_000.0 / Stopwatch.Frequency;

    public static long Micros => (long)(Stopwatch.GetTimestamp() * MicrosPerTick);

    public static Task Wait(TimeSpan time, CancellationToken cancellation) => Task.Delay(time, TimeProvider.System, cancellation);
}
