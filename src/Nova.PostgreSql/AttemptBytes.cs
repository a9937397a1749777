using Nova.Model;

namespace Nova.PostgreSql;

/// <summary>
/// A delivery's last attempt as one column of the delivery's row. It is read whole or not at all, so it needs no columns of its own, and a row of its
/// own would cost every delivery another insert and another entry of an index: see docs/decisions/0011-last-attempt.md.
/// </summary>
/// <remarks>One writer serves a batch: its buffer is used again for each attempt.</remarks>
internal sealed class AttemptBytes
{
    /// <summary>The first byte of what is written. Another layout takes another number, so that old rows stay readable.</summary>
    const byte Layout = 1;

    readonly MemoryStream _bytes = new(1024);
    readonly BinaryWriter _writer;

    public AttemptBytes() => _writer = new(_bytes);

    public byte[] Of(Attempt attempt)
    {
        _bytes.SetLength(0);
        _writer.Write(Layout);
        _writer.Write((attempt.StartedAt.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
        _writer.Write7BitEncodedInt(attempt.Number);
        _writer.Write7BitEncodedInt((int)attempt.Outcome);
        _writer.Write7BitEncodedInt(attempt.StatusCode ?? 0);
        _writer.Write(attempt.Repeated);
        _writer.Write7BitEncodedInt64(attempt.Timings.Total);
        Write(attempt.Timings.Dns);
        Write(attempt.Timings.Connect);
        Write(attempt.Timings.Tls);
        Write(attempt.Timings.FirstByte);
        _writer.Write(attempt.Error ?? "");
        _writer.Write(attempt.BodyTruncated ?? "");
        Write(attempt.RequestHeaders);
        Write(attempt.ResponseHeaders);
        Write(attempt.ResponseBody);
        _writer.Flush();
        return _bytes.ToArray();
    }

    /// <summary>0 stands for a step that was not taken.</summary>
    void Write(long? microseconds) => _writer.Write7BitEncodedInt64(microseconds + 1 ?? 0);

    void Write(ReadOnlyMemory<byte> bytes)
    {
        _writer.Write7BitEncodedInt(bytes.Length);
        _writer.Write(bytes.Span);
    }

    /// <exception cref="NotSupportedException">A later Nova wrote them.</exception>
    public static Attempt Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes, writable: false));
        if (reader.ReadByte() is var layout and not Layout)
            throw new NotSupportedException($"An attempt is stored in layout {layout}, which this version of Nova does not know: a later one wrote it.");
        return new()
        {
            StartedAt = DateTimeOffset.UnixEpoch.AddMicroseconds(reader.ReadInt64()),
            Number = reader.Read7BitEncodedInt(),
            Outcome = (AttemptOutcome)reader.Read7BitEncodedInt(),
            StatusCode = reader.Read7BitEncodedInt() is var status and not 0 ? status : null,
            Repeated = reader.ReadBoolean(),
            Timings = new(reader.Read7BitEncodedInt64(), MaybeTime(reader), MaybeTime(reader), MaybeTime(reader), MaybeTime(reader)),
            Error = MaybeText(reader),
            BodyTruncated = MaybeText(reader),
            RequestHeaders = Bytes(reader),
            ResponseHeaders = Bytes(reader),
            ResponseBody = Bytes(reader),
        };
    }

    static long? MaybeTime(BinaryReader reader) => reader.Read7BitEncodedInt64() is var time and not 0 ? time - 1 : null;

    static string? MaybeText(BinaryReader reader) => reader.ReadString() is { Length: > 0 } text ? text : null;

    static byte[] Bytes(BinaryReader reader) => reader.ReadBytes(reader.Read7BitEncodedInt());
}
