using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nova.Products;

[Flags]
internal enum JsonTypes
{
    None = 0,
    Null = 1,
    Boolean = 2,
    Integer = 4,
    Number = 8,
    String = 16,
    Array = 32,
    Object = 64,
}

/// <summary>A member that a schema names, under <c>properties</c> or <c>required</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Utf8">The same, for comparing without making a string.</param>
/// <param name="Schema">What it must fit; null where it is only required.</param>
/// <param name="Required">It must be there.</param>
internal sealed record SchemaMember(string Name, byte[] Utf8, SchemaNode? Schema, bool Required);

/// <summary>One schema or subschema, compiled. Built by <see cref="SchemaCompiler"/> and not changed after.</summary>
/// <remarks>
/// <see cref="Check"/> runs in two ways: without a <see cref="SchemaWalk"/> it stops at the first fault and allocates nothing;
/// with one it goes on and notes each.
/// </remarks>
internal sealed class SchemaNode
{
    /// <summary>A schema is compiled before what it refers to is; so its members are set one after the other.</summary>
    public bool Never { get; set; }
    public SchemaNode? Reference { get; set; }
    public JsonTypes Types { get; set; }
    public string TypeWords { get; set; } = "";
    public JsonConstant[]? Enum { get; set; }
    public JsonConstant? Const { get; set; }

    public SchemaMember[] Members { get; set; } = [];
    public (Regex Name, SchemaNode Schema)[] PatternMembers { get; set; } = [];
    public SchemaNode? OtherMembers { get; set; }
    public SchemaNode? MemberNames { get; set; }

    public SchemaNode[] FirstItems { get; set; } = [];
    public SchemaNode? Items { get; set; }
    public int? MinItems { get; set; }
    public int? MaxItems { get; set; }
    public bool UniqueItems { get; set; }

    public int? MinLength { get; set; }
    public int? MaxLength { get; set; }
    public Regex? Pattern { get; set; }

    /// <summary>As the schema has it: .NET's form of it is for no person's eyes.</summary>
    public string PatternText { get; set; } = "";
    public SchemaFormat Format { get; set; }

    public JsonNumber? Minimum { get; set; }
    public JsonNumber? Maximum { get; set; }
    public JsonNumber? ExclusiveMinimum { get; set; }
    public JsonNumber? ExclusiveMaximum { get; set; }
    public JsonNumber? MultipleOf { get; set; }

    public SchemaNode[] AllOf { get; set; } = [];
    public SchemaNode[] AnyOf { get; set; } = [];
    public SchemaNode[] OneOf { get; set; } = [];
    public SchemaNode? Not { get; set; }

    bool ChecksText => MinLength is not null || MaxLength is not null || Pattern is not null || Format != SchemaFormat.None;

    /// <summary>Whether a value fits. With a walk, notes every place that does not.</summary>
    public bool Check(JsonElement value, SchemaWalk? walk)
    {
        if (Never) return walk?.Fault("Nothing is allowed here.") ?? false;
        if (Types != JsonTypes.None && !IsOf(value, Types)) return walk?.Fault($"Must be {TypeWords}.") ?? false;
        var fits = Reference is null || Reference.Check(value, walk);
        if (!fits && walk is null) return false;
        if (Const is not null && !Const.Is(value)) fits = walk?.Fault($"Must be {Const}.") ?? false;
        if (Enum is not null && !IsOneOf(value, Enum)) fits = walk?.Fault($"Must be one of {string.Join<JsonConstant>(", ", Enum)}.") ?? false;
        if (!fits && walk is null) return false;
        fits &= value.ValueKind switch
        {
            JsonValueKind.Object => CheckObject(value, walk),
            JsonValueKind.Array => CheckArray(value, walk),
            JsonValueKind.String => !ChecksText || CheckText(value, walk),
            JsonValueKind.Number => CheckNumber(value, walk),
            _ => true,
        };
        if (!fits && walk is null) return false;
        return CheckForms(value, walk) && fits;
    }

    static bool IsOf(JsonElement value, JsonTypes types) => value.ValueKind switch
    {
        JsonValueKind.Null => (types & JsonTypes.Null) != 0,
        JsonValueKind.True or JsonValueKind.False => (types & JsonTypes.Boolean) != 0,
        JsonValueKind.String => (types & JsonTypes.String) != 0,
        JsonValueKind.Array => (types & JsonTypes.Array) != 0,
        JsonValueKind.Object => (types & JsonTypes.Object) != 0,
        JsonValueKind.Number => (types & JsonTypes.Number) != 0 || ((types & JsonTypes.Integer) != 0 && JsonNumber.IsInteger(value)),
        _ => false,
    };

