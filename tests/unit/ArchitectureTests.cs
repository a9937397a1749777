using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Nova.UnitTests;

public partial class ArchitectureTests
{
    /// <summary>What each folder of src/Nova may name of the others. Model needs nothing; delivering knows nothing of publishing.</summary>
    static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Model"] = [],
        ["Products"] = ["Model", "Storage"],
        ["Storage"] = ["Model"],
        ["Secrets"] = ["Model"],
        ["Egress"] = ["Model", "Products"],
        ["Accounts"] = ["Model", "Products", "Storage", "Secrets", "Egress", "Telemetry"],
        ["Nodes"] = ["Accounts", "Storage", "Telemetry"],
        ["Delivering"] = ["Model", "Products", "Storage", "Accounts", "Egress", "Nodes", "Inspecting", "Telemetry"],
        ["Publishing"] = ["Model", "Products", "Storage", "Accounts", "Nodes", "Delivering", "Counting", "Telemetry"],
        ["Replaying"] = ["Model", "Products", "Storage", "Accounts", "Nodes", "Delivering", "Publishing", "Telemetry"],
        ["Verifying"] = ["Products"],
        ["Inspecting"] = ["Model", "Storage", "Secrets", "Accounts", "Egress", "Verifying"],
        ["Counting"] = ["Model", "Storage", "Telemetry"],
        ["Maintaining"] = ["Model", "Storage", "Inspecting", "Telemetry"],
        ["Watching"] = ["Model", "Storage", "Accounts", "Nodes", "Delivering", "Publishing", "Telemetry"],
        ["Telemetry"] = [],
    };

    static string Source([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "src", "Nova");

    [Fact]
    public void Folders_name_only_the_folders_they_may()
    {
        List<string> faults = [];
        foreach (var folder in Directory.GetDirectories(Source()).Select(path => Path.GetFileName(path)!).Where(name => name is not ("bin" or "obj")))
        {
            Assert.True(Allowed.TryGetValue(folder, out var allowed), $"src/Nova/{folder} is new: say in this test what it may name.");
            foreach (var file in Directory.GetFiles(Path.Combine(Source(), folder), "*.cs", SearchOption.AllDirectories))
                foreach (Match use in NovaNamespace().Matches(File.ReadAllText(file)))
                    if (use.Groups[1].Value is var named && named != folder && Allowed.ContainsKey(named) && !allowed!.Contains(named))
                        faults.Add($"{folder}/{Path.GetFileName(file)} names {named}");
        }
        Assert.Empty(faults.Distinct());
    }

    [Fact]
    public void The_engine_refers_to_no_web_framework_and_no_database_driver() =>
        Assert.DoesNotContain(
            typeof(NovaOptions).Assembly.GetReferencedAssemblies(),
            name => name.Name!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || name.Name.Contains("Sqlite", StringComparison.Ordinal)
                || name.Name.StartsWith("Npgsql", StringComparison.Ordinal));

    [Fact]
    public void Log_event_ids_are_unique()
    {
        var ids = typeof(NovaOptions).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(method => method.GetCustomAttribute<Microsoft.Extensions.Logging.LoggerMessageAttribute>()?.EventId)
            .OfType<int>().ToList();
        Assert.NotEmpty(ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [GeneratedRegex(@"^using Nova\.(\w+);", RegexOptions.Multiline)]
    private static partial Regex NovaNamespace();
}
