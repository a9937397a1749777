using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nova.Accounts;
using Nova.Delivering;
using Nova.Egress;
using Nova.Model;
using Nova.Publishing;
using Nova.Sqlite;
using Nova.Storage;

namespace Nova.Micro;

/// <summary>
/// The engine without its HTTP surface: events are published by calls inside this process, so that publishing costs next to nothing, and delivered to
/// the sink of bench/throughput. Shows what delivering and recording alone can do, and with how many attempts in flight it does best.
/// </summary>
internal static class EngineCosts
{
    const int Accounts = 8;

    /// <summary>Publishing holds back while so many deliveries are under way: fewer than the engine holds in memory, so none overflows into the store.</summary>
    const int UnderWay = 4000;

    static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(4);
    static readonly TimeSpan MeasuredTime = TimeSpan.FromSeconds(6);

    public static async Task MeasureSqliteAsync(string sink, string productsPath, Table table)
    {
        foreach (var perEndpoint in new[] { 4, 8, 16, 64 })
        {
            var folder = Directory.CreateTempSubdirectory("nova-micro-");
            try
            {
                var store = new SqliteStore($"Data Source={Path.Combine(folder.FullName, "nova.db")}", TimeProvider.System);
                await MeasureAsync($"engine on SQLite, {Accounts} endpoints, {perEndpoint} attempts in flight each", store, sink, productsPath, perEndpoint, table);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
    }

    static async Task MeasureAsync(string name, INovaStore store, string sink, string productsPath, int perEndpoint, Table table)
    {
        var clock = TimeProvider.System;
        var options = new NovaOptions
        {
            MasterKey = Convert.ToBase64String(new byte[32]),
            BuiltInProductsPath = productsPath,
            Egress = new EgressOptions { AllowHttp = true, AllowedNetworks = ["127.0.0.0/8"] },
        };
        options.Delivering.MaxConcurrentAttemptsPerEndpoint = perEndpoint;
        await using var services = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning))
            .AddSingleton(store)
            .AddNova(options)
            .BuildServiceProvider();
        var engine = services.GetRequiredService<NovaEngine>();
        await engine.StartAsync(CancellationToken.None);
        for (var i = 0; i < Accounts; i++)
            await AddEndpointAsync(services, $"bench-{i}", $"{sink}/{i}");

        var (published, recorded, stopping) = (0L, 0L, false);
        services.GetRequiredService<OutcomeLog>().Recorded += _ => Interlocked.Increment(ref recorded);
        using var data = JsonDocument.Parse(Data.Invoice);
        var publisher = services.GetRequiredService<EventPublisher>();
        var publishers = Enumerable.Range(0, 64).Select(index => Task.Run(() => PublishAsync($"bench-{index % Accounts}"))).ToArray();
        await Task.Delay(WarmUpTime, clock);
        var (start, before, processor, allocated) = (clock.GetTimestamp(), Volatile.Read(ref recorded), Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
        await Task.Delay(MeasuredTime, clock);
        var count = (double)(Volatile.Read(ref recorded) - before);
        var used = Environment.CpuUsage.TotalTime - processor;
        table.Add(
            name, $"{used.TotalMicroseconds / count:#,0.0} µs processor per delivery",
            $"{count / clock.GetElapsedTime(start).TotalSeconds:#,0}/s; {(GC.GetTotalAllocatedBytes() - allocated) / count:#,0} B per delivery");
        Volatile.Write(ref stopping, true);
        await Task.WhenAll(publishers);
        await engine.StopAsync(CancellationToken.None);

        async Task PublishAsync(string account)
        {
            while (!Volatile.Read(ref stopping))
            {
                if (Interlocked.Read(ref published) - Interlocked.Read(ref recorded) > UnderWay)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(1), clock);
                    continue;
                }

                Interlocked.Increment(ref published);
                var result = await publisher.PublishAsync(
                    new PublishRequest { Account = account, Environment = "production", Type = "invoice.paid", Data = data.RootElement }, CancellationToken.None);
                if (result.Fault is { } fault)
                    throw new InvalidOperationException(fault.Detail);
            }
        }
    }

    static async Task AddEndpointAsync(ServiceProvider services, string name, string url)
    {
        var directory = services.GetRequiredService<AccountDirectory>();
        var maker = services.GetRequiredService<EndpointTargetMaker>();
        var now = TimeProvider.System.GetUtcNow();
        var account = new Account(Id<Account>.New(now), "standard", name, name, null, now);
        await directory.SaveAsync([new DirectoryChange.OfAccount(account)], CancellationToken.None);
        var entry = directory.Environment(account.Id, EnvironmentName.Production)!;
        var id = Id<Endpoint>.New(now);
        await directory.SaveAsync(
            [
                new DirectoryChange.OfEndpoint(
                    new Endpoint
                    {
                        Id = id,
                        EnvironmentId = entry.Id,
                        Url = url,
                        EventTypes = [Endpoint.AllEventTypes],
                        Secrets = [maker.Seal(id, entry.Product, entry.Product.Secret.Generate(), now)],
                        CreatedAt = now,
                        UpdatedAt = now,
                    }, null),
            ], CancellationToken.None);
    }
}
