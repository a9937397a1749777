using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Nova.Egress;

/// <summary>
/// Which addresses are on the public internet. From IANA's special-purpose registries (iana-ipv4-special-registry and
/// iana-ipv6-special-registry, as of 2025-10-09) and the cloud providers' own documents; each range names its source.
/// </summary>
/// <remarks>
/// IPv4 is denied by list. IPv6 is allowed only inside 2000::/3, the one block that IANA gives out for global unicast, less the list:
/// so ::, ::1, ::/96, ::ffff:0:0:0/96, 64:ff9b::/96, 64:ff9b:1::/48, 100::/64, 5f00::/16, fc00::/7, fe80::/10, fec0::/10 and ff00::/8
/// are out without an entry.
/// </remarks>
internal static class SpecialRanges
{
    static readonly IPNetwork[] NotPublic = Networks(
    [
        ("0.0.0.0/8", "RFC 791: this network; Linux dials 0.0.0.0 as loopback"),
        ("10.0.0.0/8", "RFC 1918: private use"),
        ("100.64.0.0/10", "RFC 6598: shared by carriers' NAT; Alibaba Cloud's metadata"),
        ("127.0.0.0/8", "RFC 1122: loopback"),
        ("168.63.129.16/32", "Microsoft Azure: WireServer"),
        ("169.254.0.0/16", "RFC 3927: link local; metadata of most clouds"),
        ("172.16.0.0/12", "RFC 1918: private use"),
        ("192.0.0.0/24", "RFC 6890: IETF protocol assignments; Oracle Cloud's metadata"),
        ("192.0.2.0/24", "RFC 5737: documentation, TEST-NET-1"),
        ("192.31.196.0/24", "RFC 7535: AS112"),
        ("192.52.193.0/24", "RFC 7450: AMT"),
        ("192.88.99.0/24", "RFC 7526: 6to4 relay anycast, deprecated"),
        ("192.168.0.0/16", "RFC 1918: private use"),
        ("192.175.48.0/24", "RFC 7534: AS112 direct delegation"),
        ("198.18.0.0/15", "RFC 2544: benchmarking"),
        ("198.51.100.0/24", "RFC 5737: documentation, TEST-NET-2"),
        ("203.0.113.0/24", "RFC 5737: documentation, TEST-NET-3"),
        ("224.0.0.0/4", "RFC 1112: multicast"),
        ("240.0.0.0/4", "RFC 1112: reserved; holds 255.255.255.255, limited broadcast of RFC 919"),

        ("2001::/23", "RFC 2928: IETF protocol assignments; Teredo, benchmarking, AMT, AS112, ORCHID, drone ids"),
        ("2001:db8::/32", "RFC 3849: documentation"),
        ("2002::/16", "RFC 3056: 6to4, carries an IPv4 address"),
        ("2620:4f:8000::/48", "RFC 7534: AS112 direct delegation"),
        ("3ffe::/16", "RFC 3701: 6bone, returned"),
        ("3fff::/20", "RFC 9637: documentation"),
    ]);

    /// <summary>
    /// Where clouds hand credentials to whoever asks from inside: refused even when an operator allows the network around it.
    /// </summary>
    static readonly IPNetwork[] Metadata = Networks(
    [
        ("169.254.0.0/16", "AWS, Google, Azure, DigitalOcean, Hetzner, OpenStack, Oracle: .169.254; AWS ECS and EKS: .170.2, .170.23"),
        ("168.63.129.16/32", "Azure: WireServer"),
        ("100.100.100.200/32", "Alibaba Cloud"),
        ("192.0.0.192/32", "Oracle Cloud"),
        ("fd00:ec2::/32", "AWS: fd00:ec2::254 metadata, ::23 EKS, ::253 DNS"),
        ("fd20:ce::254/128", "Google Cloud"),
        ("fe80::a9fe:a9fe/128", "OpenStack"),
    ]);

    static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");
    static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    static readonly IPNetwork LocalNat64 = IPNetwork.Parse("64:ff9b:1::/48");
    static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    static readonly IPNetwork Teredo = IPNetwork.Parse("2001::/32");
    static readonly IPNetwork Translated = IPNetwork.Parse("::ffff:0:0:0/96");
    static readonly IPNetwork Compatible = IPNetwork.Parse("::/96");

    /// <summary>The address that is really meant: IPv4 out of its mapped form, and no zone.</summary>
    public static IPAddress Plain(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0) return new(address.GetAddressBytes());
        return address;
    }

    /// <summary>Whether the address, which must be <see cref="Plain"/>, is globally reachable unicast.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork) return !Contains(NotPublic, address);
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return false;
        if (!GlobalUnicast.Contains(address) || Contains(NotPublic, address)) return false;
        return CarriedByIsatap(address) is not { } inner || IsPublic(inner);
    }

    public static bool IsMetadata(IPAddress address) => Contains(Metadata, address);

    /// <summary>
    /// The IPv4 address that a translator or tunnel would make of this one, null where there is none. Only an operator's
    /// allowance can let such an address through; then the inner one is judged as well.
    /// </summary>
    public static IPAddress? Carried(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address)) return null;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        if (Nat64.Contains(address) || Translated.Contains(address) || Compatible.Contains(address)) return new(bytes[12..]);
        if (SixToFour.Contains(address)) return new(bytes[2..6]);
        if (Teredo.Contains(address)) return new(~BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) & 0xffffffffL);
        // RFC 6052 section 2.2: after a 48-bit prefix come 16 bits of the address, 8 bits that are zero, 16 bits.
        if (LocalNat64.Contains(address))
            return bytes[6..8].ContainsAnyExcept((byte)0) ? new([bytes[6], bytes[7], bytes[9], bytes[10]]) : new(bytes[12..]);
        return CarriedByIsatap(address);
    }

    /// <summary>RFC 5214: interface id 0:5efe or 200:5efe, then the IPv4 address.</summary>
    static IPAddress? CarriedByIsatap(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return (bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe ? new(bytes[12..]) : null;
    }

    static bool Contains(IPNetwork[] networks, IPAddress address)
    {
        foreach (var network in networks)
        {
            if (network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address)) return true;
        }
        return false;
    }

    static IPNetwork[] Networks((string Cidr, string Source)[] table) => [.. table.Select(range => IPNetwork.Parse(range.Cidr))];
}
