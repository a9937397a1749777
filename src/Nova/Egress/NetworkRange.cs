using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Nova.Egress;

/// <summary>A network, or one port of it, that an operator named.</summary>
internal readonly record struct NetworkRange(IPNetwork Network, int? Port)
{
    public bool Contains(IPAddress address, int port) =>
        (Port is null || Port == port) && address.AddressFamily == Network.BaseAddress.AddressFamily && Network.Contains(address);

    /// <summary>Reads all entries; what cannot be read is reported under the key, and left out.</summary>
    public static NetworkRange[] ParseAll(string key, IReadOnlyList<string> entries, List<string> faults)
    {
        List<NetworkRange> ranges = [];
        foreach (var entry in entries)
        {
            foreach (var text in entry.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                if (TryParse(text, out var range))
                {
                    ranges.Add(range);
                    continue;
                }
                faults.Add($"{key} holds '{text}', which is no network. "
                    + "Write networks as 10.0.0.0/8 or fd00::/8, one port of one as 10.0.0.5/32:8080.");
            }
        }
        return [.. ranges];
    }

    /// <summary>
    /// Reads <c>10.0.0.0/8</c>, <c>10.0.0.5</c>, <c>10.0.0.5/32:8080</c>, <c>[fd00::1]:8080</c>; bits after the prefix must be zero.
    /// </summary>
    public static bool TryParse(string text, out NetworkRange range)
    {
        range = default;
        var (address, prefix, port) = Split(text);
        // TryParse alone would read "10.1" as 10.0.0.1 and keep a zone.
        if (!IPAddress.TryParse(address, out var ip) || address.Contains('%', StringComparison.Ordinal)) return false;
        if (ip.AddressFamily == AddressFamily.InterNetwork && address.Count(c => c == '.') != 3) return false;
        if (ip.IsIPv4MappedToIPv6) return false;
        var bits = ip.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        int? number = null;
        if (prefix is not null && (!TryNumber(prefix, 0, bits, out bits))) return false;
        if (port is not null)
        {
            if (!TryNumber(port, 1, 65535, out var value)) return false;
            number = value;
        }
        // TryParse clears bits after the prefix: then 10.0.0.5/8 would be wider than it looks.
        if (!IPNetwork.TryParse($"{ip}/{bits}", out var network) || !network.BaseAddress.Equals(ip)) return false;
        range = new(network, number);
        return true;
    }

    static (string Address, string? Prefix, string? Port) Split(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            var (prefix, port) = AtColon(text[(slash + 1)..]);
            return (text[..slash].Trim('[', ']'), prefix, port);
        }
        if (text.StartsWith('[') && text.IndexOf(']', StringComparison.Ordinal) is > 0 and var end)
            return (text[1..end], null, text.Length > end + 1 ? AtColon(text[(end + 1)..]).After ?? "?" : null);
        if (text.Count(c => c == ':') > 1) return (text, null, null);
        var (address, after) = AtColon(text);
        return (address, null, after);
    }

    static (string Before, string? After) AtColon(string text) =>
        text.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? (text[..colon], text[(colon + 1)..]) : (text, null);

    static bool TryNumber(string text, int least, int most, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= most;
}
