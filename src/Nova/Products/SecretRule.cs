using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Nova.Products;

/// <summary>How the characters of a secret are made from random bytes.</summary>
internal enum SecretFormat
{
    /// <summary>Letters and digits: one word for a double click, no character that a shell or a URL treats as its own.</summary>
    Base62,
    Base64,
    Hex,
}

/// <summary>How the product's endpoint secrets are made, kept and shown.</summary>
internal sealed class SecretRule
{
    const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>What every secret that Nova makes begins with.</summary>
    public required string Prefix { get; init; }

    /// <summary>Random bytes in a secret that Nova makes.</summary>
    public required int Bytes { get; init; }
    public required SecretFormat Format { get; init; }

    /// <summary>The customer chooses it; otherwise Nova makes it.</summary>
    public required bool ChosenByCustomer { get; init; }

    /// <summary>Fewest and most characters of a chosen one.</summary>
    public required int Least { get; init; }
    public required int Most { get; init; }

    /// <summary>An admin may see it again.</summary>
    public required bool ShownOnDemand { get; init; }

    /// <summary>It is in the answer that creates it, and nowhere after.</summary>
    public required bool ShownOnce { get; init; }

    /// <summary>Only its SHA-256 is kept; otherwise it is kept encrypted.</summary>
    public required bool KeptAsHash { get; init; }

    /// <summary>How long the secret before still signs beside a new one; zero: not at all.</summary>
    public required TimeSpan RotationOverlap { get; init; }

    /// <summary>A signature's key is the base64 after the prefix, so that a chosen secret must be made of it.</summary>
    public required bool MustBeBase64 { get; init; }

    /// <summary>Every secret gets a key pair of its own, for the signatures by Ed25519.</summary>
    public required bool HasKeyPair { get; init; }

    /// <summary>It is in an answer when Nova makes it. Not so where nobody needs it: a product that signs by key pair alone.</summary>
    public bool IsGivenAway => !ChosenByCustomer && (ShownOnce || ShownOnDemand);

    /// <summary>A new secret, from the operating system's generator.</summary>
    public string Generate() => Prefix + Format switch
    {
        SecretFormat.Base64 => Convert.ToBase64String(RandomNumberGenerator.GetBytes(Bytes)),
        SecretFormat.Hex => RandomNumberGenerator.GetHexString(2 * Bytes, lowercase: true),
        // A base 62 digit carries 5.95 bits.
        _ => RandomNumberGenerator.GetString(Alphabet, (int)Math.Ceiling(8 * Bytes / Math.Log2(62))),
    };

    /// <summary>Why a secret cannot be used, in words for the customer who chose it; null when it can.</summary>
    /// <remarks>Printable ASCII: it may be sent as a header, and everybody's UTF-8 of it is the same.</remarks>
    public string? Check(string chosen)
    {
        if (chosen.Length < Least) return $"It has {chosen.Length} characters; use at least {Least}.";
        if (chosen.Length > Most) return $"It has {chosen.Length} characters; use at most {Most}.";
        if (chosen.AsSpan().ContainsAnyExceptInRange('!', '~')) return "Use letters, digits and punctuation of ASCII only, without spaces.";
        if (MustBeBase64 && DecodeAfterPrefix(Encoding.UTF8.GetBytes(chosen)) is not { Length: >= 24 and <= 64 })
            return $"Use \"{Prefix}\" followed by the base64 of 24 to 64 bytes.";
        return null;
    }

    /// <summary>What the store keeps of a secret, before it is sealed: its UTF-8, or its SHA-256; and a new key pair, where the product signs by one.</summary>
    public byte[] ToStored(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        return KeptAsHash ? SHA256.HashData(bytes) : HasKeyPair ? KeyPair.Append(bytes) : bytes;
    }

    /// <summary>The bytes whose base64 follows the prefix, or null.</summary>
    public byte[]? DecodeAfterPrefix(ReadOnlySpan<byte> secret)
    {
        var prefix = Encoding.UTF8.GetBytes(Prefix);
        if (!secret.StartsWith(prefix)) return null;
        var text = secret[prefix.Length..];
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        return Base64.DecodeFromUtf8(text, bytes, out _, out var written) == System.Buffers.OperationStatus.Done ? bytes[..written] : null;
    }
}
