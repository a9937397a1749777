using System.Text;
using Nova.Model;
using Nova.Sqlite;
using Nova.Storage;
using Nova.UnitTests;

namespace Nova.IntegrationTests.Stores;

/// <summary>What is SQLite's own: one process at a time, durability of what was answered, and no list without an index.</summary>
public sealed class SqliteStoreTests : IAsyncLifetime
{
    static readonly CancellationToken None = CancellationToken.None;

    readonly FakeClock _clock = new();
    readonly SqliteHarness _harness = new();
    SqliteStore _store = null!;
    int _node;

    public async ValueTask InitializeAsync()
    {
        _store = (SqliteStore)await _harness.CreateAsync(_clock);
        _node = await _store.RegisterNodeAsync("a", None);
    }

    public async ValueTask DisposeAsync() => await _harness.DisposeAsync();

    Append NewEntry(bool leased)
    {
        var @event = new Event
        {
            Id = Id<Event>.New(_clock.Now), EnvironmentId = 1, Type = "t", Data = Encoding.UTF8.GetBytes("{}"),
            OccurredAt = _clock.Now, CreatedAt = _clock.Now, EnvelopeId = 1, DeliveryCount = 1,
        };
        var delivery = new Delivery
        {
            Id = Id<Delivery>.New(_clock.Now), EnvironmentId = 1, EventId = @event.Id, EndpointId = Id<Endpoint>.New(_clock.Now),
            EventType = "t", CreatedAt = _clock.Now,
        };
        return new Append { EnvironmentId = 1, Event = @event, Deliveries = [new NewDelivery(delivery, leased)] };
    }

    static ClaimRequest Claim(int node) => new(node, 100, 100, new Dictionary<Id<Endpoint>, int>());

    // One process ----------------------------------------------------------------------------------------------------

    [Fact]
    public async Task A_second_store_on_the_same_file_is_refused_in_plain_words()
    {
        var exception = Assert.Throws<IOException>(() => new SqliteStore($"Data Source={_harness.File}", _clock));
        Assert.Contains("in use by another Nova process", exception.Message, StringComparison.Ordinal);
        Assert.True((await _store.HeartbeatAsync(_node, None)).Alive);
    }

    [Theory]
    [InlineData("Data Source=:memory:")]
    [InlineData("Data Source=")]
    [InlineData("")]
    [InlineData("Data Source=file:x.db?mode=memory")]
    [InlineData("Data Source=x.db;Mode=ReadOnly")]
    public void A_connection_string_that_names_no_file_or_more_is_refused(string connectionString) =>
        Assert.Throws<ArgumentException>(() => new SqliteStore(connectionString, _clock));

