using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nova.Products;

/// <summary>An event type's file, read and compiled, before the product's envelope is known.</summary>
internal sealed partial record EventTypeSource
{
    const int MostNameLength = 128;

    public required string Name { get; init; }
    public required string Title { get; init; }
    public required string Description { get; init; }
    public required string? Group { get; init; }
    public required JsonElement Schema { get; init; }
    public required JsonElement Example { get; init; }
    public required SchemaNode Node { get; init; }

    /// <summary>Where faults of this file go.</summary>
    public required FaultList Faults { get; init; }

    /// <summary>Reads a file; null, and faults, where it cannot be used.</summary>
    public static EventTypeSource? Read(JsonElement root, string fileName, FaultList faults)
    {
        var before = faults.Faults.Count;
        var file = new DefinitionObject(root, "", faults);
        file.Text("$schema");
        var name = file.NeedText("name", "Write the event type as it is on the wire.");
        if (name.Length > 0 && (name.Length > MostNameLength || !NamePattern().IsMatch(name)))
            file.Fault("name", $"\"{name}\" is no name of an event type.", $"Use at most {MostNameLength} letters, digits, and _ - . / between them.");
        else if (name.Length > 0 && name != fileName)
            file.Fault("name", $"The file is \"{fileName}.json\".", $"Call it \"{name}.json\", or the event type \"{fileName}\".");
        var title = file.NeedText("title", "Write the name that people read.");
        var description = file.NeedText("description", "Write in one sentence when it happens.");
        var group = file.Text("group");
        SchemaNode? node = null;
        if (file.Need("schema", "Write the JSON Schema of the data.") is { } schema)
        {
            node = SchemaCompiler.Compile(schema, file.At("schema"), faults);
            if (node is { Types: not JsonTypes.Object }) file.Fault("schema", "The data of an event is always an object.", "Write \"type\": \"object\" at its root.");
        }
        var example = file.Need("example", "Write realistic data that fits the schema.");
        if (example is { } data && node is not null)
        {
            foreach (var fault in new SchemaValidator(node, []).Validate(data))
                faults.Add(file.At("example") + fault.Pointer, $"The example does not fit its schema: {fault.Message}", "Mend the example or the schema.");
        }
        file.End();
        if (faults.Faults.Count > before) return null;
        return new()
        {
            Name = name, Title = title, Description = description, Group = group, Schema = file.Find("schema")!.Value.Clone(),
            Example = example!.Value.Clone(), Node = node!, Faults = faults,
        };
    }

    /// <summary>Makes the event type, for a product whose envelope sets these members beside the data's.</summary>
    public EventType Build(IReadOnlyCollection<string> besideData) => new()
    {
        Name = Name, Title = Title, Description = Description, Group = Group, Schema = Schema,
        Example = Compact(Example), Validator = new(Node, besideData),
    };

    /// <summary>Names of the members that data of this type is known to have.</summary>
    public IEnumerable<string> MembersOfData() =>
        Node.Members.Select(member => member.Name).Concat(Example.EnumerateObject().Select(member => member.Name)).Distinct();

    /// <summary>The same JSON without white space between its tokens; numbers and texts as they are written.</summary>
    internal static byte[] Compact(JsonElement value)
    {
        var text = System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(value);
        var compact = new List<byte>(text.Length);
        var inText = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' && !inText) continue;
            compact.Add(text[i]);
            if (inText && text[i] == '\\') compact.Add(text[++i]);
            else if (text[i] == '"') inText = !inText;
        }
        return [.. compact];
    }

    [GeneratedRegex(@"^[A-Za-z0-9_]+([.\-/]?[A-Za-z0-9_]+)*\z", RegexOptions.NonBacktracking)]
    private static partial Regex NamePattern();
}
