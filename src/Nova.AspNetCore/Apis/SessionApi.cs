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

/// <summary>Signing in and out, and what a person changes about himself. All in snake_case: it is no product's.</summary>
internal static class SessionApi
{
    const string Tag = "Sign-in";

    public static void MapSessionApi(this IEndpointRouteBuilder routes)
    {
        var open = routes.MapGroup("/v1").For(Access.OfAnybody);
        open.MapGet("/setup", NeedsSetupAsync)
            .Describe("getSetup", Tag, "Is an operator missing", "True until the first operator has used the link that the server's log shows.").Gives<SetupStateView>();
        open.MapPost("/setup", SetUpAsync)
            .Describe("setUp", Tag, "Become the first operator", "With the token of the link in the server's log. Signs in: see createSession.")
            .Takes<SetupBody>().Gives<SessionView>(201).Refuses(400, 409, 410, 413, 415);
        open.MapPost("/session", SignInAsync)
            .Describe("createSession", Tag, "Sign in",
                "Sets the session's cookie. Requests by cookie that change anything repeat the answer's csrf in the header Nova-Csrf. Customers' calls then say "
                + "account and environment in the headers Nova-Account and Nova-Environment.")
            .Takes<SignInBody>().Gives<SessionView>().Refuses(400, 401, 413, 415, 429);
        open.MapPost("/passwords", SetPasswordAsync)
            .Describe("setPassword", Tag, "Set a password by a link", "Ends all sessions of the user and begins a new one.")
            .Takes<SetPasswordBody>().Gives<SessionView>(201).Refuses(400, 410, 413, 415);

        var own = routes.MapGroup("/v1").For(Access.OfSessions);
        own.MapGet("/session", Get).Describe("getSession", Tag, "Who is signed in").Gives<SessionView>();
        own.MapDelete("/session", SignOutAsync).Describe("endSession", Tag, "Sign out").GivesNothing();
        own.MapDelete("/sessions", SignOutEverywhereAsync)
            .Describe("endSessions", Tag, "Sign out everywhere", "Ends this session and all others of the user, on every node at once.").GivesNothing();
        own.MapPatch("/session/user", ChangeAsync)
            .Describe("changeUser", Tag, "Change one's name or password", "A new password takes the current one, and ends all other sessions.")
            .Takes<ChangeUserBody>().Gives<SessionView>().Refuses(400, 403, 413, 415, 429);
    }

    static async Task<IResult> NeedsSetupAsync(HttpContext context, IPeopleStore store) =>
        OperatorJson.Instance.Ok(new SetupStateView(!await store.HasOperatorAsync(context.RequestAborted)));

    static async Task<IResult> SetUpAsync(
        HttpContext context, IPeopleStore store, SignIn signIn, Sessions sessions, Passwords passwords, AuditTrail audit, AccountDirectory directory,
        NovaOptions options, TimeProvider clock)
    {
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
        var text = reading.NeedText("token", 100);
        var email = SignIn.NeedEmail(reading);
        var name = reading.NeedText("name", 200);
        var password = SignIn.NeedNewPassword(reading, email);
        reading.End();
        if (!reading.IsGood) return reading.Problem;
        if (await signIn.FindTokenAsync(text, TokenPurpose.Setup, context.RequestAborted) is not { } token)
            return await store.HasOperatorAsync(context.RequestAborted) ? Problems.AlreadySetUp : Problems.TokenSpent;

        var now = clock.Now();
        var user = new User(Id<User>.New(now), email, name, await passwords.HashAsync(password, context.RequestAborted), IsOperator: true, now, now);
        var (session, cookie) = sessions.New(user);
        var saved = await store.SaveAsync(
            [
                new PeopleChange.OfTokenUse(token.Sha256, TokenPurpose.Setup), new PeopleChange.OfNewUser(user, IsFirstOperator: true),
                new PeopleChange.OfNewSession(session), audit.OfUser(context, "user.created", user, null, user, Is(user)),
            ], context.RequestAborted);
        if (saved == PeopleResult.Gone) return Problems.TokenSpent;
        if (saved == PeopleResult.Taken) return Problems.AlreadySetUp;
        sessions.SetCookie(context, cookie, session.ExpiresAt);
        return OperatorJson.Instance.Created(SessionView.Of(new(session, user, [], false), directory));
    }

