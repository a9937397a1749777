using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nova.Egress;

/// <summary>
/// What may be dialled, and how much of an answer is kept. Everything that loosens the rules is off by default;
/// <see cref="Loosenings"/> says what is on, for the log and the portal.
/// </summary>
public sealed record EgressOptions
{
    /// <summary>Lets endpoints have <c>http://</c> URLs. Default false.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>
    /// Networks that may be dialled although they are not public: <c>10.0.0.0/8</c>, or <c>10.0.0.5/32:8080</c> for one port.
    /// An entry may hold several, separated by commas. Default none. Cloud metadata addresses stay refused whatever is listed;
    /// who lists 127.0.0.1 has listed ::1. With any entry, local names (<c>localhost</c>, <c>hooks.internal</c>) are judged by their
    /// addresses.
    /// </summary>
    public IReadOnlyList<string> AllowedNetworks { get; init; } = [];

    /// <summary>
    /// Networks that may not be dialled although they are public, in the same form: the database's, or a NAT64 prefix of one's own.
    /// Default none. Goes before <see cref="AllowedNetworks"/>.
    /// </summary>
    public IReadOnlyList<string> DeniedNetworks { get; init; } = [];

    /// <summary>PEM file with certificate authorities that are trusted besides the system's. Default none.</summary>
    public string? ExtraRootCertificates { get; init; }

    /// <summary>
    /// Egress proxy, <c>http://host:port</c>, with <c>user:password@</c> if it asks. Default none. Names are then resolved and addresses
    /// judged by the proxy, not by Nova; only the check of the URL itself remains.
    /// </summary>
    public Uri? Proxy { get; init; }

    /// <summary>Longest time for look-up, TCP and TLS together. Default 5 s; 100 ms to 60 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Bytes of an answer's body that are read and kept; the connection is closed if more comes. Default 16,384; 0 to 1 MiB.
    /// </summary>
    public int ResponseBodyBytes { get; init; } = 16 * 1024;

    /// <summary>Bytes of an answer's headers that are kept. Default 8,192; 0 to 16 KiB, which is the most that is read.</summary>
    public int ResponseHeaderBytes { get; init; } = 8 * 1024;

    /// <summary>What is wrong with the values, each with its key, its value and what it should be; empty when nothing is.</summary>
    internal IReadOnlyList<string> Faults()
    {
        List<string> faults = [];
        NetworkRange.ParseAll("Nova:Egress:AllowedNetworks", AllowedNetworks, faults);
        NetworkRange.ParseAll("Nova:Egress:DeniedNetworks", DeniedNetworks, faults);
        if (ExtraRootCertificates is not null && LoadExtraRoots(out var reason) is null)
        {
            faults.Add($"Nova:Egress:ExtraRootCertificates is '{ExtraRootCertificates}': {reason} "
                + "Name a PEM file with at least one certificate.");
        }
        if (Proxy is not null && !(Proxy.IsAbsoluteUri && Proxy is { Scheme: "http" or "https", Host.Length: > 0, PathAndQuery: "/" }))
            faults.Add($"Nova:Egress:Proxy is '{WithoutPassword(Proxy)}'; write it as http://host:port.");
        if (ConnectTimeout < TimeSpan.FromMilliseconds(100) || ConnectTimeout > TimeSpan.FromSeconds(60))
            faults.Add($"Nova:Egress:ConnectTimeout is {ConnectTimeout}; it must be from 00:00:00.1 to 00:01:00.");
        if (ResponseBodyBytes is < 0 or > 1024 * 1024)
            faults.Add($"Nova:Egress:ResponseBodyBytes is {ResponseBodyBytes}; it must be from 0 to 1048576.");
        if (ResponseHeaderBytes is < 0 or > 16 * 1024)
            faults.Add($"Nova:Egress:ResponseHeaderBytes is {ResponseHeaderBytes}; it must be from 0 to 16384.");
        return faults;
    }

    /// <summary>What is set looser than by default, one sentence each, without secrets; empty when nothing is.</summary>
    internal IReadOnlyList<string> Loosenings()
    {
        List<string> loosenings = [];
        if (AllowHttp)
            loosenings.Add("Endpoints may use plain http: payloads and signatures can be read on the way (Nova:Egress:AllowHttp).");
        if (AllowedNetworks.Count > 0)
        {
            loosenings.Add($"Endpoints may be in these networks, public or not: {string.Join(", ", AllowedNetworks)} "
                + "(Nova:Egress:AllowedNetworks).");
        }
        if (ExtraRootCertificates is not null)
            loosenings.Add($"Certificates of the authorities in {ExtraRootCertificates} are trusted (Nova:Egress:ExtraRootCertificates).");
        if (Proxy is not null)
        {
            loosenings.Add($"Requests go through the proxy {WithoutPassword(Proxy)}, which has to refuse private addresses itself "
                + "(Nova:Egress:Proxy).");
        }
        return loosenings;
    }

    /// <summary>The certificates of the PEM file, an empty set where none is named, or null with the reason.</summary>
    internal X509Certificate2Collection? LoadExtraRoots(out string? reason)
    {
        reason = null;
        X509Certificate2Collection roots = [];
        if (ExtraRootCertificates is null) return roots;
        try
        {
            roots.ImportFromPemFile(ExtraRootCertificates);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            reason = e is CryptographicException ? "a certificate in it cannot be read." : "the file cannot be read.";
            return null;
        }
        if (roots.Count > 0) return roots;
        reason = "it holds no certificate.";
        return null;
    }

    static string WithoutPassword(Uri uri) =>
        uri.IsAbsoluteUri ? uri.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped) : uri.OriginalString;
}
