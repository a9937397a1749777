using Nova.Model;

namespace Nova.Storage;

/// <summary>
/// What the engine needs of a database, and no more. Two implementations, SQLite and PostgreSQL, are held to one
/// conformance suite (tests/integration/Stores). Nothing of a SQL dialect leaks out of it.
/// </summary>
/// <remarks>
/// Deliveries live in two tables. An open one (Pending, Processing) is a row of the small, hot table that is claimed from;
/// when it ends it moves, in one transaction with its last attempt, to the table of finished ones, which is only ever appended to,
/// so that cost does not grow with history. Ids are version 7 UUIDs, so id order is time order and the newest are listed by key.
/// <para>
/// Fencing: every row that a node holds names that node's number, and a number is never given twice. A write by a node that has been
/// declared dead throws <see cref="NodeLostException"/> (append) or leaves the row as it is and reports it lost (record).
/// </para>
/// <para>
/// Times that decide (due, leases) are the store's clock, which a test replaces by its own <see cref="TimeProvider"/>.
/// Times are kept to the microsecond, and compared as they are kept.
/// </para>
/// </remarks>
internal interface INovaStore : IAsyncDisposable
{
    // Starting --------------------------------------------------------------------------------------------------

    /// <summary>Applies the migrations that are missing, under a lock, so that several nodes may start at once.</summary>
    Task MigrateAsync(CancellationToken cancellation);

    /// <summary>The number of this envelope of this product; the same text always has the same number.</summary>
    Task<int> RegisterEnvelopeAsync(string product, string envelope, CancellationToken cancellation);

    /// <summary>An envelope by number, or null.</summary>
    Task<StoredEnvelope?> GetEnvelopeAsync(int id, CancellationToken cancellation);

    // Publishing ------------------------------------------------------------------------------------------------

    /// <summary>
    /// Writes events, deliveries and score changes in one transaction that is durable when this returns; one result per entry, in order.
    /// Entries with a key that was used before write nothing and answer as the first did.
    /// </summary>
    /// <exception cref="NodeLostException">The node was declared dead; nothing was written.</exception>
    Task<AppendResult[]> AppendAsync(int node, IReadOnlyList<Append> batch, CancellationToken cancellation);

    // Delivering ------------------------------------------------------------------------------------------------

    /// <summary>
    /// Leases to this node deliveries that are due, oldest first within an endpoint, no more of an endpoint than it has room for:
    /// an endpoint with a million waiting takes no other's place. Where more endpoints wait than the limit allows, each has its turn
    /// in later calls. A node that was declared dead claims nothing.
    /// </summary>
    Task<IReadOnlyList<Claimed>> ClaimAsync(ClaimRequest request, CancellationToken cancellation);

    /// <summary>
    /// Writes attempts and the new states of their deliveries, and the health of their endpoints, in one durable transaction.
    /// A delivery that this node no longer holds is left as it is, its attempt is not written, and it is reported as lost.
    /// </summary>
    Task<RecordResult> RecordAsync(int node, IReadOnlyList<AttemptRecord> batch, CancellationToken cancellation);

    /// <summary>Makes an endpoint's waiting deliveries due now, at most <paramref name="limit"/> of them, so that those that are no longer
    /// wanted end at once instead of when they fall due. Returns how many it changed.</summary>
    Task<int> HastenAsync(int environmentId, Id<Endpoint> endpointId, int limit, CancellationToken cancellation);

    // Nodes -----------------------------------------------------------------------------------------------------

    /// <summary>A number for a new run of a server process. Never given twice.</summary>
    Task<int> RegisterNodeAsync(string name, CancellationToken cancellation);

    /// <summary>Says that the node lives, and learns the store's time. <see cref="Heartbeat.Alive"/> is false where it has been declared dead.</summary>
    Task<Heartbeat> HeartbeatAsync(int node, CancellationToken cancellation);

    /// <summary>Declares nodes dead that have not said that they live for <paramref name="leaseFor"/>, and makes their deliveries due now.
    /// Returns how many deliveries that were.</summary>
    Task<int> TakeOverAsync(TimeSpan leaseFor, CancellationToken cancellation);