    static async Task<IResult> SignInAsync(
        HttpContext context, IPeopleStore store, SignIn signIn, Sessions sessions, AuditTrail audit, AccountDirectory directory, NovaOptions options)
    {
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
        var email = reading.NeedText("email", 254).Trim().ToLowerInvariant();
        var password = SignIn.NeedPassword(reading);
        reading.End();
        if (!reading.IsGood) return reading.Problem;
        var (user, refusal) = await signIn.CheckAsync(context, email, password);
        if (user is null) return refusal!;

        var (session, cookie) = sessions.New(user);
        List<PeopleChange> changes = [new PeopleChange.OfNewSession(session), audit.OfUser(context, "user.signed_in", user, actor: Is(user))];
        // Whoever was signed in here is not any more: a session that somebody else began never becomes his.
        if (sessions.CookieOf(context) is { } old && await sessions.FindAsync(old, context.RequestAborted) is { } before)
            changes.Add(new PeopleChange.OfSessionEnd(before.Session.Id));
        await store.SaveAsync(changes, context.RequestAborted);
        return OperatorJson.Instance.Ok(await BeginAsync(context, sessions, directory, session, cookie));
    }

    static async Task<IResult> SetPasswordAsync(
        HttpContext context, IPeopleStore store, SignIn signIn, Sessions sessions, Passwords passwords, AuditTrail audit, AccountDirectory directory, NovaOptions options)
    {
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
        var text = reading.NeedText("token", 100);
        var token = text.Length == 0 ? null : await signIn.FindTokenAsync(text, TokenPurpose.Password, context.RequestAborted);
        var user = token is null ? null : await store.GetUserAsync(new(token.Subject), context.RequestAborted);
        var password = SignIn.NeedNewPassword(reading, user?.Email ?? "");
        reading.End();
        if (!reading.IsGood) return reading.Problem;
        if (user is null) return Problems.TokenSpent;

        var changed = user with { PasswordHash = await passwords.HashAsync(password, context.RequestAborted) };
        var (session, cookie) = sessions.New(changed);
        var saved = await store.SaveAsync(
            [
                new PeopleChange.OfTokenUse(token!.Sha256, TokenPurpose.Password), new PeopleChange.OfUser(changed), new PeopleChange.OfSessionsEnd(user.Id),
                new PeopleChange.OfNewSession(session), audit.OfUser(context, "user.password_changed", user, actor: Is(user)),
            ], context.RequestAborted);
        return saved == PeopleResult.Saved
            ? OperatorJson.Instance.Created(await BeginAsync(context, sessions, directory, session, cookie))
            : Problems.TokenSpent;
    }

    static IResult Get(HttpContext context, AccountDirectory directory) => OperatorJson.Instance.Ok(SessionView.Of(Person.Of(context), directory));

    static async Task<IResult> SignOutAsync(HttpContext context, IPeopleStore store, Sessions sessions)
    {
        await store.SaveAsync([new PeopleChange.OfSessionEnd(Person.Of(context).Session.Id)], context.RequestAborted);
        sessions.DropCookie(context);
        return NoContent.Instance;
    }

    static async Task<IResult> SignOutEverywhereAsync(HttpContext context, IPeopleStore store, Sessions sessions, AuditTrail audit)
    {
        var person = Person.Of(context);
        await store.SaveAsync(
            person.User is { } user
                ? [new PeopleChange.OfSessionsEnd(user.Id), audit.OfUser(context, "user.signed_out_everywhere", user)]
                : [new PeopleChange.OfSessionEnd(person.Session.Id)], context.RequestAborted);
        sessions.DropCookie(context);
        return NoContent.Instance;
    }

    static async Task<IResult> ChangeAsync(
        HttpContext context, IPeopleStore store, SignIn signIn, Sessions sessions, Passwords passwords, AuditTrail audit, AccountDirectory directory, NovaOptions options)
    {
        var person = Person.Of(context);
        if (person.User is not { } user) return Problems.UsersOnly;
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
        var name = reading.Text("name", 200);
        if (reading.IsNull("name")) reading.Fault("name", "Must not be null.");
        var changesPassword = reading.Has("password");
        var password = changesPassword ? SignIn.NeedNewPassword(reading, user.Email) : null;
        var current = changesPassword ? SignIn.NeedPassword(reading, "current_password") : reading.Content("current_password");
        reading.End();
        if (!reading.IsGood) return reading.Problem;

        var changed = user with { Name = name ?? user.Name };
        if (password is null)
        {
            if (changed != user)
                await store.SaveAsync([new PeopleChange.OfUser(changed), audit.OfUser(context, "user.updated", user, user, changed)], context.RequestAborted);
            return OperatorJson.Instance.Ok(SessionView.Of(person with { User = changed }, directory));
        }
        // Whoever finds a signed-in screen must not be able to make it his for good.
        var (known, refusal) = await signIn.CheckAsync(context, user.Email, current!);
        if (known is null) return refusal!.Status == 401 ? Problems.Invalid("/current_password", "This is not the current password.") : refusal;
        changed = changed with { PasswordHash = await passwords.HashAsync(password, context.RequestAborted) };
        var (session, cookie) = sessions.New(changed);
        await store.SaveAsync(
            [
                new PeopleChange.OfUser(changed), new PeopleChange.OfSessionsEnd(user.Id), new PeopleChange.OfNewSession(session),
                audit.OfUser(context, "user.password_changed", user, user, changed),
            ], context.RequestAborted);
        return OperatorJson.Instance.Ok(await BeginAsync(context, sessions, directory, session, cookie));
    }

