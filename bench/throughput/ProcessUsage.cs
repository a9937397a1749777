using System.Globalization;

namespace Nova.Throughput;

/// <summary>What the kernel says of a process: processor time (user and system) and resident memory.</summary>
internal static class ProcessUsage
{
    /// <summary>The kernel counts in hundredths of a second (USER_HZ) on every architecture that .NET runs on.</summary>
    const double SecondsPerTick = 0.01;

    /// <summary>Processor seconds of a process so far; 0 where it has ended.</summary>
    public static double Seconds(int process) => Stat(process) is { } stat ? (stat.Own + stat.Children) * SecondsPerTick : 0;

    /// <summary>Processor seconds of a process and of all its children, living and ended.</summary>
    public static double SecondsWithChildren(int process)
    {
        var ticks = 0L;
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var id) || Stat(id) is not { } stat)
                continue;
            if (id == process)
                ticks += stat.Own + stat.Children;
            else if (stat.Parent == process)
                ticks += stat.Own;
        }

        return ticks * SecondsPerTick;
    }

    /// <summary>Processor seconds that the whole machine has used so far, by whomever.</summary>
    public static double MachineSeconds()
    {
        // cpu user nice system idle iowait irq softirq steal …: steal is time that another guest of the same host took.
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new[] { 1, 2, 3, 6, 7, 8 }.Sum(index => long.Parse(fields[index], CultureInfo.InvariantCulture)) * SecondsPerTick;
    }

    /// <summary>From now on the highest resident memory is counted anew (proc(5), clear_refs).</summary>
    public static void ForgetPeak(int process) => File.WriteAllText($"/proc/{process}/clear_refs", "5");

    /// <summary>Resident memory now and at its highest, in MiB.</summary>
    public static (double Now, double Peak) MemoryMiB(int process)
    {
        var status = File.ReadAllLines($"/proc/{process}/status");
        return (Read("VmRSS:"), Read("VmHWM:"));

        double Read(string key)
        {
            var line = status.First(line => line.StartsWith(key, StringComparison.Ordinal));
            return long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024.0;
        }
    }

    static (int Parent, long Own, long Children)? Stat(int process)
    {
        try
        {
            // The name, in parentheses, may hold anything: the fields are counted from behind it.
            var text = File.ReadAllText($"/proc/{process}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (int.Parse(fields[1], CultureInfo.InvariantCulture), Ticks(11) + Ticks(12), Ticks(13) + Ticks(14));

            long Ticks(int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
