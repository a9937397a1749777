using System.Text.Json;

namespace Nova.Throughput;

/// <summary>What one window showed. Rates are per second; processor time is microseconds per delivery, by process.</summary>
internal sealed record Measurement
{
    public required double AcceptedPerSecond { get; init; }
    public required double DeliveredPerSecond { get; init; }
    public required IReadOnlyDictionary<string, double> ProcessorMicros { get; init; }

    /// <summary>What every core together could deliver a second at this cost, with nobody else on the machine: steadier than a rate on a busy one.</summary>
    public double Capacity => Environment.ProcessorCount * 1e6 / ProcessorMicros.Values.Sum();

    /// <summary>How much of the machine all measured processes used: 1 is every core, all the time.</summary>
    public required double Busy { get; init; }

    /// <summary>How much of the machine was used by anything else: 0 on a quiet one.</summary>
    public required double Others { get; init; }

    /// <summary>Microseconds from the publisher's sending to the sink's receiving, as <see cref="Histogram"/> buckets.</summary>
    public required Dictionary<int, long> Latency { get; init; }

    /// <summary>Microseconds from sending a publish request to its 202, of the whole run.</summary>
    public Dictionary<int, long> PublishLatency { get; init; } = [];

    /// <summary>Resident memory at the end of the window.</summary>
    public double MemoryMiB { get; init; }

    /// <summary>The highest within the window.</summary>
    public double PeakMemoryMiB { get; init; }
    public long Expected { get; init; }
    public long Lost { get; init; }
    public long Duplicates { get; init; }
    public long Refused { get; init; }

    /// <summary>From the last answer to a publish until the last delivery had arrived and was on record.</summary>
    public double DrainSeconds { get; init; }

    /// <summary>Deliveries that had arrived and were still not on record as ended when patience was over. Has to be 0.</summary>
    public long Unrecorded { get; init; }

    /// <summary>
    /// Deliveries a second that went all the way. What was delivered in the window may partly have been accepted in the warm-up, and what was accepted
    /// in it may not have been delivered: the smaller of the two is what is sustained.
    /// </summary>
    public double Rate => Math.Min(AcceptedPerSecond, DeliveredPerSecond);
}

/// <summary>Takes readings of all processes at the begin and the end of a load's window.</summary>
internal sealed class Meter(SinkClient sink)
{
    /// <summary>Nothing new at the sink for so long: what is missing then is lost. Longer than any pause that a collection or a checkpoint makes.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    sealed record Reading(double Seconds, SinkStats Sink, Dictionary<string, double> Processor, double Machine);

    /// <param name="load">The process that has just been started and makes the load.</param>
    /// <param name="processes">Processor seconds so far of each process that takes part.</param>
    /// <param name="memoryOf">The process whose memory is read at the end of the window.</param>
    /// <param name="publishes">False for the raw limit, which posts to the sink itself.</param>
    /// <param name="open">Deliveries that are not on record as ended; null where nothing is recorded, or others are open all the time.</param>
    /// <param name="cancellation">Stops the measurement.</param>
    /// <param name="answered">The share of what is promised that goes to endpoints which answer; the rest is not waited for.</param>
    public async Task<Measurement> MeasureAsync(
        Child load, IReadOnlyDictionary<string, Func<double>> processes, int memoryOf, bool publishes, Func<Task<long>>? open, CancellationToken cancellation,
        double answered = 1)
    {
        var limit = TimeSpan.FromHours(1);
        var (beginAt, accepted) = Parse(await load.WaitForAsync("begin", limit, cancellation));
        ProcessUsage.ForgetPeak(memoryOf);
        var begin = await ReadAsync();
        var (endAt, acceptedEnd) = Parse(await load.WaitForAsync("end", limit, cancellation));
        var memory = ProcessUsage.MemoryMiB(memoryOf);
        var end = await ReadAsync();
        var done = await load.WaitForAsync("done", TimeSpan.FromMinutes(2), cancellation);
        var publishedAt = Clock.Micros;
        var published = publishes ? JsonSerializer.Deserialize<PublishResult>(done, JsonSerializerOptions.Web) : null;
        var expected = (long)Math.Round((published?.Deliveries ?? 0) * answered);
        var final = published is null ? end.Sink : await sink.DrainAsync(expected, Patience, cancellation);
        var unrecorded = open is null ? 0 : await UntilNoneAsync(open, cancellation);
        var drainSeconds = (Clock.Micros - publishedAt) / 1e6;

        var seconds = end.Seconds - begin.Seconds;
        var delivered = end.Sink.Requests - begin.Sink.Requests;
        var used = processes.Keys.ToDictionary(name => name, name => end.Processor[name] - begin.Processor[name]);
        return new Measurement
        {
            AcceptedPerSecond = (acceptedEnd - accepted) / ((endAt - beginAt) / 1e6),
            DeliveredPerSecond = delivered / seconds,
            ProcessorMicros = used.ToDictionary(pair => pair.Key, pair => pair.Value * 1e6 / Math.Max(delivered, 1)),
            Busy = used.Values.Sum() / seconds / Environment.ProcessorCount,
            Others = Math.Max(0, end.Machine - begin.Machine - used.Values.Sum()) / seconds / Environment.ProcessorCount,
            Latency = Histogram.Between(begin.Sink.Latency, end.Sink.Latency),
            PublishLatency = published?.Latency ?? [],
            MemoryMiB = memory.Now,
            PeakMemoryMiB = memory.Peak,
            Expected = expected,
            Lost = published is null ? 0 : Math.Max(0, expected - final.Distinct),
            Duplicates = published is null ? 0 : final.Duplicates,
            Refused = published?.Refused ?? 0,
            DrainSeconds = drainSeconds,
            Unrecorded = unrecorded,
        };

        async Task<Reading> ReadAsync()
        {
            var processor = processes.ToDictionary(pair => pair.Key, pair => pair.Value());
            var machine = ProcessUsage.MachineSeconds();
            var seconds = Clock.Micros / 1e6;
            return new Reading(seconds, await sink.StatsAsync(cancellation), processor, machine);
        }
    }

    static async Task<long> UntilNoneAsync(Func<Task<long>> open, CancellationToken cancellation)
    {
        var left = await open();
        for (var until = Clock.Micros + Patience.TotalMicroseconds; left > 0 && Clock.Micros < until; left = await open())
            await Clock.Wait(TimeSpan.FromMilliseconds(20), cancellation);
        return left;
    }

    /// <summary>Lets a publisher run to its end and returns how many deliveries it was promised.</summary>
    public static async Task<long> CountAsync(Child publisher, CancellationToken cancellation)
    {
        var done = await publisher.WaitForAsync("done", TimeSpan.FromMinutes(10), cancellation);
        return JsonSerializer.Deserialize<PublishResult>(done, JsonSerializerOptions.Web)!.Deliveries;
    }

    /// <summary>Clock, then (raw) requests answered or (publisher) events accepted and deliveries promised.</summary>
    static (long At, long Deliveries) Parse(string line)
    {
        var fields = line.Split(' ');
        return (long.Parse(fields[0]), long.Parse(fields.Length > 2 ? fields[2] : fields[1]));
    }
}
