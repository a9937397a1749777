namespace Nova.Sqlite;

/// <summary>Times as they are stored: Unix microseconds. .NET's tenths of them are cut off.</summary>
internal static class Times
{
    static readonly long Epoch = DateTimeOffset.UnixEpoch.UtcTicks;

    public static long ToStored(DateTimeOffset time) => (time.UtcTicks - Epoch) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset FromStored(long microseconds) => new(Epoch + microseconds * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
}
