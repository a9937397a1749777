using Nova.Model;
using Nova.Storage;

namespace Nova.Sqlite;

internal sealed partial class SqliteStore : IInspectorStore
{
    const string InspectorColumns = "id, environment_id, token_sha256, url, created_at";

    const string DeleteRequestsBeyond =
        """
        DELETE FROM inspected_requests WHERE environment_id = ?1 AND inspector_id = ?2 AND id NOT IN (
          SELECT id FROM inspected_requests WHERE environment_id = ?1 AND inspector_id = ?2 ORDER BY id DESC LIMIT ?3)
        """;

    const string InsertRequest =
        """
        INSERT INTO inspected_requests (environment_id, inspector_id, id, at, finding, detail, endpoint_id, headers, body)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 FROM inspectors WHERE environment_id = ?1 AND id = ?2)
        """;

    const string SelectRequests =
        """
        SELECT id, at, finding, detail, endpoint_id, headers, body FROM inspected_requests
        WHERE environment_id = ? AND inspector_id = ? ORDER BY id DESC
        """;

    const string DeleteOldRequests =
        """
        DELETE FROM inspected_requests WHERE (environment_id, inspector_id, id) IN (
          SELECT environment_id, inspector_id, id FROM inspected_requests INDEXED BY inspected_requests_by_age WHERE at < ? LIMIT ?)
        """;

    public Task<bool> AddInspectorAsync(Inspector inspector, int most, CancellationToken cancellation) =>
        _writer.WriteAsync(1, connection => connection
            .Use("INSERT INTO inspectors (" + InspectorColumns + ") SELECT ?1, ?2, ?3, ?4, ?5 WHERE (SELECT count(*) FROM inspectors WHERE environment_id = ?2) < ?6")
            .Add(inspector.Id.Value).Add(inspector.EnvironmentId).Add(inspector.TokenSha256).Add(inspector.Url).Add(inspector.CreatedAt).Add(most)
            .Run() == 1, cancellation);

    public Task<IReadOnlyList<Inspector>> ListInspectorsAsync(int environmentId, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<Inspector>>(connection => ReadAll(
            connection.Use("SELECT " + InspectorColumns + " FROM inspectors WHERE environment_id = ? ORDER BY id DESC").Add(environmentId), ReadInspector), cancellation);

    public Task<Inspector?> FindInspectorAsync(byte[] tokenSha256, CancellationToken cancellation) =>
        _readers.ReadAsync(connection => ReadOne(
            connection.Use("SELECT " + InspectorColumns + " FROM inspectors WHERE token_sha256 = ?").Add(tokenSha256), ReadInspector), cancellation);

    public Task<bool> DeleteInspectorAsync(int environmentId, Id<Inspector> id, CancellationToken cancellation) =>
        _writer.WriteAsync(60, connection =>
        {
            connection.Use("DELETE FROM inspected_requests WHERE environment_id = ? AND inspector_id = ?").Add(environmentId).Add(id.Value).Run();
            return connection.Use("DELETE FROM inspectors WHERE environment_id = ? AND id = ?").Add(environmentId).Add(id.Value).Run() == 1;
        }, cancellation);

    public Task KeepRequestAsync(Inspector inspector, InspectedRequest request, int keep, CancellationToken cancellation) =>
        _writer.WriteAsync(2, connection =>
        {
            connection.Use(InsertRequest).Add(inspector.EnvironmentId).Add(inspector.Id.Value).Add(request.Id.Value).Add(request.At)
                .Add(request.Finding).Add(request.Detail).Add(request.EndpointId?.Value).Add(request.Headers).Add(request.Body).Run();
            return connection.Use(DeleteRequestsBeyond).Add(inspector.EnvironmentId).Add(inspector.Id.Value).Add(keep).Run();
        }, cancellation);

    public Task<IReadOnlyList<InspectedRequest>> ListRequestsAsync(int environmentId, Id<Inspector> id, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<InspectedRequest>>(connection => ReadAll(
            connection.Use(SelectRequests).Add(environmentId).Add(id.Value), row => new InspectedRequest
            {
                Id = new(row.Guid()),
                At = row.Time(),
                Finding = row.TextOrNull(),
                Detail = row.TextOrNull(),
                EndpointId = row.GuidOrNull() is { } endpoint ? new Id<Endpoint>(endpoint) : null,
                Headers = row.Bytes(),
                Body = row.Bytes(),
            }), cancellation);

    public Task<bool> CleanInspectorsAsync(DateTimeOffset before, CancellationToken cancellation) =>
        _writer.WriteAsync(CleanPiece, connection => connection.Use(DeleteOldRequests).Add(before).Add(CleanPiece).Run() == CleanPiece, cancellation);

    static Inspector ReadInspector(Statement row) => new(new(row.Guid()), row.Int(), row.Bytes(), row.Text(), row.Time());
}