    [Fact]
    public async Task A_missing_folder_is_made()
    {
        var path = Path.Combine(_harness.Folder, "a", "b", "nova.db");
        await using var store = new SqliteStore($"Data Source={path}", _clock);
        await store.MigrateAsync(None);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_its_lock_is_let_go()
    {
        var path = Path.Combine(_harness.Folder, "broken.db");
        await File.WriteAllTextAsync(path, new string('x', 20_000));
        for (var i = 0; i < 2; i++) Assert.Throws<SqliteStoreException>(() => new SqliteStore($"Data Source={path}", _clock));
    }

    [Fact]
    public async Task The_first_node_of_a_new_run_frees_what_the_run_before_held()
    {
        await _store.AppendAsync(_node, [NewEntry(leased: true), NewEntry(leased: false)], None);
        Assert.Single(await _store.ClaimAsync(Claim(_node), None));

        _store = (SqliteStore)await _harness.ReopenAsync();
        var next = await _store.RegisterNodeAsync("a", None);

        Assert.Equal(2, (await _store.ClaimAsync(Claim(next), None)).Count);
        Assert.False((await _store.HeartbeatAsync(_node, None)).Alive);
    }

    [Fact]
    public async Task A_store_that_was_closed_says_so()
    {
        await _store.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _store.RegisterNodeAsync("b", None));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _store.GetStatusAsync(None));
        await _store.DisposeAsync();
    }

    // Durability -----------------------------------------------------------------------------------------------------

    [Fact]
    public async Task What_was_answered_survives_a_copy_of_the_files_without_closing()
    {
        // What a power cut leaves is no more than what is in the files at that moment: so look at a copy of them.
        var entries = Enumerable.Range(0, 20).Select(_ => NewEntry(leased: true)).ToArray();
        await _store.AppendAsync(_node, entries, None);
        await _store.RecordAsync(_node, [.. entries.Take(10).Select(End)], None);
        var copy = Path.Combine(_harness.Folder, "copy.db");
        foreach (var suffix in new[] { "", "-wal" })
        {
            await using var from = new FileStream(_harness.File + suffix, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            await using var to = File.Create(copy + suffix);
            await from.CopyToAsync(to);
        }

        await using var survivor = new SqliteStore($"Data Source={copy}", _clock);
        await survivor.MigrateAsync(None);
        var listed = await survivor.ListDeliveriesAsync(new DeliveryQuery { EnvironmentId = 1, Limit = 250 }, None);
        Assert.Equal(20, listed.Count);
        Assert.Equal(10, listed.Count(delivery => delivery.State == DeliveryState.Delivered));
        Assert.Equal(10, (await survivor.ClaimAsync(Claim(await survivor.RegisterNodeAsync("b", None)), None)).Count);
    }

    AttemptRecord End(Append entry) => new()
    {
        Delivery = entry.Deliveries[0].Delivery, State = DeliveryState.Delivered, EndedAgo = TimeSpan.Zero,
        Attempt = new Attempt
        {
            Number = 1, StartedAt = _clock.Now, Outcome = AttemptOutcome.Delivered, RequestHeaders = default,
            Timings = new AttemptTimings(1),
        },
    };

    [Theory]
    [InlineData("journal_mode", "wal")]
    [InlineData("synchronous", "2")] // FULL
    public async Task The_writer_keeps_what_it_answers_on_disk(string pragma, string expected) =>
        Assert.Equal(expected, await _store.ReadPragmaAsync(pragma, None));

    [Fact]
    public async Task An_operation_that_breaks_breaks_no_other_in_its_transaction()
    {
        var twice = NewEntry(leased: true);
        var good = Enumerable.Range(0, 30).Select(_ => NewEntry(leased: true)).ToArray();
        var tasks = good.Select(entry => _store.AppendAsync(_node, [entry], None)).ToList();
        // The same ids twice: the engine never does it, and the key of the table refuses it.
        var broken = _store.AppendAsync(_node, [twice, twice], None);
        tasks.AddRange(good.Select(_ => _store.AppendAsync(_node, [NewEntry(leased: true)], None)));
        await Assert.ThrowsAsync<SqliteStoreException>(() => broken);
        Assert.All(await Task.WhenAll(tasks), results => Assert.Equal(AppendOutcome.Written, Assert.Single(results).Outcome));
        Assert.Equal(60, (await _store.GetStatusAsync(None)).OpenDeliveries);
    }

    [Fact]
    public async Task A_call_that_was_given_up_before_it_began_writes_nothing()
    {
        using var given = new CancellationTokenSource();
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _store.AppendAsync(_node, [NewEntry(leased: true)], given.Token));
        Assert.Equal(0, (await _store.GetStatusAsync(None)).OpenDeliveries);
    }

    // Plans ----------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task No_list_of_deliveries_walks_a_whole_table_or_sorts()
    {
        foreach (var state in Enum.GetValues<DeliveryState>().Cast<DeliveryState?>().Prepend(null))
        for (var filters = 0; filters < 64; filters++)
        {
            bool Has(int filter) => (filters & 1 << filter) != 0;
            var query = new DeliveryQuery
            {
                EnvironmentId = 1, Limit = 50, State = state,
                EndpointId = Has(0) ? Id<Endpoint>.New(_clock.Now) : null,
                EventId = Has(1) ? Id<Event>.New(_clock.Now) : null,
                EventType = Has(2) ? "t" : null,
                Tenant = Has(3) ? "t" : null,
                From = Has(4) ? _clock.Now : null,
                Before = Has(5) ? Id<Delivery>.New(_clock.Now) : null,
            };
            foreach (var list in HistoryQuery.Of(query)) await AssertIndexedAsync(list.Sql);
            if (state is DeliveryState.Failed or null)
                foreach (var list in HistoryQuery.Of(query with { Cause = new FailureCause(503) })) await AssertIndexedAsync(list.Sql);
            if (!Has(2))
            {
                var several = query with { EventTypes = ["t", "u"], State = null, States = [DeliveryState.Failed, DeliveryState.Pending] };
                foreach (var list in HistoryQuery.Of(several)) await AssertIndexedAsync(list.Sql);
            }
        }
    }

    [Theory]
    [InlineData(null, null, "PRIMARY KEY")]
    [InlineData("t", null, "events_by_type")]
    [InlineData(null, "t", "events_by_tenant")]
    [InlineData("t", "t", "events_by_tenant")]
    public async Task No_list_of_events_walks_a_whole_table_or_sorts(string? type, string? tenant, string index)
    {
        var list = HistoryQuery.Of(new EventQuery { EnvironmentId = 1, Limit = 50, Type = type, Tenant = tenant });
        Assert.Contains(index, await AssertIndexedAsync(list.Sql), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_that_delivering_or_retention_asks_walks_a_whole_table_or_sorts()
    {
        foreach (var sql in SqliteStore.StatementsOfWorkers) await AssertIndexedAsync(sql);
    }

    async Task<string> AssertIndexedAsync(string sql)
    {
        var plan = string.Join('\n', await _store.ExplainAsync(sql, None));
        Assert.False(plan.Contains("SCAN", StringComparison.Ordinal), $"{sql}\n{plan}");
        // The environment alone is no index: it may hold everything.
        var whole = plan.Contains("(environment_id=?)", StringComparison.Ordinal) && !sql.Contains("ORDER BY id DESC", StringComparison.Ordinal);
        Assert.False(whole, $"{sql}\n{plan}");
        Assert.False(plan.Contains("TEMP B-TREE", StringComparison.Ordinal), $"{sql}\n{plan}");
        return plan;
    }
}
