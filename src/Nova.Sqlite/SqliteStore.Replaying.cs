using Nova.Model;
using Nova.Storage;

namespace Nova.Sqlite;

internal sealed partial class SqliteStore : IReplayStore
{
    const string ReplayColumns =
        "id, environment_id, key, selection, rate, state, reason, matching, matching_is_least, done, skipped, cursor, created_at, finished_at";

    const string SelectReplay = "SELECT " + ReplayColumns + " FROM replay_jobs WHERE environment_id = ? AND id = ?";

    const string SelectReplays = "SELECT " + ReplayColumns + " FROM replay_jobs WHERE environment_id = ? AND id < ? ORDER BY id DESC LIMIT ?";

    const string SelectRunningReplays =
        "SELECT id, key FROM replay_jobs INDEXED BY replay_jobs_running WHERE state = 0 AND environment_id = ?";

    const string InsertReplay =
        "INSERT INTO replay_jobs (" + ReplayColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    const string EndReplay = "UPDATE replay_jobs SET state = ?, finished_at = ? WHERE environment_id = ? AND id = ? AND state = 0";

    const string SelectFreeReplays =
        """
        SELECT environment_id, id FROM replay_jobs INDEXED BY replay_jobs_running
        WHERE state = 0 AND (node IS NULL OR node NOT IN (SELECT id FROM nodes)) ORDER BY id LIMIT ?
        """;

    const string HoldReplay =
        "UPDATE replay_jobs SET node = ? WHERE environment_id = ? AND id = ? RETURNING " + ReplayColumns;

    const string ReleaseReplays = "UPDATE replay_jobs SET node = NULL WHERE state = 0 AND node = ?";

    const string StandsAt = "SELECT 1 FROM replay_jobs WHERE environment_id = ? AND id = ? AND state = 0 AND node = ? AND cursor = ?";

    const string MoveReplay =
        """
        UPDATE replay_jobs SET cursor = ?3, done = done + ?4, skipped = skipped + ?5, state = ?6, reason = ?7, finished_at = ?8
        WHERE environment_id = ?1 AND id = ?2 RETURNING
        """ + " " + ReplayColumns;

    // A delivery whose event is not kept any more would be leased for ever: there is nothing to send.
    const string InsertReplayDelivery =
        """
        INSERT INTO open_deliveries (environment_id, id, event_id, endpoint_id, event_type, tenant, trigger, replay_of, generation,
          attempt_count, created_at, due_at, node)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10, ?11, NULL
        WHERE EXISTS (SELECT 1 FROM events WHERE environment_id = ?1 AND id = ?3)
        """;

    // An event's own deliveries have ids of its millisecond; those that were asked for later have an index.
    const string SelectOwnOf = "SELECT id FROM {0} WHERE environment_id = ? AND id >= ? AND id < ? AND event_id = ? AND endpoint_id = ? AND trigger = 0";

    const string SelectReplayOf =
        "SELECT id FROM {0}_deliveries INDEXED BY {0}_replays WHERE environment_id = ? AND event_id = ? AND trigger = 1 AND endpoint_id = ? ORDER BY id DESC LIMIT 1";

    static readonly string[] OwnOf =
        [string.Intern(string.Format(null, SelectOwnOf, "open_deliveries")), string.Intern(string.Format(null, SelectOwnOf, "finished_deliveries"))];

    static readonly string[] ReplaysOf =
        [string.Intern(string.Format(null, SelectReplayOf, "open")), string.Intern(string.Format(null, SelectReplayOf, "finished"))];

    const string SelectUntried = "SELECT 1 FROM open_deliveries WHERE environment_id = ? AND id = ? AND attempt_count = 0";

    public Task<ReplayStart> StartReplayAsync(ReplayJob job, int mostRunning, CancellationToken cancellation) =>
        _writer.WriteAsync(1, connection =>
        {
            var running = ReadAll(connection.Use(SelectRunningReplays).Add(job.EnvironmentId), row => (Id: new Id<ReplayJob>(row.Guid()), Key: row.Text()));
            foreach (var (id, key) in running)
                if (key == job.Key) return new ReplayStart(ReplayStartOutcome.Runs, id);
            if (running.Count >= mostRunning) return new ReplayStart(ReplayStartOutcome.TooMany, running[0].Id);
            connection.Use(InsertReplay).Add(job.Id.Value).Add(job.EnvironmentId).Add(job.Key).Add(job.Selection.ToJson()).Add(job.Rate)
                .Add((long)job.State).Add(job.Reason).Add(job.Matching).Add(job.MatchingIsLeast).Add(job.Done).Add(job.Skipped).Add(job.Cursor)
                .Add(job.CreatedAt).Add(job.FinishedAt).Run();
            return new ReplayStart(ReplayStartOutcome.Started);
        }, cancellation);

    public Task<ReplayJob?> GetReplayAsync(int environmentId, Id<ReplayJob> id, CancellationToken cancellation) =>
        _readers.ReadAsync(connection => ReadOne(connection.Use(SelectReplay).Add(environmentId).Add(id.Value), ReadReplay), cancellation);

