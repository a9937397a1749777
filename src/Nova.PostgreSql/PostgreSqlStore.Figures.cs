using Nova.Model;
using Nova.Storage;
using Npgsql;

namespace Nova.PostgreSql;

internal sealed partial class PostgreSqlStore : IFiguresStore
{
    /// <summary>Rows of group commits added in one transaction: some tens of milliseconds.</summary>
    const int FoldPiece = 500;

    /// <summary>Advisory lock of the node that folds: one at a time, so that none waits for another's rows. "figr" in ASCII.</summary>
    const long FoldLock = 0x66696772;

    const string InsertPending = "INSERT INTO pending_figures (at, data) VALUES (COALESCE($1, now()), $2)";

    const string InsertNoted = "INSERT INTO pending_figures (at, data) SELECT * FROM unnest($1::timestamptz[], $2::bytea[])";

    const string TakeFoldLock = $"SELECT pg_try_advisory_xact_lock($1)";

    const string TakePending = """
        DELETE FROM pending_figures WHERE ctid = ANY (ARRAY (SELECT ctid FROM pending_figures LIMIT $1)) RETURNING at, data
        """;

    const string ReadPending = "SELECT at, data FROM pending_figures";

    const string FiguresColumns = """
        f.at, f.delivered, f.failed, f.retried, f.attempts, f.attempts_failed, f.latency_us, f.requests, f.requests_failed, f.requests_us,
        f.scores_completed, f.accepted, f.latency
        """;

    const string ReadRange = $"""
        SELECT {FiguresColumns} FROM figures f WHERE environment_id = $1 AND span = $2 AND at >= $3 AND at < $4 ORDER BY at
        """;

    const string ReadForFold = $"""
        SELECT {FiguresColumns}, f.environment_id, f.span FROM unnest($1::integer[], $2::smallint[], $3::timestamptz[]) AS k (environment_id, span, at)
        JOIN figures f ON f.environment_id = k.environment_id AND f.span = k.span AND f.at = k.at
        """;

    const string UpsertFigures = """
        INSERT INTO figures (environment_id, span, at, delivered, failed, retried, attempts, attempts_failed, latency_us, requests, requests_failed,
            requests_us, scores_completed, accepted, latency)
        SELECT * FROM unnest($1::integer[], $2::smallint[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
            $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bytea[])
        ON CONFLICT (environment_id, span, at) DO UPDATE SET delivered = EXCLUDED.delivered, failed = EXCLUDED.failed, retried = EXCLUDED.retried,
            attempts = EXCLUDED.attempts, attempts_failed = EXCLUDED.attempts_failed, latency_us = EXCLUDED.latency_us, requests = EXCLUDED.requests,
            requests_failed = EXCLUDED.requests_failed, requests_us = EXCLUDED.requests_us, scores_completed = EXCLUDED.scores_completed,
            accepted = EXCLUDED.accepted, latency = EXCLUDED.latency
        """;

    const string UpsertEndpointFigures = """
        INSERT INTO endpoint_figures AS f (environment_id, span, at, endpoint_id, delivered, failed, attempts, attempts_failed, last_at)
        SELECT * FROM unnest($1::integer[], $2::smallint[], $3::timestamptz[], $4::uuid[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
            $9::timestamptz[])
        ON CONFLICT (environment_id, span, at, endpoint_id) DO UPDATE SET delivered = f.delivered + EXCLUDED.delivered,
            failed = f.failed + EXCLUDED.failed, attempts = f.attempts + EXCLUDED.attempts,
            attempts_failed = f.attempts_failed + EXCLUDED.attempts_failed, last_at = greatest(f.last_at, EXCLUDED.last_at)
        """;

    /// <summary>The example is the last one that ended, or the last one where none has.</summary>
    const string UpsertFailureFigures = """
        INSERT INTO failure_figures AS f (environment_id, at, endpoint_id, cause, failed, attempts, first_at, last_at, example_id, example_ended)
        SELECT * FROM unnest($1::integer[], $2::timestamptz[], $3::uuid[], $4::smallint[], $5::bigint[], $6::bigint[], $7::timestamptz[],
            $8::timestamptz[], $9::uuid[], $10::boolean[])
        ON CONFLICT (environment_id, at, endpoint_id, cause) DO UPDATE SET failed = f.failed + EXCLUDED.failed,
            attempts = f.attempts + EXCLUDED.attempts, first_at = least(f.first_at, EXCLUDED.first_at), last_at = greatest(f.last_at, EXCLUDED.last_at),
            example_id = CASE WHEN EXCLUDED.example_ended >= f.example_ended THEN EXCLUDED.example_id ELSE f.example_id END,
            example_ended = EXCLUDED.example_ended OR f.example_ended
        """;

