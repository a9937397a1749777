using Nova.Model;

namespace Nova.Storage;

internal sealed record StoredEnvelope(int Id, string Product, string Text);

// Publishing ----------------------------------------------------------------------------------------------------

/// <summary>One entry of a group commit: an event with its deliveries, or only deliveries of an old event (replay), or only a score.</summary>
internal sealed record Append
{
    public required int EnvironmentId { get; init; }
    public Event? Event { get; init; }

    /// <summary>The old event that a replay delivers again. Not written: it is there.</summary>
    public Event? ReplayedEvent { get; init; }

    /// <summary>An event's own deliveries have ids of the same millisecond as the event's: that is how they are found by event, without an index.</summary>
    public IReadOnlyList<NewDelivery> Deliveries { get; init; } = [];

    /// <summary>
    /// The keys under which the same publish may be repeated: <c>id:…</c> for the publisher's event id, <c>key:…</c> for an Idempotency-Key.
    /// An event that has a <see cref="Event.PublisherId"/> brings its <c>id:</c> key, by which it is found. Kept as long as events are.
    /// </summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>SHA-256 of the request, so that the same key with another request is a conflict.</summary>
    public byte[] Fingerprint { get; init; } = [];

    /// <summary>
    /// A scoring job to create or to move on. Written only where none exists (create) or the stored one is not final (move on);
    /// otherwise the whole entry writes nothing and answers <see cref="AppendOutcome.ScoreFinal"/>.
    /// </summary>
    public Score? Score { get; init; }
}

/// <summary>A delivery to write. <paramref name="Leased"/>: to this node, which has kept room for it; otherwise it waits in the store, due at once.</summary>
internal readonly record struct NewDelivery(Delivery Delivery, bool Leased);

internal enum AppendOutcome
{
    Written,
    /// <summary>A key was used before with the same request: nothing was written; the ids are those of the first.</summary>
    Repeated,
    /// <summary>A key was used before with another request: nothing was written.</summary>
    Conflict,
    /// <summary>The scoring job had ended: nothing was written.</summary>
    ScoreFinal,
}

/// <param name="Outcome">What happened.</param>
/// <param name="EventOutsideId">The event's id as the outside knows it (of the first one, for a repeat); empty without an event.</param>
/// <param name="DeliveryCount">Its deliveries when it was published.</param>
internal readonly record struct AppendResult(AppendOutcome Outcome, string EventOutsideId, int DeliveryCount);

// Delivering ----------------------------------------------------------------------------------------------------

/// <param name="Node">Who claims.</param>
/// <param name="Limit">At most this many in all.</param>
/// <param name="RoomPerEndpoint">At most this many of an endpoint that <paramref name="Room"/> does not name.</param>
/// <param name="Room">Endpoints that already have deliveries on this node, and how many more each can take (0: none).</param>
/// <param name="GoesOn">
/// Only the endpoints of <paramref name="Room"/> are asked for, and a store may begin where its last claim of each ended. What has come in front of that
/// since (given back by another node, say) is left to a claim that does not go on; there is one every fraction of a second.
/// </param>
internal sealed record ClaimRequest(
    int Node, int Limit, int RoomPerEndpoint, IReadOnlyDictionary<Id<Endpoint>, int> Room, bool GoesOn = false);

/// <summary>A leased delivery (its state is Processing) with the event it carries.</summary>
internal sealed record Claimed(Delivery Delivery, Event Event);

/// <summary>What came of holding a delivery: an attempt and what follows, or an end without one.</summary>
internal sealed record AttemptRecord
{
    /// <summary>As it was handed out: what it is does not change while it is held, so a store need not read it again to write it down.</summary>
    public required Delivery Delivery { get; init; }
    public int EnvironmentId => Delivery.EnvironmentId;
    public Id<Delivery> DeliveryId => Delivery.Id;
    public Id<Endpoint> EndpointId => Delivery.EndpointId;

    /// <summary>Null where the delivery ends without a request, because its endpoint no longer wants it.</summary>
    public Attempt? Attempt { get; init; }

    /// <summary>Delivered, Failed, or Pending for a retry.</summary>
    public required DeliveryState State { get; init; }

