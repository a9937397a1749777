using Nova.Model;
using Nova.Storage;

namespace Nova.Sqlite;

internal sealed partial class SqliteStore : IFiguresStore
{
    // Rows of group commits added in one transaction: some milliseconds of the writer.
    const int FoldPiece = 200;

    const string InsertPending = "INSERT INTO pending_figures (at, data) VALUES (?, ?)";

    const string SelectPending = "SELECT id, at, data FROM pending_figures ORDER BY id LIMIT ?";

    const string DeletePending = "DELETE FROM pending_figures WHERE id <= ?";

    const string SelectFigures =
        """
        SELECT at, delivered, failed, retried, attempts, attempts_failed, latency_us, requests, requests_failed, requests_us, scores_completed,
          accepted, latency
        FROM figures WHERE environment_id = ? AND span = ? AND at >= ? AND at < ? ORDER BY at
        """;

    const string UpsertFigures =
        """
        INSERT OR REPLACE INTO figures (environment_id, span, at, delivered, failed, retried, attempts, attempts_failed, latency_us, requests,
          requests_failed, requests_us, scores_completed, accepted, latency)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """;

    const string SelectEndpointFigures =
        """
        SELECT at, endpoint_id, delivered, failed, attempts, attempts_failed, last_at
        FROM endpoint_figures WHERE environment_id = ? AND span = ? AND at >= ? AND at < ? ORDER BY at
        """;

    const string UpsertEndpointFigures =
        """
        INSERT INTO endpoint_figures AS f (environment_id, span, at, endpoint_id, delivered, failed, attempts, attempts_failed, last_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET delivered = f.delivered + excluded.delivered, failed = f.failed + excluded.failed,
          attempts = f.attempts + excluded.attempts, attempts_failed = f.attempts_failed + excluded.attempts_failed,
          last_at = max(f.last_at, excluded.last_at)
        """;

    const string SelectFailureFigures =
        """
        SELECT endpoint_id, cause, failed, attempts, first_at, last_at, example_id, example_ended
        FROM failure_figures WHERE environment_id = ? AND at >= ? AND at < ? ORDER BY at
        """;

    // The example is the last one that ended, or the last one where none has.
    const string UpsertFailureFigures =
        """
        INSERT INTO failure_figures AS f
          (environment_id, at, endpoint_id, cause, failed, attempts, first_at, last_at, example_id, example_ended)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET failed = f.failed + excluded.failed, attempts = f.attempts + excluded.attempts,
          first_at = min(f.first_at, excluded.first_at), last_at = max(f.last_at, excluded.last_at),
          example_id = CASE WHEN excluded.example_ended >= f.example_ended THEN excluded.example_id ELSE f.example_id END,
          example_ended = max(f.example_ended, excluded.example_ended)
        """;

    const string SelectFailing = "SELECT endpoint_id, failing_since FROM endpoint_health WHERE environment_id = ? AND failing_since IS NOT NULL";

    public Task NoteAsync(IReadOnlyList<NotedFigures> figures, CancellationToken cancellation) =>
        _writer.WriteAsync(figures.Count, connection =>
        {
            foreach (var noted in figures) connection.Use(InsertPending).Add(noted.At).Add(noted.ToBytes()).Run();
            return true;
        }, cancellation);

    /// <remarks>A reader looks first, so that while nothing happens the writer has nothing to do.</remarks>
    public async Task<bool> FoldAsync(CancellationToken cancellation)
    {
        var any = await _readers.ReadAsync(connection => ReadAll(connection.Use(SelectPending).Add(1), row => row.Long()).Count > 0, cancellation);
        return any && await _writer.WriteAsync(FoldPiece, Fold, cancellation);
    }

    static bool Fold(Connection connection)
    {
        var (sum, last, count) = Pending(connection, FoldPiece);
        if (count == 0) return false;
        connection.Use(DeletePending).Add(last).Run();
        foreach (var ((environmentId, span, at), added) in sum.Environments)
        {
            foreach (var (_, before) in ReadFigures(connection, environmentId, span, at, at + span.Length())) added.Add(before);
            var latencies = new FiguresWriter();
            latencies.Latencies(added.Latency);
            connection.Use(UpsertFigures).Add(environmentId).Add((long)span).Add(at).Add(added.Delivered).Add(added.Failed).Add(added.Retried)
                .Add(added.Attempts).Add(added.AttemptsFailed).Add(added.LatencyUs).Add(added.Requests).Add(added.RequestsFailed)
                .Add(added.RequestsUs).Add(added.ScoresCompleted).Add(added.Accepted).Add(latencies.ToBytes()).Run();
        }
        foreach (var ((environmentId, span, at, endpointId), added) in sum.Endpoints)
        {
            connection.Use(UpsertEndpointFigures).Add(environmentId).Add((long)span).Add(at).Add(endpointId.Value).Add(added.Delivered)
                .Add(added.Failed).Add(added.Attempts).Add(added.AttemptsFailed).Add(added.LastAt).Run();
        }
        foreach (var ((environmentId, at, endpointId, cause), added) in sum.Failures)
        {
            connection.Use(UpsertFailureFigures).Add(environmentId).Add(at).Add(endpointId.Value).Add(cause).Add(added.Failed).Add(added.Attempts)
                .Add(added.FirstAt).Add(added.LastAt).Add(added.Example.Value).Add(added.ExampleEnded).Run();
        }
        return count == FoldPiece;
    }

