using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nova.Accounts;
using Nova.AspNetCore.Authentication;
using Nova.Model;
using Nova.Storage;

namespace Nova.AspNetCore.Auditing;

/// <summary>How a thing is, as the audit log tells it: members in snake_case, and of secrets no more than when they were set.</summary>
internal static class AuditFacts
{
    static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An endpoint. Headers by name alone: a value may be a credential of the receiver.</summary>
    public static JsonObject Of(Endpoint endpoint, EndpointTargetMaker maker) => new()
    {
        ["url"] = endpoint.Url,
        ["events"] = new JsonArray([.. endpoint.EventTypes.Select(type => (JsonNode)type)]),
        ["name"] = endpoint.Name,
        ["description"] = endpoint.Description,
        ["headers"] = new JsonArray([.. maker.HeaderNames(endpoint).Select(name => (JsonNode)name)]),
        ["enabled"] = endpoint.Enabled,
        ["disabled_reason"] = endpoint.DisabledReason,
        ["secret_set_at"] = Time(endpoint.Secrets.IsEmpty ? null : endpoint.Secrets[0].CreatedAt),
    };

    public static JsonObject Of(ApiKey key) => new()
    {
        ["name"] = key.Name,
        ["masked"] = key.Masked,
        ["revoked_at"] = Time(key.RevokedAt),
    };

    public static JsonObject Of(OperatorKey key) => new()
    {
        ["name"] = key.Name,
        ["masked"] = key.Masked,
        ["scopes"] = new JsonArray([.. new[] { OperatorScopes.Publish, OperatorScopes.Admin }.Where(scope => key.Scopes.HasFlag(scope))
            .Select(scope => (JsonNode)Access.NameOf(scope))]),
        ["revoked_at"] = Time(key.RevokedAt),
    };

    public static JsonObject Of(Account account) => new()
    {
        ["product"] = account.Product,
        ["external_id"] = account.ExternalId,
        ["name"] = account.Name,
        ["plan"] = account.Plan,
        ["overrides"] = account.Overrides == LimitOverrides.None ? null : new JsonObject
        {
            ["endpoints"] = account.Overrides.Endpoints,
            ["custom_headers"] = account.Overrides.CustomHeaders,
            ["requests_per_second"] = account.Overrides.RequestsPerSecond,
        },
    };

    public static JsonObject Of(Member member) => new()
    {
        ["email"] = member.Email,
        ["role"] = RoleWords.Write(member.Role),
        ["state"] = member.UserId is null ? "invited" : "active",
    };

    public static JsonObject Of(User user) => new() { ["email"] = user.Email, ["name"] = user.Name, ["operator"] = user.IsOperator };

    /// <summary>An inspector. Not its address, which is the credential to send to it.</summary>
    public static JsonObject Of(Inspector inspector) => new() { ["created_at"] = Time(inspector.CreatedAt) };

    public static JsonObject Of(SavedView view) => new() { ["name"] = view.Name, ["query"] = view.Query };

    public static JsonObject Of(NodeStatus node) => new() { ["drain_requested_at"] = Time(node.DrainingSince) };

    /// <summary>What differs, before and after. A side that was not, or is no more, is null; what it had no value for is left out of the other.</summary>
    public static (string? Before, string? After) Changes(JsonObject? before, JsonObject? after)
    {
        if (before is null || after is null) return (Write(WithoutNulls(before)), Write(WithoutNulls(after)));
        var (was, isNow) = (new JsonObject(), new JsonObject());
        foreach (var name in before.Select(member => member.Key).Union(after.Select(member => member.Key)))
        {
            var (old, current) = (before[name], after[name]);
            if (JsonNode.DeepEquals(old, current)) continue;
            was[name] = old?.DeepClone();
            isNow[name] = current?.DeepClone();
        }
        return (Write(was), Write(isNow));
    }

    static JsonObject? WithoutNulls(JsonObject? facts) =>
        facts is null ? null : new(facts.Where(member => member.Value is not null).Select(member => KeyValuePair.Create(member.Key, (JsonNode?)member.Value!.DeepClone())));

    static string? Write(JsonObject? facts) => facts?.ToJsonString(Plain);

    static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Roles as the API writes them.</summary>
internal static class RoleWords
{
    public static string Write(Role role) => role == Role.Admin ? "admin" : "member";

    public static Role? Read(string text) => text switch
    {
        "admin" => Role.Admin,
        "member" => Role.Member,
        _ => null,
    };
}
