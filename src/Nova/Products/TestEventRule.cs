namespace Nova.Products;

/// <summary>What Send Test Webhook sends. The test is an event like any other: stored, rendered, signed, recorded.</summary>
internal sealed class TestEventRule(
    string eventType, bool mayChoose, Envelope? envelope, ReadOnlyMemory<byte> ownData, IReadOnlyDictionary<string, EventType> eventTypes)
{
    /// <summary>The type of a test for which nobody chose one, as the wire calls it. Not always one of the catalog.</summary>
    public string EventType => eventType;

    /// <summary>The sender of the test may choose any event type of the catalog.</summary>
    public bool MayChoose => mayChoose;

    /// <summary>The test's own envelope; null: the product's.</summary>
    public Envelope? Envelope => envelope;

    /// <summary>The test's data: the example of an event type of the catalog, else what the definition gives.</summary>
    public ReadOnlyMemory<byte> Data(string type) => eventTypes.TryGetValue(type, out var known) ? known.Example : ownData;
}
