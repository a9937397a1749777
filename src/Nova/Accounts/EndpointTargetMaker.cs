using System.Text.Json;
using Nova.Egress;
using Nova.Model;
using Nova.Products;
using Nova.Secrets;

namespace Nova.Accounts;

/// <summary>Seals an endpoint's secrets on their way into the store, and makes a stored endpoint ready for sending.</summary>
internal sealed class EndpointTargetMaker(SecretBox box, EgressGuard guard)
{
    public EndpointTarget Make(Endpoint endpoint, Product product)
    {
        var keys = endpoint.Secrets
            .Select(secret => (product.Request.DeriveKeys(box.Open(secret.Sealed, endpoint.Id.Value)), secret.ExpiresAt))
            .ToArray();
        return new(endpoint, product, guard.Check(endpoint.Url).Uri, OpenHeaders(endpoint), keys) { MayBeInspector = Inspector.TokenOf(endpoint.Url) is not null };
    }

    /// <summary>A secret in the form in which the product keeps it: itself or its hash, sealed for this endpoint.</summary>
    public EndpointSecret Seal(Id<Endpoint> endpoint, Product product, string secret, DateTimeOffset now) =>
        new(box.Seal(product.Secret.ToStored(secret), endpoint.Value), now);

    /// <summary>The secret itself, for products that show it on demand.</summary>
    public string Open(Endpoint endpoint) => System.Text.Encoding.UTF8.GetString(
        KeyPair.Without(box.Open(endpoint.Secrets[0].Sealed, endpoint.Id.Value)));

    /// <summary>Custom headers are sealed as a whole: a value may be a credential of the receiver.</summary>
    public SealedBytes? SealHeaders(Id<Endpoint> endpoint, IReadOnlyList<CustomHeader> headers) =>
        headers.Count == 0 ? null : box.Seal(JsonSerializer.SerializeToUtf8Bytes(headers, AccountsJson.Default.IReadOnlyListCustomHeader), endpoint.Value);

    /// <summary>The names of an endpoint's custom headers, which are no secret.</summary>
    public IEnumerable<string> HeaderNames(Endpoint endpoint) => OpenHeaders(endpoint).Select(header => header.Name);

    IReadOnlyList<CustomHeader> OpenHeaders(Endpoint endpoint) => endpoint.Headers is null
        ? []
        : JsonSerializer.Deserialize(box.Open(endpoint.Headers, endpoint.Id.Value), AccountsJson.Default.IReadOnlyListCustomHeader) ?? [];
}

[System.Text.Json.Serialization.JsonSerializable(typeof(IReadOnlyList<CustomHeader>))]
internal sealed partial class AccountsJson : System.Text.Json.Serialization.JsonSerializerContext;