    /// <inheritdoc/>
    public async Task NoteAsync(IReadOnlyList<NotedFigures> figures, CancellationToken cancellation)
    {
        if (figures.Count == 0) return;
        await using var batch = _calm.CreateBatch();
        batch.Command(InsertNoted).With(figures.ColumnOf(noted => noted.At.UtcDateTime)).With(figures.ColumnOf(noted => noted.ToBytes()));
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    /// <inheritdoc/>
    /// <remarks>Two messages to the server and back, and a third to commit; nothing is written while there is nothing to add.</remarks>
    public Task<bool> FoldAsync(CancellationToken cancellation) => RepeatedlyAsync(() => FoldOnceAsync(cancellation));

    async Task<bool> FoldOnceAsync(CancellationToken cancellation)
    {
        await using var connection = await _calm.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var take = new NpgsqlBatch(connection))
        {
            take.Command(TakeFoldLock).With(FoldLock);
            if (await take.ExecuteScalarAsync(cancellation) is not true) return false;
        }
        var (sum, count) = (new FiguresSum(), 0);
        await using (var take = new NpgsqlBatch(connection))
        {
            take.Command(TakePending).With((long)FoldPiece);
            await using var reader = await take.ExecuteReaderAsync(cancellation);
            for (; await reader.ReadAsync(cancellation); count++) sum.Add(reader.GetFieldValue<DateTimeOffset>(0), reader.GetFieldValue<byte[]>(1));
        }
        if (count == 0) return false;

        var environments = sum.Environments.ToArray();
        await using (var read = new NpgsqlBatch(connection))
        {
            AddKeys(read.Command(ReadForFold), environments);
            await using var reader = await read.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
                sum.Environments[(reader.GetInt32(13), (FiguresSpan)reader.GetInt16(14), reader.GetFieldValue<DateTimeOffset>(0))].Add(ReadFigures(reader).Figures);
        }
        await using (var write = new NpgsqlBatch(connection))
        {
            AddFold(write, environments, [.. sum.Endpoints], [.. sum.Failures]);
            await write.ExecuteNonQueryAsync(cancellation);
        }
        await transaction.CommitAsync(cancellation);
        return count == FoldPiece;
    }

    static NpgsqlBatchCommand AddKeys(NpgsqlBatchCommand command, KeyValuePair<(int EnvironmentId, FiguresSpan Span, DateTimeOffset At), Figures>[] rows) => command
        .With(rows.ColumnOf(row => row.Key.EnvironmentId)).With(rows.ColumnOf(row => (short)row.Key.Span)).With(rows.ColumnOf(row => row.Key.At.UtcDateTime));

