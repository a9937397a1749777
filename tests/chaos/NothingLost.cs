using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Nova.TestSupport;

namespace Nova.ChaosTests;

/// <summary>
/// The first promise: what got its 202 arrives, whatever is killed. Publishers that got no answer ask again with the same id, as a publisher should.
/// </summary>
public abstract class NothingLost : IAsyncLifetime
{
    const int Events = 20_000;
    const int Kills = 10;
    const int Publishers = 16;

    /// <summary>For all of it, on a slow machine. The test ends when the last event has arrived, not after a time.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);

    readonly ConcurrentDictionary<string, int> _received = new();
    readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    TestReceiver _sink = null!;

    protected abstract Task<string> NewStoreAsync();

    public virtual async ValueTask InitializeAsync()
    {
        _sink = await TestReceiver.StartAsync(keepRequests: false);
        _sink.OnRequest = request =>
        {
            _received.AddOrUpdate(request.Headers["webhook-id"], 1, (_, count) => count + 1);
            if (_received.Count >= Events) _all.TrySetResult();
            return Task.FromResult(new Answer(200));
        };
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _sink.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Every_event_that_got_its_202_arrives_although_the_server_is_killed_ten_times()
    {
        await using var nova = await NovaProcess.StartAsync(await NewStoreAsync());
        await nova.AddReceiverAsync(_sink.Url);
        using var limit = new CancellationTokenSource(Limit);

        var next = 0;
        var accepted = 0;
        var asked = 0;
        var gate = new Gate();
        var publishers = Enumerable.Range(0, Publishers).Select(_ => Task.Run(PublishAsync)).ToArray();
        for (var kill = 1; kill <= Kills; kill++)
        {
            await gate.ReachedAsync(kill * Events / (Kills + 1), limit.Token);
            await nova.KillAsync();
            await nova.StartAgainAsync();
        }
        await Task.WhenAll(publishers);
        await _all.Task.WaitAsync(limit.Token).ContinueWith(_ => { }, TaskScheduler.Default);

        var duplicates = _received.Values.Sum(count => count - 1);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{GetType().Name}: {accepted} accepted, {_received.Count} arrived, {accepted - _received.Count} lost, {duplicates} duplicates "
            + $"({duplicates / (double)Kills:0.#} per kill), {asked} publishes asked again");
        Console.WriteLine(
            $"{GetType().Name}: {accepted} accepted, {_received.Count} arrived, {duplicates} duplicates over {Kills} kills, {asked} publishes asked again");
        Assert.Equal(Events, accepted);
        Assert.All(Enumerable.Range(0, Events), number => Assert.True(_received.ContainsKey(IdOf(number)), IdOf(number)));

        async Task PublishAsync()
        {
            for (int number; (number = Interlocked.Increment(ref next) - 1) < Events;)
            {
                while (!await TryPublishAsync(number))
                {
                    limit.Token.ThrowIfCancellationRequested();
                    Interlocked.Increment(ref asked);
                }
                gate.Set(Interlocked.Increment(ref accepted));
            }
        }

        async Task<bool> TryPublishAsync(int number)
        {
            try
            {
                using var response = await nova.Http.PostAsJsonAsync("/v1/events", new
                {
                    account = "acme",
                    environment = "production",
                    type = "user.created",
                    id = IdOf(number),
                    data = Example,
                }, limit.Token);
                if (response.StatusCode == HttpStatusCode.Accepted) return true;
                Assert.True((int)response.StatusCode >= 500, await response.Content.ReadAsStringAsync(limit.Token));
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException)
            {
                // The server is down: it is asked again as soon as it is there. A refused connection costs a moment, so this does not spin.
                await nova.StartedAsync(limit.Token);
            }
            return false;
        }
    }

    static string IdOf(int number) => $"chaos-{number}";

    internal static readonly JsonElement Example = JsonElement.Parse(File.ReadAllText(
        Path.Combine(AppContext.BaseDirectory, "products", "standard", "events", "user.created.json"))).GetProperty("example");

}

/// <summary>Lets one wait for a count to be reached.</summary>
internal sealed class Gate
{
    readonly Lock _lock = new();
    readonly List<(int At, TaskCompletionSource Reached)> _waiting = [];
    int _count;

    public Task ReachedAsync(int at, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_count >= at) return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((at, reached));
            return reached.Task.WaitAsync(cancellation);
        }
    }

    public void Set(int count)
    {
        lock (_lock)
        {
            _count = Math.Max(_count, count);
            foreach (var (_, reached) in _waiting.Where(waiting => waiting.At <= _count)) reached.TrySetResult();
            _waiting.RemoveAll(waiting => waiting.At <= _count);
        }
    }
}
