using Nova.Model;
using Nova.Storage;

namespace Nova.Sqlite;

internal sealed partial class SqliteStore
{
    // Longer than any request takes; then its server is taken to have died.
    static readonly TimeSpan ReservedFor = TimeSpan.FromMinutes(1);

    static readonly TimeSpan AnsweredFor = TimeSpan.FromHours(24);

    public Task<Reservation> ReserveRequestAsync(string scope, string key, byte[] fingerprint, CancellationToken cancellation) =>
        _writer.WriteAsync(1, connection =>
        {
            var now = Now;
            if (FindReservation(connection, scope, key, fingerprint, now) is { } found) return found;
            connection.Use("INSERT OR REPLACE INTO idempotent_requests (scope, key, fingerprint, reserved_at) VALUES (?, ?, ?, ?)")
                .Add(scope).Add(key).Add(fingerprint).Add(now).Run();
            return new Reservation(ReservationOutcome.Yours);
        }, cancellation);

    /// <summary>What the key's earlier request makes of this one; null where there was none, or where it is too long ago.</summary>
    static Reservation? FindReservation(Connection connection, string scope, string key, byte[] fingerprint, DateTimeOffset now)
    {
        using var row = connection
            .Use("SELECT fingerprint, reserved_at, status_code, body, body_key_id FROM idempotent_requests WHERE scope = ? AND key = ?")
            .Add(scope).Add(key);
        if (!row.Step()) return null;
        var (same, reservedAt, status) = (row.Bytes().AsSpan().SequenceEqual(fingerprint), row.Time(), row.IntOrNull());
        if (now >= reservedAt + (status is null ? ReservedFor : AnsweredFor)) return null;
        if (!same) return new Reservation(ReservationOutcome.Different);
        if (status is null) return new Reservation(ReservationOutcome.InProgress);
        var body = row.Bytes();
        return new Reservation(ReservationOutcome.Answered, new StoredAnswer(status.Value, new SealedBytes(row.Text(), body)));
    }

    public Task CompleteRequestAsync(string scope, string key, StoredAnswer? answer, CancellationToken cancellation) =>
        _writer.WriteAsync(1, connection => answer is null
            ? connection.Use("DELETE FROM idempotent_requests WHERE scope = ? AND key = ? AND status_code IS NULL")
                .Add(scope).Add(key).Run()
            : connection.Use(
                """
                UPDATE idempotent_requests SET status_code = ?, body = ?, body_key_id = ?, reserved_at = ?
                WHERE scope = ? AND key = ? AND status_code IS NULL
                """)
                .Add(answer.StatusCode).Add(answer.Body.Bytes).Add(answer.Body.KeyId).Add(Now).Add(scope).Add(key).Run(), cancellation);
}
