using System.Security.Cryptography;
using System.Text;

namespace Nova.Products;

/// <summary>
/// The Ed25519 key pair of an endpoint: made with each secret, and kept behind it in what the store seals. Nobody is ever shown the private
/// key; the public one is shown to everybody who may see the endpoint.
/// </summary>
/// <remarks>
/// Written as the open standard writes them: <c>whsk_</c> and the base64 of seed and public key, <c>whpk_</c> and that of the public key. Not
/// made from the secret: where a definition signs by HMAC too, the customer knows that one, and could sign himself.
/// </remarks>
internal static class KeyPair
{
    const string PrivatePrefix = "whsk_";

    /// <summary>What a public key begins with.</summary>
    public const string PublicPrefix = "whpk_";

    /// <summary>Stands before the pair in what is stored. A secret is visible ASCII and cannot hold it.</summary>
    const byte Mark = (byte)'\n';

    /// <summary>What is stored of a secret, with a new pair behind it.</summary>
    public static byte[] Append(ReadOnlySpan<byte> secret)
    {
        var seed = RandomNumberGenerator.GetBytes(Ed25519.SeedBytes);
        return [.. secret, Mark, .. Encoding.ASCII.GetBytes(PrivatePrefix + Convert.ToBase64String([.. seed, .. Ed25519.PublicKeyOf(seed)]))];
    }

    /// <summary>The secret without the pair behind it.</summary>
    public static ReadOnlySpan<byte> Without(ReadOnlySpan<byte> stored) => stored.IndexOf(Mark) is >= 0 and var at ? stored[..at] : stored;

    /// <summary>What signs; null for a secret from before the definition asked for a key pair.</summary>
    public static byte[]? SeedOf(ReadOnlySpan<byte> stored) => Read(stored)?[..Ed25519.SeedBytes];

    /// <summary>What verifies, as customers get it: <c>whpk_…</c>; null where there is none.</summary>
    public static string? PublicKeyOf(ReadOnlySpan<byte> stored) =>
        Read(stored) is { } pair ? PublicPrefix + Convert.ToBase64String(pair.AsSpan(Ed25519.SeedBytes)) : null;

    static byte[]? Read(ReadOnlySpan<byte> stored)
    {
        if (stored.IndexOf(Mark) is not (>= 0 and var at)) return null;
        return Convert.FromBase64String(Encoding.ASCII.GetString(stored[(at + 1 + PrivatePrefix.Length)..]));
    }
}
