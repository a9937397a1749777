using Nova.Model;
using Nova.Storage;
using Npgsql;

namespace Nova.PostgreSql;

/// <summary>
/// The directory. A save first updates the one row of <c>directory_version</c> and so has the directory to itself until it commits:
/// limits, unique names and staleness are checked by plain reads.
/// </summary>
internal sealed partial class PostgreSqlStore
{
    const string NextVersion = "UPDATE directory_version SET version = version + 1 RETURNING version";

    /// <summary>Sent when the transaction commits, to every node, this one too.</summary>
    const string Notify = $"SELECT pg_notify('{PostgreSqlNotifications.DirectoryChannel}', '')";

    /// <inheritdoc/>
    public Task WaitForChangeAsync(TimeSpan atMost, CancellationToken cancellation) => _notifications.WaitAsync(atMost, cancellation);

    /// <inheritdoc/>
    public async Task<SaveResult> SaveAsync(IReadOnlyList<DirectoryChange> changes, CancellationToken cancellation)
    {
        if (changes.Count == 0) return SaveResult.Saved;
        return await RepeatedlyAsync(async () =>
        {
            await using var connection = await _calm.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            var version = await NextVersionAsync(connection, cancellation);
            foreach (var change in changes)
            {
                var result = change switch
                {
                    DirectoryChange.OfAccount of => await SaveAsync(connection, of.Account, version, cancellation),
                    DirectoryChange.OfApiKey of => await SaveAsync(connection, of.Key, version, cancellation),
                    DirectoryChange.OfOperatorKey of => await SaveAsync(connection, of.Key, version, cancellation),
                    DirectoryChange.OfEndpoint of => await SaveAsync(connection, of, version, cancellation),
                    DirectoryChange.OfHealthReset of => await ResetAsync(connection, of, cancellation),
                    DirectoryChange.OfAudit of => await SaveAsync(connection, of, cancellation),
                    _ => throw new ArgumentException($"{change.GetType().Name} is no change of the directory.", nameof(changes)),
                };
                if (result != SaveResult.Saved) return result; // Leaving rolls back all of it.
            }
            await using (var notify = new NpgsqlCommand(Notify, connection)) await notify.ExecuteNonQueryAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            return SaveResult.Saved;
        });
    }

