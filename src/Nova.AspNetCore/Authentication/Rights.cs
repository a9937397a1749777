using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Nova.Model;

namespace Nova.AspNetCore.Authentication;

/// <summary>What a caller may do within his environment. A role or a link's scopes give some; each route needs one or more.</summary>
[Flags]
internal enum Rights
{
    None = 0,

    /// <summary>Read everything but secrets.</summary>
    View = 1,

    /// <summary>Change endpoints, send tests.</summary>
    Manage = 2,

    /// <summary>See and renew signing secrets.</summary>
    Secrets = 4,

    /// <summary>Deliver again.</summary>
    Replay = 8,

    /// <summary>
    /// Say who else may do what: members, API keys, the audit log. Of signed-in people alone: a key that leaked must not be able to make another,
    /// or a way from the sandbox into production.
    /// </summary>
    Administer = 16,

    /// <summary>
    /// See who belongs to the account, and its API keys, masked. Of those who belong to it: a link shows its holder, who is nobody in particular, no names
    /// and addresses of others.
    /// </summary>
    Belong = 32,

    OfKeys = View | Manage | Secrets | Replay,
    OfMembers = View | Belong,
    OfAdmins = OfKeys | OfMembers | Administer,
}

/// <summary>The rights that a route needs. A route that says nothing needs <see cref="Rights.View"/> to read and <see cref="Rights.Manage"/> to change,
/// so that a route nobody thought of is closed to members.</summary>
internal sealed record Needed(Rights Rights);

internal static class RightsConventions
{
    public static TBuilder Needs<TBuilder>(this TBuilder builder, Rights rights) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new Needed(rights));

    public static Rights ByMethod(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? Rights.View : Rights.Manage;

    public static Rights Of(Role role) => role == Role.Admin ? Rights.OfAdmins : Rights.OfMembers;

    /// <summary>No more than its role, no more than its scopes, and never <see cref="Rights.Administer"/> or <see cref="Rights.Belong"/>.</summary>
    public static Rights Of(LinkGrant link)
    {
        var rights = Rights.View;
        if (link.Scopes.HasFlag(LinkScopes.Manage)) rights |= Rights.Manage;
        if (link.Scopes.HasFlag(LinkScopes.Secrets)) rights |= Rights.Secrets;
        if (link.Scopes.HasFlag(LinkScopes.Replay)) rights |= Rights.Replay;
        return rights & Of(link.Role);
    }
}
