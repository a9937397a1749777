using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using Nova.TestSupport;

namespace Nova.ChaosTests;

/// <summary>Several nodes on one PostgreSQL share the work, and take over what one of them leaves.</summary>
public sealed class TwoNodesTests : IAsyncLifetime
{
    /// <summary>The promise: what a dead node held goes out elsewhere within this time.</summary>
    static readonly TimeSpan TakeOver = TimeSpan.FromSeconds(15);

    static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    readonly ConcurrentDictionary<string, int> _received = new();
    readonly Gate _arrived = new();
    string _store = "";
    TestReceiver _sink = null!;
    NovaProcess _one = null!;
    NovaProcess _two = null!;

    public async ValueTask InitializeAsync()
    {
        _sink = await TestReceiver.StartAsync(keepRequests: false);
        _store = await (await PostgreSqlServer.SharedAsync()).CreateDatabaseAsync();
        _one = await NovaProcess.StartAsync(_store);
        _two = await NovaProcess.StartAsync(_store);
        await _one.AddReceiverAsync(_sink.Url);
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        await _sink.DisposeAsync();
    }

    [Fact]
    public async Task Killing_a_node_hands_its_deliveries_to_the_other_within_fifteen_seconds()
    {
        // Every request hangs: both nodes hold what they accepted.
        var open = new TaskCompletionSource();
        var arrivals = 0;
        _sink.OnRequest = async _ =>
        {
            _arrived.Set(Interlocked.Increment(ref arrivals));
            await open.Task;
            return new(200);
        };
        var first = await PublishAsync(_one, "one", 60);
        var second = await PublishAsync(_two, "two", 60);
        await _arrived.ReachedAsync(2, new CancellationTokenSource(Limit).Token);
        Assert.Equal([60L, 60L], (await LeasedPerNodeAsync()).Order());

        var took = Stopwatch.StartNew();
        await _one.KillAsync();
        var all = new Gate();
        _sink.OnRequest = request =>
        {
            _received.AddOrUpdate(request.Headers["webhook-id"], 1, (_, count) => count + 1);
            all.Set(first.Count(_received.ContainsKey));
            return Task.FromResult(new Answer(200));
        };
        open.SetResult();
        await all.ReachedAsync(first.Count, new CancellationTokenSource(Limit).Token);

        Console.WriteLine($"TwoNodes: the killed node's {first.Count} deliveries had all gone out from the other after {took.Elapsed.TotalSeconds:0.0} s");
        Assert.True(took.Elapsed < TakeOver, $"It took {took.Elapsed}.\n{_two.Tail()}");
        Assert.NotEmpty(second);
    }

    [Fact]
    public async Task Retries_that_fall_due_are_shared()
    {
        // First attempts fail; their retries, five seconds later, hang, so that it can be seen who holds them.
        var open = new TaskCompletionSource();
        var tries = new ConcurrentDictionary<string, int>();
        _sink.OnRequest = async request =>
        {
            if (tries.AddOrUpdate(request.Headers["webhook-id"], 1, (_, count) => count + 1) == 1) return new(500);
            await open.Task;
            return new(200);
        };
        await _one.PostAsync("/v1/events/batch", new
        {
            events = Enumerable.Range(0, 400).Select(i => new
            {
                account = "acme", environment = "production", type = "user.created", id = $"shared-{i}", data = NothingLost.Example,
            }),
        });

        var limit = Stopwatch.StartNew();
        IReadOnlyList<long> leased;
        do leased = await LeasedPerNodeAsync();
        while (limit.Elapsed < Limit && leased.Any(count => count == 0));
        open.SetResult();

        Assert.Equal(2, leased.Count);
        Assert.All(leased, count => Assert.True(count > 0, $"One node holds all: {string.Join(", ", leased)}"));
    }

    [Fact]
    public async Task A_node_that_was_paused_past_its_lease_overwrites_nothing()
    {
        var open = new TaskCompletionSource();
        var arrivals = 0;
        _sink.OnRequest = async _ =>
        {
            _arrived.Set(Interlocked.Increment(ref arrivals));
            await open.Task;
            return new(200);
        };
        var published = await PublishAsync(_one, "paused", 40);
        await _arrived.ReachedAsync(1, new CancellationTokenSource(Limit).Token);

        _one.Pause();
        var all = new Gate();
        _sink.OnRequest = request =>
        {
            _received.AddOrUpdate(request.Headers["webhook-id"], 1, (_, count) => count + 1);
            all.Set(published.Count(_received.ContainsKey));
            return Task.FromResult(new Answer(200));
        };
        await all.ReachedAsync(published.Count, new CancellationTokenSource(Limit).Token);
        var before = await HistoryAsync(published.Count);

        // The paused node wakes up with answers in its hands for deliveries that are no longer its own.
        open.SetResult();
        _one.Continue();
        await PublishAsync(_one, "awake", 1);
        await PublishAsync(_two, "awake-too", 1);
        var after = await HistoryAsync(published.Count + 2);

        Assert.Equal(before, after.Where(row => before.Select(old => old.Id).Contains(row.Id)));
        Assert.All(before, row => Assert.Equal((1, 1), (row.AttemptCount, row.Attempts)));
    }

    static async Task<List<string>> PublishAsync(NovaProcess node, string name, int count)
    {
        var ids = Enumerable.Range(0, count).Select(i => $"{name}-{i}").ToList();
        await Parallel.ForEachAsync(ids, async (id, _) =>
            await node.PostAsync("/v1/events", new { account = "acme", environment = "production", type = "user.created", id, data = NothingLost.Example }));
        return ids;
    }

    async Task<IReadOnlyList<long>> LeasedPerNodeAsync()
    {
        var status = JsonElement.Parse(await _two.Http.GetStringAsync("/v1/operations/status"));
        return [.. status.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("leased").GetInt64())];
    }

    /// <summary>The finished deliveries, straight from the store, once there are so many.</summary>
    async Task<List<(Guid Id, short State, int AttemptCount, int Attempts)>> HistoryAsync(int count)
    {
        await using var source = NpgsqlDataSource.Create(_store);
        var limit = Stopwatch.StartNew();
        while (true)
        {
            await using var command = source.CreateCommand(
                """
                SELECT d.id, d.state, d.attempt_count,
                    (SELECT count(*)::int FROM attempts a WHERE a.environment_id = d.environment_id AND a.delivery_id = d.id) + (d.last_attempt IS NOT NULL)::int
                FROM finished_deliveries d ORDER BY d.id
                """);
            List<(Guid, short, int, int)> rows = [];
            await using (var reader = await command.ExecuteReaderAsync())
                while (await reader.ReadAsync()) rows.Add((reader.GetGuid(0), reader.GetInt16(1), reader.GetInt32(2), reader.GetInt32(3)));
            if (rows.Count >= count || limit.Elapsed > Limit) return rows;
        }
    }
}
