namespace Nova.Model;

/// <summary>
/// Nova's times have whole milliseconds. Stores keep microseconds and .NET has finer ticks still; a body that shows a time must be the same
/// from memory as from the store, so the rest is dropped when a time comes in.
/// </summary>
internal static class Times
{
    public static DateTimeOffset ToMilliseconds(this DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);

    public static DateTimeOffset Now(this TimeProvider clock) => clock.GetUtcNow().ToMilliseconds();
}
