using Nova.Model;
using Nova.Storage;

namespace Nova.Sqlite;

/// <summary>Users, members, sessions, tokens and attempts to sign in.</summary>
internal sealed partial class SqliteStore : IPeopleStore
{
    Task<PeopleResult> IPeopleStore.SaveAsync(IReadOnlyList<PeopleChange> changes, CancellationToken cancellation) =>
        _writer.WriteAsync(changes.Count, connection => Save(connection, changes), cancellation);

    PeopleResult Save(Connection connection, IReadOnlyList<PeopleChange> changes)
    {
        // Others share the transaction: what this call has written before it is refused must go without them.
        connection.Execute("SAVEPOINT people");
        var (now, result) = (Now, PeopleResult.Saved);
        foreach (var change in changes)
        {
            result = Save(connection, change, now);
            if (result == PeopleResult.Saved) continue;
            connection.Execute("ROLLBACK TO people");
            break;
        }
        connection.Execute("RELEASE people");
        return result;
    }

    static PeopleResult Save(Connection connection, PeopleChange change, DateTimeOffset now) => change switch
    {
        PeopleChange.OfNewUser of => Insert(connection, of),
        PeopleChange.OfUser(var user) => Found(connection
            .Use("UPDATE users SET name = ?, password_hash = ?, is_operator = ? WHERE id = ?")
            .Add(user.Name).Add(user.PasswordHash).Add(user.IsOperator).Add(user.Id.Value).Run()),
        PeopleChange.OfNewMember(var member) => Insert(connection, member),
        PeopleChange.OfMember(var member) => Found(connection.Use("UPDATE members SET role = ?, user_id = ? WHERE id = ?")
            .Add((long)member.Role).Add(member.UserId?.Value).Add(member.Id.Value).Run()),
        PeopleChange.OfMemberRemoval(var id) => Remove(connection, id),
        PeopleChange.OfNewSession(var session) => Insert(connection, session),
        PeopleChange.OfRotation of => Rotate(connection, of),
        PeopleChange.OfSeen(var id, var at) => See(connection, id, at),
        PeopleChange.OfSessionEnd(var id) => Done(connection.Use("DELETE FROM sessions WHERE id = ?").Add(id.Value)),
        PeopleChange.OfSessionsEnd(var userId) => Done(connection.Use("DELETE FROM sessions WHERE user_id = ?").Add(userId.Value)),
        PeopleChange.OfNewToken(var token) => Insert(connection, token),
        PeopleChange.OfTokenUse(var sha256, var purpose) => Found(connection
            .Use("DELETE FROM one_time_tokens WHERE sha256 = ? AND purpose = ? AND expires_at > ?").Add(sha256).Add((long)purpose).Add(now).Run()),
        PeopleChange.OfAudit(var entry) => Insert(connection, entry),
        _ => throw new ArgumentException($"{change.GetType().Name} is no change that the store knows.", nameof(change)),
    };

    static PeopleResult Done(Statement statement)
    {
        statement.Run();
        return PeopleResult.Saved;
    }

    static PeopleResult Found(int rows) => rows > 0 ? PeopleResult.Saved : PeopleResult.Gone;

    static PeopleResult Insert(Connection connection, PeopleChange.OfNewUser change)
    {
        if (change.IsFirstOperator && HasOperator(connection)) return PeopleResult.Taken;
        var user = change.User;
        return connection.Use(
            """
            INSERT INTO users (id, email, name, password_hash, is_operator, created_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (email) DO NOTHING
            """)
            .Add(user.Id.Value).Add(user.Email).Add(user.Name).Add(user.PasswordHash).Add(user.IsOperator).Add(user.CreatedAt).Add(user.LastSeenAt)
            .Run() == 0 ? PeopleResult.Taken : PeopleResult.Saved;
    }

    static PeopleResult Insert(Connection connection, Member member) => connection.Use(
        "INSERT INTO members (id, account_id, email, role, user_id, created_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, email) DO NOTHING")
        .Add(member.Id.Value).Add(member.AccountId.Value).Add(member.Email).Add((long)member.Role).Add(member.UserId?.Value).Add(member.CreatedAt)
        .Run() == 0 ? PeopleResult.Taken : PeopleResult.Saved;

    static PeopleResult Remove(Connection connection, Id<Member> id)
    {
        connection.Use(ForgetTokens).Add((long)TokenPurpose.Invitation).Add(id.Value).Run();
        return Found(connection.Use("DELETE FROM members WHERE id = ?").Add(id.Value).Run());
    }

