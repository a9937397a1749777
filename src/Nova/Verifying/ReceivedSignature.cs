using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Nova.Products;

namespace Nova.Verifying;

/// <summary>A signature header taken apart by the product's own definition, and by the mistakes that are made with it.</summary>
/// <param name="Signatures">The bytes of each signature that could be read, in whichever encoding.</param>
/// <param name="Finding">What is wrong with how it is written; null: nothing.</param>
/// <param name="Detail">The same in words.</param>
/// <param name="Timestamp">The digits of the timestamp in this header; null where there is none.</param>
/// <param name="Seen">How the header looks, in words.</param>
internal sealed record ReceivedSignature(IReadOnlyList<byte[]> Signatures, string? Finding, string Detail, string? Timestamp, string Seen)
{
    /// <summary>Two while a secret is being rotated; more are somebody's attempt to have us work.</summary>
    const int MostSignatures = 8;

    /// <summary>What other senders put before theirs. Only these are quoted in an answer: anything else could be part of a secret.</summary>
    static readonly string[] KnownPrefixes =
    [
        "sha256=", "sha512=", "sha1=", "SHA256=", "hmac-sha256=", "v0=", "v1=", "v1,", "v1a,", "v2=", "sha256:", "HMAC-SHA256 ", "Bearer ", "0x",
    ];

    public static ReceivedSignature Read(SignatureScheme scheme, string header)
    {
        header = header.Trim();
        var (rest, timestamp) = (header, (string?)null);
        if (scheme.Lead.Parts.Count > 0 && Match(scheme.Lead, header, whole: false) is { } lead)
        {
            rest = header[lead.Length..];
            timestamp = TimestampIn(lead);
        }
        var items = scheme.Separator is null ? [rest] : rest.Split(scheme.Separator, MostSignatures + 1, StringSplitOptions.RemoveEmptyEntries);
        List<byte[]> good = [];
        (byte[]? Bytes, string Finding, string Detail)? bad = null;
        foreach (var item in items.Take(MostSignatures))
        {
            var match = Match(scheme.Value, item, whole: true);
            if (match is not null) timestamp ??= TimestampIn(match);
            var (bytes, finding, detail) = match is null ? ReadUnmatched(scheme, item) : ReadText(scheme, match.Groups["s"].Value);
            if (finding is null) good.Add(bytes!);
            else bad ??= (bytes, finding, detail);
        }
        var seen = Describe(rest);
        if (good.Count > 0) return new(good, null, "", timestamp, seen);
        var (badBytes, badFinding, badDetail) = bad ?? (null, SignatureFinding.SignatureMalformed, "The header is empty.");
        return new(badBytes is null ? [] : [badBytes], badFinding, badDetail, timestamp, seen);
    }

    /// <summary>How the product writes the header, in words.</summary>
    public static string Expected(SignatureScheme scheme)
    {
        var written = scheme.Encoding == SignatureEncoding.Hex
            ? $"{2 * scheme.Length} lower-case hexadecimal characters"
            : $"{Base64Length(scheme.Length)} characters of base64";
        return $"{Spell(scheme.Lead)}{Spell(scheme.Value)}, the signature being {written}";
    }

    /// <summary>How the key is made from the secret, in words.</summary>
    public static string KeyOf(SignatureScheme scheme) => scheme.Key switch
    {
        KeyRule.Base64AfterPrefix => "the bytes that the base64 after the secret's prefix stands for",
        KeyRule.Sha256Hex => "the SHA-256 of the secret, written as 64 lower-case hexadecimal characters",
        KeyRule.KeyPair => "the endpoint's public key",
        _ => "the whole secret as it is written, with its prefix if it has one",
    };

    /// <summary>A template as its definition writes it.</summary>
    public static string Spell(TextTemplate template)
    {
        var text = new StringBuilder();
        foreach (var part in template.Parts) text.Append(part.Literal ?? $"{{{Name(part.Placeholder)}}}");
        return text.ToString();
    }

    /// <summary>Matches a text against a template. Placeholders become groups: <c>s</c> the signature, else <c>p</c> and the placeholder's number.</summary>
    /// <remarks>Without backtracking, so that no header can make it slow.</remarks>
    public static Match? Match(TextTemplate template, string text, bool whole)
    {
        var pattern = new StringBuilder("^");
        HashSet<Placeholder> named = [];
        foreach (var part in template.Parts)
        {
            if (part.Literal is { } literal) pattern.Append(Regex.Escape(literal));
            else if (part.Placeholder == Placeholder.Signature) pattern.Append("(?<s>.+)");
            else if (part.Placeholder is Placeholder.Timestamp or Placeholder.TimestampMs) pattern.Append(Group(part.Placeholder, "[0-9]{1,18}", named));
            else pattern.Append(Group(part.Placeholder, ".+", named));
        }
        if (whole) pattern.Append('$');
        var match = Regex.Match(text, pattern.ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture);
        return match.Success ? match : null;
    }

    /// <summary>What a placeholder stands for in a matched text; null where it is not in it.</summary>
    public static string? ValueOf(Match match, Placeholder placeholder) =>
        match.Groups[$"p{(int)placeholder}"] is { Success: true } group ? group.Value : null;

