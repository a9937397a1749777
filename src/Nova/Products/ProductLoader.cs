namespace Nova.Products;

/// <summary>Reads, checks and compiles the definitions of products.</summary>
internal static class ProductLoader
{
    /// <summary>The products of a folder that holds a folder for each, by name.</summary>
    /// <exception cref="ProductDefinitionException">With every fault of every definition.</exception>
    public static IReadOnlyDictionary<string, Product> Load(string productsPath) => LoadAll(productsPath, null);

    /// <summary>The built-in products and those of the operator's own folder; a folder there that has a built-in's name replaces it.</summary>
    /// <exception cref="ProductDefinitionException">With every fault of every definition.</exception>
    public static IReadOnlyDictionary<string, Product> LoadAll(string builtInPath, string? extraPath) => throw new NotSupportedException();
}