    static bool IsOneOf(JsonElement value, JsonConstant[] choices)
    {
        foreach (var choice in choices)
        {
            if (choice.Is(value)) return true;
        }
        return false;
    }

    bool CheckObject(JsonElement value, SchemaWalk? walk)
    {
        if (Members.Length == 0 && PatternMembers.Length == 0 && OtherMembers is null && MemberNames is null) return true;
        var fits = true;
        // Which of the named members were there: one bit each. At most 1,024 of them, see SchemaCompiler.
        Span<ulong> seen = stackalloc ulong[(Members.Length + 63) / 64];
        seen.Clear();
        var next = 0;
        foreach (var property in value.EnumerateObject())
        {
            if (MemberNames is not null && !CheckName(property, walk))
            {
                if (walk is null) return false;
                fits = false;
            }
            // Publishers write members in the order of the schema more often than not: the search begins where the last one ended.
            SchemaNode? schema = null;
            var declared = false;
            for (var step = 0; step < Members.Length; step++)
            {
                var index = next + step;
                if (index >= Members.Length) index -= Members.Length;
                if (!property.NameEquals(Members[index].Utf8)) continue;
                seen[index >> 6] |= 1UL << (index & 63);
                (schema, next) = (Members[index].Schema, index + 1 == Members.Length ? 0 : index + 1);
                declared = schema is not null;
                break;
            }
            if (declared && !CheckMember(property, schema!, walk)) fits = false;
            foreach (var (name, patternSchema) in PatternMembers)
            {
                if (!name.IsMatch(property.Name)) continue;
                declared = true;
                if (!CheckMember(property, patternSchema, walk)) fits = false;
            }
            if (!declared && OtherMembers is not null)
            {
                if (!OtherMembers.Never)
                {
                    if (!CheckMember(property, OtherMembers, walk)) fits = false;
                }
                else
                {
                    walk?.FaultAt(property.Name, "There is no such member.");
                    fits = false;
                }
            }
            if (!fits && (walk is null || walk.Full)) return false;
        }
        for (var i = 0; i < Members.Length; i++)
        {
            if (!Members[i].Required || (seen[i >> 6] & (1UL << (i & 63))) != 0) continue;
            walk?.FaultAt(Members[i].Name, "This member is missing.");
            fits = false;
            if (walk is null) return false;
        }
        return fits;
    }

    bool CheckName(JsonProperty property, SchemaWalk? walk)
    {
        using var name = JsonDocument.Parse(JsonSerializer.SerializeToUtf8Bytes(property.Name, NameJson.Default.String));
        if (MemberNames!.Check(name.RootElement, null)) return true;
        walk?.FaultAt(property.Name, "This name is not allowed here.");
        return false;
    }

    static bool CheckMember(JsonProperty property, SchemaNode schema, SchemaWalk? walk)
    {
        if (walk is null) return schema.Check(property.Value, null);
        walk.Enter(property.Name);
        var fits = schema.Check(property.Value, walk);
        walk.Leave();
        return fits;
    }

    bool CheckArray(JsonElement value, SchemaWalk? walk)
    {
        var fits = true;
        var length = value.GetArrayLength();
        if (length < MinItems) fits = walk?.Fault(string.Create(CultureInfo.InvariantCulture, $"Must have at least {MinItems} items; it has {length}.")) ?? false;
        if (length > MaxItems) fits = walk?.Fault(string.Create(CultureInfo.InvariantCulture, $"Must have at most {MaxItems} items; it has {length}.")) ?? false;
        if (!fits && walk is null) return false;
        if (FirstItems.Length > 0 || Items is not null)
        {
            var index = 0;
            foreach (var item in value.EnumerateArray())
            {
                var schema = index < FirstItems.Length ? FirstItems[index] : Items;
                if (schema is null) break;
                if (walk is null)
                {
                    if (!schema.Check(item, null)) return false;
                }
                else
                {
                    walk.Enter(index);
                    fits &= schema.Check(item, walk);
                    walk.Leave();
                    if (walk.Full) return false;
                }
                index++;
            }
        }
        if (UniqueItems && length > 1 && !AreUnique(value)) fits = walk?.Fault("No two items may be the same.") ?? false;
        return fits;
    }

