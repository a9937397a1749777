using System.Globalization;
using System.Text.Json;

namespace Nova.Products;

/// <summary>A place in data that does not fit its schema.</summary>
/// <param name="Pointer">JSON pointer into the data; empty for the whole.</param>
/// <param name="Message">What is wanted there, in words for the publisher.</param>
internal sealed record SchemaFault(string Pointer, string Message)
{
    /// <summary>No body can be made of this data, so that it is refused even where a product only warns.</summary>
    public bool Fatal { get; init; }
}

/// <summary>A JSON Schema, compiled.</summary>
/// <remarks>
/// Data that fits, which is nearly all, is walked once and nothing is allocated. Only data that does not is walked a second time, to say where.
/// The dialect is a part of JSON Schema 2020-12, listed in docs/products.md; formats are asserted.
/// </remarks>
internal sealed class SchemaValidator
{
    const int MostFaults = 100;

    static readonly IReadOnlyList<SchemaFault> None = [];

    readonly SchemaNode _root;
    readonly string[] _reserved;

    /// <param name="root">The schema.</param>
    /// <param name="reserved">Members that the product's envelope sets beside the members of the data.</param>
    internal SchemaValidator(SchemaNode root, IEnumerable<string> reserved) => (_root, _reserved) = (root, [.. reserved]);

    /// <summary>Every fault, at most 100; empty, and nothing allocated, where the data fits.</summary>
    public IReadOnlyList<SchemaFault> Validate(JsonElement data)
    {
        if (data.ValueKind != JsonValueKind.Object) return [new("", "The data of an event is a JSON object.") { Fatal = true }];
        try
        {
            List<SchemaFault>? fatal = null;
            foreach (var name in _reserved)
            {
                if (!data.TryGetProperty(name, out _)) continue;
                (fatal ??= []).Add(new(DefinitionObject.Child("", name), $"The product itself sets \"{name}\" in the body: it cannot be in the data.") { Fatal = true });
            }
            if (_root.Check(data, null)) return fatal ?? None;
            var walk = new SchemaWalk(MostFaults - (fatal?.Count ?? 0));
            _root.Check(data, walk);
            return fatal is null ? walk.Faults : [.. fatal, .. walk.Faults];
        }
        catch (InvalidOperationException)
        {
            // What the reader throws at half of a surrogate pair, written as \ud800: JSON in form, but no text.
            return [new("", "A text in the data holds half of a surrogate pair.") { Fatal = true }];
        }
    }
}

/// <summary>Where the second walk is, and what it has found.</summary>
internal sealed class SchemaWalk(int most)
{
    readonly List<SchemaFault> _faults = [];
    readonly Stack<string> _path = new();

    public IReadOnlyList<SchemaFault> Faults => _faults;

    public bool Full => _faults.Count >= most;

    public void Enter(string name) => _path.Push(name);

    public void Enter(int index) => _path.Push(index.ToString(CultureInfo.InvariantCulture));

    public void Leave() => _path.Pop();

    /// <summary>Notes a fault at this place. Always false: the value does not fit.</summary>
    public bool Fault(string message)
    {
        if (!Full) _faults.Add(new(_path.Reverse().Aggregate("", DefinitionObject.Child), message));
        return false;
    }

    public void FaultAt(string name, string message)
    {
        Enter(name);
        Fault(message);
        Leave();
    }
}
