using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Nova.Verifying;

/// <summary>Which characters a JSON library escapes.</summary>
internal enum JsonEscapes
{
    /// <summary>Those that JSON demands: JavaScript, Nova.</summary>
    Needed,
    /// <summary>Also all that is not ASCII, in lower-case hexadecimal: Python, Ruby's ascii_only.</summary>
    Ascii,
    /// <summary>Also the slash, and all that is not ASCII: PHP.</summary>
    Php,
    /// <summary>Also &lt;, &gt; and &amp;: Go.</summary>
    Go,
    /// <summary>Also what HTML minds, and all that is not ASCII, in upper-case hexadecimal: System.Text.Json.</summary>
    DotNet,
}

/// <summary>One way to write JSON, as a well-known library does it.</summary>
/// <param name="How">After "written …".</param>
/// <param name="Item">Between members and items.</param>
/// <param name="Colon">After a name.</param>
/// <param name="Indent">Spaces per level; zero: on one line.</param>
/// <param name="Escapes">Which characters are escaped.</param>
internal sealed record JsonStyle(string How, string Item, string Colon, int Indent, JsonEscapes Escapes)
{
    /// <summary>The likely ones first. Numbers are copied as they stand.</summary>
    public static readonly JsonStyle[] All =
    [
        new("without spaces, as JSON.stringify does it", ",", ":", 0, JsonEscapes.Needed),
        new("with a space after each colon and comma and with non-ASCII characters escaped, as Python's json.dumps does it", ", ", ": ", 0, JsonEscapes.Ascii),
        new("with a space after each colon and comma, as Python's json.dumps with ensure_ascii=False does it", ", ", ": ", 0, JsonEscapes.Needed),
        new("without spaces and with non-ASCII characters escaped", ",", ":", 0, JsonEscapes.Ascii),
        new("without spaces and with slashes escaped, as PHP's json_encode does it", ",", ":", 0, JsonEscapes.Php),
        new("without spaces and with <, > and & escaped, as Go's encoding/json does it", ",", ":", 0, JsonEscapes.Go),
        new("without spaces and escaped for HTML, as System.Text.Json does it", ",", ":", 0, JsonEscapes.DotNet),
        new("with an indent of two spaces", ",", ": ", 2, JsonEscapes.Needed),
        new("with an indent of two spaces and non-ASCII characters escaped", ",", ": ", 2, JsonEscapes.Ascii),
        new("with an indent of four spaces", ",", ": ", 4, JsonEscapes.Needed),
        new("with an indent of four spaces and non-ASCII characters escaped", ",", ": ", 4, JsonEscapes.Ascii),
    ];

    /// <summary>Members in the order of their names.</summary>
    public bool Sorted { get; init; }

    public string Words => Sorted ? $"{How}, and with its members sorted by name" : How;

    /// <summary>The value in this way; null where it grows beyond <paramref name="most"/> bytes, or holds what no text can.</summary>
    public byte[]? Write(JsonElement value, int most)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        try
        {
            return Write(value, 0, output, most) ? output.WrittenSpan.ToArray() : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, or bytes that are not UTF-8: no library would have written it otherwise.
            return null;
        }
    }

    bool Write(JsonElement value, int depth, ArrayBufferWriter<byte> output, int most)
    {
        if (output.WrittenCount > most) return false;
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                IEnumerable<JsonProperty> members = value.EnumerateObject();
                if (Sorted) members = members.OrderBy(member => member.Name, StringComparer.Ordinal);
                return WriteAll(members, '{', '}', depth, output, most, member =>
                {
                    WriteText(member.Name, output);
                    Put(Colon, output);
                    return Write(member.Value, depth + 1, output, most);
                });
            case JsonValueKind.Array:
                return WriteAll(value.EnumerateArray(), '[', ']', depth, output, most, item => Write(item, depth + 1, output, most));
            case JsonValueKind.String:
                WriteText(value.GetString()!, output);
                return true;
            default:
                Put(value.GetRawText(), output);
                return true;
        }
    }

    bool WriteAll<T>(IEnumerable<T> items, char open, char close, int depth, ArrayBufferWriter<byte> output, int most, Func<T, bool> write)
    {
        Put(open.ToString(), output);
        var any = false;
        foreach (var item in items)
        {
            if (any) Put(Item, output);
            any = true;
            Line(depth + 1, output);
            if (!write(item)) return false;
        }
        if (any) Line(depth, output);
        Put(close.ToString(), output);
        return true;
    }

    void Line(int depth, ArrayBufferWriter<byte> output)
    {
        if (Indent > 0) Put("\n" + new string(' ', Indent * depth), output);
    }

    void WriteText(string text, ArrayBufferWriter<byte> output)
    {
        var written = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            if (Escape(c) is { } escape) written.Append(escape);
            else written.Append(c);
        }
        Put(written.Append('"').ToString(), output);
    }

    string? Escape(char c) => c switch
    {
        '"' when Escapes == JsonEscapes.DotNet => "\\u0022",
        '"' => "\\\"",
        '\\' => "\\\\",
        '\b' => "\\b",
        '\f' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '/' when Escapes == JsonEscapes.Php => "\\/",
        '<' or '>' or '&' when Escapes == JsonEscapes.Go => Hex(c, "x4"),
        '<' or '>' or '&' or '\'' or '+' or '`' when Escapes == JsonEscapes.DotNet => Hex(c, "X4"),
        '\u2028' or '\u2029' when Escapes == JsonEscapes.Go => Hex(c, "x4"),
        '\u007F' when Escapes == JsonEscapes.DotNet => Hex(c, "X4"),
        < ' ' => Hex(c, Escapes == JsonEscapes.DotNet ? "X4" : "x4"),
        > '\u007F' when Escapes is JsonEscapes.Ascii or JsonEscapes.Php => Hex(c, "x4"),
        > '\u007F' when Escapes == JsonEscapes.DotNet => Hex(c, "X4"),
        _ => null,
    };

    static string Hex(char c, string format) => "\\u" + ((int)c).ToString(format, CultureInfo.InvariantCulture);

    static void Put(string text, ArrayBufferWriter<byte> output)
    {
        var written = Encoding.UTF8.GetBytes(text, output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length)));
        output.Advance(written);
    }
}
