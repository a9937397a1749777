using System.Diagnostics.CodeAnalysis;

namespace Nova.Model;

/// <summary>A thing that has an id of its own.</summary>
public interface IIdentified
{
    /// <summary>What its ids begin with, before the underscore: <c>evt</c>, <c>ep</c>, …</summary>
    static abstract string IdPrefix { get; }
}

/// <summary>
/// The id of a <typeparamref name="T"/>: a version 7 UUID, so that ids sort by the time they were made,
/// written as <c>prefix_</c> and 26 characters of Crockford's base 32 in lower case (which sorts the same way).
/// </summary>
/// <param name="Value">The UUID, as the store keeps it.</param>
public readonly record struct Id<T>(Guid Value) : IComparable<Id<T>> where T : IIdentified
{
    const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    const int Digits = 26; // 128 bits at 5 bits a digit, the first digit holding 3 of them.

    /// <summary>A new id that sorts after those made before, to a quarter of a microsecond.</summary>
    public static Id<T> New(DateTimeOffset now) => new(IdMaker.NewUuid(now));

    /// <summary>The time in the id, to the millisecond.</summary>
    public DateTimeOffset Time
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            Value.TryWriteBytes(bytes, bigEndian: true, out _);
            var milliseconds = ((long)bytes[0] << 40) | ((long)bytes[1] << 32) | ((long)bytes[2] << 24)
                | ((long)bytes[3] << 16) | ((long)bytes[4] << 8) | bytes[5];
            return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        }
    }

    /// <summary>The smallest id that an object made at this time can have: the edge of a time range in a list sorted by id.</summary>
    public static Id<T> FirstAt(DateTimeOffset time)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        var milliseconds = Math.Max(0, time.ToUnixTimeMilliseconds());
        for (var i = 0; i < 6; i++) bytes[i] = (byte)(milliseconds >> (40 - 8 * i));
        return new(new Guid(bytes, bigEndian: true));
    }

    /// <summary>The 26 digits without the prefix.</summary>
    public string ToDigits() => string.Create(Digits, Value, static (span, value) => WriteDigits(value, span));

    /// <inheritdoc/>
    public override string ToString() => string.Concat(T.IdPrefix, "_", ToDigits());

    /// <inheritdoc/>
    public int CompareTo(Id<T> other) => Value.CompareTo(other.Value);

    /// <summary>Reads what <see cref="ToString"/> writes; false for anything else, another prefix included.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Id<T> id)
    {
        id = default;
        var prefix = T.IdPrefix;
        if (text is null || text.Length != prefix.Length + 1 + Digits || text[prefix.Length] != '_'
            || !text.StartsWith(prefix, StringComparison.Ordinal)) return false;
        UInt128 number = 0;
        foreach (var c in text.AsSpan(prefix.Length + 1))
        {
            var digit = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (digit < 0 || number >> 123 != 0) return false;
            number = (number << 5) | (uint)digit;
        }
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        id = new(new Guid(bytes, bigEndian: true));
        return true;
    }

    static void WriteDigits(Guid value, Span<char> span)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        var number = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
        for (var i = Digits - 1; i >= 0; i--)
        {
            span[i] = Alphabet[(int)(number & 31)];
            number >>= 5;
        }
    }
}
