using Nova.Model;
using Nova.Products;

namespace Nova.Accounts;

/// <summary>An endpoint made ready for sending: URL parsed, secrets opened, signing keys derived. Immutable; a change makes a new one.</summary>
internal sealed class EndpointTarget
{
    readonly (SigningKeys Keys, DateTimeOffset? ExpiresAt)[] _keys;
    readonly SigningKeys[] _newestOnly;

    public EndpointTarget(Endpoint endpoint, Product product, Uri? url, IReadOnlyList<CustomHeader> headers,
        IReadOnlyList<(SigningKeys Keys, DateTimeOffset? ExpiresAt)> keys)
    {
        Endpoint = endpoint;
        Product = product;
        Url = url;
        Headers = headers;
        _keys = [.. keys];
        _newestOnly = _keys.Length == 0 ? [] : [_keys[0].Keys];
    }

    public Endpoint Endpoint { get; }
    public Product Product { get; }

    /// <summary>Null where the egress guard refuses the stored URL as it is set now (it was let in under looser settings).</summary>
    public Uri? Url { get; }
    public IReadOnlyList<CustomHeader> Headers { get; }

    /// <summary>The URL has the form of an inspector's; whether there is one is asked at each attempt.</summary>
    public bool MayBeInspector { get; init; }

    /// <summary>What verifies the newest signatures by Ed25519; null where the product has none.</summary>
    public string? PublicKey => _newestOnly.Length == 0 ? null : _newestOnly[0].PublicKey;

    /// <summary>The keys that sign at this time, newest first: more than one only while a rotation overlaps.</summary>
    public IReadOnlyList<SigningKeys> KeysAt(DateTimeOffset now) => _keys.Length <= 1
        ? _newestOnly
        : [.. _keys.Where((key, i) => i == 0 || key.ExpiresAt > now).Select(key => key.Keys)];
}
