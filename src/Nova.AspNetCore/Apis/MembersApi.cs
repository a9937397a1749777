using System.Text.Json.Serialization;
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

/// <summary>Who belongs to an account, and as what: for its own admins, and for operators under the account's address.</summary>
internal static class MembersApi
{
    const string Tag = "Members";

    /// <summary>More than any team; a bound, because the list is read and answered whole.</summary>
    const int MostMembers = 250;

    public static void MapMembersApi(this IEndpointRouteBuilder routes)
    {
        Map(routes.MapGroup("/v1/members").For(Access.OfAccountPeople), "");
        Map(routes.MapGroup("/v1/accounts/{account}/members").For(Access.OfOperators), "OfAccount");
    }

    static void Map(RouteGroupBuilder group, string suffix)
    {
        var operators = suffix.Length > 0;
        With(group.MapGet("", ListAsync).Needs(Rights.Belong)
            .Describe("listMembers" + suffix, Tag, "List members", "Newest first, invitations too. Not paged: an account has at most 250.").Gives<Page<MemberView>>().Refuses(400));
        With(group.MapPost("", InviteAsync).Needs(Rights.Administer)
            .Describe("inviteMember" + suffix, Tag, "Invite a member", "invitation_url is in this answer only. Nova sends no mail: hand it on.")
            .Takes<InviteMemberBody>().Gives<MemberView>(201).Refuses(400, 409, 413, 415));
        With(group.MapPatch("/{id}", ChangeAsync).Needs(Rights.Administer)
            .Describe("changeMember" + suffix, Tag, "Change a member's role").Takes<ChangeMemberBody>().Gives<MemberView>().Refuses(400, 404, 409, 413, 415));
        With(group.MapDelete("/{id}", RemoveAsync).Needs(Rights.Administer)
            .Describe("removeMember" + suffix, Tag, "Remove a member, or an invitation", "Out at once, on every node.").GivesNothing().Refuses(404, 409));
        With(group.MapPost("/{id}/invitation", RenewAsync).Needs(Rights.Administer)
            .Describe("renewInvitation" + suffix, Tag, "Make a new invitation link", "The one before is then spent.").Gives<MemberView>().Refuses(404, 409));

        void With(RouteHandlerBuilder route)
        {
            if (operators) route.Query("product", "Where one external id is used in two products.").Refuses(404, 409);
        }
    }

    static async Task<IResult> ListAsync(HttpContext context, AccountDirectory directory, IPeopleStore store)
    {
        var (account, refusal) = AccountOf(context, directory);
        if (account is null) return refusal!;
        var members = await store.ListMembersAsync(account.Id, context.RequestAborted);
        return OperatorJson.Instance.Ok(new Page<MemberView>([.. members.Select(each => MemberView.Of(each))], null));
    }

    static async Task<IResult> InviteAsync(
        HttpContext context, AccountDirectory directory, IPeopleStore store, SignIn signIn, AuditTrail audit, PortalOptions portal, NovaOptions options, TimeProvider clock)
    {
        var (account, refusal) = AccountOf(context, directory);
        if (account is null) return refusal!;
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
        var email = SignIn.NeedEmail(reading);
        var role = NeedRole(reading);
        reading.End();
        if (!reading.IsGood) return reading.Problem;
        if ((await store.ListMembersAsync(account.Id, context.RequestAborted)).Count >= MostMembers) return Problems.PlanLimit($"An account has at most {MostMembers} members.");

        var now = clock.Now();
        var member = new Member(Id<Member>.New(now), account.Id, email, role, null, now);
        var (token, _, url) = signIn.NewLink(context, TokenPurpose.Invitation, member.Id.Value, portal.InvitationLifetime, "invitation");
        var saved = await store.SaveAsync(
            [new PeopleChange.OfNewMember(member), new PeopleChange.OfNewToken(token), audit.OfMember(context, "member.invited", account, null, member)],
            context.RequestAborted);
        return saved == PeopleResult.Saved
            ? OperatorJson.Instance.Created(MemberView.Of(new(member, null), url, token.ExpiresAt))
            : Problems.MemberTaken;
    }

    static async Task<IResult> ChangeAsync(
        HttpContext context, string id, AccountDirectory directory, IPeopleStore store, AuditTrail audit, NovaOptions options)
    {
        var (account, found, refusal) = await FindAsync(context, id, directory, store);
        if (found is null) return refusal!;
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
        var role = NeedRole(reading);
        reading.End();
        if (!reading.IsGood) return reading.Problem;
        var changed = found.Member with { Role = role };
        if (changed == found.Member) return OperatorJson.Instance.Ok(MemberView.Of(found));
        if (role != Role.Admin && await IsLastAdminAsync(context, account!, found.Member, store)) return Problems.LastAdmin;
        return await store.SaveAsync([new PeopleChange.OfMember(changed), audit.OfMember(context, "member.updated", account!, found.Member, changed)], context.RequestAborted)
            == PeopleResult.Saved ? OperatorJson.Instance.Ok(MemberView.Of(found with { Member = changed })) : Problems.NotFound("member");
    }

