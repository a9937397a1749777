namespace Nova.Verifying;

/// <summary>The names of what can be wrong with a signed request. Once given, a name never changes its meaning: programs decide by them.</summary>
internal static class SignatureFinding
{
    /// <summary>Nothing is wrong.</summary>
    public const string Verified = "verified";

    /// <summary>The product does not sign its requests.</summary>
    public const string NotSigned = "not_signed";

    /// <summary>The signature's header, or another whose value is signed, is not there.</summary>
    public const string HeaderMissing = "header_missing";

    /// <summary>What belongs before the signature is not there: <c>sha256=</c>, <c>v1,</c>.</summary>
    public const string MissingPrefix = "missing_prefix";

    /// <summary>Something stands before the signature that does not belong there.</summary>
    public const string UnexpectedPrefix = "unexpected_prefix";

    /// <summary>The header holds no signature of this product, and nothing that a known mistake makes of one.</summary>
    public const string SignatureMalformed = "signature_malformed";

    /// <summary>The signature is too short.</summary>
    public const string SignatureTruncated = "signature_truncated";
    public const string UpperCaseHex = "upper_case_hex";

    /// <summary>Hexadecimal, where the product writes base64.</summary>
    public const string HexForBase64 = "hex_for_base64";

    /// <summary>Base64, where the product writes hexadecimal.</summary>
    public const string Base64ForHex = "base64_for_hex";
    public const string TimestampMissing = "timestamp_missing";
    public const string TimestampInMilliseconds = "timestamp_in_milliseconds";
    public const string TimestampInSeconds = "timestamp_in_seconds";

    /// <summary>The signature is right, and older or newer than a receiver should take.</summary>
    public const string TimestampOutsideTolerance = "timestamp_outside_tolerance";

    /// <summary>The signature is that of the body alone, where more is signed.</summary>
    public const string TimestampNotSigned = "timestamp_not_signed";

    /// <summary>The secret was used without its prefix.</summary>
    public const string SecretPrefixStripped = "secret_prefix_stripped";

    /// <summary>The secret was used as it is shown, where its prefix is taken off and the rest decoded.</summary>
    public const string SecretPrefixKept = "secret_prefix_kept";

    /// <summary>What follows the secret's prefix was used as characters, where it is base64 to decode.</summary>
    public const string SecretNotDecoded = "secret_not_decoded";

    /// <summary>The secret itself was used, where its SHA-256 in hexadecimal is the key.</summary>
    public const string SecretNotHashed = "secret_not_hashed";

    /// <summary>The bytes of the secret's SHA-256 were used, where their hexadecimal characters are the key.</summary>
    public const string SecretHashNotHex = "secret_hash_not_hex";

    /// <summary>The body has a line end at its end that was not signed, or lacks one that was.</summary>
    public const string TrailingNewline = "trailing_newline";

    /// <summary>The body's line ends were changed, or a byte order mark was put before it or taken away.</summary>
    public const string BomOrCrlf = "bom_or_crlf";

    /// <summary>The signature is that of the same JSON, written otherwise.</summary>
    public const string BodyReserialised = "body_reserialised";
    public const string WrongSecret = "wrong_secret";
    public const string SecretOfAnotherEndpoint = "secret_of_another_endpoint";

    /// <summary>The secret is a right one, and the signature is of other bytes than these.</summary>
    public const string BodyChanged = "body_changed";
}
