namespace Nova.Products;

/// <summary>The keys that an endpoint's secret gives, one per signature of the product. Opaque: it has no way to be printed.</summary>
internal sealed class SigningKeys
{
    internal SigningKeys() { }
}

/// <summary>Makes the headers of an attempt: fixed ones, those with placeholders, signatures.</summary>
internal sealed class RequestComposer
{
    /// <summary>The names of all headers that Nova sets for the product. A customer's own header may have none of them.</summary>
    public IReadOnlyList<string> HeaderNames { get; } = [];

    /// <summary>Done once per secret, and kept: deriving is dearer than signing.</summary>
    /// <param name="storedSecret">As <see cref="SecretRule.ToStored"/> made it.</param>
    public SigningKeys DeriveKeys(ReadOnlyMemory<byte> storedSecret) => throw new NotSupportedException();

    /// <summary>Adds the headers of one attempt to <paramref name="output"/>.</summary>
    public void Compose(in RequestFacts facts, List<HeaderLine> output) => throw new NotSupportedException();
}
