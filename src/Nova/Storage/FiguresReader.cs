using Nova.Model;

namespace Nova.Storage;

/// <summary>Reads what <see cref="FiguresWriter"/> wrote.</summary>
internal ref struct FiguresReader(ReadOnlySpan<byte> bytes)
{
    ReadOnlySpan<byte> _left = bytes;

    public readonly bool AtEnd => _left.IsEmpty;

    public byte Byte()
    {
        var value = _left[0];
        _left = _left[1..];
        return value;
    }

    public long Number()
    {
        var (number, shift) = (0UL, 0);
        while (true)
        {
            var next = Byte();
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return (long)number;
            shift += 7;
        }
    }

    public Guid Id()
    {
        var id = new Guid(_left[..16], bigEndian: true);
        _left = _left[16..];
        return id;
    }

    public void Latencies(LatencyHistogram histogram)
    {
        for (var left = Number(); left > 0; left--)
        {
            var bucket = (int)Number();
            histogram.Add(bucket, Number());
        }
    }

    /// <summary>A histogram on its own, as a row of figures has it; empty bytes are an empty one.</summary>
    public static LatencyHistogram Histogram(ReadOnlySpan<byte> bytes)
    {
        var histogram = new LatencyHistogram();
        if (!bytes.IsEmpty) new FiguresReader(bytes).Latencies(histogram);
        return histogram;
    }
}