    /// <summary>For Pending: the documented delay, counted from the end of the attempt.</summary>
    public TimeSpan RetryIn { get; init; }

    /// <summary>How long ago, when the record is handed over, the attempt ended: the store takes it off the delay.</summary>
    public required TimeSpan EndedAgo { get; init; }

    /// <summary>What the delivery shows as its last error.</summary>
    public string? Error { get; init; }

    /// <summary>False for tests and for deliveries that ended because of the endpoint's own state: they say nothing of its health.</summary>
    public bool CountsForHealth { get; init; } = true;
}

/// <param name="Lost">Deliveries that this node no longer held.</param>
/// <param name="Failing">Health, after this batch, of endpoints at which an attempt failed in it.</param>
internal sealed record RecordResult(IReadOnlyList<Id<Delivery>> Lost, IReadOnlyList<EndpointHealth> Failing);

/// <param name="Alive">False: declared dead, register anew.</param>
/// <param name="StoreNow">The store's clock.</param>
/// <param name="Draining">An operator wants the node to take no new work.</param>
internal readonly record struct Heartbeat(bool Alive, DateTimeOffset StoreNow, bool Draining = false);

// The directory -------------------------------------------------------------------------------------------------

internal sealed record DirectoryChanges(
    long Version,
    IReadOnlyList<Account> Accounts,
    IReadOnlyList<AccountEnvironment> Environments,
    IReadOnlyList<ApiKey> ApiKeys,
    IReadOnlyList<OperatorKey> OperatorKeys,
    IReadOnlyList<Endpoint> Endpoints);

/// <summary>A write to the directory. The closed set of what <see cref="INovaStore.SaveAsync"/> takes.</summary>
internal abstract record DirectoryChange
{
    DirectoryChange() { }

    /// <summary>Inserts or updates; a new account gets its two environments in the same transaction.</summary>
    internal sealed record OfAccount(Account Account) : DirectoryChange;

    internal sealed record OfApiKey(ApiKey Key) : DirectoryChange;

    internal sealed record OfOperatorKey(OperatorKey Key) : DirectoryChange;

    /// <param name="Endpoint">Inserts or updates.</param>
    /// <param name="ReplacesUpdatedAt"><see cref="Endpoint.UpdatedAt"/> of the row that the change was made from; null for a new one. Another value in the store: <see cref="SaveResult.Stale"/>.</param>
    /// <param name="Limit">Most endpoints that are not deleted which the environment may then have; null: no limit. Checked for a new one only.</param>
    /// <param name="OnePerEventType">Another endpoint of the environment that is not deleted and has one of the event types: <see cref="SaveResult.Taken"/>.</param>
    internal sealed record OfEndpoint(Endpoint Endpoint, DateTimeOffset? ReplacesUpdatedAt, int? Limit = null, bool OnePerEventType = false) : DirectoryChange;

    /// <summary>The endpoint's failures are forgotten: it was enabled again.</summary>
    internal sealed record OfHealthReset(int EnvironmentId, Id<Endpoint> EndpointId) : DirectoryChange;

    /// <summary>Says who made the changes: in the log if they are made, and not if they are not.</summary>
    internal sealed record OfAudit(AuditEntry Entry) : DirectoryChange;
}

internal enum SaveResult
{
    Saved,
    /// <summary>The row was changed by somebody else meanwhile: read and try again.</summary>
    Stale,
    /// <summary>The environment has as many endpoints as it may have.</summary>
    LimitReached,
    /// <summary>A name that must be unique is taken: an account's external id within its product, or an event type with one endpoint each.</summary>
    Taken,
}

// History -------------------------------------------------------------------------------------------------------

/// <summary>Which deliveries to list; each member narrows. Newest first, after <see cref="Before"/>.</summary>
internal sealed record DeliveryQuery
{
    public required int EnvironmentId { get; init; }
    public Id<Endpoint>? EndpointId { get; init; }
    public Id<Event>? EventId { get; init; }
    public DeliveryState? State { get; init; }

