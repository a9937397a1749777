namespace Nova.Model;

/// <summary>What a portal link may do, beside seeing.</summary>
[Flags]
internal enum LinkScopes : short
{
    View = 1,
    Manage = 2,
    Secrets = 4,
    Replay = 8,
    All = View | Manage | Secrets | Replay,
}

/// <summary>Where a portal link leads: one account, perhaps one environment of it, as a role, within scopes.</summary>
/// <param name="AccountId">The only account.</param>
/// <param name="Environment">The only environment; null: both.</param>
/// <param name="Role">Whose rights are the most it has.</param>
/// <param name="Scopes">What is left of them.</param>
/// <param name="Theme">How the host wants it to look, as JSON; null: as it is.</param>
internal sealed record LinkGrant(Id<Account> AccountId, EnvironmentName? Environment, Role Role, LinkScopes Scopes, string? Theme);

/// <summary>
/// Somebody is signed in: a user by a cookie, or whoever followed a portal link by a bearer token. The store has the SHA-256 of the cookie or token only.
/// </summary>
/// <param name="Id">Names the session; no secret, and the same through every rotation.</param>
/// <param name="Sha256">Of the cookie or token that is good now.</param>
/// <param name="UserId">Null: a portal link.</param>
/// <param name="Link">Null: a user.</param>
/// <param name="Csrf">What changing requests by cookie must repeat in a header. Of no use without the cookie.</param>
/// <param name="CreatedAt">When he signed in.</param>
/// <param name="RotatedAt">When the cookie was last changed.</param>
/// <param name="LastSeenAt">Right to the minute.</param>
/// <param name="ExpiresAt">The end, however busy it is.</param>
internal sealed record Session(
    Id<Session> Id, byte[] Sha256, Id<User>? UserId, LinkGrant? Link, string Csrf,
    DateTimeOffset CreatedAt, DateTimeOffset RotatedAt, DateTimeOffset LastSeenAt, DateTimeOffset ExpiresAt) : IIdentified
{
    public static string IdPrefix => "ses";
}

/// <summary>What a one-time token is good for. Never given twice.</summary>
internal enum TokenPurpose : short
{
    /// <summary>Makes the first operator.</summary>
    Setup = 0,

    /// <summary>Accepts the invitation of a member.</summary>
    Invitation = 1,

    /// <summary>Opens a session of a portal link.</summary>
    PortalLink = 2,

    /// <summary>Sets a user's password anew.</summary>
    Password = 3,
}

/// <summary>Something that is good once and for a while. The store has its SHA-256 only.</summary>
/// <param name="Sha256">Of the token.</param>
/// <param name="Purpose">A token of one purpose is none of another.</param>
/// <param name="Subject">The member or user that it is for; of a portal link what the session will show as its id. Its earlier tokens of the same purpose
/// are gone when it gets a new one.</param>
/// <param name="Link">Of a portal link.</param>
/// <param name="SessionFor">Of a portal link: how long its session lasts.</param>
/// <param name="ExpiresAt">From then on it is good for nothing.</param>
internal sealed record OneTimeToken(
    byte[] Sha256, TokenPurpose Purpose, Guid Subject, LinkGrant? Link, TimeSpan SessionFor, DateTimeOffset ExpiresAt);