    /// <summary>The node stops: its remaining deliveries may be claimed by others at once, and its number is gone.</summary>
    Task ReleaseNodeAsync(int node, CancellationToken cancellation);

    /// <summary>Says that a node is to take no new work, or that it may again; it hears of it with its next heartbeat. False: no such node lives.</summary>
    Task<bool> DrainNodeAsync(int node, bool drain, CancellationToken cancellation);

    // The directory ---------------------------------------------------------------------------------------------

    /// <summary>Accounts, environments, keys and endpoints that were written after a version; everything for version 0.</summary>
    Task<DirectoryChanges> ReadChangesAsync(long since, CancellationToken cancellation);

    /// <summary>
    /// Completes when another node, or this one, has changed the directory, or after <paramref name="atMost"/>.
    /// A change since the last wait ended ends the next one at once, so that none falls between two waits.
    /// </summary>
    Task WaitForChangeAsync(TimeSpan atMost, CancellationToken cancellation);

    /// <summary>Writes changes in one transaction, all or none, and raises the directory's version.</summary>
    Task<SaveResult> SaveAsync(IReadOnlyList<DirectoryChange> changes, CancellationToken cancellation);

    /// <summary>
    /// Notes when API keys and operator keys, by their ids, were last used; an earlier time than the one noted is ignored. Called once in a while for all keys that were,
    /// not once per request. Other nodes read it as a change of the directory.
    /// </summary>
    Task TouchKeysAsync(IReadOnlyDictionary<Guid, DateTimeOffset> lastUsed, CancellationToken cancellation);

    // History ---------------------------------------------------------------------------------------------------

    /// <summary>Deliveries of an environment, newest first; oldest first where the query says so.</summary>
    Task<IReadOnlyList<Delivery>> ListDeliveriesAsync(DeliveryQuery query, CancellationToken cancellation);

    /// <summary>A delivery with its event and every attempt, or null.</summary>
    Task<DeliveryDetail?> GetDeliveryAsync(int environmentId, Id<Delivery> id, CancellationToken cancellation);

    /// <summary>Events of an environment, newest first; oldest first where the query says so.</summary>
    Task<IReadOnlyList<Event>> ListEventsAsync(EventQuery query, CancellationToken cancellation);

    /// <summary>An event by Nova's id or by the publisher's, or null.</summary>
    Task<Event?> GetEventAsync(int environmentId, string outsideId, CancellationToken cancellation);

    /// <summary>A scoring job, or null. <paramref name="environmentId"/> null: of any environment (operators only).</summary>
    Task<Score?> GetScoreAsync(int? environmentId, Id<Score> id, CancellationToken cancellation);

    // Requests that may be repeated -------------------------------------------------------------------------------

    /// <summary>
    /// Claims an idempotency key for a request. The first caller gets <see cref="ReservationOutcome.Yours"/>; later ones the stored answer,
    /// or <see cref="ReservationOutcome.InProgress"/>, or <see cref="ReservationOutcome.Different"/> where the request was another.
    /// A reservation that was never completed is free again after a minute.
    /// </summary>
    Task<Reservation> ReserveRequestAsync(string scope, string key, byte[] fingerprint, CancellationToken cancellation);

    /// <summary>Keeps the answer for repeats. <paramref name="answer"/> null: forget the reservation, the request failed.</summary>
    Task CompleteRequestAsync(string scope, string key, StoredAnswer? answer, CancellationToken cancellation);

    // Maintaining -------------------------------------------------------------------------------------------------

    /// <summary>
    /// Removes finished deliveries, attempts, events, keys and ended replays older than a time, a bounded piece per call; never an event that an open
    /// delivery needs, or that a delivery shows which is kept. A thing's age is that of its id. Returns true while there is more to remove.
    /// </summary>
    Task<bool> CleanAsync(DateTimeOffset before, CancellationToken cancellation);

    /// <summary>What the operator's screens and metrics show. Bounded work, whatever the backlog.</summary>
    Task<StoreStatus> GetStatusAsync(CancellationToken cancellation);
}

/// <summary>This node's number has been declared dead: what it wanted to write was refused. It must register anew.</summary>
internal sealed class NodeLostException(int node)
    : Exception($"Node {node} was declared dead by another node; its leases have been taken over. It registers anew.");
