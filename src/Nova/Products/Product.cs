namespace Nova.Products;

/// <summary>One line of webhooks: its dialect, catalog, plans and API style. A definition that was read, checked and compiled at start.</summary>
/// <remarks>Immutable, and nothing in it can fail later: <see cref="ProductLoader"/> has refused whatever could.</remarks>
internal sealed record Product
{
    /// <summary>The folder's name: lower-case letters, digits and hyphens.</summary>
    public required string Name { get; init; }

    /// <summary>As people write it.</summary>
    public required string Title { get; init; }
    public required string Description { get; init; }

    /// <summary>Makes the body of an event.</summary>
    public required Envelope Envelope { get; init; }

    /// <summary>By name, compared ordinally. Frozen.</summary>
    public required IReadOnlyDictionary<string, EventType> EventTypes { get; init; }

    /// <summary>Makes the headers of an attempt, signatures included.</summary>
    public required RequestComposer Request { get; init; }
    public required SecretRule Secret { get; init; }
    public required OutcomeRule Outcome { get; init; }
    public required RetrySchedule Retry { get; init; }

    /// <summary>Of one attempt, from the look-up of the name to the last byte read. 100 ms to 5 minutes.</summary>
    public required TimeSpan Timeout { get; init; }
    public required DisableRule Disable { get; init; }
    public required TestEventRule Test { get; init; }
    public required EndpointRule Endpoint { get; init; }

    /// <summary>By name. Empty: the product has no plans, and no limits but Nova's own.</summary>
    public required IReadOnlyDictionary<string, Plan> Plans { get; init; }

    /// <summary>The plan of an account that names none; null only where there are no plans.</summary>
    public required string? DefaultPlan { get; init; }
    public required ApiStyle Api { get; init; }
    public required PortalStyle Portal { get; init; }

    /// <summary>The product's scoring jobs; null where it has none.</summary>
    public required ScoreRule? Scores { get; init; }

    /// <summary>Data that does not fit its schema is published with a warning instead of refused; save for faults that are <see cref="SchemaFault.Fatal"/>.</summary>
    public required bool WarnOnSchemaViolation { get; init; }

    /// <summary>What a person of this product calls an endpoint: <c>endpoint</c>, <c>webhook</c>.</summary>
    public required string EndpointWord { get; init; }

    /// <summary>The plan that an account is on: the one it names, else the default; null where the product has no plans.
    /// A plan that the definition no longer has counts as the default.</summary>
    public Plan? PlanOf(string? name) =>
        name is not null && Plans.TryGetValue(name, out var plan) ? plan : DefaultPlan is null ? null : Plans[DefaultPlan];
}
