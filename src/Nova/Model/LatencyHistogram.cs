using System.Numerics;

namespace Nova.Model;

/// <summary>
/// How long attempts took, counted in fixed buckets: an octave is cut in four, so that a percentile read from it is right to about a tenth.
/// </summary>
/// <remarks>
/// Buckets never change, so that histograms of any two times, nodes or environments add up. The first holds everything below 128 µs, which no
/// network answers in; the last everything from 134 s, which is longer than any timeout.
/// </remarks>
internal sealed class LatencyHistogram
{
    /// <summary>2^7 µs: where the first octave begins.</summary>
    const int FirstOctave = 7;

    /// <summary>2^27 µs: where the last bucket begins.</summary>
    const int LastOctave = 27;

    public const int Buckets = (LastOctave - FirstOctave) * 4 + 2;

    readonly long[] _counts = new long[Buckets];

    /// <summary>The bucket of a time in µs. Two shifts and a count of zeros: it is asked for every attempt.</summary>
    public static int BucketOf(long microseconds)
    {
        if (microseconds < 1L << FirstOctave) return 0;
        var octave = BitOperations.Log2((ulong)microseconds);
        return octave >= LastOctave ? Buckets - 1 : (octave - FirstOctave) * 4 + (int)(microseconds >> (octave - 2) & 3) + 1;
    }

    public long this[int bucket] => _counts[bucket];

    public long Count => _counts.Sum();

    public void Add(int bucket, long count) => _counts[Math.Clamp(bucket, 0, Buckets - 1)] += count;

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < Buckets; i++) _counts[i] += other._counts[i];
    }

    /// <summary>The time in ms below which this share of the attempts ended, taken to be spread evenly within a bucket; null where there are none.</summary>
    public double? Percentile(double share)
    {
        var all = Count;
        if (all == 0) return null;
        var rank = share * all;
        var before = 0L;
        for (var i = 0; i < Buckets; i++)
        {
            if (_counts[i] == 0 || before + _counts[i] < rank)
            {
                before += _counts[i];
                continue;
            }
            var (from, until) = (LowerEdge(i), LowerEdge(i + 1));
            return (from + (until - from) * Math.Clamp((rank - before) / _counts[i], 0, 1)) / 1000;
        }
        return LowerEdge(Buckets - 1) / 1000;
    }

    /// <summary>In µs.</summary>
    static double LowerEdge(int bucket)
    {
        if (bucket == 0) return 0;
        var (octave, quarter) = ((bucket - 1) / 4 + FirstOctave, (bucket - 1) % 4);
        return Math.ScaleB(1 + quarter / 4.0, octave);
    }
}
