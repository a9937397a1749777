namespace Nova.Model;

/// <summary>Who did something.</summary>
/// <param name="Kind"><c>user</c>, <c>operator_key</c>, <c>api_key</c>, <c>link</c>, <c>jwt</c> or <c>system</c>.</param>
/// <param name="Id">His id; null where the kind has none.</param>
/// <param name="Name">As people know him: an e-mail address, a key's label.</param>
internal sealed record Actor(string Kind, string? Id, string? Name)
{
    /// <summary>Nova itself, by a product's rule.</summary>
    public static readonly Actor System = new("system", null, "Nova");
}

/// <summary>What something was done to.</summary>
/// <param name="Kind">A noun of the API: <c>webhook</c>, <c>api_key</c>, <c>member</c>, …</param>
/// <param name="Id">As the API writes it.</param>
/// <param name="Name">As people know it.</param>
internal sealed record AuditTarget(string Kind, string? Id, string? Name);

/// <summary>Who did what, when, to what, and how it was before and after. Never a secret, whatever it is about.</summary>
internal sealed record AuditEntry : IIdentified
{
    public static string IdPrefix => "aud";

    public required Id<AuditEntry> Id { get; init; }

    /// <summary>When it was done, to the millisecond.</summary>
    public DateTimeOffset At => Id.Time;

    /// <summary>Whose log it is in; null: the operators' only.</summary>
    public Id<Account>? AccountId { get; init; }

    /// <summary>Null where the thing belongs to no environment.</summary>
    public EnvironmentName? Environment { get; init; }
    public required Actor Actor { get; init; }

    /// <summary>Noun and past participle: <c>webhook.updated</c>.</summary>
    public required string Action { get; init; }
    public required AuditTarget Target { get; init; }

    /// <summary>JSON object of the members that changed, as they were; null: there was nothing before.</summary>
    public string? Before { get; init; }

    /// <summary>The same as they are now; null: nothing is left.</summary>
    public string? After { get; init; }

    /// <summary>The client's address; null: it was not a request.</summary>
    public string? Address { get; init; }
}
