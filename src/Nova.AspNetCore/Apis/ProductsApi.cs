using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Products;

namespace Nova.AspNetCore.Apis;

/// <summary>The products in force, and their plans.</summary>
internal static class ProductsApi
{
    const string Tag = "Products";

    public static void MapProductsApi(this IEndpointRouteBuilder routes)
    {
        routes.MapGroup("/v1/products").For(Access.OfOperators).MapGet("", ListProducts)
            .Describe("listProducts", Tag, "List products", "The definitions in force. Not paged: they are a handful.").Gives<Page<ProductView>>().Refuses(400);
        routes.MapGroup("/v1/plans").For(Access.OfOperators).MapGet("", ListPlans)
            .Describe("listPlans", Tag, "List plans", "Plans are a part of a product's definition. Not paged.")
            .Query("product", "Of this product.").Gives<Page<PlanView>>().Refuses(400, 404);
    }

    static IResult ListProducts(HttpContext context, IReadOnlyDictionary<string, Product> products)
    {
        if (new RequestQuery(context, OperatorJson.Instance).End() is { } refusal) return refusal;
        return OperatorJson.Instance.Ok(new Page<ProductView>([.. InOrder(products.Values).Select(ProductView.Of)], null));
    }

    static IResult ListPlans(HttpContext context, IReadOnlyDictionary<string, Product> products)
    {
        var query = new RequestQuery(context, OperatorJson.Instance);
        var name = query.Text("product");
        if (query.End() is { } refusal) return refusal;
        if (name is not null && !products.ContainsKey(name)) return Problems.NotFound("product");
        var plans = InOrder(products.Values).Where(product => name is null || product.Name == name)
            .SelectMany(product => product.Plans.Values.OrderBy(plan => plan.Endpoints ?? int.MaxValue).Select(plan => PlanView.Of(product, plan)));
        return OperatorJson.Instance.Ok(new Page<PlanView>([.. plans], null));
    }

    static IEnumerable<Product> InOrder(IEnumerable<Product> products) => products.OrderBy(product => product.Name, StringComparer.Ordinal);
}

/// <param name="Product">Whose.</param>
/// <param name="Name">As accounts name it.</param>
/// <param name="Title">As people read it.</param>
/// <param name="Default">An account that names no plan is on it.</param>
/// <param name="Endpoints">Per environment; null: no limit.</param>
/// <param name="CustomHeaders">Per endpoint.</param>
/// <param name="RequestsPerSecond">Of each credential, on each node; null: as the server is set.</param>
/// <param name="PayloadBytes">Of an event's data; null: no limit of the plan's.</param>
/// <param name="EventTypes">That may be subscribed to; null: all.</param>
internal sealed record PlanView(
    string Product, string Name, string Title, bool Default, int? Endpoints, int CustomHeaders, int? RequestsPerSecond, int? PayloadBytes,
    IReadOnlyList<string>? EventTypes)
{
    public static PlanView Of(Product product, Plan plan) => new(
        product.Name, plan.Name, plan.Title, plan.Name == product.DefaultPlan, plan.Endpoints, plan.CustomHeaders, plan.RequestsPerSecond,
        plan.PayloadBytes, plan.EventTypes);
}

/// <param name="Name">As accounts name it.</param>
/// <param name="Title">As people read it.</param>
/// <param name="Description">What it is.</param>
/// <param name="Authentication"><c>api_key</c> or <c>jwt</c>.</param>
/// <param name="Naming">Of members in its customers' calls: <c>snake_case</c> or <c>camelCase</c>.</param>
/// <param name="BasePath">Where its documents put the API.</param>
/// <param name="EventTypes">Names, in order.</param>
/// <param name="Headers">That Nova sets on its deliveries, signatures among them.</param>
/// <param name="RetryDelaysSeconds">Before each attempt; the first is 0.</param>
/// <param name="TimeoutSeconds">Of an attempt.</param>
/// <param name="DefaultPlan">Null where it has no plans.</param>
internal sealed record ProductView(
    string Name, string Title, string Description, string Authentication, string Naming, string BasePath, IReadOnlyList<string> EventTypes,
    IReadOnlyList<string> Headers, IReadOnlyList<double> RetryDelaysSeconds, double TimeoutSeconds, string? DefaultPlan)
{
    public static ProductView Of(Product product) => new(
        product.Name, product.Title, product.Description, product.Api.UsesJwt ? "jwt" : "api_key",
        product.Api.Naming == NamingStyle.CamelCase ? "camelCase" : "snake_case", product.Api.BasePath,
        [.. product.EventTypes.Keys.Order(StringComparer.Ordinal)], product.Request.HeaderNames,
        [.. product.Retry.Delays.Select(delay => delay.TotalSeconds)], product.Timeout.TotalSeconds, product.DefaultPlan);
}
