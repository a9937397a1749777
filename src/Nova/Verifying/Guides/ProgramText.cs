using System.Text;

namespace Nova.Verifying.Guides;

/// <summary>A program in the making: lines, some of which are there only where the product needs them.</summary>
internal sealed class ProgramText
{
    /// <summary>What stands before the 32 bytes of an Ed25519 public key in the form that programs read (RFC 8410), in hexadecimal.</summary>
    public const string PublicKeyLead = "302a300506032b6570032100";

    readonly StringBuilder _text = new();

    public ProgramText Add(string lines)
    {
        _text.Append(lines.ReplaceLineEndings("\n")).Append('\n');
        return this;
    }

    public ProgramText AddIf(bool needed, string lines) => needed ? Add(lines) : this;

    /// <summary>The first where it holds, else the second.</summary>
    public ProgramText AddEither(bool first, string lines, string otherwise) => Add(first ? lines : otherwise);

    /// <summary>The imports that are needed, in order.</summary>
    public ProgramText AddImports(Func<string, string> written, params (bool Needed, string Name)[] imports)
    {
        foreach (var (_, name) in imports.Where(import => import.Needed).OrderBy(import => import.Name, StringComparer.Ordinal)) Add(written(name));
        return this;
    }

    public override string ToString() => _text.ToString();

    /// <summary>A text between double quotes, as most languages read it: a definition's texts are printable ASCII.</summary>
    public static string Quote(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    /// <summary>A text between single quotes, where a dollar or a hash between double ones would mean something.</summary>
    public static string QuoteSingle(string text) =>
        "'" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "'";

    /// <summary>A text, an expression and a text, joined; empty texts are left out.</summary>
    public static string Join(string plus, string before, string expression, string after) =>
        string.Join(plus, (string[])[.. Some(before), expression, .. Some(after)]);

    static IEnumerable<string> Some(string text) => text.Length > 2 ? [text] : [];
}
