using Nova.Model;

namespace Nova.Storage;

/// <summary>
/// What signing in needs of a database: users, members, sessions, one-time tokens, the count of attempts, and the audit log. Apart from
/// <see cref="INovaStore"/>, which is what the engine needs; each store implements both, on one database, so that a change and its audit entry
/// are one transaction.
/// </summary>
/// <remarks>Nothing here is on the way of an event or a delivery. Sessions are read at every request that comes with one, so that who signs out, or is
/// removed, is out on every node at once.</remarks>
internal interface IPeopleStore
{
    // Changing --------------------------------------------------------------------------------------------------

    /// <summary>Writes changes in one transaction, in their order: all of them or none.</summary>
    Task<PeopleResult> SaveAsync(IReadOnlyList<PeopleChange> changes, CancellationToken cancellation);

    // Users and members -----------------------------------------------------------------------------------------

    /// <summary>The user with this address in lower case, or null.</summary>
    Task<User?> FindUserAsync(string email, CancellationToken cancellation);

    Task<User?> GetUserAsync(Id<User> id, CancellationToken cancellation);

    /// <summary>Users, newest first.</summary>
    Task<IReadOnlyList<User>> ListUsersAsync(Id<User>? before, int limit, CancellationToken cancellation);

    /// <summary>Somebody can sign in as an operator.</summary>
    Task<bool> HasOperatorAsync(CancellationToken cancellation);

    /// <summary>An account's members with their users, newest first.</summary>
    Task<IReadOnlyList<MemberWithUser>> ListMembersAsync(Id<Account> account, CancellationToken cancellation);

    /// <summary>A member of whatever account, or null.</summary>
    Task<MemberWithUser?> GetMemberAsync(Id<Member> id, CancellationToken cancellation);

    // Sessions and tokens ---------------------------------------------------------------------------------------

    /// <summary>
    /// The session of this cookie or token with its user and his memberships; null where there is none, it is past its end, or nobody has been
    /// seen in it since <paramref name="seenAfter"/>. The cookie of before a rotation is good for <see cref="SessionGrace"/> more.
    /// </summary>
    Task<SessionWithUser?> FindSessionAsync(byte[] sha256, DateTimeOffset seenAfter, CancellationToken cancellation);

    /// <summary>The token if it is good, without using it up; null otherwise.</summary>
    Task<OneTimeToken?> FindTokenAsync(byte[] sha256, TokenPurpose purpose, CancellationToken cancellation);

    /// <summary>
    /// Counts one attempt for each subject and returns the longest time to wait of those that now have more than they may within the window;
    /// null: none has.
    /// </summary>
    Task<TimeSpan?> CountAttemptsAsync(IReadOnlyList<AttemptLimit> limits, TimeSpan window, CancellationToken cancellation);

    /// <summary>Forgets a subject's attempts.</summary>
    Task ForgetAttemptsAsync(byte[] subject, CancellationToken cancellation);

    // The audit log ---------------------------------------------------------------------------------------------

    /// <summary>Entries, newest first.</summary>
    Task<IReadOnlyList<AuditEntry>> ListAuditAsync(AuditQuery query, CancellationToken cancellation);

    /// <summary>Removes what has expired, and audit entries older than a time, a bounded piece per call. True while there is more.</summary>
    Task<bool> CleanPeopleAsync(DateTimeOffset auditBefore, CancellationToken cancellation);

    /// <summary>
    /// How long the cookie of before a rotation goes on: requests that were on their way at the same moment, and an answer whose new cookie was
    /// lost, must not sign anybody out. One minute is longer than any request but a stream, which is authenticated when it begins.
    /// </summary>
    static readonly TimeSpan SessionGrace = TimeSpan.FromMinutes(1);
}

/// <summary>A write to <see cref="IPeopleStore"/>. The closed set of what it takes.</summary>
internal abstract record PeopleChange
{
    PeopleChange() { }

    /// <summary>Another user has the address: <see cref="PeopleResult.Taken"/>.</summary>
    /// <param name="User">A new one.</param>
    /// <param name="IsFirstOperator">Written only while there is no operator; otherwise <see cref="PeopleResult.Taken"/>.</param>
    internal sealed record OfNewUser(User User, bool IsFirstOperator = false) : PeopleChange;

