using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nova.Model;

namespace Nova.Sqlite;

/// <summary>The columns that hold lists, as JSON.</summary>
[JsonSerializable(typeof(ImmutableArray<string>))]
[JsonSerializable(typeof(StoredSecret[]))]
internal sealed partial class StoredJson : JsonSerializerContext
{
    public static string Write(ImmutableArray<string> texts) => JsonSerializer.Serialize(texts, Default.ImmutableArrayString);

    public static ImmutableArray<string> ReadTexts(string json) => JsonSerializer.Deserialize(json, Default.ImmutableArrayString);

    public static string Write(ImmutableArray<EndpointSecret> secrets) =>
        JsonSerializer.Serialize([.. secrets.Select(Sqlite.StoredSecret.Of)], Default.StoredSecretArray);

    public static ImmutableArray<EndpointSecret> ReadSecrets(string json) =>
        [.. JsonSerializer.Deserialize(json, Default.StoredSecretArray)!.Select(secret => secret.Read())];
}

/// <summary>A sealed secret in a row. Times as everywhere in the store, bytes in base64.</summary>
internal sealed record StoredSecret(string Key, byte[] Sealed, long Created, long? Expires)
{
    public static StoredSecret Of(EndpointSecret secret) => new(
        secret.Sealed.KeyId, secret.Sealed.Bytes, Times.ToStored(secret.CreatedAt),
        secret.ExpiresAt is { } expires ? Times.ToStored(expires) : null);

    public EndpointSecret Read() => new(
        new SealedBytes(Key, Sealed), Times.FromStored(Created), Expires is { } expires ? Times.FromStored(expires) : null);
}
