using Microsoft.Extensions.DependencyInjection;
using Nova.Sqlite;
using Nova.Storage;

namespace Nova;

/// <summary>Puts Nova's data into a SQLite file.</summary>
public static class NovaSqliteServices
{
    /// <summary>Adds the store: one file, one process.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="connectionString"><c>Data Source=data/nova.db</c>; the folder is made where it is missing.</param>
    public static IServiceCollection AddNovaSqliteStore(this IServiceCollection services, string connectionString) =>
        services.AddSingleton<INovaStore>(provider => new SqliteStore(connectionString, provider.GetRequiredService<TimeProvider>()))
            .AddSingleton(provider => (IPeopleStore)provider.GetRequiredService<INovaStore>());
}
