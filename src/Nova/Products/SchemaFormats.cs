using System.Buffers;

namespace Nova.Products;

/// <summary>The formats that are known, and asserted.</summary>
internal enum SchemaFormat : byte
{
    None,
    DateTime,
    Date,
    Email,
    Uri,
    Uuid,
}

/// <summary>Whether the UTF-8 of a text has a format. By hand, because what .NET has for it allocates, or takes more than the format allows.</summary>
internal static class SchemaFormats
{
    // RFC 3986: unreserved, reserved, and the percent sign, which is looked at apart.
    static readonly SearchValues<byte> UriBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%"u8);

    static readonly SearchValues<byte> SchemeBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-."u8);

    static readonly SearchValues<byte> HexBytes = SearchValues.Create("0123456789ABCDEFabcdef"u8);

    public static SchemaFormat? Find(string name) => name switch
    {
        "date-time" => SchemaFormat.DateTime,
        "date" => SchemaFormat.Date,
        "email" => SchemaFormat.Email,
        "uri" => SchemaFormat.Uri,
        "uuid" => SchemaFormat.Uuid,
        _ => null,
    };

    public static bool Fits(SchemaFormat format, ReadOnlySpan<byte> text) => format switch
    {
        SchemaFormat.DateTime => IsDateTime(text),
        SchemaFormat.Date => IsDate(text),
        SchemaFormat.Email => IsEmail(text),
        SchemaFormat.Uri => IsUri(text),
        SchemaFormat.Uuid => IsUuid(text),
        _ => true,
    };

    public static string Wanted(SchemaFormat format) => format switch
    {
        SchemaFormat.DateTime => "Must be a date and time as in RFC 3339: 2026-05-10T08:30:00Z.",
        SchemaFormat.Date => "Must be a date: 2026-05-10.",
        SchemaFormat.Email => "Must be an e-mail address.",
        SchemaFormat.Uri => "Must be an absolute URI.",
        _ => "Must be a UUID: 8f3b2a4c-1234-4abc-8def-0123456789ab.",
    };

    static bool IsDate(ReadOnlySpan<byte> text) =>
        text.Length == 10 && text[4] == '-' && text[7] == '-'
        && Digits(text[..4]) is { } year && Digits(text[5..7]) is >= 1 and <= 12 and { } month && Digits(text[8..]) is >= 1 and { } day
        && day <= (year == 0 ? DateTime.DaysInMonth(4, month) : DateTime.DaysInMonth(year, month));

    /// <summary>RFC 3339: date, T, time with any fraction, Z or an offset. A leap second is a time.</summary>
    static bool IsDateTime(ReadOnlySpan<byte> text)
    {
        if (text.Length < 20 || !IsDate(text[..10]) || text[10] is not ((byte)'T' or (byte)'t') || text[13] != ':' || text[16] != ':') return false;
        if (Digits(text[11..13]) is not <= 23 || Digits(text[14..16]) is not <= 59 || Digits(text[17..19]) is not <= 60) return false;
        var rest = text[19..];
        if (rest[0] == '.')
        {
            var end = rest[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            if (end < 1) return false;
            rest = rest[(end + 1)..];
        }
        if (rest is [(byte)'Z' or (byte)'z']) return true;
        return rest.Length == 6 && rest[0] is (byte)'+' or (byte)'-' && rest[3] == ':' && Digits(rest[1..3]) is <= 23 && Digits(rest[4..]) is <= 59;
    }

    /// <summary>Something, one @, a name of a host with no empty label. More would refuse addresses that work.</summary>
    static bool IsEmail(ReadOnlySpan<byte> text)
    {
        var at = text.LastIndexOf((byte)'@');
        if (at is < 1 or > 64 || at == text.Length - 1 || text.Length > 254) return false;
        var local = text[..at];
        var host = text[(at + 1)..];
        if (local.ContainsAny(" \t\r\n@"u8) || local[0] == '.' || local[^1] == '.') return false;
        return host[0] is not ((byte)'.' or (byte)'-') && host[^1] is not ((byte)'.' or (byte)'-')
            && !host.ContainsAny(" \t\r\n@,;:"u8) && host.IndexOf(".."u8) < 0;
    }

    static bool IsUri(ReadOnlySpan<byte> text)
    {
        var colon = text.IndexOf((byte)':');
        if (colon < 1 || colon == text.Length - 1 || !char.IsAsciiLetter((char)text[0]) || text[..colon].ContainsAnyExcept(SchemeBytes)) return false;
        var rest = text[(colon + 1)..];
        if (rest.ContainsAnyExcept(UriBytes)) return false;
        for (var percent = rest.IndexOf((byte)'%'); percent >= 0; percent = rest.IndexOf((byte)'%'))
        {
            if (rest.Length < percent + 3 || rest.Slice(percent + 1, 2).ContainsAnyExcept(HexBytes)) return false;
            rest = rest[(percent + 3)..];
        }
        return true;
    }

    static bool IsUuid(ReadOnlySpan<byte> text) =>
        text.Length == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-'
        && !text[..8].ContainsAnyExcept(HexBytes) && !text[9..13].ContainsAnyExcept(HexBytes) && !text[14..18].ContainsAnyExcept(HexBytes)
        && !text[19..23].ContainsAnyExcept(HexBytes) && !text[24..].ContainsAnyExcept(HexBytes);

    static int? Digits(ReadOnlySpan<byte> text)
    {
        var number = 0;
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9') return null;
            number = number * 10 + digit - '0';
        }
        return number;
    }
}
