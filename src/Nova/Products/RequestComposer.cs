using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Nova.Products;

/// <summary>The keys that an endpoint's secret gives, one per signature of the product. Opaque: it has no way to be printed.</summary>
internal sealed class SigningKeys
{
    internal SigningKeys(byte[][] keys, string? secret, string? publicKey = null) => (Keys, Secret, PublicKey) = (keys, secret, publicKey);

    /// <summary>By the index of the signature.</summary>
    internal byte[][] Keys { get; }

    /// <summary>The secret itself, where a header of the product holds it.</summary>
    internal string? Secret { get; }

    /// <summary>What verifies the signatures by Ed25519, <c>whpk_…</c>; null where there are none. No secret.</summary>
    public string? PublicKey { get; }
}

/// <summary>A header of a definition: its value, and on which requests it is.</summary>
/// <param name="Name">As the document spells it.</param>
/// <param name="Value">Its text.</param>
/// <param name="OnEvents">It is on the deliveries of events.</param>
/// <param name="OnTests">It is on test deliveries.</param>
internal sealed record HeaderTemplate(string Name, TextTemplate Value, bool OnEvents = true, bool OnTests = true)
{
    /// <summary>The line, where it is the same on every request.</summary>
    public HeaderLine? Fixed { get; } = Value.Fixed is { } text ? new HeaderLine(Name, text, false) : null;

    public bool HoldsSecret { get; } = Value.Has(Placeholder.Secret);
}

/// <summary>Makes the headers of an attempt: fixed ones, those with placeholders, signatures.</summary>
internal sealed class RequestComposer
{
    readonly HeaderTemplate[] _headers;
    readonly SignatureScheme[] _signatures;
    readonly SecretRule _secret;
    readonly bool _needsSecret;

    /// <param name="headers">In the order in which they are sent, Content-Type among them.</param>
    /// <param name="signatures">Sent after the headers.</param>
    /// <param name="secret">How the secrets that keys are derived from are kept.</param>
    public RequestComposer(IEnumerable<HeaderTemplate> headers, IEnumerable<SignatureScheme> signatures, SecretRule secret)
    {
        (_headers, _signatures, _secret) = ([.. headers], [.. signatures], secret);
        _needsSecret = _headers.Any(header => header.HoldsSecret);
        HeaderNames = [.. _headers.Select(header => header.Name), .. _signatures.Select(signature => signature.Header).Distinct()];
    }

    /// <summary>The names of all headers that Nova sets for the product. A customer's own header may have none of them.</summary>
    public IReadOnlyList<string> HeaderNames { get; }

    /// <summary>For whoever explains to a customer how to verify.</summary>
    public IReadOnlyList<SignatureScheme> Signatures => _signatures;

    public IReadOnlyList<HeaderTemplate> Headers => _headers;

    /// <summary>Done once per secret, and kept: deriving is dearer than signing.</summary>
    /// <param name="storedSecret">As <see cref="SecretRule.ToStored"/> made it.</param>
    public SigningKeys DeriveKeys(ReadOnlyMemory<byte> storedSecret)
    {
        var keys = new byte[_signatures.Length][];
        for (var i = 0; i < keys.Length; i++) keys[i] = _signatures[i].DeriveKey(storedSecret.Span, _secret);
        return new(
            keys, _needsSecret ? Encoding.UTF8.GetString(KeyPair.Without(storedSecret.Span)) : null,
            _secret.HasKeyPair ? KeyPair.PublicKeyOf(storedSecret.Span) : null);
    }

    /// <summary>Adds the headers of one attempt to <paramref name="output"/>.</summary>
    public void Compose(in RequestFacts facts, List<HeaderLine> output)
    {
        var text = default(AttemptTexts);
        foreach (var header in _headers)
        {
            if (!(facts.IsTest ? header.OnTests : header.OnEvents)) continue;
            output.Add(header.Fixed ?? new(header.Name, Write(header.Value, facts, ref text), header.HoldsSecret));
        }
        for (var i = 0; i < _signatures.Length; i++)
        {
            var signature = _signatures[i];
            if (signature.Compose(facts, i, ref text) is not { Length: > 0 } value) continue;
            if (i > 0 && output[^1].Name == signature.Header) output[^1] = output[^1] with { Value = output[^1].Value + signature.Separator + value };
            else output.Add(new(signature.Header, value, false));
        }
    }

    static string Write(TextTemplate template, in RequestFacts facts, ref AttemptTexts text)
    {
        if (template.Alone is { } alone) return text.Of(alone, facts);
        var value = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[256]);
        for (var i = 0; i < template.Parts.Count; i++)
            value.AppendLiteral(template.Parts[i].Literal ?? text.Of(template.Parts[i].Placeholder, facts));
        return value.ToStringAndClear();
    }
}
