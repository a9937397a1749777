using Nova.Model;
using Nova.Storage;

namespace Nova.Sqlite;

internal sealed partial class SqliteStore
{
    const string SelectAccounts =
        """
        SELECT id, product, external_id, name, plan, created_at, limit_endpoints, limit_custom_headers, limit_requests_per_second
        FROM accounts WHERE version > ?
        """;

    const string SelectApiKeys =
        "SELECT id, environment_id, name, sha256, masked, created_at, last_used_at, revoked_at FROM api_keys WHERE version > ?";

    const string SelectOperatorKeys =
        "SELECT id, name, sha256, masked, scopes, created_at, last_used_at, revoked_at FROM operator_keys WHERE version > ?";

    const string SelectEndpoints =
        """
        SELECT id, environment_id, name, description, url, event_types, headers, headers_key_id, secrets, enabled,
          disabled_reason, disabled_at, deleted_at, generation, created_at, updated_at, url_changed_at
        FROM endpoints WHERE version > ?
        """;

    public Task<DirectoryChanges> ReadChangesAsync(long since, CancellationToken cancellation) =>
        _readers.ReadAsync(connection => ReadChanges(connection, since), cancellation);

    static DirectoryChanges ReadChanges(Connection connection, long since)
    {
        long version;
        using (var row = connection.Use("SELECT version FROM directory_version"))
        {
            row.Step();
            version = row.Long();
        }
        return new DirectoryChanges(
            version,
            Since(connection, SelectAccounts, since, ReadAccount),
            Since(connection, "SELECT id, account_id, name FROM environments WHERE version > ?", since,
                row => new AccountEnvironment(row.Int(), new(row.Guid()), (EnvironmentName)row.Int())),
            Since(connection, SelectApiKeys, since, ReadApiKey),
            Since(connection, SelectOperatorKeys, since, ReadOperatorKey),
            Since(connection, SelectEndpoints, since, ReadEndpoint));
    }

    static List<T> Since<T>(Connection connection, string sql, long since, Func<Statement, T> read)
    {
        using var rows = connection.Use(sql).Add(since);
        var list = new List<T>();
        while (rows.Step()) list.Add(read(rows));
        return list;
    }

    static Account ReadAccount(Statement row) =>
        new(new(row.Guid()), row.Text(), row.TextOrNull(), row.Text(), row.TextOrNull(), row.Time())
        {
            Overrides = new LimitOverrides(row.IntOrNull(), row.IntOrNull(), row.IntOrNull()),
        };

    static ApiKey ReadApiKey(Statement row) => new(
        new(row.Guid()), row.Int(), row.TextOrNull(), row.Bytes(), row.Text(), row.Time(), row.TimeOrNull(), row.TimeOrNull());

    static OperatorKey ReadOperatorKey(Statement row) => new(
        new(row.Guid()), row.TextOrNull(), row.Bytes(), row.Text(), (OperatorScopes)row.Int(),
        row.Time(), row.TimeOrNull(), row.TimeOrNull());

    static Endpoint ReadEndpoint(Statement row) => new()
    {
        Id = new(row.Guid()),
        EnvironmentId = row.Int(),
        Name = row.TextOrNull(),
        Description = row.TextOrNull(),
        Url = row.Text(),
        EventTypes = StoredJson.ReadTexts(row.Text()),
        Headers = ReadSealed(row),
        Secrets = StoredJson.ReadSecrets(row.Text()),
        Enabled = row.Bool(),
        DisabledReason = row.TextOrNull(),
        DisabledAt = row.TimeOrNull(),
        DeletedAt = row.TimeOrNull(),
        Generation = row.Int(),
        CreatedAt = row.Time(),
        UpdatedAt = row.Time(),
        UrlChangedAt = row.TimeOrNull(),
    };

    static SealedBytes? ReadSealed(Statement row)
    {
        var (bytes, keyId) = (row.BytesOrNull(), row.TextOrNull());
        return bytes is null || keyId is null ? null : new SealedBytes(keyId, bytes);
    }
}
