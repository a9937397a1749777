namespace Nova.Model;

/// <summary>How long the time is that a row of figures sums up. Rows begin at whole ones, in UTC.</summary>
internal enum FiguresSpan : short
{
    Minute = 0,
    Hour = 1,
    Day = 2,
}

internal static class FiguresSpans
{
    public static TimeSpan Length(this FiguresSpan span) => span switch
    {
        FiguresSpan.Minute => TimeSpan.FromMinutes(1),
        FiguresSpan.Hour => TimeSpan.FromHours(1),
        _ => TimeSpan.FromDays(1),
    };

    /// <summary>Where the span begins that a time falls into.</summary>
    public static DateTimeOffset StartOf(this FiguresSpan span, DateTimeOffset time) =>
        new(time.UtcTicks - time.UtcTicks % span.Length().Ticks, TimeSpan.Zero);
}

/// <summary>What happened in an environment in one span of time. Environment 0 is all of them together.</summary>
internal sealed class Figures
{
    /// <summary>Under this number the store keeps the sum of all environments. No environment has it: they are numbered from 1.</summary>
    public const int Everybody = 0;

    /// <summary>Deliveries that ended as Delivered.</summary>
    public long Delivered;

    /// <summary>Deliveries that ended as Failed.</summary>
    public long Failed;

    /// <summary>Attempts after which the delivery waits for another.</summary>
    public long Retried;

    /// <summary>Requests to receivers, each counted when it was put on record.</summary>
    public long Attempts;

    /// <summary>Those that were no success.</summary>
    public long AttemptsFailed;

    /// <summary>Time of the attempts that were answered, in µs.</summary>
    public long LatencyUs;

    /// <summary>The same attempts by their time.</summary>
    public LatencyHistogram Latency = new();

    /// <summary>Calls of the API for this environment.</summary>
    public long Requests;

    /// <summary>Those that were answered with 400 or above.</summary>
    public long RequestsFailed;

    /// <summary>Time of the calls, in µs.</summary>
    public long RequestsUs;

    /// <summary>Scoring jobs that were completed.</summary>
    public long ScoresCompleted;

    /// <summary>Events that were accepted. Kept for <see cref="Everybody"/> alone.</summary>
    public long Accepted;

    public void Add(Figures other)
    {
        Delivered += other.Delivered;
        Failed += other.Failed;
        Retried += other.Retried;
        Attempts += other.Attempts;
        AttemptsFailed += other.AttemptsFailed;
        LatencyUs += other.LatencyUs;
        Latency.Add(other.Latency);
        Requests += other.Requests;
        RequestsFailed += other.RequestsFailed;
        RequestsUs += other.RequestsUs;
        ScoresCompleted += other.ScoresCompleted;
        Accepted += other.Accepted;
    }
}

/// <summary>What happened at one endpoint in one span of time.</summary>
internal sealed class EndpointFigures
{
    public long Delivered;
    public long Failed;
    public long Attempts;
    public long AttemptsFailed;

    /// <summary>When an attempt of it was last put on record.</summary>
    public DateTimeOffset LastAt;

    public void Add(EndpointFigures other)
    {
        Delivered += other.Delivered;
        Failed += other.Failed;
        Attempts += other.Attempts;
        AttemptsFailed += other.AttemptsFailed;
        if (other.LastAt > LastAt) LastAt = other.LastAt;
    }
}

/// <summary>Failures of one cause at one endpoint in one span of time.</summary>
internal sealed class FailureFigures
{
    /// <summary>Deliveries that ended as Failed by it.</summary>
    public long Failed;

    /// <summary>Attempts that failed by it, those of the deliveries above included.</summary>
    public long Attempts;
    public DateTimeOffset FirstAt = DateTimeOffset.MaxValue;
    public DateTimeOffset LastAt;

    /// <summary>The last delivery that ran into it; one that ended as Failed, where there is one.</summary>
    public Id<Delivery> Example;

    /// <summary>Whether <see cref="Example"/> ended.</summary>
    public bool ExampleEnded;

    public void Add(FailureFigures other)
    {
        Failed += other.Failed;
        Attempts += other.Attempts;
        if (other.FirstAt < FirstAt) FirstAt = other.FirstAt;
        if (other.ExampleEnded || !ExampleEnded) (Example, ExampleEnded) = (other.Example, other.ExampleEnded);
        if (other.LastAt > LastAt) LastAt = other.LastAt;
    }
}
