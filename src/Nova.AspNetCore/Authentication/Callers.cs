using System.Globalization;
using Microsoft.AspNetCore.Http;
using Nova.Accounts;
using Nova.AspNetCore.Writing;
using Nova.Model;
using Nova.Products;
using Nova.Storage;

namespace Nova.AspNetCore.Authentication;

/// <summary>Who makes a call. Put on the request by <see cref="ApiPipeline"/>; handlers take it from there.</summary>
internal abstract record Caller
{
    /// <summary>How members are named for this caller.</summary>
    public abstract JsonNames Json { get; }

    /// <summary>Whose repeated requests are the same: one environment's, one session's, or the operators'.</summary>
    public abstract string Scope { get; }

    /// <summary>How the audit log names him.</summary>
    public abstract Actor Actor { get; }

    /// <summary>The session that the call came with; null: it came with a key or a token of its own.</summary>
    public SessionWithUser? Session { get; init; }

    protected static string ScopeOf(SessionWithUser session) => session.Session.Id.ToString();

    protected static Actor ActorOf(SessionWithUser session) => session.User is { } user
        ? new("user", user.Id.ToString(), user.Email)
        : new("link", session.Session.Id.ToString(), "Portal link");
}

/// <summary>A customer: one environment of one account of one product. Everything that a handler does is done within it.</summary>
/// <param name="Entry">The environment, as it was when the request came.</param>
/// <param name="Names">The product's naming.</param>
/// <param name="LimitedAs">Whose requests are counted together: the API key's, the session's, or for JWTs the environment's.</param>
internal sealed record Customer(EnvironmentEntry Entry, ProductJson Names, Guid LimitedAs) : Caller
{
    /// <summary>What he may do. Keys and JWTs are the account's own: they may do what an admin may, save saying who else may do what.</summary>
    public Rights Rights { get; init; } = Rights.OfKeys;

    /// <summary>The key that the call came with; null: a JWT or a session.</summary>
    public ApiKey? Key { get; init; }

    public override JsonNames Json => Names;

    public override string Scope => Session is { } session
        ? string.Create(CultureInfo.InvariantCulture, $"env:{Entry.Id}:{ScopeOf(session)}")
        : string.Create(CultureInfo.InvariantCulture, $"env:{Entry.Id}");

    public override Actor Actor => Session is { } session ? ActorOf(session)
        : Key is { } key ? new("api_key", key.Id.ToString(), key.Name ?? key.Masked)
        : new("jwt", Entry.Account.OutsideId, null);

    public Product Product => Entry.Product;

    public static Customer Of(HttpContext context) => context.Features.Get<Caller>() as Customer
        ?? throw new InvalidOperationException("The route does not say that customers make this call.");
}

/// <summary>The company that runs Nova, or a service of it.</summary>
internal sealed record Operator(OperatorScopes Scopes, Guid LimitedAs) : Caller
{
    /// <summary>The key that the call came with; null: the configured one, or a session.</summary>
    public OperatorKey? Key { get; init; }

    public override JsonNames Json => OperatorJson.Instance;

    public override string Scope => Session is { } session ? "operator:" + ScopeOf(session) : "operator";

    public override Actor Actor => Session is { } session ? ActorOf(session)
        : Key is { } key ? new("operator_key", key.Id.ToString(), key.Name ?? key.Masked)
        : new("operator_key", null, "Nova:OperatorKey");
}

/// <summary>Somebody who is signed in, about his own session.</summary>
internal sealed record Person : Caller
{
    public override JsonNames Json => OperatorJson.Instance;

    public override string Scope => ScopeOf(Session!);

    public override Actor Actor => ActorOf(Session!);

    public static SessionWithUser Of(HttpContext context) => (context.Features.Get<Caller>() as Person)?.Session
        ?? throw new InvalidOperationException("The route does not say that signed-in people make this call.");
}
