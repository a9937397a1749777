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

/// <summary>The keys of the company's own services: one per service, with no more scopes than it needs.</summary>
internal static class OperatorKeysApi
{
    const string Tag = "Operator keys";
    const string Prefix = "nk_";

    public static void MapOperatorKeysApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/operator-keys").For(Access.OfOperators);
        group.MapPost("", CreateAsync)
            .Describe("createOperatorKey", Tag, "Create an operator key", "The key itself is in this answer only.")
            .Takes<CreateOperatorKeyBody>().Gives<OperatorKeyView>(201).Refuses(400, 413, 415);
        group.MapGet("", List)
            .Describe("listOperatorKeys", Tag, "List operator keys", "Newest first, masked. last_used_at is right to the minute. The configured key is not among them.")
            .Paged().Gives<Page<OperatorKeyView>>().Refuses(400);
        group.MapDelete("/{id}", RevokeAsync)
            .Describe("revokeOperatorKey", Tag, "Revoke an operator key", "Refused at once here, and within a second on every node.").GivesNothing().Refuses(404);
    }

    static async Task<IResult> CreateAsync(HttpContext context, AccountDirectory directory, KeyUse use, AuditTrail audit, NovaOptions options, TimeProvider clock)
    {
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
        var name = reading.Text("name", 100);
        var scopes = OperatorScopes.None;
        var given = reading.Texts("scopes", 2, 20);
        if (given is null or [] && reading.IsGood) reading.Fault("scopes", "Must name at least one scope: \"publish\", \"admin\".");
        foreach (var scope in given ?? [])
        {
            if (scope is "publish") scopes |= OperatorScopes.Publish;
            else if (scope is "admin") scopes |= OperatorScopes.Admin;
            else reading.Fault("scopes", "Scopes are \"publish\" and \"admin\".");
        }
        reading.End();
        if (!reading.IsGood) return reading.Problem;

        var (text, now) = (KeyMaker.Make(Prefix), clock.Now());
        var key = new OperatorKey(Id<OperatorKey>.New(now), name, KeyHash.Of(text).ToBytes(), KeyMaker.Mask(text, Prefix), scopes, now);
        await directory.SaveAsync(
            [new DirectoryChange.OfOperatorKey(key), audit.OfOperatorKey(context, "operator_key.created", null, key)], context.RequestAborted);
        return OperatorJson.Instance.Created(OperatorKeyView.Of(key, use, text));
    }

    static IResult List(HttpContext context, AccountDirectory directory, KeyUse use)
    {
        var query = new RequestQuery(context, OperatorJson.Instance);
        var (limit, before) = (query.Limit(), query.Cursor<OperatorKey>());
        if (query.End() is { } refusal) return refusal;
        var page = directory.OperatorKeys.Where(key => before is not { } id || key.Id.CompareTo(id) < 0)
            .OrderByDescending(key => key.Id).Take(limit + 1).ToArray();
        return OperatorJson.Instance.Ok(Paging.Page(page, limit, key => OperatorKeyView.Of(key, use), key => key.Id));
    }

    static async Task<IResult> RevokeAsync(HttpContext context, string id, AccountDirectory directory, AuditTrail audit, TimeProvider clock)
    {
        if (!Id<OperatorKey>.TryParse(id, out var known) || directory.OperatorKeys.FirstOrDefault(key => key.Id == known) is not { } key)
            return Problems.NotFound("operator key");
        if (key.RevokedAt is not null) return NoContent.Instance;
        var revoked = key with { RevokedAt = clock.Now() };
        await directory.SaveAsync(
            [new DirectoryChange.OfOperatorKey(revoked), audit.OfOperatorKey(context, "operator_key.revoked", key, revoked)], context.RequestAborted);
        return NoContent.Instance;
    }
}

/// <param name="Scopes"><c>publish</c>, <c>admin</c>, or both.</param>
/// <param name="Name">A label: the service that uses it.</param>
internal sealed record CreateOperatorKeyBody(IReadOnlyList<string> Scopes, string? Name = null);

/// <param name="Id">The key's id; not the key.</param>
/// <param name="Name">Its label.</param>
/// <param name="Key">The key itself; only in the answer that makes it.</param>
/// <param name="Masked">What lists show of it.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="LastUsedAt">Right to the minute; null: never.</param>
/// <param name="RevokedAt">Absent while it is good.</param>
internal sealed record OperatorKeyView(
    string Id, string? Name, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Key, string Masked,
    IReadOnlyList<string> Scopes, [property: JsonConverter(typeof(JsonSecond))] DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? RevokedAt)
{
    public static OperatorKeyView Of(OperatorKey key, KeyUse use, string? text = null) => new(
        key.Id.ToString(), key.Name, text, key.Masked,
        [.. new[] { OperatorScopes.Publish, OperatorScopes.Admin }.Where(scope => key.Scopes.HasFlag(scope)).Select(Access.NameOf)],
        key.CreatedAt, use.LastUse(key.Id) ?? key.LastUsedAt, key.RevokedAt);
}
