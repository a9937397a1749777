using Nova.Model;
using Nova.Storage;

namespace Nova.Sqlite;

internal sealed partial class SqliteStore
{
    // Completed by a change; taken by the wait that it ends.
    volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task WaitForChangeAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        var changed = _changed;
        try
        {
            await changed.Task.WaitAsync(atMost, _clock, cancellation);
            var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
#pragma warning disable CS0420 // A volatile field by reference is what Interlocked is for.
            Interlocked.CompareExchange(ref _changed, next, changed);
#pragma warning restore CS0420
        }
        catch (TimeoutException)
        {
            // The time is up and nothing changed, which is one of the two ways to end.
        }
    }

    public async Task<SaveResult> SaveAsync(IReadOnlyList<DirectoryChange> changes, CancellationToken cancellation)
    {
        var result = await _writer.WriteAsync(changes.Count, connection => Save(connection, changes), cancellation);
        if (result == SaveResult.Saved) _changed.TrySetResult();
        return result;
    }

    SaveResult Save(Connection connection, IReadOnlyList<DirectoryChange> changes)
    {
        // Others share the transaction: what this call has written before it is refused must go without them.
        connection.Execute("SAVEPOINT changes");
        var version = NextVersion(connection);
        var result = SaveResult.Saved;
        foreach (var change in changes)
        {
            result = Save(connection, change, version);
            if (result == SaveResult.Saved) continue;
            connection.Execute("ROLLBACK TO changes");
            break;
        }
        connection.Execute("RELEASE changes");
        return result;
    }

    static long NextVersion(Connection connection)
    {
        using var row = connection.Use("UPDATE directory_version SET version = version + 1 RETURNING version");
        row.Step();
        return row.Long();
    }

    SaveResult Save(Connection connection, DirectoryChange change, long version)
    {
        switch (change)
        {
            case DirectoryChange.OfAccount(var account):
                return Save(connection, account, version);
            case DirectoryChange.OfApiKey(var key):
                Save(connection, key, version);
                return SaveResult.Saved;
            case DirectoryChange.OfOperatorKey(var key):
                Save(connection, key, version);
                return SaveResult.Saved;
            case DirectoryChange.OfEndpoint endpoint:
                return Save(connection, endpoint, version);
            case DirectoryChange.OfHealthReset(var environmentId, var endpointId):
                connection.Use(DeleteHealth).Add(environmentId).Add(endpointId.Value).Run();
                return SaveResult.Saved;
            case DirectoryChange.OfAudit(var entry):
                Insert(connection, entry);
                return SaveResult.Saved;
            default:
                throw new ArgumentException($"{change.GetType().Name} is no change that the store knows.", nameof(change));
        }
    }

    static SaveResult Save(Connection connection, Account account, long version)
    {
        using (var taken = connection.Use("SELECT 1 FROM accounts WHERE product = ? AND external_id = ? AND id <> ?")
            .Add(account.Product).Add(account.ExternalId).Add(account.Id.Value))
        {
            if (taken.Step()) return SaveResult.Taken;
        }
        connection.Use(
            """
            INSERT INTO accounts (id, product, external_id, name, plan, created_at,
              limit_endpoints, limit_custom_headers, limit_requests_per_second, version)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET product = excluded.product, external_id = excluded.external_id, name = excluded.name,
              plan = excluded.plan, limit_endpoints = excluded.limit_endpoints, limit_custom_headers = excluded.limit_custom_headers,
              limit_requests_per_second = excluded.limit_requests_per_second, version = excluded.version
            """)
            .Add(account.Id.Value).Add(account.Product).Add(account.ExternalId).Add(account.Name).Add(account.Plan).Add(account.CreatedAt)
            .Add(account.Overrides.Endpoints).Add(account.Overrides.CustomHeaders).Add(account.Overrides.RequestsPerSecond)
            .Add(version).Run();
        foreach (var name in Enum.GetValues<EnvironmentName>())
        {
            connection.Use("INSERT INTO environments (account_id, name, version) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
                .Add(account.Id.Value).Add((long)name).Add(version).Run();
        }
        return SaveResult.Saved;
    }

    static void Save(Connection connection, ApiKey key, long version) =>
        connection.Use(
            """
            INSERT INTO api_keys (id, environment_id, name, sha256, masked, created_at, last_used_at, revoked_at, version)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET environment_id = excluded.environment_id, name = excluded.name, sha256 = excluded.sha256,
              masked = excluded.masked, revoked_at = excluded.revoked_at, version = excluded.version,
              last_used_at = coalesce(max(last_used_at, excluded.last_used_at), excluded.last_used_at, last_used_at)
            """)
            .Add(key.Id.Value).Add(key.EnvironmentId).Add(key.Name).Add(key.Sha256).Add(key.Masked).Add(key.CreatedAt)
            .Add(key.LastUsedAt).Add(key.RevokedAt).Add(version).Run();

    static void Save(Connection connection, OperatorKey key, long version) =>
        connection.Use(
            """
            INSERT INTO operator_keys (id, name, sha256, masked, scopes, created_at, last_used_at, revoked_at, version)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, sha256 = excluded.sha256, masked = excluded.masked,
              scopes = excluded.scopes, revoked_at = excluded.revoked_at, version = excluded.version,
              last_used_at = coalesce(max(last_used_at, excluded.last_used_at), excluded.last_used_at, last_used_at)
            """)
            .Add(key.Id.Value).Add(key.Name).Add(key.Sha256).Add(key.Masked).Add((long)key.Scopes).Add(key.CreatedAt)
            .Add(key.LastUsedAt).Add(key.RevokedAt).Add(version).Run();

    static SaveResult Save(Connection connection, DirectoryChange.OfEndpoint change, long version)
    {
        var endpoint = change.Endpoint;
        if (IsStale(connection, endpoint, change.ReplacesUpdatedAt)) return SaveResult.Stale;
        if (endpoint.DeletedAt is null)
        {
            if (change is { ReplacesUpdatedAt: null, Limit: { } limit } && CountEndpoints(connection, endpoint.EnvironmentId) >= limit)
                return SaveResult.LimitReached;
            if (change.OnePerEventType && IsTaken(connection, endpoint)) return SaveResult.Taken;
        }
        connection.Use(
            """
            INSERT OR REPLACE INTO endpoints (environment_id, id, name, description, url, event_types, headers, headers_key_id, secrets,
              enabled, disabled_reason, disabled_at, deleted_at, generation, created_at, updated_at, url_changed_at, version)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
            .Add(endpoint.EnvironmentId).Add(endpoint.Id.Value).Add(endpoint.Name).Add(endpoint.Description).Add(endpoint.Url)
            .Add(StoredJson.Write(endpoint.EventTypes)).Add(endpoint.Headers?.Bytes).Add(endpoint.Headers?.KeyId)
            .Add(StoredJson.Write(endpoint.Secrets)).Add(endpoint.Enabled).Add(endpoint.DisabledReason).Add(endpoint.DisabledAt)
            .Add(endpoint.DeletedAt).Add(endpoint.Generation).Add(endpoint.CreatedAt).Add(endpoint.UpdatedAt).Add(endpoint.UrlChangedAt)
            .Add(version).Run();
        return SaveResult.Saved;
    }

    static bool IsStale(Connection connection, Endpoint endpoint, DateTimeOffset? replaces)
    {
        using var row = connection.Use("SELECT updated_at FROM endpoints WHERE environment_id = ? AND id = ?")
            .Add(endpoint.EnvironmentId).Add(endpoint.Id.Value);
        long? stored = row.Step() ? row.Long() : null;
        return stored != (replaces is { } time ? Times.ToStored(time) : null);
    }

    static long CountEndpoints(Connection connection, int environmentId)
    {
        using var row = connection.Use("SELECT count(*) FROM endpoints WHERE environment_id = ? AND deleted_at IS NULL").Add(environmentId);
        row.Step();
        return row.Long();
    }

    static bool IsTaken(Connection connection, Endpoint endpoint)
    {
        using var rows = connection.Use("SELECT event_types FROM endpoints WHERE environment_id = ? AND id <> ? AND deleted_at IS NULL")
            .Add(endpoint.EnvironmentId).Add(endpoint.Id.Value);
        while (rows.Step())
            if (StoredJson.ReadTexts(rows.Text()).Intersect(endpoint.EventTypes, StringComparer.Ordinal).Any()) return true;
        return false;
    }

    const string TouchApiKey = "UPDATE api_keys SET last_used_at = ?2, version = ?3 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)";

    const string TouchOperatorKey =
        "UPDATE operator_keys SET last_used_at = ?2, version = ?3 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)";

    public async Task TouchKeysAsync(IReadOnlyDictionary<Guid, DateTimeOffset> lastUsed, CancellationToken cancellation)
    {
        if (lastUsed.Count == 0) return;
        await _writer.WriteAsync(lastUsed.Count, connection =>
        {
            var version = NextVersion(connection);
            foreach (var (id, time) in lastUsed)
                if (connection.Use(TouchApiKey).Add(id).Add(time).Add(version).Run() == 0)
                    connection.Use(TouchOperatorKey).Add(id).Add(time).Add(version).Run();
            return true;
        }, cancellation);
        _changed.TrySetResult();
    }
}
