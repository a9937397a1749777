using Nova.Model;
using Nova.Storage;

namespace Nova.PostgreSql;

internal sealed partial class PostgreSqlStore
{
    /// <summary>
    /// First of all: what is read after it is at least that new. A row that is newer than the version is read once more the next time,
    /// which does no harm; the other way round one would be missed. Things come before what they belong to for the same reason.
    /// </summary>
    const string ReadVersion = "SELECT version FROM directory_version";

    const string ReadEndpoints = """
        SELECT id, environment_id, name, description, url, event_types, headers_key_id, headers, secrets::text, enabled, disabled_reason, disabled_at,
            deleted_at, generation, created_at, updated_at, url_changed_at
        FROM endpoints WHERE version > $1 ORDER BY id
        """;

    const string ReadApiKeys = """
        SELECT id, environment_id, name, sha256, masked, created_at, last_used_at, revoked_at FROM api_keys WHERE version > $1 ORDER BY id
        """;

    const string ReadOperatorKeys = """
        SELECT id, name, sha256, masked, scopes, created_at, last_used_at, revoked_at FROM operator_keys WHERE version > $1 ORDER BY id
        """;

    const string ReadEnvironments = "SELECT id, account_id, name FROM environments WHERE version > $1 ORDER BY id";

    const string ReadAccounts = """
        SELECT id, product, external_id, name, plan, created_at, endpoint_limit, custom_header_limit, requests_per_second
        FROM accounts WHERE version > $1 ORDER BY id
        """;

    /// <inheritdoc/>
    public async Task<DirectoryChanges> ReadChangesAsync(long since, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(ReadVersion);
        foreach (var sql in (string[])[ReadEndpoints, ReadApiKeys, ReadOperatorKeys, ReadEnvironments, ReadAccounts]) batch.Command(sql).With(since);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        var version = reader.GetInt64(0);
        var endpoints = await NextAsync(() => new Endpoint
        {
            Id = new Id<Endpoint>(reader.GetGuid(0)),
            EnvironmentId = reader.GetInt32(1),
            Name = MaybeText(reader, 2),
            Description = MaybeText(reader, 3),
            Url = reader.GetString(4),
            EventTypes = [.. reader.GetFieldValue<string[]>(5)],
            Headers = reader.IsDBNull(6) ? null : new SealedBytes(reader.GetString(6), reader.GetFieldValue<byte[]>(7)),
            Secrets = SecretJson.Read(reader.GetString(8)),
            Enabled = reader.GetBoolean(9),
            DisabledReason = MaybeText(reader, 10),
            DisabledAt = MaybeTime(reader, 11),
            DeletedAt = MaybeTime(reader, 12),
            Generation = reader.GetInt32(13),
            CreatedAt = reader.GetFieldValue<DateTimeOffset>(14),
            UpdatedAt = reader.GetFieldValue<DateTimeOffset>(15),
            UrlChangedAt = MaybeTime(reader, 16),
        });
        var apiKeys = await NextAsync(() => new ApiKey(
            new Id<ApiKey>(reader.GetGuid(0)), reader.GetInt32(1), MaybeText(reader, 2), reader.GetFieldValue<byte[]>(3), reader.GetString(4),
            reader.GetFieldValue<DateTimeOffset>(5), MaybeTime(reader, 6), MaybeTime(reader, 7)));
        var operatorKeys = await NextAsync(() => new OperatorKey(
            new Id<OperatorKey>(reader.GetGuid(0)), MaybeText(reader, 1), reader.GetFieldValue<byte[]>(2), reader.GetString(3),
            (OperatorScopes)reader.GetInt16(4), reader.GetFieldValue<DateTimeOffset>(5), MaybeTime(reader, 6), MaybeTime(reader, 7)));
        var environments = await NextAsync(() => new AccountEnvironment(
            reader.GetInt32(0), new Id<Account>(reader.GetGuid(1)), (EnvironmentName)reader.GetInt16(2)));
        var accounts = await NextAsync(() => new Account(
            new Id<Account>(reader.GetGuid(0)), reader.GetString(1), MaybeText(reader, 2), reader.GetString(3), MaybeText(reader, 4),
            reader.GetFieldValue<DateTimeOffset>(5))
        {
            Overrides = new LimitOverrides(MaybeInt(reader, 6), MaybeInt(reader, 7), MaybeInt(reader, 8)),
        });
        return new DirectoryChanges(version, accounts, environments, apiKeys, operatorKeys, endpoints);

        async Task<List<T>> NextAsync<T>(Func<T> read)
        {
            await reader.NextResultAsync(cancellation);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellation)) rows.Add(read());
            return rows;
        }
    }
}
