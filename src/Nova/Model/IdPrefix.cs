using System.Buffers.Binary;

namespace Nova.Model;

/// <summary>The beginning of an id, as a person types it: the range of ids that begin so.</summary>
internal static class IdPrefix
{
    const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    const int Digits = 26;

    /// <summary>The first id that begins so and the first that sorts after all of them; null where the text is no beginning of such an id.</summary>
    /// <param name="text"><c>dlv_</c> and 1 to 26 digits.</param>
    public static (Id<T> From, Id<T> Before)? RangeOf<T>(string text) where T : IIdentified
    {
        var start = T.IdPrefix.Length + 1;
        if (text.Length <= start || text.Length > start + Digits || !text.StartsWith(T.IdPrefix, StringComparison.Ordinal) || text[start - 1] != '_') return null;
        UInt128 number = 0;
        foreach (var c in text.AsSpan(start))
        {
            var digit = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (digit < 0) return null;
            number = (number << 5) | (uint)digit;
        }
        // The first digit holds three bits only, so that 26 of them are 128.
        if (Alphabet.IndexOf(text[start], StringComparison.Ordinal) > 7) return null;
        var open = 5 * (start + Digits - text.Length);
        var from = number << open;
        var width = UInt128.One << open;
        var before = from > UInt128.MaxValue - width ? UInt128.MaxValue : from + width;
        return (Of<T>(from), Of<T>(before));
    }

    static Id<T> Of<T>(UInt128 number) where T : IIdentified
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return new(new Guid(bytes, bigEndian: true));
    }
}
