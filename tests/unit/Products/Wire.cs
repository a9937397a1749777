using System.Buffers;
using System.Text;
using Nova.Products;

namespace Nova.UnitTests.Products;

/// <summary>Bodies and headers as an attempt would send them.</summary>
static class Wire
{
    public static readonly DateTimeOffset EventTime = new(2026, 5, 10, 8, 30, 0, 123, TimeSpan.Zero);
    public static readonly DateTimeOffset DeliveryTime = new(2026, 5, 10, 8, 30, 1, 999, TimeSpan.Zero);
    public static readonly DateTimeOffset AttemptTime = DateTimeOffset.FromUnixTimeMilliseconds(1_778_401_802_345);

    public static EventFacts Event(string type, ReadOnlyMemory<byte> data, string id = "evt_1", string? tenant = null) =>
        new(id, type, EventTime, data, tenant, "acc_1", "org_xyz789", "production");

    public static DeliveryFacts Delivery => new("dlv_1", DeliveryTime);

    public static byte[] Render(Envelope envelope, string type, ReadOnlyMemory<byte> data, string? tenant = null)
    {
        var output = new ArrayBufferWriter<byte>();
        envelope.Render(Event(type, data, tenant: tenant), Delivery, output);
        return output.WrittenSpan.ToArray();
    }

    public static string Render(Envelope envelope, string type, string data, string? tenant = null) =>
        Encoding.UTF8.GetString(Render(envelope, type, Encoding.UTF8.GetBytes(data), tenant));

    public static Dictionary<string, string> Headers(
        Product product, string type, byte[] body, string[] secrets, bool isTest = false, string id = "evt_1", int attempt = 1, string? tenant = null) =>
        Lines(product, type, body, secrets, isTest, id, attempt, tenant).ToDictionary(line => line.Name, line => line.Value, StringComparer.Ordinal);

    public static List<HeaderLine> Lines(
        Product product, string type, byte[] body, string[] secrets, bool isTest = false, string id = "evt_1", int attempt = 1, string? tenant = null)
    {
        var lines = new List<HeaderLine>();
        product.Request.Compose(
            new()
            {
                Event = Event(type, "{}"u8.ToArray(), id, tenant), Delivery = Delivery, Timestamp = AttemptTime, Attempt = attempt,
                Url = "https://hooks.example.com/nova?x=1", Body = body, IsTest = isTest,
                Keys = [.. secrets.Select(secret => product.Request.DeriveKeys(product.Secret.ToStored(secret)))],
            },
            lines);
        return lines;
    }
}
