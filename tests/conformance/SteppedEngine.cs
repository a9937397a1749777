using System.Security.Cryptography;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Nova.Accounts;
using Nova.Delivering;
using Nova.Egress;
using Nova.Model;
using Nova.Nodes;
using Nova.Products;
using Nova.Publishing;
using Nova.Secrets;
using Nova.Sqlite;
using Nova.Storage;
using Nova.UnitTests;

namespace Nova.ConformanceTests;

/// <summary>
/// The engine on a SQLite file and a clock that only the test moves: everything that works, without the loops that wait for time to pass,
/// whose place the test takes. What happens at a time is therefore known to the millisecond.
/// </summary>
internal sealed class SteppedEngine : IAsyncDisposable
{
    /// <summary>Only ever reached when something is broken.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly string _folder = Directory.CreateTempSubdirectory("nova-conformance-").FullName;
    readonly CancellationTokenSource _stop = new();
    readonly Channel<EndedAttempt> _recorded = Channel.CreateUnbounded<EndedAttempt>();
    readonly Product _product;
    readonly ServiceProvider _services;
    readonly AccountDirectory _directory;
    Task _running = Task.CompletedTask;

    SteppedEngine(Product product)
    {
        _product = product;
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<TimeProvider>(Clock);
        services.AddSingleton<Func<double>>(() => Jitter);
        services.AddSingleton<IDnsResolver, NoResolver>();
        services.AddSingleton<INovaStore>(_ => new SqliteStore($"Data Source={Path.Combine(_folder, "nova.db")}", Clock));
        services.AddNova(new NovaOptions
        {
            BuiltInProductsPath = Path.Combine(Repository.Root, "products"),
            MasterKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            Egress = new() { AllowHttp = true, AllowedNetworks = ["127.0.0.0/8"] },
            Delivering = new() { MaxConcurrentAttempts = 8 },
        });
        _services = services.BuildServiceProvider();
        _directory = Get<AccountDirectory>();
        Get<OutcomeLog>().Recorded += ended => _recorded.Writer.TryWrite(ended);
    }

    /// <summary>Begins at the true time, to the millisecond: the receivers look at theirs.</summary>
    public FakeClock Clock { get; } = new(TimeProvider.System.Now());

    /// <summary>What the engine draws for jitter, from 0 to 1.</summary>
    public double Jitter { get; set; } = 0.5;

    /// <summary>Holds the database.</summary>
    public string Folder => _folder;

    public SecretBox Box => Get<SecretBox>();

    public static async Task<SteppedEngine> StartAsync(Product product)
    {
        var engine = new SteppedEngine(product);
        await engine.Get<INovaStore>().MigrateAsync(CancellationToken.None);
        await engine.Get<EnvelopeRegistry>().RegisterAsync(CancellationToken.None);
        var account = new Account(Id<Account>.New(engine.Clock.Now), product.Name, "acme", "Acme Inc", BestPlan(product), engine.Clock.Now);
        await engine._directory.SaveAsync([new DirectoryChange.OfAccount(account)], CancellationToken.None);
        await engine.Get<ThisNode>().RegisterAsync(CancellationToken.None);
        var stop = engine._stop.Token;
        Func<Task>[] loops =
        [
            () => engine.Get<DeliveryEngine>().RunAsync(stop, stop), () => engine.Get<OutcomeLog>().RunAsync(stop),
            () => engine.Get<EventLog>().RunAsync(stop), () => engine.Get<EndpointDisabler>().RunAsync(stop),
        ];
        engine._running = Task.WhenAll(loops.Select(loop => Task.Run(loop)));
        return engine;
    }

    T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    EnvironmentEntry Production => _directory.Environment(_directory.Accounts.Single().Id, EnvironmentName.Production)!;

    /// <summary>An endpoint for one event type, as every product can have.</summary>
    public async Task<Id<Endpoint>> AddEndpointAsync(string url, string secret, string eventType)
    {
        var id = Id<Endpoint>.New(Clock.Now);
        var endpoint = new Endpoint
        {
            Id = id,
            EnvironmentId = Production.Id,
            Url = url,
            EventTypes = [eventType],
            Secrets = [Get<EndpointTargetMaker>().Seal(id, _product, secret, Clock.Now)],
            CreatedAt = Clock.Now,
            UpdatedAt = Clock.Now,
        };
        Assert.Equal(SaveResult.Saved, await _directory.SaveAsync([new DirectoryChange.OfEndpoint(endpoint, null)], CancellationToken.None));
        return id;
    }

    public Endpoint EndpointOf(Id<Endpoint> id) => _directory.Target(id)!.Endpoint;

    /// <summary>Publishes an event type's example and gives the event's id. Its first attempts begin at once.</summary>
    public async Task<string> PublishAsync(string eventType)
    {
        using var data = JsonDocument.Parse(_product.EventTypes[eventType].Example);
        var result = await Get<EventPublisher>().PublishAsync(
            new() { Account = "acme", Environment = "production", Type = eventType, Data = data.RootElement, Tenant = "t-1" }, CancellationToken.None);
        Assert.Null(result.Fault);
        return result.Id;
    }

    /// <summary>Send Test Webhook.</summary>
    public Task<Id<Delivery>> SendTestAsync(Id<Endpoint> endpoint) =>
        Get<TestEventSender>().SendAsync(Production, _directory.Target(endpoint)!, null, CancellationToken.None);

    /// <summary>Moves the clock and takes in what is due by then, as the engine's own loops do all the time.</summary>
    public async Task AdvanceAsync(TimeSpan by)
    {
        Clock.Advance(by);
        await _directory.RefreshAsync(CancellationToken.None);
        await Get<ThisNode>().BeatAsync(CancellationToken.None);
        while (await Get<DuePoller>().PollAsync(CancellationToken.None)) { }
    }

    /// <summary>The next outcome that is on record.</summary>
    public async Task<EndedAttempt> NextAsync() => await _recorded.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    public bool AnythingRecorded => _recorded.Reader.TryPeek(out _);

    public async Task<DeliveryDetail> ReadAsync(Id<Delivery> id) => (await Get<INovaStore>().GetDeliveryAsync(Production.Id, id, CancellationToken.None))!;

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
        await _stop.CancelAsync();
        try
        {
            await _running.WaitAsync(Patience);
        }
        catch (OperationCanceledException)
        {
            // It was told to.
        }
        await _services.DisposeAsync();
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    static string? BestPlan(Product product) => product.Plans.Values.MaxBy(plan => plan.Endpoints ?? int.MaxValue)?.Name;

    /// <summary>The receivers' URLs hold addresses.</summary>
    sealed class NoResolver : IDnsResolver
    {
        public Task<DnsAnswer> ResolveAsync(string name, CancellationToken cancellation) => throw new InvalidOperationException(name);
    }
}
