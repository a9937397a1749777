using Nova.Storage;

namespace Nova.PostgreSql;

internal sealed partial class PostgreSqlStore
{
    /// <summary>After this, a reservation whose request never came to an end is free again. The contract's minute.</summary>
    const string Abandoned = "interval '1 minute'";

    /// <summary>How long answers are kept. The contract's day.</summary>
    const string Kept = "interval '24 hours'";

    const string ReserveRequest = $"""
        INSERT INTO idempotent_requests AS r (scope, key, fingerprint, reserved_at) VALUES ($2, $3, $4, COALESCE($1, now()))
        ON CONFLICT (scope, key) DO UPDATE
            SET fingerprint = EXCLUDED.fingerprint, reserved_at = EXCLUDED.reserved_at, status_code = NULL, body_key_id = NULL, body = NULL
            WHERE r.reserved_at <= EXCLUDED.reserved_at - CASE WHEN r.status_code IS NULL THEN {Abandoned} ELSE {Kept} END
        RETURNING 1
        """;

    const string ReadReservation = "SELECT fingerprint, status_code, body_key_id, body FROM idempotent_requests WHERE scope = $1 AND key = $2";

    /// <inheritdoc/>
    public async Task<Reservation> ReserveRequestAsync(string scope, string key, byte[] fingerprint, CancellationToken cancellation)
    {
        while (true)
        {
            await using var batch = _calm.CreateBatch();
            batch.Command(ReserveRequest).With(Now).With(scope).With(key).With(fingerprint);
            batch.Command(ReadReservation).With(scope).With(key);
            await using var reader = await batch.ExecuteReaderAsync(cancellation);
            if (await reader.ReadAsync(cancellation))
            {
                await ReadToEndAsync(reader, cancellation);
                return new Reservation(ReservationOutcome.Yours);
            }
            await reader.NextResultAsync(cancellation);
            // Gone: it was forgotten between the two statements, so it is free.
            if (!await reader.ReadAsync(cancellation)) continue;
            if (!reader.GetFieldValue<byte[]>(0).AsSpan().SequenceEqual(fingerprint)) return new Reservation(ReservationOutcome.Different);
            if (await reader.IsDBNullAsync(1, cancellation)) return new Reservation(ReservationOutcome.InProgress);
            return new Reservation(ReservationOutcome.Answered,
                new StoredAnswer(reader.GetInt16(1), new(reader.GetString(2), reader.GetFieldValue<byte[]>(3))));
        }
    }

    const string ForgetRequest = "DELETE FROM idempotent_requests WHERE scope = $1 AND key = $2 AND status_code IS NULL";

    const string AnswerRequest = """
        UPDATE idempotent_requests SET status_code = $3, body_key_id = $4, body = $5 WHERE scope = $1 AND key = $2 AND status_code IS NULL
        """;

    /// <inheritdoc/>
    public async Task CompleteRequestAsync(string scope, string key, StoredAnswer? answer, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        if (answer is null) batch.Command(ForgetRequest).With(scope).With(key);
        else
        {
            batch.Command(AnswerRequest).With(scope).With(key).With((short)answer.StatusCode)
                .With(answer.Body.KeyId).With(answer.Body.Bytes);
        }
        await batch.ExecuteNonQueryAsync(cancellation);
    }
}
