using System.Text.RegularExpressions;
using Nova.UnitTests.Products;

namespace Nova.UnitTests;

/// <summary>docs/coverage.md says of each sentence of the products' documents which test shows it: the tests are there.</summary>
public partial class CoverageTests
{
    static string Tests => Path.Combine(BuiltInProducts.Repository, "tests");

    static string[] Rows => [.. File.ReadLines(Path.Combine(BuiltInProducts.Repository, "docs", "coverage.md")).Where(line => Row().IsMatch(line))];

    [Fact]
    public void Every_test_that_is_named_exists()
    {
        List<string> missing = [];
        Dictionary<string, string?> files = [];
        foreach (var row in Rows)
            foreach (Match named in NamedTest().Matches(row))
            {
                var (path, method) = (Path.Combine(Tests, named.Groups["file"].Value), named.Groups["test"].Value);
                if (!files.TryGetValue(path, out var code)) files[path] = code = File.Exists(path) ? File.ReadAllText(path) : null;
                // A test in a browser has its sentence as a text.
                if (code is null || !(Regex.IsMatch(code, $@"\b(Task|void) {method}\(") || code.Contains(method.Replace('_', ' '), StringComparison.Ordinal))) missing.Add(named.Value);
            }
        Assert.Empty(missing.Distinct());
    }

    [Fact]
    public void Every_part_that_is_named_as_built_exists()
    {
        var source = Path.Combine(BuiltInProducts.Repository, "src");
        var parts = Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories).Select(file => Path.GetFileNameWithoutExtension(file)).ToHashSet();
        var named = Rows.Select(row => row.Split(" | ")[1]).SelectMany(cell => Part().Matches(cell)).Select(match => match.Groups[1].Value).Distinct().ToArray();
        Assert.True(named.Length > 30);
        Assert.DoesNotContain(named, name => name.Contains('/') ? !Path.Exists(Path.Combine(BuiltInProducts.Repository, name)) : !parts.Contains(name));
    }

    /// <summary>Four columns: the statement, where it is built, the test, the screen. A row has a test, a screen, or the reason why it can have neither.</summary>
    [Fact]
    public void No_statement_is_without_a_test_a_screen_or_a_reason()
    {
        Assert.True(Rows.Length > 150);
        Assert.DoesNotContain(Rows, row =>
        {
            var cells = row.Trim('|').Split(" | ").Select(cell => cell.Trim()).ToArray();
            return cells.Length != 4 || cells[0].Length == 0
                || (!NamedTest().IsMatch(cells[2]) && !cells[3].StartsWith("portal: ", StringComparison.Ordinal) && !cells[1].StartsWith("does not apply: ", StringComparison.Ordinal));
        });
    }

    [Fact]
    public void Every_screen_has_a_test_in_a_browser() =>
        Assert.DoesNotContain(Rows, row => row.Contains("| portal: ", StringComparison.Ordinal) && !row.Contains("`browser/", StringComparison.Ordinal));

    [Fact]
    public void The_statements_are_as_many_as_the_page_says()
    {
        var page = File.ReadAllText(Path.Combine(BuiltInProducts.Repository, "docs", "coverage.md"));
        Assert.Contains($"\n{Rows.Length} statements: ", page, StringComparison.Ordinal);
        Assert.Contains($" {Rows.Count(row => row.Contains("| does not apply: ", StringComparison.Ordinal))} do not apply, "
            + $"{Rows.Count(row => row.Contains("| portal: ", StringComparison.Ordinal))} have a screen, and each of these a test in a browser.", page, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^\| (?!statement|---)")]
    private static partial Regex Row();

    /// <summary>`EventPublisher`, `products/kit/events`</summary>
    [GeneratedRegex("`([A-Z][A-Za-z]+|products/[^`]+)`")]
    private static partial Regex Part();

    /// <summary>`unit/Products/EnvelopeTests.cs` Each_placeholder_has_its_type</summary>
    [GeneratedRegex(@"`(?<file>(unit|integration|conformance|chaos|browser)/[A-Za-z0-9_./-]+)` (?<test>\w+)")]
    private static partial Regex NamedTest();
}
