using System.Text.Json;
using System.Text.Json.Serialization;
using Nova.Accounts;
using Nova.AspNetCore.Writing;
using Nova.Delivering;
using Nova.Model;
using Nova.Products;

namespace Nova.AspNetCore.Apis;

/// <summary>An endpoint, as its customer sees it.</summary>
/// <param name="Id">As the product writes ids of endpoints.</param>
/// <param name="Name">Where the product has it.</param>
/// <param name="Description">Where the product has it.</param>
/// <param name="Url">Where it is sent to.</param>
/// <param name="Events">The subscribed event types; <c>*</c> is all of them.</param>
/// <param name="Enabled">In the product's word: <c>is_active</c> in <c>calls</c>.</param>
/// <param name="Headers">The customer's own, where the product has them. Values of headers that are credentials are masked.</param>
/// <param name="Secret">Only in the answer to the request that made it.</param>
/// <param name="PublicKey">In a product that signs by Ed25519: what verifies, <c>whpk_</c> and the base64 of the key. Changes with the secret.</param>
/// <param name="DisabledReason">Why Nova switched it off: <c>consecutive_failures</c>, <c>no_success</c>, <c>gone</c>.</param>
/// <param name="DisabledAt">When Nova switched it off.</param>
/// <param name="CreatedAt">When it was made.</param>
internal sealed record WebhookView(
    string Id, string? Name, string? Description, string Url, IReadOnlyList<string> Events, bool Enabled,
    IReadOnlyDictionary<string, string>? Headers,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Secret,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? PublicKey,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? DisabledReason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? DisabledAt,
    [property: JsonConverter(typeof(JsonSecond))] DateTimeOffset CreatedAt)
{
    public static WebhookView Of(EndpointTarget target, string? secret = null)
    {
        var endpoint = target.Endpoint;
        // A customer knows why he switched it off himself.
        var byNova = endpoint.DisabledReason is { } reason && reason != EndpointDisabler.ByCustomer && endpoint.DeletedAt is null;
        return new(
            EndpointIds.Write(endpoint.Id, target.Product), endpoint.Name, endpoint.Description, endpoint.Url, endpoint.EventTypes, endpoint.Receives,
            target.Headers.ToDictionary(header => header.Name, Shown), secret, target.PublicKey,
            byNova ? endpoint.DisabledReason : null, byNova ? endpoint.DisabledAt : null, endpoint.CreatedAt);
    }

    /// <summary>A header's value as it is shown: a credential of the receiver is not.</summary>
    public static string Shown(CustomHeader header) => MaskedHeaders.IsCredential(header.Name) ? MaskedHeaders.Mask(header.Value) : header.Value;
}

/// <param name="Secret">In the product's word: <c>api_key</c> in <c>partner</c>. Shown here only; absent where nobody needs it, because the product signs by Ed25519 alone.</param>
/// <param name="PreviousExpiresAt">Until when the secret before still signs as well; absent where it does not.</param>
/// <param name="PublicKey">In a product that signs by Ed25519: what verifies, <c>whpk_</c> and the base64 of the key.</param>
internal sealed record SecretView(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Secret,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? PreviousExpiresAt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? PublicKey = null);

/// <summary>An endpoint to make. Products differ in what they have: a member that a product does not have is refused.</summary>
/// <param name="Url">An https URL on the public internet.</param>
/// <param name="Events">The event types it gets; <c>*</c> for all. Exactly one in a product with an endpoint for each event type.</param>
/// <param name="Name">A label.</param>
/// <param name="Description">A longer one.</param>
/// <param name="Enabled">In the product's word. Default true.</param>
/// <param name="Headers">Headers to put on every request, at most 16.</param>
/// <param name="Secret">In the product's word, and only in a product whose customers choose it.</param>
internal sealed record CreateWebhookBody(
    string Url, IReadOnlyList<string> Events, string? Name = null, string? Description = null, bool? Enabled = null,
    IReadOnlyDictionary<string, string>? Headers = null, string? Secret = null);

/// <summary>What to change of an endpoint. What is not there stays; null clears a name, a description, the headers.</summary>
internal sealed record ChangeWebhookBody(
    string? Url = null, IReadOnlyList<string>? Events = null, string? Name = null, string? Description = null, bool? Enabled = null,
    IReadOnlyDictionary<string, string>? Headers = null, string? Secret = null);

/// <param name="Secret">Only in a product whose customers choose it: the new one.</param>
internal sealed record RotateSecretBody(string? Secret = null);

/// <param name="EventType">Where the product lets one choose; with data any of the catalog. Default: the product's own test.</param>
/// <param name="Data">Only in the sandbox: a JSON object that fits the event type's schema, sent as an event of that type is. Its bytes are sent as they are. Default: the test's own.</param>
internal sealed record TestBody(string? EventType = null, JsonElement? Data = null);

/// <summary>How a product writes the ids of its endpoints.</summary>
internal static class EndpointIds
{
    public static string Write(Id<Endpoint> id, Product product) => product.Api.EndpointIdIsUuid ? id.Value.ToString("D") : id.ToString();

    public static Id<Endpoint>? Read(string text, Product product)
    {
        if (!product.Api.EndpointIdIsUuid) return Id<Endpoint>.TryParse(text, out var id) ? id : null;
        return Guid.TryParseExact(text, "D", out var uuid) ? new(uuid) : null;
    }
}
