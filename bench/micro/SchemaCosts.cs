using System.Text.Json;
using Nova.Products;

namespace Nova.Micro;

/// <summary>What it costs to see that data fits its schema, beside what it costs to parse it.</summary>
internal static class SchemaCosts
{
    public static void Measure(IReadOnlyDictionary<string, Product> products, Table table)
    {
        table.Time("JSON: parse 1 KiB", () =>
        {
            using var document = JsonDocument.Parse(Data.Invoice);
            return document.RootElement.ValueKind;
        });
        using var invoice = JsonDocument.Parse(Data.Invoice);
        Check("standard", "invoice.paid", invoice.RootElement, "1 KiB");
        foreach (var (product, type) in new[] { ("kit", "generation.completed"), ("partner", "build_completed"), ("embed", "score.completed") })
        {
            using var example = JsonDocument.Parse(products[product].EventTypes[type].Example);
            Check(product, type, example.RootElement, "its example");
        }

        void Check(string product, string type, JsonElement data, string what)
        {
            var validator = products[product].EventTypes[type].Validator;
            if (validator.Validate(data).Count > 0)
                throw new InvalidOperationException($"The data does not fit {product}/{type}.");
            table.Time($"schema: {product} {type}, {what}", () => validator.Validate(data).Count);
        }
    }
}
