using Nova.AspNetCore.Authentication;

namespace Nova;

/// <summary>How the JWTs of a product's customers are checked: configuration section <c>Nova:Products:&lt;name&gt;:Jwt</c>.</summary>
public sealed class JwtOptions
{
    /// <summary>Must be the token's <c>iss</c>, character by character. No default.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>Must be among the token's <c>aud</c>. No default.</summary>
    public string Audience { get; set; } = "";

    /// <summary>The key of HS256 as text, at least 32 bytes in UTF-8 (RFC 7518 section 3.2). Either this or <see cref="Jwks"/>.</summary>
    public string? SigningKey { get; set; }

    /// <summary>The <c>kid</c> of <see cref="SigningKey"/>. Default none: then a token that names a key is refused.</summary>
    public string? SigningKeyId { get; set; }

    /// <summary>Path or https URL of a JSON Web Key Set for RS256 and ES256. Read again every 10 minutes, and for an unknown <c>kid</c>.</summary>
    public string? Jwks { get; set; }

    /// <summary>The claim that is the account's external id. Default <c>sub</c>.</summary>
    public string AccountClaim { get; set; } = "sub";

    /// <summary>The claim that says <c>sandbox</c> or <c>production</c>. Default <c>environment</c>; a token without it is of production.</summary>
    public string EnvironmentClaim { get; set; } = "environment";

    /// <summary>What is wrong with the values, each with its key and what it should be; empty when nothing is.</summary>
    public IReadOnlyList<string> Faults(string section)
    {
        List<string> faults = [];
        if (Issuer.Length == 0) faults.Add($"{section}:Issuer is missing. Write what the tokens have as \"iss\".");
        if (Audience.Length == 0) faults.Add($"{section}:Audience is missing. Write what the tokens have as \"aud\".");
        if (SigningKey is null == Jwks is null) faults.Add($"{section} needs either SigningKey (HS256) or Jwks (RS256, ES256), and not both.");
        if (SigningKey is { } key && System.Text.Encoding.UTF8.GetByteCount(key) < 32)
            faults.Add($"{section}:SigningKey has fewer than 32 bytes. HS256 needs a key as long as its hash: use a random one.");
        if (AccountClaim.Length == 0) faults.Add($"{section}:AccountClaim is empty. Leave it out for \"sub\".");
        if (EnvironmentClaim.Length == 0) faults.Add($"{section}:EnvironmentClaim is empty. Leave it out for \"environment\".");
        if (Jwks is { } set)
        {
            var isUrl = Uri.TryCreate(set, UriKind.Absolute, out var uri) && !uri.IsFile;
            if (isUrl && uri!.Scheme is "http") faults.Add($"{section}:Jwks is an http URL: whoever stands in between could give out keys of his own. Use https, or a file.");
            else if (isUrl && uri!.Scheme is not "https") faults.Add($"{section}:Jwks is '{set}'; write an https URL, or the path of a file.");
            else if (!isUrl && FaultOfFile(uri?.LocalPath ?? set) is { } fault) faults.Add($"{section}:Jwks is '{set}', {fault}");
        }
        return faults;
    }

    static string? FaultOfFile(string path)
    {
        if (!File.Exists(path)) return "and there is no such file.";
        try
        {
            return JsonWebKeySetCache.Parse(File.ReadAllText(path)).Count > 0 ? null : "which has no key of type RSA or EC. Write a JSON Web Key Set: {\"keys\":[…]}.";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return $"which cannot be read: {fault.Message}";
        }
        catch (ArgumentException)
        {
            return "which is no JSON Web Key Set. Write {\"keys\":[…]}.";
        }
    }
}
