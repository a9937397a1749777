using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.AspNetCore.Auditing;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Model;
using Nova.Secrets;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>Everybody who can sign in, for operators: making further operators, and links for whoever has forgotten his password.</summary>
internal static class UsersApi
{
    const string Tag = "Users";

    public static void MapUsersApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/users").For(Access.OfOperators);
        group.MapGet("", ListAsync)
            .Describe("listUsers", Tag, "List users", "Newest first: operators, and members of whatever account.").Paged().Gives<Page<UserView>>().Refuses(400);
        group.MapPost("", CreateAsync)
            .Describe("createOperator", Tag, "Make an operator", "password_url, with which he sets his password, is in this answer only. A user who is known already becomes an operator too.")
            .Takes<CreateOperatorBody>().Gives<UserView>(201).Refuses(400, 413, 415);
        group.MapDelete("/{id}", RemoveAsync)
            .Describe("removeOperator", Tag, "Take an operator's rights away", "Ends all his sessions. Where he is a member he stays one.").GivesNothing().Refuses(404);
        group.MapPost("/{id}/password-link", LinkAsync)
            .Describe("createPasswordLink", Tag, "Make a link that sets a password", "For somebody who has forgotten his. Good once; hand it on.").Gives<PasswordLinkView>(201).Refuses(404);
    }

    static async Task<IResult> ListAsync(HttpContext context, IPeopleStore store)
    {
        var query = new RequestQuery(context, OperatorJson.Instance);
        var (limit, before) = (query.Limit(), query.Cursor<User>());
        if (query.End() is { } refusal) return refusal;
        var users = await store.ListUsersAsync(before, limit + 1, context.RequestAborted);
        return OperatorJson.Instance.Ok(Paging.Page(users, limit, user => UserView.Of(user), user => user.Id));
    }

    static async Task<IResult> CreateAsync(
        HttpContext context, IPeopleStore store, SignIn signIn, Passwords passwords, AuditTrail audit, PortalOptions portal, NovaOptions options, TimeProvider clock)
    {
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
        var email = SignIn.NeedEmail(reading);
        var name = reading.NeedText("name", 200);
        reading.End();
        if (!reading.IsGood) return reading.Problem;

        if (await store.FindUserAsync(email, context.RequestAborted) is { } known)
        {
            // He has a password; nobody but himself gives him another by this way.
            var raised = known with { IsOperator = true };
            if (raised != known)
                await store.SaveAsync([new PeopleChange.OfUser(raised), audit.OfUser(context, "user.updated", known, known, raised)], context.RequestAborted);
            return OperatorJson.Instance.Created(UserView.Of(raised));
        }
        var now = clock.Now();
        // A password that nobody knows, until he sets his own.
        var user = new User(Id<User>.New(now), email, name, await passwords.HashAsync(KeyMaker.Make(""), context.RequestAborted), IsOperator: true, now);
        var (token, _, url) = signIn.NewLink(context, TokenPurpose.Password, user.Id.Value, portal.LinkLifetime, "password");
        return await store.SaveAsync(
            [new PeopleChange.OfNewUser(user), new PeopleChange.OfNewToken(token), audit.OfUser(context, "user.created", user, null, user)], context.RequestAborted)
            == PeopleResult.Saved ? OperatorJson.Instance.Created(UserView.Of(user, url)) : Problems.ChangedMeanwhile("user");
    }

    static async Task<IResult> RemoveAsync(HttpContext context, string id, IPeopleStore store, AuditTrail audit)
    {
        if (!Id<User>.TryParse(id, out var known) || await store.GetUserAsync(known, context.RequestAborted) is not { IsOperator: true } user) return Problems.NotFound("operator");
        var changed = user with { IsOperator = false };
        await store.SaveAsync(
            [new PeopleChange.OfUser(changed), new PeopleChange.OfSessionsEnd(user.Id), audit.OfUser(context, "user.updated", user, user, changed)], context.RequestAborted);
        return NoContent.Instance;
    }

    static async Task<IResult> LinkAsync(HttpContext context, string id, IPeopleStore store, SignIn signIn, AuditTrail audit, PortalOptions portal)
    {
        if (!Id<User>.TryParse(id, out var known) || await store.GetUserAsync(known, context.RequestAborted) is not { } user) return Problems.NotFound("user");
        var (token, _, url) = signIn.NewLink(context, TokenPurpose.Password, user.Id.Value, portal.LinkLifetime, "password");
        await store.SaveAsync([new PeopleChange.OfNewToken(token), audit.OfUser(context, "user.password_link_created", user)], context.RequestAborted);
        return OperatorJson.Instance.Created(new PasswordLinkView(url, token.ExpiresAt));
    }
}

/// <param name="Email">What he will sign in with.</param>
/// <param name="Name">As people read it.</param>
internal sealed record CreateOperatorBody(string Email, string Name);

/// <param name="Url">Hand it on; it is shown once.</param>
/// <param name="ExpiresAt">From then on it is good for nothing.</param>
internal sealed record PasswordLinkView(string Url, DateTimeOffset ExpiresAt);

/// <param name="Id">Nova's.</param>
/// <param name="Email">What he signs in with.</param>
/// <param name="Name">As people read it.</param>
/// <param name="Operator">He may do everything.</param>
/// <param name="CreatedAt">When he was made.</param>
/// <param name="LastSeenAt">Right to the minute; null: never.</param>
/// <param name="PasswordUrl">Only in the answer that makes him.</param>
internal sealed record UserView(
    string Id, string Email, string Name, bool Operator, [property: JsonConverter(typeof(JsonSecond))] DateTimeOffset CreatedAt, DateTimeOffset? LastSeenAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? PasswordUrl)
{
    public static UserView Of(User user, string? url = null) => new(user.Id.ToString(), user.Email, user.Name, user.IsOperator, user.CreatedAt, user.LastSeenAt, url);
}
