using Nova.Model;
using Nova.Storage;

namespace Nova.PostgreSql;

/// <summary>Saved views.</summary>
internal sealed partial class PostgreSqlStore : ISavedViewStore
{
    /// <summary>The count is not locked: two requests at the same moment may make one more than there may be, which is no harm.</summary>
    const string UpsertView = """
        INSERT INTO saved_views (id, environment_id, name, query, created_at)
        SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM saved_views WHERE environment_id = $2 AND name <> $3) < $6
        ON CONFLICT (environment_id, name) DO UPDATE SET id = excluded.id, query = excluded.query, created_at = excluded.created_at
        """;

    /// <inheritdoc/>
    public async Task<bool> SaveViewAsync(SavedView view, int most, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(UpsertView).With(view.Id.Value).With(view.EnvironmentId).With(view.Name).With(view.Query)
            .With((DateTimeOffset?)view.CreatedAt).With(most);
        return await batch.ExecuteNonQueryAsync(cancellation) == 1;
    }

    const string ReadViews = "SELECT id, environment_id, name, query, created_at FROM saved_views WHERE environment_id = $1 ORDER BY name";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SavedView>> ListViewsAsync(int environmentId, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(ReadViews).With(environmentId);
        return await ReadAllAsync(batch, reader => new SavedView(
            new Id<SavedView>(reader.GetGuid(0)), reader.GetInt32(1), reader.GetString(2), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4)), cancellation);
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteViewAsync(int environmentId, Id<SavedView> id, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command("DELETE FROM saved_views WHERE environment_id = $1 AND id = $2").With(environmentId).With(id.Value);
        return await batch.ExecuteNonQueryAsync(cancellation) == 1;
    }
}
