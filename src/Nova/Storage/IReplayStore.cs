using Nova.Model;

namespace Nova.Storage;

/// <summary>What replaying many deliveries needs of a store. Beside <see cref="INovaStore"/>, and implemented by the same object.</summary>
/// <remarks>
/// A job belongs to the node that holds it, as deliveries do: by the node's number, which is never given twice. It moves on in one transaction with
/// the deliveries it makes, and only from the place where it is known to stand; so whatever is killed, nothing is passed over and nothing is made twice.
/// </remarks>
internal interface IReplayStore
{
    /// <summary>Writes a new job, held by nobody yet; unless one with its key runs, or as many run in its environment as may.</summary>
    Task<ReplayStart> StartReplayAsync(ReplayJob job, int mostRunning, CancellationToken cancellation);

    Task<ReplayJob?> GetReplayAsync(int environmentId, Id<ReplayJob> id, CancellationToken cancellation);

    /// <summary>An environment's, newest first.</summary>
    Task<IReadOnlyList<ReplayJob>> ListReplaysAsync(int environmentId, Id<ReplayJob>? before, int limit, CancellationToken cancellation);

    /// <summary>Ends a job that runs; one that has ended stays as it is. Returns it as it then is, or null.</summary>
    Task<ReplayJob?> CancelReplayAsync(int environmentId, Id<ReplayJob> id, CancellationToken cancellation);

    /// <summary>Gives this node jobs that run and that no living node holds, the oldest first. A node that was declared dead gets none.</summary>
    Task<IReadOnlyList<ReplayJob>> ClaimReplaysAsync(int node, int limit, CancellationToken cancellation);

    /// <summary>The jobs that this node holds may be claimed by others.</summary>
    Task ReleaseReplaysAsync(int node, CancellationToken cancellation);

    /// <summary>
    /// Moves a job on: makes its deliveries, counts, and puts the cursor, in one durable transaction. A delivery whose event is not kept any more
    /// is counted as skipped. Returns the job as it then is; null, and nothing is written, where it is not this node's any more, has ended,
    /// or stands elsewhere.
    /// </summary>
    Task<ReplayJob?> AdvanceReplayAsync(int node, ReplayAdvance advance, CancellationToken cancellation);

    /// <summary>The newest delivery of each of these events to each of these endpoints, tests apart; those that have none are not in the answer.</summary>
    Task<IReadOnlyDictionary<(Id<Event>, Id<Endpoint>), Id<Delivery>>> FindNewestAsync(
        int environmentId, IReadOnlyList<(Id<Event> Event, Id<Endpoint> Endpoint)> pairs, CancellationToken cancellation);

    /// <summary>Of these deliveries those of which no attempt is on record yet.</summary>
    Task<IReadOnlyList<Id<Delivery>>> FindUntriedAsync(int environmentId, IReadOnlyList<Id<Delivery>> ids, CancellationToken cancellation);
}

internal enum ReplayStartOutcome
{
    Started,
    /// <summary>One with the same key runs.</summary>
    Runs,
    /// <summary>As many run in the environment as may.</summary>
    TooMany,
}

/// <param name="Outcome">What happened.</param>
/// <param name="Running">The one that stands in the way, where it is known.</param>
internal sealed record ReplayStart(ReplayStartOutcome Outcome, Id<ReplayJob>? Running = null);

/// <param name="Job">As it is known to stand: its cursor must be the stored one's.</param>
/// <param name="Cursor">Where it stands then.</param>
/// <param name="Deliveries">To write: they wait in the store, due at once.</param>
/// <param name="Skipped">Passed over on the way.</param>
/// <param name="State">Running, or how it ends.</param>
/// <param name="Reason">For <see cref="ReplayState.Stopped"/>.</param>
internal sealed record ReplayAdvance(
    ReplayJob Job, Guid Cursor, IReadOnlyList<Delivery> Deliveries, int Skipped, ReplayState State, string? Reason = null);
