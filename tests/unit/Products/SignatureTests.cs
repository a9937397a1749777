using System.Security.Cryptography;
using System.Text;
using Nova.Products;

namespace Nova.UnitTests.Products;

/// <summary>What each product sends, computed again here by the recipe of its document and nothing of Nova's.</summary>
public class SignatureTests
{
    static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"event":"x","name":"Noël \u00e9 \"q\""}""");
    const string Timestamp = "1778401802"; // Wire.AttemptTime in Unix seconds.

    static string Hex(string key, string content) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(content)));

    static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    [Fact]
    public void Embed()
    {
        var headers = Wire.Headers(BuiltInProducts.All["embed"], "score.completed", Body, ["whsec_abc"]);

        Assert.Equal(new()
        {
            ["Content-Type"] = "application/json",
            ["User-Agent"] = "Nova-Webhooks/1.0",
            ["X-Webhook-Event"] = "score.completed",
            ["X-Nova-Signature"] = Hex("whsec_abc", Text(Body)),
        }, headers);
    }

    [Fact]
    public void Partner()
    {
        var lines = Wire.Lines(BuiltInProducts.All["partner"], "signed_up", Body, ["my own key!"]);

        Assert.Equal(
        [
            new("Content-Type", "application/json", false),
            new("X-API-Key", "my own key!", true),
            new("Idempotency-Key", "dlv_1", false),
            new("User-Agent", "nova-partner-webhook/1", false),
            new("X-Signature-SHA256", "sha256=" + Hex("my own key!", Text(Body)), false),
        ], lines);
    }

    [Fact]
    public void Calls_from_the_hash_alone()
    {
        var product = BuiltInProducts.All["calls"];
        var secret = product.Secret.Generate();
        var stored = product.Secret.ToStored(secret);
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

        Assert.Equal(32, stored.Length);
        Assert.Equal(new()
        {
            ["Content-Type"] = "application/json",
            ["User-Agent"] = "NOVA-Webhooks/1.0",
            ["X-Nova-Event"] = "call.ended",
            ["X-Nova-Signature"] = "sha256=" + Hex(key, Text(Body)),
        }, Wire.Headers(product, "call.ended", Body, [secret]));
    }

    [Fact]
    public void Kit()
    {
        var headers = Wire.Headers(BuiltInProducts.All["kit"], "credits.low", Body, ["whsec_kit"]);

        Assert.Equal(new()
        {
            ["Content-Type"] = "application/json",
            ["User-Agent"] = "NovaKit-Webhooks/1.0",
            ["x-novakit-timestamp"] = Timestamp,
            ["x-novakit-event-id"] = "evt_1",
            ["x-novakit-event-type"] = "credits.low",
            ["x-novakit-signature"] = Hex("whsec_kit", $"{Timestamp}:{Text(Body)}"),
        }, headers);
    }

    [Fact]
    public void Standard_signs_with_both_secrets_while_one_is_rotated()
    {
        var product = BuiltInProducts.All["standard"];
        string[] secrets = [product.Secret.Generate(), product.Secret.Generate()];
        var signatures = secrets.Select(secret => "v1," + Convert.ToBase64String(HMACSHA256.HashData(
            Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"evt_1.{Timestamp}.{Text(Body)}"))));

        Assert.Equal(new()
        {
            ["Content-Type"] = "application/json",
            ["User-Agent"] = "Nova-Webhooks/1.0",
            ["webhook-id"] = "evt_1",
            ["webhook-timestamp"] = Timestamp,
            ["webhook-signature"] = string.Join(' ', signatures),
        }, Wire.Headers(product, "user.created", Body, secrets));
    }

    [Fact]
    public void The_specifications_own_example_gives_its_signature()
    {
        // From the Standard Webhooks libraries' test vectors.
        var product = BuiltInProducts.All["standard"];
        var lines = new List<HeaderLine>();
        product.Request.Compose(
            new()
            {
                Event = Wire.Event("user.created", "{}"u8.ToArray(), "msg_p5jXN8AQM9LWM0D4loKWxJek"), Delivery = Wire.Delivery,
                Timestamp = DateTimeOffset.FromUnixTimeSeconds(1614265330), Attempt = 1, Url = "", Body = Encoding.UTF8.GetBytes("""{"test": 2432232314}"""),
                Keys = [product.Request.DeriveKeys(product.Secret.ToStored("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))],
            },
            lines);

        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", lines.Single(line => line.Name == "webhook-signature").Value);
    }

    [Theory]
    [InlineData("embed")]
    [InlineData("kit")]
    public void A_product_that_cannot_send_two_signatures_signs_with_the_newest_secret(string name)
    {
        var product = BuiltInProducts.All[name];

        Assert.Equal(
            Wire.Headers(product, "x", Body, ["whsec_new"]), Wire.Headers(product, "x", Body, ["whsec_new", "whsec_old"]));
    }

    [Fact]
    public void A_retry_is_signed_with_its_own_timestamp()
    {
        var product = BuiltInProducts.All["kit"];
        var keys = product.Request.DeriveKeys(product.Secret.ToStored("whsec_kit"));
        foreach (var seconds in (long[])[1_778_401_802, 1_778_405_402])
        {
            var lines = new List<HeaderLine>();
            product.Request.Compose(
                new()
                {
                    Event = Wire.Event("credits.low", default), Delivery = Wire.Delivery, Timestamp = DateTimeOffset.FromUnixTimeSeconds(seconds).AddMilliseconds(999),
                    Attempt = 2, Url = "", Body = Body, Keys = [keys],
                },
                lines);

            Assert.Equal(Hex("whsec_kit", $"{seconds}:{Text(Body)}"), lines.Single(line => line.Name == "x-novakit-signature").Value);
        }
    }

    [Fact]
    public void What_a_header_cannot_hold_is_written_as_percent_codes()
    {
        Assert.Equal("a b", Wire.Headers(BuiltInProducts.All["kit"], "x", Body, ["s"], id: "a b")["x-novakit-event-id"].Replace("%20", " "));
        Assert.Equal("%C3%A9%0D%0AX:%201", Wire.Headers(BuiltInProducts.All["kit"], "x", Body, ["s"], id: "é\r\nX: 1")["x-novakit-event-id"]);
    }

    [Fact]
    public void A_url_is_signed_as_the_receiver_sees_it_without_its_fragment()
    {
        using var folder = DefinitionFolder.OfAcme(DefinitionFolder.Change(DefinitionFolder.Acme, "/signatures/0/content", "\"{url}{body}\""));
        var product = ProductLoader.Load(folder.Path)["acme"];
        string Signed(string url)
        {
            var lines = new List<HeaderLine>();
            product.Request.Compose(
                new()
                {
                    Event = Wire.Event("x", "{}"u8.ToArray()), Delivery = Wire.Delivery, Timestamp = DateTimeOffset.UnixEpoch, Attempt = 1, Url = url, Body = Body,
                    Keys = [product.Request.DeriveKeys(product.Secret.ToStored("s"))],
                },
                lines);
            return string.Join('\n', lines);
        }
        Assert.Equal(Signed("https://hooks.example.com/nova?x=1"), Signed("https://hooks.example.com/nova?x=1#part"));
        Assert.NotEqual(Signed("https://hooks.example.com/nova?x=1"), Signed("https://hooks.example.com/nova"));
    }

    [Theory]
    [InlineData("hmac-sha256", "hex")]
    [InlineData("hmac-sha512", "hex")]
    [InlineData("hmac-sha1", "hex")]
    [InlineData("hmac-sha256", "base64")]
    [InlineData("hmac-sha512", "base64")]
    [InlineData("hmac-sha1", "base64")]
    public void Every_algorithm_and_encoding_over_every_placeholder(string algorithm, string encoding)
    {
        var definition = DefinitionFolder.Change(DefinitionFolder.Acme, "/signatures/0",
            $$$"""
            { "header": "X-Signature", "algorithm": "{{{algorithm}}}", "encoding": "{{{encoding}}}", "key": "secret", "separator": ";",
              "content": "{{v0}} {method} {url} {id} {delivery} {attempt} {timestamp} {timestamp.ms} é {body}", "value": "{timestamp.ms}:{signature}" }
            """);
        using var folder = DefinitionFolder.OfAcme(definition);
        var content = Encoding.UTF8.GetBytes(
            "{v0} POST https://hooks.example.com/nova?x=1 evt_1 dlv_1 3 1778401802 1778401802345 é ").Concat(Body).ToArray();
        var key = "whsec_acme"u8.ToArray();
        var hash = algorithm switch
        {
            "hmac-sha256" => HMACSHA256.HashData(key, content),
            "hmac-sha512" => HMACSHA512.HashData(key, content),
#pragma warning disable CA5350 // The legacy algorithm is what is tested.
            _ => HMACSHA1.HashData(key, content),
#pragma warning restore CA5350
        };

        var headers = Wire.Headers(ProductLoader.Load(folder.Path)["acme"], "thing.made", Body, ["whsec_acme"], attempt: 3);

        Assert.Equal("1778401802345:" + (encoding == "hex" ? Convert.ToHexStringLower(hash) : Convert.ToBase64String(hash)), headers["X-Signature"]);
    }

    [Fact]
    public void A_header_for_tests_is_on_tests_only()
    {
        using var folder = DefinitionFolder.OfAcme(
            DefinitionFolder.Change(DefinitionFolder.Acme, "/headers/X-Real", """{ "value": "{environment.live} {tenant}", "on": "events" }"""));
        var product = ProductLoader.Load(folder.Path)["acme"];

        var onEvent = Wire.Headers(product, "thing.made", Body, ["s"], tenant: "t-1");
        var onTest = Wire.Headers(product, "thing.made", Body, ["s"], isTest: true);

        Assert.Equal("true t-1", onEvent["X-Real"]);
        Assert.DoesNotContain("X-Only", onEvent.Keys);
        Assert.Equal("a", onTest["X-Only"]);
        Assert.DoesNotContain("X-Real", onTest.Keys);
    }

    [Fact]
    public void The_names_of_all_headers_that_Nova_sets_are_known() =>
        Assert.Equal(
            ["Content-Type", "x-novakit-timestamp", "x-novakit-event-id", "x-novakit-event-type", "User-Agent", "x-novakit-signature"],
            BuiltInProducts.All["kit"].Request.HeaderNames);

    [Fact]
    public void Keys_do_not_print() =>
        Assert.DoesNotContain("whsec", BuiltInProducts.All["partner"].Request.DeriveKeys("whsec_x"u8.ToArray()).ToString(), StringComparison.Ordinal);
}
