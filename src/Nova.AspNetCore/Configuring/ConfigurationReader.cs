using System.Globalization;
using Microsoft.Extensions.Configuration;
using Nova.Products;

namespace Nova.AspNetCore.Configuring;

/// <summary>
/// A section of the configuration, read key by key. Whatever is wrong becomes a fault with its key, so that one start tells everything; a key that
/// nobody knows is one too, because a misspelt safety setting would otherwise stay at its default in silence.
/// </summary>
internal sealed class ConfigurationReader(IConfigurationSection section, List<string> faults)
{
    readonly HashSet<string> _asked = new(StringComparer.OrdinalIgnoreCase);

    public string Path => section.Path;

    public ConfigurationReader Section(string name)
    {
        _asked.Add(name);
        return new(section.GetSection(name), faults);
    }

    /// <summary>The names of the sections and keys right under this one.</summary>
    public IEnumerable<string> Children => section.GetChildren().Select(child => child.Key);

    public string? Text(string name)
    {
        _asked.Add(name);
        return section[name] is { Length: > 0 } value ? value : null;
    }

    public string Text(string name, string otherwise) => Text(name) ?? otherwise;

    public bool Flag(string name, bool otherwise) => Text(name) switch
    {
        null => otherwise,
        { } text when bool.TryParse(text, out var flag) => flag,
        { } text => Faulty(name, text, "true or false", otherwise),
    };

    public int Whole(string name, int otherwise) => Text(name) switch
    {
        null => otherwise,
        { } text when int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        { } text => Faulty(name, text, "a whole number", otherwise),
    };

    public long Long(string name, long otherwise) => Text(name) switch
    {
        null => otherwise,
        { } text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        { } text => Faulty(name, text, "a whole number", otherwise),
    };

    /// <summary>A length of time: <c>500ms</c>, <c>15s</c>, <c>90d</c>, or .NET's <c>00:00:15</c>. A bare number is refused: .NET reads it as days.</summary>
    public TimeSpan Time(string name, TimeSpan otherwise) => Text(name) switch
    {
        null => otherwise,
        { } text when Duration.TryParse(text, out var duration) => duration,
        { } text when text.Contains(':') && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var duration) => duration,
        { } text => Faulty(name, text, "a length of time, such as 500ms, 15s, 10m, 90d or 00:00:15", otherwise),
    };

    /// <summary>Entries separated by commas.</summary>
    public IReadOnlyList<string> List(string name) =>
        Text(name)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    public void Fault(string text) => faults.Add(text);

    /// <summary>Refuses the keys that nobody asked for.</summary>
    public void End()
    {
        foreach (var name in Children)
            if (!_asked.Contains(name)) faults.Add($"{section.Path}:{name} is not a setting. Known here are {string.Join(", ", _asked.Order(StringComparer.Ordinal))}.");
    }

    T Faulty<T>(string name, string text, string wanted, T otherwise)
    {
        faults.Add($"{section.Path}:{name} is '{text}'; it must be {wanted}.");
        return otherwise;
    }
}
