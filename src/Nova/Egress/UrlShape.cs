using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Nova.Egress;

/// <summary>
/// A URL read by our own strict rules, because <see cref="Uri"/> is generous: it takes backslashes, blanks at the ends, octal and shortened
/// IPv4, paths of files. Whatever two parsers could read in two ways is refused.
/// </summary>
internal readonly ref struct UrlShape
{
    /// <summary>Longest URL in characters: what mail programs, proxies and old servers pass on without cutting.</summary>
    const int MaxLength = 2048;

    /// <summary>RFC 1035 section 2.3.4.</summary>
    const int MaxName = 253;
    const int MaxLabel = 63;

    /// <summary>
    /// Ports from 1024 up that browsers refuse, because another protocol could be talked into something there: WHATWG Fetch, "port
    /// blocking".
    /// </summary>
    static readonly int[] BadPorts =
        [1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080];

    /// <summary>True for https.</summary>
    public bool IsHttps { get; private init; }

    /// <summary>Without brackets and without a dot at the end.</summary>
    public ReadOnlySpan<char> Host { get; private init; }

    /// <summary>The host where it is an address, null where it is a name.</summary>
    public IPAddress? Address { get; private init; }
    public int Port { get; private init; }

    /// <summary>The host was written with a dot at its end.</summary>
    public bool HasRootDot { get; private init; }

    /// <summary>Null where the URL is well formed, else what to tell the customer.</summary>
    public string? Fault { get; private init; }

    public static UrlShape Read(ReadOnlySpan<char> url)
    {
        if (url.IsEmpty) return Wrong("Enter a URL, such as https://hooks.example.com/nova.");
        if (url.Length > MaxLength) return Wrong($"The URL has {url.Length} characters; use at most {MaxLength}.");
        if (url.ContainsAnyExceptInRange('!', '~') || url.Contains('\\'))
            return Wrong("The URL holds a space, a backslash, a control character or a letter outside ASCII. "
                + "Percent-encode it in the path; write an international host name in its xn-- form.");

        var https = url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        if (!https && !url.StartsWith("http://", StringComparison.OrdinalIgnoreCase)) return Wrong("The URL must start with https://.");
        var rest = url[(https ? 8 : 7)..];
        var end = rest.IndexOfAny('/', '?', '#');
        var authority = end < 0 ? rest : rest[..end];
        if (authority.IsEmpty) return Wrong("The URL has no host. Write it as https://hooks.example.com/nova.");
        if (authority.Contains('@'))
            return Wrong("Leave user name and password out of the URL. To authenticate at the receiver, use a custom header.");

        if (!TrySplit(authority, out var host, out var portText, out var bracketed))
            return Wrong("The host cannot be read. Write the URL as https://hooks.example.com/nova.");
        var port = https ? 443 : 80;
        if (!portText.IsEmpty && !TryPort(portText, out port))
        {
            return Wrong($"Port {portText} is not allowed. "
                + "Use 443, 80, or one from 1024 to 65535 that is not reserved for another protocol.");
        }

        if (bracketed)
        {
            if (host.ContainsAnyExcept("0123456789abcdefABCDEF:.") || !IPAddress.TryParse(host, out var six)
                || six.AddressFamily != AddressFamily.InterNetworkV6)
                return Wrong("The IPv6 address in the URL cannot be read. Write it in brackets and without a zone, such as [2001:db8::1].");
            return new() { IsHttps = https, Host = host, Address = six, Port = port };
        }

        var dotted = host[^1] == '.' && host.Length > 1;
        if (dotted) host = host[..^1];
        if (EndsInNumber(host))
        {
            if (dotted || !IsCanonicalQuad(host) || !IPAddress.TryParse(host, out var four))
            {
                return Wrong("The host looks like an IPv4 address in an unusual spelling. "
                    + "Write it as four decimal numbers, or use a name.");
            }
            return new() { IsHttps = https, Host = host, Address = four, Port = port };
        }
        if (!IsName(host))
            return Wrong("The host is not a valid name. Names are made of letters, digits, hyphens and dots, such as hooks.example.com.");
        return new() { IsHttps = https, Host = host, Port = port, HasRootDot = dotted };
    }

    static UrlShape Wrong(string fault) => new() { Fault = fault };

    static bool TrySplit(ReadOnlySpan<char> authority, out ReadOnlySpan<char> host, out ReadOnlySpan<char> port, out bool bracketed)
    {
        port = default;
        bracketed = authority[0] == '[';
        if (bracketed)
        {
            var close = authority.IndexOf(']');
            host = close < 0 ? default : authority[1..close];
            if (host.IsEmpty) return false;
            var after = authority[(close + 1)..];
            if (after.IsEmpty) return true;
            port = after[1..];
            return after[0] == ':';
        }
        var colon = authority.IndexOf(':');
        host = colon < 0 ? authority : authority[..colon];
        if (colon >= 0) port = authority[(colon + 1)..];
        return !host.IsEmpty;
    }

    static bool TryPort(ReadOnlySpan<char> text, out int port)
    {
        port = 0;
        if (text.Length > 5 || text[0] == '0') return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c)) return false;
            port = port * 10 + (c - '0');
        }
        return port is 80 or 443 || (port is >= 1024 and <= 65535 && Array.BinarySearch(BadPorts, port) < 0);
    }

    /// <summary>WHATWG URL, "ends in a number": such a host is an IPv4 address or nothing.</summary>
    static bool EndsInNumber(ReadOnlySpan<char> host)
    {
        var last = host[(host.LastIndexOf('.') + 1)..];
        if (last.IsEmpty) return false;
        if (!last.ContainsAnyExceptInRange('0', '9')) return true;
        return last.Length >= 2 && last[0] == '0' && (last[1] | 0x20) == 'x' && !last[2..].ContainsAnyExcept("0123456789abcdefABCDEF");
    }

    /// <summary>Four numbers from 0 to 255 without leading zeros.</summary>
    static bool IsCanonicalQuad(ReadOnlySpan<char> host)
    {
        var parts = 0;
        foreach (var range in host.Split('.'))
        {
            var part = host[range];
            if (++parts > 4 || part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0')) return false;
            if (part.ContainsAnyExceptInRange('0', '9') || int.Parse(part, CultureInfo.InvariantCulture) > 255) return false;
        }
        return parts == 4;
    }

    static bool IsName(ReadOnlySpan<char> host)
    {
        if (host.Length > MaxName) return false;
        foreach (var range in host.Split('.'))
        {
            var label = host[range];
            if (label.Length is 0 or > MaxLabel || label[0] == '-' || label[^1] == '-') return false;
            foreach (var c in label)
            {
                // The underscore is no host name by RFC 952, but resolves, and people have it.
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')) return false;
            }
        }
        return true;
    }
}
