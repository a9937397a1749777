using Nova.Model;

namespace Nova.Storage;

/// <summary>
/// The figures that a store keeps beside the facts: how many, how fast, how often, per minute, hour and day. Beside <see cref="INovaStore"/> because
/// nothing that is delivered depends on it; the same object implements both.
/// </summary>
/// <remarks>
/// Written in two steps, so that counting costs a group commit one row: whoever commits outcomes writes their sum, as one row, in the same transaction;
/// <see cref="FoldAsync"/> adds those rows to the tables that are read. Every read adds what has not been folded yet, in one snapshot, so that it is
/// exact at any moment.
/// </remarks>
internal interface IFiguresStore
{
    /// <summary>Notes what is counted in memory: requests of the API, accepted events. Outcomes and scores are counted by the store itself.</summary>
    Task NoteAsync(IReadOnlyList<NotedFigures> figures, CancellationToken cancellation);

    /// <summary>Adds a bounded number of written rows to the figures. True while there may be more.</summary>
    Task<bool> FoldAsync(CancellationToken cancellation);

    /// <summary>Figures of an environment (<see cref="Figures.Everybody"/>: of all) by the beginning of their span, from a time on and before another, oldest first.</summary>
    Task<IReadOnlyList<(DateTimeOffset At, Figures Figures)>> ReadFiguresAsync(
        int environmentId, FiguresSpan span, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation);

    /// <summary>Figures of an environment's endpoints, by hour or day, oldest first. <paramref name="environmentId"/> null: of all environments.</summary>
    Task<IReadOnlyList<EndpointRow>> ReadEndpointsAsync(
        int environmentId, FiguresSpan span, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation);

    /// <summary>Failures of an environment by endpoint and cause, the spans of the range added up, with the endpoints' health as it is now.</summary>
    Task<IReadOnlyList<FailureRow>> ReadFailuresAsync(int environmentId, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation);

    /// <summary>Removes figures that are older than they are kept (<see cref="FiguresKept"/>), seen from <paramref name="now"/>.</summary>
    Task CleanFiguresAsync(DateTimeOffset now, CancellationToken cancellation);

    /// <summary>Bytes on disk: tables, indexes and logs.</summary>
    Task<long> GetSizeAsync(CancellationToken cancellation);
}

/// <summary>Figures of one environment and minute that were counted in memory.</summary>
internal sealed record NotedFigures(DateTimeOffset At, int EnvironmentId)
{
    public long Requests { get; init; }
    public long RequestsFailed { get; init; }
    public long RequestsUs { get; init; }
    public long ScoresCompleted { get; init; }
    public long Accepted { get; init; }

    /// <summary>As a row to be folded.</summary>
    public byte[] ToBytes()
    {
        var writer = new FiguresWriter();
        writer.Begin();
        writer.Environment(EnvironmentId, Requests, RequestsFailed, RequestsUs, ScoresCompleted, Accepted);
        return writer.ToBytes();
    }

    /// <summary>Completed scores of a group commit, by environment, as one row; null where there are none.</summary>
    public static byte[]? OfScores(IEnumerable<Score> moved)
    {
        FiguresWriter? writer = null;
        foreach (var completed in moved.Where(score => score.Status == ScoreStatus.Completed).CountBy(score => score.EnvironmentId))
        {
            if (writer is null)
            {
                writer = new();
                writer.Begin();
            }
            writer.Environment(completed.Key, 0, 0, 0, completed.Value, 0);
        }
        return writer?.ToBytes();
    }
}

internal sealed record EndpointRow(DateTimeOffset At, Id<Endpoint> EndpointId, EndpointFigures Figures);

/// <param name="EndpointId">Where.</param>
/// <param name="Cause">Why.</param>
/// <param name="Figures">How often, and when.</param>
/// <param name="FailingSince">Of the endpoint, now: when the first attempt after its last success failed; null where the last one succeeded.</param>
internal sealed record FailureRow(Id<Endpoint> EndpointId, FailureCause Cause, FailureFigures Figures, DateTimeOffset? FailingSince);

/// <summary>How long figures are kept. They are some hundred bytes per environment and span, so they outlive the history that they sum up.</summary>
internal static class FiguresKept
{
    /// <summary>Two days and an hour: the last 24 hours are shown from minutes, whatever the hour is.</summary>
    public static readonly TimeSpan Minutes = TimeSpan.FromHours(49);

    /// <summary>Thirty days are shown from hours; some more for whoever compares two months.</summary>
    public static readonly TimeSpan Hours = TimeSpan.FromDays(65);

    /// <summary>Three years.</summary>
    public static readonly TimeSpan Days = TimeSpan.FromDays(3 * 366);

    public static TimeSpan For(FiguresSpan span) => span switch
    {
        FiguresSpan.Minute => Minutes,
        FiguresSpan.Hour => Hours,
        _ => Days,
    };
}
