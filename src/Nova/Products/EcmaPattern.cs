using System.Text;
using System.Text.RegularExpressions;

namespace Nova.Products;

/// <summary>Makes .NET match as ECMAScript does, which is whose patterns JSON Schema has: a publisher's own validator gives the same verdict.</summary>
/// <remarks>
/// In .NET <c>$</c> also matches before a last line feed, <c>\d</c> every script's digits, <c>\w</c> every script's letters, and a character
/// beyond U+FFFF counts as two. RegexOptions.ECMAScript would mend some of it, but excludes NonBacktracking. What cannot be written in the other
/// tongue is refused when the definition is read.
/// </remarks>
internal static class EcmaPattern
{
    const string Digit = @"0-9";
    const string NoDigit = @"\u0000-\u002f\u003a-\ud7ff\ue000-\uffff";
    const string Word = @"A-Za-z0-9_";
    const string NoWord = @"\u0000-\u002f\u003a-\u0040\u005b-\u005e\u0060\u007b-\ud7ff\ue000-\uffff";
    const string Space = @"\u0009-\u000d\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";
    const string NoSpace = @"\u0000-\u0008\u000e-\u001f\u0021-\u009f\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\ud7ff\ue000-\ufefe\uff00-\uffff";
    const string NoLineEnd = @"\u0000-\u0009\u000b\u000c\u000e-\u2027\u202a-\ud7ff\ue000-\uffff";
    const string Beyond = @"[\ud800-\udbff][\udc00-\udfff]";

    /// <summary>Escapes that mean the same to both.</summary>
    const string SameEscapes = "tnvfr0cxupP^$\\.*+?()[]{}|/-";

    /// <summary>Matches in time in proportion to the text's length, whatever the pattern.</summary>
    /// <exception cref="ArgumentException">It is no pattern, or one that cannot be matched so.</exception>
    /// <exception cref="NotSupportedException">It needs to go back.</exception>
    public static Regex Compile(string pattern) => new(Translate(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    static string Translate(string pattern)
    {
        var output = new StringBuilder(pattern.Length + 16);
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '\\':
                    output.Append(Escape(pattern, ++i) switch
                    {
                        'd' => $"[{Digit}]",
                        'w' => $"[{Word}]",
                        's' => $"[{Space}]",
                        'D' => AnyOf(NoDigit),
                        'W' => AnyOf(NoWord),
                        'S' => AnyOf(NoSpace),
                        var same => $"\\{same}",
                    });
                    break;
                case '[':
                    i = TranslateSet(pattern, i + 1, output);
                    break;
                case '.':
                    output.Append(AnyOf(NoLineEnd));
                    break;
                case '$':
                    output.Append(@"\z");
                    break;
                case '(' when i + 1 < pattern.Length && pattern[i + 1] == '?' && !IsGroup(pattern, i + 2):
                    throw new ArgumentException("only (?: and (?<name> may follow an opening parenthesis.");
                case var plain:
                    output.Append(plain);
                    break;
            }
        }
        return output.ToString();
    }

    /// <summary>From after the opening bracket; returns where the closing one is.</summary>
    static int TranslateSet(string pattern, int start, StringBuilder output)
    {
        var negated = start < pattern.Length && pattern[start] == '^';
        var set = new StringBuilder();
        for (var i = negated ? start + 1 : start; i < pattern.Length; i++)
        {
            if (char.IsSurrogate(pattern[i])) throw new ArgumentException("a character beyond U+FFFF cannot stand in brackets.");
            if (pattern[i] == ']')
            {
                if (set.Length == 0) throw new ArgumentException("there is nothing in the brackets.");
                output.Append(negated ? $@"(?:[^{set}\ud800-\udfff]|{Beyond})" : $"[{set}]");
                return i;
            }
            set.Append(pattern[i] switch
            {
                '\\' => Escape(pattern, ++i, inSet: true) switch
                {
                    'd' => Digit,
                    'w' => Word,
                    's' => Space,
                    'D' => NoDigit,
                    'W' => NoWord,
                    'S' => NoSpace,
                    var same => $"\\{same}",
                },
                // Bare, it would take one set from another in .NET.
                '[' => @"\[",
                var plain => plain.ToString(),
            });
        }
        throw new ArgumentException("a bracket is not closed.");
    }

    static char Escape(string pattern, int at, bool inSet = false)
    {
        if (at >= pattern.Length) throw new ArgumentException("it ends in a backslash.");
        var escaped = pattern[at];
        if ("dDwWsS".Contains(escaped) || SameEscapes.Contains(escaped) || (escaped == 'b' && inSet)) return escaped;
        throw new ArgumentException($@"\{escaped} cannot be used.");
    }

    static string AnyOf(string set) => $"(?:[{set}]|{Beyond})";

    static bool IsGroup(string pattern, int at) =>
        at < pattern.Length && (pattern[at] == ':' || (pattern[at] == '<' && at + 1 < pattern.Length && pattern[at + 1] is not ('=' or '!')));
}
