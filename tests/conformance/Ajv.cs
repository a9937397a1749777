using System.Text.Json;

namespace Nova.ConformanceTests;

/// <summary>ajv, the JSON Schema validator that most of the world uses, asked through npm/judge.mjs.</summary>
internal static class Ajv
{
    static readonly NodeScript Judge = new("npm", "judge.mjs");

    /// <summary>What ajv says of each text under each schema; a schema that it refuses is a failure.</summary>
    public static async Task<IReadOnlyList<bool[]>> JudgeAsync(IEnumerable<(JsonElement Schema, IReadOnlyList<string> Texts)> cases)
    {
        var lines = cases.Select(one => JsonSerializer.Serialize(new { schema = one.Schema, data = one.Texts })).ToArray();
        var answers = await Judge.AskAsync(lines);
        return [.. answers.Select((answer, i) => answer.StartsWith('[')
            ? JsonSerializer.Deserialize<bool[]>(answer)!
            : throw new InvalidOperationException($"ajv: {answer} {lines[i]}"))];
    }
}