    static async Task<long> NextVersionAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var next = new NpgsqlCommand(NextVersion, connection);
        return (long)(await next.ExecuteScalarAsync(cancellation))!; // The row is made by the migration.
    }

    const string SaveAccount = """
        INSERT INTO accounts AS a (id, product, external_id, name, plan, endpoint_limit, custom_header_limit, requests_per_second, created_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (id) DO UPDATE SET external_id = EXCLUDED.external_id, name = EXCLUDED.name, plan = EXCLUDED.plan,
            endpoint_limit = EXCLUDED.endpoint_limit, custom_header_limit = EXCLUDED.custom_header_limit,
            requests_per_second = EXCLUDED.requests_per_second, version = EXCLUDED.version
        """;

    /// <summary>In this order, so that a new sandbox has the smaller number.</summary>
    const string MakeEnvironments = """
        INSERT INTO environments (account_id, name, version) SELECT $1, name, $2 FROM (VALUES (0), (1)) AS n (name)
        WHERE NOT EXISTS (SELECT 1 FROM environments WHERE account_id = $1) ORDER BY name
        """;

    static async Task<SaveResult> SaveAsync(NpgsqlConnection connection, Account account, long version, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Command(SaveAccount).With(account.Id.Value).With(account.Product).With(account.ExternalId).With(account.Name).With(account.Plan)
            .With(account.Overrides.Endpoints).With(account.Overrides.CustomHeaders).With(account.Overrides.RequestsPerSecond)
            .With(account.CreatedAt).With(version);
        batch.Command(MakeEnvironments).With(account.Id.Value).With(version);
        try
        {
            await batch.ExecuteNonQueryAsync(cancellation);
            return SaveResult.Saved;
        }
        catch (PostgresException exception) when (exception.ConstraintName == "accounts_external_id")
        {
            return SaveResult.Taken;
        }
    }

    /// <summary>When a key was last used is noted meanwhile, so an older time does not undo it.</summary>
    const string SaveApiKey = """
        INSERT INTO api_keys AS k (id, environment_id, name, sha256, masked, created_at, last_used_at, revoked_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, revoked_at = EXCLUDED.revoked_at,
            last_used_at = GREATEST(k.last_used_at, EXCLUDED.last_used_at), version = EXCLUDED.version
        """;

    static async Task<SaveResult> SaveAsync(NpgsqlConnection connection, ApiKey key, long version, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Command(SaveApiKey).With(key.Id.Value).With(key.EnvironmentId).With(key.Name).With(key.Sha256).With(key.Masked)
            .With(key.CreatedAt).With(key.LastUsedAt).With(key.RevokedAt).With(version);
        await batch.ExecuteNonQueryAsync(cancellation);
        return SaveResult.Saved;
    }

    const string SaveOperatorKey = """
        INSERT INTO operator_keys AS k (id, name, sha256, masked, scopes, created_at, last_used_at, revoked_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, scopes = EXCLUDED.scopes, revoked_at = EXCLUDED.revoked_at,
            last_used_at = GREATEST(k.last_used_at, EXCLUDED.last_used_at), version = EXCLUDED.version
        """;

    static async Task<SaveResult> SaveAsync(NpgsqlConnection connection, OperatorKey key, long version, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Command(SaveOperatorKey).With(key.Id.Value).With(key.Name).With(key.Sha256).With(key.Masked).With((short)key.Scopes)
            .With(key.CreatedAt).With(key.LastUsedAt).With(key.RevokedAt).With(version);
        await batch.ExecuteNonQueryAsync(cancellation);
        return SaveResult.Saved;
    }

    const string CountEndpoints = "SELECT count(*) FROM endpoints WHERE environment_id = $1 AND deleted_at IS NULL AND id <> $2";

    const string FindSameType = """
        SELECT 1 FROM endpoints WHERE environment_id = $1 AND deleted_at IS NULL AND id <> $2
            AND (event_types && $3::text[] OR '*' = ANY (event_types) OR '*' = ANY ($3::text[])) LIMIT 1
        """;

    const string InsertEndpoint = """
        INSERT INTO endpoints (id, environment_id, name, description, url, event_types, headers_key_id, headers, secrets, enabled, disabled_reason,
            disabled_at, deleted_at, generation, created_at, updated_at, url_changed_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        ON CONFLICT (id) DO NOTHING
        """;

    /// <summary>$15, when it was created, stays as it was.</summary>
    const string UpdateEndpoint = """
        UPDATE endpoints SET name = $3, description = $4, url = $5, event_types = $6, headers_key_id = $7, headers = $8, secrets = $9, enabled = $10,
            disabled_reason = $11, disabled_at = $12, deleted_at = $13, generation = $14, updated_at = $16, url_changed_at = $17, version = $18
        WHERE id = $1 AND environment_id = $2 AND updated_at = $19 AND created_at = $15
        """;

    static async Task<SaveResult> SaveAsync(
        NpgsqlConnection connection, DirectoryChange.OfEndpoint change, long version, CancellationToken cancellation)
    {
        var endpoint = change.Endpoint;
        string[] eventTypes = [.. endpoint.EventTypes];
        await using (var check = new NpgsqlBatch(connection))
        {
            check.Command(CountEndpoints).With(endpoint.EnvironmentId).With(endpoint.Id.Value);
            check.Command(FindSameType).With(endpoint.EnvironmentId).With(endpoint.Id.Value).With(eventTypes);
            await using var reader = await check.ExecuteReaderAsync(cancellation);
            await reader.ReadAsync(cancellation);
            if (change.ReplacesUpdatedAt is null && change.Limit is { } limit && reader.GetInt64(0) >= limit) return SaveResult.LimitReached;
            await reader.NextResultAsync(cancellation);
            var isTaken = await reader.ReadAsync(cancellation);
            if (change.OnePerEventType && endpoint.DeletedAt is null && isTaken) return SaveResult.Taken;
        }
        await using var write = new NpgsqlBatch(connection);
        var command = write.Command(change.ReplacesUpdatedAt is null ? InsertEndpoint : UpdateEndpoint)
            .With(endpoint.Id.Value).With(endpoint.EnvironmentId).With(endpoint.Name).With(endpoint.Description).With(endpoint.Url).With(eventTypes)
            .With(endpoint.Headers?.KeyId).With(endpoint.Headers?.Bytes).WithJson(SecretJson.Of(endpoint.Secrets)).With(endpoint.Enabled)
            .With(endpoint.DisabledReason).With(endpoint.DisabledAt).With(endpoint.DeletedAt).With(endpoint.Generation)
            .With(endpoint.CreatedAt).With(endpoint.UpdatedAt).With(endpoint.UrlChangedAt).With(version);
        if (change.ReplacesUpdatedAt is { } replaces) command.With(replaces);
        return await write.ExecuteNonQueryAsync(cancellation) == 1 ? SaveResult.Saved : SaveResult.Stale;
    }

    static async Task<SaveResult> ResetAsync(NpgsqlConnection connection, DirectoryChange.OfHealthReset change, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Command(ResetHealth).With([change.EnvironmentId]).With([change.EndpointId.Value]);
        await batch.ExecuteNonQueryAsync(cancellation);
        return SaveResult.Saved;
    }

    const string TouchKeys = """
        UPDATE api_keys k SET last_used_at = u.at, version = $1
        FROM unnest($2::uuid[], $3::timestamptz[]) AS u (id, at)
        WHERE k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < u.at)
        """;

    const string TouchOperatorKeys = """
        UPDATE operator_keys k SET last_used_at = u.at, version = $1
        FROM unnest($2::uuid[], $3::timestamptz[]) AS u (id, at)
        WHERE k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < u.at)
        """;

    /// <inheritdoc/>
    /// <remarks>Raises the version, so that every node shows the same, but wakes nobody for it.</remarks>
    public async Task TouchKeysAsync(IReadOnlyDictionary<Guid, DateTimeOffset> lastUsed, CancellationToken cancellation)
    {
        if (lastUsed.Count == 0) return;
        var keys = lastUsed.ToArray();
        await using var connection = await _calm.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var version = await NextVersionAsync(connection, cancellation);
        await using (var batch = new NpgsqlBatch(connection))
        {
            foreach (var sql in (string[])[TouchKeys, TouchOperatorKeys])
                batch.Command(sql).With(version).With(keys.ColumnOf(k => k.Key)).With(keys.ColumnOf(k => k.Value.UtcDateTime));
            await batch.ExecuteNonQueryAsync(cancellation);
        }
        await transaction.CommitAsync(cancellation);
    }
}
