namespace Nova.Products;

/// <summary>What the product's portal is called, where its webhooks are found in it, and what people of this product call things.</summary>
/// <param name="Title">As the document calls it.</param>
/// <param name="Place">The way to the list of webhooks, from the outermost.</param>
/// <param name="EventTitles">Its history lists event types by their titles, not by their names.</param>
/// <param name="Words">Labels of the screens.</param>
internal sealed record PortalStyle(string Title, IReadOnlyList<string> Place, bool EventTitles, PortalWords Words);

/// <summary>Labels in which the documents differ. Each is as it stands on a button or above a column.</summary>
internal sealed record PortalWords
{
    /// <summary>The screen of figures and charts: Analytics.</summary>
    public string Overview { get; init; } = "Overview";

    /// <summary>The list of deliveries: Delivery Logs.</summary>
    public string Deliveries { get; init; } = "Delivery History";

    /// <summary>Above the list: Webhooks.</summary>
    public string Endpoints { get; init; } = "Webhooks";

    /// <summary>One of it: Endpoint.</summary>
    public string Endpoint { get; init; } = "Endpoint";

    /// <summary>The button that makes one: Create Webhook.</summary>
    public string Create { get; init; } = "Add Endpoint";

    /// <summary>The button that sends a test: Send Test Event.</summary>
    public string Test { get; init; } = "Send Test Webhook";

    /// <summary>What requests are signed with: API Key.</summary>
    public string Secret { get; init; } = "Signing Secret";

    /// <summary>Whom among the account's own customers an event concerns.</summary>
    public string Tenant { get; init; } = "Tenant";

    /// <summary>The product's own figure in its analytics, counted from its scoring jobs; null: it has none.</summary>
    public string? Figure { get; init; }
}
