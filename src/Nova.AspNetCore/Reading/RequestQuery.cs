using System.Globalization;
using Microsoft.AspNetCore.Http;
using Nova.AspNetCore.Writing;
using Nova.Model;
using Nova.Publishing;

namespace Nova.AspNetCore.Reading;

/// <summary>
/// A request's query, read like a body: every fault is told at once, and a parameter that nobody asked for is refused by name, because a filter
/// with a slip of the pen in it would otherwise list everything.
/// </summary>
/// <remarks>Parameters are known by their snake_case name and, to customers of a product with another naming, by that too.</remarks>
internal sealed class RequestQuery(HttpContext context, JsonNames names)
{
    const int DefaultLimit = 50;
    const int MaxLimit = 250;

    readonly IQueryCollection _query = context.Request.Query;
    readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    readonly List<FieldFault> _faults = [];

    /// <summary>Values of one parameter: more states or event types than that is a slip.</summary>
    const int MostValues = 50;

    public string? Text(string name, int longest = 300)
    {
        var values = Values(name);
        if (values.Count == 0) return null;
        var text = values.Count == 1 ? values[0] : null;
        if (text is { Length: > 0 } && text.Length <= longest) return text;
        Fault(name, values.Count > 1 ? "Give it once." : $"Must be 1 to {longest} characters.");
        return null;
    }

    /// <summary>A parameter that may be given several times.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        var values = Values(name);
        if (values.Count <= MostValues && values.All(value => value is { Length: > 0 and <= 300 })) return values!;
        Fault(name, values.Count > MostValues ? $"Give it at most {MostValues} times." : "Must be 1 to 300 characters.");
        return [];
    }

    Microsoft.Extensions.Primitives.StringValues Values(string name)
    {
        _asked.Add(name);
        _asked.Add(names.Name(name));
        return _query.TryGetValue(name, out var found) ? found : _query[names.Name(name)];
    }

    public void Fault(string name, string message) => _faults.Add(new("?" + name, message));

    /// <summary>Entries per page.</summary>
    public int Limit()
    {
        if (Text("limit") is not { } text) return DefaultLimit;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit) return limit;
        Fault("limit", $"Must be a whole number from 1 to {MaxLimit}.");
        return DefaultLimit;
    }

    /// <summary>The cursor of the page before: the place in the order of ids where this page begins. It carries no right to see anything.</summary>
    public Id<T>? Cursor<T>() where T : IIdentified => Text("cursor") switch
    {
        null => null,
        { } text when Id<T>.TryParse($"{T.IdPrefix}_{text}", out var id) => id,
        _ => Faulty<Id<T>>("cursor", "Must be a next_cursor of this list."),
    };

    public DateTimeOffset? Time(string name) => Text(name) switch
    {
        null => null,
        // A plus that is not percent-encoded arrives as a blank, and no time has one at this place.
        { } text when Rfc3339.TryParse(text is [.., ' ', _, _, ':', _, _] ? $"{text[..^6]}+{text[^5..]}" : text, out var time) => time,
        _ => Faulty<DateTimeOffset>(name, "Must be a time with its offset. " + Rfc3339.Advice),
    };

    /// <summary>The time range: <c>period</c> (1h, 24h, 7d, 30d) back from now, or <c>from</c> and <c>to</c>, which may be called <c>until</c> as well.</summary>
    public (DateTimeOffset? From, DateTimeOffset? Until) Range(DateTimeOffset now)
    {
        var (from, until) = (Time("from"), Time("to"));
        if (Time("until") is { } other)
        {
            if (until is not null) Fault("until", "It is the same as to: give one of them.");
            until = other;
        }
        var period = Period(now);
        if (period is { } && (from is not null || until is not null)) Fault("period", "Give either a period, or from and to.");
        if (from >= until) Fault(_query.ContainsKey("to") ? "to" : "until", "Must be after from.");
        return (period ?? from, until);
    }

    /// <summary>What <c>period</c> may be.</summary>
    public static readonly string[] Periods = ["1h", "24h", "7d", "30d"];

    /// <summary>Where <c>period</c> back from now begins; null where there is none.</summary>
    public DateTimeOffset? Period(DateTimeOffset now) => Text("period") switch
    {
        null => null,
        "1h" => now.AddHours(-1),
        "24h" => now.AddHours(-24),
        "7d" => now.AddDays(-7),
        "30d" => now.AddDays(-30),
        _ => Faulty<DateTimeOffset>("period", "Must be 1h, 24h, 7d or 30d."),
    };

    /// <summary>Why the query is refused; null where it is not. Asked last.</summary>
    public Problem? End()
    {
        foreach (var (name, _) in _query)
        {
            if (_asked.Contains(name)) continue;
            var known = _asked.Count == 0 ? "none" : string.Join(", ", _asked.Order(StringComparer.Ordinal));
            Fault(name.Length <= 60 ? name : name[..60] + "…", $"There is no such parameter. Known are: {known}.");
        }
        return _faults.Count == 0 ? null : Problems.Invalid(_faults);
    }

    T? Faulty<T>(string name, string message) where T : struct
    {
        Fault(name, message);
        return null;
    }
}
