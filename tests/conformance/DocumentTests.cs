using System.Reflection;
using System.Text.RegularExpressions;
using Nova.Egress;

namespace Nova.ConformanceTests;

/// <summary>The documents keep up with what they describe.</summary>
public sealed partial class DocumentTests
{
    /// <summary>The classes of the configuration, by section. What else is in them are sections.</summary>
    static readonly (string Section, Type Options)[] Sections =
    [
        ("Nova", typeof(NovaOptions)), ("Nova:Publishing", typeof(PublishingOptions)), ("Nova:Delivering", typeof(DeliveringOptions)),
        ("Nova:Node", typeof(NodeOptions)), ("Nova:Retention", typeof(RetentionOptions)), ("Nova:Egress", typeof(EgressOptions)),
        ("Nova:Api", typeof(ApiOptions)), ("Nova:Portal", typeof(PortalOptions)), ("Nova:Products:<name>:Jwt", typeof(JwtOptions)),
    ];

    [Fact]
    public void Every_setting_is_read_and_is_in_the_operations_document_and_in_the_settings_file()
    {
        var document = Read("docs/operations.md");
        var file = Read("src/Nova.Server/appsettings.json");
        var reader = Read("src/Nova.AspNetCore/Configuring/NovaConfiguration.cs");
        var settings = Sections
            .SelectMany(section => section.Options.GetProperties(Members).Select(property => (section.Section, property)))
            .Where(setting => setting.property.CanWrite && Sections.All(section => section.Options != setting.property.PropertyType))
            .ToArray();

        Assert.True(settings.Length > 30);
        foreach (var (section, property) in settings)
        {
            Assert.Contains($"`{section}:{property.Name}`", document);
            Assert.Contains($"\"{property.Name}\":", file);
            Assert.Contains($"(\"{property.Name}\"", reader);
        }
    }

    [Fact]
    public void Links_lead_somewhere()
    {
        var documents = Directory.EnumerateFiles(Repository.Root, "*.md")
            .Concat(((string[])["docs", "bench", "samples/receivers"]).SelectMany(folder =>
                Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.md", SearchOption.AllDirectories)))
            .Where(file => !file.Contains("node_modules", StringComparison.Ordinal)).ToArray();

        Assert.Contains(documents, file => file.EndsWith("README.md", StringComparison.Ordinal));
        foreach (var file in documents)
        {
            foreach (Match link in Link().Matches(File.ReadAllText(file)))
            {
                var target = link.Groups[1].Value;
                if (target.Contains("://", StringComparison.Ordinal)) continue;
                var parts = target.Split('#');
                var place = parts[0].Length == 0 ? file : Path.Combine(Path.GetDirectoryName(file)!, parts[0]);
                Assert.True(Path.Exists(place), $"{file}: {target} is not there.");
                if (parts.Length > 1) Assert.Contains(parts[1], Headings(place));
            }
        }
    }

    [Fact]
    public void Every_package_has_its_reason()
    {
        var reasons = Read("docs/dependencies.md");
        foreach (Match package in Package().Matches(Read("Directory.Packages.props"))) Assert.Contains(package.Groups[1].Value, reasons);
    }

    const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    static string Read(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));

    /// <summary>As they are linked to: lower case, without punctuation, dashes for spaces.</summary>
    static IEnumerable<string> Headings(string file) =>
        File.ReadLines(file).Where(line => line.StartsWith('#'))
            .Select(line => NoAnchor().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("PackageVersion Include=\"([^\"]+)\"")]
    private static partial Regex Package();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchor();
}
