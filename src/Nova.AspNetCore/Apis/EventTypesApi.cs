using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Products;

namespace Nova.AspNetCore.Apis;

/// <summary>The event catalog of a product.</summary>
internal static class EventTypesApi
{
    public static void MapEventTypesApi(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("/v1/event-types").For(Access.OfBoth).MapGet("", List)
            .Describe("listEventTypes", "Event types", "List event types",
                "With the JSON Schema of the data and an example. Customers get their product's; operators say which product. Not paged: a catalog is small.")
            .Query("product", "Operators only: the product.")
            .Gives<Page<EventTypeView>>().Refuses(400, 404);

    static IResult List(HttpContext context, IReadOnlyDictionary<string, Product> products)
    {
        var caller = context.Features.Get<Caller>()!;
        var query = new RequestQuery(context, caller.Json);
        Product? product;
        if (caller is Customer customer)
        {
            product = customer.Product;
            if (query.End() is { } refusal) return refusal;
        }
        else
        {
            var name = query.Text("product");
            if (name is null) query.Fault("product", $"Say which product: {string.Join(", ", products.Keys.Order(StringComparer.Ordinal))}.");
            if (query.End() is { } refusal) return refusal;
            if (!products.TryGetValue(name!, out product)) return Problems.NotFound("product");
        }
        return caller.Json.Ok(new Page<EventTypeView>([.. product.EventTypes.Values.OrderBy(type => type.Name, StringComparer.Ordinal).Select(EventTypeView.Of)], null));
    }
}

/// <param name="Name">As on the wire.</param>
/// <param name="Title">As people read it.</param>
/// <param name="Description">What it means.</param>
/// <param name="Group">The heading under which a catalog lists it.</param>
/// <param name="Schema">The JSON Schema of the data.</param>
/// <param name="Example">Data that fits it.</param>
internal sealed record EventTypeView(string Name, string Title, string Description, string? Group, JsonElement Schema, RawJson Example)
{
    public static EventTypeView Of(EventType type) => new(type.Name, type.Title, type.Description, type.Group, type.Schema, new(type.Example));
}
