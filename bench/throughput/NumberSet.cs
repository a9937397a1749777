namespace Nova.Throughput;

/// <summary>A set of small whole numbers, one bit each. Safe for concurrent use, except <see cref="Clear"/>.</summary>
/// <remarks>Memory is taken in pieces of 128 KiB (a million numbers) as they are touched; numbers from 2^28 on are taken as new.</remarks>
internal sealed class NumberSet
{
    const int PieceBits = 20;
    const int Pieces = 256;

    readonly long[]?[] _pieces = new long[Pieces][];

    /// <summary>False where the number was there already.</summary>
    public bool Add(long number)
    {
        if (number is < 0 or >= (long)Pieces << PieceBits)
            return true;
        ref var place = ref _pieces[number >> PieceBits];
        var piece = Volatile.Read(ref place);
        if (piece is null)
        {
            var made = new long[1 << (PieceBits - 6)];
            piece = Interlocked.CompareExchange(ref place, made, null) ?? made;
        }

        var bit = 1L << (int)(number & 63);
        var before = Interlocked.Or(ref piece[(number & ((1 << PieceBits) - 1)) >> 6], bit);
        return (before & bit) == 0;
    }

    public void Clear() => Array.Clear(_pieces);
}
