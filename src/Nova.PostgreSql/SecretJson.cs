using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nova.Model;

namespace Nova.PostgreSql;

/// <summary>An endpoint's secrets as the JSON of their column. Sealed, as everything that reaches a store; read by nobody but this.</summary>
[JsonSerializable(typeof(StoredSecret[]))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class SecretJson : JsonSerializerContext
{
    public static string Of(ImmutableArray<EndpointSecret> secrets) => JsonSerializer.Serialize(
        [.. secrets.Select(s => new StoredSecret(s.Sealed.KeyId, s.Sealed.Bytes, s.CreatedAt, s.ExpiresAt))], Default.StoredSecretArray);

    public static ImmutableArray<EndpointSecret> Read(string json) =>
    [
        .. JsonSerializer.Deserialize(json, Default.StoredSecretArray)! // Never null: the column is not.
            .Select(s => new EndpointSecret(new SealedBytes(s.Key, s.Bytes), s.Created, s.Expires)),
    ];
}

internal sealed record StoredSecret(string Key, byte[] Bytes, DateTimeOffset Created, DateTimeOffset? Expires);
