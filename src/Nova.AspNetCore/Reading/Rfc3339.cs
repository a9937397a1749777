using System.Globalization;

namespace Nova.AspNetCore.Reading;

/// <summary>Times as requests write them: RFC 3339 with an offset. Anything looser would be read in the server's own zone.</summary>
internal static class Rfc3339
{
    static readonly string[] Formats =
    [
        "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz",
    ];

    public const string Advice = "Write it as 2026-05-10T08:30:00Z.";

    public static bool TryParse(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
}
