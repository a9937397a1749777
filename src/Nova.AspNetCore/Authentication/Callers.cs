using Microsoft.AspNetCore.Http;
using Nova.Accounts;
using Nova.AspNetCore.Writing;
using Nova.Model;
using Nova.Products;

namespace Nova.AspNetCore.Authentication;

/// <summary>Who makes a call. Put on the request by <see cref="ApiPipeline"/>; handlers take it from there.</summary>
internal abstract record Caller
{
    /// <summary>How members are named for this caller.</summary>
    public abstract JsonNames Json { get; }

    /// <summary>Whose repeated requests are the same: one environment's, or the operators'.</summary>
    public abstract string Scope { get; }
}

/// <summary>A customer: one environment of one account of one product. Everything that a handler does is done within it.</summary>
/// <param name="Entry">The environment, as it was when the request came.</param>
/// <param name="Names">The product's naming.</param>
/// <param name="LimitedAs">Whose requests are counted together: the API key's, or for JWTs the environment's.</param>
internal sealed record Customer(EnvironmentEntry Entry, ProductJson Names, Guid LimitedAs) : Caller
{
    public override JsonNames Json => Names;

    public override string Scope => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"env:{Entry.Id}");

    public Product Product => Entry.Product;

    public static Customer Of(HttpContext context) => context.Features.Get<Caller>() as Customer
        ?? throw new InvalidOperationException("The route does not say that customers make this call.");
}

/// <summary>The company that runs Nova, or a service of it.</summary>
internal sealed record Operator(OperatorScopes Scopes, Guid LimitedAs) : Caller
{
    public override JsonNames Json => OperatorJson.Instance;

    public override string Scope => "operator";
}
