using System.Globalization;
using System.Text.Json;

namespace Nova.Products;

/// <summary>A JSON number for comparing: exact where 28 digits hold it, else a double.</summary>
internal readonly struct JsonNumber : IComparable<JsonNumber>
{
    readonly decimal? _exact;
    readonly double _approximate;

    JsonNumber(decimal? exact, double approximate) => (_exact, _approximate) = (exact, approximate);

    public static JsonNumber Of(JsonElement value) =>
        value.TryGetDecimal(out var exact) ? new(exact, (double)exact) : new(null, value.GetDouble());

    /// <summary>1.0 and 1e3 are whole; so is every number too large for its fraction to be written.</summary>
    public static bool IsInteger(JsonElement value)
    {
        if (value.TryGetInt64(out _)) return true;
        if (value.TryGetDecimal(out var exact)) return decimal.IsInteger(exact);
        var approximate = value.GetDouble();
        return double.IsInteger(approximate) || double.IsInfinity(approximate);
    }

    public bool IsZeroOrLess => _exact is { } exact ? exact <= 0 : _approximate <= 0;

    public int CompareTo(JsonNumber other) =>
        _exact is { } mine && other._exact is { } theirs ? mine.CompareTo(theirs) : _approximate.CompareTo(other._approximate);

    public bool IsMultipleOf(JsonNumber step) =>
        _exact is { } mine && step._exact is { } theirs ? mine % theirs == 0 : double.IsInteger(_approximate / step._approximate);

    public override string ToString() =>
        _exact is { } exact ? exact.ToString(CultureInfo.InvariantCulture) : _approximate.ToString("R", CultureInfo.InvariantCulture);
}
