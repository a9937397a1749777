using System.Collections.Frozen;
using Nova.Model;
using Nova.Products;

namespace Nova.Accounts;

/// <summary>All that publishing needs to know of an environment, in one immutable object that a change replaces.</summary>
internal sealed class EnvironmentEntry
{
    static readonly EndpointTarget[] Nobody = [];
    readonly FrozenDictionary<string, EndpointTarget[]> _byType;
    readonly Dictionary<Id<Endpoint>, EndpointTarget> _byId;

    public EnvironmentEntry(AccountEnvironment environment, Account account, Product product, IReadOnlyList<EndpointTarget> targets)
    {
        Environment = environment;
        Account = account;
        Product = product;
        Targets = targets;
        AccountId = account.Id.ToString();
        _byId = targets.ToDictionary(target => target.Endpoint.Id);
        _byType = product.EventTypes.Keys.ToFrozenDictionary(type => type,
            type => targets.Where(target => target.Endpoint.Receives && target.Endpoint.Wants(type)).ToArray(), StringComparer.Ordinal);
    }

    public AccountEnvironment Environment { get; }
    public Account Account { get; }

    /// <summary>The account's id as text, which every attempt needs.</summary>
    public string AccountId { get; }
    public Product Product { get; }

    /// <summary>Every endpoint, oldest first; deleted and disabled ones included.</summary>
    public IReadOnlyList<EndpointTarget> Targets { get; }

    public int Id => Environment.Id;

    /// <summary>"sandbox" or "production".</summary>
    public string Name => NameOf(Environment.Name);

    /// <summary>Who gets an event of this type now.</summary>
    public IReadOnlyList<EndpointTarget> SubscribersOf(string eventType) => _byType.GetValueOrDefault(eventType, Nobody);

    public EndpointTarget? Find(Id<Endpoint> id) => _byId.GetValueOrDefault(id);

    /// <summary>The plan in force: the account's own, else the product's default; null where the product has no plans.</summary>
    public Plan? Plan => Product.PlanOf(Account.Plan);

    public static string NameOf(EnvironmentName name) => name == EnvironmentName.Production ? "production" : "sandbox";

    public static EnvironmentName? Parse(string? name) => name switch
    {
        "production" => EnvironmentName.Production,
        "sandbox" => EnvironmentName.Sandbox,
        _ => null,
    };
}
