using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nova.Products;

/// <summary>Compiles a JSON Schema. A keyword that it does not know is a fault: a schema that is not wholly checked would promise what it does not keep.</summary>
internal sealed class SchemaCompiler
{
    const string Dialect = "https://json-schema.org/draft/2020-12/schema";
    const string Definitions = "#/$defs/";

    /// <summary>The presence of named members is kept on the stack, one bit each.</summary>
    const int MostMembers = 1024;

    static readonly SchemaNode Always = new();
    static readonly SchemaNode Nothing = new() { Never = true };

    static readonly (string Word, JsonTypes Type, string Words)[] TypeNames =
    [
        ("null", JsonTypes.Null, "null"), ("boolean", JsonTypes.Boolean, "true or false"), ("integer", JsonTypes.Integer, "a whole number"),
        ("number", JsonTypes.Number, "a number"), ("string", JsonTypes.String, "a text"), ("array", JsonTypes.Array, "an array"),
        ("object", JsonTypes.Object, "an object"),
    ];

    readonly FaultList _faults;
    readonly Dictionary<string, SchemaNode> _definitions = new(StringComparer.Ordinal);

    SchemaCompiler(FaultList faults) => _faults = faults;

    /// <summary>Compiles the schema of an event type's data. Null, and faults, where it cannot be.</summary>
    public static SchemaNode? Compile(JsonElement schema, string pointer, FaultList faults)
    {
        var before = faults.Faults.Count;
        var compiler = new SchemaCompiler(faults);
        if (DefinitionObject.ReadObject(schema, pointer, faults) is not { } root) return null;
        // First the names, then the contents: definitions may refer to each other and to themselves.
        var definitions = root.Object("$defs");
        foreach (var definition in definitions?.Members ?? []) compiler._definitions[definition.Name] = new();
        foreach (var definition in definitions?.Members ?? [])
            compiler.Fill(compiler._definitions[definition.Name], definition.Value, definitions!.At(definition.Name));
        if (root.Find("$schema") is { } dialect && !(dialect.ValueKind == JsonValueKind.String && dialect.ValueEquals(Dialect)))
            root.Fault("$schema", "This is another dialect.", $"Write \"{Dialect}\", or nothing.");
        var node = new SchemaNode();
        compiler.Fill(node, root);
        foreach (var (name, definition) in compiler._definitions)
        {
            if (Circles(definition, [])) faults.Add($"{pointer}/$defs/{name}", "This refers to itself without going deeper into the data.", "Take the $ref away.");
        }
        return faults.Faults.Count == before ? node : null;
    }

    /// <summary>Whether checking one value would lead back to the same schema for the same value.</summary>
    static bool Circles(SchemaNode node, HashSet<SchemaNode> above)
    {
        if (!above.Add(node)) return true;
        IEnumerable<SchemaNode?> same = [node.Reference, node.Not, .. node.AllOf, .. node.AnyOf, .. node.OneOf];
        var circles = same.Any(inner => inner is not null && Circles(inner, above));
        above.Remove(node);
        return circles;
    }

    SchemaNode Read(JsonElement value, string pointer)
    {
        if (value.ValueKind == JsonValueKind.True) return Always;
        if (value.ValueKind == JsonValueKind.False) return Nothing;
        var node = new SchemaNode();
        Fill(node, value, pointer);
        return node;
    }

    void Fill(SchemaNode node, JsonElement value, string pointer)
    {
        if (value.ValueKind == JsonValueKind.True) return;
        if (value.ValueKind == JsonValueKind.False) node.Never = true;
        else if (value.ValueKind == JsonValueKind.Object) Fill(node, new(value, pointer, _faults));
        else _faults.Add(pointer, "This is not a schema.", "Write an object, true or false.");
    }

    void Fill(SchemaNode node, DefinitionObject schema)
    {
        // For people only.
        foreach (var ignored in (ReadOnlySpan<string>)["title", "description", "$comment", "examples", "default"]) schema.Find(ignored);
        ReadReference(node, schema);
        ReadTypes(node, schema);
        node.Const = schema.Find("const") is { } constant ? new(constant.Clone()) : null;
        if (schema.Find("enum") is { } choices)
        {
            node.Enum = [.. schema.Items("enum").Select(choice => new JsonConstant(choice.Item.Clone()))];
            if (choices.ValueKind == JsonValueKind.Array && node.Enum.Length == 0) schema.Fault("enum", "This is empty: nothing would fit.", "Name the values.");
        }
        ReadObjectKeywords(node, schema);
        ReadArrayKeywords(node, schema);
        (node.MinLength, node.MaxLength) = Range(schema, "minLength", "maxLength");
        if (schema.Text("pattern") is { } pattern) (node.Pattern, node.PatternText) = (ReadPattern(pattern, schema.At("pattern")), pattern);
        if (schema.Text("format") is { } format)
        {
            node.Format = SchemaFormats.Find(format) ?? SchemaFormat.None;
            if (node.Format == SchemaFormat.None)
                schema.Fault("format", $"The format \"{format}\" is not known.", "Known are date-time, date, email, uri and uuid; \"pattern\" can say others.");
        }
        node.Minimum = Number(schema, "minimum");
        node.Maximum = Number(schema, "maximum");
        node.ExclusiveMinimum = Number(schema, "exclusiveMinimum");
        node.ExclusiveMaximum = Number(schema, "exclusiveMaximum");
        node.MultipleOf = Number(schema, "multipleOf");
        if (node.MultipleOf is { IsZeroOrLess: true }) schema.Fault("multipleOf", "This is not more than 0.", "Write a number above 0.");
        node.AllOf = Forms(schema, "allOf");
        node.AnyOf = Forms(schema, "anyOf");
        node.OneOf = Forms(schema, "oneOf");
        node.Not = Inner(schema, "not");
        schema.End();
    }

