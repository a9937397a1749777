using Nova.Model;
using Nova.Storage;
using Npgsql;

namespace Nova.PostgreSql;

/// <summary>Users, members, sessions, tokens and attempts to sign in. All on the calm pool.</summary>
internal sealed partial class PostgreSqlStore : IPeopleStore
{
    async Task<PeopleResult> IPeopleStore.SaveAsync(IReadOnlyList<PeopleChange> changes, CancellationToken cancellation) =>
        await RepeatedlyAsync(async () =>
        {
            await using var connection = await _calm.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            foreach (var change in changes)
            {
                var result = await SaveAsync(connection, change, cancellation);
                if (result != PeopleResult.Saved) return result; // Leaving rolls back all of it.
            }
            await transaction.CommitAsync(cancellation);
            return PeopleResult.Saved;
        });

    /// <summary>Two starts of the first operator at the same time: the second waits, and then sees him.</summary>
    const string LockFirstOperator = "SELECT pg_advisory_xact_lock(1852796513)"; // "nova" and one more, in ASCII.

    const string FindOperator = "SELECT 1 FROM users WHERE is_operator LIMIT 1";

    const string InsertUser = """
        INSERT INTO users (id, email, name, password_hash, is_operator, created_at, last_seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (email) DO NOTHING
        """;

    const string UpdateUser = "UPDATE users SET name = $2, password_hash = $3, is_operator = $4 WHERE id = $1";

    const string InsertMember = """
        INSERT INTO members (id, account_id, email, role, user_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (account_id, email) DO NOTHING
        """;

    const string UpdateMember = "UPDATE members SET role = $2, user_id = $3 WHERE id = $1";

    const string DeleteMember = "DELETE FROM members WHERE id = $1";

    const string InsertSession = """
        INSERT INTO sessions (id, sha256, user_id, link, csrf, created_at, rotated_at, last_seen_at, expires_at)
        VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9)
        """;

    const string RotateSession = """
        UPDATE sessions SET sha256 = $3, previous_sha256 = $2, previous_until = $4::timestamptz + $5, rotated_at = $4 WHERE id = $1 AND sha256 = $2
        """;

    const string SeeSession = """
        WITH s AS (UPDATE sessions SET last_seen_at = GREATEST(last_seen_at, $2) WHERE id = $1 RETURNING user_id)
        UPDATE users u SET last_seen_at = GREATEST(u.last_seen_at, $2) FROM s WHERE u.id = s.user_id
        """;

    const string DeleteSession = "DELETE FROM sessions WHERE id = $1";

    const string DeleteSessionsOf = "DELETE FROM sessions WHERE user_id = $1";

    const string ForgetTokens = "DELETE FROM one_time_tokens WHERE purpose = $1 AND subject = $2";

    const string InsertToken = """
        INSERT INTO one_time_tokens (sha256, purpose, subject, link, session_for, expires_at) VALUES ($1, $2, $3, $4::jsonb, $5, $6)
        """;

    const string UseToken = "DELETE FROM one_time_tokens WHERE sha256 = $1 AND purpose = $2 AND expires_at > COALESCE($3, now())";

