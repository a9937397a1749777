using System.Data.Common;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Nova.Products;
using Npgsql;

namespace Nova.Server;

/// <summary>What keeps the server from starting and an operator can mend, in words: a stack of ours would tell him nothing.</summary>
internal static class StartFault
{
    /// <summary>Null: none of these. Then it is a fault of Nova's, and its stack is wanted.</summary>
    public static string? Of(Exception fault) => fault switch
    {
        NovaConfigurationException or ProductDefinitionException => fault.Message,
        // Neither driver puts a password into its messages.
        PostgresException postgres => $"The database cannot be used (Nova:Store): {postgres.SqlState}: {postgres.MessageText}.{AdviceOn(postgres.SqlState)}",
        NotSupportedException { Source: "Nova.PostgreSql" } => $"The database cannot be used (Nova:Store): {fault.Message}",
        DbException => $"The database cannot be used (Nova:Store): {Words(fault)}",
        IOException { InnerException: AddressInUseException } => $"{Words(fault)} Choose another (--urls, ASPNETCORE_URLS), or stop what listens there.",
        IOException or UnauthorizedAccessException or SocketException => Words(fault),
        // The keys: a secret in the store is sealed with one that is not there, or a certificate cannot be opened.
        CryptographicException => Words(fault),
        // Where it is to listen: https without a certificate, say.
        InvalidOperationException { Source: "Microsoft.AspNetCore.Server.Kestrel.Core" } => Words(fault),
        _ => null,
    };

    static string AdviceOn(string state) => state switch
    {
        PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidSchemaName => " The user needs the rights to make tables in its schema, and to use them.",
        PostgresErrorCodes.InvalidCatalogName => " Make it first, with the encoding UTF8.",
        _ => "",
    };

    /// <summary>The message, and that of its cause where it says something else.</summary>
    static string Words(Exception fault) => fault.InnerException is { } cause && !fault.Message.Contains(cause.Message, StringComparison.OrdinalIgnoreCase)
        ? $"{fault.Message.TrimEnd('.')}: {cause.Message}"
        : fault.Message;
}
