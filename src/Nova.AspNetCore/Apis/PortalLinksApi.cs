using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.Accounts;
using Nova.AspNetCore.Auditing;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Model;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>Links by which the company shows the portal in its own site: made by its server for whoever is signed in there, good once.</summary>
internal static partial class PortalLinksApi
{
    const string Tag = "Portal links";

    /// <summary>From the answer that makes it to the frame that opens it are seconds; ten minutes forgive a slow page, and little else.</summary>
    static readonly TimeSpan LinkFor = TimeSpan.FromMinutes(10);

    /// <summary>Of the session, in seconds. The site can make another link at any time, so it need not be long.</summary>
    const int DefaultTtl = 3600, LeastTtl = 60, MostTtl = 24 * 3600;

    public static void MapPortalLinksApi(this IEndpointRouteBuilder routes)
    {
        routes.MapGroup("/v1/accounts/{account}/portal-links").For(Access.OfOperators).MapPost("", CreateAsync)
            .Describe("createPortalLink", Tag, "Make a portal link",
                "One account, perhaps one environment, a role, and scopes: view (always), manage, secrets, replay. Good once and for ten minutes; the session that it "
                + "opens lasts ttl_seconds and uses no cookie.")
            .Query("product", "Where one external id is used in two products.")
            .Takes<CreatePortalLinkBody>().Gives<PortalLinkView>(201).Refuses(400, 404, 409, 413, 415);
        routes.MapGroup("/v1/portal-sessions").For(Access.OfAnybody).MapPost("", OpenAsync)
            .Describe("openPortalSession", "Sign-in", "Open a portal link", "With the token of the link. The answer's token then goes as Authorization: Bearer.")
            .Takes<OpenPortalSessionBody>().Gives<SessionView>(201).Refuses(400, 410, 413, 415);
    }

    static async Task<IResult> CreateAsync(
        HttpContext context, string account, AccountDirectory directory, IPeopleStore store, SignIn signIn, AuditTrail audit, NovaOptions options, TimeProvider clock)
    {
        var (found, refusal) = AccountLookup.Find(context, directory, account);
        if (found is null) return refusal!;
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
        var role = RoleWords.Read(reading.NeedText("role", 20));
        if (role is null) reading.Fault("role", "Must be \"admin\" or \"member\".");
        var environmentName = reading.Text("environment", 20);
        var environment = EnvironmentEntry.Parse(environmentName);
        if (environmentName is not null && environment is null) reading.Fault("environment", "Must be \"sandbox\" or \"production\"; left out, both.");
        var scopes = ReadScopes(reading, role ?? Role.Member);
        var seconds = reading.Whole("ttl_seconds", LeastTtl, MostTtl) ?? DefaultTtl;
        var theme = ReadTheme(reading);
        reading.End();
        if (!reading.IsGood) return reading.Problem;

        var grant = new LinkGrant(found.Id, environment, role!.Value, scopes, theme?.ToJsonString());
        var id = Id<Session>.New(clock.Now());
        var (token, text, url) = signIn.NewLink(context, TokenPurpose.PortalLink, id.Value, LinkFor, "embed", grant, TimeSpan.FromSeconds(seconds));
        var facts = new JsonObject
        {
            ["role"] = RoleWords.Write(grant.Role),
            ["environment"] = environmentName,
            ["scopes"] = new JsonArray([.. LinkWords.Write(grant).Select(scope => (JsonNode)scope)]),
            ["ttl_seconds"] = seconds,
        };
        await store.SaveAsync(
            [
                new PeopleChange.OfNewToken(token),
                new PeopleChange.OfAudit(audit.Entry(context, "portal_link.created", new("portal_link", id.ToString(), null), found, environment, null, facts)),
            ], context.RequestAborted);
        return OperatorJson.Instance.Created(new PortalLinkView(id.ToString(), url, text, token.ExpiresAt));
    }

