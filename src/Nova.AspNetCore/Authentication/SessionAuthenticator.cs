using Microsoft.AspNetCore.Http;
using Nova.Accounts;
using Nova.AspNetCore.Writing;
using Nova.Model;
using Nova.Storage;

namespace Nova.AspNetCore.Authentication;

/// <summary>
/// Finds out what somebody who is signed in may do with a call: (1) the session; (2) for a change by cookie, the CSRF header; (3) as whom: about his own
/// session, as an operator, or in the environment of the account that the headers name.
/// </summary>
/// <remarks>An account in which he has no place is answered like one that there is not.</remarks>
internal sealed class SessionAuthenticator(Sessions sessions, AccountDirectory directory, ProductNames names)
{
    public const string AccountHeader = "Nova-Account";
    public const string EnvironmentHeader = "Nova-Environment";

    /// <summary>The cookie, where the request has one.</summary>
    public string? CookieOf(HttpContext context) => sessions.CookieOf(context);

    public async ValueTask<(Caller? Caller, Problem? Problem)> AuthenticateAsync(HttpContext context, Access access, string token, bool byCookie)
    {
        if (await sessions.FindAsync(token, context.RequestAborted) is not { } found)
            return (null, Problems.BadCredential("The session has ended. Sign in again."));
        if (byCookie && !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method) && !Sessions.HasCsrf(context, found.Session))
            return (null, Problems.Csrf);
        var (caller, refusal) = As(context, access, found);
        if (caller is not null) await sessions.RenewAsync(context, found, byCookie);
        return (caller, refusal);
    }

    (Caller? Caller, Problem? Problem) As(HttpContext context, Access access, SessionWithUser found)
    {
        if (access == Access.OfSessions) return (new Person { Session = found }, null);
        var isOperator = found.User is { IsOperator: true };
        var account = context.Request.Headers[AccountHeader];
        if (access.Operators is not null && isOperator && (!access.Customers || account.Count == 0))
            return (new Operator(OperatorScopes.All, found.Session.Id.Value) { Session = found }, null);
        return access.Customers ? AsCustomer(context, access, found, isOperator) : (null, Problems.OperatorsOnly);
    }

    (Caller? Caller, Problem? Problem) AsCustomer(HttpContext context, Access access, SessionWithUser found, bool isOperator)
    {
        var link = found.Session.Link;
        var (account, unknown) = AccountOf(context, found, isOperator);
        if (account is not { } id) return (null, unknown);
        var rights = link is not null ? RightsConventions.Of(link)
            : isOperator ? Rights.OfAdmins
            : RightsConventions.Of(found.Memberships.First(member => member.AccountId == id).Role);

        var header = context.Request.Headers[EnvironmentHeader];
        var environment = access.WholeAccount ? link?.Environment ?? EnvironmentName.Production
            : header.Count == 1 ? EnvironmentEntry.Parse(header[0])
            : header.Count == 0 ? link?.Environment : null;
        if (environment is not { } name)
            return (null, Problems.BadRequest($"Say which environment: send the header {EnvironmentHeader} once, as sandbox or production."));
        if (link?.Environment is { } only && only != name) return (null, Problems.NotFound("environment"));
        return directory.Environment(id, name) is { } entry
            ? (new Customer(entry, names.Of(entry.Product), found.Session.Id.Value) { Session = found, Rights = rights }, null)
            : (null, Problems.NotFound("account"));
    }

    /// <summary>The account that the header names, if he has a place in it; a link's is known without.</summary>
    (Id<Account>? Account, Problem? Problem) AccountOf(HttpContext context, SessionWithUser found, bool isOperator)
    {
        var header = context.Request.Headers[AccountHeader];
        if (header.Count == 0 && found.Session.Link is { } link) return (link.AccountId, null);
        if (header.Count != 1) return (null, Problems.BadRequest($"Say which account: send the header {AccountHeader} once, with its id (acc_…)."));
        if (!Id<Account>.TryParse(header[0], out var id)) return (null, Problems.NotFound("account"));
        var mayEnter = found.Session.Link is { } own ? own.AccountId == id : isOperator || found.Memberships.Any(member => member.AccountId == id);
        return mayEnter ? (id, null) : (null, Problems.NotFound("account"));
    }
}
