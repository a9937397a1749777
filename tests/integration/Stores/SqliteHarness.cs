using Nova.Sqlite;
using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

/// <summary>A SQLite file in a folder of its own.</summary>
internal sealed class SqliteHarness : StoreHarness
{
    TimeProvider _clock = TimeProvider.System;
    SqliteStore? _store;

    public string Folder { get; } = Directory.CreateTempSubdirectory("nova-store-").FullName;

    public string File => Path.Combine(Folder, "nova.db");

    public override async Task<INovaStore> CreateAsync(TimeProvider clock)
    {
        _clock = clock;
        return await OpenAsync();
    }

    public override async Task<INovaStore> ReopenAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
        return await OpenAsync();
    }

    async Task<SqliteStore> OpenAsync()
    {
        _store = new SqliteStore($"Data Source={File}", _clock);
        await _store.MigrateAsync(CancellationToken.None);
        return _store;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