    static void AddFold(
        NpgsqlBatch batch,
        KeyValuePair<(int EnvironmentId, FiguresSpan Span, DateTimeOffset At), Figures>[] environments,
        KeyValuePair<(int EnvironmentId, FiguresSpan Span, DateTimeOffset At, Id<Endpoint> EndpointId), EndpointFigures>[] endpoints,
        KeyValuePair<(int EnvironmentId, DateTimeOffset At, Id<Endpoint> EndpointId, short Cause), FailureFigures>[] failures)
    {
        AddKeys(batch.Command(UpsertFigures), environments)
            .With(environments.ColumnOf(row => row.Value.Delivered)).With(environments.ColumnOf(row => row.Value.Failed))
            .With(environments.ColumnOf(row => row.Value.Retried)).With(environments.ColumnOf(row => row.Value.Attempts))
            .With(environments.ColumnOf(row => row.Value.AttemptsFailed)).With(environments.ColumnOf(row => row.Value.LatencyUs))
            .With(environments.ColumnOf(row => row.Value.Requests)).With(environments.ColumnOf(row => row.Value.RequestsFailed))
            .With(environments.ColumnOf(row => row.Value.RequestsUs)).With(environments.ColumnOf(row => row.Value.ScoresCompleted))
            .With(environments.ColumnOf(row => row.Value.Accepted)).With(environments.ColumnOf(row => BytesOf(row.Value.Latency)));
        if (endpoints.Length > 0)
        {
            batch.Command(UpsertEndpointFigures).With(endpoints.ColumnOf(row => row.Key.EnvironmentId)).With(endpoints.ColumnOf(row => (short)row.Key.Span))
                .With(endpoints.ColumnOf(row => row.Key.At.UtcDateTime)).With(endpoints.ColumnOf(row => row.Key.EndpointId.Value))
                .With(endpoints.ColumnOf(row => row.Value.Delivered)).With(endpoints.ColumnOf(row => row.Value.Failed))
                .With(endpoints.ColumnOf(row => row.Value.Attempts)).With(endpoints.ColumnOf(row => row.Value.AttemptsFailed))
                .With(endpoints.ColumnOf(row => row.Value.LastAt.UtcDateTime));
        }
        if (failures.Length > 0)
        {
            batch.Command(UpsertFailureFigures).With(failures.ColumnOf(row => row.Key.EnvironmentId)).With(failures.ColumnOf(row => row.Key.At.UtcDateTime))
                .With(failures.ColumnOf(row => row.Key.EndpointId.Value)).With(failures.ColumnOf(row => row.Key.Cause))
                .With(failures.ColumnOf(row => row.Value.Failed)).With(failures.ColumnOf(row => row.Value.Attempts))
                .With(failures.ColumnOf(row => row.Value.FirstAt.UtcDateTime)).With(failures.ColumnOf(row => row.Value.LastAt.UtcDateTime))
                .With(failures.ColumnOf(row => row.Value.Example.Value)).With(failures.ColumnOf(row => row.Value.ExampleEnded));
        }
    }

    static byte[] BytesOf(LatencyHistogram histogram)
    {
        var writer = new FiguresWriter();
        writer.Latencies(histogram);
        return writer.ToBytes();
    }

    static (DateTimeOffset At, Figures Figures) ReadFigures(NpgsqlDataReader reader) => (reader.GetFieldValue<DateTimeOffset>(0), new Figures
    {
        Delivered = reader.GetInt64(1),
        Failed = reader.GetInt64(2),
        Retried = reader.GetInt64(3),
        Attempts = reader.GetInt64(4),
        AttemptsFailed = reader.GetInt64(5),
        LatencyUs = reader.GetInt64(6),
        Requests = reader.GetInt64(7),
        RequestsFailed = reader.GetInt64(8),
        RequestsUs = reader.GetInt64(9),
        ScoresCompleted = reader.GetInt64(10),
        Accepted = reader.GetInt64(11),
        Latency = FiguresReader.Histogram(reader.GetFieldValue<byte[]>(12)),
    });

    /// <summary>Runs the statements and reads what is pending, in one snapshot: a fold in between would count it twice, or not at all.</summary>
    async Task<T> ReadWithPendingAsync<T>(Action<NpgsqlBatch> add, Func<NpgsqlDataReader, FiguresSum, Task<T>> read, CancellationToken cancellation)
    {
        await using var connection = await _calm.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
        await using var batch = new NpgsqlBatch(connection);
        batch.Command(ReadPending);
        add(batch);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var sum = new FiguresSum();
        while (await reader.ReadAsync(cancellation)) sum.Add(reader.GetFieldValue<DateTimeOffset>(0), reader.GetFieldValue<byte[]>(1));
        await reader.NextResultAsync(cancellation);
        return await read(reader, sum);
    }

