using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Nova.Model;
using Nova.Secrets;
using Nova.Storage;

namespace Nova.AspNetCore.Authentication;

/// <summary>Begins, finds, renews and ends sessions: of users by a cookie, of portal links by a bearer token.</summary>
/// <remarks>
/// A cookie or token has 256 random bits; the store has its SHA-256. The cookie is HttpOnly and SameSite=Lax, and over https has the prefix <c>__Host-</c>,
/// so that no other host can set or get it. Lax and not Strict, so that a link from a mail or a chat finds a signed-in person signed in; whatever changes
/// something needs the CSRF header besides.
/// </remarks>
internal sealed class Sessions(IPeopleStore store, PortalOptions options, TimeProvider clock)
{
    public const string CookieName = "nova_session";
    public const string SecureCookieName = "__Host-nova_session";
    public const string CsrfHeader = "Nova-Csrf";

    /// <summary>What the tokens of portal links begin with.</summary>
    public const string BearerPrefix = "ps_";

    const string CookiePrefix = "ns_";

    /// <summary>Longer cookies are none of ours.</summary>
    const int LongestToken = 100;

    /// <summary>That somebody was seen is written so often at most: right to the minute, without a write per request.</summary>
    static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(1);

    /// <summary>A cookie that was copied from somewhere is of no use the next day.</summary>
    static readonly TimeSpan RotateEvery = TimeSpan.FromDays(1);

    /// <summary>The request's cookie, if it has one.</summary>
    public string? CookieOf(HttpContext context) =>
        context.Request.Cookies[IsSecure(context) ? SecureCookieName : CookieName] is { Length: > 0 and <= LongestToken } token ? token : null;

    /// <summary>The session that a cookie or token opens; null: none.</summary>
    public Task<SessionWithUser?> FindAsync(string token, CancellationToken cancellation) =>
        store.FindSessionAsync(KeyHash.Of(token).ToBytes(), clock.GetUtcNow() - options.SessionIdle, cancellation);

    /// <summary>A session of a user that is not in the store yet: the caller saves it with what made it, and then sets the cookie.</summary>
    public (Session Session, string Token) New(User user)
    {
        var (token, now) = (KeyMaker.Make(CookiePrefix), clock.Now());
        return (new(Id<Session>.New(now), KeyHash.Of(token).ToBytes(), user.Id, null, NewCsrf(), now, now, now, now + options.SessionLifetime), token);
    }

    /// <summary>The same of a portal link.</summary>
    public (Session Session, string Token) New(OneTimeToken link)
    {
        var (token, now) = (KeyMaker.Make(BearerPrefix), clock.Now());
        return (new(new Id<Session>(link.Subject), KeyHash.Of(token).ToBytes(), null, link.Link, NewCsrf(), now, now, now, now + link.SessionFor), token);
    }

    /// <summary>Notes that the session was seen, and gives it another cookie where it has had this one for a day.</summary>
    public async Task RenewAsync(HttpContext context, SessionWithUser found, bool byCookie)
    {
        var (session, now) = (found.Session, clock.Now());
        if (now - session.LastSeenAt >= SeenEvery) await store.SaveAsync([new PeopleChange.OfSeen(session.Id, now)], context.RequestAborted);
        // An answer that has begun (a stream asks again and again) can carry no cookie any more.
        if (!byCookie || context.Response.HasStarted || found.IsPrevious || now - session.RotatedAt < RotateEvery) return;
        var token = KeyMaker.Make(CookiePrefix);
        // Gone: another request of the same moment was first, and its answer has the new cookie.
        if (await store.SaveAsync([new PeopleChange.OfRotation(session.Id, session.Sha256, KeyHash.Of(token).ToBytes(), now)], context.RequestAborted)
            == PeopleResult.Saved) SetCookie(context, token, session.ExpiresAt);
    }

    public void SetCookie(HttpContext context, string token, DateTimeOffset expiresAt)
    {
        var secure = IsSecure(context);
        // Max-Age by our own clock; the browser's may be wrong.
        context.Response.Cookies.Append(secure ? SecureCookieName : CookieName, token, OptionsOf(secure, expiresAt - clock.GetUtcNow()));
    }

    public void DropCookie(HttpContext context)
    {
        var secure = IsSecure(context);
        context.Response.Cookies.Append(secure ? SecureCookieName : CookieName, "", OptionsOf(secure, TimeSpan.Zero));
    }

    /// <summary>The header repeats what only a page of the portal itself can have read.</summary>
    public static bool HasCsrf(HttpContext context, Session session)
    {
        var values = context.Request.Headers[CsrfHeader];
        return values is [{ Length: <= LongestToken } value] && CryptographicOperations.FixedTimeEquals(
            System.Text.Encoding.UTF8.GetBytes(value), System.Text.Encoding.UTF8.GetBytes(session.Csrf));
    }

    /// <summary>Behind a proxy that ends TLS the request itself does not say https; the configured address does.</summary>
    bool IsSecure(HttpContext context) => context.Request.IsHttps || options.BaseUrl?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) == true;

    static CookieOptions OptionsOf(bool secure, TimeSpan maxAge) =>
        new() { HttpOnly = true, Secure = secure, SameSite = SameSiteMode.Lax, Path = "/", MaxAge = maxAge, IsEssential = true };

    static string NewCsrf() => KeyMaker.Make("");
}