    public Task<IReadOnlyList<ReplayJob>> ListReplaysAsync(int environmentId, Id<ReplayJob>? before, int limit, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<ReplayJob>>(connection => ReadAll(
            connection.Use(SelectReplays).Add(environmentId).Add(before?.Value ?? Guid.AllBitsSet).Add(limit), ReadReplay), cancellation);

    public Task<ReplayJob?> CancelReplayAsync(int environmentId, Id<ReplayJob> id, CancellationToken cancellation) =>
        _writer.WriteAsync(1, connection =>
        {
            connection.Use(EndReplay).Add((long)ReplayState.Cancelled).Add(Now).Add(environmentId).Add(id.Value).Run();
            return ReadOne(connection.Use(SelectReplay).Add(environmentId).Add(id.Value), ReadReplay);
        }, cancellation);

    public async Task<IReadOnlyList<ReplayJob>> ClaimReplaysAsync(int node, int limit, CancellationToken cancellation)
    {
        // Nearly always there is none, which a reader sees without troubling the writer.
        var free = await _readers.ReadAsync(connection => FreeReplays(connection, limit), cancellation);
        if (free.Count == 0) return [];
        return await _writer.WriteAsync(limit, connection =>
        {
            var held = new List<ReplayJob>();
            if (!Lives(connection, node)) return held;
            foreach (var (environmentId, id) in FreeReplays(connection, limit))
                if (ReadOne(connection.Use(HoldReplay).Add(node).Add(environmentId).Add(id), ReadReplay) is { } job) held.Add(job);
            return held;
        }, cancellation);
    }

    static List<(int EnvironmentId, Guid Id)> FreeReplays(Connection connection, int limit) =>
        ReadAll(connection.Use(SelectFreeReplays).Add(limit), row => (row.Int(), row.Guid()));

    public Task ReleaseReplaysAsync(int node, CancellationToken cancellation) =>
        _writer.WriteAsync(1, connection => connection.Use(ReleaseReplays).Add(node).Run(), cancellation);

    public Task<ReplayJob?> AdvanceReplayAsync(int node, ReplayAdvance advance, CancellationToken cancellation) =>
        _writer.WriteAsync(advance.Deliveries.Count + 1, connection => Advance(connection, node, advance), cancellation);

    ReplayJob? Advance(Connection connection, int node, ReplayAdvance advance)
    {
        var (job, now) = (advance.Job, Now);
        if (!Lives(connection, node)) return null;
        using (var row = connection.Use(StandsAt).Add(job.EnvironmentId).Add(job.Id.Value).Add(node).Add(job.Cursor))
            if (!row.Step()) return null;
        var made = 0;
        foreach (var delivery in advance.Deliveries)
        {
            made += connection.Use(InsertReplayDelivery).Add(job.EnvironmentId).Add(delivery.Id.Value).Add(delivery.EventId.Value)
                .Add(delivery.EndpointId.Value).Add(delivery.EventType).Add(delivery.Tenant).Add((long)delivery.Trigger)
                .Add(delivery.ReplayOf?.Value).Add(delivery.Generation).Add(delivery.CreatedAt).Add(now).Run();
        }
        return ReadOne(
            connection.Use(MoveReplay).Add(job.EnvironmentId).Add(job.Id.Value).Add(advance.Cursor).Add(made)
                .Add(advance.Skipped + advance.Deliveries.Count - made).Add((long)advance.State).Add(advance.Reason)
                .Add(advance.State == ReplayState.Running ? null : now), ReadReplay);
    }

    public Task<IReadOnlyDictionary<(Id<Event>, Id<Endpoint>), Id<Delivery>>> FindNewestAsync(
        int environmentId, IReadOnlyList<(Id<Event> Event, Id<Endpoint> Endpoint)> pairs, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyDictionary<(Id<Event>, Id<Endpoint>), Id<Delivery>>>(connection =>
        {
            var newest = new Dictionary<(Id<Event>, Id<Endpoint>), Id<Delivery>>();
            foreach (var (eventId, endpointId) in pairs)
            {
                var (first, after) = (Id<Delivery>.FirstAt(eventId.Time).Value, Id<Delivery>.FirstAt(eventId.Time.AddMilliseconds(1)).Value);
                foreach (var sql in OwnOf)
                    Look(connection.Use(sql).Add(environmentId).Add(first).Add(after).Add(eventId.Value).Add(endpointId.Value), (eventId, endpointId));
                foreach (var sql in ReplaysOf)
                    Look(connection.Use(sql).Add(environmentId).Add(eventId.Value).Add(endpointId.Value), (eventId, endpointId));
            }
            return newest;

            void Look(Statement row, (Id<Event>, Id<Endpoint>) pair)
            {
                using (row)
                    if (row.Step() && new Id<Delivery>(row.Guid()) is var id && (!newest.TryGetValue(pair, out var known) || known.CompareTo(id) < 0)) newest[pair] = id;
            }
        }, cancellation);

    public Task<IReadOnlyList<Id<Delivery>>> FindUntriedAsync(int environmentId, IReadOnlyList<Id<Delivery>> ids, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<Id<Delivery>>>(connection =>
        {
            var untried = new List<Id<Delivery>>();
            foreach (var id in ids)
            {
                using var row = connection.Use(SelectUntried).Add(environmentId).Add(id.Value);
                if (row.Step()) untried.Add(id);
            }
            return untried;
        }, cancellation);

    static ReplayJob ReadReplay(Statement row) => new()
    {
        Id = new(row.Guid()),
        EnvironmentId = row.Int(),
        Key = row.Text(),
        Selection = ReplaySelection.FromJson(row.Text()),
        Rate = row.Int(),
        State = (ReplayState)row.Int(),
        Reason = row.TextOrNull(),
        Matching = row.Int(),
        MatchingIsLeast = row.Bool(),
        Done = row.Int(),
        Skipped = row.Int(),
        Cursor = row.Guid(),
        CreatedAt = row.Time(),
        FinishedAt = row.TimeOrNull(),
    };
}
