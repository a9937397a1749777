using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Nova.Accounts;
using Nova.Counting;
using Nova.Delivering;
using Nova.Egress;
using Nova.Inspecting;
using Nova.Maintaining;
using Nova.Nodes;
using Nova.Products;
using Nova.Publishing;
using Nova.Replaying;
using Nova.Secrets;
using Nova.Storage;
using Nova.Telemetry;
using Nova.Watching;

namespace Nova;

/// <summary>Puts the engine's parts together.</summary>
public static class NovaServices
{
    /// <summary>
    /// Adds the engine, as a hosted service, and <see cref="IEventPublisher"/>. A store is added beside it: <c>AddNovaSqliteStore</c> or
    /// <c>AddNovaPostgreSqlStore</c>.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="options">Checked here; <see cref="NovaOptions.MasterKey"/> must be set.</param>
    /// <exception cref="ArgumentException">Options are wrong; the message lists every fault with its key.</exception>
    public static IServiceCollection AddNova(this IServiceCollection services, NovaOptions options)
    {
        var faults = options.Faults().Concat(options.Egress.Faults()).ToList();
        if (options.MasterKey is null) faults.Add("Nova:MasterKey is missing: 32 random bytes in base64, for example from `openssl rand -base64 32`.");
        if (faults.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, faults), nameof(options));

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(options.Egress);
        services.AddSingleton(NewSecretBox(options));
        services.AddSingleton(_ => ProductLoader.LoadAll(options.BuiltInProductsPath, options.ProductsPath));
        services.TryAddSingleton<Func<double>>(_ => NewRandom());

        services.AddSingleton<NovaMetrics>();
        services.AddSingleton<EgressGuard>();
        services.TryAddSingleton<IDnsResolver>(provider => DnsResolver.OfThisHost(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<EgressClient>();

        services.AddSingleton<EndpointTargetMaker>();
        services.AddSingleton<AccountDirectory>();
        services.AddSingleton<DirectoryFollower>();
        services.AddSingleton<KeyUse>();
        services.AddSingleton<SecretResealer>();
        services.AddSingleton<ThisNode>();
        services.AddSingleton<EnvelopeRegistry>();

        services.AddSingleton<AttemptSender>();
        services.AddSingleton<EndpointDisabler>();
        services.AddSingleton<OutcomeLog>();
        services.AddSingleton<DeliveryEngine>();
        services.AddSingleton<DuePoller>();

        services.AddSingleton<EventLog>();
        services.AddSingleton<EventPublisher>();
        services.AddSingleton<IEventPublisher>(provider => provider.GetRequiredService<EventPublisher>());
        services.AddSingleton<TestEventSender>();
        services.AddSingleton<ScoreKeeper>();
        services.AddSingleton<Replayer>();
        // The same object: a store keeps all of it.
        services.TryAddSingleton(provider => (IInspectorStore)provider.GetRequiredService<INovaStore>());
        services.AddSingleton<InspectorReceiver>();
        services.TryAddSingleton(provider => (IReplayStore)provider.GetRequiredService<INovaStore>());
        services.TryAddSingleton(provider => (ISavedViewStore)provider.GetRequiredService<INovaStore>());
        services.TryAddSingleton(provider => (IPeopleStore)provider.GetRequiredService<INovaStore>());
        services.AddSingleton<ReplaySource>();
        services.AddSingleton<ReplayRunner>();
        services.AddSingleton<ReplayStarter>();
        services.AddSingleton<RetentionCleaner>();
        services.AddSingleton(provider => (IFiguresStore)provider.GetRequiredService<INovaStore>());
        services.AddSingleton(provider => (IHistoryReader)provider.GetRequiredService<INovaStore>());
        services.AddSingleton(provider => (INodeMessages)provider.GetRequiredService<INovaStore>());
        services.AddSingleton<RequestCounter>();
        services.AddSingleton<FiguresKeeper>();
        services.AddSingleton<ChangeFeed>();

        services.AddSingleton<NovaEngine>();
        services.AddHostedService(provider => provider.GetRequiredService<NovaEngine>());
        return services;
    }

    static SecretBox NewSecretBox(NovaOptions options) => new(
        Decode("Nova:MasterKey", options.MasterKey!),
        [.. (options.EarlierMasterKeys ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(key => Decode("Nova:EarlierMasterKeys", key))]);

    static byte[] Decode(string name, string key)
    {
        var bytes = new byte[33];
        return Convert.TryFromBase64String(key, bytes, out var length) && length == 32
            ? bytes[..32]
            : throw new ArgumentException($"{name} is not 32 bytes in base64. Make one with `openssl rand -base64 32`.");
    }

    /// <summary>Jitter only: it needs to be spread, not secret.</summary>
    static Func<double> NewRandom()
    {
        var random = new Random();
        return () =>
        {
            lock (random) return random.NextDouble();
        };
    }
}
