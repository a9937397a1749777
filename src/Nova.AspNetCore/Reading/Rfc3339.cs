using System.Globalization;

namespace Nova.AspNetCore.Reading;

/// <summary>Times as requests write them: RFC 3339 with an offset. Anything looser would be read in the server's own zone.</summary>
internal static class Rfc3339
{
    static readonly string[] Formats =
    [
        "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz",
    ];

    /// <summary>Digits of a second that .NET keeps: 100 ns. Go and Java write nine; what is beyond is cut off.</summary>
    const int KeptDigits = 7;

    /// <summary>RFC 3339 has no most; nine are nanoseconds, and nobody means more.</summary>
    const int MostDigits = 30;

    public const string Advice = "Write it as 2026-05-10T08:30:00Z.";

    public static bool TryParse(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(Plain(text), Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);

    /// <summary>With no more digits than are kept, and <c>T</c> and <c>Z</c> in capitals, which the RFC (section 5.6) leaves to the writer.</summary>
    static string Plain(string text)
    {
        const int FractionAt = 19;
        if (text.Length is <= FractionAt or > 100) return text;
        if (text.Contains('t') || text.Contains('z')) text = text.ToUpperInvariant();
        if (text[FractionAt] != '.') return text;
        var end = FractionAt + 1;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        return end - FractionAt - 1 is > KeptDigits and <= MostDigits ? string.Concat(text.AsSpan(0, FractionAt + 1 + KeptDigits), text.AsSpan(end)) : text;
    }
}
