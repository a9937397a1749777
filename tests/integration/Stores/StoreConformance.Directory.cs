using Nova.Model;
using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    async Task<SaveResult> SaveAsync(params DirectoryChange[] changes) => await Store.SaveAsync(changes, None);

    static DirectoryChange.OfEndpoint New(Endpoint endpoint, int? limit = null, bool onePerEventType = false) =>
        new(endpoint, null, limit, onePerEventType);

    async Task<long> VersionAsync() => (await Store.ReadChangesAsync(0, None)).Version;

    async Task<Endpoint?> ReadEndpointAsync(Id<Endpoint> id) =>
        (await Store.ReadChangesAsync(0, None)).Endpoints.SingleOrDefault(endpoint => endpoint.Id == id);

    [Fact]
    public async Task A_new_account_has_two_environments_and_keeps_them()
    {
        var changed = TheAccount with { Name = "Acme GmbH", Plan = "pro", Overrides = new LimitOverrides(7, null, 500) };
        Assert.Equal(SaveResult.Saved, await SaveAsync(new DirectoryChange.OfAccount(changed)));
        var all = await Store.ReadChangesAsync(0, None);
        Assert.Equal(changed, Assert.Single(all.Accounts));
        Assert.Equal(2, all.Environments.Count);
        Assert.NotEqual(Sandbox, Production);
        Assert.Equal((Sandbox, Production), await EnvironmentsOfAsync(TheAccount));
    }

    [Fact]
    public async Task An_external_id_is_unique_within_its_product()
    {
        Assert.Equal(SaveResult.Taken, await SaveAsync(new DirectoryChange.OfAccount(NewAccount("acme"))));
        Assert.Equal(SaveResult.Saved, await SaveAsync(new DirectoryChange.OfAccount(NewAccount("acme", product: "kit"))));
        Assert.Equal(SaveResult.Saved, await SaveAsync(new DirectoryChange.OfAccount(NewAccount(null))));
        Assert.Equal(SaveResult.Saved, await SaveAsync(new DirectoryChange.OfAccount(NewAccount(null))));
        Assert.Equal(SaveResult.Saved, await SaveAsync(new DirectoryChange.OfAccount(TheAccount with { Name = "Still acme" })));
        Assert.Equal(4, (await Store.ReadChangesAsync(0, None)).Accounts.Count);
    }

    [Fact]
    public async Task An_external_id_taken_by_many_at_the_same_time_is_one_accounts()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SaveAsync(new DirectoryChange.OfAccount(NewAccount("race")))));
        Assert.Single(results, result => result == SaveResult.Saved);
        Assert.Equal(7, results.Count(result => result == SaveResult.Taken));
    }

    [Fact]
    public async Task Keys_are_read_as_they_were_written()
    {
        var key = new ApiKey(Id<ApiKey>.New(Clock.Now), Sandbox, "Server", [0, 1, 255], "sk_test_****7f3a", Clock.Now);
        var operatorKey = new OperatorKey(Id<OperatorKey>.New(Clock.Now), null, [9, 0], "nk_****0001", OperatorScopes.Publish, Clock.Now);
        await SaveAsync(new DirectoryChange.OfApiKey(key), new DirectoryChange.OfOperatorKey(operatorKey));
        var all = await Store.ReadChangesAsync(0, None);
        var (readKey, readOperatorKey) = (Assert.Single(all.ApiKeys), Assert.Single(all.OperatorKeys));
        Assert.Equal(key, readKey with { Sha256 = key.Sha256 });
        Assert.Equal(key.Sha256, readKey.Sha256);
        Assert.Equal(operatorKey, readOperatorKey with { Sha256 = operatorKey.Sha256 });
        Assert.Equal(operatorKey.Sha256, readOperatorKey.Sha256);

        var version = all.Version;
        await SaveAsync(new DirectoryChange.OfApiKey(key with { RevokedAt = Clock.Now }));
        var changes = await Store.ReadChangesAsync(version, None);
        Assert.Equal(Clock.Now, Assert.Single(changes.ApiKeys).RevokedAt);
        Assert.Empty(changes.OperatorKeys);
    }

    [Fact]
    public async Task A_keys_last_use_is_noted_and_read_as_a_change()
    {
        var key = new ApiKey(Id<ApiKey>.New(Clock.Now), Sandbox, null, [1], "sk_test_****7f3a", Clock.Now);
        await SaveAsync(new DirectoryChange.OfApiKey(key));
        var version = await VersionAsync();
        var used = Clock.Now.AddMinutes(3);
        var unknown = Id<ApiKey>.New(Clock.Now);
        await Store.TouchKeysAsync(new Dictionary<Guid, DateTimeOffset> { [key.Id.Value] = used, [unknown.Value] = used }, None);
        await Store.TouchKeysAsync(new Dictionary<Guid, DateTimeOffset> { [key.Id.Value] = used.AddMinutes(-1) }, None);
        Assert.Equal(used, Assert.Single((await Store.ReadChangesAsync(version, None)).ApiKeys).LastUsedAt);
    }

    [Fact]
    public async Task An_endpoint_is_read_as_it_was_written()
    {
        var endpoint = NewEndpoint(Production, "a.b", Endpoint.AllEventTypes) with
        {
            Name = "Näme", Description = "", Url = "https://example.com/ü?q=1", Generation = 3, Enabled = false,
            DisabledReason = "gone", DisabledAt = Clock.Now, DeletedAt = Clock.Now.AddSeconds(1), UrlChangedAt = Clock.Now.AddSeconds(-1),
            Headers = new SealedBytes("k2", [0, 255, 10]),
            Secrets =
            [
                new EndpointSecret(new SealedBytes("k2", [.. Enumerable.Range(0, 256).Select(i => (byte)i)]), Clock.Now),
                new EndpointSecret(new SealedBytes("k1", []), Clock.Now.AddDays(-1), Clock.Now.AddDays(1)),
            ],
        };
        await SaveAsync(New(endpoint));
        var read = await ReadEndpointAsync(endpoint.Id);
        Assert.NotNull(read);
        Assert.Equal(endpoint, read with { EventTypes = endpoint.EventTypes, Headers = endpoint.Headers, Secrets = endpoint.Secrets });
        Assert.Equal(endpoint.EventTypes, read.EventTypes);
        Assert.Equal("k2", read.Headers?.KeyId);
        Assert.Equal([0, 255, 10], read.Headers?.Bytes);
        Assert.Equal(endpoint.Secrets.Select(s => (s.Sealed.KeyId, s.CreatedAt, s.ExpiresAt)),
            read.Secrets.Select(s => (s.Sealed.KeyId, s.CreatedAt, s.ExpiresAt)));
        Assert.Equal(endpoint.Secrets.Select(s => s.Sealed.Bytes), read.Secrets.Select(s => s.Sealed.Bytes));
    }

    [Fact]
    public async Task A_change_made_from_an_old_row_is_stale()
    {
        var endpoint = NewEndpoint();
        await SaveAsync(New(endpoint));
        var mine = endpoint with { Name = "mine", UpdatedAt = endpoint.UpdatedAt.AddSeconds(1) };
        var theirs = endpoint with { Name = "theirs", UpdatedAt = endpoint.UpdatedAt.AddSeconds(2) };
        Assert.Equal(SaveResult.Saved, await SaveAsync(new DirectoryChange.OfEndpoint(mine, endpoint.UpdatedAt)));
        Assert.Equal(SaveResult.Stale, await SaveAsync(new DirectoryChange.OfEndpoint(theirs, endpoint.UpdatedAt)));
        Assert.Equal("mine", (await ReadEndpointAsync(endpoint.Id))?.Name);
        Assert.Equal(SaveResult.Saved, await SaveAsync(new DirectoryChange.OfEndpoint(theirs, mine.UpdatedAt)));
    }

    [Fact]
    public async Task Of_many_changes_from_one_row_at_the_same_time_one_is_saved()
    {
        var endpoint = NewEndpoint();
        await SaveAsync(New(endpoint));
        var results = await Task.WhenAll(Enumerable.Range(1, 8).Select(i =>
            SaveAsync(new DirectoryChange.OfEndpoint(endpoint with { UpdatedAt = Clock.Now.AddSeconds(i) }, endpoint.UpdatedAt))));
        Assert.Single(results, result => result == SaveResult.Saved);
        Assert.Equal(7, results.Count(result => result == SaveResult.Stale));
    }

    [Fact]
    public async Task A_time_finer_than_the_stores_is_not_stale()
    {
        Clock.Advance(TimeSpan.FromTicks(7)); // A store keeps microseconds; .NET counts tenths of them.
        var endpoint = NewEndpoint();
        await SaveAsync(New(endpoint));
        var changed = endpoint with { Name = "changed", UpdatedAt = Clock.Now.AddSeconds(1) };
        Assert.Equal(SaveResult.Saved, await SaveAsync(new DirectoryChange.OfEndpoint(changed, endpoint.UpdatedAt)));
        var read = await ReadEndpointAsync(endpoint.Id);
        Assert.Equal(SaveResult.Saved, await SaveAsync(new DirectoryChange.OfEndpoint(read!, read!.UpdatedAt)));
    }

    [Fact]
    public async Task An_update_of_an_endpoint_that_is_not_there_is_stale_and_so_is_a_new_one_that_is()
    {
        var endpoint = NewEndpoint();
        Assert.Equal(SaveResult.Stale, await SaveAsync(new DirectoryChange.OfEndpoint(endpoint, endpoint.UpdatedAt)));
        await SaveAsync(New(endpoint));
        Assert.Equal(SaveResult.Stale, await SaveAsync(New(endpoint)));
    }

    [Fact]
    public async Task Endpoint_limit_is_checked_inside_the_transaction()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => SaveAsync(New(NewEndpoint(), limit: 5))));
        Assert.Equal(5, results.Count(result => result == SaveResult.Saved));
        Assert.Equal(7, results.Count(result => result == SaveResult.LimitReached));
        Assert.Equal(SaveResult.Saved, await SaveAsync(New(NewEndpoint(Production), limit: 5)));
    }

    [Fact]
    public async Task A_deleted_endpoint_makes_room_and_an_update_needs_none()
    {
        var first = NewEndpoint();
        Assert.Equal(SaveResult.Saved, await SaveAsync(New(first, limit: 1)));
        Assert.Equal(SaveResult.LimitReached, await SaveAsync(New(NewEndpoint(), limit: 1)));
        var renamed = first with { Name = "n", UpdatedAt = Clock.Now.AddSeconds(1), UrlChangedAt = Clock.Now };
        Assert.Equal(SaveResult.Saved, await SaveAsync(new DirectoryChange.OfEndpoint(renamed, first.UpdatedAt, Limit: 1)));
        var deleted = renamed with { DeletedAt = Clock.Now, UpdatedAt = Clock.Now.AddSeconds(2) };
        Assert.Equal(SaveResult.Saved, await SaveAsync(new DirectoryChange.OfEndpoint(deleted, renamed.UpdatedAt)));
        Assert.Equal(SaveResult.Saved, await SaveAsync(New(NewEndpoint(), limit: 1)));
        Assert.NotNull((await ReadEndpointAsync(first.Id))?.DeletedAt);
    }

    [Fact]
    public async Task One_endpoint_per_event_type_where_the_product_says_so()
    {
        var first = NewEndpoint(Sandbox, "a", "b");
        Assert.Equal(SaveResult.Saved, await SaveAsync(New(first, onePerEventType: true)));
        Assert.Equal(SaveResult.Taken, await SaveAsync(New(NewEndpoint(Sandbox, "b"), onePerEventType: true)));
        Assert.Equal(SaveResult.Saved, await SaveAsync(New(NewEndpoint(Sandbox, "c"), onePerEventType: true)));
        Assert.Equal(SaveResult.Saved, await SaveAsync(New(NewEndpoint(Production, "b"), onePerEventType: true)));
        var same = first with { UpdatedAt = Clock.Now.AddSeconds(1) };
        Assert.Equal(SaveResult.Saved, await SaveAsync(new DirectoryChange.OfEndpoint(same, first.UpdatedAt, null, true)));
        var taking = same with { EventTypes = ["a", "c"], UpdatedAt = Clock.Now.AddSeconds(2) };
        Assert.Equal(SaveResult.Taken, await SaveAsync(new DirectoryChange.OfEndpoint(taking, same.UpdatedAt, null, true)));
        var deleted = same with { DeletedAt = Clock.Now, UpdatedAt = Clock.Now.AddSeconds(2) };
        Assert.Equal(SaveResult.Saved, await SaveAsync(new DirectoryChange.OfEndpoint(deleted, same.UpdatedAt, null, true)));
        Assert.Equal(SaveResult.Saved, await SaveAsync(New(NewEndpoint(Sandbox, "b"), onePerEventType: true)));
    }

    [Fact]
    public async Task Changes_are_saved_all_or_none()
    {
        var version = await VersionAsync();
        var endpoint = NewEndpoint();
        var key = new ApiKey(Id<ApiKey>.New(Clock.Now), Sandbox, null, [1], "m", Clock.Now);
        Assert.Equal(SaveResult.Taken, await SaveAsync(
            New(endpoint), new DirectoryChange.OfApiKey(key), new DirectoryChange.OfAccount(NewAccount("acme"))));
        var changes = await Store.ReadChangesAsync(version, None);
        Assert.Empty(changes.Endpoints);
        Assert.Empty(changes.ApiKeys);
        Assert.Empty(changes.Accounts);
        Assert.Null(await ReadEndpointAsync(endpoint.Id));
    }

    [Fact]
    public async Task Changes_since_a_version_are_those_written_after_it()
    {
        var start = await VersionAsync();
        var nothing = await Store.ReadChangesAsync(start, None);
        Assert.Equal(start, nothing.Version);
        Assert.Empty(nothing.Accounts);
        Assert.Empty(nothing.Environments);

        var endpoint = NewEndpoint();
        await SaveAsync(New(endpoint));
        var first = await Store.ReadChangesAsync(start, None);
        Assert.True(first.Version > start);
        Assert.Equal(endpoint.Id, Assert.Single(first.Endpoints).Id);
        Assert.Empty(first.Accounts);

        var account = NewAccount("later");
        await SaveAsync(new DirectoryChange.OfAccount(account));
        var second = await Store.ReadChangesAsync(first.Version, None);
        Assert.Equal(account, Assert.Single(second.Accounts));
        Assert.Equal(2, second.Environments.Count);
        Assert.Empty(second.Endpoints);
        Assert.Empty((await Store.ReadChangesAsync(second.Version, None)).Accounts);
    }

    [Fact]
    public async Task No_change_is_missed_by_reading_on_from_the_last_version_while_others_write()
    {
        var version = await VersionAsync();
        var endpoints = Enumerable.Range(0, 40).Select(_ => NewEndpoint()).ToArray();
        var writing = Task.WhenAll(endpoints.Select(endpoint => SaveAsync(New(endpoint))));
        var seen = new HashSet<Id<Endpoint>>();
        for (var last = false; ; )
        {
            var changes = await Store.ReadChangesAsync(version, None);
            seen.UnionWith(changes.Endpoints.Select(endpoint => endpoint.Id));
            version = changes.Version;
            if (last) break;
            last = writing.IsCompleted;
        }
        Assert.Equal(40, seen.Count);
    }

    [Fact]
    public async Task A_change_wakes_those_who_wait_for_one()
    {
        await Store.WaitForChangeAsync(TimeSpan.Zero, None); // Takes what the set-up's own changes left.
        var wait = Store.WaitForChangeAsync(TimeSpan.FromHours(1), None);
        await SaveAsync(New(NewEndpoint()));
        await wait.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_wait_for_a_change_ends_after_its_time()
    {
        await Store.WaitForChangeAsync(TimeSpan.Zero, None);
        var wait = Store.WaitForChangeAsync(TimeSpan.FromSeconds(1), None);
        while (!wait.IsCompleted && Clock.WaitingTimers == 0) await Task.Yield();
        Clock.Advance(TimeSpan.FromSeconds(1));
        await wait.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_wait_for_a_change_can_be_given_up()
    {
        await Store.WaitForChangeAsync(TimeSpan.Zero, None);
        using var stop = new CancellationTokenSource();
        var wait = Store.WaitForChangeAsync(TimeSpan.FromHours(1), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.WaitAsync(Patience));
    }
}
