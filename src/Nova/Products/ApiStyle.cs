namespace Nova.Products;

internal enum NamingStyle
{
    SnakeCase,
    CamelCase,
}

/// <summary>How the product's customers use the API.</summary>
internal sealed record ApiStyle
{
    /// <summary>By JWT; otherwise by API key.</summary>
    public required bool UsesJwt { get; init; }

    /// <summary>Of the members in requests and answers.</summary>
    public required NamingStyle Naming { get; init; }

    /// <summary>An endpoint's id is written as a UUID; otherwise as <c>ep_…</c>.</summary>
    public required bool EndpointIdIsUuid { get; init; }

    /// <summary>What the member is called that says whether an endpoint is enabled: <c>enabled</c>, <c>is_active</c>.</summary>
    public required string EnabledWord { get; init; }

    /// <summary>What the member is called that holds an endpoint's secret: <c>secret</c>, <c>api_key</c>.</summary>
    public required string SecretWord { get; init; }

    /// <summary>Members beside the two that are named by the product, in requests and answers about an endpoint; without underscores, in lower case.</summary>
    static readonly HashSet<string> Others = new(StringComparer.OrdinalIgnoreCase)
    {
        "id", "name", "description", "url", "events", "headers", "publickey", "disabledreason", "disabledat", "createdat", "previousexpiresat", "body", "bodybase64",
        "webhook", "now",
    };

    /// <summary>Whether a word that a product would like is another member's name, in either naming.</summary>
    public static bool IsTaken(string word) => Others.Contains(word.Replace("_", "", StringComparison.Ordinal));

    /// <summary>Where the documents put the API: <c>/v1</c>, <c>/api/v1</c>. Both answer for every product.</summary>
    public required string BasePath { get; init; }

    /// <summary>What the API keys of each environment begin with.</summary>
    public required string ProductionKeyPrefix { get; init; }
    public required string SandboxKeyPrefix { get; init; }
}

/// <summary>A product with scoring jobs: which event a job's end publishes.</summary>
internal sealed record ScoreRule(string CompletedEventType, string FailedEventType);
