using System.Text;
using System.Text.Json;

namespace Nova.Verifying;

/// <summary>A body as it may have been when it was signed.</summary>
/// <param name="Finding">What was done to it since.</param>
/// <param name="Detail">The same in words.</param>
/// <param name="Bytes">The body.</param>
internal readonly record struct BodyVariant(string Finding, string Detail, byte[] Bytes);

/// <summary>Undoes what web frameworks, editors and shells do to a body: line ends, byte order marks, JSON that is read and written again.</summary>
internal static class BodyVariants
{
    /// <summary>Bytes after which a rewriting is given up: indents and escapes can blow a body up without limit.</summary>
    const int MostRewritten = 8 * SignatureDebugger.MostBody;

    static readonly byte[] Bom = [0xEF, 0xBB, 0xBF];

    /// <summary>Lazily: the likely ones first, and nothing is made that is not tried.</summary>
    public static IEnumerable<BodyVariant> Of(ReadOnlyMemory<byte> body) => LineEnds(body).Concat(Rewritings(body));

    static IEnumerable<BodyVariant> LineEnds(ReadOnlyMemory<byte> memory)
    {
        var body = memory.ToArray();
        var bare = body.AsSpan().TrimEnd("\r\n"u8).ToArray();
        if (bare.Length < body.Length)
            yield return new(SignatureFinding.TrailingNewline, "The body given here ends with a line end that was not signed. Read the raw body, not a line of a file or a log.", bare);
        foreach (var end in (string[])["\n", "\r\n"])
        {
            byte[] ended = [.. bare, .. Encoding.ASCII.GetBytes(end)];
            if (!ended.AsSpan().SequenceEqual(body))
                yield return new(SignatureFinding.TrailingNewline, "The body that was signed ends with a line end, which is not in the body given here. Sign and check the same bytes.", ended);
        }
        const string Mark = "A byte order mark makes the difference: read the body as bytes, and write UTF-8 without a mark.";
        const string Ends = "Line ends make the difference: something changed LF to CRLF or back. Keep the raw bytes.";
        if (body.AsSpan().StartsWith(Bom)) yield return new(SignatureFinding.BomOrCrlf, Mark, body[Bom.Length..]);
        else yield return new(SignatureFinding.BomOrCrlf, Mark, [.. Bom, .. body]);
        if (!body.Contains((byte)'\n')) yield break;
        // Byte for byte as Latin-1: what is not ASCII must come back as it was.
        var unix = Encoding.Latin1.GetString(body).Replace("\r\n", "\n", StringComparison.Ordinal);
        yield return new(SignatureFinding.BomOrCrlf, Ends, Encoding.Latin1.GetBytes(unix));
        yield return new(SignatureFinding.BomOrCrlf, Ends, Encoding.Latin1.GetBytes(unix.Replace("\n", "\r\n", StringComparison.Ordinal)));
    }

    static IEnumerable<BodyVariant> Rewritings(ReadOnlyMemory<byte> body)
    {
        var json = body.Span.StartsWith(Bom) ? body[Bom.Length..] : body;
        if (TryParse(json) is not { } document) yield break;
        using (document)
        {
            foreach (var sorted in (bool[])[false, true])
                foreach (var style in JsonStyle.All)
                {
                    var way = sorted ? style with { Sorted = true } : style;
                    if (way.Write(document.RootElement, MostRewritten) is not { } bytes || bytes.AsSpan().SequenceEqual(body.Span)) continue;
                    yield return new(SignatureFinding.BodyReserialised,
                        $"The JSON is the same and the bytes are not: the signature is that of the body written {way.Words}. "
                        + "Check the raw body as it came over the wire, before any framework reads it, and never one that was read and written again.", bytes);
                }
        }
    }

    static JsonDocument? TryParse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
