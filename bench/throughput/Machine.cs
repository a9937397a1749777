using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Nova.Throughput;

/// <summary>What a figure was measured on. Without it a figure says nothing.</summary>
internal sealed record Machine(string Processor, int Cores, double MemoryGiB, string Kernel, string Runtime, string? PostgreSql, string Disk, double LoadBefore)
{
    /// <summary>In a few words, for every row of the table.</summary>
    public string Short => $"{Processor}, {Cores} cores, {MemoryGiB:0} GiB";

    public static async Task<Machine> ReadAsync(string dataDirectory, string? postgreSql, CancellationToken cancellation)
    {
        var processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        var memory = File.ReadLines("/proc/meminfo").First(line => line.StartsWith("MemTotal:", StringComparison.Ordinal));
        var kernel = (await Child.OutputOfAsync("uname", ["-sr"], cancellation)).Trim();
        var fileSystem = (await Child.OutputOfAsync("df", ["--output=fstype", dataDirectory], cancellation)).Split('\n')[1].Trim();
        return new Machine(
            processor?[(processor.IndexOf(':') + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString(),
            Environment.ProcessorCount,
            Payload.Read(System.Text.Encoding.ASCII.GetBytes(memory["MemTotal:".Length..].Trim())) / 1048576.0,
            kernel,
            RuntimeInformation.FrameworkDescription,
            postgreSql,
            $"{fileSystem}, {SyncsPerSecond(dataDirectory):0} write-and-fsync/s of 8 KiB",
            double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0]));
    }

    /// <summary>How many 8 KiB writes a second this disk makes durable, one after the other: what every commit waits for.</summary>
    static double SyncsPerSecond(string directory)
    {
        var path = Path.Combine(directory, "fsync-probe");
        var page = new byte[8192];
        var count = 0;
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose, preallocationSize: page.Length);
        var watch = Stopwatch.StartNew();
        for (; watch.ElapsedMilliseconds < 1000; count++)
        {
            RandomAccess.Write(file, page, 0);
            RandomAccess.FlushToDisk(file);
        }

        return count / watch.Elapsed.TotalSeconds;
    }
}
