using System.Text.Json;

namespace Nova.Products;

/// <summary>A kind of event: what it means, what its data looks like.</summary>
internal sealed record EventType
{
    /// <summary>As on the wire: <c>score.completed</c>.</summary>
    public required string Name { get; init; }

    /// <summary>As people read it: Score Completed.</summary>
    public required string Title { get; init; }
    public required string Description { get; init; }

    /// <summary>The heading under which a catalog lists it; null where the product has no groups.</summary>
    public required string? Group { get; init; }

    /// <summary>The JSON Schema of the event's data, as written in the definition.</summary>
    public required JsonElement Schema { get; init; }

    /// <summary>Realistic data that fits the schema, as written in the definition.</summary>
    public required ReadOnlyMemory<byte> Example { get; init; }
    public required SchemaValidator Validator { get; init; }
}
