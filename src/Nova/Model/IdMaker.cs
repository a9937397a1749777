using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Nova.Model;

/// <summary>Makes version 7 UUIDs, as RFC 9562 lays them out: 48 bits of milliseconds, then 74 random ones.</summary>
/// <remarks>
/// The system's random bytes are asked for 4 KiB at a time: <see cref="Guid.CreateVersion7()"/> makes a system call for each id, and an event with five
/// deliveries has six of them.
/// </remarks>
internal static class IdMaker
{
    const int RandomBytes = 10;
    const int Bytes = 16;

    [ThreadStatic]
    static byte[]? t_random;

    /// <summary>Where the unused random bytes begin.</summary>
    [ThreadStatic]
    static int t_next;

    /// <param name="now">Not before 1970.</param>
    public static Guid NewUuid(DateTimeOffset now)
    {
        var milliseconds = now.ToUnixTimeMilliseconds();
        ArgumentOutOfRangeException.ThrowIfNegative(milliseconds, nameof(now));
        var random = t_random ??= new byte[409 * RandomBytes];
        if (t_next == 0) RandomNumberGenerator.Fill(random);
        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, milliseconds << 16);
        random.AsSpan(t_next, RandomBytes).CopyTo(bytes[6..]);
        t_next = (t_next + RandomBytes) % random.Length;
        bytes[6] = (byte)(0x70 | (bytes[6] & 0x0F));
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3F));
        return new Guid(bytes, bigEndian: true);
    }
}
