using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.Accounts;
using Nova.AspNetCore.Auditing;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Model;
using Nova.Secrets;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>The API keys of an account's environment. A key is in the answer that makes it, and nowhere after: the store has its SHA-256.</summary>
internal static class KeysApi
{
    const string Tag = "API keys";

    public static void MapKeysApi(this IEndpointRouteBuilder routes)
    {
        Map(routes.MapGroup("/v1/accounts/{account}/environments/{environment}/keys").For(Access.OfOperators), "");
        Map(routes.MapGroup("/v1/keys").For(Access.OfPeople), "OfOwn");
    }

    static void Map(RouteGroupBuilder group, string suffix)
    {
        var operators = suffix.Length == 0;
        With(group.MapPost("", CreateAsync).Needs(Rights.Administer)
            .Describe("createKey" + suffix, Tag, "Create an API key", "The key itself is in this answer only.")
            .Takes<CreateKeyBody>(optional: true).Gives<KeyView>(201).Refuses(400, 413, 415));
        With(group.MapGet("", List).Needs(Rights.Belong)
            .Describe("listKeys" + suffix, Tag, "List API keys", "Newest first, masked, revoked ones too. last_used_at is right to the minute.")
            .Paged().Gives<Page<KeyView>>().Refuses(400));
        With(group.MapDelete("/{id}", RevokeAsync).Needs(Rights.Administer)
            .Describe("revokeKey" + suffix, Tag, "Revoke an API key", "Refused at once here, and within a second on every node.").GivesNothing().Refuses(400, 404));
        With(group.MapPost("/{id}/restore", RestoreAsync).Needs(Rights.Administer)
            .Describe("restoreKey" + suffix, Tag, "Restore a revoked API key").Gives<KeyView>().Refuses(400, 404));

        void With(RouteHandlerBuilder route)
        {
            if (operators) route.Query("product", "Where one external id is used in two products.").Refuses(404, 409);
        }
    }

    static async Task<IResult> CreateAsync(
        HttpContext context, AccountDirectory directory, KeyUse use, AuditTrail audit, NovaOptions options, TimeProvider clock)
    {
        var (entry, refusal) = EnvironmentOf(context, directory);
        if (entry is null) return refusal!;
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes, mayBeEmpty: true);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
        var name = reading.Text("name", 100);
        reading.End();
        if (!reading.IsGood) return reading.Problem;

        var prefix = entry.Environment.Name == EnvironmentName.Production ? entry.Product.Api.ProductionKeyPrefix : entry.Product.Api.SandboxKeyPrefix;
        var (text, now) = (KeyMaker.Make(prefix), clock.Now());
        var key = new ApiKey(Id<ApiKey>.New(now), entry.Id, name, KeyHash.Of(text).ToBytes(), KeyMaker.Mask(text, prefix), now);
        await directory.SaveAsync([new DirectoryChange.OfApiKey(key), audit.OfApiKey(context, "api_key.created", entry, null, key)], context.RequestAborted);
        return OperatorJson.Instance.Created(KeyView.Of(key, use, text));
    }

    static IResult List(HttpContext context, AccountDirectory directory, KeyUse use)
    {
        var query = new RequestQuery(context, OperatorJson.Instance);
        var (limit, before) = (query.Limit(), query.Cursor<ApiKey>());
        var (entry, refusal) = context.Request.RouteValues["account"] is string account
            ? AccountLookup.FindEnvironment(directory, account, query.Text("product"), Word(context))
            : (Customer.Of(context).Entry, null);
        if (query.End() is { } malformed) return malformed;
        if (entry is null) return refusal!;
        var page = directory.ApiKeysOf(entry.Id).Where(key => before is not { } id || key.Id.CompareTo(id) < 0)
            .OrderByDescending(key => key.Id).Take(limit + 1).ToArray();
        return OperatorJson.Instance.Ok(Paging.Page(page, limit, key => KeyView.Of(key, use), key => key.Id));
    }

    static async Task<IResult> RevokeAsync(HttpContext context, string id, AccountDirectory directory, AuditTrail audit, TimeProvider clock)
    {
        var (entry, key, refusal) = Find(context, id, directory);
        if (key is null) return refusal!;
        if (key.RevokedAt is not null) return NoContent.Instance;
        var revoked = key with { RevokedAt = clock.Now() };
        await directory.SaveAsync([new DirectoryChange.OfApiKey(revoked), audit.OfApiKey(context, "api_key.revoked", entry!, key, revoked)], context.RequestAborted);
        return NoContent.Instance;
    }

    static async Task<IResult> RestoreAsync(HttpContext context, string id, AccountDirectory directory, KeyUse use, AuditTrail audit)
    {
        var (entry, key, refusal) = Find(context, id, directory);
        if (key is null) return refusal!;
        var restored = key with { RevokedAt = null };
        if (key.RevokedAt is not null)
            await directory.SaveAsync([new DirectoryChange.OfApiKey(restored), audit.OfApiKey(context, "api_key.restored", entry!, key, restored)], context.RequestAborted);
        return OperatorJson.Instance.Ok(KeyView.Of(restored, use));
    }

    static (EnvironmentEntry? Entry, ApiKey? Key, Problem? Problem) Find(HttpContext context, string id, AccountDirectory directory)
    {
        var (entry, refusal) = EnvironmentOf(context, directory);
        if (entry is null) return (null, null, refusal);
        return Id<ApiKey>.TryParse(id, out var known) && directory.ApiKeysOf(entry.Id).FirstOrDefault(key => key.Id == known) is { } found
            ? (entry, found, null)
            : (null, null, Problems.NotFound("API key"));
    }

    /// <summary>The caller's own environment, or for operators that of the path.</summary>
    static (EnvironmentEntry? Entry, Problem? Problem) EnvironmentOf(HttpContext context, AccountDirectory directory)
    {
        if (context.Request.RouteValues["account"] is string account) return AccountLookup.FindEnvironment(context, directory, account, Word(context));
        return new RequestQuery(context, OperatorJson.Instance).End() is { } refusal ? (null, refusal) : (Customer.Of(context).Entry, null);
    }

    static string Word(HttpContext context) => (string)context.Request.RouteValues["environment"]!; // The path has it wherever it has the account.
}

/// <param name="Name">A label, such as "Production Server".</param>
internal sealed record CreateKeyBody(string? Name = null);

/// <param name="Id">The key's id; not the key.</param>
/// <param name="Name">Its label.</param>
/// <param name="Key">The key itself; only in the answer that makes it.</param>
/// <param name="Masked">What lists show of it.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="LastUsedAt">Right to the minute; null: never.</param>
/// <param name="RevokedAt">Absent while it is good.</param>
internal sealed record KeyView(
    string Id, string? Name, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Key, string Masked,
    [property: JsonConverter(typeof(JsonSecond))] DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? RevokedAt)
{
    public static KeyView Of(ApiKey key, KeyUse use, string? text = null) => new(
        key.Id.ToString(), key.Name, text, key.Masked, key.CreatedAt, use.LastUse(key.Id) ?? key.LastUsedAt, key.RevokedAt);
}
