using Nova.Model;
using Nova.Storage;
using Npgsql;

namespace Nova.PostgreSql;

/// <summary>Inspectors and what came to them.</summary>
internal sealed partial class PostgreSqlStore : IInspectorStore
{
    const string InspectorColumns = "id, environment_id, token_sha256, url, created_at";

    /// <summary>The count is not locked: two requests at the same moment may make one more than there may be, which is no harm.</summary>
    const string AddInspector = $"""
        INSERT INTO inspectors ({InspectorColumns})
        SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM inspectors WHERE environment_id = $2) < $6
        """;

    /// <inheritdoc/>
    public async Task<bool> AddInspectorAsync(Inspector inspector, int most, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(AddInspector).With(inspector.Id.Value).With(inspector.EnvironmentId).With(inspector.TokenSha256).With(inspector.Url)
            .With((DateTimeOffset?)inspector.CreatedAt).With(most);
        return await batch.ExecuteNonQueryAsync(cancellation) == 1;
    }

    const string ReadInspectors = $"SELECT {InspectorColumns} FROM inspectors WHERE environment_id = $1 ORDER BY id DESC";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Inspector>> ListInspectorsAsync(int environmentId, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(ReadInspectors).With(environmentId);
        return await ReadAllAsync(batch, ReadInspector, cancellation);
    }

    const string FindInspector = $"SELECT {InspectorColumns} FROM inspectors WHERE token_sha256 = $1";

    /// <inheritdoc/>
    public async Task<Inspector?> FindInspectorAsync(byte[] tokenSha256, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(FindInspector).With(tokenSha256);
        return (await ReadAllAsync(batch, ReadInspector, cancellation)).FirstOrDefault();
    }

    const string DeleteInspector = """
        WITH gone AS (DELETE FROM inspectors WHERE environment_id = $1 AND id = $2 RETURNING 1),
            requests AS (DELETE FROM inspected_requests WHERE environment_id = $1 AND inspector_id = $2)
        SELECT count(*) FROM gone
        """;

    /// <inheritdoc/>
    public async Task<bool> DeleteInspectorAsync(int environmentId, Id<Inspector> id, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(DeleteInspector).With(environmentId).With(id.Value);
        return await batch.ExecuteScalarAsync(cancellation) is 1L;
    }

    const string KeepRequest = """
        INSERT INTO inspected_requests (environment_id, inspector_id, id, at, finding, detail, endpoint_id, headers, body)
        SELECT environment_id, id, $3, $4, $5, $6, $7, $8, $9 FROM inspectors WHERE environment_id = $1 AND id = $2
        """;

    const string DropRequests = """
        DELETE FROM inspected_requests WHERE environment_id = $1 AND inspector_id = $2 AND id < (
            SELECT min(id) FROM (
                SELECT id::text AS id FROM inspected_requests WHERE environment_id = $1 AND inspector_id = $2 ORDER BY id DESC LIMIT $3) AS newest)::uuid
        """;

    /// <inheritdoc/>
    public async Task KeepRequestAsync(Inspector inspector, InspectedRequest request, int keep, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(KeepRequest).With(inspector.EnvironmentId).With(inspector.Id.Value).With(request.Id.Value).With((DateTimeOffset?)request.At)
            .With(request.Finding).With(request.Detail).WithMaybe(request.EndpointId?.Value).With(request.Headers.ToArray()).With(request.Body.ToArray());
        batch.Command(DropRequests).With(inspector.EnvironmentId).With(inspector.Id.Value).With((long)keep);
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    const string ReadRequests = """
        SELECT id, at, finding, detail, endpoint_id, headers, body FROM inspected_requests
        WHERE environment_id = $1 AND inspector_id = $2 ORDER BY id DESC
        """;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<InspectedRequest>> ListRequestsAsync(int environmentId, Id<Inspector> id, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(ReadRequests).With(environmentId).With(id.Value);
        return await ReadAllAsync(batch, reader => new InspectedRequest
        {
            Id = new(reader.GetGuid(0)),
            At = reader.GetFieldValue<DateTimeOffset>(1),
            Finding = MaybeText(reader, 2),
            Detail = MaybeText(reader, 3),
            EndpointId = reader.IsDBNull(4) ? null : new Id<Endpoint>(reader.GetGuid(4)),
            Headers = reader.GetFieldValue<byte[]>(5),
            Body = reader.GetFieldValue<byte[]>(6),
        }, cancellation);
    }

    const string CleanInspected = """
        DELETE FROM inspected_requests WHERE ctid = ANY (ARRAY (SELECT ctid FROM inspected_requests WHERE at < $1 ORDER BY at LIMIT $2))
        """;

    /// <inheritdoc/>
    public async Task<bool> CleanInspectorsAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(CleanInspected).With((DateTimeOffset?)before).With((long)CleanPiece);
        return await batch.ExecuteNonQueryAsync(cancellation) == CleanPiece;
    }

    static Inspector ReadInspector(NpgsqlDataReader reader) => new(
        new Id<Inspector>(reader.GetGuid(0)), reader.GetInt32(1), reader.GetFieldValue<byte[]>(2), reader.GetString(3),
        reader.GetFieldValue<DateTimeOffset>(4));
}
