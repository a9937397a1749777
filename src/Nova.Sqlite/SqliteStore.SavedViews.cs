using Nova.Model;
using Nova.Storage;

namespace Nova.Sqlite;

internal sealed partial class SqliteStore : ISavedViewStore
{
    const string UpsertView =
        """
        INSERT INTO saved_views (id, environment_id, name, query, created_at)
        SELECT ?1, ?2, ?3, ?4, ?5 WHERE (SELECT count(*) FROM saved_views WHERE environment_id = ?2 AND name <> ?3) < ?6
        ON CONFLICT (environment_id, name) DO UPDATE SET id = excluded.id, query = excluded.query, created_at = excluded.created_at
        """;

    public Task<bool> SaveViewAsync(SavedView view, int most, CancellationToken cancellation) =>
        _writer.WriteAsync(1, connection => connection.Use(UpsertView)
            .Add(view.Id.Value).Add(view.EnvironmentId).Add(view.Name).Add(view.Query).Add(view.CreatedAt).Add(most).Run() == 1, cancellation);

    public Task<IReadOnlyList<SavedView>> ListViewsAsync(int environmentId, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<SavedView>>(connection => ReadAll(
            connection.Use("SELECT id, environment_id, name, query, created_at FROM saved_views WHERE environment_id = ? ORDER BY name").Add(environmentId),
            row => new SavedView(new(row.Guid()), row.Int(), row.Text(), row.Text(), row.Time())), cancellation);

    public Task<bool> DeleteViewAsync(int environmentId, Id<SavedView> id, CancellationToken cancellation) =>
        _writer.WriteAsync(1, connection => connection
            .Use("DELETE FROM saved_views WHERE environment_id = ? AND id = ?").Add(environmentId).Add(id.Value).Run() == 1, cancellation);
}
