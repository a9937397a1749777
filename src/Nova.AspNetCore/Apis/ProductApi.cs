using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.Accounts;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.Egress;
using Nova.Products;

namespace Nova.AspNetCore.Apis;

/// <summary>What the caller's own product is like: its words and rules, and what is left of the plan. The portal draws itself by it.</summary>
internal static class ProductApi
{
    public static void MapProductApi(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("/v1/product").For(Access.OfCustomers).MapGet("", Get)
            .Describe("getProduct", "Product", "Show the product",
                "The words and rules of the caller's product, and how much of the account's plan is used in this environment.")
            .Gives<CustomerProductView>().Refuses(400);

    static IResult Get(HttpContext context, NovaOptions options)
    {
        var caller = Customer.Of(context);
        if (new RequestQuery(context, caller.Json).End() is { } refusal) return refusal;
        return caller.Json.Ok(CustomerProductView.Of(caller.Entry, options.Egress));
    }
}

/// <param name="Name">As accounts name it.</param>
/// <param name="Title">As people read it.</param>
/// <param name="Description">What it is.</param>
/// <param name="Account">The caller's.</param>
/// <param name="Environment"><c>sandbox</c> or <c>production</c>: the caller's.</param>
/// <param name="Environments">All that an account has.</param>
/// <param name="Portal">How its portal is labelled.</param>
/// <param name="Api">How its customers use the API.</param>
/// <param name="Endpoints">What an endpoint of it is and has.</param>
/// <param name="Secret">How its secrets are made and shown.</param>
/// <param name="Test">What a test sends.</param>
/// <param name="Delivery">How deliveries are made.</param>
/// <param name="Plan">The account's plan; null where the product has none.</param>
/// <param name="Limits">What the account may have, and has.</param>
/// <param name="Scores">It has scoring jobs.</param>
/// <param name="Egress">What endpoints' URLs may be.</param>
internal sealed record CustomerProductView(
    string Name, string Title, string Description, ProductAccountView Account, string Environment, IReadOnlyList<string> Environments,
    ProductPortalView Portal, ProductStyleView Api, ProductEndpointsView Endpoints, ProductSecretView Secret, ProductTestView Test,
    ProductDeliveryView Delivery, ProductPlanView? Plan, ProductLimitsView Limits, bool Scores, ProductEgressView Egress)
{
    static readonly string[] Both = ["production", "sandbox"];

    public static CustomerProductView Of(EnvironmentEntry entry, EgressOptions egress)
    {
        var product = entry.Product;
        var (words, rule, secret, style) = (product.Portal.Words, product.Endpoint, product.Secret, product.Api);
        var plan = entry.Plan;
        return new(
            product.Name, product.Title, product.Description, new(entry.Account.Id.ToString(), entry.Account.Name, entry.Account.CreatedAt), entry.Name, Both,
            new(product.Portal.Title, product.Portal.Place, product.Portal.EventTitles,
                new(words.Overview, words.Deliveries, words.Endpoints, words.Endpoint, words.Create, words.Test, words.Secret, words.Tenant, words.Figure)),
            new(style.UsesJwt ? "jwt" : "api_key", style.Naming == NamingStyle.CamelCase ? "camelCase" : "snake_case", style.BasePath,
                new(style.EnabledWord, style.SecretWord, product.EndpointWord)),
            new(rule.OnePerEventType ? "one_per_event_type" : "many_event_types", rule.HasName, rule.HasDescription, rule.AllowsCustomHeaders, rule.ListsDeleted),
            new(secret.ShownOnDemand ? "on_demand" : secret.ShownOnce ? "once" : "never", secret.ChosenByCustomer,
                secret.ChosenByCustomer ? new(secret.Least, secret.Most) : null, secret.RotationOverlap.TotalSeconds, secret.HasKeyPair),
            new(product.Test.EventType, product.Test.MayChoose),
            new([.. product.Retry.Delays.Select(delay => delay.TotalSeconds)], product.Timeout.TotalSeconds,
                product.Disable.AfterFailedDeliveries, product.Disable.AfterWithoutSuccess?.TotalSeconds),
            plan is null ? null : new(plan.Name, plan.Title),
            new(new(entry.Targets.Count(target => target.Endpoint.DeletedAt is null), PlanLimits.Endpoints(entry)),
                rule.AllowsCustomHeaders ? entry.Account.Overrides.CustomHeaders ?? plan?.CustomHeaders ?? CustomHeaderRule.MaxHeaders : 0),
            product.Scores is not null,
            new(egress.AllowHttp, [.. egress.AllowedNetworks]));
    }
}

/// <param name="Id">Nova's.</param>
/// <param name="Name">As people read it.</param>
/// <param name="CreatedAt">When it was made.</param>
internal sealed record ProductAccountView(string Id, string Name, DateTimeOffset CreatedAt);

/// <param name="Title">The portal's name.</param>
/// <param name="Place">The way to the list of webhooks, from the outermost.</param>
/// <param name="EventTitles">Its history lists event types by their titles, not by their names.</param>
/// <param name="Words">Its labels.</param>
internal sealed record ProductPortalView(string Title, IReadOnlyList<string> Place, bool EventTitles, ProductWordsView Words);

/// <param name="Overview">The screen of figures and charts.</param>
/// <param name="Deliveries">The list of deliveries.</param>
/// <param name="Endpoints">Above the list.</param>
/// <param name="Endpoint">One of it.</param>
/// <param name="Create">The button that makes one.</param>
/// <param name="Test">The button that sends a test.</param>
/// <param name="Secret">What requests are signed with.</param>
/// <param name="Tenant">Whom among the account's own customers an event concerns.</param>
/// <param name="Figure">The product's own figure; null: none.</param>
internal sealed record ProductWordsView(
    string Overview, string Deliveries, string Endpoints, string Endpoint, string Create, string Test, string Secret, string Tenant, string? Figure);

/// <param name="Authentication"><c>api_key</c> or <c>jwt</c>.</param>
/// <param name="Naming">Of members: <c>snake_case</c> or <c>camelCase</c>.</param>
/// <param name="BasePath">Where its documents put the API.</param>
/// <param name="Words">Members that this product names in its own way.</param>
internal sealed record ProductStyleView(string Authentication, string Naming, string BasePath, ProductMembersView Words);

/// <param name="EnabledMember">What says whether an endpoint is enabled: <c>is_active</c>.</param>
/// <param name="SecretMember">What holds an endpoint's secret: <c>api_key</c>.</param>
/// <param name="EndpointNoun">What the documents call an endpoint.</param>
internal sealed record ProductMembersView(string EnabledMember, string SecretMember, string EndpointNoun);

/// <param name="Model"><c>many_event_types</c> or <c>one_per_event_type</c>.</param>
/// <param name="HasName">It has a name.</param>
/// <param name="HasDescription">It has a description.</param>
/// <param name="HasHeaders">Customers may add headers of their own, as far as the plan goes.</param>
/// <param name="ListsDeleted">A deleted one stays in the list, as one that is not enabled.</param>
internal sealed record ProductEndpointsView(string Model, bool HasName, bool HasDescription, bool HasHeaders, bool ListsDeleted);

/// <param name="Shown"><c>on_demand</c>, <c>once</c> or <c>never</c>.</param>
/// <param name="ChosenByCustomer">The customer gives it.</param>
/// <param name="Length">Of a chosen one; null where Nova makes it.</param>
/// <param name="OverlapSeconds">How long the secret before still signs beside a new one; 0: not at all.</param>
/// <param name="HasPublicKey">Signatures are verified by a public key.</param>
internal sealed record ProductSecretView(string Shown, bool ChosenByCustomer, ProductLengthView? Length, double OverlapSeconds, bool HasPublicKey);

/// <param name="Least">Characters.</param>
/// <param name="Most">Characters.</param>
internal sealed record ProductLengthView(int Least, int Most);

/// <param name="EventType">That is sent where nobody chooses.</param>
/// <param name="MayChoose">Any event type may be chosen.</param>
internal sealed record ProductTestView(string EventType, bool MayChoose);

/// <param name="RetryDelaysSeconds">Before each attempt; the first is 0.</param>
/// <param name="TimeoutSeconds">Of an attempt.</param>
/// <param name="DisabledAfterFailures">Deliveries that fail in a row before an endpoint is switched off; null: it is not.</param>
/// <param name="DisabledAfterSeconds">Time of failing without one success before it is switched off; null: it is not.</param>
internal sealed record ProductDeliveryView(
    IReadOnlyList<double> RetryDelaysSeconds, double TimeoutSeconds, int? DisabledAfterFailures, double? DisabledAfterSeconds);

/// <param name="Name">As accounts name it.</param>
/// <param name="Title">As people read it.</param>
internal sealed record ProductPlanView(string Name, string Title);

/// <param name="Endpoints">In this environment.</param>
/// <param name="CustomHeaders">Per endpoint; 0: none.</param>
internal sealed record ProductLimitsView(ProductLimitView Endpoints, int CustomHeaders);

/// <param name="Used">That there are.</param>
/// <param name="Limit">That there may be; null: no limit.</param>
internal sealed record ProductLimitView(int Used, int? Limit);

/// <param name="AllowsHttp">URLs may be http.</param>
/// <param name="AllowedNetworks">That may be dialled although they are not public.</param>
internal sealed record ProductEgressView(bool AllowsHttp, IReadOnlyList<string> AllowedNetworks);
