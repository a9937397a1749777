using System.Net;

namespace Nova.Server;

/// <summary>Looks at the addresses to listen at before Kestrel does, which takes whatever is no IP address for all addresses of the machine.</summary>
internal static class ListenAddresses
{
    /// <summary>What is wrong with a list as <c>ASPNETCORE_URLS</c> has it, in words; empty where nothing is.</summary>
    public static IEnumerable<string> FaultsOf(string urls) => urls
        .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Where(url => !IsGood(url))
        .Select(url => $"Nothing can listen at '{url}' (--urls, ASPNETCORE_URLS). Write http://127.0.0.1:5080, with an IP address, localhost, or * for all addresses of this machine, and a port from 0 (any) to 65535.");

    static bool IsGood(string url)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return false;
        }
        if (!address.Scheme.Equals("http", StringComparison.OrdinalIgnoreCase) && !address.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase)) return false;
        if (address.IsUnixPipe || address.IsNamedPipe) return true;
        // A name would be all addresses, too: http://127.0.0.l and http://127.0.0.1:508O as much as the name of this machine.
        return address.Port is >= 0 and <= IPEndPoint.MaxPort
            && (address.Host is "*" or "+" || address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(address.Host, out _));
    }
}
