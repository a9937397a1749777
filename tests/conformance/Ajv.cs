using System.Diagnostics;
using System.Text.Json;

namespace Nova.ConformanceTests;

/// <summary>ajv, the JSON Schema validator that most of the world uses, asked through npm/judge.mjs.</summary>
internal static class Ajv
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>What ajv says of each text under each schema; a schema that it refuses is a failure.</summary>
    public static async Task<IReadOnlyList<bool[]>> JudgeAsync(IEnumerable<(JsonElement Schema, IReadOnlyList<string> Texts)> cases)
    {
        var folder = Path.Combine(Repository.Root, "tests", "conformance", "npm");
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules")), "npm ci has not run in tests/conformance/npm.");
        var start = new ProcessStartInfo(Programs.Find("node", "nodejs"), [Path.Combine(folder, "judge.mjs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        var lines = cases.Select(one => JsonSerializer.Serialize(new { schema = one.Schema, data = one.Texts })).ToArray();
        foreach (var line in lines) await process.StandardInput.WriteLineAsync(line);
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.True(process.ExitCode == 0, await errors);

        var answers = (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines.Length, answers.Length);
        return [.. answers.Select((answer, i) => answer.StartsWith('[')
            ? JsonSerializer.Deserialize<bool[]>(answer)!
            : throw new InvalidOperationException($"ajv: {answer} {lines[i]}"))];
    }
}
