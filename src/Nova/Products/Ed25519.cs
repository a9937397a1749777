using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Nova.Products;

/// <summary>Ed25519 (RFC 8032) by the system's OpenSSL, because .NET has none of its own. docs/decisions/0007-ed25519.md says why so.</summary>
/// <remarks>A signature loads its key anew, which costs one multiplication on the curve; kept handles would have to be freed with the endpoint.</remarks>
internal static partial class Ed25519
{
    public const int SeedBytes = 32, PublicKeyBytes = 32, SignatureBytes = 64;

    /// <summary>OpenSSL 3, on every Linux that .NET 10 runs on: .NET's own cryptography calls it.</summary>
    const string Library = "libcrypto.so.3";

    /// <summary>EVP_PKEY_ED25519 in OpenSSL's headers.</summary>
    const int KeyType = 1087;

    static readonly Lazy<bool> Supported = new(Probe);

    /// <summary>Whether signing works on this machine: tried once, with a public test vector.</summary>
    public static bool IsSupported => Supported.Value;

    /// <summary>The public key that belongs to a seed, which is what RFC 8032 calls the private key.</summary>
    public static byte[] PublicKeyOf(ReadOnlySpan<byte> seed)
    {
        var key = Load(seed);
        try
        {
            var output = new byte[PublicKeyBytes];
            nuint length = PublicKeyBytes;
            Check(EVP_PKEY_get_raw_public_key(key, output, ref length) == 1 && length == PublicKeyBytes);
            return output;
        }
        finally
        {
            EVP_PKEY_free(key);
        }
    }

    /// <summary>Writes the signature of a content and gives its length, <see cref="SignatureBytes"/>.</summary>
    public static int Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> content, Span<byte> signature)
    {
        var key = Load(seed);
        var context = EVP_MD_CTX_new();
        try
        {
            var length = (nuint)signature.Length;
            Check(context != 0);
            // No digest is named: Ed25519 hashes by itself.
            Check(EVP_DigestSignInit(context, 0, 0, 0, key) == 1);
            Check(EVP_DigestSign(context, signature, ref length, content, (nuint)content.Length) == 1 && length == SignatureBytes);
            return SignatureBytes;
        }
        finally
        {
            EVP_MD_CTX_free(context);
            EVP_PKEY_free(key);
        }
    }

    static nint Load(ReadOnlySpan<byte> seed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, SeedBytes);
        var key = EVP_PKEY_new_raw_private_key(KeyType, 0, seed, SeedBytes);
        Check(key != 0);
        return key;
    }

    static void Check(bool done)
    {
        if (!done) throw new CryptographicException("OpenSSL did not do what Ed25519 needs.");
    }

    /// <summary>RFC 8032, section 7.1, test 1: an empty content. A library that is not there, is older, or may not do Ed25519 shows here.</summary>
    static bool Probe()
    {
        try
        {
            Span<byte> signature = stackalloc byte[SignatureBytes];
            Sign(Convert.FromHexString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"), [], signature);
            return Convert.ToHexStringLower(signature)
                == "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
        }
        catch (Exception fault) when (fault is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or CryptographicException)
        {
            return false;
        }
    }

    [LibraryImport(Library)]
    private static partial nint EVP_PKEY_new_raw_private_key(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_get_raw_public_key(nint key, Span<byte> output, ref nuint length);

    [LibraryImport(Library)]
    private static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library)]
    private static partial nint EVP_MD_CTX_new();

    [LibraryImport(Library)]
    private static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Library)]
    private static partial int EVP_DigestSignInit(nint context, nint keyContext, nint digest, nint engine, nint key);

    [LibraryImport(Library)]
    private static partial int EVP_DigestSign(nint context, Span<byte> signature, ref nuint length, ReadOnlySpan<byte> content, nuint contentLength);
}
