using Microsoft.Extensions.DependencyInjection;
using Nova.PostgreSql;
using Nova.Storage;

namespace Nova;

/// <summary>Puts Nova's data into a PostgreSQL database.</summary>
public static class NovaPostgreSqlServices
{
    /// <summary>Adds the store: any number of processes share it.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="connectionString">Npgsql's: <c>Host=…;Database=…</c>.</param>
    public static IServiceCollection AddNovaPostgreSqlStore(this IServiceCollection services, string connectionString) =>
        services.AddSingleton<INovaStore>(_ => new PostgreSqlStore(connectionString))
            .AddSingleton(provider => (IPeopleStore)provider.GetRequiredService<INovaStore>());
}
