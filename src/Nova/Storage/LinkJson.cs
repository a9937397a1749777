using System.Text.Json;
using System.Text.Json.Serialization;
using Nova.Model;

namespace Nova.Storage;

/// <summary>What a portal link grants, as both stores keep it: one column of JSON, since nothing is ever looked up by its parts.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StoredLink))]
internal sealed partial class LinkJson : JsonSerializerContext
{
    public static string? Write(LinkGrant? link) => link is null ? null : JsonSerializer.Serialize(
        new StoredLink(link.AccountId.Value, (int?)link.Environment, (int)link.Role, (int)link.Scopes, link.Theme), Default.StoredLink);

    public static LinkGrant? Read(string? json)
    {
        if (json is null) return null;
        var stored = JsonSerializer.Deserialize(json, Default.StoredLink)!; // Written above, never null.
        return new(new(stored.Account), (EnvironmentName?)stored.Environment, (Role)stored.Role, (LinkScopes)stored.Scopes, stored.Theme);
    }
}

/// <summary>Enumerations are their numbers, as in every column.</summary>
internal sealed record StoredLink(Guid Account, int? Environment, int Role, int Scopes, string? Theme);