    async Task<PeopleResult> SaveAsync(NpgsqlConnection connection, PeopleChange change, CancellationToken cancellation)
    {
        switch (change)
        {
            case PeopleChange.OfNewUser(var user, var isFirst):
                if (isFirst)
                {
                    await RunAsync(LockFirstOperator);
                    await using var find = new NpgsqlBatch(connection);
                    find.Command(FindOperator);
                    if (await find.ExecuteScalarAsync(cancellation) is not null) return PeopleResult.Taken;
                }
                return await RunAsync(InsertUser, c => c.With(user.Id.Value).With(user.Email).With(user.Name).With(user.PasswordHash)
                    .With(user.IsOperator).With(user.CreatedAt).With(user.LastSeenAt)) == 0 ? PeopleResult.Taken : PeopleResult.Saved;
            case PeopleChange.OfUser(var user):
                return Found(await RunAsync(UpdateUser, c => c.With(user.Id.Value).With(user.Name).With(user.PasswordHash).With(user.IsOperator)));
            case PeopleChange.OfNewMember(var member):
                return await RunAsync(InsertMember, c => c.With(member.Id.Value).With(member.AccountId.Value).With(member.Email)
                    .With((short)member.Role).WithMaybe(member.UserId?.Value).With(member.CreatedAt)) == 0 ? PeopleResult.Taken : PeopleResult.Saved;
            case PeopleChange.OfMember(var member):
                return Found(await RunAsync(UpdateMember, c => c.With(member.Id.Value).With((short)member.Role).WithMaybe(member.UserId?.Value)));
            case PeopleChange.OfMemberRemoval(var id):
                await RunAsync(ForgetTokens, c => c.With((short)TokenPurpose.Invitation).With(id.Value));
                return Found(await RunAsync(DeleteMember, c => c.With(id.Value)));
            case PeopleChange.OfNewSession(var session):
                return Found(await RunAsync(InsertSession, c => c.With(session.Id.Value).With(session.Sha256).WithMaybe(session.UserId?.Value)
                    .With(LinkJson.Write(session.Link)).With(session.Csrf).With(session.CreatedAt).With(session.RotatedAt).With(session.LastSeenAt)
                    .With(session.ExpiresAt)));
            case PeopleChange.OfRotation of:
                return Found(await RunAsync(RotateSession, c => c.With(of.Id.Value).With(of.From).With(of.To).With(of.At).With(IPeopleStore.SessionGrace)));
            case PeopleChange.OfSeen(var id, var at):
                await RunAsync(SeeSession, c => c.With(id.Value).With(at));
                return PeopleResult.Saved;
            case PeopleChange.OfSessionEnd(var id):
                await RunAsync(DeleteSession, c => c.With(id.Value));
                return PeopleResult.Saved;
            case PeopleChange.OfSessionsEnd(var userId):
                await RunAsync(DeleteSessionsOf, c => c.With(userId.Value));
                return PeopleResult.Saved;
            case PeopleChange.OfNewToken(var token):
                await RunAsync(ForgetTokens, c => c.With((short)token.Purpose).With(token.Subject));
                return Found(await RunAsync(InsertToken, c => c.With(token.Sha256).With((short)token.Purpose).With(token.Subject)
                    .With(LinkJson.Write(token.Link)).With(token.SessionFor).With(token.ExpiresAt)));
            case PeopleChange.OfTokenUse(var sha256, var purpose):
                return Found(await RunAsync(UseToken, c => c.With(sha256).With((short)purpose).With(Now)));
            case PeopleChange.OfAudit(var entry):
                await SaveAsync(connection, entry, cancellation);
                return PeopleResult.Saved;
            default:
                throw new ArgumentException($"{change.GetType().Name} is no change that the store knows.", nameof(change));
        }

        async Task<int> RunAsync(string sql, Action<NpgsqlBatchCommand>? with = null)
        {
            await using var batch = new NpgsqlBatch(connection);
            var command = batch.Command(sql);
            with?.Invoke(command);
            return await batch.ExecuteNonQueryAsync(cancellation);
        }
    }

    static PeopleResult Found(int rows) => rows > 0 ? PeopleResult.Saved : PeopleResult.Gone;

    // Users and members -----------------------------------------------------------------------------------------

    const string UserColumns = "u.id, u.email, u.name, u.password_hash, u.is_operator, u.created_at, u.last_seen_at";

    const string MemberColumns = "m.id, m.account_id, m.email, m.role, m.user_id, m.created_at";

    const string UserByEmail = $"SELECT {UserColumns} FROM users u WHERE email = $1";

    const string UserById = $"SELECT {UserColumns} FROM users u WHERE id = $1";

