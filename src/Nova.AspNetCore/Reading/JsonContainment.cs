using System.Text.Json;

namespace Nova.AspNetCore.Reading;

/// <summary>
/// Whether a JSON value contains another, as PostgreSQL's <c>@></c> has it: an object contains one whose members it all contains; an array one whose entries are each
/// contained in some entry; anything else what is equal to it.
/// </summary>
internal static class JsonContainment
{
    public static bool Contains(JsonElement whole, JsonElement part) => (whole.ValueKind, part.ValueKind) switch
    {
        (JsonValueKind.Object, JsonValueKind.Object) => part.EnumerateObject().All(member =>
            whole.TryGetProperty(member.Name, out var value) && Contains(value, member.Value)),
        (JsonValueKind.Array, JsonValueKind.Array) => part.EnumerateArray().All(wanted => whole.EnumerateArray().Any(entry => Contains(entry, wanted))),
        _ => JsonElement.DeepEquals(whole, part),
    };
}