    static string Group(Placeholder placeholder, string pattern, HashSet<Placeholder> named) =>
        named.Add(placeholder) ? $"(?<p{((int)placeholder).ToString(CultureInfo.InvariantCulture)}>{pattern})" : pattern;

    static string? TimestampIn(Match match) => ValueOf(match, Placeholder.Timestamp) ?? ValueOf(match, Placeholder.TimestampMs);

    /// <summary>An item that is not as the product writes it: its prefix is missing, or another's.</summary>
    static (byte[]? Bytes, string Finding, string Detail) ReadUnmatched(SignatureScheme scheme, string item)
    {
        var (bytes, _, _) = ReadText(scheme, item, prefixes: false);
        var prefix = string.Concat(scheme.Value.Parts.TakeWhile(part => part.Literal is not null).Select(part => part.Literal));
        if (bytes is not null && prefix.Length > 0)
            return (bytes, SignatureFinding.MissingPrefix, $"The value must begin with \"{prefix}\", and here the signature stands alone. Compare the header as it came.");
        if (Unprefixed(scheme, item) is { } other)
            return (other.Bytes, SignatureFinding.UnexpectedPrefix,
                $"{other.Words} stands before the signature, where \"{prefix}\" belongs. Take the header as it is documented for this product.");
        return (null, SignatureFinding.SignatureMalformed, "The value is not as this product writes it. Send the header exactly as it came.");
    }

    static (byte[]? Bytes, string? Finding, string Detail) ReadText(SignatureScheme scheme, string text, bool prefixes = true)
    {
        var (length, isHex) = (scheme.Length, scheme.Encoding == SignatureEncoding.Hex);
        var looksHex = text.All(char.IsAsciiHexDigit);
        if (looksHex && text.Length == 2 * length)
        {
            var bytes = Convert.FromHexString(text);
            if (!isHex)
                return (bytes, SignatureFinding.HexForBase64, "The signature is hexadecimal, and this product writes base64. Encode the HMAC's bytes as base64.");
            return text.Any(char.IsAsciiLetterUpper)
                ? (bytes, SignatureFinding.UpperCaseHex, "The signature has upper-case letters, and this product writes lower-case hexadecimal. Write it in lower case before it is compared.")
                : (bytes, null, "");
        }
        if (text.Length == Base64Length(length) && Decode(text, length) is { } decoded)
            return isHex
                ? (decoded, SignatureFinding.Base64ForHex, "The signature is base64, and this product writes lower-case hexadecimal. Encode the HMAC's bytes as hexadecimal.")
                : (decoded, null, "");
        var whole = isHex ? 2 * length : Base64Length(length);
        if (text.Length is > 0 && text.Length < whole && (isHex ? looksHex : text.All(IsBase64)))
            return (null, SignatureFinding.SignatureTruncated,
                $"The signature has {text.Length} of {whole} characters. Look where it is cut: a column of a database, a limit of a log, the padding of base64.");
        if (prefixes && Unprefixed(scheme, text) is { } other)
            return (other.Bytes, SignatureFinding.UnexpectedPrefix, $"{other.Words} stands before the signature, and nothing does in this place. Compare with the bare signature.");
        return (null, SignatureFinding.SignatureMalformed, "There is no signature of this product in the header. Send the header exactly as it came.");
    }

    /// <summary>The signature at the end of a text, and what stands before it.</summary>
    static (byte[] Bytes, string Words)? Unprefixed(SignatureScheme scheme, string text)
    {
        foreach (var length in (int[])[2 * scheme.Length, Base64Length(scheme.Length)])
        {
            if (text.Length <= length || text.Length > length + 24) continue;
            var before = text[..^length];
            if (char.IsAsciiLetterOrDigit(before[^1]) && before != "0x") continue;
            if (ReadText(scheme, text[^length..], prefixes: false).Bytes is { } bytes)
                return (bytes, KnownPrefixes.Contains(before) ? $"\"{before}\"" : "Other text");
        }
        return null;
    }

    static byte[]? Decode(string text, int length)
    {
        var bytes = new byte[length];
        return Convert.TryFromBase64String(text, bytes, out var written) && written == length ? bytes : null;
    }

    static string Describe(string text)
    {
        if (text.Length == 0) return "nothing";
        var kind = text.All(char.IsAsciiHexDigit)
            ? text.Any(char.IsAsciiLetterUpper) ? "hexadecimal with upper-case letters" : "hexadecimal"
            : text.All(IsBase64) ? "letters and digits of base64" : "a text of several parts";
        var prefix = KnownPrefixes.FirstOrDefault(known => text.StartsWith(known, StringComparison.Ordinal));
        return prefix is null ? $"{text.Length} characters, {kind}" : $"{text.Length} characters, which begin with \"{prefix}\"";
    }

    static int Base64Length(int bytes) => 4 * ((bytes + 2) / 3);

    static bool IsBase64(char c) => char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '=';

    static string Name(Placeholder placeholder)
    {
        foreach (var names in (IReadOnlyDictionary<string, Placeholder>[])[TextTemplate.InSignedContent, TextTemplate.InSignatureValue, TextTemplate.InHeader])
            foreach (var (name, known) in names)
                if (known == placeholder) return name;
        return placeholder.ToString();
    }
}
