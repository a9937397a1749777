namespace Nova.Egress;

/// <summary>Names that mean something only inside a network, so that no public receiver has one.</summary>
internal static class LocalNames
{
    static readonly string[] Suffixes =
    [
        "localhost", "invalid", "test", "example", // RFC 6761
        "local",                                   // RFC 6762, multicast DNS
        "arpa",                                    // RFC 3172; holds home.arpa (RFC 8375) and ipv4only.arpa (RFC 7050)
        "onion",                                   // RFC 7686
        "alt",                                     // RFC 9476
        "internal",                                // reserved by ICANN in 2024 for private use
        "lan", "corp", "home", "localdomain", "intranet", "private", // common in private networks, never delegated
        "svc", "cluster.local",                    // Kubernetes
    ];

    /// <summary>Cloud metadata by name: refused whatever an operator allows.</summary>
    static readonly string[] MetadataNames = ["metadata.goog", "metadata.google.internal", "instance-data.ec2.internal"];

    /// <summary>A single label, or a name under one of the local suffixes.</summary>
    public static bool Has(ReadOnlySpan<char> host) => !host.Contains('.') || IsUnder(Suffixes, host) || IsMetadata(host);

    public static bool IsMetadata(ReadOnlySpan<char> host) => IsUnder(MetadataNames, host);

    static bool IsUnder(string[] suffixes, ReadOnlySpan<char> host)
    {
        foreach (var suffix in suffixes)
        {
            if (host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
                && (host.Length == suffix.Length || host[^(suffix.Length + 1)] == '.')) return true;
        }
        return false;
    }
}
