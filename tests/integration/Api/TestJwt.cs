using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Nova.IntegrationTests.Api;

/// <summary>Makes JWTs by hand, good ones and every kind of bad one.</summary>
internal static class TestJwt
{
    /// <summary>A token that the server of the tests takes.</summary>
    public static string Good(string account, string? environment = null) => Hs256(Header("HS256"), Payload(account, environment));

    public static string Header(string algorithm, string more = "") => $$"""{"alg":"{{algorithm}}","typ":"JWT"{{more}}}""";

    public static string Payload(
        string account, string? environment = null, string issuer = NovaServer.CallsIssuer, string audience = NovaServer.CallsAudience, int expiresIn = 300,
        string more = "")
    {
        var claims = new Dictionary<string, object> { ["iss"] = issuer, ["aud"] = audience, ["sub"] = account, ["exp"] = Now + expiresIn };
        if (environment is not null) claims["environment"] = environment;
        var json = JsonSerializer.Serialize(claims);
        return json[..^1] + more + "}";
    }

    public static string Hs256(string header, string payload, string key = NovaServer.CallsSigningKey)
    {
        var content = Encode(header) + "." + Encode(payload);
        return content + "." + Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.ASCII.GetBytes(content)));
    }

    public static string Unsigned(string header, string payload) => Encode(header) + "." + Encode(payload) + ".";

    public static string Sign(string header, string payload, Func<byte[], byte[]> sign)
    {
        var content = Encode(header) + "." + Encode(payload);
        return content + "." + Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(content)));
    }

    /// <summary>A public key as a key set has it.</summary>
    public static object Jwk(RSA key, string id)
    {
        var parameters = key.ExportParameters(false);
        return new { kty = "RSA", kid = id, use = "sig", alg = "RS256", n = Base64Url.EncodeToString(parameters.Modulus), e = Base64Url.EncodeToString(parameters.Exponent) };
    }

    /// <summary>The same of an elliptic curve.</summary>
    public static object Jwk(ECDsa key, string id)
    {
        var parameters = key.ExportParameters(false);
        return new { kty = "EC", kid = id, use = "sig", crv = "P-256", x = Base64Url.EncodeToString(parameters.Q.X), y = Base64Url.EncodeToString(parameters.Q.Y) };
    }

    public static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
