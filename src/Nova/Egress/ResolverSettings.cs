using System.Globalization;
using System.Net;

namespace Nova.Egress;

/// <summary>Whom to ask, and what is known without asking.</summary>
/// <param name="Servers">In the order of trial; empty where only the operating system can be asked.</param>
/// <param name="Search">Domains that short names are tried in.</param>
/// <param name="Dots">A name with at least this many dots is never tried in them.</param>
/// <param name="Hosts">Names, in lower case, with fixed addresses.</param>
internal sealed record ResolverSettings(
    IReadOnlyList<IPEndPoint> Servers, IReadOnlyList<string> Search, int Dots, IReadOnlyDictionary<string, IReadOnlyList<IPAddress>> Hosts)
{
    const int DnsPort = 53;

    /// <summary>resolv.conf(5): more are ignored.</summary>
    const int MaxServers = 3;

    public static readonly ResolverSettings None = new([], [], 1, new Dictionary<string, IReadOnlyList<IPAddress>>());

    /// <summary>Reads the texts of resolv.conf(5) and hosts(5). Lines that make no sense are passed over, as the C library does.</summary>
    public static ResolverSettings Parse(string resolvConf, string hosts)
    {
        List<IPEndPoint> servers = [];
        IReadOnlyList<string> search = [];
        var dots = 1;
        foreach (var words in Lines(resolvConf))
        {
            switch (words[0])
            {
                case "nameserver" when words.Length > 1 && servers.Count < MaxServers && IPAddress.TryParse(words[1], out var server):
                    servers.Add(new(server, DnsPort));
                    break;
                case "search" or "domain":
                    search = [.. words.Skip(1).Select(word => word.Trim('.').ToLowerInvariant()).Where(word => word.Length > 0)];
                    break;
                case "options":
                    foreach (var option in words.Skip(1))
                    {
                        if (!option.StartsWith("ndots:", StringComparison.Ordinal)) continue;
                        if (int.TryParse(option.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                            dots = Math.Min(value, 15); // The C library's own limit.
                    }
                    break;
            }
        }
        return new(servers, search, dots, ParseHosts(hosts));
    }

    static Dictionary<string, IReadOnlyList<IPAddress>> ParseHosts(string text)
    {
        Dictionary<string, IReadOnlyList<IPAddress>> hosts = [];
        foreach (var words in Lines(text))
        {
            if (!IPAddress.TryParse(words[0], out var address)) continue;
            foreach (var word in words.Skip(1))
            {
                var name = word.ToLowerInvariant();
                var known = hosts.GetValueOrDefault(name, []);
                if (!known.Contains(address)) hosts[name] = [.. known, address];
            }
        }
        return hosts;
    }

    static IEnumerable<string[]> Lines(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            var comment = line.AsSpan().IndexOfAny('#', ';');
            var words = (comment < 0 ? line : line[..comment]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0) yield return words;
        }
    }
}

/// <summary>The settings of this host, read again when the files have changed.</summary>
internal sealed class ResolverFiles(string resolvConf, string hosts, TimeProvider clock)
{
    /// <summary>How long the files are taken for unchanged. DHCP and container platforms rewrite them while programs run.</summary>
    static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(5);

    readonly Lock _lock = new();
    ResolverSettings _settings = ResolverSettings.None;
    (DateTime, DateTime) _stamps;
    long _checkedAt;
    bool _read;

    public static ResolverFiles OfThisHost(TimeProvider clock) => new("/etc/resolv.conf", "/etc/hosts", clock);

    public ResolverSettings Current()
    {
        lock (_lock)
        {
            if (_read && clock.GetElapsedTime(_checkedAt) < CheckEvery) return _settings;
            var stamps = (File.GetLastWriteTimeUtc(resolvConf), File.GetLastWriteTimeUtc(hosts));
            if (!_read || stamps != _stamps) _settings = ResolverSettings.Parse(Text(resolvConf), Text(hosts));
            (_stamps, _checkedAt, _read) = (stamps, clock.GetTimestamp(), true);
            return _settings;
        }
    }

    static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
