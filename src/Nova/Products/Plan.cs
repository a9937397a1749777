namespace Nova.Products;

/// <summary>What an account may have. Null: no limit of the plan's.</summary>
internal sealed record Plan
{
    public required string Name { get; init; }

    /// <summary>As people read it: CLI Team.</summary>
    public required string Title { get; init; }

    /// <summary>Endpoints per environment that are not deleted.</summary>
    public required int? Endpoints { get; init; }

    /// <summary>Headers of the customer's own per endpoint; 0: none.</summary>
    public required int CustomHeaders { get; init; }

    /// <summary>Requests of each credential per second, on each node. An account's own override goes before it.</summary>
    public required int? RequestsPerSecond { get; init; }

    /// <summary>Size of an event's data.</summary>
    public required int? PayloadBytes { get; init; }

    /// <summary>The event types that may be subscribed to; null: all.</summary>
    public required IReadOnlyList<string>? EventTypes { get; init; }
}