    const string UsersBefore = $"SELECT {UserColumns} FROM users u WHERE id < $1 ORDER BY id DESC LIMIT $2";

    const string MembersOf =
        $"SELECT {MemberColumns}, {UserColumns} FROM members m LEFT JOIN users u ON u.id = m.user_id WHERE m.account_id = $1 ORDER BY m.id DESC";

    const string MemberById = $"SELECT {MemberColumns}, {UserColumns} FROM members m LEFT JOIN users u ON u.id = m.user_id WHERE m.id = $1";

    /// <inheritdoc/>
    public async Task<User?> FindUserAsync(string email, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(UserByEmail).With(email);
        return First(await ReadAllAsync(batch, row => ReadUser(row, 0), cancellation));
    }

    /// <inheritdoc/>
    public async Task<User?> GetUserAsync(Id<User> id, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(UserById).With(id.Value);
        return First(await ReadAllAsync(batch, row => ReadUser(row, 0), cancellation));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<User>> ListUsersAsync(Id<User>? before, int limit, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(UsersBefore).With(before?.Value ?? Guid.AllBitsSet).With(limit);
        return await ReadAllAsync(batch, row => ReadUser(row, 0), cancellation);
    }

    /// <inheritdoc/>
    public async Task<bool> HasOperatorAsync(CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(FindOperator);
        return await batch.ExecuteScalarAsync(cancellation) is not null;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<MemberWithUser>> ListMembersAsync(Id<Account> account, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(MembersOf).With(account.Value);
        return await ReadAllAsync(batch, ReadMemberWithUser, cancellation);
    }

    /// <inheritdoc/>
    public async Task<MemberWithUser?> GetMemberAsync(Id<Member> id, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(MemberById).With(id.Value);
        return First(await ReadAllAsync(batch, ReadMemberWithUser, cancellation));
    }

    static T? First<T>(List<T> rows) where T : class => rows.Count > 0 ? rows[0] : null;

    static User ReadUser(NpgsqlDataReader row, int at) => new(
        new(row.GetGuid(at)), row.GetString(at + 1), row.GetString(at + 2), row.GetString(at + 3), row.GetBoolean(at + 4),
        row.GetFieldValue<DateTimeOffset>(at + 5), MaybeTime(row, at + 6));

    static Member ReadMember(NpgsqlDataReader row) => new(
        new(row.GetGuid(0)), new(row.GetGuid(1)), row.GetString(2), (Role)row.GetInt16(3), row.IsDBNull(4) ? null : new Id<User>(row.GetGuid(4)),
        row.GetFieldValue<DateTimeOffset>(5));

    static MemberWithUser ReadMemberWithUser(NpgsqlDataReader row)
    {
        var member = ReadMember(row);
        return new(member, member.UserId is null ? null : ReadUser(row, 6));
    }

    // Sessions and tokens ---------------------------------------------------------------------------------------

    const string SessionColumns = "id, sha256, user_id, link::text, csrf, created_at, rotated_at, last_seen_at, expires_at";

    /// <summary>The cookie of before is in another index: a union, so that each is a look-up.</summary>
    const string SessionBySha256 = $"""
        SELECT {SessionColumns}, false FROM sessions WHERE sha256 = $1 AND expires_at > COALESCE($2, now()) AND last_seen_at > $3
        UNION ALL
        SELECT {SessionColumns}, true FROM sessions
            WHERE previous_sha256 = $1 AND previous_until > COALESCE($2, now()) AND expires_at > COALESCE($2, now()) AND last_seen_at > $3
        LIMIT 1
        """;

    const string MembershipsOf = $"SELECT {MemberColumns} FROM members m WHERE user_id = $1 ORDER BY id";

    const string TokenBySha256 = """
        SELECT sha256, purpose, subject, link::text, session_for, expires_at FROM one_time_tokens
        WHERE sha256 = $1 AND purpose = $2 AND expires_at > COALESCE($3, now())
        """;

    /// <inheritdoc/>
    public async Task<SessionWithUser?> FindSessionAsync(byte[] sha256, DateTimeOffset seenAfter, CancellationToken cancellation)
    {
        await using var connection = await _calm.OpenConnectionAsync(cancellation);
        SessionWithUser? found;
        await using (var find = new NpgsqlBatch(connection))
        {
            find.Command(SessionBySha256).With(sha256).With(Now).With(seenAfter);
            found = First(await ReadAllAsync(find, row => new SessionWithUser(new Session(
                new(row.GetGuid(0)), row.GetFieldValue<byte[]>(1), row.IsDBNull(2) ? null : new Id<User>(row.GetGuid(2)), LinkJson.Read(MaybeText(row, 3)),
                row.GetString(4), row.GetFieldValue<DateTimeOffset>(5), row.GetFieldValue<DateTimeOffset>(6), row.GetFieldValue<DateTimeOffset>(7),
                row.GetFieldValue<DateTimeOffset>(8)), null, [], row.GetBoolean(9)), cancellation));
        }
        if (found?.Session.UserId is not { } userId) return found;
        await using var read = new NpgsqlBatch(connection);
        read.Command(UserById).With(userId.Value);
        read.Command(MembershipsOf).With(userId.Value);
        await using var reader = await read.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation)) return null;
        var user = ReadUser(reader, 0);
        await reader.NextResultAsync(cancellation);
        List<Member> memberships = [];
        while (await reader.ReadAsync(cancellation)) memberships.Add(ReadMember(reader));
        return found with { User = user, Memberships = memberships };
    }

