using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Nova.Accounts;
using Nova.AspNetCore.Writing;
using Nova.Model;

namespace Nova.AspNetCore.Authentication;

/// <summary>
/// Finds out who makes a request: from its Authorization header, and where it has none, from the cookie of a signed-in person. Never from a query parameter.
/// </summary>
/// <remarks>
/// A key is looked up by its SHA-256 in memory, which tells nothing by its timing; the one key that is compared with a configured value is compared
/// in constant time.
/// </remarks>
internal sealed class Authenticator
{
    const string Scheme = "Bearer ";

    /// <summary>Longer credentials are none of ours; a JWT with some claims has about 1 KiB.</summary>
    const int LongestCredential = 8 * 1024;

    readonly AccountDirectory _directory;
    readonly KeyUse _keyUse;
    readonly JwtAuthenticator _jwt;
    readonly ProductNames _names;
    readonly SessionAuthenticator _sessions;
    readonly byte[]? _configuredKey;
    readonly Operator _configured;

    public Authenticator(AccountDirectory directory, KeyUse keyUse, JwtAuthenticator jwt, ProductNames names, SessionAuthenticator sessions,
        NovaOptions options)
    {
        _directory = directory;
        _keyUse = keyUse;
        _jwt = jwt;
        _names = names;
        _sessions = sessions;
        _configuredKey = options.OperatorKey is { } key ? SHA256.HashData(Encoding.UTF8.GetBytes(key)) : null;
        _configured = new(OperatorScopes.All, _configuredKey is null ? default : new Guid(_configuredKey.AsSpan(0, 16)));
    }

    /// <summary>The operator who makes the request, if he has this scope; else why not.</summary>
    public (Operator? Caller, Problem? Problem) Operator(HttpContext context, OperatorScopes scope, Access? access = null)
    {
        var credential = Credential(context);
        if (credential.IsEmpty) return (null, Missing(context, access ?? Access.OfOperators));
        if (FindOperator(credential) is not { } found) return (null, Wrong(access ?? Access.OfOperators));
        return (found.Scopes & scope) == scope ? (found, null) : (null, Problems.MissingScope(Access.NameOf(scope)));
    }

    /// <summary>Whoever makes the request, if the call is for him; else why not.</summary>
    public async ValueTask<(Caller? Caller, Problem? Problem)> AuthenticateAsync(HttpContext context, Access access)
    {
        var credential = Credential(context);
        if (credential.StartsWith(Sessions.BearerPrefix, StringComparison.Ordinal))
            return await _sessions.AuthenticateAsync(context, access, credential.ToString(), byCookie: false);
        // A credential that was sent on purpose goes before a cookie, which the browser sends by itself.
        if (context.Request.Headers.Authorization.Count == 0 && _sessions.CookieOf(context) is { } cookie)
            return await _sessions.AuthenticateAsync(context, access, cookie, byCookie: true);
        if (credential.IsEmpty) return (null, Missing(context, access));
        if (access.SignedIn && access.Operators is null) return (null, Wrong(access));
        if (!access.Customers || access.SignedIn) return Operator(context, access.Operators ?? OperatorScopes.None, access);
        if (JwtAuthenticator.LooksLikeJwt(credential))
        {
            var (entry, problem) = await _jwt.AuthenticateAsync(credential.ToString(), context.RequestAborted);
            return entry is null ? (null, problem) : (new Customer(entry, _names.Of(entry.Product), LimitOf(entry)), null);
        }
        if (_directory.ApiKey(credential) is { } key)
        {
            if (key.RevokedAt is not null) return (null, Problems.BadCredential("This API key was revoked. Use another, or restore it."));
            // An environment of a product that is no longer installed has no entry: there is nothing that could answer.
            if (_directory.Environment(key.EnvironmentId) is not { } entry) return (null, Wrong(access));
            _keyUse.Note(key.Id);
            return (new Customer(entry, _names.Of(entry.Product), key.Id.Value) { Key = key }, null);
        }
        if (access.Operators is { } scope && FindOperator(credential) is { } found)
            return (found.Scopes & scope) == scope ? (found, null) : (null, Problems.MissingScope(Access.NameOf(scope)));
        return (null, Wrong(access));
    }

    /// <summary>Whether the request's credential is still good for whom it stood when it began. For answers that do not end.</summary>
    public async ValueTask<bool> StillAsync(HttpContext context, Customer caller) =>
        (await AuthenticateAsync(context, Access.OfCustomers)).Caller is Customer now && now.Entry.Id == caller.Entry.Id;

    Operator? FindOperator(ReadOnlySpan<char> credential)
    {
        if (_configuredKey is not null && IsConfigured(credential)) return _configured;
        if (_directory.OperatorKey(credential) is not { RevokedAt: null } key) return null;
        _keyUse.Note(key.Id);
        return new(key.Scopes, key.Id.Value) { Key = key };
    }

    bool IsConfigured(ReadOnlySpan<char> credential)
    {
        Span<byte> hash = stackalloc byte[32];
        Span<byte> utf8 = stackalloc byte[512];
        if (!Encoding.UTF8.TryGetBytes(credential, utf8, out var length)) return false;
        SHA256.HashData(utf8[..length], hash);
        return CryptographicOperations.FixedTimeEquals(hash, _configuredKey);
    }

    /// <summary>What stands after <c>Bearer</c>; empty where there is nothing usable.</summary>
    static ReadOnlySpan<char> Credential(HttpContext context)
    {
        var values = context.Request.Headers.Authorization;
        if (values.Count != 1 || values[0] is not { } header || header.Length > LongestCredential
            || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return [];
        return header.AsSpan(Scheme.Length).Trim();
    }

    static Problem Missing(HttpContext context, Access access) => context.Request.Headers.Authorization.Count == 0
        ? Problems.NoCredential(access.Wanted)
        : Problems.BadCredential($"The Authorization header cannot be used. Send it once, as Bearer followed by {access.Wanted}.");

    static Problem Wrong(Access access) => Problems.BadCredential($"The credential is not known here, or not for this call. It takes {access.Wanted}.");

    static Guid LimitOf(EnvironmentEntry entry) => new(entry.Id, 0, 0, new byte[8]);
}
