using System.Net;
using System.Text;
using Nova.Model;
using Nova.Products;
using Nova.Verifying;

namespace Nova.ConformanceTests;

/// <summary>The programs of the verification guides are run as they are, and take what Nova delivers and nothing else.</summary>
public sealed class GuideTests
{
    /// <summary>A dialect that no shipped product has: the timestamp in the signature's own header, in milliseconds, and a longer hash.</summary>
    const string Lead =
        """
        { "name": "lead", "title": "Lead", "envelope": { "d": "{data}" },
          "signatures": [{ "header": "Lead-Signature", "algorithm": "hmac-sha512", "content": "{timestamp.ms}.{method}.{body}", "key": "secret", "encoding": "hex",
                           "lead": "t={timestamp.ms},", "value": "v1='{signature}'", "separator": "," }],
          "secret": { "rotation_overlap": "24h" }, "retry": { "delays": ["0s"] }, "timeout": "30s" }
        """;

    /// <summary>Signed by key pair alone.</summary>
    const string Pair =
        """
        { "name": "pair", "title": "Pair", "envelope": { "d": "{data}" }, "headers": { "webhook-id": "{event.id}", "webhook-timestamp": "{timestamp}" },
          "signatures": [{ "header": "webhook-signature", "algorithm": "ed25519", "content": "{id}.{timestamp}.{body}", "key": "key-pair", "encoding": "base64",
                           "value": "v1a,{signature}", "separator": " " }],
          "secret": { "rotation_overlap": "24h" }, "retry": { "delays": ["0s"] }, "timeout": "30s" }
        """;

    /// <summary>The same in hexadecimal, and one signature only.</summary>
    const string HexPair =
        """
        { "name": "hex-pair", "title": "Hex Pair", "envelope": { "d": "{data}" },
          "signatures": [{ "header": "Pair-Signature", "algorithm": "ed25519", "content": "{body}", "key": "key-pair", "encoding": "hex" }],
          "secret": { }, "retry": { "delays": ["0s"] }, "timeout": "30s" }
        """;

    static readonly string[] Products =
        ["embed", "partner", "calls", "kit", "standard", "stripe", "github", "slack", "shopify", "svix", "lead", "pair", "hex-pair"];

    static readonly Dictionary<string, string> Own = new() { ["lead"] = Lead, ["pair"] = Pair, ["hex-pair"] = HexPair };

