using Nova.Accounts;
using Nova.IntegrationTests.Stores;
using Nova.Model;
using Nova.TestSupport;
using Nova.UnitTests;

namespace Nova.IntegrationTests.Engine;

/// <summary>A rotation of the master key, to its end: the old key is taken away, and signatures go on.</summary>
public sealed class MasterKeyTests
{
    const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    [Fact]
    public async Task What_an_earlier_key_sealed_is_sealed_anew_and_the_earlier_key_can_go()
    {
        var (first, second) = (Convert.ToBase64String(new byte[32]), Convert.ToBase64String([.. Enumerable.Repeat((byte)7, 32)]));
        var clock = new FakeClock();
        await using var stores = new SqliteHarness();
        await using var receiver = await TestReceiver.StartAsync();
        Id<Endpoint> id;
        await using (var engine = await EngineHarness.StartAsync(await stores.CreateAsync(clock), clock, change: options => options.MasterKey = first))
        {
            var entry = await engine.AddAccountAsync("kit");
            id = await engine.AddEndpointAsync(entry, receiver.Url, Secret, headers: [new("X-Own", "kept")]);
            Assert.Equal(0, await engine.Get<SecretResealer>().ResealAsync(CancellationToken.None));
        }
        await using (var engine = await EngineHarness.StartAsync(await stores.ReopenAsync(), clock, change: options => (options.MasterKey, options.EarlierMasterKeys) = (second, first)))
        {
            // The engine's own turn at its start may have been quicker: between them it is done.
            await engine.Get<SecretResealer>().ResealAsync(CancellationToken.None);
            Assert.Equal(0, await engine.Get<SecretResealer>().ResealAsync(CancellationToken.None));
        }
        await using (var engine = await EngineHarness.StartAsync(await stores.ReopenAsync(), clock, change: options => options.MasterKey = second))
        {
            var target = engine.Get<AccountDirectory>().Target(id)!;
            Assert.Equal(Secret, engine.Get<EndpointTargetMaker>().Open(target.Endpoint));
            var entry = engine.Get<AccountDirectory>().Environment(target.Endpoint.EnvironmentId)!;
            await engine.PublishAsync(entry, "credits.low");
            Assert.Equal(DeliveryState.Delivered, (await engine.NextRecordedAsync()).Record.State);
            Assert.Equal("kept", (await receiver.NextAsync()).Headers["X-Own"]);
        }
    }
}
