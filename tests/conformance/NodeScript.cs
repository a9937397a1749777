using System.Diagnostics;

namespace Nova.ConformanceTests;

/// <summary>A script with npm packages of its own, which answers each line of its input with a line.</summary>
/// <param name="folder">Below tests/conformance, with the package.json.</param>
/// <param name="file">The script.</param>
internal sealed class NodeScript(string folder, string file)
{
    /// <summary>Only ever reached when something is broken.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Runs it once over all lines and gives its answers, one for each.</summary>
    public async Task<IReadOnlyList<string>> AskAsync(IReadOnlyList<string> lines)
    {
        var place = Path.Combine(Repository.Root, "tests", "conformance", folder);
        Assert.True(Directory.Exists(Path.Combine(place, "node_modules")), $"npm ci has not run in tests/conformance/{folder}.");
        var start = new ProcessStartInfo(Programs.Find("node", "nodejs"), [Path.Combine(place, file)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        foreach (var line in lines) await process.StandardInput.WriteLineAsync(line);
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.True(process.ExitCode == 0, await errors);

        var answers = (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines.Count, answers.Length);
        return answers;
    }
}
