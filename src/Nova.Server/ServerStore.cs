using System.Data.Common;
using Npgsql;

namespace Nova.Server;

/// <summary>Which store a connection string means.</summary>
internal static class ServerStore
{
    public const string Default = "Data Source=data/nova.db";

    /// <summary>The database file of a SQLite connection string; null where it is one of PostgreSQL.</summary>
    /// <exception cref="NovaConfigurationException">It is neither.</exception>
    public static string? FileOf(string connectionString)
    {
        // Not shown in full: it may hold a password.
        const string Advice = "Write 'Data Source=data/nova.db' for SQLite, or 'Host=…;Database=…;Username=…;Password=…' for PostgreSQL.";
        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = connectionString };
            if (parts.TryGetValue("Data Source", out var file))
            {
                if (parts.Count > 1) throw new NovaConfigurationException([$"Nova:Store has more than 'Data Source', which is all that SQLite has here. {Advice}"]);
                return file is string { Length: > 0 } path ? path : throw new NovaConfigurationException([$"Nova:Store names no file. {Advice}"]);
            }
            if (parts.ContainsKey("Host"))
            {
                _ = new NpgsqlConnectionStringBuilder(connectionString);
                return null;
            }
        }
        catch (ArgumentException fault) when (fault.ParamName is { Length: > 0 } name)
        {
            // The driver's words may hold the value.
            throw new NovaConfigurationException([$"Nova:Store has '{name}', which Npgsql does not know, or not with this value. {Advice}"]);
        }
        catch (ArgumentException)
        {
            throw new NovaConfigurationException([$"Nova:Store is no connection string. {Advice}"]);
        }
        throw new NovaConfigurationException([$"Nova:Store names neither a file nor a host. {Advice}"]);
    }
}
