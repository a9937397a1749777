using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Nova.Products;

namespace Nova.Verifying;

/// <summary>
/// Says by name why a request's signature does not verify, from the product's definition alone. The checks, in this order; the first that finds
/// something is the answer:
/// <list type="number">
/// <item>the header: not_signed, header_missing;</item>
/// <item>how it is written: missing_prefix, unexpected_prefix, signature_truncated, upper_case_hex, hex_for_base64, base64_for_hex, signature_malformed;</item>
/// <item>what is signed beside the body: timestamp_missing, timestamp_in_milliseconds, timestamp_in_seconds, header_missing;</item>
/// <item>the signature itself: verified, or timestamp_outside_tolerance;</item>
/// <item>the content: timestamp_not_signed;</item>
/// <item>the key: secret_prefix_stripped, secret_prefix_kept, secret_not_decoded, secret_not_hashed, secret_hash_not_hex;</item>
/// <item>the body: trailing_newline, bom_or_crlf, body_reserialised;</item>
/// <item>whose key it is: secret_of_another_endpoint, wrong_secret;</item>
/// <item>nothing fits: wrong_secret where the secret is known to be none of the environment's, else body_changed.</item>
/// </list>
/// </summary>
/// <remarks>
/// An answer tells whether a whole signature fits and never how much of one does, so that no signature can be found by asking: a truncated one is
/// known by its length alone. Work is bounded by <see cref="MostHashed"/>, whatever is asked.
/// </remarks>
internal sealed class SignatureDebugger
{
    /// <summary>Bytes of a body that are looked at: the largest that Nova sends by default.</summary>
    public const int MostBody = 256 * 1024;

    /// <summary>Seconds either way, as the libraries of the open standard and kit's document have it.</summary>
    public const int Tolerance = 300;

    /// <summary>Bytes that one answer hashes at most: some 50 ms of one processor. Enough for all rewritings of the largest body with two keys.</summary>
    const long MostHashed = 64 * 1024 * 1024;

    /// <summary>From here on a number is no time in seconds (it would be the year 5138), and below it none in milliseconds (1973).</summary>
    const long LeastMilliseconds = 100_000_000_000;

    readonly SignatureQuestion _question;
    readonly SignatureScheme _scheme;
    readonly int _index;
    readonly ReceivedSignature _received;
    readonly Dictionary<Placeholder, string> _values = [];
    long _left = MostHashed;

    SignatureDebugger(SignatureQuestion question, int index, string header)
    {
        (_question, _index) = (question, index);
        _scheme = question.Product.Request.Signatures[index];
        _received = ReceivedSignature.Read(_scheme, header);
    }

    /// <summary>A key that may have signed, and the endpoint whose it is.</summary>
    readonly record struct Key(byte[] Bytes, KnownEndpoint? Endpoint);

    /// <summary>What is wrong with a request's signatures. Where a product has several, the first that is wrong; headers that were not sent are passed over.</summary>
    public static SignatureReport Debug(SignatureQuestion question)
    {
        if (question.Body.Length > MostBody) throw new ArgumentException($"The body has more than {MostBody} bytes.", nameof(question));
        var signatures = question.Product.Request.Signatures;
        if (signatures.Count == 0)
            return new(SignatureFinding.NotSigned, "Requests of this product are not signed: there is nothing to verify.", null, null, null, null, null, null, null);
        SignatureReport? last = null;
        for (var i = 0; i < signatures.Count; i++)
        {
            if (Find(question.Headers, signatures[i].Header) is not { } header) continue;
            last = new SignatureDebugger(question, i, header).Look();
            if (!last.Verified) return last;
        }
        return last ?? new(
            SignatureFinding.HeaderMissing,
            $"The header {signatures[0].Header} is not among those given. Look whether a proxy takes it away, and whether your framework spells names its own way.",
            signatures[0].Header, null, ReceivedSignature.Expected(signatures[0]), "no such header", ReceivedSignature.Spell(signatures[0].Content),
            ReceivedSignature.KeyOf(signatures[0]), null);
    }

    SignatureReport Look()
    {
        var own = OwnKeys();
        var incomplete = ReadValues();
        // Shape comes first, and whether the value behind it fits is told along: two mistakes at once are common.
        if (_received.Finding is { } shape)
        {
            var fits = incomplete is null && _received.Signatures.Count > 0 && own.Any(key => Matches(key, _scheme.Content, _question.Body.Span));
            return Report(shape, _received.Detail + (fits ? " The signature itself is right." : ""));
        }
        if (incomplete is { } missing) return missing;

        foreach (var key in own)
            if (Matches(key, _scheme.Content, _question.Body.Span)) return IsAnothers(key) ?? InTime(key);
        return LookAtContent(own) ?? LookAtSecret(own) ?? LookAtBody(own) ?? LookAtOthers(own) ?? Nothing(own);
    }

