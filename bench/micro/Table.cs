namespace Nova.Micro;

/// <summary>Measures and keeps the lines of the table.</summary>
/// <remarks>
/// The median of fifteen pieces of at least 50 ms each, after a warm-up of at least 300 ms, in which the runtime compiles the hot code anew with what it
/// has learnt. Good to a few per cent on a quiet machine; to compare two versions, run both by turns.
/// </remarks>
internal sealed class Table
{
    const int Pieces = 15;

    static readonly TimeSpan PieceTime = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan WarmUpTime = TimeSpan.FromMilliseconds(300);

    readonly List<string> _lines = [];
    readonly TimeProvider _clock = TimeProvider.System;

    /// <summary>Time and allocation of an operation that waits for nothing.</summary>
    public void Time<T>(string name, Func<T> operation)
    {
        var perPiece = 1;
        for (var start = _clock.GetTimestamp(); _clock.GetElapsedTime(start) < WarmUpTime || PieceOf(perPiece) < PieceTime;)
        {
            if (PieceOf(perPiece) < PieceTime)
                perPiece *= 2;
        }

        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        Last<T>.Value = operation();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        var times = Enumerable.Range(0, Pieces).Select(_ => PieceOf(perPiece).TotalNanoseconds / perPiece).Order().ToList();
        Add(name, $"{times[Pieces / 2]:#,0.0} ns ({times[0]:#,0.0}–{times[^1]:#,0.0})", $"{allocated:#,0} B");

        TimeSpan PieceOf(int count)
        {
            var start = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < count; i++)
                Last<T>.Value = operation();
            return Environment.CpuUsage.TotalTime - start;
        }
    }

    /// <summary>What an operation returned, so that none is found to be of no use and left out.</summary>
    static class Last<T>
    {
        internal static T? Value;
    }

    /// <summary>A line that was measured elsewhere.</summary>
    public void Add(string name, string time, string note)
    {
        _lines.Add($"| {name} | {time} | {note} |");
        Console.Error.WriteLine($"{name}: {time}, {note}");
    }

    public void Write(TextWriter output)
    {
        output.WriteLine($"{Environment.ProcessorCount} cores, {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}");
        output.WriteLine();
        output.WriteLine("| what | median (lowest–highest) | allocated, or rate |");
        output.WriteLine("|---|--:|--:|");
        foreach (var line in _lines)
            output.WriteLine(line);
    }
}