    /// <inheritdoc/>
    public async Task<OneTimeToken?> FindTokenAsync(byte[] sha256, TokenPurpose purpose, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(TokenBySha256).With(sha256).With((short)purpose).With(Now);
        return First(await ReadAllAsync(batch, row => new OneTimeToken(
            row.GetFieldValue<byte[]>(0), (TokenPurpose)row.GetInt16(1), row.GetGuid(2), LinkJson.Read(MaybeText(row, 3)), row.GetTimeSpan(4),
            row.GetFieldValue<DateTimeOffset>(5)), cancellation));
    }

    const string CountAttempt = """
        INSERT INTO sign_in_attempts AS a (subject, count, started_at) VALUES ($1, 1, COALESCE($2, now()))
        ON CONFLICT (subject) DO UPDATE SET
            count = CASE WHEN a.started_at <= EXCLUDED.started_at - $3 THEN 1 ELSE a.count + 1 END,
            started_at = CASE WHEN a.started_at <= EXCLUDED.started_at - $3 THEN EXCLUDED.started_at ELSE a.started_at END
        RETURNING count, started_at + $3 - COALESCE($2, now())
        """;

    /// <inheritdoc/>
    public async Task<TimeSpan?> CountAttemptsAsync(IReadOnlyList<AttemptLimit> limits, TimeSpan window, CancellationToken cancellation)
    {
        TimeSpan? wait = null;
        // One by one, each its own transaction: two requests that count the same subjects in another order cannot wait for each other.
        foreach (var limit in limits)
        {
            await using var batch = _calm.CreateBatch();
            batch.Command(CountAttempt).With(limit.Subject).With(Now).With(window);
            var (count, left) = (await ReadAllAsync(batch, row => (row.GetInt64(0), row.GetTimeSpan(1)), cancellation))[0];
            if (count > limit.Most && (wait is not { } longest || left > longest)) wait = left;
        }
        return wait;
    }

    const string ForgetAttempts = "DELETE FROM sign_in_attempts WHERE subject = $1";

    /// <inheritdoc/>
    public async Task ForgetAttemptsAsync(byte[] subject, CancellationToken cancellation)
    {
        await using var batch = _calm.CreateBatch();
        batch.Command(ForgetAttempts).With(subject);
        await batch.ExecuteNonQueryAsync(cancellation);
    }
}