    static async Task<IResult> OpenAsync(
        HttpContext context, AccountDirectory directory, IPeopleStore store, SignIn signIn, Sessions sessions, AuditTrail audit, NovaOptions options)
    {
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
        var text = reading.NeedText("token", 100);
        reading.End();
        if (!reading.IsGood) return reading.Problem;
        if (await signIn.FindTokenAsync(text, TokenPurpose.PortalLink, context.RequestAborted) is not { Link: { } link } token
            || directory.FindAccounts(link.AccountId.ToString(), null) is not [{ } account]) return Problems.TokenSpent;
        var (session, bearer) = sessions.New(token);
        var saved = await store.SaveAsync(
            [
                new PeopleChange.OfTokenUse(token.Sha256, TokenPurpose.PortalLink), new PeopleChange.OfNewSession(session),
                new PeopleChange.OfAudit(audit.Entry(
                    context, "portal_link.opened", new("portal_link", session.Id.ToString(), null), account, link.Environment,
                    actor: new("link", session.Id.ToString(), "Portal link"))),
            ], context.RequestAborted);
        return saved == PeopleResult.Saved
            ? OperatorJson.Instance.Created(SessionView.Of(new(session, null, [], false), directory, bearer))
            : Problems.TokenSpent;
    }

    /// <summary>Left out: all that the role has.</summary>
    static LinkScopes ReadScopes(RequestObject reading, Role role)
    {
        if (reading.Texts("scopes", LinkWords.Scopes.Length, 20) is not { } words) return role == Role.Admin ? LinkScopes.All : LinkScopes.View;
        var scopes = LinkScopes.View;
        foreach (var word in words)
        {
            if (LinkWords.Read(word) is not { } scope) reading.Fault("scopes", $"Scopes are {string.Join(", ", LinkWords.Scopes)}.");
            else if (role == Role.Member && scope != LinkScopes.View) reading.Fault("scopes", $"A member has no '{word}': give the role \"admin\", or leave the scope out.");
            else scopes |= scope;
        }
        return scopes;
    }

    /// <summary>Nothing in it can be more than a colour, a picture and a choice: it comes from the host's server, but it is shown in a page of ours.</summary>
    static JsonObject? ReadTheme(RequestObject reading)
    {
        if (reading.Object("theme") is not { } given) return null;
        var (primary, logo, scheme) = (given.Text("primary", 7), given.Text("logo", 2000), given.Text("scheme", 10));
        given.End();
        if (primary is not null && !Colour().IsMatch(primary)) given.Fault("primary", "Must be a colour such as #3366ff.");
        if (logo is not null && !(Uri.TryCreate(logo, UriKind.Absolute, out var url) && url.Scheme == "https")) given.Fault("logo", "Must be an https URL.");
        if (scheme is not (null or "light" or "dark" or "auto")) given.Fault("scheme", "Must be \"light\", \"dark\" or \"auto\".");
        return new() { ["primary"] = primary, ["logo"] = logo, ["scheme"] = scheme };
    }

    [GeneratedRegex("^#[0-9a-fA-F]{6}$")]
    private static partial Regex Colour();
}

/// <param name="Role"><c>admin</c> or <c>member</c>.</param>
/// <param name="Environment"><c>sandbox</c> or <c>production</c>; null: both.</param>
/// <param name="Scopes"><c>view</c>, <c>manage</c>, <c>secrets</c>, <c>replay</c>; null: all that the role has.</param>
/// <param name="TtlSeconds">How long the session lasts, in seconds: 60 to 86,400. Default 3,600.</param>
/// <param name="Theme">How it is to look.</param>
internal sealed record CreatePortalLinkBody(
    string Role, string? Environment = null, IReadOnlyList<string>? Scopes = null, int? TtlSeconds = null, ThemeView? Theme = null);

/// <param name="Primary">A colour, <c>#3366ff</c>.</param>
/// <param name="Logo">An https URL of a picture.</param>
/// <param name="Scheme"><c>light</c>, <c>dark</c> or <c>auto</c>.</param>
internal sealed record ThemeView(string? Primary = null, string? Logo = null, string? Scheme = null);

/// <param name="Token">Of the link.</param>
internal sealed record OpenPortalSessionBody(string Token);

/// <param name="Id">Names the link, and the session that it opens, in the audit log.</param>
/// <param name="Url">For the frame.</param>
/// <param name="Token">The same alone.</param>
/// <param name="ExpiresAt">By then it must have been opened.</param>
internal sealed record PortalLinkView(string Id, string Url, string Token, DateTimeOffset ExpiresAt);
