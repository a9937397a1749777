using Nova.Products;

namespace Nova.ConformanceTests;

/// <summary>The built-in products, compiled from products/ as the server does at its start.</summary>
internal static class Definitions
{
    static readonly Lazy<IReadOnlyDictionary<string, Product>> All = new(() => ProductLoader.Load(Path.Combine(Repository.Root, "products")));

    public static Product Of(string product) => All.Value[product];

    /// <summary>A secret as a customer of the product would have it.</summary>
    public static string NewSecret(Product product) => product.Secret.ChosenByCustomer ? $"chosen-{Guid.NewGuid():N}" : product.Secret.Generate();
}
