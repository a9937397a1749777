namespace Nova.Products;

/// <summary>What an endpoint of the product is and has.</summary>
internal sealed record EndpointRule
{
    /// <summary>Each event type has an endpoint of its own; otherwise an endpoint subscribes to many.</summary>
    public required bool OnePerEventType { get; init; }

    /// <summary>Customers may add headers of their own, as many as their plan allows.</summary>
    public required bool AllowsCustomHeaders { get; init; }
    public required bool HasName { get; init; }
    public required bool HasDescription { get; init; }

    /// <summary>A deleted endpoint stays in the customer's list, as one that is not enabled; otherwise it is gone from it.</summary>
    public required bool ListsDeleted { get; init; }

    /// <summary>Deliveries that wait are not sent any more once the URL is another.</summary>
    public required bool CancelsOnUrlChange { get; init; }

    /// <summary>Deliveries that wait are not sent any more once the secret is another.</summary>
    public required bool CancelsOnSecretChange { get; init; }
}
