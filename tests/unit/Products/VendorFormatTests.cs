using System.Security.Cryptography;
using System.Text;
using Nova.Products;

namespace Nova.UnitTests.Products;

/// <summary>The formats of well-known senders can be said. The values are computed here by each vendor's recipe.</summary>
public class VendorFormatTests
{
    static readonly byte[] Body = """{"a":1}"""u8.ToArray();

    static Product Load(string name, string envelope, string headers, string signatures, string secret, string eventType = "push")
    {
        using var folder = DefinitionFolder.Of(name,
            $$"""
            { "name": "{{name}}", "title": "T", "envelope": {{envelope}}, "headers": {{headers}}, "signatures": [{{signatures}}],
              "secret": {{secret}}, "retry": { "delays": ["0s"] }, "timeout": "10s" }
            """, eventType);
        return ProductLoader.Load(folder.Path)[name];
    }

    static byte[] Hash(byte[] key, string content) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(content));

    [Fact]
    public void Stripe()
    {
        var product = Load("stripe",
            """{ "id": "{event.id}", "object": "event", "api_version": "2024-06-20", "created": "{event.time.unix}", "data": { "object": "{data}" }, "livemode": "{environment.live}", "pending_webhooks": 1, "request": { "id": null }, "type": "{event.type}" }""",
            """{ "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)", "Content-Type": "application/json; charset=utf-8" }""",
            """{ "header": "Stripe-Signature", "algorithm": "hmac-sha256", "content": "{timestamp}.{body}", "key": "secret", "encoding": "hex", "lead": "t={timestamp},", "value": "v1={signature}", "separator": "," }""",
            """{ "prefix": "whsec_", "rotation_overlap": "24h" }""");
        var hex = ((string[])["whsec_b", "whsec_a"]).Select(secret => Convert.ToHexStringLower(Hash(Encoding.UTF8.GetBytes(secret), "1778401802.{\"a\":1}"))).ToArray();

        var headers = Wire.Headers(product, "push", Body, ["whsec_b", "whsec_a"]);

        Assert.Equal($"t=1778401802,v1={hex[0]},v1={hex[1]}", headers["Stripe-Signature"]);
        Assert.Equal("application/json; charset=utf-8", headers["Content-Type"]);
        Assert.Equal(
            """{"id":"evt_1","object":"event","api_version":"2024-06-20","created":1778401800,"data":{"object":{"x":1}},"livemode":true,"pending_webhooks":1,"request":{"id":null},"type":"push"}""",
            Wire.Render(product.Envelope, "push", """{"x":1}"""));
    }

    [Fact]
    public void GitHub()
    {
        var product = Load("github",
            """{ "...": "{data}" }""",
            """{ "User-Agent": "GitHub-Hookshot/0000000", "X-GitHub-Event": "{event.type}", "X-GitHub-Delivery": "{delivery.id}" }""",
            """
            { "header": "X-Hub-Signature", "algorithm": "hmac-sha1", "content": "{body}", "key": "secret", "encoding": "hex", "value": "sha1={signature}" },
            { "header": "X-Hub-Signature-256", "algorithm": "hmac-sha256", "content": "{body}", "key": "secret", "encoding": "hex", "value": "sha256={signature}" }
            """,
            """{ "chosen_by": "customer", "shown": "never" }""");

        var headers = Wire.Headers(product, "push", Body, ["It's a Secret to Everybody"]);

        Assert.Equal("sha256=" + Convert.ToHexStringLower(Hash("It's a Secret to Everybody"u8.ToArray(), """{"a":1}""")), headers["X-Hub-Signature-256"]);
#pragma warning disable CA5350 // The vendor's own legacy header.
        Assert.Equal("sha1=" + Convert.ToHexStringLower(HMACSHA1.HashData("It's a Secret to Everybody"u8, Body)), headers["X-Hub-Signature"]);
#pragma warning restore CA5350
        Assert.Equal("push", headers["X-GitHub-Event"]);
        Assert.Equal("dlv_1", headers["X-GitHub-Delivery"]);
        Assert.Equal("""{"ref":"main", "n" : 1}""", Wire.Render(product.Envelope, "push", """ {"ref":"main", "n" : 1} """));
    }

    [Fact]
    public void Slack()
    {
        var product = Load("slack",
            """{ "team_id": "{account}", "type": "event_callback", "event_id": "{event.id}", "event_time": "{event.time.unix}", "event": { "type": "{event.type}", "...": "{data}" } }""",
            """{ "X-Slack-Request-Timestamp": "{timestamp}" }""",
            """{ "header": "X-Slack-Signature", "algorithm": "hmac-sha256", "content": "v0:{timestamp}:{body}", "key": "secret", "encoding": "hex", "value": "v0={signature}" }""",
            """{ "format": "hex", "bytes": 16 }""");

        var headers = Wire.Headers(product, "push", Body, ["8f742231b10e8888abcd99yyyzzz85a5"]);

        Assert.Equal("v0=" + Convert.ToHexStringLower(Hash("8f742231b10e8888abcd99yyyzzz85a5"u8.ToArray(), """v0:1778401802:{"a":1}""")), headers["X-Slack-Signature"]);
        Assert.Equal("1778401802", headers["X-Slack-Request-Timestamp"]);
        Assert.Equal(
            """{"team_id":"org_xyz789","type":"event_callback","event_id":"evt_1","event_time":1778401800,"event":{"type":"push","text":"hi"}}""",
            Wire.Render(product.Envelope, "push", """{"text":"hi"}"""));
        Assert.Matches("^[0-9a-f]{32}$", product.Secret.Generate());
    }

    [Fact]
    public void Shopify()
    {
        var product = Load("shopify",
            """{ "...": "{data}" }""",
            """{ "X-Shopify-Topic": "{event.type}", "X-Shopify-Shop-Domain": "{account}", "X-Shopify-API-Version": "2026-04", "X-Shopify-Webhook-Id": "{delivery.id}", "X-Shopify-Event-Id": "{event.id}", "X-Shopify-Triggered-At": "{event.time}" }""",
            """{ "header": "X-Shopify-Hmac-Sha256", "algorithm": "hmac-sha256", "content": "{body}", "key": "secret", "encoding": "base64" }""",
            """{ "format": "hex" }""", "orders/create");

        var headers = Wire.Headers(product, "orders/create", Body, ["hush"]);

        Assert.Equal(Convert.ToBase64String(Hash("hush"u8.ToArray(), """{"a":1}""")), headers["X-Shopify-Hmac-Sha256"]);
        Assert.Equal("orders/create", headers["X-Shopify-Topic"]);
        Assert.Equal("2026-05-10T08:30:00Z", headers["X-Shopify-Triggered-At"]);
    }

    [Fact]
    public void Svix()
    {
        var product = Load("svix",
            """{ "...": "{data}" }""",
            """{ "svix-id": "{event.id}", "svix-timestamp": "{timestamp}" }""",
            """{ "header": "svix-signature", "algorithm": "hmac-sha256", "content": "{id}.{timestamp}.{body}", "key": "base64-after-prefix", "encoding": "base64", "value": "v1,{signature}", "separator": " " }""",
            """{ "prefix": "whsec_", "bytes": 24, "format": "base64", "rotation_overlap": "24h" }""");

        var headers = Wire.Headers(product, "push", Body, ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], id: "msg_1");

        Assert.Equal(
            "v1," + Convert.ToBase64String(Hash(Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), """msg_1.1778401802.{"a":1}""")),
            headers["svix-signature"]);
        Assert.Null(product.Secret.Check(product.Secret.Generate()));
    }

    [Fact]
    public void A_product_that_does_not_sign()
    {
        var product = Load("plain", """{ "...": "{data}" }""", "{}", "", "{}");

        Assert.Equal(["Content-Type", "User-Agent"], Wire.Headers(product, "push", Body, ["s"]).Keys);
    }
}