    /// <summary>Sets the cookie of a session that was saved, and shows it.</summary>
    public static async Task<SessionView> BeginAsync(HttpContext context, Sessions sessions, AccountDirectory directory, Session session, string cookie)
    {
        // Read again: with the memberships, and as every later request finds it.
        var found = await sessions.FindAsync(cookie, context.RequestAborted) ?? throw new InvalidOperationException("The session that was just saved is not there.");
        sessions.SetCookie(context, cookie, session.ExpiresAt);
        return SessionView.Of(found, directory);
    }

    static Actor Is(User user) => new("user", user.Id.ToString(), user.Email);
}

/// <param name="Needed">Nobody can sign in as an operator yet.</param>
internal sealed record SetupStateView(bool Needed);

/// <param name="Token">Of the link in the server's log.</param>
/// <param name="Email">What he will sign in with.</param>
/// <param name="Name">As people read it.</param>
/// <param name="Password">12 to 256 characters.</param>
internal sealed record SetupBody(string Token, string Email, string Name, string Password);

internal sealed record SignInBody(string Email, string Password);

/// <param name="Token">Of the link.</param>
/// <param name="Password">12 to 256 characters.</param>
internal sealed record SetPasswordBody(string Token, string Password);

/// <param name="Name">As people read it.</param>
/// <param name="Password">The new one: 12 to 256 characters.</param>
/// <param name="CurrentPassword">Needed with a new one.</param>
internal sealed record ChangeUserBody(string? Name = null, string? Password = null, string? CurrentPassword = null);

/// <param name="Kind"><c>user</c>, or <c>link</c> for a portal link.</param>
/// <param name="User">Null for a link.</param>
/// <param name="Accounts">Where he is a member. Empty for operators, who may enter every account: GET /v1/accounts lists them.</param>
/// <param name="Account">Of a link: the only one.</param>
/// <param name="Environment">Of a link: the only one; null: both.</param>
/// <param name="Scopes">Of a link: <c>view</c>, <c>manage</c>, <c>secrets</c>, <c>replay</c>, as far as its role allows.</param>
/// <param name="Theme">Of a link: how its host wants it to look.</param>
/// <param name="Csrf">To be repeated in the header Nova-Csrf by requests by cookie that change anything.</param>
/// <param name="ExpiresAt">The end, however busy it is.</param>
/// <param name="Token">Of a link, in the answer that opens it: the bearer token.</param>
internal sealed record SessionView(
    string Kind, SessionUserView? User, IReadOnlyList<SessionAccountView> Accounts, SessionAccountView? Account, string? Environment,
    IReadOnlyList<string>? Scopes, RawJson? Theme, string Csrf, DateTimeOffset ExpiresAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Token = null)
{
    public static SessionView Of(SessionWithUser found, AccountDirectory directory, string? token = null)
    {
        var session = found.Session;
        if (session.Link is { } link)
            return new(
                "link", null, [], SessionAccountView.Of(link.AccountId, link.Role, directory),
                link.Environment is { } environment ? EnvironmentEntry.NameOf(environment) : null, LinkWords.Write(link),
                link.Theme is { } theme ? new RawJson(System.Text.Encoding.UTF8.GetBytes(theme)) : null, session.Csrf, session.ExpiresAt, token);
        var user = found.User!; // A session is of a user or of a link.
        return new(
            "user", new(user.Id.ToString(), user.Email, user.Name, user.IsOperator),
            user.IsOperator ? [] : [.. found.Memberships.Select(member => SessionAccountView.Of(member.AccountId, member.Role, directory)).OfType<SessionAccountView>()],
            null, null, null, null, session.Csrf, session.ExpiresAt);
    }
}

internal sealed record SessionUserView(string Id, string Email, string Name, bool Operator);

/// <param name="Id">Nova's.</param>
/// <param name="Name">As people read it.</param>
/// <param name="Product">Its product.</param>
/// <param name="Role"><c>admin</c> or <c>member</c>.</param>
internal sealed record SessionAccountView(string Id, string Name, string Product, string Role)
{
    /// <summary>Null where there is no such account any more.</summary>
    public static SessionAccountView? Of(Id<Account> id, Role role, AccountDirectory directory) =>
        directory.FindAccounts(id.ToString(), null) is [{ } account] ? new(account.Id.ToString(), account.Name, account.Product, RoleWords.Write(role)) : null;
}
