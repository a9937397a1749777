using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Nova.Accounts;
using Nova.AspNetCore.Apis;
using Nova.AspNetCore.Authentication;
using Nova.Model;
using Nova.Storage;

namespace Nova.AspNetCore.Auditing;

/// <summary>
/// Writes who did what. A change of the directory, or of people, and its entry are one transaction: none is made without the other. Publishing, scoring jobs and
/// the bodies of tests are no changes of anybody's settings and are not in it; the history has them.
/// </summary>
internal sealed class AuditTrail(IPeopleStore people, EndpointTargetMaker maker, ClientAddress client, TimeProvider clock)
{
    /// <param name="context">The request; its caller is the actor.</param>
    /// <param name="action">Noun and past participle.</param>
    /// <param name="target">What it was done to.</param>
    /// <param name="account">Whose log it is in; null: the operators' only.</param>
    /// <param name="environment">Null: it belongs to none.</param>
    /// <param name="before">How it was; null: it was not.</param>
    /// <param name="after">How it is; null: it is no more.</param>
    /// <param name="actor">Where the request has no caller yet, because it is the one that signs him in.</param>
    public AuditEntry Entry(
        HttpContext context, string action, AuditTarget target, Account? account = null, EnvironmentName? environment = null,
        JsonObject? before = null, JsonObject? after = null, Actor? actor = null)
    {
        var (was, isNow) = AuditFacts.Changes(before, after);
        return new()
        {
            Id = Id<AuditEntry>.New(clock.GetUtcNow()), // To the tick: one after the other, they are listed so.
            AccountId = account?.Id,
            Environment = environment,
            Actor = actor ?? context.Features.Get<Caller>()!.Actor, // The pipeline has put it there.
            Action = action,
            Target = target,
            Before = was,
            After = isNow,
            Address = client.Of(context),
        };
    }

    /// <summary>An endpoint was made (<paramref name="before"/> null), changed, or deleted.</summary>
    public DirectoryChange OfEndpoint(HttpContext context, string action, Customer caller, Endpoint? before, Endpoint after)
    {
        var (was, isNow) = (before is null ? null : AuditFacts.Of(before, maker), after.DeletedAt is null ? AuditFacts.Of(after, maker) : null);
        // Of a header's value no more than that it is another.
        if (was is not null && isNow is not null && after.Headers is not null && before!.Headers != after.Headers) isNow["header_values"] = "replaced";
        return new DirectoryChange.OfAudit(Entry(
            context, action, Target(caller.Entry, after), caller.Entry.Account, caller.Entry.Environment.Name, was, isNow));
    }

    public DirectoryChange OfApiKey(HttpContext context, string action, EnvironmentEntry entry, ApiKey? before, ApiKey after) => new DirectoryChange.OfAudit(Entry(
        context, action, new("api_key", after.Id.ToString(), after.Name ?? after.Masked), entry.Account, entry.Environment.Name,
        before is null ? null : AuditFacts.Of(before), AuditFacts.Of(after)));

    public DirectoryChange OfOperatorKey(HttpContext context, string action, OperatorKey? before, OperatorKey after) => new DirectoryChange.OfAudit(Entry(
        context, action, new("operator_key", after.Id.ToString(), after.Name ?? after.Masked), null, null,
        before is null ? null : AuditFacts.Of(before), AuditFacts.Of(after)));

    public DirectoryChange OfAccount(HttpContext context, string action, Account? before, Account after) => new DirectoryChange.OfAudit(Entry(
        context, action, new("account", after.Id.ToString(), after.Name), after, null, before is null ? null : AuditFacts.Of(before), AuditFacts.Of(after)));

    public PeopleChange OfMember(HttpContext context, string action, Account account, Member? before, Member? after, Actor? actor = null) =>
        new PeopleChange.OfAudit(Entry(context, action, new("member", (after ?? before)!.Id.ToString(), (after ?? before)!.Email), account, null,
            before is null ? null : AuditFacts.Of(before), after is null ? null : AuditFacts.Of(after), actor));

    public PeopleChange OfUser(HttpContext context, string action, User user, User? before = null, User? after = null, Actor? actor = null) =>
        new PeopleChange.OfAudit(Entry(context, action, new("user", user.Id.ToString(), user.Email), null, null,
            before is null ? null : AuditFacts.Of(before), after is null ? null : AuditFacts.Of(after), actor));

    /// <summary>What is no change of a setting but is worth knowing: a secret was shown, a delivery was sent again, an inspector was made.</summary>
    /// <remarks>An entry of its own, after the deed; it is written also where the caller has hung up by then.</remarks>
    public Task NoteAsync(
        HttpContext context, string action, EnvironmentEntry entry, AuditTarget target, JsonObject? after = null, JsonObject? before = null) =>
        people.SaveAsync([new PeopleChange.OfAudit(Entry(context, action, target, entry.Account, entry.Environment.Name, before, after))], CancellationToken.None);

    /// <summary>A node was taken out of work or let in again: the operators' log.</summary>
    public Task NoteNodeAsync(HttpContext context, string action, NodeStatus before, NodeStatus after) => people.SaveAsync(
        [new PeopleChange.OfAudit(Entry(context, action, new("node", after.Id.ToString(CultureInfo.InvariantCulture), after.Name), before: AuditFacts.Of(before), after: AuditFacts.Of(after)))],
        CancellationToken.None);

    public static AuditTarget Target(EnvironmentEntry entry, Endpoint endpoint) =>
        new("webhook", EndpointIds.Write(endpoint.Id, entry.Product), endpoint.Name ?? endpoint.Url);
}
