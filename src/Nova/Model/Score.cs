namespace Nova.Model;

/// <summary>Where a scoring job stands. Completed and Failed are final.</summary>
internal enum ScoreStatus : short
{
    Pending = 0,
    Processing = 1,
    Completed = 2,
    Failed = 3,
}

/// <summary>A scoring job: the polling fallback that answers whatever became of the webhooks.</summary>
internal sealed record Score : IIdentified
{
    public static string IdPrefix => "sj";

    public required Id<Score> Id { get; init; }
    public required int EnvironmentId { get; init; }
    public required string JobId { get; init; }
    public required string ApplicationId { get; init; }
    public string? Tenant { get; init; }
    public ScoreStatus Status { get; init; }

    /// <summary>JSON of <c>result</c> or of <c>error</c>, by <see cref="Status"/>; empty before the end.</summary>
    public ReadOnlyMemory<byte> Outcome { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
}
