using Nova.PostgreSql;
using Nova.Storage;
using Nova.TestSupport;
using Nova.UnitTests;

namespace Nova.IntegrationTests.Stores;

/// <summary>A database of its own on the test process's PostgreSQL.</summary>
internal sealed class PostgreSqlHarness : StoreHarness
{
    /// <summary>A migrated database to copy: a tenth of the work of migrating each test's own.</summary>
    static readonly Lazy<Task<string>> Template = new(MakeTemplateAsync);

    TimeProvider? _clock;
    PostgreSqlServer? _server;
    readonly List<PostgreSqlStore> _stores = [];

    public string ConnectionString { get; private set; } = "";

    public override async Task<INovaStore> CreateAsync(TimeProvider clock)
    {
        _clock = clock;
        _server = await PostgreSqlServer.SharedAsync();
        ConnectionString = await _server.CreateDatabaseAsync(await Template.Value);
        return await OpenAsync();
    }

    static async Task<string> MakeTemplateAsync()
    {
        var connectionString = await (await PostgreSqlServer.SharedAsync()).CreateDatabaseAsync();
        // A database that is copied may have no connection.
        await using var store = new PostgreSqlStore(connectionString + ";Pooling=false", new FakeClock());
        await store.MigrateAsync(CancellationToken.None);
        return connectionString;
    }

    public override async Task<INovaStore> ReopenAsync() => await OpenAsync();

    /// <summary>Another node's store on the same database.</summary>
    public async Task<PostgreSqlStore> OpenAsync()
    {
        var store = new PostgreSqlStore(ConnectionString, _clock);
        _stores.Add(store);
        await store.MigrateAsync(CancellationToken.None);
        return store;
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var store in _stores) await store.DisposeAsync();
        if (_server is not null && ConnectionString.Length > 0) await _server.DropDatabaseAsync(ConnectionString);
    }
}
