using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Nova.Products;

/// <summary>Equality as JSON Schema has it: 1 and 1.0 are the same, the order of members does not count.</summary>
internal sealed class JsonEquality : IEqualityComparer<JsonElement>
{
    public static readonly JsonEquality Instance = new();

    public bool Equals(JsonElement x, JsonElement y) => JsonElement.DeepEquals(x, y);

    public int GetHashCode([DisallowNull] JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.GetHashCode(StringComparison.Ordinal),
        JsonValueKind.Number => value.GetDouble().GetHashCode(),
        JsonValueKind.Array => value.EnumerateArray().Aggregate(17, (hash, item) => HashCode.Combine(hash, GetHashCode(item))),
        JsonValueKind.Object => value.EnumerateObject().Aggregate(
            19, (hash, member) => hash + HashCode.Combine(member.Name.GetHashCode(StringComparison.Ordinal), GetHashCode(member.Value))),
        var kind => (int)kind,
    };
}

/// <summary>A value that a schema names, under <c>const</c> or <c>enum</c>.</summary>
internal sealed class JsonConstant(JsonElement element)
{
    // Most are texts; comparing bytes is quicker than comparing elements, and does not allocate.
    readonly byte[]? _text = element.ValueKind == JsonValueKind.String ? Encoding.UTF8.GetBytes(element.GetString()!) : null;

    public bool Is(JsonElement value) =>
        _text is null ? JsonElement.DeepEquals(value, element) : value.ValueKind == JsonValueKind.String && value.ValueEquals(_text);

    public override string ToString() => element.GetRawText();
}
