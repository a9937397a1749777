using Nova.Accounts;
using Nova.Delivering;
using Nova.Model;
using Nova.Nodes;
using Nova.Products;
using Nova.Secrets;
using Nova.Sqlite;
using Nova.Storage;
using Nova.TestSupport;
using Nova.UnitTests;

namespace Nova.ConformanceTests;

/// <summary>
/// The engine with one account of one product, on a SQLite file and a clock that only the test moves: what happens at a time is known to
/// the millisecond.
/// </summary>
internal sealed class SteppedEngine : IAsyncDisposable
{
    /// <summary>Only ever reached when something is broken.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    EngineHarness _harness = null!;
    EnvironmentEntry _entry = null!;

    SteppedEngine() { }

    /// <summary>Begins at the true time, to the millisecond: the receivers look at theirs.</summary>
    public FakeClock Clock { get; } = new(TimeProvider.System.Now());

    /// <summary>What the engine draws for jitter, from 0 to 1.</summary>
    public double Jitter { get; set; } = 0.5;

    /// <summary>Holds the database.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("nova-conformance-").FullName;

    public SecretBox Box => _harness.Get<SecretBox>();

    /// <param name="product">One of the built-in ones, or of a folder.</param>
    /// <param name="products">The folder, as an operator would add it.</param>
    public static async Task<SteppedEngine> StartAsync(Product product, string? products = null)
    {
        var engine = new SteppedEngine();
        var store = new SqliteStore($"Data Source={Path.Combine(engine.Folder, "nova.db")}", engine.Clock);
        engine._harness = await EngineHarness.StartAsync(
            store, engine.Clock, Path.Combine(Repository.Root, "products"), Change, () => engine.Jitter);
        engine._entry = await engine._harness.AddAccountAsync(product.Name);
        return engine;

        void Change(NovaOptions options)
        {
            options.Delivering.MaxConcurrentAttempts = 8;
            options.ProductsPath = products;
        }
    }

    /// <summary>An endpoint for one event type, as every product can have.</summary>
    public Task<Id<Endpoint>> AddEndpointAsync(string url, string secret, string eventType, CustomHeader[]? headers = null) =>
        _harness.AddEndpointAsync(_entry, url, secret, [eventType], headers);

    /// <summary>What verifies an endpoint's signatures by key pair; null where the product makes none.</summary>
    public string? PublicKeyOf(Id<Endpoint> id) => _harness.Get<AccountDirectory>().Target(id)!.PublicKey;

    public Endpoint EndpointOf(Id<Endpoint> id) => _harness.Get<AccountDirectory>().Target(id)!.Endpoint;

    /// <summary>Publishes an event type's example and gives the event's id. Its first attempts begin at once.</summary>
    public async Task<string> PublishAsync(string eventType)
    {
        var result = await _harness.PublishAsync(_entry, eventType);
        Assert.Null(result.Fault);
        return result.Id;
    }

    /// <summary>Send Test Webhook.</summary>
    public Task<Id<Delivery>> SendTestAsync(Id<Endpoint> endpoint) =>
        _harness.Get<Publishing.TestEventSender>().SendAsync(_entry, _harness.Get<AccountDirectory>().Target(endpoint)!, null, null, CancellationToken.None);

    /// <summary>Moves the clock and takes in what is due by then, as the engine's own loops would a little later.</summary>
    public async Task AdvanceAsync(TimeSpan by)
    {
        Clock.Advance(by);
        await _harness.Get<AccountDirectory>().RefreshAsync(CancellationToken.None);
        await _harness.Get<ThisNode>().BeatAsync(CancellationToken.None);
        while (await _harness.Get<DuePoller>().PollAsync(CancellationToken.None)) { }
    }

    /// <summary>
    /// Moves the clock while attempts are in flight: with a heartbeat for every step, as time would. In one leap past the lease the node may
    /// look for dead nodes just after the leap and find itself.
    /// </summary>
    public async Task PassAsync(TimeSpan time)
    {
        var step = new NodeOptions().HeartbeatEvery;
        for (var left = time; left > TimeSpan.Zero; left -= step)
        {
            Clock.Advance(left < step ? left : step);
            await _harness.Get<ThisNode>().BeatAsync(CancellationToken.None);
        }
    }

    /// <summary>The next outcome that is on record.</summary>
    public Task<EndedAttempt> NextAsync() => _harness.NextRecordedAsync();

    public bool HasRecorded => _harness.HasRecorded;

    public Task<DeliveryDetail> ReadAsync(Id<Delivery> id) => _harness.DeliveryAsync(_entry, id);

    /// <summary>Waits until an endpoint has been switched off and gives the reason.</summary>
    public async Task<string?> WhenDisabledAsync(Id<Endpoint> id)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (EndpointOf(id).Enabled)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
        return EndpointOf(id).DisabledReason;
    }

    public async ValueTask DisposeAsync()
    {
        await _harness.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
