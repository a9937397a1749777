using System.Globalization;
using System.Text;

namespace Nova.UnitTests.Egress;

/// <summary>Reads the tables under tests/corpora, each a file of tab-separated rows below a line of column names.</summary>
internal static class Corpus
{
    /// <summary>The rows of a table, without its first line, escapes (<c>\t \n \r \0 \\ \uXXXX \UXXXXXXXX</c>) resolved.</summary>
    public static IReadOnlyList<string[]> Rows(string name)
    {
        var lines = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "corpora", name)).Split('\n');
        return [.. lines.Skip(1).Where(line => line.Length > 0).Select(line => line.Split('\t').Select(Unescape).ToArray())];
    }

    static string Unescape(string text)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }
            switch (text[++i])
            {
                case 't': result.Append('\t'); break;
                case 'n': result.Append('\n'); break;
                case 'r': result.Append('\r'); break;
                case '0': result.Append('\0'); break;
                case '\\': result.Append('\\'); break;
                case 'u': result.Append((char)Number(text, ref i, 4)); break;
                case 'U': result.Append(char.ConvertFromUtf32(Number(text, ref i, 8))); break;
                default: throw new FormatException($"Unknown escape in '{text}'.");
            }
        }
        return result.ToString();
    }

    static int Number(string text, ref int i, int digits)
    {
        var number = int.Parse(text.AsSpan(i + 1, digits), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        i += digits;
        return number;
    }
}

/// <summary>A row of ssrf_dns.tsv: what a name server says to the first, second, … look-up of a name; the last one stands.</summary>
internal sealed record CorpusName(string Name, IReadOnlyList<CorpusAnswer> Answers)
{
    /// <summary>Stands in for the public address of the host under test.</summary>
    public const string OwnAddress = "198.35.26.96";

    public static IReadOnlyList<CorpusName> All { get; } = [.. Corpus.Rows("ssrf_dns.tsv").Select(row => Parse(row[0], row[1]))];

    public static CorpusName? Find(string name) => All.FirstOrDefault(row => row.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    static CorpusName Parse(string name, string text)
    {
        var steps = text.StartsWith("SEQ ", StringComparison.Ordinal) ? text[4..].Split('|') : [text];
        return new(name, [.. steps.Select(ParseAnswer)]);
    }

    static CorpusAnswer ParseAnswer(string text) => text switch
    {
        "NODATA" or "NXDOMAIN" or "SERVFAIL" or "TIMEOUT" => new(text, []),
        "SELF" => new("OK", [("A", OwnAddress)]),
        "A x8 public" => new("OK", Public(8)),
        "A x64 public, last A 10.0.0.1" => new("OK", [.. Public(63), ("A", "10.0.0.1")]),
        _ => new("OK", [.. text.Split(',').Select(record => record.Split(' ')).Select(words => (words[0], words[1]))]),
    };

    static (string, string)[] Public(int count) => [.. Enumerable.Range(1, count).Select(i => ("A", $"93.184.216.{i}"))];
}

/// <param name="Code">OK, NODATA, NXDOMAIN, SERVFAIL or TIMEOUT.</param>
/// <param name="Records">A, AAAA and CNAME with their values.</param>
internal sealed record CorpusAnswer(string Code, IReadOnlyList<(string Type, string Value)> Records)
{
    public IEnumerable<string> Addresses => Records.Where(record => record.Type != "CNAME").Select(record => record.Value);
}
