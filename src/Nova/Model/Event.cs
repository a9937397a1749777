namespace Nova.Model;

/// <summary>A fact, published once, never changed.</summary>
internal sealed record Event : IIdentified
{
    public static string IdPrefix => "evt";

    public required Id<Event> Id { get; init; }
    public required int EnvironmentId { get; init; }

    /// <summary>The id that the publisher gave; the event's id everywhere outside, where it is set.</summary>
    public string? PublisherId { get; init; }
    public required string Type { get; init; }

    /// <summary>The JSON as published, byte for byte: signatures depend on it, so it is never re-serialised.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }
    public string? Tenant { get; init; }

    /// <summary>When it happened, as the publisher says; else when it was accepted.</summary>
    public required DateTimeOffset OccurredAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The number of the envelope (of the product's definition then in force) that makes its body, now and in ten years.</summary>
    public required int EnvelopeId { get; init; }

    /// <summary>How many deliveries it was given when it was published; replays do not count.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>A test event of one endpoint: made by a customer, wanted by nobody else.</summary>
    public bool IsTest { get; init; }

    public string OutsideId => PublisherId ?? Id.ToString();
}