    /// <summary>What has been written and not folded yet.</summary>
    static (FiguresSum Sum, long Last, int Count) Pending(Connection connection, int most)
    {
        var (sum, last, count) = (new FiguresSum(), 0L, 0);
        using var rows = connection.Use(SelectPending).Add(most);
        while (rows.Step())
        {
            last = rows.Long();
            sum.Add(rows.Time(), rows.Bytes());
            count++;
        }
        return (sum, last, count);
    }

    static List<(DateTimeOffset At, Figures Figures)> ReadFigures(
        Connection connection, int environmentId, FiguresSpan span, DateTimeOffset from, DateTimeOffset until) =>
        ReadAll(connection.Use(SelectFigures).Add(environmentId).Add((long)span).Add(from).Add(until), row => (row.Time(), new Figures
        {
            Delivered = row.Long(),
            Failed = row.Long(),
            Retried = row.Long(),
            Attempts = row.Long(),
            AttemptsFailed = row.Long(),
            LatencyUs = row.Long(),
            Requests = row.Long(),
            RequestsFailed = row.Long(),
            RequestsUs = row.Long(),
            ScoresCompleted = row.Long(),
            Accepted = row.Long(),
            Latency = FiguresReader.Histogram(row.Bytes()),
        }));

    public Task<IReadOnlyList<(DateTimeOffset At, Figures Figures)>> ReadFiguresAsync(
        int environmentId, FiguresSpan span, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation) =>
        _readers.ReadAsync(connection => FiguresMerge.Figures(
            ReadFigures(connection, environmentId, span, from, until), Pending(connection, int.MaxValue).Sum, environmentId, span, from, until), cancellation);

    public Task<IReadOnlyList<EndpointRow>> ReadEndpointsAsync(
        int environmentId, FiguresSpan span, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation) =>
        _readers.ReadAsync(connection => FiguresMerge.Endpoints(
            ReadAll(connection.Use(SelectEndpointFigures).Add(environmentId).Add((long)span).Add(from).Add(until),
                row => new EndpointRow(row.Time(), new(row.Guid()), new EndpointFigures
                {
                    Delivered = row.Long(), Failed = row.Long(), Attempts = row.Long(), AttemptsFailed = row.Long(), LastAt = row.Time(),
                })),
            Pending(connection, int.MaxValue).Sum, environmentId, span, from, until), cancellation);

    public Task<IReadOnlyList<FailureRow>> ReadFailuresAsync(int environmentId, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation) =>
        _readers.ReadAsync(connection => FiguresMerge.Failures(
            ReadAll(connection.Use(SelectFailureFigures).Add(environmentId).Add(from).Add(until),
                row => (new Id<Endpoint>(row.Guid()), (short)row.Int(), new FailureFigures
                {
                    Failed = row.Long(), Attempts = row.Long(), FirstAt = row.Time(), LastAt = row.Time(), Example = new(row.Guid()), ExampleEnded = row.Bool(),
                })),
            Pending(connection, int.MaxValue).Sum, environmentId, from, until,
            ReadAll(connection.Use(SelectFailing).Add(environmentId), row => (new Id<Endpoint>(row.Guid()), row.Time())).ToDictionary()), cancellation);

    public Task CleanFiguresAsync(DateTimeOffset now, CancellationToken cancellation) => _writer.WriteAsync(FoldPiece, connection =>
    {
        foreach (var environmentId in ReadAll(connection.Use("SELECT id FROM environments"), row => row.Int()).Prepend(Figures.Everybody))
        {
            foreach (var span in Enum.GetValues<FiguresSpan>())
            {
                var before = now - FiguresKept.For(span);
                connection.Use("DELETE FROM figures WHERE environment_id = ? AND span = ? AND at < ?").Add(environmentId).Add((long)span).Add(before).Run();
                connection.Use("DELETE FROM endpoint_figures WHERE environment_id = ? AND span = ? AND at < ?")
                    .Add(environmentId).Add((long)span).Add(before).Run();
            }
            connection.Use("DELETE FROM failure_figures WHERE environment_id = ? AND at < ?").Add(environmentId).Add(now - FiguresKept.Hours).Run();
        }
        return true;
    }, cancellation);

    public Task<long> GetSizeAsync(CancellationToken cancellation) =>
        Task.FromResult(new[] { _path, _path + "-wal" }.Select(path => new FileInfo(path)).Where(file => file.Exists).Sum(file => file.Length));
}
