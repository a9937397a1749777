using System.Net;
using Microsoft.AspNetCore.Http;

namespace Nova.AspNetCore.Authentication;

/// <summary>Where a request comes from, past the proxies that are trusted to say so.</summary>
internal sealed class ClientAddress(PortalOptions options)
{
    readonly IPNetwork[] _trusted = [.. options.TrustedProxies.Select(Parse)];

    /// <summary>
    /// The last address in the chain of hops that is not a trusted proxy: what stands before it in <c>X-Forwarded-For</c> anybody can write. IPv6 addresses
    /// are named by their /64, because that is what one customer of a network has.
    /// </summary>
    public string Of(HttpContext context)
    {
        var address = Plain(context.Connection.RemoteIpAddress ?? IPAddress.None);
        var hops = string.Join(',', context.Request.Headers["X-Forwarded-For"].ToArray()).Split(',', StringSplitOptions.TrimEntries);
        for (var i = hops.Length - 1; i >= 0 && IsTrusted(address) && IPAddress.TryParse(hops[i], out var hop); i--) address = Plain(hop);
        return address.ToString();
    }

    /// <summary>Whose attempts are counted together.</summary>
    public string NetworkOf(HttpContext context)
    {
        var text = Of(context);
        if (!IPAddress.TryParse(text, out var address) || address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6) return text;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes).ToString();
    }

    bool IsTrusted(IPAddress address) => _trusted.Any(network => network.Contains(address));

    static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    static IPNetwork Parse(string text) => IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.Parse(text) is var address ? new(address, address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? 128 : 32)
        : default;
}
