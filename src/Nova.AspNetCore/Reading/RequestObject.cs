using System.Text.Json;
using Nova.AspNetCore.Writing;
using Nova.Publishing;

namespace Nova.AspNetCore.Reading;

/// <summary>
/// A request's JSON object, read member by member under its caller's names. Whatever is wrong becomes a fault with its place, and reading goes on,
/// so that one answer tells everything. <see cref="End"/> refuses the members that nobody asked for, by name.
/// </summary>
internal sealed class RequestObject
{
    /// <summary>Faults that one answer lists: enough to mend a request, too few to be a mirror for garbage.</summary>
    const int MaxFaults = 50;

    readonly JsonElement _element;
    readonly string _pointer;
    readonly JsonNames _names;
    readonly List<FieldFault> _faults;
    readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    RequestObject(JsonElement element, string pointer, JsonNames names, List<FieldFault> faults)
    {
        _element = element;
        _pointer = pointer;
        _names = names;
        _faults = faults;
    }

    /// <summary>The body's object; an empty one for a request that may be without a body and is.</summary>
    public static RequestObject Of(JsonDocument? document, JsonNames names)
    {
        List<FieldFault> faults = [];
        if (document is null) return new(default, "", names, faults);
        if (document.RootElement.ValueKind == JsonValueKind.Object) return new(document.RootElement, "", names, faults);
        faults.Add(new("", "The body must be a JSON object."));
        return new(default, "", names, faults);
    }

    public bool IsGood => _faults.Count == 0;

    public Problem Problem => Problems.Invalid(_faults);

    /// <summary>The member is there, be it null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>The member is there and is null.</summary>
    public bool IsNull(string name) => Find(name) is { ValueKind: JsonValueKind.Null };

    public void Fault(string name, string message) => AddFault(At(_names.Name(name)), message);