    /// <summary>The secret given fits the request, and is not that of the endpoint that was named with it.</summary>
    SignatureReport? IsAnothers(Key key)
    {
        if (_question.Secret is null || _question.Endpoint is not { } named || key.Endpoint?.Id == named.Id) return null;
        var word = _question.Product.EndpointWord;
        return key.Endpoint is { } other
            ? Report(SignatureFinding.SecretOfAnotherEndpoint, $"The request was signed with the secret given here, which is that of another {word}, {other.Id}, and not that of {named.Id}.", key)
            : Report(SignatureFinding.WrongSecret, $"The request was signed with the secret given here, which is not that of {named.Id} any more, if it ever was. Copy it again.", key);
    }

    SignatureReport InTime(Key key)
    {
        if (Time() is { } time && (_question.Now - time).Duration() > TimeSpan.FromSeconds(Tolerance))
        {
            var seconds = Math.Round((_question.Now - time).Duration().TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return Report(SignatureFinding.TimestampOutsideTolerance,
                $"The signature is right, and its timestamp is {seconds} seconds {(time < _question.Now ? "old" : "ahead")}; receivers take {Tolerance}. "
                + "For a request just received, set the receiver's clock; an old one is refused rightly, because somebody may have kept it to send it again.", key);
        }
        return Report(SignatureFinding.Verified, "The signature is right.", key);
    }

    SignatureReport? LookAtContent(List<Key> own)
    {
        if (_scheme.Content.Alone is Placeholder.Body) return null;
        foreach (var key in own)
            if (Fits(key, _question.Body.Span))
                return Report(SignatureFinding.TimestampNotSigned,
                    $"The signature is that of the body alone. Sign {ReceivedSignature.Spell(_scheme.Content)}: what stands beside the body is signed with it.", key);
        return null;
    }

    SignatureReport? LookAtSecret(List<Key> own)
    {
        var prefix = _question.Product.Secret.Prefix;
        foreach (var key in own)
            foreach (var (finding, detail, bytes) in Mistaken(key))
                if (Matches(key with { Bytes = bytes }, _scheme.Content, _question.Body.Span)) return Report(finding, detail, key);
        if (_question.Secret is not { } given) return null;
        if (prefix.Length > 0 && !given.StartsWith(prefix, StringComparison.Ordinal) && KeyOf(prefix + given) is { } whole)
        {
            const string Detail = "The secret given here lacks its prefix. Use the whole secret as it is shown.";
            if (Matches(new(whole, null), _scheme.Content, _question.Body.Span)) return Report(SignatureFinding.SecretPrefixStripped, Detail);
        }
        if (_scheme.Key != KeyRule.Sha256Hex) return null;
        var text = Encoding.UTF8.GetBytes(given);
        if (Matches(new(text, null), _scheme.Content, _question.Body.Span))
            return Report(SignatureFinding.SecretNotHashed,
                "The secret itself was used as the key. The key is the secret's SHA-256, written as 64 lower-case hexadecimal characters.");
        return Matches(new(SHA256.HashData(text), null), _scheme.Content, _question.Body.Span)
            ? Report(SignatureFinding.SecretHashNotHex,
                "The bytes of the secret's SHA-256 were used as the key. The key is the 64 lower-case hexadecimal characters that stand for them.")
            : null;
    }

    /// <summary>The keys that come of treating a secret's prefix the wrong way.</summary>
    IEnumerable<(string Finding, string Detail, byte[] Key)> Mistaken(Key key)
    {
        var prefix = _question.Product.Secret.Prefix;
        if (_scheme.Key == KeyRule.Secret && prefix.Length > 0 && key.Bytes.AsSpan().StartsWith(Encoding.UTF8.GetBytes(prefix)))
        {
            var text = Encoding.UTF8.GetString(key.Bytes)[prefix.Length..];
            var detail = $"The secret was used without \"{prefix}\". The key is the whole secret as it is shown, prefix included.";
            yield return (SignatureFinding.SecretPrefixStripped, detail, Encoding.UTF8.GetBytes(text));
            if (Decode(text) is { } decoded)
                yield return (SignatureFinding.SecretPrefixStripped, detail + " Nor is it decoded as base64.", decoded);
        }
        if (_scheme.Key != KeyRule.Base64AfterPrefix) yield break;
        var written = Convert.ToBase64String(key.Bytes);
        if (prefix.Length > 0)
            yield return (SignatureFinding.SecretPrefixKept,
                $"The whole secret was used as the key. Take \"{prefix}\" off, and decode the rest as base64: those bytes are the key.", Encoding.UTF8.GetBytes(prefix + written));
        yield return (SignatureFinding.SecretNotDecoded,
            "What follows the secret's prefix was used as it is written. Decode it as base64: those bytes are the key.", Encoding.UTF8.GetBytes(written));
    }

    SignatureReport? LookAtBody(List<Key> own)
    {
        foreach (var variant in BodyVariants.Of(_question.Body))
        {
            foreach (var key in own)
                if (Matches(key, _scheme.Content, variant.Bytes)) return Report(variant.Finding, variant.Detail, key);
            if (_left <= 0) return null;
        }
        return null;
    }

    SignatureReport? LookAtOthers(List<Key> own)
    {
        foreach (var key in KnownKeys())
        {
            if (own.Any(mine => CryptographicOperations.FixedTimeEquals(mine.Bytes, key.Bytes))) continue;
            if (!Matches(key, _scheme.Content, _question.Body.Span)) continue;
            var word = _question.Product.EndpointWord;
            if (_question.Endpoint is { } named && key.Endpoint!.Id == named.Id)
                return OwnerOf(own) is { } other
                    ? Report(SignatureFinding.SecretOfAnotherEndpoint, $"The secret given here is that of another {word}, {other.Id}. The request was signed with that of {named.Id}.", key)
                    : Report(SignatureFinding.WrongSecret, $"The request was signed with the secret of {named.Id}, and the secret given here is another. Copy it again.", key);
            return _question.Endpoint is null && OwnerOf(own) is null
                ? Report(SignatureFinding.WrongSecret, $"The request was signed with the secret of the {word} {key.Endpoint!.Id}, and the secret given here is none of this environment's. Copy it again.", key)
                : Report(SignatureFinding.SecretOfAnotherEndpoint, $"The request was signed with the secret of another {word}, {key.Endpoint!.Id}. Verify each {word} with its own secret.", key);
        }
        return null;
    }

    SignatureReport Nothing(List<Key> own)
    {
        var word = _question.Product.EndpointWord;
        if (_question.Secret is not null)
        {
            var owner = OwnerOf(own);
            if (owner is null)
                return Report(SignatureFinding.WrongSecret,
                    $"The secret given here is none of this environment's, so that no signature of this environment can fit. Copy the {word}'s secret again, and look whether it is of sandbox or production.");
            if (_question.Endpoint is { } named && owner.Id != named.Id)
                return Report(SignatureFinding.SecretOfAnotherEndpoint, $"The secret given here is that of another {word}, {owner.Id}. Use that of {named.Id}.");
        }
        return Report(SignatureFinding.BodyChanged,
            $"The secret is one that signs in this environment, and the signature is of other bytes: the body, or another part of {ReceivedSignature.Spell(_scheme.Content)}, was changed on the way, or belongs to another request. Check the raw body."
            + (_left > 0 ? "" : $" Not everything could be tried with a body of this size: name the {word}, or give its secret."));
    }

    /// <summary>The keys that the asker means: those of his secret, else of his endpoint, else of all endpoints.</summary>
    List<Key> OwnKeys()
    {
        // A key pair is not made from the secret: what the asker holds says nothing of it, and his endpoints' own are tried.
        if (_question.Secret is { } secret && _scheme.Key != KeyRule.KeyPair) return KeyOf(secret) is { } key ? [new(key, OwnerOf(key))] : [];
        if (_question.Endpoint is { } endpoint) return [.. KeysOf(endpoint)];
        return [.. KnownKeys()];
    }

    IEnumerable<Key> KnownKeys() =>
        (_question.Endpoint is { } named ? _question.Known.Where(known => known.Id != named.Id).Prepend(named) : _question.Known)
            .SelectMany(KeysOf);

    /// <summary>An endpoint's, without those of secrets that have no key pair.</summary>
    IEnumerable<Key> KeysOf(KnownEndpoint endpoint) =>
        endpoint.Keys.Select(keys => keys.Keys[_index]).Where(key => key.Length > 0).Select(key => new Key(key, endpoint));

    /// <summary>The endpoint whose secret was given; null where it is nobody's.</summary>
    KnownEndpoint? OwnerOf(List<Key> own) => own.Count == 0 ? null : OwnerOf(own[0].Bytes);

    KnownEndpoint? OwnerOf(byte[] key)
    {
        foreach (var known in KnownKeys())
            if (CryptographicOperations.FixedTimeEquals(known.Bytes, key)) return known.Endpoint;
        return null;
    }

    byte[]? KeyOf(string secret)
    {
        var rule = _question.Product.Secret;
        if (_scheme.Key == KeyRule.KeyPair) return null;
        if (_scheme.Key == KeyRule.Base64AfterPrefix && rule.DecodeAfterPrefix(Encoding.UTF8.GetBytes(secret)) is null) return null;
        return _scheme.DeriveKey(rule.ToStored(secret), rule);
    }

    /// <summary>Reads what is signed beside the body from the headers that carry it; tells what is not there.</summary>
    SignatureReport? ReadValues()
    {
        foreach (var part in _scheme.Content.Parts)
        {
            if (part.Literal is not null || part.Placeholder is Placeholder.Body or Placeholder.Url or Placeholder.Method) continue;
            var isTime = part.Placeholder is Placeholder.Timestamp or Placeholder.TimestampMs;
            var (header, value) = Carried(part.Placeholder);
            if (isTime) value = _received.Timestamp ?? value;
            if (value is null)
                return isTime
                    ? Report(SignatureFinding.TimestampMissing,
                        $"The timestamp is signed, and {(header is null ? $"there is none in {_scheme.Header}" : $"the header {header} is not there or holds no number")}. Hand on every header as it came.")
                    : Report(SignatureFinding.HeaderMissing, header is null
                        ? $"Part of what is signed ({ReceivedSignature.Spell(_scheme.Content)}) is in no header, so that it cannot be checked here."
                        : $"The header {header} is not there, and its value is signed. Hand on every header as it came.");
            _values[part.Placeholder] = value;
            if (!isTime || !long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) continue;
            if (part.Placeholder == Placeholder.Timestamp && number >= LeastMilliseconds)
                return Report(SignatureFinding.TimestampInMilliseconds, "The timestamp is in milliseconds, and this product signs seconds. Take it from the header as it came; do not make one.");
            if (part.Placeholder == Placeholder.TimestampMs && number < LeastMilliseconds)
                return Report(SignatureFinding.TimestampInSeconds, "The timestamp is in seconds, and this product signs milliseconds. Take it from the header as it came; do not make one.");
        }
        return null;
    }

    /// <summary>The header of the product that carries a placeholder, and what it holds in this request.</summary>
    (string? Header, string? Value) Carried(Placeholder placeholder)
    {
        string? name = null;
        foreach (var header in _question.Product.Request.Headers)
        {
            if (!header.Value.Has(placeholder)) continue;
            name ??= header.Name;
            if (Find(_question.Headers, header.Name) is { } text && ReceivedSignature.Match(header.Value, text.Trim(), whole: true) is { } match
                && ReceivedSignature.ValueOf(match, placeholder) is { } value) return (header.Name, value);
        }
        return (name, null);
    }

    bool Matches(Key key, TextTemplate content, ReadOnlySpan<byte> body)
    {
        if (content.Alone is Placeholder.Body) return Fits(key, body);
        using var joined = new MemoryStream(body.Length + 128);
        foreach (var part in content.Parts)
        {
            if (part.Literal is null && part.Placeholder == Placeholder.Body) joined.Write(body);
            else joined.Write(Encoding.UTF8.GetBytes(part.Literal ?? ValueOf(part.Placeholder, key)));
        }
        return Fits(key, joined.GetBuffer().AsSpan(0, (int)joined.Length));
    }

    string ValueOf(Placeholder placeholder, Key key) => placeholder switch
    {
        Placeholder.Url => (key.Endpoint ?? _question.Endpoint)?.Url ?? "",
        Placeholder.Method => "POST",
        _ => _values.GetValueOrDefault(placeholder, ""),
    };

    bool Fits(Key key, ReadOnlySpan<byte> content)
    {
        // Two blocks of padding and two of the key come with each HMAC; a signature by Ed25519 takes as long as hashing some 64 KiB.
        if ((_left -= content.Length + (_scheme.Algorithm == SignatureAlgorithm.Ed25519 ? 64 * 1024 : 256)) < 0) return false;
        var hash = _scheme.Hash(key.Bytes, content);
        var fits = false;
        foreach (var signature in _received.Signatures) fits |= CryptographicOperations.FixedTimeEquals(signature, hash);
        return fits;
    }

    DateTimeOffset? Time()
    {
        foreach (var (placeholder, value) in _values)
        {
            if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) continue;
            // DateTimeOffset ends with the year 9999.
            const long MostSeconds = 253_402_300_799;
            if (placeholder == Placeholder.Timestamp && number <= MostSeconds) return DateTimeOffset.FromUnixTimeSeconds(number);
            if (placeholder == Placeholder.TimestampMs && number / 1000 <= MostSeconds) return DateTimeOffset.FromUnixTimeMilliseconds(number);
        }
        return null;
    }

    SignatureReport Report(string finding, string detail, Key? key = null) => new(
        finding, detail, _scheme.Header, key?.Endpoint?.Id, ReceivedSignature.Expected(_scheme), _received.Seen, ReceivedSignature.Spell(_scheme.Content),
        ReceivedSignature.KeyOf(_scheme), Time());

    static byte[]? Decode(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var written) && written > 0 ? bytes[..written] : null;
    }

    static string? Find(IReadOnlyList<KeyValuePair<string, string>> headers, string name)
    {
        foreach (var (header, value) in headers)
            if (header.Equals(name, StringComparison.OrdinalIgnoreCase)) return value;
        return null;
    }
}
