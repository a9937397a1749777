using System.Buffers;
using Nova.Model;
using Nova.Products;

namespace Nova.Micro;

/// <summary>What a request costs before it is sent, per product: the body from the envelope, then headers with signatures.</summary>
internal static class RequestCosts
{
    public static void Measure(IReadOnlyDictionary<string, Product> products, Table table)
    {
        var now = TimeProvider.System.GetUtcNow();
        var id = Id<Event>.New(now);
        table.Time("id: make", () => Id<Event>.New(now));
        table.Time("id: write as text", () => id.ToString());
        foreach (var product in products.Values.OrderBy(product => product.Name))
        {
            var eventFacts = new EventFacts(
                id.ToString(), product.EventTypes.Keys.First(), now, Data.Invoice, "t-1", Id<Account>.New(now).ToString(), "acme", "production");
            var deliveryFacts = new DeliveryFacts(Id<Delivery>.New(now).ToString(), now);
            var output = new ArrayBufferWriter<byte>(4096);
            table.Time($"{product.Name}: body of 1 KiB", () =>
            {
                output.ResetWrittenCount();
                product.Envelope.Render(eventFacts, deliveryFacts, output);
                return output.WrittenCount;
            });

            var secret = product.Secret.ChosenByCustomer ? "a-key-that-a-partner-has-chosen" : product.Secret.Generate();
            var stored = product.Secret.ToStored(secret);
            table.Time($"{product.Name}: keys from the secret", () => product.Request.DeriveKeys(stored));
            var facts = new RequestFacts
            {
                Event = eventFacts,
                Delivery = deliveryFacts,
                Timestamp = now,
                Attempt = 1,
                Url = "https://hooks.example.com/nova",
                Body = output.WrittenSpan.ToArray(),
                Keys = [product.Request.DeriveKeys(stored)],
            };
            var headers = new List<HeaderLine>(16);
            table.Time($"{product.Name}: headers and signature", () =>
            {
                headers.Clear();
                product.Request.Compose(facts, headers);
                return headers.Count;
            });
        }
    }
}
