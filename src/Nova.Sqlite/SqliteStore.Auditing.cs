using Nova.Model;
using Nova.Storage;

namespace Nova.Sqlite;

/// <summary>Who did what, and the end of what people leave behind.</summary>
internal sealed partial class SqliteStore
{
    const string AuditColumns =
        "id, account_id, environment, actor_kind, actor_id, actor_name, action, target_kind, target_id, target_name, before, after, address";

    const string AuditFilter =
        """
        id >= ?1 AND id < ?2 AND (?3 IS NULL OR actor_id = ?3 OR actor_name = ?3)
        AND (?4 IS NULL OR action = ?4 OR (substr(?4, -2) = '.*' AND substr(action, 1, length(?4) - 1) = substr(?4, 1, length(?4) - 1)))
        AND (?5 IS NULL OR target_id = ?5 OR target_name = ?5)
        """;

    const string AuditOfAccount = $"SELECT {AuditColumns} FROM audit_entries WHERE {AuditFilter} AND account_id = ?7 ORDER BY id DESC LIMIT ?6";

    const string AuditOfAll = $"SELECT {AuditColumns} FROM audit_entries WHERE {AuditFilter} ORDER BY id DESC LIMIT ?6";

    const string InsertAudit = $"INSERT INTO audit_entries ({AuditColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    static PeopleResult Insert(Connection connection, AuditEntry entry) => Done(connection.Use(InsertAudit)
        .Add(entry.Id.Value).Add(entry.AccountId?.Value).Add((long?)entry.Environment)
        .Add(entry.Actor.Kind).Add(entry.Actor.Id).Add(entry.Actor.Name).Add(entry.Action)
        .Add(entry.Target.Kind).Add(entry.Target.Id).Add(entry.Target.Name).Add(entry.Before).Add(entry.After).Add(entry.Address));

    public Task<IReadOnlyList<AuditEntry>> ListAuditAsync(AuditQuery query, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<AuditEntry>>(connection =>
        {
            var rows = connection.Use(query.AccountId is null ? AuditOfAll : AuditOfAccount)
                .Add(query.First).Add(query.End).Add(query.Actor).Add(query.Action).Add(query.Target).Add(query.Limit);
            if (query.AccountId is { } account) rows.Add(account.Value);
            return ReadAll(rows, ReadAudit);
        }, cancellation);

    static AuditEntry ReadAudit(Statement row) => new()
    {
        Id = new(row.Guid()),
        AccountId = row.GuidOrNull() is { } account ? new Id<Account>(account) : null,
        Environment = (EnvironmentName?)row.IntOrNull(),
        Actor = new(row.Text(), row.TextOrNull(), row.TextOrNull()),
        Action = row.Text(),
        Target = new(row.Text(), row.TextOrNull(), row.TextOrNull()),
        Before = row.TextOrNull(),
        After = row.TextOrNull(),
        Address = row.TextOrNull(),
    };

    // An attempt counts for minutes; a day is more than any window may be.
    static readonly TimeSpan AttemptsFor = TimeSpan.FromDays(1);

    public Task<bool> CleanPeopleAsync(DateTimeOffset auditBefore, CancellationToken cancellation) =>
        _writer.WriteAsync(CleanPiece, connection =>
        {
            var now = Now;
            var removed =
                connection.Use("DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)")
                    .Add(now).Add(CleanPiece).Run()
                + connection.Use("DELETE FROM one_time_tokens WHERE sha256 IN (SELECT sha256 FROM one_time_tokens WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)")
                    .Add(now).Add(CleanPiece).Run()
                + connection.Use("DELETE FROM sign_in_attempts WHERE subject IN (SELECT subject FROM sign_in_attempts WHERE started_at <= ? ORDER BY started_at LIMIT ?)")
                    .Add(now - AttemptsFor).Add(CleanPiece).Run()
                + connection.Use("DELETE FROM audit_entries WHERE id IN (SELECT id FROM audit_entries WHERE id < ? ORDER BY id LIMIT ?)")
                    .Add(Id<AuditEntry>.FirstAt(auditBefore).Value).Add(CleanPiece).Run();
            return removed > 0;
        }, cancellation);
}
