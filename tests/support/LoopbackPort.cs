using System.Net;
using System.Net.Sockets;

namespace Nova.TestSupport;

internal static class LoopbackPort
{
    /// <summary>One that nobody listens on now. The system may give it to somebody else until it is used.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
