using System.Text.Json;
using System.Text.Json.Nodes;
using Nova.Accounts;
using Nova.Model;
using Nova.Sqlite;
using Nova.TestSupport;

namespace Nova.ConformanceTests;

/// <summary>
/// The formats of well-known senders are definitions in samples/products and no code: what the engine sends with them, each vendor's own
/// package takes for the vendor's, as it was received.
/// </summary>
public sealed class VendorFormatTests
{
    static readonly NodeScript Verify = new("vendors", "verify.mjs");

    public static TheoryData<string> Vendors => ["stripe", "github", "slack", "shopify", "svix"];

    [Theory]
    [MemberData(nameof(Vendors))]
    public async Task The_vendors_own_package_accepts_every_event_type_and_refuses_it_after_one_flipped_byte(string vendor)
    {
        await using var sender = await Sender.StartAsync(vendor);
        var secret = sender.NewSecret();
        var endpoint = await sender.Harness.AddEndpointAsync(sender.Entry, sender.Receiver.Url, secret);
        var requests = new List<ReceivedRequest>();
        foreach (var type in sender.Entry.Product.EventTypes.Keys)
        {
            Assert.Null((await sender.Harness.PublishAsync(sender.Entry, type)).Fault);
            requests.Add(await sender.Receiver.NextAsync());
        }
        await sender.Harness.Get<Publishing.TestEventSender>()
            .SendAsync(sender.Entry, sender.Harness.Get<AccountDirectory>().Target(endpoint)!, null, null, CancellationToken.None);
        requests.Add(await sender.Receiver.NextAsync());
        Assert.True(requests.Count > 3);

        Assert.All(await VerifyAsync(vendor, secret, requests), answer => Assert.Equal("\"accepted\"", answer));
        Assert.All(await VerifyAsync(vendor, secret, requests.Select(Flipped)), IsRefused);
        Assert.All(await VerifyAsync(vendor, sender.NewSecret(), requests), IsRefused);
    }

    [Theory]
    [InlineData("stripe")]
    [InlineData("slack")]
    [InlineData("shopify")]
    [InlineData("svix")]
    public async Task A_retry_is_accepted_too(string vendor)
    {
        await using var sender = await Sender.StartAsync(vendor);
        var secret = sender.NewSecret();
        await sender.Harness.AddEndpointAsync(sender.Entry, sender.Receiver.Url, secret);
        sender.Receiver.Status = 500;

        await sender.Harness.PublishAsync(sender.Entry, sender.Entry.Product.EventTypes.Keys.First());
        var first = await sender.Receiver.NextAsync();
        await sender.Harness.NextRecordedAsync();
        sender.Receiver.Status = 200;
        await sender.AdvanceAsync(sender.Entry.Product.Retry.Delays[1]);
        var second = await sender.Receiver.NextAsync();

        Assert.Equal(first.Body, second.Body);
        Assert.All(await VerifyAsync(vendor, secret, [first, second]), answer => Assert.Equal("\"accepted\"", answer));
    }

    [Theory]
    [InlineData("stripe")]
    [InlineData("svix")]
    public async Task While_a_secret_is_rotated_both_are_accepted_and_afterwards_there_is_one_signature(string vendor)
    {
        await using var sender = await Sender.StartAsync(vendor);
        var (old, secret) = (sender.NewSecret(), sender.NewSecret());
        var overlap = sender.Entry.Product.Secret.RotationOverlap;
        var endpoint = await sender.Harness.AddEndpointAsync(sender.Entry, sender.Receiver.Url, old);
        var now = sender.Clock.GetUtcNow();
        await sender.Harness.ChangeEndpointAsync(endpoint, before => before with
        {
            Secrets =
            [
                sender.Harness.Get<EndpointTargetMaker>().Seal(endpoint, sender.Entry.Product, secret, now),
                before.Secrets[0] with { ExpiresAt = now + overlap },
            ],
        });
        var type = sender.Entry.Product.EventTypes.Keys.First();

        await sender.Harness.PublishAsync(sender.Entry, type);
        var during = await sender.Receiver.NextAsync();
        var header = during.Headers[$"{vendor}-signature"];

        Assert.Equal(2, header.Split("v1").Length - 1);
        Assert.Equal(["\"accepted\""], await VerifyAsync(vendor, old, [during]));
        Assert.Equal(["\"accepted\""], await VerifyAsync(vendor, secret, [during]));

        await sender.AdvanceAsync(overlap);
        await sender.Harness.PublishAsync(sender.Entry, type);
        var after = await sender.Receiver.NextAsync();

        Assert.Single(after.Headers[$"{vendor}-signature"].Split("v1").Skip(1));
    }

