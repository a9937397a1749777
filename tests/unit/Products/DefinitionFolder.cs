using System.Text.Json.Nodes;
using Nova.Products;

namespace Nova.UnitTests.Products;

/// <summary>A folder of definitions on disk, made for one test.</summary>
sealed class DefinitionFolder : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nova-products-");

    public string Path => _folder.FullName;

    /// <summary>A product that uses every part of the format, in a form that is right.</summary>
    public const string Acme =
        """
        {
          "name": "acme",
          "title": "Acme",
          "envelope": { "kind": "{event.type}", "...": "{data}" },
          "headers": { "User-Agent": "Acme/1", "X-Time": "{timestamp}", "X-Only": { "value": "a", "on": "tests" } },
          "signatures": [
            { "header": "X-Signature", "algorithm": "hmac-sha256", "content": "{timestamp}.{body}", "key": "secret", "encoding": "hex",
              "lead": "t={timestamp},", "value": "v1={signature}", "separator": "," }
          ],
          "secret": { "prefix": "whsec_", "bytes": 32, "format": "base62", "kept": "encrypted", "shown": "once", "rotation_overlap": "1h" },
          "outcome": { "success": "2xx", "final": ["4xx"], "disable_endpoint": ["410"], "retry_after": { "statuses": ["503"], "most": "1h" } },
          "retry": { "delays": ["0s", "30s"], "jitter": 0.1 },
          "timeout": "10s",
          "disable": { "after_failed_deliveries": 3, "after_without_success": "5d" },
          "test": { "type": "ping", "envelope": { "ping": "{event.time}" }, "data": {} },
          "endpoint": { "model": "many_event_types", "custom_headers": true, "name": true, "description": true, "cancel_waiting_on_change": ["url"] },
          "plans": { "free": { "title": "Free", "endpoints": 1, "event_types": ["thing.made"] }, "paid": { "custom_headers": 2 } },
          "default_plan": "free",
          "api": { "authentication": "jwt", "naming": "camelCase", "endpoint_id": "uuid", "base_path": "/v1",
                   "words": { "endpoint": "hook", "enabled": "on", "secret": "key" }, "key_prefixes": { "production": "ac_live_", "sandbox": "ac_test_" } },
          "portal": { "title": "Acme Portal", "place": ["Settings"] },
          "scores": { "completed_event_type": "thing.made", "failed_event_type": "thing.made" },
          "schema_violations": "warn"
        }
        """;

    public const string ThingMade =
        """
        {
          "name": "thing.made",
          "title": "Thing Made",
          "description": "A thing was made.",
          "schema": { "type": "object", "properties": { "id": { "type": "string" } }, "required": ["id"] },
          "example": { "id": "t-1" }
        }
        """;

    public DefinitionFolder Write(string file, string text)
    {
        var path = System.IO.Path.Combine(Path, file);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return this;
    }

    public static DefinitionFolder OfAcme(string? definition = null, string? eventType = null) =>
        new DefinitionFolder().Write("acme/product.json", definition ?? Acme).Write("acme/events/thing.made.json", eventType ?? ThingMade);

    /// <summary>A folder with one product of this definition, and event types with any data.</summary>
    public static DefinitionFolder Of(string name, string definition, params string[] eventTypes)
    {
        var folder = new DefinitionFolder().Write($"{name}/product.json", definition);
        foreach (var type in eventTypes)
        {
            folder.Write(
                $"{name}/events/{type}.json",
                $$"""{ "name": "{{type}}", "title": "T", "description": "D", "schema": { "type": "object" }, "example": { "a": 1 } }""");
        }
        return folder;
    }

    /// <summary>The JSON with the value at a pointer replaced or added; <paramref name="value"/> null takes it away.</summary>
    public static string Change(string json, string pointer, string? value)
    {
        var root = JsonNode.Parse(json)!;
        var steps = pointer.Split('/').Skip(1).Select(step => step.Replace("~1", "/").Replace("~0", "~")).ToArray();
        var parent = steps[..^1].Aggregate(root, (node, step) => node is JsonArray ? node[int.Parse(step)]! : node[step]!);
        var added = value is null ? null : JsonNode.Parse(value);
        if (parent is JsonArray array)
        {
            if (int.Parse(steps[^1]) == array.Count) array.Add(added);
            else array[int.Parse(steps[^1])] = added;
        }
        else if (value is null) parent.AsObject().Remove(steps[^1]);
        else parent[steps[^1]] = added;
        return root.ToJsonString();
    }

    public IReadOnlyList<DefinitionFault> Faults() => Assert.Throws<ProductDefinitionException>(() => ProductLoader.Load(Path)).Faults;

    public void Dispose() => _folder.Delete(recursive: true);
}
