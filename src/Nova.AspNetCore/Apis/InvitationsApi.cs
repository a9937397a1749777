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

/// <summary>Looking at an invitation and accepting it. The token in the link is the only credential.</summary>
internal static class InvitationsApi
{
    const string Tag = "Sign-in";

    public static void MapInvitationsApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/invitations").For(Access.OfAnybody);
        group.MapPost("/view", ViewAsync)
            .Describe("viewInvitation", Tag, "Look at an invitation", "By the token of its link; a POST, so that the token is in no address. Uses nothing up.")
            .Takes<InvitationTokenBody>().Gives<InvitationView>().Refuses(400, 410, 413, 415);
        group.MapPost("/accept", AcceptAsync)
            .Describe("acceptInvitation", Tag, "Accept an invitation",
                "Makes the user, with this name and password, and signs in. Somebody who has a password already gives that one; his name stays.")
            .Takes<AcceptInvitationBody>().Gives<SessionView>(201).Refuses(400, 401, 410, 413, 415, 429);
    }

    static async Task<IResult> ViewAsync(HttpContext context, IPeopleStore store, SignIn signIn, AccountDirectory directory, NovaOptions options)
    {
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
        var text = reading.NeedText("token", 100);
        reading.End();
        if (!reading.IsGood) return reading.Problem;
        return await FindAsync(text, store, signIn, directory, context.RequestAborted) is { } found
            ? OperatorJson.Instance.Ok(new InvitationView(
                found.Member.Email, new(found.Account.Name, found.Account.Product), RoleWords.Write(found.Member.Role),
                await store.FindUserAsync(found.Member.Email, context.RequestAborted) is not null))
            : Problems.TokenSpent;
    }

    static async Task<IResult> AcceptAsync(
        HttpContext context, IPeopleStore store, SignIn signIn, Sessions sessions, Passwords passwords, AuditTrail audit, AccountDirectory directory,
        NovaOptions options, TimeProvider clock)
    {
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
        var text = reading.NeedText("token", 100);
        var found = text.Length == 0 ? null : await FindAsync(text, store, signIn, directory, context.RequestAborted);
        var known = found is null ? null : await store.FindUserAsync(found.Member.Email, context.RequestAborted);
        var name = known is null ? reading.NeedText("name", 200) : reading.Text("name", 200) ?? "";
        // A rule that came later does not lock out whoever has a password already.
        var password = known is null ? SignIn.NeedNewPassword(reading, found?.Member.Email ?? "") : SignIn.NeedPassword(reading);
        reading.End();
        if (!reading.IsGood) return reading.Problem;
        if (found is null) return Problems.TokenSpent;

        User user;
        List<PeopleChange> changes = [new PeopleChange.OfTokenUse(found.Token.Sha256, TokenPurpose.Invitation)];
        if (known is null)
        {
            var now = clock.Now();
            user = new User(Id<User>.New(now), found.Member.Email, name, await passwords.HashAsync(password, context.RequestAborted), IsOperator: false, now, now);
            changes.Add(new PeopleChange.OfNewUser(user));
        }
        else
        {
            // Whoever invites cannot take over whom he invites: the link alone is not enough.
            var (proven, refusal) = await signIn.CheckAsync(context, known.Email, password);
            if (proven is null) return refusal!;
            user = proven;
        }
        var joined = found.Member with { UserId = user.Id };
        var (session, cookie) = sessions.New(user);
        changes.AddRange(
            [
                new PeopleChange.OfMember(joined), new PeopleChange.OfNewSession(session),
                audit.OfMember(context, "member.joined", found.Account, found.Member, joined, new Actor("user", user.Id.ToString(), user.Email)),
            ]);
        return await store.SaveAsync(changes, context.RequestAborted) switch
        {
            PeopleResult.Saved => OperatorJson.Instance.Created(await SessionApi.BeginAsync(context, sessions, directory, session, cookie)),
            // A user of this address was made at this very moment, by another invitation: the next try asks for his password.
            PeopleResult.Taken => Problems.ChangedMeanwhile("user"),
            _ => Problems.TokenSpent,
        };
    }

    static async Task<Invitation?> FindAsync(string text, IPeopleStore store, SignIn signIn, AccountDirectory directory, CancellationToken cancellation) =>
        await signIn.FindTokenAsync(text, TokenPurpose.Invitation, cancellation) is { } token
        && await store.GetMemberAsync(new(token.Subject), cancellation) is { Member: { UserId: null } member }
        && directory.FindAccounts(member.AccountId.ToString(), null) is [{ } account]
            ? new(token, member, account)
            : null;

    sealed record Invitation(OneTimeToken Token, Member Member, Account Account);
}

/// <param name="Token">Of the link.</param>
internal sealed record InvitationTokenBody(string Token);

/// <param name="Token">Of the link.</param>
/// <param name="Name">As people read it. Not needed by somebody who has a password already.</param>
/// <param name="Password">12 to 256 characters; or the one that he has.</param>
internal sealed record AcceptInvitationBody(string Token, string Password, string? Name = null);

/// <param name="Email">Who is invited.</param>
/// <param name="Account">Where.</param>
/// <param name="Role"><c>admin</c> or <c>member</c>.</param>
/// <param name="HasPassword">He is known here already and accepts with the password that he has.</param>
internal sealed record InvitationView(string Email, InvitedToView Account, string Role, bool HasPassword);

internal sealed record InvitedToView(string Name, string Product);
