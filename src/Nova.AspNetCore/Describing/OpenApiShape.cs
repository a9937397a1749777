using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Nova.AspNetCore.Authentication;
using Nova.Model;

namespace Nova.AspNetCore.Describing;

/// <summary>Gives the generated document what only we know: who may call, which bodies and parameters there are, how errors look.</summary>
internal static partial class OpenApiShape
{
    const string CustomerScheme = "customer";
    const string OperatorScheme = "operator";
    const string SessionScheme = "session";
    const string LinkScheme = "portal_link";
    const string ProblemSchema = "Problem";

    const string Introduction = """
        Webhooks, signed, retried and recorded.

        Two audiences. **Customers** use an API key of one environment of one account (`sk_live_…`, `sk_test_…`), or the JWT of a product that has them;
        the credential fixes product, account and environment, and nothing of any other can be seen. **Publishers and operators** use an operator key
        (`nk_…`) with the scopes `publish` and `admin`. **People** sign in, and make the same calls within their role; the portal does nothing else.

        Names here are in snake_case, which operators' calls always use. In customers' calls members follow the product: camelCase where its documents
        have it, and its own words (`is_active` for `enabled` in `calls`, `api_key` for `secret` in `partner`). Query parameters are known by their
        snake_case name everywhere.

        Errors are `application/problem+json` (RFC 9457) with a stable `type`. Lists are paged: give `next_cursor` back as `cursor`. Times are RFC 3339 in
        UTC. Members and parameters that a call does not know are refused by name. Every write takes `Idempotency-Key`: the same key with the same
        request within 24 hours gets the same answer.
        """;

