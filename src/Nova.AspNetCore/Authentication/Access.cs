using Microsoft.AspNetCore.Builder;
using Nova.Model;

namespace Nova.AspNetCore.Authentication;

/// <summary>Who may make a call. Put on every route; a route without it is a fault that a test finds.</summary>
/// <param name="Customers">An account's own credential, or a session of somebody who belongs to it: the call sees that environment and nothing else.</param>
/// <param name="Operators">The scope that an operator key needs; null: operators do not make this call. Users who are operators have every scope.</param>
internal sealed record Access(bool Customers, OperatorScopes? Operators)
{
    public static readonly Access OfCustomers = new(Customers: true, null);
    public static readonly Access OfPublishers = new(Customers: false, OperatorScopes.Publish);
    public static readonly Access OfOperators = new(Customers: false, OperatorScopes.Admin);

    /// <summary>Customers, and operators who say which product they mean.</summary>
    public static readonly Access OfBoth = new(Customers: true, OperatorScopes.None);

    /// <summary>People of an account who are signed in, in one of its environments. No key of the account's makes these calls.</summary>
    public static readonly Access OfPeople = new(Customers: true, null) { SignedIn = true };

    /// <summary>The same for what belongs to the account, whatever the environment.</summary>
    public static readonly Access OfAccountPeople = OfPeople with { WholeAccount = true };

    /// <summary>The same, and operators for all accounts.</summary>
    public static readonly Access OfAccountPeopleAndOperators = OfAccountPeople with { Operators = OperatorScopes.Admin };

    /// <summary>Whoever is signed in, for what concerns his session.</summary>
    public static readonly Access OfSessions = new(Customers: false, null) { SignedIn = true };

    /// <summary>No credential is asked for: health, and what is done to get one.</summary>
    public static readonly Access OfAnybody = new(Customers: false, null);

    /// <summary>Customers make the call by a session only.</summary>
    public bool SignedIn { get; init; }

    /// <summary>The call does not say an environment.</summary>
    public bool WholeAccount { get; init; }

    /// <summary>What to send, for whoever sent nothing or the wrong thing.</summary>
    public string Wanted => (Customers, Operators, SignedIn) switch
    {
        (true, null, false) => "an API key (sk_…), or the product's JWT",
        (true, _, false) => "an API key (sk_…), the product's JWT, or an operator key (nk_…)",
        (_, null, true) => "a session: sign in with POST /v1/session",
        (_, _, true) => "a session (sign in with POST /v1/session), or an operator key (nk_…)",
        _ => "an operator key (nk_…)",
    };

    public static string NameOf(OperatorScopes scope) => scope == OperatorScopes.Publish ? "publish" : "admin";
}

internal static class AccessConventions
{
    public static TBuilder For<TBuilder>(this TBuilder builder, Access access) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(access);
}
