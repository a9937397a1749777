namespace Nova.AspNetCore.Reading;

/// <summary>
/// Finds a <c>\uD800</c> without its other half. JSON's grammar allows it, .NET parses it, and reading it as text then throws; no receiver
/// can be trusted to take it either. So it is refused before anything is read.
/// </summary>
internal static class LoneSurrogates
{
    /// <summary>True where the JSON text, which must be well-formed, has an escape that is half of a pair.</summary>
    public static bool In(ReadOnlySpan<byte> json)
    {
        while (json.IndexOf((byte)'\\') is >= 0 and var at)
        {
            json = json[at..];
            if (json.Length < 2) return false;
            if (Unit(json) is not { } unit)
            {
                json = json[2..];
                continue;
            }
            json = json[6..];
            if (char.IsLowSurrogate(unit)) return true;
            if (!char.IsHighSurrogate(unit)) continue;
            if (Unit(json) is not { } second || !char.IsLowSurrogate(second)) return true;
            json = json[6..];
        }
        return false;
    }

    /// <summary>The code unit of the <c>\uXXXX</c> at the beginning, or null where there is none.</summary>
    static char? Unit(ReadOnlySpan<byte> json) =>
        json.Length >= 6 && json[0] == '\\' && json[1] == 'u'
        && System.Buffers.Text.Utf8Parser.TryParse(json.Slice(2, 4), out ushort unit, out var read, 'X') && read == 4
            ? (char)unit
            : null;
}