    static async Task<List<T>> RowsOfAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation)) rows.Add(read(reader));
        return rows;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<(DateTimeOffset At, Figures Figures)>> ReadFiguresAsync(
        int environmentId, FiguresSpan span, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation) => ReadWithPendingAsync(
        batch => batch.Command(ReadRange).With(environmentId).With((short)span).With((DateTimeOffset?)from).With((DateTimeOffset?)until),
        async (reader, pending) => FiguresMerge.Figures(await RowsOfAsync(reader, ReadFigures, cancellation), pending, environmentId, span, from, until),
        cancellation);

    const string ReadEndpointRange = """
        SELECT at, endpoint_id, delivered, failed, attempts, attempts_failed, last_at FROM endpoint_figures
        WHERE environment_id = $1 AND span = $2 AND at >= $3 AND at < $4 ORDER BY at
        """;

    /// <inheritdoc/>
    public Task<IReadOnlyList<EndpointRow>> ReadEndpointsAsync(
        int environmentId, FiguresSpan span, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation) => ReadWithPendingAsync(
        batch => batch.Command(ReadEndpointRange).With(environmentId).With((short)span).With((DateTimeOffset?)from).With((DateTimeOffset?)until),
        async (reader, pending) => FiguresMerge.Endpoints(
            await RowsOfAsync(reader, row => new EndpointRow(row.GetFieldValue<DateTimeOffset>(0), new(row.GetGuid(1)), new EndpointFigures
            {
                Delivered = row.GetInt64(2), Failed = row.GetInt64(3), Attempts = row.GetInt64(4), AttemptsFailed = row.GetInt64(5),
                LastAt = row.GetFieldValue<DateTimeOffset>(6),
            }), cancellation),
            pending, environmentId, span, from, until),
        cancellation);

    const string ReadFailureRange = """
        SELECT endpoint_id, cause, failed, attempts, first_at, last_at, example_id, example_ended FROM failure_figures
        WHERE environment_id = $1 AND at >= $2 AND at < $3 ORDER BY at
        """;

    const string ReadFailing = "SELECT endpoint_id, failing_since FROM endpoint_health WHERE environment_id = $1";

    /// <inheritdoc/>
    public Task<IReadOnlyList<FailureRow>> ReadFailuresAsync(int environmentId, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation) =>
        ReadWithPendingAsync(
            batch =>
            {
                batch.Command(ReadFailureRange).With(environmentId).With((DateTimeOffset?)from).With((DateTimeOffset?)until);
                batch.Command(ReadFailing).With(environmentId);
            },
            async (reader, pending) =>
            {
                var rows = await RowsOfAsync(reader, row => (new Id<Endpoint>(row.GetGuid(0)), row.GetInt16(1), new FailureFigures
                {
                    Failed = row.GetInt64(2), Attempts = row.GetInt64(3), FirstAt = row.GetFieldValue<DateTimeOffset>(4),
                    LastAt = row.GetFieldValue<DateTimeOffset>(5), Example = new(row.GetGuid(6)), ExampleEnded = row.GetBoolean(7),
                }), cancellation);
                await reader.NextResultAsync(cancellation);
                var failing = await RowsOfAsync(reader, row => (new Id<Endpoint>(row.GetGuid(0)), row.GetFieldValue<DateTimeOffset>(1)), cancellation);
                return FiguresMerge.Failures(rows, pending, environmentId, from, until, failing.ToDictionary());
            },
            cancellation);

    /// <summary>By environment, so that each is a range of the key.</summary>
    const string CleanFigures = """
        WITH e AS (SELECT id FROM environments UNION ALL SELECT 0), f AS (
            DELETE FROM figures f USING e WHERE f.environment_id = e.id AND f.span = $1 AND f.at < $2
        )
        DELETE FROM endpoint_figures f USING e WHERE f.environment_id = e.id AND f.span = $1 AND f.at < $2
        """;

    const string CleanFailures = "DELETE FROM failure_figures f USING environments e WHERE f.environment_id = e.id AND f.at < $1";

    /// <inheritdoc/>
    public async Task CleanFiguresAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        foreach (var span in Enum.GetValues<FiguresSpan>())
            batch.Command(CleanFigures).With((short)span).With((DateTimeOffset?)(now - FiguresKept.For(span)));
        batch.Command(CleanFailures).With((DateTimeOffset?)(now - FiguresKept.Hours));
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    const string ReadSize = "SELECT pg_database_size(current_database())";

    /// <inheritdoc/>
    public async Task<long> GetSizeAsync(CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(ReadSize);
        return (long)(await batch.ExecuteScalarAsync(cancellation))!; // A size is never null.
    }
}
