using Nova.Model;
using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    IPeopleStore PeopleStore => (IPeopleStore)Store;

    User NewUser(string email = "ada@example.com", bool isOperator = false) =>
        new(Id<User>.New(Clock.Now), email, "Ada", "hash", isOperator, Clock.Now);

    Session NewSession(byte first, User? user = null, LinkGrant? link = null, int hours = 24) => new(
        Id<Session>.New(Clock.Now), [first, 1, 2], user?.Id, link, "csrf", Clock.Now, Clock.Now, Clock.Now, Clock.Now.AddHours(hours));

    Task<PeopleResult> SavePeopleAsync(params PeopleChange[] changes) => PeopleStore.SaveAsync(changes, None);

    Task<SessionWithUser?> FindAsync(byte first) => PeopleStore.FindSessionAsync([first, 1, 2], Clock.Now.AddHours(-1), None);

    [Fact]
    public async Task A_user_is_found_as_it_was_written_and_an_address_is_one_user_s()
    {
        var user = NewUser(isOperator: true);
        Assert.False(await PeopleStore.HasOperatorAsync(None));
        Assert.Equal(PeopleResult.Saved, await SavePeopleAsync(new PeopleChange.OfNewUser(user)));
        Assert.Equal(user, await PeopleStore.FindUserAsync("ada@example.com", None));
        Assert.Equal(user, await PeopleStore.GetUserAsync(user.Id, None));
        Assert.True(await PeopleStore.HasOperatorAsync(None));
        Assert.Null(await PeopleStore.FindUserAsync("eve@example.com", None));
        Assert.Equal(PeopleResult.Taken, await SavePeopleAsync(new PeopleChange.OfNewUser(NewUser())));

        var changed = user with { Name = "Ada L.", PasswordHash = "other", IsOperator = false };
        Assert.Equal(PeopleResult.Saved, await SavePeopleAsync(new PeopleChange.OfUser(changed)));
        Assert.Equal(changed, await PeopleStore.GetUserAsync(user.Id, None));
        Assert.Equal(PeopleResult.Gone, await SavePeopleAsync(new PeopleChange.OfUser(NewUser("nobody@example.com"))));
    }

    [Fact]
    public async Task Users_are_listed_newest_first_by_pages()
    {
        List<Id<User>> ids = [];
        for (var i = 0; i < 3; i++)
        {
            var user = NewUser($"u{i}@example.com");
            await SavePeopleAsync(new PeopleChange.OfNewUser(user));
            ids.Insert(0, user.Id);
            Clock.Advance(TimeSpan.FromMilliseconds(5));
        }
        Assert.Equal(ids[..2], (await PeopleStore.ListUsersAsync(null, 2, None)).Select(user => user.Id));
        Assert.Equal(ids[2..], (await PeopleStore.ListUsersAsync(ids[1], 2, None)).Select(user => user.Id));
    }

    [Fact]
    public async Task Of_many_first_operators_one_is()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            SavePeopleAsync(new PeopleChange.OfNewUser(NewUser($"u{i}@example.com", isOperator: true), IsFirstOperator: true))));
        Assert.Single(all, result => result == PeopleResult.Saved);
        Assert.Equal(7, all.Count(result => result == PeopleResult.Taken));
    }

    [Fact]
    public async Task Changes_of_people_are_made_together_or_not_at_all()
    {
        var user = NewUser();
        Assert.Equal(PeopleResult.Gone, await SavePeopleAsync(new PeopleChange.OfNewUser(user), new PeopleChange.OfTokenUse([9], TokenPurpose.Setup)));
        Assert.Null(await PeopleStore.GetUserAsync(user.Id, None));
        // What others write at the same time stands.
        Assert.Equal(PeopleResult.Saved, await SavePeopleAsync(new PeopleChange.OfNewUser(user)));
    }

    [Fact]
    public async Task A_member_is_invited_joins_changes_and_goes()
    {
        var user = NewUser();
        await SavePeopleAsync(new PeopleChange.OfNewUser(user));
        var member = new Member(Id<Member>.New(Clock.Now), TheAccount.Id, user.Email, Role.Admin, null, Clock.Now);
        Assert.Equal(PeopleResult.Saved, await SavePeopleAsync(new PeopleChange.OfNewMember(member)));
        Assert.Equal(PeopleResult.Taken, await SavePeopleAsync(new PeopleChange.OfNewMember(member with { Id = Id<Member>.New(Clock.Now) })));
        Assert.Equal(new MemberWithUser(member, null), Assert.Single(await PeopleStore.ListMembersAsync(TheAccount.Id, None)));

        var joined = member with { UserId = user.Id, Role = Role.Member };
        Assert.Equal(PeopleResult.Saved, await SavePeopleAsync(new PeopleChange.OfMember(joined)));
        Assert.Equal(new MemberWithUser(joined, user), await PeopleStore.GetMemberAsync(member.Id, None));
        Assert.Equal(PeopleResult.Saved, await SavePeopleAsync(new PeopleChange.OfMemberRemoval(member.Id)));
        Assert.Equal(PeopleResult.Gone, await SavePeopleAsync(new PeopleChange.OfMemberRemoval(member.Id)));
        Assert.Null(await PeopleStore.GetMemberAsync(member.Id, None));
    }

    [Fact]
    public async Task A_session_is_found_with_its_user_and_his_memberships()
    {
        var user = NewUser();
        var member = new Member(Id<Member>.New(Clock.Now), TheAccount.Id, user.Email, Role.Admin, user.Id, Clock.Now);
        var session = NewSession(1, user);
        await SavePeopleAsync(new PeopleChange.OfNewUser(user), new PeopleChange.OfNewMember(member), new PeopleChange.OfNewSession(session));
        var found = (await FindAsync(1))!;
        Assert.Equal((session.Id, user.Id, "csrf", session.ExpiresAt, false), (found.Session.Id, found.Session.UserId!.Value, found.Session.Csrf, found.Session.ExpiresAt, found.IsPrevious));
        Assert.Equal(user, found.User);
        Assert.Equal(member, Assert.Single(found.Memberships));
        Assert.Null(await FindAsync(2));
    }

    [Fact]
    public async Task A_session_ends_by_its_time_by_idleness_and_by_being_ended()
    {
        var user = NewUser();
        await SavePeopleAsync(new PeopleChange.OfNewUser(user), new PeopleChange.OfNewSession(NewSession(1, user, hours: 2)), new PeopleChange.OfNewSession(NewSession(2, user)),
            new PeopleChange.OfNewSession(NewSession(3, user)));
        Clock.Advance(TimeSpan.FromMinutes(50));
        await SavePeopleAsync(new PeopleChange.OfSeen((await FindAsync(1))!.Session.Id, Clock.Now));
        Assert.Equal(Clock.Now, (await PeopleStore.GetUserAsync(user.Id, None))!.LastSeenAt);
        Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.NotNull(await FindAsync(1));
        Assert.Null(await FindAsync(2)); // Nobody was seen for an hour.
        Assert.NotNull(await PeopleStore.FindSessionAsync([2, 1, 2], Clock.Now.AddHours(-2), None));
        Clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(await PeopleStore.FindSessionAsync([1, 1, 2], Clock.Now.AddHours(-9), None)); // Its two hours are over.

        await SavePeopleAsync(new PeopleChange.OfSessionsEnd(user.Id));
        Assert.Null(await PeopleStore.FindSessionAsync([2, 1, 2], Clock.Now.AddHours(-9), None));
        Assert.Null(await PeopleStore.FindSessionAsync([3, 1, 2], Clock.Now.AddHours(-9), None));
    }

    [Fact]
    public async Task A_rotated_session_is_found_by_both_cookies_for_a_minute_and_rotated_once()
    {
        var user = NewUser();
        var session = NewSession(1, user);
        await SavePeopleAsync(new PeopleChange.OfNewUser(user), new PeopleChange.OfNewSession(session));
        Assert.Equal(PeopleResult.Saved, await SavePeopleAsync(new PeopleChange.OfRotation(session.Id, session.Sha256, [2, 1, 2], Clock.Now)));
        Assert.Equal(PeopleResult.Gone, await SavePeopleAsync(new PeopleChange.OfRotation(session.Id, session.Sha256, [3, 1, 2], Clock.Now)));
        Assert.True((await FindAsync(1))!.IsPrevious);
        Assert.False((await FindAsync(2))!.IsPrevious);
        Clock.Advance(IPeopleStore.SessionGrace);
        Assert.Null(await FindAsync(1));
        Assert.NotNull(await FindAsync(2));
        await SavePeopleAsync(new PeopleChange.OfSessionEnd(session.Id));
        Assert.Null(await FindAsync(2));
    }

    [Fact]
    public async Task What_a_link_grants_is_kept_through_token_and_session()
    {
        var link = new LinkGrant(TheAccount.Id, EnvironmentName.Sandbox, Role.Admin, LinkScopes.View | LinkScopes.Replay, """{"primary":"#3366ff"}""");
        var token = new OneTimeToken([7, 7], TokenPurpose.PortalLink, Guid.NewGuid(), link, TimeSpan.FromHours(1), Clock.Now.AddMinutes(10));
        await SavePeopleAsync(new PeopleChange.OfNewToken(token), new PeopleChange.OfNewSession(NewSession(1, link: link)));
        var found = (await PeopleStore.FindTokenAsync([7, 7], TokenPurpose.PortalLink, None))!;
        Assert.Equal((link, token.Subject, token.SessionFor, token.ExpiresAt), (found.Link!, found.Subject, found.SessionFor, found.ExpiresAt));
        Assert.Equal(link, (await FindAsync(1))!.Session.Link);
        Assert.Equal(link with { Environment = null, Theme = null }, LinkJson.Read(LinkJson.Write(link with { Environment = null, Theme = null })));
    }

    [Fact]
    public async Task A_token_is_good_once_for_its_purpose_and_time_and_until_there_is_a_newer()
    {
        OneTimeToken New(byte first, Guid subject) => new([first], TokenPurpose.Invitation, subject, null, default, Clock.Now.AddHours(1));
        var (one, two) = (Guid.NewGuid(), Guid.NewGuid());
        await SavePeopleAsync(new PeopleChange.OfNewToken(New(1, one)), new PeopleChange.OfNewToken(New(2, two)), new PeopleChange.OfNewToken(New(3, one)));
        Assert.Null(await PeopleStore.FindTokenAsync([1], TokenPurpose.Invitation, None));
        Assert.NotNull(await PeopleStore.FindTokenAsync([2], TokenPurpose.Invitation, None));
        Assert.Null(await PeopleStore.FindTokenAsync([3], TokenPurpose.Password, None));
        Assert.Equal(PeopleResult.Gone, await SavePeopleAsync(new PeopleChange.OfTokenUse([3], TokenPurpose.Password)));
        Assert.Equal(PeopleResult.Saved, await SavePeopleAsync(new PeopleChange.OfTokenUse([3], TokenPurpose.Invitation)));
        Assert.Equal(PeopleResult.Gone, await SavePeopleAsync(new PeopleChange.OfTokenUse([3], TokenPurpose.Invitation)));
        Clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(await PeopleStore.FindTokenAsync([2], TokenPurpose.Invitation, None));
        Assert.Equal(PeopleResult.Gone, await SavePeopleAsync(new PeopleChange.OfTokenUse([2], TokenPurpose.Invitation)));
    }

    [Fact]
    public async Task Of_many_that_use_a_token_at_the_same_time_one_does()
    {
        await SavePeopleAsync(new PeopleChange.OfNewToken(new([1], TokenPurpose.Setup, Guid.Empty, null, default, Clock.Now.AddHours(1))));
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SavePeopleAsync(new PeopleChange.OfTokenUse([1], TokenPurpose.Setup))));
        Assert.Single(all, result => result == PeopleResult.Saved);
    }

    [Fact]
    public async Task Attempts_are_counted_within_their_window_and_forgotten_when_told()
    {
        var window = TimeSpan.FromMinutes(15);
        Task<TimeSpan?> CountAsync() => PeopleStore.CountAttemptsAsync([new([1], 3), new([2], 100)], window, None);
        for (var i = 0; i < 3; i++) Assert.Null(await CountAsync());
        Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(TimeSpan.FromMinutes(10), await CountAsync());
        Assert.Null(await PeopleStore.CountAttemptsAsync([new([2], 100)], window, None));
        Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Null(await CountAsync());
        for (var i = 0; i < 3; i++) await CountAsync();
        Assert.NotNull(await CountAsync());
        await PeopleStore.ForgetAttemptsAsync([1], None);
        Assert.Null(await CountAsync());
    }

    [Fact]
    public async Task Attempts_at_the_same_time_are_all_counted()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => PeopleStore.CountAttemptsAsync([new([1], 5)], TimeSpan.FromMinutes(1), None)));
        Assert.Equal(5, all.Count(wait => wait is null));
    }

    AuditEntry NewEntry(string action, Id<Account>? account = null, string actor = "ada") => new()
    {
        Id = Id<AuditEntry>.New(Clock.Now),
        AccountId = account,
        Environment = EnvironmentName.Production,
        Actor = new("user", "usr_" + actor, actor),
        Action = action,
        Target = new("webhook", "ep_1", "one"),
        Before = """{"url":"a"}""",
        After = """{"url":"b"}""",
        Address = "127.0.0.1",
    };

    [Fact]
    public async Task An_audit_entry_is_written_with_its_change_or_not_at_all()
    {
        var entry = NewEntry("account.updated", TheAccount.Id);
        Assert.Equal(SaveResult.Saved, await Store.SaveAsync([new DirectoryChange.OfAccount(TheAccount with { Name = "New" }), new DirectoryChange.OfAudit(entry)], None));
        Assert.Equal(SaveResult.Taken, await Store.SaveAsync(
            [new DirectoryChange.OfAudit(NewEntry("account.created")), new DirectoryChange.OfAccount(NewAccount("acme"))], None));
        Assert.Equal(PeopleResult.Gone, await SavePeopleAsync(new PeopleChange.OfAudit(NewEntry("user.updated")), new PeopleChange.OfUser(NewUser())));
        Assert.Equal(entry, Assert.Single(await PeopleStore.ListAuditAsync(new() { Limit = 10 }, None)));
    }

    [Fact]
    public async Task Audit_entries_are_listed_by_account_actor_action_target_and_time()
    {
        var other = NewAccount("other");
        await Store.SaveAsync([new DirectoryChange.OfAccount(other)], None);
        List<AuditEntry> all = [];
        foreach (var (action, account, actor) in ((string, Id<Account>?, string)[])
            [("webhook.created", TheAccount.Id, "ada"), ("webhook.updated", TheAccount.Id, "eve"), ("member.invited", other.Id, "ada"), ("user.created", null, "ada")])
        {
            all.Add(NewEntry(action, account, actor));
            await SavePeopleAsync(new PeopleChange.OfAudit(all[^1]));
            Clock.Advance(TimeSpan.FromSeconds(1));
        }
        async Task ExpectAsync(AuditQuery query, params int[] places) =>
            Assert.Equal(places.Select(place => all[place]), await PeopleStore.ListAuditAsync(query, None));
        var any = new AuditQuery { Limit = 10 };
        await ExpectAsync(any, 3, 2, 1, 0);
        await ExpectAsync(any with { AccountId = TheAccount.Id }, 1, 0);
        await ExpectAsync(any with { Actor = "usr_eve" }, 1);
        await ExpectAsync(any with { Actor = "ada", AccountId = TheAccount.Id }, 0);
        await ExpectAsync(any with { Action = "webhook.*" }, 1, 0);
        await ExpectAsync(any with { Action = "webhook" });
        await ExpectAsync(any with { Action = "member.invited" }, 2);
        await ExpectAsync(any with { Target = "one", Limit = 2 }, 3, 2);
        await ExpectAsync(any with { Target = "two" });
        await ExpectAsync(any with { Before = all[2].Id }, 1, 0);
        await ExpectAsync(any with { From = all[1].At, Until = all[3].At }, 2, 1);
    }

    [Fact]
    public async Task What_has_expired_and_old_audit_entries_are_cleaned_away()
    {
        var user = NewUser();
        await SavePeopleAsync(
            new PeopleChange.OfNewUser(user), new PeopleChange.OfNewSession(NewSession(1, user, hours: 1)), new PeopleChange.OfNewSession(NewSession(2, user, hours: 99)),
            new PeopleChange.OfNewToken(new([1], TokenPurpose.Setup, Guid.Empty, null, default, Clock.Now.AddHours(1))), new PeopleChange.OfAudit(NewEntry("old.one")));
        Clock.Advance(TimeSpan.FromHours(2));
        await SavePeopleAsync(new PeopleChange.OfAudit(NewEntry("new.one")));
        while (await PeopleStore.CleanPeopleAsync(Clock.Now.AddHours(-1), None)) { }
        Assert.Equal("new.one", Assert.Single(await PeopleStore.ListAuditAsync(new() { Limit = 10 }, None)).Action);
        Assert.NotNull(await PeopleStore.FindSessionAsync([2, 1, 2], Clock.Now.AddHours(-9), None));
        Assert.False(await PeopleStore.CleanPeopleAsync(Clock.Now.AddHours(-1), None));
    }
}
