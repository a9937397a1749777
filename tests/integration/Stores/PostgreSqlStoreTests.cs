using System.Diagnostics;
using Nova.Model;
using Nova.PostgreSql;
using Nova.Storage;
using Nova.TestSupport;
using Nova.UnitTests;
using Npgsql;

namespace Nova.IntegrationTests.Stores;

/// <summary>What is special to PostgreSQL: several nodes at once, notifications, repeated calls after a lost answer, days as partitions.</summary>
public sealed class PostgreSqlStoreTests : IAsyncLifetime
{
    static readonly CancellationToken None = CancellationToken.None;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60); // Only a failing test waits this long.
    static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    readonly FakeClock _clock = new();
    readonly PostgreSqlHarness _harness = new();
    NpgsqlDataSource _database = null!;
    INovaStore _store = null!;
    int _node;

    public async ValueTask InitializeAsync()
    {
        _store = await _harness.CreateAsync(_clock);
        _database = NpgsqlDataSource.Create(_harness.ConnectionString);
        _node = await _store.RegisterNodeAsync("a", None);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await _harness.DisposeAsync();
    }

    [Theory]
    [InlineData("12.18", "UTF8", "13 or later")]
    [InlineData("15.4", "LATIN1", "LATIN1")]
    [InlineData("15.4", "SQL_ASCII", "UTF8")]
    [InlineData("13.0", "UTF8", null)]
    public void An_old_server_and_another_encoding_are_refused_at_the_start(string version, string encoding, string? words)
    {
        var fault = PostgreSqlStore.FaultOf(Version.Parse(version), encoding);
        if (words is null) Assert.Null(fault);
        else Assert.Contains(words, fault, StringComparison.Ordinal);
    }

    (Append Entry, Delivery Delivery) NewEntry(Id<Endpoint>? endpoint = null, bool leased = true, DateTimeOffset? at = null)
    {
        var now = at ?? _clock.Now;
        var @event = new Event
        {
            Id = Id<Event>.New(now), EnvironmentId = 1, Type = "score.completed", Data = "{}"u8.ToArray(), OccurredAt = now, CreatedAt = now, EnvelopeId = 1,
            DeliveryCount = 1,
        };
        var delivery = new Delivery
        {
            Id = Id<Delivery>.New(now), EnvironmentId = 1, EventId = @event.Id, EndpointId = endpoint ?? Id<Endpoint>.New(now), EventType = @event.Type, CreatedAt = now,
        };
        return (new Append { EnvironmentId = 1, Event = @event, Deliveries = [new(delivery, leased)], Fingerprint = [1] }, delivery);
    }

    static AttemptRecord Ended(Delivery delivery, DeliveryState state = DeliveryState.Delivered) => new()
    {
        Delivery = delivery, State = state, EndedAgo = TimeSpan.Zero,
        Attempt = new Attempt
        {
            Number = 1, StartedAt = delivery.CreatedAt, Outcome = AttemptOutcome.Delivered, Timings = new AttemptTimings(1), RequestHeaders = default,
        },
    };

    async Task<T?> ReadAsync<T>(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    Task<long> CountAsync(string from) => ReadAsync<long>($"SELECT count(*) FROM {from}")!;

    async Task ExecuteAsync(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Waits for a condition of the database, which has no signal of its own for it.</summary>
    async Task UntilAsync(string condition)
    {
        for (var started = Stopwatch.GetTimestamp(); !await ReadAsync<bool>($"SELECT {condition}");)
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, $"It did not come to {condition}.");
    }

    Task<IReadOnlyList<Claimed>> ClaimAsync(INovaStore store, int node) =>
        store.ClaimAsync(new ClaimRequest(node, 1000, 1000, new Dictionary<Id<Endpoint>, int>()), None);

    // Starting -------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Nodes_that_start_at_once_on_an_empty_database_migrate_it_once()
    {
        var server = await PostgreSqlServer.SharedAsync();
        var empty = await server.CreateDatabaseAsync();
        var stores = Enumerable.Range(0, 4).Select(_ => new PostgreSqlStore(empty)).ToArray();
        await Task.WhenAll(stores.Select(store => store.MigrateAsync(None)));
        var nodes = await Task.WhenAll(stores.Select(store => store.RegisterNodeAsync("n", None)));
        Assert.Equal(4, nodes.Distinct().Count());
        foreach (var store in stores) await store.DisposeAsync();
        await server.DropDatabaseAsync(empty);
    }

    [Fact]
    public async Task The_databases_clock_decides_where_no_other_is_handed_in()
    {
        await using var store = new PostgreSqlStore(_harness.ConnectionString);
        await store.MigrateAsync(None);
        var node = await store.RegisterNodeAsync("real", None);
        var before = await ReadAsync<DateTime>("SELECT clock_timestamp()");
        var heartbeat = await store.HeartbeatAsync(node, None);
        Assert.InRange(heartbeat.StoreNow.UtcDateTime, before, await ReadAsync<DateTime>("SELECT clock_timestamp()"));

        var (entry, delivery) = NewEntry(at: heartbeat.StoreNow);
        await store.AppendAsync(node, [entry], None);
        await store.RecordAsync(node, [Ended(delivery, DeliveryState.Pending) with { RetryIn = TimeSpan.FromHours(1) }], None);
        Assert.Empty(await ClaimAsync(store, node));
        Assert.Equal(1, await store.HastenAsync(1, delivery.EndpointId, 10, None));
        Assert.Equal(delivery.Id, Assert.Single(await ClaimAsync(store, node)).Delivery.Id);
    }

    // Several nodes --------------------------------------------------------------------------------------------------

    [Fact]
    public async Task A_take_over_waits_for_an_append_that_is_under_way_and_frees_what_it_leased()
    {
        var other = await _harness.OpenAsync();
        var survivor = await other.RegisterNodeAsync("b", None);
        var (entry, delivery) = NewEntry();
        // Holds the table against the append, which has passed the fence by then.
        await using var blocker = await _database.OpenConnectionAsync();
        await using var block = await blocker.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("LOCK TABLE open_deliveries IN SHARE MODE", blocker)) await command.ExecuteNonQueryAsync();
        var appending = _store.AppendAsync(_node, [entry], None);
        await UntilAsync("EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO open_deliveries%')");
        _clock.Advance(Lease * 2);
        Assert.True((await other.HeartbeatAsync(survivor, None)).Alive);
        var takingOver = other.TakeOverAsync(Lease, None);
        await UntilAsync("EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DELETE FROM nodes%')");

        await block.CommitAsync();

        Assert.Equal(AppendOutcome.Written, Assert.Single(await appending.WaitAsync(Patience)).Outcome);
        Assert.Equal(1, await takingOver.WaitAsync(Patience));
        Assert.Equal(delivery.Id, Assert.Single(await ClaimAsync(other, survivor)).Delivery.Id);
        await Assert.ThrowsAsync<NodeLostException>(() => _store.AppendAsync(_node, [NewEntry().Entry], None));
    }

    [Fact]
    public async Task A_heartbeat_does_not_wait_for_an_append_that_is_under_way()
    {
        await using var blocker = await _database.OpenConnectionAsync();
        await using var block = await blocker.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("LOCK TABLE open_deliveries IN SHARE MODE", blocker)) await command.ExecuteNonQueryAsync();
        var appending = _store.AppendAsync(_node, [NewEntry().Entry], None);
        await UntilAsync("EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO open_deliveries%')");
        Assert.True((await _store.HeartbeatAsync(_node, None).WaitAsync(Patience)).Alive);
        Assert.False(appending.IsCompleted);
        await block.CommitAsync();
        await appending.WaitAsync(Patience);
    }

    [Fact]
    public async Task Nodes_that_use_the_same_keys_in_any_order_write_each_once_and_never_block_each_other()
    {
        var stores = new[] { _store, await _harness.OpenAsync(), await _harness.OpenAsync() };
        var nodes = new[] { _node, await stores[1].RegisterNodeAsync("b", None), await stores[2].RegisterNodeAsync("c", None) };
        var written = 0;
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async worker =>
        {
            var random = new Random(worker);
            for (var round = 0; round < 5; round++)
            {
                var keys = Enumerable.Range(round * 20, 20).ToArray();
                random.Shuffle(keys);
                var batch = keys.Select(key => NewEntry(leased: false).Entry with { Keys = [$"key:{key}"] }).ToArray();
                var results = await stores[worker % 3].AppendAsync(nodes[worker % 3], batch, None);
                Assert.All(results, result => Assert.True(result.Outcome is AppendOutcome.Written or AppendOutcome.Repeated));
                Interlocked.Add(ref written, results.Count(result => result.Outcome == AppendOutcome.Written));
            }
        })).WaitAsync(Patience);
        Assert.Equal(100, written);
        Assert.Equal(100, await CountAsync("events"));
        Assert.Equal(100, await CountAsync("open_deliveries"));
    }

    [Fact]
    public async Task Nodes_that_record_failures_of_the_same_endpoints_in_any_order_count_them_all()
    {
        var stores = new[] { _store, await _harness.OpenAsync() };
        var nodes = new[] { _node, await stores[1].RegisterNodeAsync("b", None) };
        var endpoints = Enumerable.Range(0, 10).Select(_ => Id<Endpoint>.New(_clock.Now)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async worker =>
        {
            var random = new Random(worker);
            var (store, node) = (stores[worker % 2], nodes[worker % 2]);
            for (var round = 0; round < 5; round++)
            {
                random.Shuffle(endpoints = [.. endpoints]);
                var entries = endpoints.Select(endpoint => NewEntry(endpoint)).ToArray();
                await store.AppendAsync(node, [.. entries.Select(entry => entry.Entry)], None);
                await store.RecordAsync(node, [.. entries.Select(entry => Ended(entry.Delivery, DeliveryState.Failed))], None);
            }
        })).WaitAsync(Patience);
        var failing = (await _store.GetStatusAsync(None)).FailingEndpoints;
        Assert.Equal(10, failing.Count);
        Assert.All(failing, health => Assert.Equal(40, health.FailedInARow));
    }

    [Fact]
    public async Task Another_nodes_change_wakes_this_one_and_a_broken_listener_listens_again()
    {
        var other = await _harness.OpenAsync();
        Account NewAccount() => new(Id<Account>.New(_clock.Now), "embed", null, "Acme", null, _clock.Now);
        await WakeAsync();
        await ReadAsync<bool>("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()");
        await WakeAsync(); // By the new connection itself: what came in between may have been missed.
        await WakeAsync();

        async Task WakeAsync()
        {
            var wait = _store.WaitForChangeAsync(TimeSpan.FromHours(1), None);
            await other.SaveAsync([new DirectoryChange.OfAccount(NewAccount())], None);
            await wait.WaitAsync(Patience);
        }
    }

    // Answers that are lost ------------------------------------------------------------------------------------------

    [Fact]
    public async Task An_append_whose_answer_was_lost_may_be_made_again()
    {
        var plain = Enumerable.Range(0, 3).Select(_ => NewEntry().Entry).ToArray();
        var keyed = NewEntry().Entry with { Keys = ["key:1"] };
        var replay = new Append { EnvironmentId = 1, Deliveries = [new(NewEntry().Delivery with { Trigger = DeliveryTrigger.Replay }, true)], Keys = ["key:2"], Fingerprint = [1] };
        var bareReplay = replay with { Deliveries = [new(NewEntry().Delivery with { Trigger = DeliveryTrigger.Replay }, true)], Keys = [] };
        foreach (var batch in (Append[][])[plain, [keyed], [replay], [bareReplay], [.. plain, keyed, NewEntry().Entry, replay, bareReplay]])
        {
            var first = await _store.AppendAsync(_node, batch, None);
            Assert.All(first, result => Assert.Equal(AppendOutcome.Written, result.Outcome));
            Assert.Equal(first, await _store.AppendAsync(_node, batch, None));
        }
        Assert.Equal(5, await CountAsync("events"));
        Assert.Equal(7, await CountAsync("open_deliveries"));
    }

    [Fact]
    public async Task An_append_made_again_does_not_bring_back_what_another_node_has_finished()
    {
        var (entry, delivery) = NewEntry(leased: false);
        var replay = new Append { EnvironmentId = 1, Deliveries = [new(NewEntry().Delivery with { Trigger = DeliveryTrigger.Replay, EventId = delivery.EventId }, false)] };
        await _store.AppendAsync(_node, [entry, replay], None);
        var other = await _harness.OpenAsync();
        var node = await other.RegisterNodeAsync("b", None);
        var claimed = await ClaimAsync(other, node);
        Assert.Equal(2, claimed.Count);
        Assert.Empty((await other.RecordAsync(node, [.. claimed.Select(c => Ended(c.Delivery))], None)).Lost);

        var results = await _store.AppendAsync(_node, [entry, replay], None);

        Assert.All(results, result => Assert.Equal(AppendOutcome.Written, result.Outcome));
        Assert.Equal(0, await CountAsync("open_deliveries"));
        Assert.Equal(2, await CountAsync("finished_deliveries"));
    }

    [Fact]
    public async Task A_record_whose_answer_was_lost_may_be_made_again()
    {
        var (entry, delivery) = NewEntry();
        await _store.AppendAsync(_node, [entry], None);
        Assert.Empty((await _store.RecordAsync(_node, [Ended(delivery, DeliveryState.Failed)], None)).Lost);
        Assert.Equal([delivery.Id], (await _store.RecordAsync(_node, [Ended(delivery, DeliveryState.Failed)], None)).Lost);
        Assert.Single((await _store.GetDeliveryAsync(1, delivery.Id, None))!.Attempts);
        Assert.Equal(1, Assert.Single((await _store.GetStatusAsync(None)).FailingEndpoints).FailedInARow);
    }

    /// <summary>Before migration 8 the last attempt was a row of attempts like any other.</summary>
    [Fact]
    public async Task A_last_attempt_that_an_earlier_version_wrote_is_read_where_it_stands()
    {
        var (entry, delivery) = NewEntry();
        await _store.AppendAsync(_node, [entry], None);
        await _store.RecordAsync(_node, [Ended(delivery)], None);
        await ExecuteAsync("UPDATE finished_deliveries SET last_attempt = NULL");
        Assert.Empty((await _store.GetDeliveryAsync(1, delivery.Id, None))!.Attempts);

        await ExecuteAsync($"""
            INSERT INTO attempts (started_at, environment_id, total_us, number, outcome, status_code, repeated, delivery_id, request_headers, response_headers, response_body)
            VALUES (now(), 1, 900, 1, 0, 200, false, '{delivery.Id.Value}', 'Host: a', '', '')
            """);

        var attempt = Assert.Single((await _store.GetDeliveryAsync(1, delivery.Id, None))!.Attempts);
        Assert.Equal(200, attempt.StatusCode);
        Assert.Equal(900, attempt.Timings.Total);
    }

    [Fact]
    public async Task A_claim_that_did_not_get_to_its_commit_leases_nothing()
    {
        await _store.AppendAsync(_node, [NewEntry(leased: false).Entry], None);
        await ReadAsync<object>("""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
            CREATE CONSTRAINT TRIGGER refused AFTER UPDATE ON open_deliveries DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()
            """);
        await Assert.ThrowsAsync<PostgresException>(() => ClaimAsync(_store, _node));
        await ReadAsync<object>("DROP TRIGGER refused ON open_deliveries");
        Assert.Single(await ClaimAsync(_store, _node));
    }

    [Fact]
    public async Task What_was_answered_is_there_after_the_server_was_killed()
    {
        await using var server = await PostgreSqlServer.StartAsync();
        var connectionString = await server.CreateDatabaseAsync();
        await using var store = new PostgreSqlStore(connectionString, _clock);
        await store.MigrateAsync(None);
        var node = await store.RegisterNodeAsync("a", None);
        var answered = new List<Id<Event>>();
        using var killed = new CancellationTokenSource();
        var appending = Task.Run(async () =>
        {
            // The same batch until it is answered, as the engine does.
            for (var batch = Batch(); !killed.IsCancellationRequested || answered.Count == 0;)
            {
                try
                {
                    Assert.All(await store.AppendAsync(node, batch, None), result => Assert.Equal(AppendOutcome.Written, result.Outcome));
                    lock (answered) answered.AddRange(batch.Select(entry => entry.Event!.Id));
                    batch = Batch();
                }
                catch (NpgsqlException)
                {
                }
            }
            Append[] Batch() => [.. Enumerable.Range(0, 20).Select(_ => NewEntry().Entry)];
        });
        for (var round = 0; round < 3; round++)
        {
            int before;
            lock (answered) before = answered.Count;
            for (var started = Stopwatch.GetTimestamp(); ;)
            {
                lock (answered) if (answered.Count > before + 100) break;
                Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "The store did not come back.");
                await Task.Yield();
            }
            await server.KillAsync();
            await server.StartAgainAsync();
        }
        await killed.CancelAsync();
        await appending.WaitAsync(Patience);

        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand("SELECT e.id FROM events e JOIN open_deliveries d ON d.event_id = e.id AND d.node IS NOT NULL");
        var kept = new List<Id<Event>>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) kept.Add(new(reader.GetGuid(0)));
        Assert.Equal(kept.Count, kept.Distinct().Count());
        Assert.Empty(answered.Except(kept));
    }

    // Content --------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Text_that_PostgreSql_cannot_hold_fails_no_batch()
    {
        var (entry, delivery) = NewEntry();
        var odd = entry with { Event = entry.Event! with { Tenant = "a\0b", PublisherId = "\uD800x" }, Keys = ["id:\uD800x", "key:\0"] };
        Assert.Equal(AppendOutcome.Written, Assert.Single(await _store.AppendAsync(_node, [odd], None)).Outcome);
        var record = Ended(delivery, DeliveryState.Failed);
        await _store.RecordAsync(_node, [record with { Error = "\0", Attempt = record.Attempt! with { Error = "x\uDC00\uD83D\uDE00" } }], None);
        var detail = await _store.GetDeliveryAsync(1, delivery.Id, None);
        Assert.Equal(("a\uFFFDb", "\uFFFD", "x\uFFFD\uD83D\uDE00"), (detail!.Event.Tenant, detail.Delivery.Error, detail.Attempts[0].Error));
    }

    // Days -----------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task The_days_to_come_have_partitions_and_what_lies_outside_goes_to_the_default_one_until_its_day_is_made()
    {
        await _store.AppendAsync(_node, [NewEntry().Entry, NewEntry(at: _clock.Now.AddDays(7)).Entry, NewEntry(at: _clock.Now.AddDays(8)).Entry], None);
        Assert.Equal((1, 1, 1), (await CountAsync("events_20260105"), await CountAsync("events_20260112"), await CountAsync("events_default")));
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.False(await _store.CleanAsync(_clock.Now.AddDays(-30), None));
        Assert.Equal((1, 0), (await CountAsync("events_20260113"), await CountAsync("events_default")));
        Assert.Equal(3, await CountAsync("events"));
    }

    [Fact]
    public async Task A_day_that_is_too_old_goes_as_a_whole()
    {
        var (entry, delivery) = NewEntry();
        await _store.AppendAsync(_node, [entry], None);
        await _store.RecordAsync(_node, [Ended(delivery)], None);
        _clock.Advance(TimeSpan.FromDays(30));
        while (await _store.CleanAsync(_clock.Now.AddDays(-20), None)) { }
        Assert.Equal(0, await CountAsync("pg_class WHERE relname LIKE '%20260105%' AND relkind IN ('r', 'i')"));
        Assert.Equal(3, await CountAsync("pg_class WHERE relname IN ('events_20260204', 'finished_deliveries_20260204', 'attempts_20260204')"));
        Assert.Equal(0, await CountAsync("finished_deliveries"));
    }

    [Fact]
    public async Task Retention_does_not_wait_for_a_reader_that_does_not_end()
    {
        await _store.AppendAsync(_node, [NewEntry().Entry with { Deliveries = [] }], None);
        _clock.Advance(TimeSpan.FromDays(30));
        await using var dump = await _database.OpenConnectionAsync();
        await using var reading = await dump.BeginTransactionAsync();
        await using (var read = new NpgsqlCommand("LOCK TABLE finished_deliveries, events IN ACCESS SHARE MODE", dump)) await read.ExecuteNonQueryAsync();
        Assert.False(await _store.CleanAsync(_clock.Now, None).WaitAsync(Patience));
        Assert.Equal(1, await CountAsync("events_20260105"));
        await reading.CommitAsync();
        while (await _store.CleanAsync(_clock.Now, None)) { }
        Assert.Equal(0, await CountAsync("events"));
    }

    [Fact]
    public async Task A_replay_whose_event_was_removed_ends_as_failed_and_says_why()
    {
        var (entry, delivery) = NewEntry(leased: false);
        await _store.AppendAsync(_node, [entry with { Event = null }], None);
        Assert.Empty(await ClaimAsync(_store, _node));
        var detail = await _store.GetDeliveryAsync(1, delivery.Id, None);
        Assert.Equal(DeliveryState.Failed, detail!.Delivery.State);
        Assert.Contains("no longer kept", detail.Delivery.Error, StringComparison.Ordinal);
        Assert.Equal((delivery.EventId, delivery.EventType), (detail.Event.Id, detail.Event.Type));
    }
}
