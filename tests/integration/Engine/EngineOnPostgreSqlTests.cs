using Nova.IntegrationTests.Stores;

namespace Nova.IntegrationTests.Engine;

public sealed class EngineOnPostgreSqlTests : EngineConformance
{
    private protected override StoreHarness NewStores() => new PostgreSqlHarness();
}
