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
using Nova.Products;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>The customers of all products, as the operator manages them.</summary>
internal static class AccountsApi
{
    const string Tag = "Accounts";
    const int LongestName = 200;

    public static void MapAccountsApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/accounts").For(Access.OfOperators);
        group.MapPost("", CreateAsync)
            .Describe("createAccount", Tag, "Create an account", "With both its environments.").Takes<CreateAccountBody>().Gives<AccountView>(201).Refuses(400, 409, 413, 415);
        group.MapGet("", List)
            .Describe("listAccounts", Tag, "List accounts", "Newest first.")
            .Query("product", "Of this product.").Query("external_id", "With this external id.").Query("q", "With this in the name or the external id; or with this id.")
            .Paged().Gives<Page<AccountView>>().Refuses(400);
        group.MapGet("/{account}", Get)
            .Describe("getAccount", Tag, "Show an account", "By Nova's id or the external id.")
            .Query("product", "Where one external id is used in two products.").Gives<AccountView>().Refuses(400, 404, 409);
        group.MapPatch("/{account}", ChangeAsync)
            .Describe("changeAccount", Tag, "Change an account", "Members that are not there stay as they are; null takes a plan or the overrides away.")
            .Query("product", "Where one external id is used in two products.")
            .Takes<ChangeAccountBody>().Gives<AccountView>().Refuses(400, 404, 409, 413, 415);
    }

    static async Task<IResult> CreateAsync(
        HttpContext context, AccountDirectory directory, IReadOnlyDictionary<string, Product> products, AuditTrail audit, NovaOptions options, TimeProvider clock)
    {
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
        var productName = reading.NeedText("product", 100);
        var externalId = reading.Text("external_id", LongestName);
        var name = reading.NeedText("name", LongestName);
        var plan = reading.Text("plan", 100);
        var overrides = ReadOverrides(reading);
        reading.End();
        if (productName.Length > 0 && !products.ContainsKey(productName))
            reading.Fault("product", $"There is no such product. Installed are {string.Join(", ", products.Keys.Order(StringComparer.Ordinal))}.");
        if (products.TryGetValue(productName, out var product) && plan is not null) CheckPlan(reading, product, plan);
        // One that looks like Nova's own id could be taken for another account's.
        if (externalId is not null && Id<Account>.TryParse(externalId, out _)) reading.Fault("external_id", "Must not look like an id of Nova's (acc_…).");
        if (externalId is { } slashed && slashed.Contains('/')) reading.Fault("external_id", "Must not contain a slash: it is a part of addresses.");
        // Browsers and libraries take these out of an address before they ask (RFC 3986 section 5.2.4).
        if (externalId is "." or "..") reading.Fault("external_id", "Must not be a dot or two: it is a part of addresses.");
        if (!reading.IsGood) return reading.Problem;

        var now = clock.Now();
        var account = new Account(Id<Account>.New(now), productName, externalId, name, plan, now) { Overrides = overrides ?? LimitOverrides.None };
        return await directory.SaveAsync(
            [new DirectoryChange.OfAccount(account), audit.OfAccount(context, "account.created", null, account)], context.RequestAborted) == SaveResult.Taken
            ? Problems.AccountTaken(externalId!, productName)
            : OperatorJson.Instance.Created(AccountView.Of(account), $"/v1/accounts/{account.Id}");
    }

    static IResult List(HttpContext context, AccountDirectory directory)
    {
        var query = new RequestQuery(context, OperatorJson.Instance);
        var (limit, before, product, externalId) = (query.Limit(), query.Cursor<Account>(), query.Text("product"), query.Text("external_id"));
        var sought = query.Text("q");
        if (query.End() is { } refusal) return refusal;
        var page = directory.Accounts
            .Where(account => (product is null || account.Product == product) && (externalId is null || account.ExternalId == externalId)
                && (sought is null || Has(account, sought))
                && (before is not { } id || account.Id.CompareTo(id) < 0))
            .OrderByDescending(account => account.Id).Take(limit + 1).ToArray();
        return OperatorJson.Instance.Ok(Paging.Page(page, limit, AccountView.Of, account => account.Id));
    }

    static bool Has(Account account, string sought) =>
        account.Name.Contains(sought, StringComparison.OrdinalIgnoreCase) || account.ExternalId?.Contains(sought, StringComparison.OrdinalIgnoreCase) == true
        || account.Id.ToString() == sought;

    static IResult Get(HttpContext context, string account, AccountDirectory directory)
    {
        var (found, refusal) = AccountLookup.Find(context, directory, account);
        return found is null ? refusal! : OperatorJson.Instance.Ok(AccountView.Of(found));
    }

    static async Task<IResult> ChangeAsync(
        HttpContext context, string account, AccountDirectory directory, IReadOnlyDictionary<string, Product> products, AuditTrail audit, NovaOptions options)
    {
        var (found, refusal) = AccountLookup.Find(context, directory, account);
        if (found is null) return refusal!;
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
        var name = reading.Text("name", LongestName);
        if (reading.IsNull("name")) reading.Fault("name", "Must not be null.");
        var plan = reading.Text("plan", 100);
        var overrides = ReadOverrides(reading);
        var (changesPlan, changesOverrides) = (reading.Has("plan"), reading.Has("overrides"));
        reading.End();
        if (plan is not null && products.TryGetValue(found.Product, out var product)) CheckPlan(reading, product, plan);
        if (!reading.IsGood) return reading.Problem;

        var changed = found with
        {
            Name = name ?? found.Name,
            Plan = changesPlan ? plan : found.Plan,
            Overrides = changesOverrides ? overrides ?? LimitOverrides.None : found.Overrides,
        };
        if (changed != found)
            await directory.SaveAsync(
                [new DirectoryChange.OfAccount(changed), audit.OfAccount(context, "account.updated", found, changed)], context.RequestAborted);
        return OperatorJson.Instance.Ok(AccountView.Of(changed));
    }

    static void CheckPlan(RequestObject reading, Product product, string plan)
    {
        if (product.Plans.ContainsKey(plan)) return;
        reading.Fault("plan", product.Plans.Count == 0
            ? $"Product '{product.Name}' has no plans. Leave it out, or null."
            : $"Product '{product.Name}' has the plans {string.Join(", ", product.Plans.Keys.Order(StringComparer.Ordinal))}.");
    }

    static LimitOverrides? ReadOverrides(RequestObject reading)
    {
        if (reading.Object("overrides") is not { } given) return null;
        var overrides = new LimitOverrides(
            given.Whole("endpoints", 0, 10_000), given.Whole("custom_headers", 0, Egress.CustomHeaderRule.MaxHeaders), given.Whole("requests_per_second", 1, 100_000));
        given.End();
        return overrides;
    }
}

