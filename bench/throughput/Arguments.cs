using System.Globalization;

namespace Nova.Throughput;

/// <summary>The command line was wrong; the message says how.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>Options of the form <c>--name value</c> or <c>--name</c>. A name that nobody asked for is refused by <see cref="RefuseUnknown"/>.</summary>
internal sealed class Arguments
{
    readonly Dictionary<string, string> _values = [];
    readonly HashSet<string> _asked = [];

    public Arguments(IEnumerable<string> arguments)
    {
        string? name = null;
        foreach (var argument in arguments)
        {
            if (argument.StartsWith("--", StringComparison.Ordinal))
                _values[name = argument[2..]] = "";
            else if (name is not null && _values[name].Length == 0)
                _values[name] = argument;
            else
                throw new UsageException($"'{argument}' does not follow an option.");
        }
    }

    public bool Has(string name)
    {
        _asked.Add(name);
        return _values.ContainsKey(name);
    }

    public string? Text(string name)
    {
        _asked.Add(name);
        return _values.TryGetValue(name, out var value) && value.Length > 0 ? value : null;
    }

    public string Required(string name) => Text(name) ?? throw new UsageException($"--{name} is missing.");

    public int Number(string name, int otherwise, int from, int to)
    {
        if (Text(name) is not { } text)
            return otherwise;
        return int.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= from && value <= to
            ? value
            : throw new UsageException($"--{name} takes a whole number from {from} to {to}, not '{text}'.");
    }

    public void RefuseUnknown()
    {
        if (_values.Keys.FirstOrDefault(name => !_asked.Contains(name)) is { } unknown)
            throw new UsageException($"--{unknown} is no option of this command.");
    }
}
