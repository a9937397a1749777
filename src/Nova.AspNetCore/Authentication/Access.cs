using Microsoft.AspNetCore.Builder;
using Nova.Model;

namespace Nova.AspNetCore.Authentication;

/// <summary>Who may make a call. Put on every route; a route without it is a fault that a test finds.</summary>
/// <param name="Customers">An account's own credential: the call sees that environment and nothing else.</param>
/// <param name="Operators">The scope that an operator key needs; null: operators do not make this call.</param>
internal sealed record Access(bool Customers, OperatorScopes? Operators)
{
    public static readonly Access OfCustomers = new(Customers: true, null);
    public static readonly Access OfPublishers = new(Customers: false, OperatorScopes.Publish);
    public static readonly Access OfOperators = new(Customers: false, OperatorScopes.Admin);

    /// <summary>Customers, and operators who say which product they mean.</summary>
    public static readonly Access OfBoth = new(Customers: true, OperatorScopes.None);

    /// <summary>No credential is asked for: documentation and health.</summary>
    public static readonly Access OfAnybody = new(Customers: false, null);

    /// <summary>What to send, for whoever sent nothing or the wrong thing.</summary>
    public string Wanted => (Customers, Operators) switch
    {
        (true, null) => "an API key (sk_…), or the product's JWT",
        (true, _) => "an API key (sk_…), the product's JWT, or an operator key (nk_…)",
        _ => "an operator key (nk_…)",
    };

    public static string NameOf(OperatorScopes scope) => scope == OperatorScopes.Publish ? "publish" : "admin";
}

internal static class AccessConventions
{
    public static TBuilder For<TBuilder>(this TBuilder builder, Access access) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(access);
}
