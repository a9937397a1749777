using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Nova.AspNetCore.Describing;

/// <summary>The body that a call takes. Only described by it: <see cref="Reading.RequestObject"/> reads, so that every fault can be named.</summary>
internal sealed record BodyDescription(Type Type, bool Optional);

/// <summary>A query parameter.</summary>
/// <param name="Name">In snake_case.</param>
/// <param name="Description">What it does.</param>
/// <param name="Values">The only values it has; null: others.</param>
internal sealed record QueryDescription(string Name, string Description, string[]? Values = null);

/// <summary>A status with which a call is refused, by a problem.</summary>
internal sealed record RefusalDescription(int Status);

/// <summary>Says of a route what docs/openapi.json tells of it.</summary>
internal static class Descriptions
{
    /// <summary>Name, place, and words.</summary>
    public static TBuilder Describe<TBuilder>(this TBuilder builder, string operation, string tag, string summary, string? description = null)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.WithMetadata(new OperationDescription(operation)).WithTags(tag).WithSummary(summary);
        return description is null ? builder : builder.WithDescription(description);
    }

    /// <summary>For a route whose handler is a bare delegate, which is else not described.</summary>
    public static TBuilder DescribedBy<TBuilder>(this TBuilder builder, MethodInfo method) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(method);

    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder builder, bool optional = false) => builder.WithMetadata(new BodyDescription(typeof(T), optional));

    public static IEndpointConventionBuilder Takes<T>(this IEndpointConventionBuilder builder, bool optional = false) =>
        builder.WithMetadata(new BodyDescription(typeof(T), optional));

    public static TBuilder Query<TBuilder>(this TBuilder builder, string name, string description, params string[] values)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new QueryDescription(name, description, values.Length == 0 ? null : values));

    /// <summary>The parameters of a list that is paged.</summary>
    public static TBuilder Paged<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder => builder
        .Query("limit", "Entries per page, 1 to 250. Default 50.")
        .Query("cursor", "next_cursor of the page before.");

    public static RouteHandlerBuilder Gives<T>(this RouteHandlerBuilder builder, int status = 200) => builder.WithMetadata(Response(status, typeof(T)));

    public static IEndpointConventionBuilder Gives<T>(this IEndpointConventionBuilder builder, int status = 200) =>
        builder.WithMetadata(Response(status, typeof(T)));

    /// <summary>An answer that is no JSON document.</summary>
    public static RouteHandlerBuilder GivesText(this RouteHandlerBuilder builder, params string[] contentTypes) =>
        builder.WithMetadata(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(string), contentTypes));

    public static TBuilder GivesNothing<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new ProducesResponseTypeMetadata(StatusCodes.Status204NoContent, typeof(void)));

    public static TBuilder Refuses<TBuilder>(this TBuilder builder, params int[] statuses) where TBuilder : IEndpointConventionBuilder
    {
        foreach (var status in statuses) builder.WithMetadata(new RefusalDescription(status));
        return builder;
    }

    static ProducesResponseTypeMetadata Response(int status, Type type) => new(status, type, ["application/json"]);
}

/// <summary>The <c>operationId</c>, under which generated clients know a call.</summary>
internal sealed record OperationDescription(string Id);