/// <summary>Finds the account that a call names.</summary>
internal static class AccountLookup
{
    /// <summary>The account of the path, with the query's <c>product</c>; else why not.</summary>
    public static (Account? Account, Problem? Problem) Find(HttpContext context, AccountDirectory directory, string name)
    {
        var query = new RequestQuery(context, OperatorJson.Instance);
        var product = query.Text("product");
        return query.End() is { } refusal ? (null, refusal) : Find(directory, name, product, null);
    }

    /// <param name="directory">Where to look.</param>
    /// <param name="name">Nova's id or the external id.</param>
    /// <param name="product">Null: any, where there is but one.</param>
    /// <param name="pointer">Where the body names it; null: the path does.</param>
    public static (Account? Account, Problem? Problem) Find(AccountDirectory directory, string name, string? product, string? pointer)
    {
        var found = directory.FindAccounts(name, product);
        return found.Count switch
        {
            1 => (found[0], null),
            0 => (null, pointer is null ? Problems.NotFound("account") : Problems.UnknownAccount(pointer)),
            _ => (null, Problems.AmbiguousAccount(found.Select(account => account.Product))),
        };
    }

    /// <summary>The environment of the path, with the query's <c>product</c>; else why not.</summary>
    public static (EnvironmentEntry? Entry, Problem? Problem) FindEnvironment(HttpContext context, AccountDirectory directory, string account, string environment)
    {
        var query = new RequestQuery(context, OperatorJson.Instance);
        var product = query.Text("product");
        return query.End() is { } refusal ? (null, refusal) : FindEnvironment(directory, account, product, environment);
    }

    public static (EnvironmentEntry? Entry, Problem? Problem) FindEnvironment(AccountDirectory directory, string account, string? product, string environment)
    {
        var (found, refusal) = Find(directory, account, product, null);
        if (found is null) return (null, refusal);
        return EnvironmentEntry.Parse(environment) is { } name && directory.Environment(found.Id, name) is { } entry
            ? (entry, null)
            : (null, Problems.NotFound("environment"));
    }
}

/// <param name="Product">Its name.</param>
/// <param name="Name">As people read it.</param>
/// <param name="ExternalId">The operator's own id, unique in the product.</param>
/// <param name="Plan">A plan of the product; null: its default.</param>
/// <param name="Overrides">Limits agreed with this account alone.</param>
internal sealed record CreateAccountBody(string Product, string Name, string? ExternalId = null, string? Plan = null, OverridesView? Overrides = null);

internal sealed record ChangeAccountBody(string? Name = null, string? Plan = null, OverridesView? Overrides = null);

/// <param name="Endpoints">Endpoints per environment.</param>
/// <param name="CustomHeaders">Headers of the customer's own per endpoint.</param>
/// <param name="RequestsPerSecond">Of each API key.</param>
internal sealed record OverridesView(int? Endpoints = null, int? CustomHeaders = null, int? RequestsPerSecond = null);

/// <param name="Id">Nova's.</param>
/// <param name="Product">Its product.</param>
/// <param name="ExternalId">The operator's own id.</param>
/// <param name="Name">As people read it.</param>
/// <param name="Plan">As set; null: the product's default.</param>
/// <param name="Overrides">Absent where there are none.</param>
/// <param name="CreatedAt">When it was made.</param>
internal sealed record AccountView(
    string Id, string Product, string? ExternalId, string Name, string? Plan,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] OverridesView? Overrides,
    [property: JsonConverter(typeof(JsonSecond))] DateTimeOffset CreatedAt)
{
    public static AccountView Of(Account account) => new(
        account.Id.ToString(), account.Product, account.ExternalId, account.Name, account.Plan,
        account.Overrides == LimitOverrides.None ? null : new(account.Overrides.Endpoints, account.Overrides.CustomHeaders, account.Overrides.RequestsPerSecond),
        account.CreatedAt);
}