    void ReadReference(SchemaNode node, DefinitionObject schema)
    {
        if (schema.Text("$ref") is not { } reference) return;
        var name = reference.StartsWith(Definitions, StringComparison.Ordinal) ? reference[Definitions.Length..].Replace("~1", "/").Replace("~0", "~") : "";
        if (_definitions.TryGetValue(name, out var target)) node.Reference = target;
        else schema.Fault("$ref", $"\"{reference}\" leads nowhere.", $"Write \"{Definitions}<name>\" of a definition in the root's \"$defs\".");
    }

    static void ReadTypes(SchemaNode node, DefinitionObject schema)
    {
        if (schema.Find("type") is not { } type) return;
        var words = new List<string>();
        foreach (var item in type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().ToArray() : [type])
        {
            var known = Array.Find(TypeNames, entry => item.ValueKind == JsonValueKind.String && item.ValueEquals(entry.Word));
            if (known.Word is null) schema.Fault("type", $"{item.GetRawText()} is not a type.", $"Known are {string.Join(", ", TypeNames.Select(entry => entry.Word))}.");
            else words.Add(known.Words);
            node.Types |= known.Type;
        }
        node.TypeWords = string.Join(" or ", words);
        if (type.ValueKind == JsonValueKind.Array && type.GetArrayLength() == 0) schema.Fault("type", "This is empty: nothing would fit.", "Name the types.");
    }

    void ReadObjectKeywords(SchemaNode node, DefinitionObject schema)
    {
        var members = new Dictionary<string, SchemaMember>(StringComparer.Ordinal);
        // Not through Members: a name in the data may begin with the mark of a comment.
        foreach (var member in schema.Object("properties")?.Element.EnumerateObject() ?? default)
        {
            var inner = Read(member.Value, DefinitionObject.Child(schema.At("properties"), member.Name));
            members[member.Name] = new(member.Name, Encoding.UTF8.GetBytes(member.Name), inner, false);
        }
        foreach (var (name, _) in schema.Texts("required") ?? [])
        {
            members[name] = members.TryGetValue(name, out var member)
                ? member with { Required = true }
                : new(name, Encoding.UTF8.GetBytes(name), null, true);
        }
        if (members.Count > MostMembers) schema.Fault("properties", $"This names {members.Count} members.", $"Name at most {MostMembers}.");
        node.Members = [.. members.Values];
        var patterns = new List<(Regex, SchemaNode)>();
        foreach (var member in schema.Object("patternProperties")?.Element.EnumerateObject() ?? default)
        {
            var at = DefinitionObject.Child(schema.At("patternProperties"), member.Name);
            if (ReadPattern(member.Name, at) is { } pattern) patterns.Add((pattern, Read(member.Value, at)));
        }
        node.PatternMembers = [.. patterns];
        node.OtherMembers = Inner(schema, "additionalProperties");
        node.MemberNames = Inner(schema, "propertyNames");
    }

    void ReadArrayKeywords(SchemaNode node, DefinitionObject schema)
    {
        node.FirstItems = Forms(schema, "prefixItems");
        node.Items = Inner(schema, "items");
        (node.MinItems, node.MaxItems) = Range(schema, "minItems", "maxItems");
        node.UniqueItems = schema.Flag("uniqueItems", false);
    }

    Regex? ReadPattern(string pattern, string pointer)
    {
        try
        {
            return EcmaPattern.Compile(pattern);
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            _faults.Add(pointer, $"This pattern cannot be used: {fault.Message}", "Write a regular expression of ECMAScript without look-around, back-references and \\b.");
            return null;
        }
    }

    SchemaNode? Inner(DefinitionObject schema, string name) => schema.Find(name) is { } value ? Read(value, schema.At(name)) : null;

    SchemaNode[] Forms(DefinitionObject schema, string name)
    {
        SchemaNode[] forms = [.. schema.Items(name).Select(form => Read(form.Item, form.Pointer))];
        if (forms.Length == 0 && schema.Find(name) is { ValueKind: JsonValueKind.Array }) schema.Fault(name, "This is empty.", "Name the schemas.");
        return forms;
    }

    static (int? Least, int? Most) Range(DefinitionObject schema, string leastName, string mostName)
    {
        var (least, most) = (schema.Whole(leastName, 0, int.MaxValue), schema.Whole(mostName, 0, int.MaxValue));
        if (least > most) schema.Fault(leastName, $"This is more than {mostName}: nothing would fit.", "Make it smaller.");
        return (least, most);
    }

    static JsonNumber? Number(DefinitionObject schema, string name)
    {
        if (schema.Find(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number) return JsonNumber.Of(value);
        schema.Fault(name, "This is not a number.", "Write one.");
        return null;
    }
}
