namespace Nova.IntegrationTests.Stores;

public sealed class PostgreSqlConformanceTests : StoreConformance
{
    private protected override StoreHarness CreateHarness() => new PostgreSqlHarness();
}
