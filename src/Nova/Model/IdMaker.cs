using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Nova.Model;

/// <summary>
/// Makes version 7 UUIDs, as RFC 9562 lays them out: 48 bits of milliseconds, 12 bits of the millisecond's fraction (its section 6.2, method 3: a quarter of
/// a microsecond), then 62 random ones. So what was done after something else sorts after it, also within a millisecond.
/// </summary>
/// <remarks>
/// The system's random bytes are asked for 4 KiB at a time: <see cref="Guid.CreateVersion7()"/> makes a system call for each id, and an event with five
/// deliveries has six of them.
/// </remarks>
internal static class IdMaker
{
    const int RandomBytes = 8;
    const int Bytes = 16;

    [ThreadStatic]
    static byte[]? t_random;

    /// <summary>Where the unused random bytes begin.</summary>
    [ThreadStatic]
    static int t_next;

    /// <param name="now">Not before 1970.</param>
    public static Guid NewUuid(DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(now, DateTimeOffset.UnixEpoch);
        var (milliseconds, ticks) = Math.DivRem(now.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks, TimeSpan.TicksPerMillisecond);
        var fraction = ticks * 4096 / TimeSpan.TicksPerMillisecond;
        var random = t_random ??= new byte[512 * RandomBytes];
        if (t_next == 0) RandomNumberGenerator.Fill(random);
        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, (milliseconds << 16) | 0x7000 | fraction);
        random.AsSpan(t_next, RandomBytes).CopyTo(bytes[8..]);
        t_next = (t_next + RandomBytes) % random.Length;
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3F));
        return new Guid(bytes, bigEndian: true);
    }
}
