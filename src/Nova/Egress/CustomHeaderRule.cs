using System.Buffers;
using Nova.Model;

namespace Nova.Egress;

/// <summary>Which headers a customer may put on the requests to his endpoint.</summary>
internal static class CustomHeaderRule
{
    /// <summary>
    /// Headers of one endpoint. With values of <see cref="MaxValue"/> they stay below the 32 KiB that the strictest common server takes.
    /// </summary>
    public const int MaxHeaders = 16;

    /// <summary>Characters of a name; nothing in use is longer.</summary>
    public const int MaxName = 128;

    /// <summary>Characters of a value; enough for a bearer token.</summary>
    public const int MaxValue = 1024;

    /// <summary>RFC 9110 section 5.6.2, token.</summary>
    static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>What HTTP itself or the transport sets, and what would change how the request is framed or understood.</summary>
    static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade",
        "HTTP2-Settings", "TE", "Trailer", "Expect", "Cookie", "Date", "User-Agent", "traceparent", "tracestate", "baggage",
    };

    /// <summary>Of proxies, and of the Standard Webhooks signature.</summary>
    static readonly string[] ReservedPrefixes = ["Proxy-", "webhook-"];

    /// <summary>What is wrong with the headers, naming the first bad one and the reason; null when nothing is.</summary>
    /// <param name="headers">As the customer gave them.</param>
    /// <param name="reservedNames">The headers that the product sets itself: signature, event, user agent.</param>
    public static string? Check(IReadOnlyList<CustomHeader> headers, IReadOnlyList<string> reservedNames)
    {
        if (headers.Count > MaxHeaders) return $"There are {headers.Count} custom headers; use at most {MaxHeaders}.";
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in headers)
        {
            if (string.IsNullOrEmpty(name)) return "A custom header has no name.";
            if (name.Length > MaxName)
                return $"The name of the custom header {name[..16]}… has {name.Length} characters; use at most {MaxName}.";
            if (name.AsSpan().ContainsAnyExcept(TokenCharacters))
            {
                return $"The custom header '{Printable(name)}' has a character in its name that HTTP does not allow. "
                    + "Use letters, digits and hyphens.";
            }
            if (Reserved.Contains(name) || HasReservedPrefix(name) || Contains(reservedNames, name))
                return $"The custom header {name} is set by Nova or by HTTP itself. Choose another name.";
            if (!seen.Add(name)) return $"The custom header {name} is there twice; upper and lower case are the same name.";
            if (value is null) return $"The custom header {name} has no value.";
            if (value.Length > MaxValue)
                return $"The value of the custom header {name} has {value.Length} characters; use at most {MaxValue}.";
            if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                return $"The value of the custom header {name} has a line break, a control character or a letter outside ASCII. "
                    + "Use printable ASCII.";
            }
            if (value.Length > 0 && (value[0] == ' ' || value[^1] == ' '))
                return $"The value of the custom header {name} begins or ends with a space. Remove it.";
        }
        return null;
    }

    static bool HasReservedPrefix(string name)
    {
        foreach (var prefix in ReservedPrefixes)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }

    static bool Contains(IReadOnlyList<string> names, string name)
    {
        foreach (var reserved in names)
        {
            if (reserved.Equals(name, StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }

    static string Printable(string name) => string.Concat(name.Select(c => c is >= ' ' and <= '~' ? c : '?'));
}
