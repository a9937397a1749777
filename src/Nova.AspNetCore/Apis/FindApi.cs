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

/// <summary>Whose something is, of which an operator has no more than its id: from a log, a ticket, a receiver's header.</summary>
internal static class FindApi
{
    public static void MapFindApi(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("/v1/operations").For(Access.OfOperators).MapGet("/find", FindAsync)
            .Describe("find", "Operations", "Find whose an id is", "Of an account, a webhook, an event or a delivery, in whatever account and environment.")
            .Query("id", "As Nova writes it: `acc_…`, `ep_…` or a UUID, `evt_…`, `dlv_…`.").Gives<FoundView>().Refuses(400, 404);

    static async Task<IResult> FindAsync(HttpContext context, AccountDirectory directory, IHistoryReader history)
    {
        var query = new RequestQuery(context, OperatorJson.Instance);
        var text = query.Text("id");
        if (text is null) query.Fault("id", "Say what is sought.");
        if (query.End() is { } refusal) return refusal;
        return await LookAsync(text!, directory, history, context.RequestAborted) is { } found ? OperatorJson.Instance.Ok(found) : Problems.NotFound("id");
    }

    static async Task<FoundView?> LookAsync(string text, AccountDirectory directory, IHistoryReader history, CancellationToken cancellation)
    {
        if (Id<Account>.TryParse(text, out var account))
            return directory.FindAccounts(text, null) is [var found] ? new("account", text, account.ToString(), found.Name, found.Product, null) : null;
        if (Id<Endpoint>.TryParse(text, out var endpoint)) return In("webhook", directory.EnvironmentOf(endpoint));
        if (Guid.TryParseExact(text, "D", out var uuid)) return In("webhook", directory.EnvironmentOf(new Id<Endpoint>(uuid)));
        if (Id<Delivery>.TryParse(text, out var delivery)) return In("delivery", Entry(await history.FindDeliveryAsync(delivery, cancellation)));
        if (Id<Event>.TryParse(text, out var @event)) return In("event", Entry(await history.FindEventAsync(@event, cancellation)));
        return null;

        EnvironmentEntry? Entry(int? environment) => environment is { } number ? directory.Environment(number) : null;

        FoundView? In(string kind, EnvironmentEntry? entry) =>
            entry is null ? null : new(kind, text, entry.Account.Id.ToString(), entry.Account.Name, entry.Product.Name, entry.Name);
    }
}

/// <param name="Kind"><c>account</c>, <c>webhook</c>, <c>event</c> or <c>delivery</c>.</param>
/// <param name="Id">As it was asked for.</param>
/// <param name="Account">Nova's id of the account that has it.</param>
/// <param name="AccountName">As people read it.</param>
/// <param name="Product">The account's.</param>
/// <param name="Environment"><c>sandbox</c> or <c>production</c>; null: an account has both.</param>
internal sealed record FoundView(string Kind, string Id, string Account, string AccountName, string Product, string? Environment);
