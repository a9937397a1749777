using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nova.Accounts;
using Nova.Delivering;
using Nova.Egress;
using Nova.Model;
using Nova.Publishing;
using Nova.Storage;

namespace Nova.TestSupport;

/// <summary>
/// The whole engine, put together as the server does it, on a store and a clock that the test hands in. Private networks and plain HTTP are allowed,
/// so that receivers can be on loopback.
/// </summary>
internal sealed class EngineHarness : IAsyncDisposable
{
    readonly ServiceProvider _services;
    readonly Channel<EndedAttempt> _recorded = Channel.CreateUnbounded<EndedAttempt>();
    bool _stopped;

    EngineHarness(ServiceProvider services)
    {
        _services = services;
        Get<OutcomeLog>().Recorded += ended => _recorded.Writer.TryWrite(ended);
    }

    /// <param name="store">Disposed with the harness.</param>
    /// <param name="clock">Of engine and egress alike. Hand the same to the store.</param>
    /// <param name="productsPath">The folder of product folders; null: the built-in ones beside the test program.</param>
    /// <param name="change">Changes the options before the start.</param>
    /// <param name="random">For jitter. Default: none is added.</param>
    public static async Task<EngineHarness> StartAsync(
        INovaStore store, TimeProvider clock, string? productsPath = null, Action<NovaOptions>? change = null, Func<double>? random = null)
    {
        var options = new NovaOptions
        {
            MasterKey = Convert.ToBase64String(new byte[32]),
            Egress = new EgressOptions { AllowHttp = true, AllowedNetworks = ["127.0.0.0/8"] },
        };
        // Else every second outcome would wait for a test to move the clock.
        options.Delivering.RecordEvery = TimeSpan.Zero;
        if (productsPath is not null) options.BuiltInProductsPath = productsPath;
        change?.Invoke(options);
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        services.AddSingleton(clock);
        services.AddSingleton(random ?? (static () => 0));
        services.AddSingleton(store);
        services.AddSingleton((IPeopleStore)store);
        services.AddNova(options);
        var harness = new EngineHarness(services.BuildServiceProvider());
        await harness.Get<NovaEngine>().StartAsync(CancellationToken.None);
        return harness;
    }

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public INovaStore Store => Get<INovaStore>();

    /// <summary>A new account's environment.</summary>
    public async Task<EnvironmentEntry> AddAccountAsync(string product, string externalId = "acme", EnvironmentName environment = EnvironmentName.Production)
    {
        var now = Get<TimeProvider>().Now();
        var account = new Account(Id<Account>.New(now), product, externalId, "Acme Inc", null, now);
        Assert.Equal(SaveResult.Saved, await Get<AccountDirectory>().SaveAsync([new DirectoryChange.OfAccount(account)], CancellationToken.None));
        return Get<AccountDirectory>().Environment(account.Id, environment)!;
    }

    /// <summary>A new endpoint of all event types, or of some.</summary>
    public async Task<Id<Endpoint>> AddEndpointAsync(
        EnvironmentEntry entry, string url, string secret, string[]? eventTypes = null, CustomHeader[]? headers = null)
    {
        var now = Get<TimeProvider>().Now();
        var id = Id<Endpoint>.New(now);
        var maker = Get<EndpointTargetMaker>();
        var endpoint = new Endpoint
        {
            Id = id,
            EnvironmentId = entry.Id,
            Url = url,
            EventTypes = eventTypes is null ? [Endpoint.AllEventTypes] : [.. eventTypes],
            Secrets = [maker.Seal(id, entry.Product, secret, now)],
            Headers = maker.SealHeaders(id, headers ?? []),
            CreatedAt = now,
            UpdatedAt = now,
        };
        Assert.Equal(SaveResult.Saved, await Get<AccountDirectory>().SaveAsync([new DirectoryChange.OfEndpoint(endpoint, null)], CancellationToken.None));
        return id;
    }

    /// <summary>Changes an endpoint as the API does, and says so to the engine.</summary>
    public async Task ChangeEndpointAsync(Id<Endpoint> id, Func<Endpoint, Endpoint> change)
    {
        var old = Get<AccountDirectory>().Target(id)!.Endpoint;
        var changed = change(old) with { UpdatedAt = Get<TimeProvider>().Now() };
        Assert.Equal(SaveResult.Saved, await Get<AccountDirectory>().SaveAsync([new DirectoryChange.OfEndpoint(changed, old.UpdatedAt)], CancellationToken.None));
        Get<EndpointDisabler>().EndWaiting(id);
    }

    /// <summary>Publishes the event type's example, or other data.</summary>
    public async Task<PublishResult> PublishAsync(EnvironmentEntry entry, string eventType, string? data = null, string? id = null)
    {
        using var document = data is null ? JsonDocument.Parse(entry.Product.EventTypes[eventType].Example) : JsonDocument.Parse(data);
        return await Get<EventPublisher>().PublishAsync(new PublishRequest
        {
            Account = entry.Account.Id.ToString(),
            Environment = entry.Name,
            Type = eventType,
            Data = document.RootElement,
            Id = id,
        }, CancellationToken.None);
    }

    /// <summary>The next outcome that is on record and that nobody has waited for yet.</summary>
    public async Task<EndedAttempt> NextRecordedAsync() => await _recorded.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>Whether an outcome is on record that nobody has waited for.</summary>
    public bool HasRecorded => _recorded.Reader.TryPeek(out _);

    public async Task<DeliveryDetail> DeliveryAsync(EnvironmentEntry entry, Id<Delivery> id) =>
        (await Store.GetDeliveryAsync(entry.Id, id, CancellationToken.None))!;

    public async Task StopAsync()
    {
        if (_stopped) return;
        _stopped = true;
        await Get<NovaEngine>().StopAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        var store = Store;
        await _services.DisposeAsync();
        await store.DisposeAsync();
    }
}