    static PeopleResult Insert(Connection connection, Session session) => Done(connection.Use(
        """
        INSERT INTO sessions (id, sha256, user_id, link, csrf, created_at, rotated_at, last_seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
        .Add(session.Id.Value).Add(session.Sha256).Add(session.UserId?.Value).Add(LinkJson.Write(session.Link)).Add(session.Csrf)
        .Add(session.CreatedAt).Add(session.RotatedAt).Add(session.LastSeenAt).Add(session.ExpiresAt));

    static PeopleResult Rotate(Connection connection, PeopleChange.OfRotation change) => Found(connection.Use(
        "UPDATE sessions SET sha256 = ?, previous_sha256 = ?, previous_until = ?, rotated_at = ? WHERE id = ? AND sha256 = ?")
        .Add(change.To).Add(change.From).Add(change.At + IPeopleStore.SessionGrace).Add(change.At).Add(change.Id.Value).Add(change.From).Run());

    static PeopleResult See(Connection connection, Id<Session> id, DateTimeOffset at)
    {
        connection.Use("UPDATE sessions SET last_seen_at = max(last_seen_at, ?) WHERE id = ?").Add(at).Add(id.Value).Run();
        return Done(connection.Use("UPDATE users SET last_seen_at = max(coalesce(last_seen_at, 0), ?) WHERE id = (SELECT user_id FROM sessions WHERE id = ?)")
            .Add(at).Add(id.Value));
    }

    const string ForgetTokens = "DELETE FROM one_time_tokens WHERE purpose = ? AND subject = ?";

    static PeopleResult Insert(Connection connection, OneTimeToken token)
    {
        connection.Use(ForgetTokens).Add((long)token.Purpose).Add(token.Subject).Run();
        return Done(connection.Use("INSERT INTO one_time_tokens (sha256, purpose, subject, link, session_for, expires_at) VALUES (?, ?, ?, ?, ?, ?)")
            .Add(token.Sha256).Add((long)token.Purpose).Add(token.Subject).Add(LinkJson.Write(token.Link))
            .Add(token.SessionFor.Ticks / TimeSpan.TicksPerMicrosecond).Add(token.ExpiresAt));
    }

    // Users and members -----------------------------------------------------------------------------------------

    const string UserByEmail = "SELECT id, email, name, password_hash, is_operator, created_at, last_seen_at FROM users WHERE email = ?";
    const string UserById = "SELECT id, email, name, password_hash, is_operator, created_at, last_seen_at FROM users WHERE id = ?";
    const string UsersBefore = "SELECT id, email, name, password_hash, is_operator, created_at, last_seen_at FROM users WHERE id < ? ORDER BY id DESC LIMIT ?";

    const string MembersOf =
        """
        SELECT m.id, m.account_id, m.email, m.role, m.user_id, m.created_at, u.id, u.email, u.name, u.password_hash, u.is_operator, u.created_at, u.last_seen_at
        FROM members m LEFT JOIN users u ON u.id = m.user_id WHERE m.account_id = ? ORDER BY m.id DESC
        """;

    const string MemberById =
        """
        SELECT m.id, m.account_id, m.email, m.role, m.user_id, m.created_at, u.id, u.email, u.name, u.password_hash, u.is_operator, u.created_at, u.last_seen_at
        FROM members m LEFT JOIN users u ON u.id = m.user_id WHERE m.id = ?
        """;

    public Task<User?> FindUserAsync(string email, CancellationToken cancellation) =>
        _readers.ReadAsync(connection => ReadUser(connection.Use(UserByEmail).Add(email)), cancellation);

    public Task<User?> GetUserAsync(Id<User> id, CancellationToken cancellation) =>
        _readers.ReadAsync(connection => ReadUser(connection.Use(UserById).Add(id.Value)), cancellation);

    public Task<IReadOnlyList<User>> ListUsersAsync(Id<User>? before, int limit, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<User>>(
            connection => ReadAll(connection.Use(UsersBefore).Add(before?.Value ?? Guid.AllBitsSet).Add(limit), ReadUserRow), cancellation);

    public Task<bool> HasOperatorAsync(CancellationToken cancellation) => _readers.ReadAsync(HasOperator, cancellation);

    public Task<IReadOnlyList<MemberWithUser>> ListMembersAsync(Id<Account> account, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<MemberWithUser>>(
            connection => ReadAll(connection.Use(MembersOf).Add(account.Value), ReadMemberWithUser), cancellation);

    public Task<MemberWithUser?> GetMemberAsync(Id<Member> id, CancellationToken cancellation) =>
        _readers.ReadAsync(connection =>
        {
            using var row = connection.Use(MemberById).Add(id.Value);
            return row.Step() ? ReadMemberWithUser(row) : null;
        }, cancellation);

    static bool HasOperator(Connection connection)
    {
        using var row = connection.Use("SELECT 1 FROM users WHERE is_operator = 1 LIMIT 1");
        return row.Step();
    }

    static User? ReadUser(Statement row)
    {
        using (row) return row.Step() ? ReadUserRow(row) : null;
    }

    static User ReadUserRow(Statement row) =>
        new(new(row.Guid()), row.Text(), row.Text(), row.Text(), row.Bool(), row.Time(), row.TimeOrNull());

    static Member ReadMember(Statement row) =>
        new(new(row.Guid()), new(row.Guid()), row.Text(), (Role)row.Int(), row.GuidOrNull() is { } user ? new Id<User>(user) : null, row.Time());

    static MemberWithUser ReadMemberWithUser(Statement row)
    {
        var member = ReadMember(row);
        return new(member, member.UserId is null ? null : ReadUserRow(row));
    }

    // Sessions and tokens ---------------------------------------------------------------------------------------

    // The cookie of before is another index: a union, so that each is a seek.
    const string SessionBySha256 =
        """
        SELECT id, sha256, user_id, link, csrf, created_at, rotated_at, last_seen_at, expires_at, 0 FROM sessions
          WHERE sha256 = ?1 AND expires_at > ?2 AND last_seen_at > ?3
        UNION ALL
        SELECT id, sha256, user_id, link, csrf, created_at, rotated_at, last_seen_at, expires_at, 1 FROM sessions
          WHERE previous_sha256 = ?1 AND previous_until > ?2 AND expires_at > ?2 AND last_seen_at > ?3
        LIMIT 1
        """;

    const string MembershipsOf = "SELECT id, account_id, email, role, user_id, created_at FROM members WHERE user_id = ? ORDER BY id";

    const string TokenBySha256 =
        "SELECT sha256, purpose, subject, link, session_for, expires_at FROM one_time_tokens WHERE sha256 = ? AND purpose = ? AND expires_at > ?";

    public Task<SessionWithUser?> FindSessionAsync(byte[] sha256, DateTimeOffset seenAfter, CancellationToken cancellation) =>
        _readers.ReadAsync(connection =>
        {
            Session session;
            bool isPrevious;
            using (var row = connection.Use(SessionBySha256).Add(sha256).Add(Now).Add(seenAfter))
            {
                if (!row.Step()) return null;
                session = new(new(row.Guid()), row.Bytes(), row.GuidOrNull() is { } id ? new Id<User>(id) : null, LinkJson.Read(row.TextOrNull()),
                    row.Text(), row.Time(), row.Time(), row.Time(), row.Time());
                isPrevious = row.Bool();
            }
            if (session.UserId is not { } userId) return new SessionWithUser(session, null, [], isPrevious);
            return ReadUser(connection.Use(UserById).Add(userId.Value)) is { } user
                ? new SessionWithUser(session, user, ReadAll(connection.Use(MembershipsOf).Add(userId.Value), ReadMember), isPrevious)
                : null;
        }, cancellation);

    public Task<OneTimeToken?> FindTokenAsync(byte[] sha256, TokenPurpose purpose, CancellationToken cancellation) =>
        _readers.ReadAsync(connection =>
        {
            using var row = connection.Use(TokenBySha256).Add(sha256).Add((long)purpose).Add(Now);
            return row.Step()
                ? new OneTimeToken(row.Bytes(), (TokenPurpose)row.Int(), row.Guid(), LinkJson.Read(row.TextOrNull()),
                    TimeSpan.FromMicroseconds(row.Long()), row.Time())
                : null;
        }, cancellation);

    public Task<TimeSpan?> CountAttemptsAsync(IReadOnlyList<AttemptLimit> limits, TimeSpan window, CancellationToken cancellation) =>
        _writer.WriteAsync(limits.Count, connection =>
        {
            var now = Now;
            TimeSpan? wait = null;
            foreach (var limit in limits)
            {
                using var row = connection.Use(
                    """
                    INSERT INTO sign_in_attempts AS a (subject, count, started_at) VALUES (?1, 1, ?2)
                    ON CONFLICT (subject) DO UPDATE SET
                      count = CASE WHEN a.started_at <= ?3 THEN 1 ELSE a.count + 1 END,
                      started_at = CASE WHEN a.started_at <= ?3 THEN ?2 ELSE a.started_at END
                    RETURNING count, started_at
                    """)
                    .Add(limit.Subject).Add(now).Add(now - window);
                row.Step();
                var (count, left) = (row.Long(), row.Time() + window - now);
                if (count > limit.Most && (wait is not { } longest || left > longest)) wait = left;
            }
            return wait;
        }, cancellation);

    public Task ForgetAttemptsAsync(byte[] subject, CancellationToken cancellation) =>
        _writer.WriteAsync(1, connection => connection.Use("DELETE FROM sign_in_attempts WHERE subject = ?").Add(subject).Run(), cancellation);
}
