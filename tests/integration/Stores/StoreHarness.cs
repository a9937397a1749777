using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

/// <summary>How the conformance suite gets at one kind of store: a fresh database per test, removed with the harness.</summary>
internal abstract class StoreHarness : IAsyncDisposable
{
    /// <summary>A store, migrated, on a database that holds nothing yet.</summary>
    public abstract Task<INovaStore> CreateAsync(TimeProvider clock);

    /// <summary>
    /// A second store, migrated, on the same database and clock: on PostgreSQL another node's beside the first one,
    /// on SQLite the next run of the same server, so the first one is disposed.
    /// </summary>
    public abstract Task<INovaStore> ReopenAsync();

    public abstract ValueTask DisposeAsync();
}
