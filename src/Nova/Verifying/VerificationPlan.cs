using Nova.Products;

namespace Nova.Verifying;

/// <summary>A piece of what is signed, as a receiver finds it.</summary>
/// <param name="Literal">Text of the definition; null: something else.</param>
/// <param name="Header">The header that holds it; null: something else.</param>
/// <param name="Source">Where neither is: the body or the timestamp.</param>
internal readonly record struct SignedPart(string? Literal, string? Header, Placeholder Source = default);

/// <summary>What a receiver of a product has to do, worked out from the definition once for all languages.</summary>
internal sealed record VerificationPlan
{
    public required Product Product { get; init; }

    /// <summary>In lower case, as are all names of headers here.</summary>
    public required string Header { get; init; }
    public required SignatureScheme Scheme { get; init; }

    /// <summary>What is signed, in order.</summary>
    public required IReadOnlyList<SignedPart> Content { get; init; }

    /// <summary>The header that holds the timestamp alone; null: it is in the lead, or there is none.</summary>
    public required string? TimestampHeader { get; init; }

    /// <summary>The texts around the timestamp before the signatures; null where there is no lead.</summary>
    public required (string Before, string After)? Lead { get; init; }

    /// <summary>Around each signature.</summary>
    public required string Before { get; init; }
    public required string After { get; init; }

    public bool SignsTime => TimestampHeader is not null || Lead is not null;

    /// <summary>There is a public key in place of a secret.</summary>
    public bool ByKeyPair => Scheme.Key == KeyRule.KeyPair;

    /// <summary>The key is what the base64 after the secret's prefix stands for.</summary>
    public bool DecodesSecret => Scheme.Key == KeyRule.Base64AfterPrefix;

    /// <summary>The key is the hexadecimal of the secret's SHA-256.</summary>
    public bool HashesSecret => Scheme.Key == KeyRule.Sha256Hex;

    /// <summary>What a secret, or a public key, begins with.</summary>
    public string SecretPrefix => ByKeyPair ? KeyPair.PublicPrefix : Product.Secret.Prefix;

    /// <summary>Characters of the secret that are no part of the key, where it is decoded.</summary>
    public int SkippedOfSecret => SecretPrefix.Length;

    /// <summary>The environment variable that the programs read the secret from.</summary>
    public string Variable => ByKeyPair ? "WEBHOOK_PUBLIC_KEY" : "WEBHOOK_SECRET";

    /// <summary>What the programs ask most: the hash as .NET and Java spell it, as the others do, how the signature is written, and whether it is by key pair.</summary>
    public (string Algorithm, string Hash, bool IsHex, bool ByKeyPair) Names
    {
        get
        {
            var algorithm = Scheme.Algorithm switch { SignatureAlgorithm.HmacSha512 => "SHA512", SignatureAlgorithm.HmacSha1 => "SHA1", _ => "SHA256" };
            return (algorithm, algorithm.ToLowerInvariant(), Scheme.Encoding == SignatureEncoding.Hex, ByKeyPair);
        }
    }

    /// <summary>What is signed, as expressions of a language.</summary>
    public IEnumerable<string> ContentAs(Func<string, string> literal, Func<string, string> header, string body, string timestamp)
    {
        foreach (var part in Content)
            yield return part.Literal is { } text ? literal(text) : part.Header is { } name ? header(name) : part.Source == Placeholder.Body ? body : timestamp;
    }

    public bool InMilliseconds => Scheme.Content.Has(Placeholder.TimestampMs);

    /// <summary>
    /// The plan of a product's last HMAC, which is its strongest where it has several, or where it has none, of its last signature by key pair; null where it
    /// has none either, or signs what no header tells.
    /// </summary>
    public static VerificationPlan? Of(Product product)
    {
        var signatures = product.Request.Signatures;
        if ((signatures.LastOrDefault(signature => signature.Key != KeyRule.KeyPair) ?? signatures.LastOrDefault()) is not { } scheme) return null;
        // In a list that begins with another's lead, that lead would have to be read too.
        if (signatures.Any(other => other != scheme && other.Header == scheme.Header && other.Lead.Parts.Count > 0)) return null;
        if (Around(scheme.Value, Placeholder.Signature) is not { } value) return null;
        var time = scheme.Content.Has(Placeholder.TimestampMs) ? Placeholder.TimestampMs : Placeholder.Timestamp;
        var signsTime = scheme.Content.Has(time);
        (string, string)? lead = null;
        if (scheme.Lead.Parts.Count > 0 && (lead = Around(scheme.Lead, time)) is null) return null;
        var timestampHeader = signsTime && lead is null ? HeaderOf(product, time) : null;
        if (signsTime && lead is null && timestampHeader is null) return null;
        List<SignedPart> content = [];
        foreach (var part in scheme.Content.Parts)
        {
            if (part.Literal is not null) content.Add(new(part.Literal, null));
            else if (part.Placeholder == Placeholder.Body || part.Placeholder == time) content.Add(new(null, null, part.Placeholder));
            else if (part.Placeholder == Placeholder.Method) content.Add(new("POST", null));
            else if (HeaderOf(product, part.Placeholder) is { } header) content.Add(new(null, header));
            else return null;
        }
        return new()
        {
            Product = product, Header = scheme.Header.ToLowerInvariant(), Scheme = scheme, Content = content, TimestampHeader = timestampHeader, Lead = lead,
            Before = value.Before, After = value.After,
        };
    }

    /// <summary>The header that holds a placeholder and nothing else.</summary>
    static string? HeaderOf(Product product, Placeholder placeholder) =>
        product.Request.Headers.FirstOrDefault(header => header.OnEvents && header.Value.Alone == placeholder)?.Name.ToLowerInvariant();

    /// <summary>The texts before and after a placeholder; null where the template has another, or it twice.</summary>
    static (string Before, string After)? Around(TextTemplate template, Placeholder placeholder)
    {
        if (template.Parts.Count(part => part.Literal is null) != 1 || !template.Has(placeholder)) return null;
        var before = string.Concat(template.Parts.TakeWhile(part => part.Literal is not null).Select(part => part.Literal));
        var after = string.Concat(template.Parts.SkipWhile(part => part.Literal is not null).Skip(1).Select(part => part.Literal));
        return (before, after);
    }
}
