namespace Nova.IntegrationTests.Stores;

public sealed class SqliteConformanceTests : StoreConformance
{
    private protected override StoreHarness CreateHarness() => new SqliteHarness();
}
