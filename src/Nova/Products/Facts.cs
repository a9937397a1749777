namespace Nova.Products;

/// <summary>What an envelope or a header may say of an event.</summary>
/// <param name="Id">As the outside knows it: the publisher's id, else Nova's.</param>
/// <param name="Type">Its type on the wire.</param>
/// <param name="Time">When it happened.</param>
/// <param name="Data">A JSON object, byte for byte as it was published.</param>
/// <param name="Tenant">The publisher's tenant, or null.</param>
/// <param name="AccountId">Nova's id of the account.</param>
/// <param name="Account">What the operator calls the account, else Nova's id.</param>
/// <param name="Environment"><c>production</c> or <c>sandbox</c>.</param>
internal readonly record struct EventFacts(
    string Id, string Type, DateTimeOffset Time, ReadOnlyMemory<byte> Data, string? Tenant, string AccountId, string Account, string Environment);

/// <summary>What an envelope or a header may say of a delivery.</summary>
/// <param name="Id">The same on every attempt.</param>
/// <param name="Time">When the delivery was created.</param>
internal readonly record struct DeliveryFacts(string Id, DateTimeOffset Time);

/// <summary>All that one attempt's headers are made of.</summary>
internal readonly record struct RequestFacts
{
    public required EventFacts Event { get; init; }
    public required DeliveryFacts Delivery { get; init; }

    /// <summary>The attempt's own, so that a retry an hour later still verifies.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>1 for the first.</summary>
    public required int Attempt { get; init; }
    public required string Url { get; init; }

    /// <summary>The exact bytes that are sent.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Newest first; several while a secret is being rotated. At least one.</summary>
    public required IReadOnlyList<SigningKeys> Keys { get; init; }

    /// <summary>The event is a test: some products mark it, or leave a header away.</summary>
    public bool IsTest { get; init; }
}

/// <summary>A header as it is sent.</summary>
/// <param name="Name">As the document spells it.</param>
/// <param name="Value">Printable ASCII.</param>
/// <param name="Secret">It holds the secret itself, and is masked on record.</param>
internal readonly record struct HeaderLine(string Name, string Value, bool Secret);