    public string? Text(string name, int most, int least = 1)
    {
        if (Value(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.String)
        {
            Fault(name, "Must be a text.");
            return null;
        }
        var text = value.GetString()!;
        if (text.Length < least || text.Length > most)
        {
            Fault(name, $"Must be {least} to {most} characters; this has {text.Length}.");
            return null;
        }
        if (!text.AsSpan().ContainsAnyInRange('\0', '\u001F') && !text.Contains('\u007F')) return text;
        Fault(name, "Must not hold control characters.");
        return null;
    }

    /// <summary>A text that is somebody's content: of any length that the body may have, and with any character. Null where it is not there.</summary>
    public string? Content(string name)
    {
        if (Value(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        Fault(name, "Must be a text.");
        return null;
    }

    /// <summary>A text that must be there; empty, with a fault, where it is not, or null.</summary>
    public string NeedText(string name, int most, int least = 1)
    {
        if (Value(name) is null)
        {
            Need(name);
            return "";
        }
        return Text(name, most, least) ?? "";
    }

    public bool? Flag(string name)
    {
        if (Value(name) is not { } value) return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Fault(name, "Must be true or false.");
        return null;
    }

    public int? Whole(string name, int least, int most)
    {
        if (Value(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most) return number;
        Fault(name, $"Must be a whole number from {least} to {most}.");
        return null;
    }

    public DateTimeOffset? Time(string name)
    {
        if (Value(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String && Rfc3339.TryParse(value.GetString()!, out var time)) return time;
        Fault(name, "Must be a time with its offset. " + Rfc3339.Advice);
        return null;
    }

    /// <summary>A list of texts; null where it is none, and, without a fault, where the member is not there.</summary>
    public IReadOnlyList<string>? Texts(string name, int most, int mostCharacters)
    {
        if (Value(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array)
        {
            Fault(name, "Must be a list of texts.");
            return null;
        }
        if (value.GetArrayLength() > most)
        {
            Fault(name, $"Has {value.GetArrayLength()} entries; at most {most}.");
            return null;
        }
        List<string> texts = [];
        var faults = _faults.Count;
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String && item.GetString() is { Length: > 0 } text && text.Length <= mostCharacters) texts.Add(text);
            else AddFault($"{At(_names.Name(name))}/{index}", $"Must be a text of 1 to {mostCharacters} characters.");
            index++;
        }
        return _faults.Count == faults ? texts : null;
    }

    /// <summary>A list of texts, or one text alone; null, without a fault, where the member is not there.</summary>
    public IReadOnlyList<string>? OneOrMore(string name, int most, int mostCharacters) =>
        Value(name) is { ValueKind: JsonValueKind.String } ? (Text(name, mostCharacters) is { } one ? [one] : null) : Texts(name, most, mostCharacters);

    /// <summary>An object whose values are texts; null, without a fault, where the member is not there.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Map(string name)
    {
        if (Value(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Object)
        {
            Fault(name, "Must be an object of names and values.");
            return null;
        }
        List<KeyValuePair<string, string>> entries = [];
        foreach (var member in value.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.String) entries.Add(new(member.Name, member.Value.GetString()!));
            else AddFault(Child(At(_names.Name(name)), member.Name), "Must be a text.");
        }
        return entries;
    }

    /// <summary>A member that is an object, read like this one; null where it is not there or null.</summary>
    public RequestObject? Object(string name)
    {
        if (Value(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Object) return new(value, At(_names.Name(name)), _names, _faults);
        Fault(name, "Must be an object.");
        return null;
    }

    /// <summary>The items of a list as they stand; null, without a fault, where the member is not there.</summary>
    public IReadOnlyList<JsonElement>? Array(string name, int most)
    {
        if (Value(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() is >= 1 and var length && length <= most) return [.. value.EnumerateArray()];
        Fault(name, $"Must be a list of 1 to {most}.");
        return null;
    }

    /// <summary>A member as it stands, which must be an object where it is there; null, with a fault, where it is something else.</summary>
    public JsonElement? RawObject(string name)
    {
        if (Value(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Object) return value;
        Fault(name, "Must be a JSON object.");
        return null;
    }

    /// <summary>A member as it stands, which must be an object; undefined, with a fault, where it is not.</summary>
    public JsonElement NeedRawObject(string name)
    {
        if (Value(name) is { } value)
        {
            if (value.ValueKind == JsonValueKind.Object) return value;
            Fault(name, "Must be an object.");
        }
        else
        {
            Need(name);
        }
        return default;
    }

    public void Need(string name) => Fault(name, $"\"{_names.Name(name)}\" is missing.");

    /// <summary>Refuses the members that nobody asked for.</summary>
    public void End()
    {
        if (_element.ValueKind != JsonValueKind.Object) return;
        foreach (var member in _element.EnumerateObject())
        {
            if (_asked.Contains(member.Name)) continue;
            var shown = member.Name.Length <= 60 ? member.Name : member.Name[..60] + "…";
            AddFault(Child(_pointer, shown), _asked.Count == 0
                ? $"There is no member \"{shown}\" here; this object has no members."
                : $"There is no member \"{shown}\" here. Known are {string.Join(", ", _asked.Order(StringComparer.Ordinal).Select(known => $"\"{known}\""))}.");
        }
    }

    /// <summary>A pointer to a member, escaped as RFC 6901 wants it.</summary>
    internal static string Child(string pointer, string name) => $"{pointer}/{name.Replace("~", "~0").Replace("/", "~1")}";

    string At(string name) => Child(_pointer, name);

    /// <summary>The member, or null where it is not there or is null.</summary>
    JsonElement? Value(string name) => Find(name) is { ValueKind: not JsonValueKind.Null } value ? value : null;

    JsonElement? Find(string name)
    {
        var own = _names.Name(name);
        _asked.Add(own);
        return _element.ValueKind == JsonValueKind.Object && _element.TryGetProperty(own, out var value) ? value : null;
    }

    void AddFault(string pointer, string message)
    {
        // What is missing is not malformed, too.
        if (_faults.Count < MaxFaults && !_faults.Exists(fault => fault.Pointer == pointer)) _faults.Add(new(pointer, message));
    }
}
