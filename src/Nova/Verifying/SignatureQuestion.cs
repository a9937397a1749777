using Nova.Products;

namespace Nova.Verifying;

/// <summary>A request as somebody received it, or made it for a test, and what it is to be checked with.</summary>
internal sealed record SignatureQuestion
{
    public required Product Product { get; init; }

    /// <summary>As received; case of names does not matter, and the first of a name counts.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>The exact bytes. At most <see cref="SignatureDebugger.MostBody"/>.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Against which the timestamp is held.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The secret that the asker verifies with; null: he names an endpoint instead, or neither.</summary>
    public string? Secret { get; init; }

    /// <summary>The endpoint that the request is for; null: not said.</summary>
    public KnownEndpoint? Endpoint { get; init; }

    /// <summary>All endpoints of the environment, <see cref="Endpoint"/> among them or not.</summary>
    public required IReadOnlyList<KnownEndpoint> Known { get; init; }
}

/// <summary>An endpoint with the keys that sign for it now.</summary>
/// <param name="Id">As its customer knows it.</param>
/// <param name="Url">Where it is sent to: some products sign it.</param>
/// <param name="Keys">Newest first.</param>
internal sealed record KnownEndpoint(string Id, string Url, IReadOnlyList<SigningKeys> Keys);

/// <summary>What was found. Holds no secret, no key, no computed signature, and no value of a header.</summary>
/// <param name="Finding">One of <see cref="SignatureFinding"/>.</param>
/// <param name="Detail">What is wrong and what to do, in plain words.</param>
/// <param name="Header">The signature's header; null where the product signs nothing.</param>
/// <param name="Endpoint">The endpoint whose secret the signature was made with, where that is known.</param>
/// <param name="Expected">What the header should look like.</param>
/// <param name="Seen">What it looks like.</param>
/// <param name="SignedContent">What the product signs, with its placeholders.</param>
/// <param name="Key">How the key is made from the secret, in words.</param>
/// <param name="Timestamp">The signed time as received, where there is one.</param>
internal sealed record SignatureReport(
    string Finding, string Detail, string? Header, string? Endpoint, string? Expected, string? Seen, string? SignedContent, string? Key,
    DateTimeOffset? Timestamp)
{
    public bool Verified => Finding == SignatureFinding.Verified;
}
