using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Nova.Accounts;
using Nova.AspNetCore.Reading;
using Nova.Model;
using Nova.Storage;

namespace Nova.AspNetCore.Authentication;

/// <summary>Checks the JWTs of products whose customers use them, and makes the account of a customer who comes for the first time.</summary>
/// <remarks>
/// Stricter than the library's defaults, which take tokens that expired minutes ago, any <c>typ</c>, any algorithm that fits the key, any key for an
/// unknown <c>kid</c>, a <c>crit</c> that they do not know, and the last of two claims of one name.
/// </remarks>
internal sealed class JwtAuthenticator
{
    /// <summary>Clocks of servers that run NTP differ by far less; the library's 5 minutes would keep a leaked token alive.</summary>
    static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    readonly AccountDirectory _directory;
    readonly TimeProvider _clock;
    readonly Issuer[] _issuers;
    readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    public JwtAuthenticator(AccountDirectory directory, IReadOnlyDictionary<string, JwtOptions> products, JsonWebKeySets keySets, TimeProvider clock)
    {
        _directory = directory;
        _clock = clock;
        _issuers = [.. products.Select(entry => new Issuer(entry.Key, entry.Value, entry.Value.Jwks is { } place ? keySets.Of(place) : null))];
    }

    public static bool LooksLikeJwt(ReadOnlySpan<char> credential) => credential.Count('.') == 2 && credential.StartsWith("eyJ", StringComparison.Ordinal);

    /// <summary>The environment of the token's account, or why there is none: a fault of the token, or, with 503, of the key set that would tell.</summary>
    public async ValueTask<(EnvironmentEntry? Entry, Problem? Problem)> AuthenticateAsync(string token, CancellationToken cancellation)
    {
        if (Peek(token, out var header, out var payload) is { } malformed) return (null, Problems.BadCredential(malformed));
        if (header.Critical) return Bad("The token's header has \"crit\", which demands extensions that are not known here.");
        if (header.Type is { } type && !IsAccessToken(type)) return Bad("The token's \"typ\" is not JWT or at+jwt.");
        if (Array.Find(_issuers, issuer => issuer.Options.Issuer == payload.Issuer) is not { } issuer)
            return Bad("The token's issuer is not one whose tokens are taken here.");

        var (keys, unknown) = await issuer.KeysAsync(header, cancellation);
        if (unknown) return (null, Problems.KeySetAway);
        if (keys.Count == 0) return Bad("The token was not signed with a key that is known here, or not with an algorithm that goes with it.");
        var result = await _handler.ValidateTokenAsync(token, ParametersOf(issuer, keys));
        if (!result.IsValid) return Bad(Describe(result.Exception));

        var jwt = (JsonWebToken)result.SecurityToken;
        if (!jwt.TryGetPayloadValue<string>(issuer.Options.AccountClaim, out var account) || !IsName(account))
            return Bad($"The token's claim \"{issuer.Options.AccountClaim}\", which names the account, is missing or unusable.");
        if (ReadEnvironment(jwt, issuer.Options.EnvironmentClaim) is not { } environment)
            return Bad($"The token's claim \"{issuer.Options.EnvironmentClaim}\" must be \"sandbox\" or \"production\".");
        return await EnterAsync(issuer.Product, account, environment, cancellation) is { } entry
            ? (entry, null)
            : Bad("The token's product is not installed on this server.");

        static (EnvironmentEntry?, Problem?) Bad(string fault) => (null, Problems.BadCredential(fault));
    }

    async ValueTask<EnvironmentEntry?> EnterAsync(string product, string externalId, EnvironmentName environment, CancellationToken cancellation)
    {
        if (Find() is { } known) return known;
        var now = _clock.GetUtcNow();
        var account = new Account(Id<Account>.New(now), product, externalId, externalId, null, now);
        // Taken: another request, perhaps on another node, was first. Then it is read with the next look.
        var audit = new AuditEntry
        {
            Id = Id<AuditEntry>.New(now),
            AccountId = account.Id,
            Actor = new("jwt", externalId, null),
            Action = "account.created",
            Target = new("account", account.Id.ToString(), account.Name),
            After = Auditing.AuditFacts.Changes(null, Auditing.AuditFacts.Of(account)).After,
        };
        if (await _directory.SaveAsync([new DirectoryChange.OfAccount(account), new DirectoryChange.OfAudit(audit)], cancellation) == SaveResult.Taken)
            await _directory.RefreshAsync(cancellation);
        return Find();

        EnvironmentEntry? Find() =>
            _directory.FindByExternalId(product, externalId) is { } found ? _directory.Environment(found.Id, environment) : null;
    }

    TokenValidationParameters ParametersOf(Issuer issuer, IReadOnlyList<SecurityKey> keys) => new()
    {
        ValidIssuer = issuer.Options.Issuer,
        ValidAudience = issuer.Options.Audience,
        ValidAlgorithms = issuer.Algorithms,
        // The keys were chosen by kid already: there is nothing to try.
        IssuerSigningKeyResolver = (_, _, _, _) => keys,
        TryAllIssuerSigningKeys = false,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        RequireAudience = true,
        ClockSkew = ClockSkew,
        LifetimeValidator = (notBefore, expires, _, _) =>
        {
            var now = _clock.GetUtcNow().UtcDateTime;
            // Reckoned from now, which is far from either end of what a time can be; a token may be good until the year 9999.
            return expires is { } end && now - ClockSkew < end && (notBefore is not { } start || start <= now + ClockSkew);
        },
    };

