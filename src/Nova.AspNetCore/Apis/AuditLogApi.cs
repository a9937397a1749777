using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.Accounts;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Model;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>Who did what: an account's admins see their account's, operators everything.</summary>
internal static class AuditLogApi
{
    public static void MapAuditLogApi(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("/v1/audit-log").For(Access.OfAccountPeopleAndOperators).MapGet("", ListAsync).Needs(Rights.Administer)
            .Describe("listAuditLog", "Audit log", "List who did what",
                "Newest first. Admins see their account's, in both environments; operators all accounts', and what belongs to none. before and after have the "
                + "members that changed; of secrets, no more than when they were set.")
            .Query("account", "Operators only: of this account.")
            .Query("actor", "By the id or name of who did it.")
            .Query("action", "Of this action, such as webhook.updated; or webhook.* for all of a kind.")
            .Query("target", "By the id or name of what it was done to.")
            .Query("from", "Done at this time or later.")
            .Query("to", "Done before this time.")
            .Paged().Gives<Page<AuditEntryView>>().Refuses(400, 404, 409);

    static async Task<IResult> ListAsync(HttpContext context, IPeopleStore store, AccountDirectory directory)
    {
        var query = new RequestQuery(context, OperatorJson.Instance);
        var wanted = new AuditQuery
        {
            Actor = query.Text("actor"),
            Action = query.Text("action"),
            Target = query.Text("target"),
            From = query.Time("from"),
            Until = query.Time("to"),
            Before = query.Cursor<AuditEntry>(),
            Limit = query.Limit(),
        };
        if (wanted.From >= wanted.Until) query.Fault("to", "Must be after from.");
        var customer = context.Features.Get<Caller>() as Customer;
        var name = customer is null ? query.Text("account") : null;
        if (query.End() is { } refusal) return refusal;
        var account = customer?.Entry.Account.Id;
        if (name is not null)
        {
            var (found, unknown) = AccountLookup.Find(directory, name, null, null);
            if (found is null) return unknown!;
            account = found.Id;
        }
        var entries = await store.ListAuditAsync(wanted with { AccountId = account, Limit = wanted.Limit + 1 }, context.RequestAborted);
        return OperatorJson.Instance.Ok(Paging.Page(entries, wanted.Limit, AuditEntryView.Of, entry => entry.Id));
    }
}

/// <param name="Id">Of the entry.</param>
/// <param name="At">When.</param>
/// <param name="Account">Nova's id of the account; null: it belongs to none.</param>
/// <param name="Environment"><c>sandbox</c>, <c>production</c>, or null.</param>
/// <param name="Actor">Who.</param>
/// <param name="Action">What.</param>
/// <param name="Target">To what.</param>
/// <param name="Before">The members that changed, as they were; null: there was nothing before.</param>
/// <param name="After">As they are; null: nothing is left.</param>
/// <param name="Ip">Where the request came from; null: it was Nova itself.</param>
internal sealed record AuditEntryView(
    string Id, DateTimeOffset At, string? Account, string? Environment, AuditActorView Actor, string Action, AuditTargetView Target,
    RawJson? Before, RawJson? After, string? Ip)
{
    public static AuditEntryView Of(AuditEntry entry) => new(
        entry.Id.ToString(), entry.At, entry.AccountId?.ToString(), entry.Environment is { } environment ? EnvironmentEntry.NameOf(environment) : null,
        new(entry.Actor.Kind, entry.Actor.Id, entry.Actor.Name), entry.Action, new(entry.Target.Kind, entry.Target.Id, entry.Target.Name),
        Raw(entry.Before), Raw(entry.After), entry.Address);

    static RawJson? Raw(string? json) => json is null ? null : new RawJson(Encoding.UTF8.GetBytes(json));
}

/// <param name="Kind"><c>user</c>, <c>operator_key</c>, <c>api_key</c>, <c>link</c>, <c>jwt</c> or <c>system</c>.</param>
/// <param name="Id">His id.</param>
/// <param name="Name">An e-mail address, a key's label.</param>
internal sealed record AuditActorView(string Kind, string? Id, string? Name);

/// <param name="Kind"><c>webhook</c>, <c>api_key</c>, <c>member</c>, <c>account</c>, …</param>
/// <param name="Id">As the API writes it.</param>
/// <param name="Name">As people know it.</param>
internal sealed record AuditTargetView(string Kind, string? Id, string? Name);
