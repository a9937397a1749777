using System.Globalization;
using System.Text.Json;

namespace Nova.Products;

/// <summary>The faults found so far in one file.</summary>
internal sealed class FaultList(string file)
{
    readonly List<DefinitionFault> _faults = [];

    public IReadOnlyList<DefinitionFault> Faults => _faults;

    public void Add(string pointer, string reason, string advice) => _faults.Add(new(file, pointer, reason, advice));
}

/// <summary>
/// An object of a definition, read member by member. Whatever is wrong becomes a fault, and reading goes on with a harmless value, so that
/// one start reports everything. <see cref="End"/> refuses the members that nobody asked for.
/// </summary>
internal sealed class DefinitionObject(JsonElement element, string pointer, FaultList faults)
{
    /// <summary>A member whose name begins so is a comment on its neighbours.</summary>
    public const string CommentMark = "//";

    readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public JsonElement Element => element;

    public string Pointer => pointer;

    public FaultList Faults => faults;

    /// <summary>The members in order, without comments.</summary>
    public IEnumerable<JsonProperty> Members =>
        element.EnumerateObject().Where(member => !member.Name.StartsWith(CommentMark, StringComparison.Ordinal));

    public static string Child(string pointer, string name) => $"{pointer}/{name.Replace("~", "~0").Replace("/", "~1")}";

    public static string Child(string pointer, int index) => string.Create(CultureInfo.InvariantCulture, $"{pointer}/{index}");

    public string At(string name) => Child(pointer, name);

    public void Fault(string name, string reason, string advice) => faults.Add(name.Length == 0 ? pointer : At(name), reason, advice);

    public void FaultAt(string at, string reason, string advice) => faults.Add(at, reason, advice);

    public JsonElement? Find(string name)
    {
        _asked.Add(name);
        return element.TryGetProperty(name, out var value) ? value : null;
    }

    /// <summary>A member that must be there.</summary>
    public JsonElement? Need(string name, string advice)
    {
        var found = Find(name);
        if (found is null) faults.Add(pointer, $"\"{name}\" is missing.", advice);
        return found;
    }

    public string? Text(string name)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        Fault(name, $"This is {Kind(value)}, not a text.", "Write it in quotation marks.");
        return null;
    }

    public string Text(string name, string otherwise) => Text(name) ?? otherwise;

    /// <summary>A text that must be there and not be empty.</summary>
    public string NeedText(string name, string advice)
    {
        if (Need(name, advice) is not { } value) return "";
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text) return text;
        Fault(name, value.ValueKind == JsonValueKind.String ? "This is empty." : $"This is {Kind(value)}, not a text.", advice);
        return "";
    }

    public bool Flag(string name, bool otherwise)
    {
        if (Find(name) is not { } value) return otherwise;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Fault(name, $"This is {Kind(value)}, not true or false.", "Write true or false, without quotation marks.");
        return otherwise;
    }

    public int? Whole(string name, int least, int most)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most) return number;
        Fault(name, $"This is not a whole number from {least} to {most}.", $"Write one from {least} to {most}.");
        return null;
    }

    public double? Part(string name, double most)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= 0 && number <= most) return number;
        Fault(name, $"This is not a number from 0 to {most.ToString(CultureInfo.InvariantCulture)}.", "Write 0.1 for 10 %.");
        return null;
    }

    public TimeSpan? Time(string name, TimeSpan least, TimeSpan most) => Find(name) is { } value ? ReadTime(value, At(name), least, most, faults) : null;

    public static TimeSpan? ReadTime(JsonElement value, string pointer, TimeSpan least, TimeSpan most, FaultList faults)
    {
        if (value.ValueKind != JsonValueKind.String || !Duration.TryParse(value.GetString()!, out var duration))
        {
            faults.Add(pointer, $"{Shown(value)} is not a length of time.", "Write a whole number and its unit: 500ms, 30s, 2m, 1h, 5d.");
            return null;
        }
        if (duration >= least && duration <= most) return duration;
        faults.Add(pointer, $"{Shown(value)} is out of range.", $"Write {Duration.Write(least)} to {Duration.Write(most)}.");
        return null;
    }

    /// <summary>One of a few words; without a default it must be there.</summary>
    public T Choice<T>(string name, T? otherwise, params ReadOnlySpan<(string Word, T Value)> choices) where T : struct
    {
        var words = string.Join(", ", choices.ToArray().Select(choice => $"\"{choice.Word}\""));
        var value = otherwise is null ? Need(name, $"Write one of {words}.") : Find(name);
        if (value is not { } given) return otherwise ?? choices[0].Value;
        foreach (var (word, result) in choices)
        {
            if (given.ValueKind == JsonValueKind.String && given.ValueEquals(word)) return result;
        }
        Fault(name, $"{Shown(given)} is not known here.", $"Write one of {words}.");
        return otherwise ?? choices[0].Value;
    }

    public DefinitionObject? Object(string name) => Find(name) is { } value ? ReadObject(value, At(name), faults) : null;

    public static DefinitionObject? ReadObject(JsonElement value, string pointer, FaultList faults)
    {
        if (value.ValueKind == JsonValueKind.Object) return new(value, pointer, faults);
        faults.Add(pointer, $"This is {Kind(value)}, not an object.", "Write it in braces.");
        return null;
    }

    /// <summary>The items of an array with their pointers; nothing, and a fault, for anything else.</summary>
    public IEnumerable<(JsonElement Item, string Pointer)> Items(string name)
    {
        if (Find(name) is not { } value) yield break;
        if (value.ValueKind != JsonValueKind.Array)
        {
            Fault(name, $"This is {Kind(value)}, not an array.", "Write it in square brackets.");
            yield break;
        }
        var index = 0;
        foreach (var item in value.EnumerateArray()) yield return (item, Child(At(name), index++));
    }

    /// <summary>A list of texts; null where there is none.</summary>
    public IReadOnlyList<(string Text, string Pointer)>? Texts(string name)
    {
        if (Find(name) is null) return null;
        var texts = new List<(string, string)>();
        foreach (var (item, itemPointer) in Items(name))
        {
            if (item.ValueKind == JsonValueKind.String) texts.Add((item.GetString()!, itemPointer));
            else faults.Add(itemPointer, $"This is {Kind(item)}, not a text.", "Write it in quotation marks.");
        }
        return texts;
    }

    /// <summary>Refuses the members that nobody asked for.</summary>
    public void End()
    {
        foreach (var member in Members)
        {
            if (_asked.Contains(member.Name)) continue;
            var known = string.Join(", ", _asked.Order(StringComparer.Ordinal).Select(name => $"\"{name}\""));
            Fault(member.Name, $"There is no member \"{member.Name}\" here.", $"Known are {known}. A comment begins with \"{CommentMark}\".");
        }
    }

    static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => "null",
    };

    static string Shown(JsonElement value) => value.GetRawText() is { Length: <= 60 } text ? text : Kind(value);
}
