namespace Nova.Model;

/// <summary>A customer of a product. <paramref name="ExternalId"/> is the operator's own name for it, unique within the product.</summary>
internal sealed record Account(
    Id<Account> Id, string Product, string? ExternalId, string Name, string? Plan, DateTimeOffset CreatedAt) : IIdentified
{
    public static string IdPrefix => "acc";

    /// <summary>How the account is called outside: the operator's id where there is one, else Nova's. Kit's <c>orgId</c> is this.</summary>
    public string OutsideId => ExternalId ?? Id.ToString();

    /// <summary>Limits agreed with this account alone; a member that is null follows the plan.</summary>
    public LimitOverrides Overrides { get; init; } = LimitOverrides.None;
}

/// <summary>Per-account exceptions from the plan. Null: as the plan says.</summary>
internal sealed record LimitOverrides(int? Endpoints = null, int? CustomHeaders = null, int? RequestsPerSecond = null)
{
    public static readonly LimitOverrides None = new();
}

/// <summary>Sandbox and production share nothing: keys, endpoints, events, history.</summary>
internal enum EnvironmentName : short
{
    Sandbox = 0,
    Production = 1,
}

/// <summary>One of an account's two environments. Its number is the first column of every key in the store.</summary>
internal sealed record AccountEnvironment(int Id, Id<Account> AccountId, EnvironmentName Name);

/// <summary>A customer's credential for one environment. The key itself is shown once; the store has its SHA-256.</summary>
internal sealed record ApiKey(
    Id<ApiKey> Id, int EnvironmentId, string? Name, byte[] Sha256, string Masked, DateTimeOffset CreatedAt,
    DateTimeOffset? LastUsedAt = null, DateTimeOffset? RevokedAt = null) : IIdentified
{
    public static string IdPrefix => "key";
}

/// <summary>What an operator key may do.</summary>
[Flags]
internal enum OperatorScopes : short
{
    None = 0,
    Publish = 1,
    Admin = 2,
    All = Publish | Admin,
}

/// <summary>A credential of the company that runs Nova. The store has its SHA-256 only.</summary>
internal sealed record OperatorKey(
    Id<OperatorKey> Id, string? Name, byte[] Sha256, string Masked, OperatorScopes Scopes, DateTimeOffset CreatedAt,
    DateTimeOffset? LastUsedAt = null, DateTimeOffset? RevokedAt = null) : IIdentified
{
    public static string IdPrefix => "opk";
}