    /// <summary>Instead of <see cref="State"/>: any of these. Null or empty: any.</summary>
    public IReadOnlyList<DeliveryState>? States { get; init; }
    public string? EventType { get; init; }

    /// <summary>Instead of <see cref="EventType"/>: any of these. Null or empty: any.</summary>
    public IReadOnlyList<string>? EventTypes { get; init; }
    public string? Tenant { get; init; }

    /// <summary>Failed, and by this.</summary>
    public FailureCause? Cause { get; init; }

    /// <summary>Created at this time or later, to the millisecond.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Created before this time, to the millisecond.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The last id of the page before.</summary>
    public Id<Delivery>? Before { get; init; }

    /// <summary>The other way round: oldest first, after this one. <see cref="Guid.Empty"/> for the first page.</summary>
    public Id<Delivery>? After { get; init; }

    /// <summary>1 to 250.</summary>
    public required int Limit { get; init; }

    /// <summary>More types than this are looked for row by row instead of each by its index.</summary>
    const int MostTypesByIndex = 20;

    /// <summary>
    /// The same as queries with one state and one event type each, of which every one is answered by its own index; their lists together, newest first, are
    /// this one's. No delivery is in two of them.
    /// </summary>
    public IEnumerable<DeliveryQuery> Alternatives()
    {
        IEnumerable<DeliveryQuery> all = [this with { State = Cause is null ? State : DeliveryState.Failed, States = null, EventTypes = null }];
        if (States is { Count: > 0 } states)
            all = all.SelectMany(query => states.Distinct().Where(state => query.State is null || query.State == state).Select(state => query with { State = state }));
        if (EventTypes is not { Count: > 0 } types) return all;
        return types.Count > MostTypesByIndex
            ? all.Select(query => query with { EventTypes = types })
            : all.SelectMany(query => types.Distinct(StringComparer.Ordinal).Select(type => query with { EventType = type }));
    }
}

internal sealed record EventQuery
{
    public required int EnvironmentId { get; init; }
    public string? Type { get; init; }
    public string? Tenant { get; init; }
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? Until { get; init; }
    public Id<Event>? Before { get; init; }

    /// <summary>The other way round: oldest first, after this one. <see cref="Guid.Empty"/> for the first page.</summary>
    public Id<Event>? After { get; init; }

    /// <summary>1 to 250.</summary>
    public required int Limit { get; init; }
}

internal sealed record DeliveryDetail(Delivery Delivery, Event Event, IReadOnlyList<Attempt> Attempts);

// Requests that may be repeated ---------------------------------------------------------------------------------

internal enum ReservationOutcome
{
    Yours,
    InProgress,
    Different,
    Answered,
}

internal sealed record Reservation(ReservationOutcome Outcome, StoredAnswer? Answer = null);

/// <summary>An answer kept for repeats of its request, for 24 hours. The body is sealed: it may hold a secret that is shown once.</summary>
internal sealed record StoredAnswer(int StatusCode, SealedBytes Body);

// Maintaining ---------------------------------------------------------------------------------------------------

/// <param name="OpenDeliveries">Pending and Processing, counted up to 1,000,000 (then an estimate).</param>
/// <param name="OldestDue">When the delivery that has waited longest past its time fell due; null where none waits.</param>
/// <param name="Nodes">Nodes that live.</param>
/// <param name="FailingEndpoints">The worst endpoints, at most 100.</param>
internal sealed record StoreStatus(
    long OpenDeliveries, DateTimeOffset? OldestDue, IReadOnlyList<NodeStatus> Nodes, IReadOnlyList<EndpointHealth> FailingEndpoints);

/// <param name="Id">Its number.</param>
/// <param name="Name">Machine and process.</param>
/// <param name="StartedAt">When it took its number.</param>
/// <param name="HeartbeatAt">When it last said that it lives.</param>
/// <param name="Leased">Deliveries that it holds.</param>
/// <param name="DrainingSince">Since when it is to take no new work; null: it works.</param>
internal sealed record NodeStatus(
    int Id, string Name, DateTimeOffset StartedAt, DateTimeOffset HeartbeatAt, long Leased, DateTimeOffset? DrainingSince = null);
