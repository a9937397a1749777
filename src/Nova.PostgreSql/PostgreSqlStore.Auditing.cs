using Nova.Model;
using Nova.Storage;
using Npgsql;

namespace Nova.PostgreSql;

/// <summary>Who did what, and the end of what people leave behind.</summary>
internal sealed partial class PostgreSqlStore
{
    const string AuditColumns =
        "id, account_id, environment, actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name, before, after, address";

    const string InsertAudit = $"INSERT INTO audit_entries ({AuditColumns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

    const string ListAudit = $"""
        SELECT {AuditColumns} FROM audit_entries
        WHERE id >= $1 AND id < $2 AND ($3 IS NULL OR actor_id = $3 OR actor_name = $3)
            AND ($4 IS NULL OR action = $4 OR (right($4, 2) = '.*' AND starts_with(action, left($4, -1))))
            AND ($5 IS NULL OR target_id = $5 OR target_name = $5)
        """;

    const string AuditOfAll = $"{ListAudit} ORDER BY id DESC LIMIT $6";

    const string AuditOfAccount = $"{ListAudit} AND account_id = $7 ORDER BY id DESC LIMIT $6";

    static async Task SaveAsync(NpgsqlConnection connection, AuditEntry entry, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Command(InsertAudit).With(entry.Id.Value).WithMaybe(entry.AccountId?.Value).With((int?)entry.Environment)
            .With(entry.Actor.Kind).With(entry.Actor.Id).With(entry.Actor.Name).With(entry.Action)
            .With(entry.Target.Kind).With(entry.Target.Id).With(entry.Target.Name).With(entry.Before).With(entry.After).With(entry.Address);
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    static async Task<SaveResult> SaveAsync(NpgsqlConnection connection, DirectoryChange.OfAudit change, CancellationToken cancellation)
    {
        await SaveAsync(connection, change.Entry, cancellation);
        return SaveResult.Saved;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<AuditEntry>> ListAuditAsync(AuditQuery query, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        var command = batch.Command(query.AccountId is null ? AuditOfAll : AuditOfAccount)
            .With(query.First).With(query.End).With(query.Actor).With(query.Action).With(query.Target).With(query.Limit);
        if (query.AccountId is { } account) command.With(account.Value);
        return await ReadAllAsync(batch, row => new AuditEntry
        {
            Id = new(row.GetGuid(0)),
            AccountId = row.IsDBNull(1) ? null : new Id<Account>(row.GetGuid(1)),
            Environment = row.IsDBNull(2) ? null : (EnvironmentName)row.GetInt16(2),
            Actor = new(row.GetString(3), MaybeText(row, 4), MaybeText(row, 5)),
            Action = row.GetString(6),
            Target = new(row.GetString(7), MaybeText(row, 8), MaybeText(row, 9)),
            Before = MaybeText(row, 10),
            After = MaybeText(row, 11),
            Address = MaybeText(row, 12),
        }, cancellation);
    }

    const string CleanSessions = """
        DELETE FROM sessions WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM sessions WHERE expires_at <= COALESCE($1, now()) ORDER BY expires_at LIMIT $2))
        """;

    const string CleanTokens = """
        DELETE FROM one_time_tokens WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM one_time_tokens WHERE expires_at <= COALESCE($1, now()) ORDER BY expires_at LIMIT $2))
        """;

    /// <summary>An attempt counts for minutes; a day is more than any window may be.</summary>
    const string CleanSignInAttempts = """
        DELETE FROM sign_in_attempts WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM sign_in_attempts WHERE started_at <= COALESCE($1, now()) - interval '1 day' ORDER BY started_at LIMIT $2))
        """;

    const string CleanAudit = """
        DELETE FROM audit_entries WHERE ctid = ANY (ARRAY (SELECT ctid FROM audit_entries WHERE id < $1 ORDER BY id LIMIT $2))
        """;

    /// <inheritdoc/>
    public async Task<bool> CleanPeopleAsync(DateTimeOffset auditBefore, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        foreach (var sql in (string[])[CleanSessions, CleanTokens, CleanSignInAttempts]) batch.Command(sql).With(Now).With((long)CleanPiece);
        batch.Command(CleanAudit).With(Id<AuditEntry>.FirstAt(auditBefore).Value).With((long)CleanPiece);
        return await batch.ExecuteNonQueryAsync(cancellation) > 0;
    }
}