    public static TheoryData<string, string> All
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var product in Products)
                foreach (var language in GuideProcess.Languages)
                    if (language is not ("python" or "csharp") || !product.EndsWith("pair", StringComparison.Ordinal)) // They have no Ed25519.
                        all.Add(product, language);
            return all;
        }
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_program_takes_what_the_engine_delivers_and_nothing_else(string name, string language)
    {
        var folder = Directory.CreateTempSubdirectory("nova-guide-").FullName;
        try
        {
            var (product, products) = Load(name, folder);
            var plan = VerificationPlan.Of(product)!;
            var secret = Definitions.NewSecret(product);
            var port = GuideProcess.FreePort();
            await using var engine = await SteppedEngine.StartAsync(product, products);
            var type = product.EventTypes.Keys.First();
            var endpoint = await engine.AddEndpointAsync($"http://127.0.0.1:{port}/", secret, type);
            var known = plan.ByKeyPair ? engine.PublicKeyOf(endpoint)! : secret;

            var program = VerificationGuide.Of(product).Single(each => each.Language == language);
            await using var receiver = await GuideProcess.StartAsync(program, folder, (plan.Variable, known), port);
            await engine.PublishAsync(type);
            var attempt = await engine.NextAsync();
            Assert.True(attempt.Record.State == DeliveryState.Delivered, $"{attempt.Record.Attempt!.StatusCode} {attempt.Record.Error} {receiver.Output}");
            Assert.Equal(204, attempt.Record.Attempt!.StatusCode);

            await RefuseAsync(product, plan, receiver, secret);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What is forged, changed, old or not signed is refused; what the old secret signed beside the new one is not.</summary>
    static async Task RefuseAsync(Product product, VerificationPlan plan, GuideProcess receiver, string secret)
    {
        var body = Encoding.UTF8.GetBytes("""{"a":"Noël","n":1.50}""");
        var now = TimeProvider.System.GetUtcNow();
        var other = Headers(product, body, now, Definitions.NewSecret(product));
        if (plan.ByKeyPair)
        {
            // The pair that the engine signs with never leaves it: what it delivered was taken, and another pair's signature is not.
            Assert.Equal(HttpStatusCode.Unauthorized, await receiver.SendAsync(other, body));
            Assert.Equal(HttpStatusCode.Unauthorized, await receiver.SendAsync([], body));
            return;
        }
        Assert.Equal(HttpStatusCode.NoContent, await receiver.SendAsync(Headers(product, body, now, secret), body));
        if (product.Secret.RotationOverlap > TimeSpan.Zero)
            Assert.Equal(HttpStatusCode.NoContent, await receiver.SendAsync(Headers(product, body, now, Definitions.NewSecret(product), secret), body));
        Assert.Equal(HttpStatusCode.Unauthorized, await receiver.SendAsync(Headers(product, body, now, secret), [.. body, (byte)'\n']));
        Assert.Equal(HttpStatusCode.Unauthorized, await receiver.SendAsync([], body));
        Assert.Equal(HttpStatusCode.Unauthorized, await receiver.SendAsync(other, body));
        if (!plan.SignsTime) return;
        Assert.Equal(HttpStatusCode.Unauthorized, await receiver.SendAsync(Headers(product, body, now.AddSeconds(-310), secret), body));
        Assert.Equal(HttpStatusCode.Unauthorized, await receiver.SendAsync(Headers(product, body, now.AddSeconds(310), secret), body));
    }

    /// <param name="length">Characters of the secret: fewer, as many and more than a block of the hash, which the shell's HMAC has to tell apart.</param>
    [Theory]
    [InlineData(43)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(256)]
    public async Task The_shell_verifies_a_request_that_was_saved_to_files(int length)
    {
        var folder = Directory.CreateTempSubdirectory("nova-guide-").FullName;
        try
        {
            var product = Definitions.Of("kit");
            var (secret, body) = (new string('k', length), "{\"a\":\"Noël\0\"}"u8.ToArray());
            var program = VerificationGuide.Of(product).Single(each => each.Language == "shell");
            var (script, headers, saved) = (Path.Combine(folder, program.File), Path.Combine(folder, "headers"), Path.Combine(folder, "body"));
            await File.WriteAllTextAsync(script, program.Code);
            await File.WriteAllBytesAsync(saved, body);
            await File.WriteAllLinesAsync(headers, Headers(product, body, TimeProvider.System.GetUtcNow(), secret).Select(header => $"{header.Name}: {header.Value}"));

            Assert.Equal((0, "verified\n"), await GuideProcess.RunAsync("bash", ("WEBHOOK_SECRET", secret), script, "verify", headers, saved));
            Assert.Equal((1, ""), await GuideProcess.RunAsync("bash", ("WEBHOOK_SECRET", secret + "x"), script, "verify", headers, saved));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A product, and the folder that the engine has to be given for it.</summary>
    static (Product Product, string? Products) Load(string name, string folder)
    {
        var vendors = Path.Combine(Repository.Root, "samples", "products");
        if (Directory.Exists(Path.Combine(vendors, name))) return (ProductLoader.Load(vendors)[name], vendors);
        if (!Own.TryGetValue(name, out var definition)) return (Definitions.Of(name), null);
        var products = Path.Combine(folder, "products");
        var events = Directory.CreateDirectory(Path.Combine(products, name, "events")).FullName;
        File.WriteAllText(Path.Combine(products, name, "product.json"), definition);
        File.Copy(Path.Combine(Repository.Root, "products", "standard", "events", "user.created.json"), Path.Combine(events, "user.created.json"));
        return (ProductLoader.Load(products)[name], products);
    }

    static List<HeaderLine> Headers(Product product, byte[] body, DateTimeOffset time, params string[] secrets)
    {
        List<HeaderLine> lines = [];
        product.Request.Compose(
            new()
            {
                Event = new("evt_1", "x", time, "{}"u8.ToArray(), null, "acc_1", "acc_1", "production"), Delivery = new("dlv_1", time), Timestamp = time,
                Attempt = 1, Url = "http://127.0.0.1/", Body = body, Keys = [.. secrets.Select(secret => product.Request.DeriveKeys(product.Secret.ToStored(secret)))],
            },
            lines);
        return lines;
    }
}