    static bool AreUnique(JsonElement array)
    {
        // A set and not pairs: an array of a quarter of a megabyte can hold a hundred thousand items.
        var seen = new HashSet<JsonElement>(JsonEquality.Instance);
        foreach (var item in array.EnumerateArray())
        {
            if (!seen.Add(item)) return false;
        }
        return true;
    }

    bool CheckText(JsonElement value, SchemaWalk? walk)
    {
        var raw = System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(value)[1..^1];
        // Without an escape the raw bytes are the text.
        return raw.Contains((byte)'\\') ? CheckText(Encoding.UTF8.GetBytes(value.GetString()!), walk) : CheckText(raw, walk);
    }

    bool CheckText(ReadOnlySpan<byte> text, SchemaWalk? walk)
    {
        var fits = true;
        if (MinLength is not null || MaxLength is not null)
        {
            var length = 0;
            foreach (var octet in text)
            {
                if ((octet & 0xC0) != 0x80) length++; // Counts code points: every byte that does not go on with one.
            }
            if (length < MinLength) fits = walk?.Fault(string.Create(CultureInfo.InvariantCulture, $"Must have at least {MinLength} characters; it has {length}.")) ?? false;
            if (length > MaxLength) fits = walk?.Fault(string.Create(CultureInfo.InvariantCulture, $"Must have at most {MaxLength} characters; it has {length}.")) ?? false;
        }
        if (Pattern is not null && !Matches(Pattern, text)) fits = walk?.Fault($"Must match {PatternText}.") ?? false;
        if (!SchemaFormats.Fits(Format, text)) fits = walk?.Fault(SchemaFormats.Wanted(Format)) ?? false;
        return fits;
    }

    static bool Matches(Regex pattern, ReadOnlySpan<byte> text)
    {
        char[]? rented = null;
        var characters = text.Length <= 256 ? stackalloc char[256] : rented = System.Buffers.ArrayPool<char>.Shared.Rent(text.Length);
        var matches = pattern.IsMatch(characters[..Encoding.UTF8.GetChars(text, characters)]);
        if (rented is not null) System.Buffers.ArrayPool<char>.Shared.Return(rented);
        return matches;
    }

    bool CheckNumber(JsonElement value, SchemaWalk? walk)
    {
        if (Minimum is null && Maximum is null && ExclusiveMinimum is null && ExclusiveMaximum is null && MultipleOf is null) return true;
        var number = JsonNumber.Of(value);
        var fits = true;
        if (Minimum is { } minimum && number.CompareTo(minimum) < 0) fits = walk?.Fault($"Must be at least {minimum}.") ?? false;
        if (Maximum is { } maximum && number.CompareTo(maximum) > 0) fits = walk?.Fault($"Must be at most {maximum}.") ?? false;
        if (ExclusiveMinimum is { } above && number.CompareTo(above) <= 0) fits = walk?.Fault($"Must be more than {above}.") ?? false;
        if (ExclusiveMaximum is { } below && number.CompareTo(below) >= 0) fits = walk?.Fault($"Must be less than {below}.") ?? false;
        if (MultipleOf is { } step && !number.IsMultipleOf(step)) fits = walk?.Fault($"Must be a multiple of {step}.") ?? false;
        return fits;
    }

    bool CheckForms(JsonElement value, SchemaWalk? walk)
    {
        var fits = true;
        foreach (var schema in AllOf)
        {
            if (schema.Check(value, walk)) continue;
            if (walk is null) return false;
            fits = false;
        }
        if (AnyOf.Length > 0 && CountFitting(AnyOf, value, enough: 1) == 0) fits = walk?.Fault($"Must fit one of the {AnyOf.Length} forms that are allowed here.") ?? false;
        if (OneOf.Length > 0)
        {
            var count = CountFitting(OneOf, value, enough: 2);
            if (count == 0) fits = walk?.Fault($"Must fit one of the {OneOf.Length} forms that are allowed here.") ?? false;
            if (count > 1) fits = walk?.Fault($"Must fit just one of the {OneOf.Length} forms that are allowed here; it fits several.") ?? false;
        }
        if (Not is not null && Not.Check(value, null)) fits = walk?.Fault("Has a form that is not allowed here.") ?? false;
        return fits;
    }

    static int CountFitting(SchemaNode[] schemas, JsonElement value, int enough)
    {
        var count = 0;
        foreach (var schema in schemas)
        {
            if (schema.Check(value, null) && ++count == enough) break;
        }
        return count;
    }
}

/// <summary>Makes JSON of a member's name, for <c>propertyNames</c>.</summary>
[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class NameJson : System.Text.Json.Serialization.JsonSerializerContext;