    [Fact]
    public async Task A_second_signature_by_Ed25519_is_accepted_by_its_public_key_and_does_not_disturb_the_package()
    {
        using var products = new TemporaryFolder();
        var definition = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Samples, "svix", "product.json")))!;
        var second = definition["signatures"]![0]!.DeepClone();
        (second["algorithm"], second["key"], second["value"]) = ("ed25519", "key-pair", "v1a,{signature}");
        definition["signatures"]!.AsArray().Add(second);
        Directory.CreateDirectory(Path.Combine(products.Path, "svix", "events"));
        await File.WriteAllTextAsync(Path.Combine(products.Path, "svix", "product.json"), definition.ToJsonString());
        File.Copy(Path.Combine(Samples, "svix", "events", "invoice.paid.json"), Path.Combine(products.Path, "svix", "events", "invoice.paid.json"));

        await using var sender = await Sender.StartAsync("svix", products.Path);
        var secret = sender.NewSecret();
        var endpoint = await sender.Harness.AddEndpointAsync(sender.Entry, sender.Receiver.Url, secret);
        var publicKey = sender.Harness.Get<AccountDirectory>().Target(endpoint)!.PublicKey!;
        await sender.Harness.PublishAsync(sender.Entry, "invoice.paid");
        var request = await sender.Receiver.NextAsync();

        Assert.StartsWith("whpk_", publicKey);
        Assert.Equal(["\"accepted\""], await VerifyAsync("svix", secret, [request]));
        Assert.Equal(["\"accepted\""], await VerifyAsync("v1a", publicKey, [request]));
        Assert.All(await VerifyAsync("v1a", publicKey, [Flipped(request)]), IsRefused);
        Assert.Equal(secret, sender.Harness.Get<EndpointTargetMaker>().Open(sender.Harness.Get<AccountDirectory>().Target(endpoint)!.Endpoint));
    }

    static string Samples => Path.Combine(Repository.Root, "samples", "products");

    static void IsRefused(string answer) => Assert.StartsWith("{\"refused\":", answer);

    static Task<IReadOnlyList<string>> VerifyAsync(string vendor, string secret, IEnumerable<ReceivedRequest> requests) =>
        Verify.AskAsync([.. requests.Select(request => JsonSerializer.Serialize(new
        {
            vendor,
            secret,
            headers = request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value),
            body = request.Body,
        }))]);

    /// <summary>One bit of one character in the middle of the body is another.</summary>
    static ReceivedRequest Flipped(ReceivedRequest request)
    {
        var body = (byte[])request.Body.Clone();
        body[body.Length / 2] ^= 1;
        return request with { Body = body };
    }

    sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("nova-vendors-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }

    /// <summary>The engine with samples/products as an operator would add them, one account, and a receiver.</summary>
    sealed class Sender(EngineHarness harness, EnvironmentEntry entry, TestReceiver receiver, UnitTests.FakeClock clock, string folder) : IAsyncDisposable
    {
        public EngineHarness Harness => harness;
        public EnvironmentEntry Entry => entry;
        public TestReceiver Receiver => receiver;
        public UnitTests.FakeClock Clock => clock;

        public static async Task<Sender> StartAsync(string vendor, string? products = null)
        {
            var folder = Directory.CreateTempSubdirectory("nova-vendors-").FullName;
            // Begins at the true time: the packages look at theirs.
            var clock = new UnitTests.FakeClock(TimeProvider.System.Now());
            var harness = await EngineHarness.StartAsync(
                new SqliteStore($"Data Source={Path.Combine(folder, "nova.db")}", clock), clock, Path.Combine(Repository.Root, "products"),
                options => options.ProductsPath = products ?? Samples);
            // Shopify's accounts are called so; the others' may be.
            var entry = await harness.AddAccountAsync(vendor, "nova.myshopify.com");
            return new(harness, entry, await TestReceiver.StartAsync(), clock, folder);
        }

        public string NewSecret() => Definitions.NewSecret(entry.Product);

        /// <summary>Moves the clock and takes in what is due by then.</summary>
        public async Task AdvanceAsync(TimeSpan by)
        {
            clock.Advance(by);
            await harness.Get<AccountDirectory>().RefreshAsync(CancellationToken.None);
            await harness.Get<Nodes.ThisNode>().BeatAsync(CancellationToken.None);
            while (await harness.Get<Delivering.DuePoller>().PollAsync(CancellationToken.None)) { }
        }

        public async ValueTask DisposeAsync()
        {
            await harness.DisposeAsync();
            await receiver.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }
}
