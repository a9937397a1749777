using System.Collections.Frozen;
using System.Text.Json;

namespace Nova.Products;

/// <summary>Reads, checks and compiles the definitions of products: <c>&lt;name&gt;/product.json</c> and <c>&lt;name&gt;/events/&lt;event type&gt;.json</c>.</summary>
/// <remarks>Everything is read before anything is refused, so that one start reports every fault of every file.</remarks>
internal static class ProductLoader
{
    const string DefinitionFile = "product.json";
    const string EventsFolder = "events";

    static readonly JsonDocumentOptions Strict = new() { CommentHandling = JsonCommentHandling.Disallow, AllowTrailingCommas = false };

    /// <summary>The products of a folder that holds a folder for each, by name.</summary>
    /// <exception cref="ProductDefinitionException">With every fault of every definition.</exception>
    public static IReadOnlyDictionary<string, Product> Load(string productsPath) => LoadAll(productsPath, null);

    /// <summary>The built-in products and those of the operator's own folder; a folder there that has a built-in's name replaces it.</summary>
    /// <exception cref="ProductDefinitionException">With every fault of every definition.</exception>
    public static IReadOnlyDictionary<string, Product> LoadAll(string builtInPath, string? extraPath)
    {
        var faults = new List<DefinitionFault>();
        var folders = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in extraPath is null ? [builtInPath] : (string[])[builtInPath, extraPath])
        {
            if (!Directory.Exists(path))
            {
                faults.Add(new(path, "", "There is no such folder.", "Name a folder that holds a folder for each product."));
                continue;
            }
            foreach (var folder in Directory.EnumerateDirectories(path))
            {
                var name = Path.GetFileName(folder);
                if (!name.StartsWith('.')) folders[name] = folder;
            }
        }
        var products = new List<Product>();
        foreach (var (name, folder) in folders)
        {
            if (LoadProduct(name, folder, faults) is { } product) products.Add(product);
        }
        if (faults.Count > 0) throw new ProductDefinitionException(faults);
        return products.ToFrozenDictionary(product => product.Name, StringComparer.Ordinal);
    }

    static Product? LoadProduct(string name, string folder, List<DefinitionFault> all)
    {
        var file = Path.Combine(folder, DefinitionFile);
        var own = new FaultList(file);
        using var definition = ReadFile(file, own);
        var sources = new List<EventTypeSource>();
        var eventFaults = new List<FaultList>();
        var documents = new List<JsonDocument>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var eventsPath = Path.Combine(folder, EventsFolder);
        var files = Directory.Exists(eventsPath) ? Directory.GetFiles(eventsPath, "*.json", SearchOption.AllDirectories) : [];
        foreach (var eventFile in files.Order(StringComparer.Ordinal))
        {
            var faults = new FaultList(eventFile);
            eventFaults.Add(faults);
            // A slash in an event type is a folder: orders/create is events/orders/create.json.
            var fileName = Path.ChangeExtension(Path.GetRelativePath(eventsPath, eventFile), null).Replace('\\', '/');
            names.Add(fileName);
            if (ReadFile(eventFile, faults) is not { } document) continue;
            documents.Add(document);
            if (EventTypeSource.Read(document.RootElement, fileName, faults) is { } source) sources.Add(source);
        }
        if (files.Length == 0) own.Add("", $"The folder \"{EventsFolder}\" beside it holds no event type.", "Add a file <event type>.json for each.");
        var product = definition is null ? null : ProductCompiler.Compile(definition.RootElement, name, sources, names, own);
        foreach (var document in documents) document.Dispose();
        var found = own.Faults.Concat(eventFaults.SelectMany(faults => faults.Faults)).ToList();
        all.AddRange(found);
        return found.Count == 0 ? product : null;
    }

    /// <summary>Parses a file and refuses members that are there twice; null, and faults, where it is no JSON object.</summary>
    static JsonDocument? ReadFile(string file, FaultList faults)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(WithoutMark(File.ReadAllBytes(file)), Strict);
        }
        catch (JsonException fault)
        {
            faults.Add("", $"This is not JSON: {fault.Message}", $"Mend it; a comment is a member whose name begins with \"{DefinitionObject.CommentMark}\".");
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            faults.Add("", $"The file cannot be read: {fault.Message}", "Add it, or take the folder away.");
            return null;
        }
        var before = faults.Faults.Count;
        RefuseTwins(document.RootElement, "", faults);
        if (document.RootElement.ValueKind != JsonValueKind.Object) faults.Add("", "This is not a JSON object.", "Write an object.");
        if (faults.Faults.Count == before) return document;
        document.Dispose();
        return null;
    }

    /// <summary>Without the byte order mark that some editors write; RFC 8259 section 8.1 lets a reader pass it over.</summary>
    static ReadOnlyMemory<byte> WithoutMark(byte[] bytes) => bytes.AsMemory(bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0);

    static void RefuseTwins(JsonElement value, string pointer, FaultList faults)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var item in value.EnumerateArray()) RefuseTwins(item, DefinitionObject.Child(pointer, index++), faults);
        }
        if (value.ValueKind != JsonValueKind.Object) return;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            var at = DefinitionObject.Child(pointer, member.Name);
            if (!names.Add(member.Name)) faults.Add(at, "This member is there twice.", "Take one of them away.");
            RefuseTwins(member.Value, at, faults);
        }
    }
}