    static async Task<IResult> RemoveAsync(HttpContext context, string id, AccountDirectory directory, IPeopleStore store, AuditTrail audit)
    {
        var (account, found, refusal) = await FindAsync(context, id, directory, store);
        if (found is null) return refusal!;
        if (await IsLastAdminAsync(context, account!, found.Member, store)) return Problems.LastAdmin;
        return await store.SaveAsync(
            [new PeopleChange.OfMemberRemoval(found.Member.Id), audit.OfMember(context, "member.removed", account!, found.Member, null)], context.RequestAborted)
            == PeopleResult.Saved ? NoContent.Instance : Problems.NotFound("member");
    }

    static async Task<IResult> RenewAsync(
        HttpContext context, string id, AccountDirectory directory, IPeopleStore store, SignIn signIn, AuditTrail audit, PortalOptions portal)
    {
        var (account, found, refusal) = await FindAsync(context, id, directory, store);
        if (found is null) return refusal!;
        if (found.Member.UserId is not null) return Problems.MemberTaken;
        var (token, _, url) = signIn.NewLink(context, TokenPurpose.Invitation, found.Member.Id.Value, portal.InvitationLifetime, "invitation");
        await store.SaveAsync(
            [new PeopleChange.OfNewToken(token), audit.OfMember(context, "member.invitation_renewed", account!, found.Member, found.Member)], context.RequestAborted);
        return OperatorJson.Instance.Ok(MemberView.Of(found, url, token.ExpiresAt));
    }

    /// <summary>
    /// An account must not lock itself out; an operator may leave it without an admin, since he can make another. Two admins who remove each other in the same
    /// moment can get past this, and an operator helps.
    /// </summary>
    static async Task<bool> IsLastAdminAsync(HttpContext context, Account account, Member member, IPeopleStore store) =>
        member is { Role: Role.Admin, UserId: not null } && context.Features.Get<Caller>() is Customer { Session.User.IsOperator: false }
        && (await store.ListMembersAsync(account.Id, context.RequestAborted)).Count(each => each.Member is { Role: Role.Admin, UserId: not null }) == 1;

    static async Task<(Account? Account, MemberWithUser? Found, Problem? Problem)> FindAsync(
        HttpContext context, string id, AccountDirectory directory, IPeopleStore store)
    {
        var (account, refusal) = AccountOf(context, directory);
        if (account is null) return (null, null, refusal);
        return Id<Member>.TryParse(id, out var known) && await store.GetMemberAsync(known, context.RequestAborted) is { } found && found.Member.AccountId == account.Id
            ? (account, found, null)
            : (null, null, Problems.NotFound("member"));
    }

    /// <summary>The caller's own account, or for operators that of the path.</summary>
    static (Account? Account, Problem? Problem) AccountOf(HttpContext context, AccountDirectory directory)
    {
        if (context.Request.RouteValues["account"] is string name) return AccountLookup.Find(context, directory, name);
        return new RequestQuery(context, OperatorJson.Instance).End() is { } refusal ? (null, refusal) : (Customer.Of(context).Entry.Account, null);
    }

    static Role NeedRole(RequestObject reading)
    {
        var text = reading.NeedText("role", 20);
        if (RoleWords.Read(text) is { } role) return role;
        if (text.Length > 0) reading.Fault("role", "Must be \"admin\" or \"member\".");
        return Role.Member;
    }
}

/// <param name="Email">Whom; he will sign in with it.</param>
/// <param name="Role"><c>admin</c>, or <c>member</c>, who sees everything but secrets and changes nothing.</param>
internal sealed record InviteMemberBody(string Email, string Role);

/// <param name="Role"><c>admin</c> or <c>member</c>.</param>
internal sealed record ChangeMemberBody(string Role);

/// <param name="Id">The member's.</param>
/// <param name="Email">What he signs in with.</param>
/// <param name="Name">Null until he has accepted.</param>
/// <param name="Role"><c>admin</c> or <c>member</c>.</param>
/// <param name="State"><c>active</c> or <c>invited</c>.</param>
/// <param name="CreatedAt">When he was invited.</param>
/// <param name="LastSeenAt">Right to the minute; null: never.</param>
/// <param name="InvitationUrl">Only in the answer that makes it.</param>
/// <param name="InvitationExpiresAt">With it.</param>
internal sealed record MemberView(
    string Id, string Email, string? Name, string Role, string State, [property: JsonConverter(typeof(JsonSecond))] DateTimeOffset CreatedAt, DateTimeOffset? LastSeenAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? InvitationUrl,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? InvitationExpiresAt)
{
    public static MemberView Of(MemberWithUser found, string? url = null, DateTimeOffset? expiresAt = null) => new(
        found.Member.Id.ToString(), found.Member.Email, found.User?.Name, RoleWords.Write(found.Member.Role), found.Member.UserId is null ? "invited" : "active",
        found.Member.CreatedAt, found.User?.LastSeenAt, url, expiresAt);
}