    /// <summary>Name, password and whether he is an operator. No such user: <see cref="PeopleResult.Gone"/>.</summary>
    internal sealed record OfUser(User User) : PeopleChange;

    /// <summary>The account has a member of that address: <see cref="PeopleResult.Taken"/>.</summary>
    internal sealed record OfNewMember(Member Member) : PeopleChange;

    /// <summary>Role and user. No such member: <see cref="PeopleResult.Gone"/>.</summary>
    internal sealed record OfMember(Member Member) : PeopleChange;

    /// <summary>Takes a member, and the invitation that he has not accepted, away. No such member: <see cref="PeopleResult.Gone"/>.</summary>
    internal sealed record OfMemberRemoval(Id<Member> Id) : PeopleChange;

    internal sealed record OfNewSession(Session Session) : PeopleChange;

    /// <summary>Gives a session another cookie, if the one it has is still this: <see cref="PeopleResult.Gone"/> otherwise.</summary>
    internal sealed record OfRotation(Id<Session> Id, byte[] From, byte[] To, DateTimeOffset At) : PeopleChange;

    /// <summary>Notes that a session, and its user, were seen.</summary>
    internal sealed record OfSeen(Id<Session> Id, DateTimeOffset At) : PeopleChange;

    internal sealed record OfSessionEnd(Id<Session> Id) : PeopleChange;

    /// <summary>Ends all sessions of a user.</summary>
    internal sealed record OfSessionsEnd(Id<User> UserId) : PeopleChange;

    /// <summary>Those of before for the same subject and purpose are gone.</summary>
    internal sealed record OfNewToken(OneTimeToken Token) : PeopleChange;

    /// <summary>Uses a token up. It is not there, or not good any more: <see cref="PeopleResult.Gone"/>.</summary>
    internal sealed record OfTokenUse(byte[] Sha256, TokenPurpose Purpose) : PeopleChange;

    internal sealed record OfAudit(AuditEntry Entry) : PeopleChange;
}

internal enum PeopleResult
{
    Saved,

    /// <summary>An address that must be unique is taken, or there is a first operator already.</summary>
    Taken,

    /// <summary>What was to be changed or used is not there any more.</summary>
    Gone,
}

/// <summary>A member; his user once he has accepted.</summary>
internal sealed record MemberWithUser(Member Member, User? User);

/// <summary>A session with all that decides what it may do. <paramref name="IsPrevious"/>: found by the cookie of before its last rotation.</summary>
internal sealed record SessionWithUser(Session Session, User? User, IReadOnlyList<Member> Memberships, bool IsPrevious);

/// <param name="Subject">SHA-256 of whom is counted: people type passwords where addresses belong, so nothing readable is kept.</param>
/// <param name="Most">Attempts within the window.</param>
internal sealed record AttemptLimit(byte[] Subject, int Most);

/// <summary>Which audit entries to list; each member narrows. Newest first, after <see cref="Before"/>.</summary>
internal sealed record AuditQuery
{
    /// <summary>Null: of every account, and of none.</summary>
    public Id<Account>? AccountId { get; init; }

    /// <summary>An actor's id or name.</summary>
    public string? Actor { get; init; }

    /// <summary>An action; ending in <c>.*</c>, all of a noun.</summary>
    public string? Action { get; init; }

    /// <summary>A target's id or name.</summary>
    public string? Target { get; init; }
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? Until { get; init; }
    public Id<AuditEntry>? Before { get; init; }

    /// <summary>1 to 251.</summary>
    public required int Limit { get; init; }

    /// <summary>The first id that may be listed.</summary>
    public Guid First => From is { } from ? Id<AuditEntry>.FirstAt(from).Value : Guid.Empty;

    /// <summary>The first id that may not.</summary>
    public Guid End
    {
        get
        {
            var until = Until is { } time ? Id<AuditEntry>.FirstAt(time).Value : Guid.AllBitsSet;
            return Before is { } before && before.Value.CompareTo(until) < 0 ? before.Value : until;
        }
    }
}
