using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Nova.AspNetCore.Apis;
using Nova.Products;

namespace Nova.AspNetCore.Writing;

/// <summary>
/// How members are named for somebody. Code and documentation know one name for each, in snake_case; a product's own words
/// (<c>is_active</c> for <c>enabled</c>, <c>api_key</c> for <c>secret</c>) and its naming style are put on at the very edge.
/// </summary>
internal abstract class JsonNames
{
    readonly JsonSerializerOptions _options;

    protected JsonNames(JsonNamingPolicy policy, Action<JsonTypeInfo>? modifier)
    {
        var resolver = modifier is null ? (IJsonTypeInfoResolver)ApiJsonContext.Default : ApiJsonContext.Default.WithAddedModifier(modifier);
        _options = new()
        {
            TypeInfoResolver = resolver,
            PropertyNamingPolicy = policy,
            // Answers are application/json with nosniff: what HTML would mind needs no escaping.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new JsonTime() },
        };
        _options.MakeReadOnly();
    }

    public JsonTypeInfo<T> TypeOf<T>() => (JsonTypeInfo<T>)_options.GetTypeInfo(typeof(T));

    /// <summary>What a member is called whose name in snake_case this is.</summary>
    public abstract string Name(string canonical);

    public JsonAnswer<T> Ok<T>(T value) => new(200, value, TypeOf<T>());

    public JsonAnswer<T> Created<T>(T value, string? location = null) => new(201, value, TypeOf<T>()) { Location = location };

    public JsonAnswer<T> Accepted<T>(T value) => new(202, value, TypeOf<T>());

    public JsonAnswer<T> Status<T>(int status, T value) => new(status, value, TypeOf<T>());
}

/// <summary>For operators and publishers: snake_case, whatever the product.</summary>
internal sealed class OperatorJson : JsonNames
{
    public static readonly OperatorJson Instance = new();

    OperatorJson() : base(JsonNamingPolicy.SnakeCaseLower, null) { }

    public override string Name(string canonical) => canonical;
}

/// <summary>For a product's customers, in the product's words.</summary>
internal sealed class ProductJson(Product product) : JsonNames(PolicyOf(product), type => Modify(type, product))
{
    public override string Name(string canonical) => canonical switch
    {
        "enabled" => product.Api.EnabledWord,
        "secret" => product.Api.SecretWord,
        _ when product.Api.Naming == NamingStyle.CamelCase => Camel(canonical),
        _ => canonical,
    };

    static JsonNamingPolicy PolicyOf(Product product) =>
        product.Api.Naming == NamingStyle.CamelCase ? JsonNamingPolicy.CamelCase : JsonNamingPolicy.SnakeCaseLower;

    /// <summary>Puts the product's words on what is its own, and leaves out what the product does not have.</summary>
    static void Modify(JsonTypeInfo type, Product product)
    {
        if (type.Type != typeof(WebhookView) && type.Type != typeof(SecretView)) return;
        foreach (var property in type.Properties)
        {
            var has = property.Name switch
            {
                "name" => product.Endpoint.HasName,
                "description" => product.Endpoint.HasDescription,
                "headers" => product.Endpoint.AllowsCustomHeaders,
                _ => (bool?)null,
            };
            // Absent where the product has no such thing; there, even as null, where it has.
            if (has is { } there) property.ShouldSerialize = (_, _) => there;
            if (property.Name == "enabled") property.Name = product.Api.EnabledWord;
            else if (property.Name == "secret") property.Name = product.Api.SecretWord;
        }
    }

    static string Camel(string snake)
    {
        if (!snake.Contains('_')) return snake;
        var parts = snake.Split('_');
        return parts[0] + string.Concat(parts.Skip(1).Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
    }
}

/// <summary>The naming of each product, made once.</summary>
internal sealed class ProductNames(IReadOnlyDictionary<string, Product> products)
{
    readonly Dictionary<string, ProductJson> _names = products.ToDictionary(product => product.Key, product => new ProductJson(product.Value), StringComparer.Ordinal);

    public ProductJson Of(Product product) => _names[product.Name];
}
