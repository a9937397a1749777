using System.Buffers;
using System.Text;
using Nova.Products;

namespace Nova.ConformanceTests;

/// <summary>A request as a product's definition makes it: headers and body.</summary>
internal sealed record SignedRequest(IReadOnlyList<(string Name, string Value)> Headers, byte[] Body)
{
    /// <summary>Id of the event in the requests of these tests.</summary>
    public const string EventId = "evt_01jv8q3zk0000000000000000z";

    public SignedRequest WithBody(byte[] body) => this with { Body = body };

    public SignedRequest WithHeader(string name, string value) => this with
    {
        Headers = [.. Headers.Select(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase) ? (header.Name, value) : header)],
    };

    public SignedRequest WithoutHeader(string name) => this with
    {
        Headers = [.. Headers.Where(header => !header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))],
    };

    public string Header(string name) => Headers.Single(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>Renders and signs an event of a type, with its example or other data.</summary>
    /// <param name="product">Compiled from its definition.</param>
    /// <param name="type">Of the catalog, or the product's test event.</param>
    /// <param name="secrets">As customers know them, newest first.</param>
    /// <param name="timestamp">Of the attempt.</param>
    /// <param name="data">Null: the type's example.</param>
    /// <param name="isTest">Made by Send Test Webhook.</param>
    public static SignedRequest Compose(
        Product product, string type, IReadOnlyList<string> secrets, DateTimeOffset timestamp, string? data = null, bool isTest = false)
    {
        var json = data is not null ? Encoding.UTF8.GetBytes(data) : isTest ? product.Test.Data(type) : product.EventTypes[type].Example;
        var e = new EventFacts(EventId, type, timestamp.AddSeconds(-1), json, "t-1", "acc_01jv8q3zk0000000000000000z", "acme", "production");
        var d = new DeliveryFacts("dlv_01jv8q3zk0000000000000000z", timestamp);

        var body = new ArrayBufferWriter<byte>();
        var envelope = isTest ? product.Test.Envelope ?? product.Envelope : product.Envelope;
        envelope.Render(in e, in d, body);

        var headers = new List<HeaderLine>();
        product.Request.Compose(
            new RequestFacts
            {
                Event = e,
                Delivery = d,
                Timestamp = timestamp,
                Attempt = 1,
                Url = "https://hooks.example.com/nova",
                Body = body.WrittenMemory,
                Keys = [.. secrets.Select(secret => product.Request.DeriveKeys(product.Secret.ToStored(secret)))],
                IsTest = isTest,
            },
            headers);
        return new SignedRequest([.. headers.Select(header => (header.Name, header.Value))], body.WrittenSpan.ToArray());
    }
}
