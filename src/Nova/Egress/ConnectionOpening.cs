namespace Nova.Egress;

/// <summary>
/// How a connection was opened and how long each step took. Written by <see cref="SafeConnector"/>, read by <see cref="EgressClient"/>.
/// </summary>
/// <remarks>Times are <see cref="TimeProvider"/> ticks; -1 for a step that did not end or was not needed.</remarks>
internal sealed class ConnectionOpening(long startedAt)
{
    public long StartedAt { get; } = startedAt;
    public long Dns { get; set; } = -1;
    public long Connect { get; set; } = -1;
    public long Tls { get; set; } = -1;

    /// <summary>The step that is under way: what a deadline ran out on.</summary>
    public OpeningStep Step { get; set; }
}

internal enum OpeningStep
{
    Resolving,
    Connecting,
    Securing,
    Open,
}
