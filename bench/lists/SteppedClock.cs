namespace Nova.Lists;

/// <summary>The store's time while it is filled: history is written as if it happened then.</summary>
internal sealed class SteppedClock(DateTimeOffset start) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = start;

    public override DateTimeOffset GetUtcNow() => Now;
}
