using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Nova.Products;

internal enum SignatureAlgorithm
{
    HmacSha256,
    HmacSha512,
    /// <summary>For receivers that cannot do better.</summary>
    HmacSha1,
    /// <summary>By a key pair: whoever verifies cannot sign.</summary>
    Ed25519,
}

/// <summary>How a signature's key is made from the endpoint's secret.</summary>
internal enum KeyRule
{
    /// <summary>The UTF-8 of the whole secret, prefix included.</summary>
    Secret,
    /// <summary>What the base64 after the secret's prefix stands for.</summary>
    Base64AfterPrefix,
    /// <summary>The lower-case hexadecimal characters of the secret's SHA-256. Needs no secret, only its hash.</summary>
    Sha256Hex,
    /// <summary>No secret at all: the endpoint's <see cref="Products.KeyPair"/>. Of Ed25519, and of nothing else.</summary>
    KeyPair,
}

internal enum SignatureEncoding
{
    Hex,
    Base64,
}

/// <summary>One signature header of a product: what is signed, with what, and how it is written.</summary>
internal sealed class SignatureScheme
{
    /// <summary>The longest there are here: HMAC-SHA512 and Ed25519.</summary>
    const int MostBytes = 64;

    public required string Header { get; init; }
    public required SignatureAlgorithm Algorithm { get; init; }
    public required TextTemplate Content { get; init; }
    public required KeyRule Key { get; init; }
    public required SignatureEncoding Encoding { get; init; }

    /// <summary>Stands once before the signatures.</summary>
    public required TextTemplate Lead { get; init; }

    /// <summary>Each signature with what is around it.</summary>
    public required TextTemplate Value { get; init; }

    /// <summary>Between the signatures of several secrets; null: only the newest secret signs.</summary>
    public required string? Separator { get; init; }

    /// <summary>Whether another signature may follow this one in the same header: in one list, with nothing between the two but what separates the list.</summary>
    public bool ListsWith(SignatureScheme next) =>
        Header == next.Header && Separator is not null && Separator == next.Separator && next.Lead.Parts.Count == 0;

    /// <summary>The key for a secret as the store keeps it. Empty where it has no key pair and one would be needed: it does not sign.</summary>
    public byte[] DeriveKey(ReadOnlySpan<byte> stored, SecretRule secret) => Key switch
    {
        KeyRule.Sha256Hex => System.Text.Encoding.ASCII.GetBytes(
            Convert.ToHexStringLower(secret.KeptAsHash ? stored : SHA256.HashData(Products.KeyPair.Without(stored)))),
        KeyRule.KeyPair => Products.KeyPair.SeedOf(stored) ?? [],
        KeyRule.Base64AfterPrefix => secret.DecodeAfterPrefix(Products.KeyPair.Without(stored))
            ?? throw new CryptographicException("A stored secret is not base64 after its prefix: it was not made under this definition."),
        _ => Products.KeyPair.Without(stored).ToArray(),
    };

    /// <summary>Bytes of a signature before it is written as text.</summary>
    public int Length => Algorithm switch { SignatureAlgorithm.HmacSha256 => 32, SignatureAlgorithm.HmacSha1 => 20, _ => 64 };

    /// <summary>The signature of a content, for whoever checks one.</summary>
    public byte[] Hash(byte[] key, ReadOnlySpan<byte> content)
    {
        var hash = new byte[Length];
        Sign(key, content, hash);
        return hash;
    }

    /// <summary>The header's value for one attempt; empty where no secret has what this signature needs.</summary>
    /// <param name="facts">The attempt.</param>
    /// <param name="index">Which of the product's signatures this is.</param>
    /// <param name="text">The attempt's values as text.</param>
    public string Compose(in RequestFacts facts, int index, ref AttemptTexts text)
    {
        byte[]? rented = null;
        var content = Content.Alone is Placeholder.Body ? facts.Body.Span : Join(facts, ref text, out rented);
        var header = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[256]);
        Append(ref header, Lead, facts, default, ref text);
        Span<byte> hash = stackalloc byte[MostBytes];
        Span<char> signature = stackalloc char[2 * MostBytes];
        var count = Separator is null ? 1 : facts.Keys.Count;
        var signed = 0;
        for (var i = 0; i < count; i++)
        {
            var key = facts.Keys[i].Keys[index];
            if (key.Length == 0 && Algorithm == SignatureAlgorithm.Ed25519) continue;
            if (signed++ > 0) header.AppendLiteral(Separator!);
            var written = Sign(key, content, hash);
            int characters;
            if (Encoding == SignatureEncoding.Hex) Convert.TryToHexStringLower(hash[..written], signature, out characters);
            else Convert.TryToBase64Chars(hash[..written], signature, out characters);
            Append(ref header, Value, facts, signature[..characters], ref text);
        }
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        var value = header.ToStringAndClear();
        return signed > 0 ? value : "";
    }

    int Sign(byte[] key, ReadOnlySpan<byte> content, Span<byte> hash) => Algorithm switch
    {
        SignatureAlgorithm.HmacSha256 => HMACSHA256.HashData(key, content, hash),
        SignatureAlgorithm.HmacSha512 => HMACSHA512.HashData(key, content, hash),
        SignatureAlgorithm.Ed25519 => Products.Ed25519.Sign(key, content, hash),
        _ => LegacySha1(key, content, hash),
    };

#pragma warning disable CA5350 // HMAC-SHA1 is there for receivers that know nothing else; HMAC does not rest on collisions being hard to find.
    static int LegacySha1(byte[] key, ReadOnlySpan<byte> content, Span<byte> hash) => HMACSHA1.HashData(key, content, hash);
#pragma warning restore CA5350

    static void Append(
        ref DefaultInterpolatedStringHandler header, TextTemplate template, in RequestFacts facts, ReadOnlySpan<char> signature, ref AttemptTexts text)
    {
        // By index: the list is an array, and its enumerator through the interface would be an allocation.
        for (var i = 0; i < template.Parts.Count; i++)
        {
            var part = template.Parts[i];
            if (part.Literal is { } literal) header.AppendLiteral(literal);
            else if (part.Placeholder == Placeholder.Signature) header.AppendFormatted(signature);
            else header.AppendLiteral(text.Of(part.Placeholder, facts));
        }
    }

    /// <summary>The signed content in one rented piece. Copying a body of a kilobyte is cheaper than setting up an incremental hash.</summary>
    ReadOnlySpan<byte> Join(in RequestFacts facts, ref AttemptTexts text, out byte[] rented)
    {
        var utf8 = System.Text.Encoding.UTF8;
        var size = 0;
        for (var i = 0; i < Content.Parts.Count; i++)
        {
            var part = Content.Parts[i];
            size += part.Literal is null && part.Placeholder == Placeholder.Body
                ? facts.Body.Length
                : utf8.GetMaxByteCount((part.Literal ?? text.Of(part.Placeholder, facts)).Length);
        }
        rented = ArrayPool<byte>.Shared.Rent(size);
        var length = 0;
        for (var i = 0; i < Content.Parts.Count; i++)
        {
            var part = Content.Parts[i];
            if (part.Literal is null && part.Placeholder == Placeholder.Body)
            {
                facts.Body.Span.CopyTo(rented.AsSpan(length));
                length += facts.Body.Length;
            }
            else
            {
                length += utf8.GetBytes(part.Literal ?? text.Of(part.Placeholder, facts), rented.AsSpan(length));
            }
        }
        return rented.AsSpan(0, length);
    }
}
