using Nova.TestSupport;

namespace Nova.ChaosTests;

public sealed class NothingLostOnSqliteTests : NothingLost
{
    readonly string _folder = Directory.CreateTempSubdirectory("nova-chaos-").FullName;

    protected override Task<string> NewStoreAsync() => Task.FromResult($"Data Source={Path.Combine(_folder, "nova.db")}");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

public sealed class NothingLostOnPostgreSqlTests : NothingLost
{
    protected override async Task<string> NewStoreAsync() => await (await PostgreSqlServer.SharedAsync()).CreateDatabaseAsync();
}
