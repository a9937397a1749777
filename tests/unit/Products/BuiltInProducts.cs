using System.Text.Json;
using Nova.Products;

namespace Nova.UnitTests.Products;

/// <summary>The definitions that ship with Nova, loaded once.</summary>
static class BuiltInProducts
{
    static readonly Lazy<IReadOnlyDictionary<string, Product>> Loaded = new(() => ProductLoader.Load(Folder));

    public static IReadOnlyDictionary<string, Product> All => Loaded.Value;

    public static string Folder => Path.Combine(Repository, "products");

    /// <summary>The folder that holds the solution.</summary>
    public static string Repository { get; } = FindRepository();

    public static JsonElement Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return JsonElement.ParseValue(ref reader);
    }

    static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Nova.slnx"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
