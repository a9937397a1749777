using System.Data.Common;
using System.Net.Sockets;
using Nova.Products;

namespace Nova.Server;

/// <summary>What keeps the server from starting and an operator can mend, in words: a stack of ours would tell him nothing.</summary>
internal static class StartFault
{
    /// <summary>Null: none of these. Then it is a fault of Nova's, and its stack is wanted.</summary>
    public static string? Of(Exception fault) => fault switch
    {
        NovaConfigurationException or ProductDefinitionException => fault.Message,
        // Neither driver puts a password into its messages.
        DbException => $"The database cannot be used (Nova:Store): {Words(fault)}",
        IOException or UnauthorizedAccessException or SocketException => Words(fault),
        // Of an address to listen at.
        FormatException => $"{Words(fault)} (--urls, ASPNETCORE_URLS)",
        _ => null,
    };

    /// <summary>The message, and that of its cause where it says something else.</summary>
    static string Words(Exception fault) => fault.InnerException is { } cause && !fault.Message.Contains(cause.Message, StringComparison.OrdinalIgnoreCase)
        ? $"{fault.Message.TrimEnd('.')}: {cause.Message}"
        : fault.Message;
}