    /// <summary>Why a token was refused, in our words: the library's hold parts of the token.</summary>
    static string Describe(Exception fault) => fault switch
    {
        SecurityTokenInvalidLifetimeException or SecurityTokenExpiredException or SecurityTokenNotYetValidException or SecurityTokenNoExpirationException =>
            "The token has expired, is not valid yet, or says no \"exp\". Get a new one.",
        SecurityTokenInvalidAudienceException => "The token's \"aud\" is missing or another's.",
        SecurityTokenInvalidIssuerException => "The token's issuer is not one whose tokens are taken here.",
        SecurityTokenInvalidAlgorithmException => "The token's \"alg\" is not one that is taken here.",
        _ => "The token's signature cannot be verified.",
    };

    static bool IsAccessToken(string type) =>
        type.Equals("JWT", StringComparison.OrdinalIgnoreCase) || type.Equals("at+jwt", StringComparison.OrdinalIgnoreCase)
        || type.Equals("application/at+jwt", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// What an account may be called; the same as for POST /v1/accounts, save that a slash is taken: issuers name people by addresses. Its routes are then
    /// asked for by Nova's id. One that looks like Nova's own id could be taken for another account's.
    /// </summary>
    static bool IsName(string? name) => name is { Length: >= 1 and <= 200 } && !name.Any(char.IsControl) && !Id<Account>.TryParse(name, out _);

    static EnvironmentName? ReadEnvironment(JsonWebToken jwt, string claim) =>
        !jwt.TryGetPayloadValue<object>(claim, out var value) || value is null ? EnvironmentName.Production
        : EnvironmentEntry.Parse(value as string);

    /// <summary>Reads header and payload before anything is verified, to choose the issuer and the key, and to refuse what the library lets pass.</summary>
    static string? Peek(string token, out JwtHeader header, out JwtPayload payload)
    {
        (header, payload) = (default, default);
        try
        {
            var parts = token.Split('.');
            var (headText, bodyText) = (Base64Url.DecodeFromChars(parts[0]), Base64Url.DecodeFromChars(parts[1]));
            if (LoneSurrogates.In(headText) || LoneSurrogates.In(bodyText)) return "The token has a text with half of a surrogate pair, which is no character.";
            using var head = JsonDocument.Parse(headText, Strict);
            using var body = JsonDocument.Parse(bodyText, Strict);
            header = new(TextOf(head, "alg"), TextOf(head, "kid"), TextOf(head, "typ"), head.RootElement.TryGetProperty("crit", out _));
            payload = new(TextOf(body, "iss"));
            // The library reads a time that is none as one that is missing, or as a fault of the signature.
            foreach (var name in (ReadOnlySpan<string>)["exp", "nbf", "iat"])
                if (body.RootElement.TryGetProperty(name, out var time) && !IsTime(time)) return $"The token's \"{name}\" is no number of seconds since 1970.";
            return null;
        }
        catch (Exception fault) when (fault is FormatException or JsonException or InvalidOperationException)
        {
            return "The token is malformed, or has a claim twice.";
        }
    }

    /// <summary>A NumericDate (RFC 7519 section 2) of a year that there is: it may have decimals, and comes before the year 10000.</summary>
    static bool IsTime(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is >= 0 and <= 253_402_300_799;

    static string? TextOf(JsonDocument document, string name) =>
        document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <param name="Algorithm">Its <c>alg</c>.</param>
    /// <param name="KeyId">Its <c>kid</c>.</param>
    /// <param name="Type">Its <c>typ</c>; many issuers leave it out.</param>
    /// <param name="Critical">It has <c>crit</c>.</param>
    internal readonly record struct JwtHeader(string? Algorithm, string? KeyId, string? Type, bool Critical);

    readonly record struct JwtPayload(string? Issuer);

    /// <summary>A product's issuer with its keys.</summary>
    sealed class Issuer(string product, JwtOptions options, JsonWebKeySetCache? keySet)
    {
        readonly SymmetricSecurityKey? _secret = options.SigningKey is { } key ? new(Encoding.UTF8.GetBytes(key)) : null;

        public string Product => product;

        public JwtOptions Options => options;

        /// <summary>Kept apart by what is configured, so that a public key can never be taken for an HMAC key.</summary>
        public string[] Algorithms { get; } = options.SigningKey is not null ? ["HS256"] : ["RS256", "ES256"];

        /// <summary>The keys that may have signed the token. Unknown: the set that may have one could not be read.</summary>
        public async ValueTask<(IReadOnlyList<SecurityKey> Keys, bool Unknown)> KeysAsync(JwtHeader header, CancellationToken cancellation)
        {
            if (!Algorithms.Contains(header.Algorithm)) return ([], false);
            if (_secret is not null) return (header.KeyId == options.SigningKeyId || header.KeyId is null ? [_secret] : [], false);
            return await keySet!.FindAsync(header.KeyId, header.Algorithm!, cancellation) is { } key ? ([key], false) : ([], !keySet.IsRead);
        }
    }
}
