using Nova.IntegrationTests.Stores;

namespace Nova.IntegrationTests.Engine;

public sealed class EngineOnSqliteTests : EngineConformance
{
    private protected override StoreHarness NewStores() => new SqliteHarness();
}
