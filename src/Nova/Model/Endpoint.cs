using System.Collections.Immutable;

namespace Nova.Model;

/// <summary>A receiver's URL with its secret, subscribed event types, headers and state.</summary>
internal sealed record Endpoint : IIdentified
{
    public static string IdPrefix => "ep";

    /// <summary>The entry in <see cref="EventTypes"/> that means all of the product's event types, later ones included.</summary>
    public const string AllEventTypes = "*";

    public required Id<Endpoint> Id { get; init; }
    public required int EnvironmentId { get; init; }
    public string? Name { get; init; }
    public string? Description { get; init; }
    public required string Url { get; init; }

    /// <summary>When it got another URL, the last time; null: it has the one that it was made with.</summary>
    public DateTimeOffset? UrlChangedAt { get; init; }
    public required ImmutableArray<string> EventTypes { get; init; }

    /// <summary>Headers that the customer wants on every request, sealed as a whole: a value may be a credential of the receiver. Null: none.</summary>
    public SealedBytes? Headers { get; init; }

    /// <summary>Newest first. More than one only while a rotation overlaps.</summary>
    public required ImmutableArray<EndpointSecret> Secrets { get; init; }

    public bool Enabled { get; init; } = true;

    /// <summary>Why it is not enabled: <c>by_customer</c>, <c>consecutive_failures</c>, <c>no_success</c>, <c>gone</c>; null while it is enabled.</summary>
    public string? DisabledReason { get; init; }
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>Set by a delete; the row stays, so that history can name it.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>
    /// Counts the changes after which a waiting delivery is no longer wanted (partner: URL or API key changed).
    /// A delivery made under an earlier generation ends as Failed.
    /// </summary>
    public int Generation { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>
    /// How long after a change of the URL an attempt may still go to the one before: a second until each node knows of it, and one more for their clocks.
    /// </summary>
    static readonly TimeSpan UrlChangeReaches = TimeSpan.FromSeconds(2);

    /// <summary>Where an attempt was sent that began at a time; null where that is not known, because the URL was changed later, or about then.</summary>
    /// <remarks>Attempts do not keep it: that would be some bytes more in each insert, for what is changed once in a year.</remarks>
    public string? UrlAt(DateTimeOffset time) => UrlChangedAt is { } changed && time <= changed + UrlChangeReaches ? null : Url;

    public bool Receives => Enabled && DeletedAt is null;

    public bool Wants(string eventType) => EventTypes.Contains(AllEventTypes) || EventTypes.Contains(eventType);
}

internal sealed record CustomHeader(string Name, string Value);

/// <summary>
/// A signing secret at rest: sealed by the secret box, or for a product that keeps only a hash, the sealed hash.
/// <paramref name="ExpiresAt"/> is set when a rotation replaced it: until then both sign.
/// </summary>
internal sealed record EndpointSecret(SealedBytes Sealed, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt = null);

/// <summary>AES-256-GCM output (nonce, ciphertext, tag) and the id of the master key that made it.</summary>
internal sealed record SealedBytes(string KeyId, byte[] Bytes);

/// <summary>
/// How an endpoint has done, for the disable rule: deliveries in a row that ended as Failed,
/// and when the first attempt after its last success failed (null: the last one succeeded, or there was none).
/// </summary>
internal sealed record EndpointHealth(Id<Endpoint> EndpointId, int EnvironmentId, int FailedInARow, DateTimeOffset? FailingSince);
