using System.Globalization;

namespace Nova.Products;

/// <summary>A length of time as definitions write it: a whole number and <c>ms</c>, <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c>. Nothing else.</summary>
internal static class Duration
{
    /// <summary>Reads <c>500ms</c>, <c>30s</c>, <c>5d</c>; false for signs, fractions, spaces, sums, and anything over a hundred years.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (digits is < 1 or > 12 || (digits > 1 && text[0] == '0')) return false;
        var unit = text.AsSpan(digits) switch
        {
            "ms" => TimeSpan.TicksPerMillisecond,
            "s" => TimeSpan.TicksPerSecond,
            "m" => TimeSpan.TicksPerMinute,
            "h" => TimeSpan.TicksPerHour,
            "d" => TimeSpan.TicksPerDay,
            _ => 0,
        };
        if (unit == 0) return false;
        var ticks = (Int128)long.Parse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture) * unit;
        if (ticks > 36_525 * TimeSpan.TicksPerDay) return false;
        duration = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    /// <summary>In the largest unit that gives a whole number: what <see cref="TryParse"/> reads.</summary>
    public static string Write(TimeSpan duration) => duration.Ticks switch
    {
        0 => "0s",
        var ticks when ticks % TimeSpan.TicksPerDay == 0 => Whole(ticks / TimeSpan.TicksPerDay, "d"),
        var ticks when ticks % TimeSpan.TicksPerHour == 0 => Whole(ticks / TimeSpan.TicksPerHour, "h"),
        var ticks when ticks % TimeSpan.TicksPerMinute == 0 => Whole(ticks / TimeSpan.TicksPerMinute, "m"),
        var ticks when ticks % TimeSpan.TicksPerSecond == 0 => Whole(ticks / TimeSpan.TicksPerSecond, "s"),
        var ticks => Whole(ticks / TimeSpan.TicksPerMillisecond, "ms"),
    };

    static string Whole(long number, string unit) => string.Create(CultureInfo.InvariantCulture, $"{number}{unit}");
}