    public static void Set(OpenApiOptions options)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        // A page of something is named after it: no type's generic spelling in a document for everybody.
        options.CreateSchemaReferenceId = type => IsAnyJson(type.Type) ? null : NameOf(type.Type) ?? OpenApiOptions.CreateDefaultSchemaReferenceId(type);
        options.AddSchemaTransformer(ShapeSchemaAsync);
        options.AddOperationTransformer(ShapeOperationAsync);
        options.AddDocumentTransformer(ShapeDocumentAsync);
    }

    static Task ShapeSchemaAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellation)
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        if (type == typeof(DateTimeOffset))
        {
            schema.Type ??= JsonSchemaType.String;
            schema.Format = "date-time";
        }
        // What may be null may be left out, because products differ in what they have; what may not is always there.
        if (schema.Properties is { Count: > 0 })
            schema.Required = context.JsonTypeInfo.Properties.Where(property => !property.IsGetNullable).Select(property => property.Name).ToHashSet();
        return Task.CompletedTask;
    }

    static bool IsAnyJson(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) is var plain && (plain == typeof(Writing.RawJson) || plain == typeof(System.Text.Json.JsonElement));

    static string? NameOf(Type type)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Writing.Page<>)) return NameOf(type.GetGenericArguments()[0]) + "Page";
        if (type.Namespace?.StartsWith("Nova.", StringComparison.Ordinal) != true || type.IsGenericType) return null;
        return type.Name.EndsWith("View", StringComparison.Ordinal) ? type.Name[..^4] : type.Name.EndsWith("Body", StringComparison.Ordinal) ? type.Name[..^4] : type.Name;
    }

    static async Task ShapeOperationAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.OperationId = metadata.OfType<OperationDescription>().Last().Id;
        operation.Parameters ??= [];
        operation.Parameters.Clear();
        foreach (Match match in RouteParameter().Matches(context.Description.RelativePath ?? ""))
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = match.Groups[1].Value, In = ParameterLocation.Path, Required = true, Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
        foreach (var query in metadata.OfType<QueryDescription>()) operation.Parameters.Add(ParameterOf(query));
        var writes = !HttpMethods.IsGet(context.Description.HttpMethod ?? "GET");
        // What is open to everybody has no caller whose repeats could be known.
        if (writes && metadata.OfType<Access>().Last() != Access.OfAnybody) operation.Parameters.Add(IdempotencyKey());

        if (metadata.OfType<BodyDescription>().LastOrDefault() is { } body)
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = !body.Optional,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/json"] = new() { Schema = await SchemaOfAsync(body.Type, context, cancellation) },
                },
            };

        operation.Responses ??= [];
        var problem = await SchemaOfAsync(typeof(ProblemView), context, cancellation);
        foreach (var status in RefusalsOf(metadata, writes).Order())
            operation.Responses[status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
                Content = new Dictionary<string, OpenApiMediaType> { [Problem.ContentType] = new() { Schema = problem } },
            };
        operation.Security = SecurityOf(metadata.OfType<Access>().Last(), context.Document!);
    }

    static HashSet<int> RefusalsOf(IList<object> metadata, bool writes)
    {
        HashSet<int> statuses = [.. metadata.OfType<RefusalDescription>().Select(refusal => refusal.Status)];
        var access = metadata.OfType<Access>().Last();
        if (access != Access.OfAnybody)
        {
            statuses.Add(401);
            if (access.Operators is not null and not OperatorScopes.None || writes) statuses.Add(403);
            statuses.Add(429);
            if (writes) statuses.Add(409);
            // A body that the call does not have.
            if (writes && !metadata.OfType<BodyDescription>().Any()) statuses.UnionWith([400, 413, 415]);
        }
        return statuses;
    }

    static List<OpenApiSecurityRequirement> SecurityOf(Access access, OpenApiDocument document)
    {
        List<OpenApiSecurityRequirement> all = [];
        if (access.Customers && !access.SignedIn) all.Add(new() { [new OpenApiSecuritySchemeReference(CustomerScheme, document)] = [] });
        if (access.Operators is { } scope)
            all.Add(new() { [new OpenApiSecuritySchemeReference(OperatorScheme, document)] = scope == OperatorScopes.None ? [] : [Access.NameOf(scope)] });
        // Publishing takes a key and nothing else.
        if (access != Access.OfAnybody && access != Access.OfPublishers) all.Add(new() { [new OpenApiSecuritySchemeReference(SessionScheme, document)] = [] });
        if (access == Access.OfSessions || access.Customers) all.Add(new() { [new OpenApiSecuritySchemeReference(LinkScheme, document)] = [] });
        return all;
    }

    /// <summary>A reference to the type's schema, which it puts among the components where it is not there yet.</summary>
    static async Task<IOpenApiSchema> SchemaOfAsync(Type type, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var document = context.Document!;
        var name = type == typeof(ProblemView) ? ProblemSchema : NameOf(type)!;
        if (document.Components?.Schemas?.ContainsKey(name) != true)
            document.AddComponent(name, await context.GetOrCreateSchemaAsync(type, null, cancellation));
        return new OpenApiSchemaReference(name, document);
    }

    static OpenApiParameter ParameterOf(QueryDescription query) => new()
    {
        Name = query.Name,
        In = ParameterLocation.Query,
        Description = query.Description,
        Schema = query.Name == "limit"
            ? new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = "250" }
            : new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Format = query.Name is "from" or "to" or "until" ? "date-time" : null,
                Enum = query.Values is null ? null : [.. query.Values.Select(value => (System.Text.Json.Nodes.JsonNode)value)],
            },
    };

    static OpenApiParameter IdempotencyKey() => new()
    {
        Name = RepeatedRequests.Header,
        In = ParameterLocation.Header,
        Description = "The same key with the same request again gets the same answer, and changes nothing twice.",
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 255 },
    };

    static Task ShapeDocumentAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellation)
    {
        document.Info = new() { Title = "Nova", Version = "v1", Description = Introduction };
        // Where a document was asked for says nothing of where the API is.
        document.Servers = [new() { Url = "/" }];
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [CustomerScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key of one environment (sk_live_…, sk_test_…), or a product's JWT.",
            },
            [OperatorScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An operator key (nk_…) with the scope that the call names.",
            },
            [SessionScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Cookie, Name = Authentication.Sessions.CookieName,
                Description = "A signed-in person; over https the cookie is called __Host-nova_session. Customers' calls say Nova-Account and Nova-Environment; "
                    + "what changes anything says Nova-Csrf.",
            },
            [LinkScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "The token (ps_…) of a portal link's session, within its scopes.",
            },
        };
        return Task.CompletedTask;
    }

    [GeneratedRegex("\\{([a-zA-Z]+)\\}")]
    private static partial Regex RouteParameter();
}
