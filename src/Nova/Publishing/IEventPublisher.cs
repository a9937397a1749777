using System.Data.Common;
using System.Text.Json;

namespace Nova.Publishing;

/// <summary>Publishes events. In an application that embeds Nova, take it from the services.</summary>
public interface IEventPublisher
{
    /// <summary>
    /// Publishes an event: checks it, finds the endpoints that want it, and returns when the event and its deliveries are on disk.
    /// What is wrong with the request is a result, not an exception.
    /// </summary>
    /// <param name="request">What happened, and to whom.</param>
    /// <param name="cancellation">Stops waiting. The event may be written all the same; publish again with the same id or key to find out.</param>
    Task<PublishResult> PublishAsync(PublishRequest request, CancellationToken cancellation);

    /// <summary>
    /// Publishes an event inside a transaction of the application's own: it is there, and is delivered, when that commits, and never was when it is rolled back.
    /// Checks the same. A request that is refused has written nothing, and the transaction goes on. See docs/library.md.
    /// </summary>
    /// <param name="request">What happened, and to whom.</param>
    /// <param name="transaction">An open one of Npgsql's, on the database that Nova's store is in; READ COMMITTED.</param>
    /// <param name="cancellation">Gives up. The transaction has then failed.</param>
    /// <exception cref="NotSupportedException">The store is not on PostgreSQL.</exception>
    /// <exception cref="ArgumentException">The transaction is another driver's, or has ended.</exception>
    Task<PublishResult> PublishAsync(PublishRequest request, DbTransaction transaction, CancellationToken cancellation);
}

/// <summary>An event to publish.</summary>
public sealed record PublishRequest
{
    /// <summary>Nova's id of the account, or the operator's own.</summary>
    public required string Account { get; init; }

    /// <summary>The product, needed only where one external id is used in two products. Default: none.</summary>
    public string? Product { get; init; }

    /// <summary><c>sandbox</c> or <c>production</c>.</summary>
    public required string Environment { get; init; }

    /// <summary>An event type of the account's product.</summary>
    public required string Type { get; init; }

    /// <summary>A JSON object that fits the event type's schema. Its bytes are sent as they are.</summary>
    public required JsonElement Data { get; init; }

    /// <summary>Whom among the account's own customers it concerns; at most 200 characters. Default: none.</summary>
    public string? Tenant { get; init; }

    /// <summary>The publisher's id for the event: 1 to 64 letters, digits, <c>_ - . :</c>. The same id again publishes nothing new. Default: Nova makes one.</summary>
    public string? Id { get; init; }

    /// <summary>When it happened. Default: now.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>The same key with the same request again publishes nothing new; at most 255 characters. Default: none.</summary>
    public string? IdempotencyKey { get; init; }
}

/// <summary>What came of publishing.</summary>
public sealed record PublishResult
{
    /// <summary>Null when the event was accepted.</summary>
    public PublishFault? Fault { get; init; }

    /// <summary>The event's id; empty with a fault.</summary>
    public string Id { get; init; } = "";

    /// <summary>How many endpoints get it.</summary>
    public int Deliveries { get; init; }
}

/// <summary>Why an event was refused.</summary>
public enum PublishFaultKind
{
    /// <summary>No account of this name, or none in this product.</summary>
    UnknownAccount,
    /// <summary>The external id is used in several products, and the request does not say which.</summary>
    AmbiguousAccount,
    /// <summary>A member is missing or malformed.</summary>
    Invalid,
    /// <summary>The product has no such event type.</summary>
    UnknownEventType,
    /// <summary>The data does not fit the event type's schema.</summary>
    SchemaViolation,
    /// <summary>The id or key was used before with another request.</summary>
    Conflict,
}

/// <param name="Kind">Its kind.</param>
/// <param name="Detail">What is wrong, and what to do.</param>
/// <param name="Fields">Each fault with the JSON pointer of its place in the request.</param>
public sealed record PublishFault(PublishFaultKind Kind, string Detail, IReadOnlyList<FieldFault> Fields);

/// <param name="Pointer">JSON pointer into the request.</param>
/// <param name="Message">What is wanted there.</param>
public sealed record FieldFault(string Pointer, string Message);
