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
internal sealed class SchemaValidator
{
    /// <summary>Every fault, at most 100; empty, and nothing allocated, where the data fits.</summary>
    public IReadOnlyList<SchemaFault> Validate(JsonElement data) => throw new NotSupportedException();
}
