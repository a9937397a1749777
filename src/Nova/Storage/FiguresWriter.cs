using System.Buffers;
using Nova.Model;

namespace Nova.Storage;

/// <summary>The bytes of a row of figures that are to be added: numbers of as few bytes as they need, read again by <see cref="FiguresSum"/>.</summary>
internal sealed class FiguresWriter
{
    /// <summary>The first byte: whoever finds another one is older than the row.</summary>
    public const byte Version = 1;

    /// <summary>What follows belongs to an endpoint.</summary>
    public const byte EndpointMark = 1;

    /// <summary>What follows belongs to an environment: API requests, scores, accepted events.</summary>
    public const byte EnvironmentMark = 2;

    readonly ArrayBufferWriter<byte> _output = new(512);

    public void Begin()
    {
        _output.ResetWrittenCount();
        Byte(Version);
    }

    public void Endpoint(int environmentId, Id<Endpoint> endpointId)
    {
        Byte(EndpointMark);
        Number(environmentId);
        Id(endpointId.Value);
    }

    /// <summary>Requests, failed ones, their µs, completed scores, accepted events.</summary>
    public void Environment(int environmentId, long requests, long requestsFailed, long requestsUs, long scoresCompleted, long accepted)
    {
        Byte(EnvironmentMark);
        Number(environmentId);
        Numbers([requests, requestsFailed, requestsUs, scoresCompleted, accepted]);
    }

    public void Numbers(ReadOnlySpan<long> numbers)
    {
        foreach (var number in numbers) Number(number);
    }

    /// <summary>Only the buckets that hold something.</summary>
    public void Latencies(ReadOnlySpan<int> counts)
    {
        Number(counts.Length - counts.Count(0));
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] == 0) continue;
            Number(i);
            Number(counts[i]);
        }
    }

    /// <summary>The same of a histogram.</summary>
    public void Latencies(LatencyHistogram histogram)
    {
        var filled = 0;
        for (var i = 0; i < LatencyHistogram.Buckets; i++)
            if (histogram[i] != 0) filled++;
        Number(filled);
        for (var i = 0; i < LatencyHistogram.Buckets; i++)
        {
            if (histogram[i] == 0) continue;
            Number(i);
            Number(histogram[i]);
        }
    }

    public void Cause(short cause, int failed, int attempts, Id<Delivery> example, bool exampleEnded)
    {
        Number(cause);
        Number(failed);
        Number(attempts);
        Byte(exampleEnded ? (byte)1 : (byte)0);
        Id(example.Value);
    }

    /// <summary>Seven bits to a byte, the lowest first.</summary>
    public void Number(long number)
    {
        var left = (ulong)number;
        var span = _output.GetSpan(10);
        var length = 0;
        while (left >= 0x80)
        {
            span[length++] = (byte)(left | 0x80);
            left >>= 7;
        }
        span[length++] = (byte)left;
        _output.Advance(length);
    }

    void Byte(byte value)
    {
        _output.GetSpan(1)[0] = value;
        _output.Advance(1);
    }

    void Id(Guid value)
    {
        value.TryWriteBytes(_output.GetSpan(16), bigEndian: true, out _);
        _output.Advance(16);
    }

    public byte[] ToBytes() => _output.WrittenSpan.ToArray();
}
