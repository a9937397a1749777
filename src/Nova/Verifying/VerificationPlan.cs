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

    public bool InMilliseconds => Scheme.Content.Has(Placeholder.TimestampMs);

    /// <summary>The plan of a product's last HMAC, which is its strongest where it has several; null where it has none, or signs what no header tells.</summary>
    public static VerificationPlan? Of(Product product)
    {
        var signatures = product.Request.Signatures;
        if (signatures.LastOrDefault(signature => signature.Algorithm != SignatureAlgorithm.Ed25519) is not { } scheme) return null;
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
