using System.Numerics;

namespace Nova.Throughput;

/// <summary>Counts times in microseconds in buckets at most 3 % wide, so that a percentile is off by at most that. Safe for concurrent use.</summary>
/// <remarks>Below 64 µs a bucket is 1 µs; above, each power of two has 32 buckets. The last one takes everything from 2^37 µs (38 hours) on.</remarks>
internal sealed class Histogram
{
    const int Fine = 64;
    const int PerPower = 32;
    const int Size = Fine + 31 * PerPower;

    readonly long[] _counts = new long[Size];

    public void Record(long micros) => Interlocked.Increment(ref _counts[IndexOf(micros)]);

    /// <summary>The buckets that are not empty, as index and count.</summary>
    public Dictionary<int, long> Read()
    {
        var buckets = new Dictionary<int, long>();
        for (var i = 0; i < Size; i++)
        {
            if (Volatile.Read(ref _counts[i]) is > 0 and var count)
                buckets[i] = count;
        }

        return buckets;
    }

    public void Clear() => Array.Clear(_counts);

    /// <summary>What was counted between two readings.</summary>
    public static Dictionary<int, long> Between(IReadOnlyDictionary<int, long> first, IReadOnlyDictionary<int, long> second)
    {
        var difference = new Dictionary<int, long>();
        foreach (var (index, count) in second)
        {
            if (count - first.GetValueOrDefault(index) is > 0 and var more)
                difference[index] = more;
        }

        return difference;
    }

    /// <summary>The time, in microseconds, that a share of what was counted did not exceed: the upper edge of its bucket. NaN where nothing was counted.</summary>
    public static double Percentile(IReadOnlyDictionary<int, long> buckets, double share)
    {
        var rank = (long)Math.Ceiling(buckets.Values.Sum() * share);
        var seen = 0L;
        foreach (var (index, count) in buckets.OrderBy(bucket => bucket.Key))
        {
            seen += count;
            if (seen >= rank)
                return UpperEdge(index);
        }

        return double.NaN;
    }

    static int IndexOf(long micros)
    {
        if (micros < Fine)
            return (int)Math.Max(micros, 0);
        var power = BitOperations.Log2((ulong)micros);
        var index = Fine + (power - 6) * PerPower + (int)((micros >> (power - 5)) & (PerPower - 1));
        return Math.Min(index, Size - 1);
    }

    static double UpperEdge(int index)
    {
        if (index < Fine)
            return index + 1;
        var power = (index - Fine) / PerPower + 6;
        return Math.Pow(2, power) * (1 + ((index - Fine) % PerPower + 1) / (double)PerPower);
    }
}
