using System.Diagnostics;
using Nova.TestSupport;
using Npgsql;

namespace Nova.IntegrationTests.Api;

/// <summary>The program itself, started where it cannot work: it says why in words, without a stack, and ends with code 1.</summary>
public sealed class StartTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("nova-start-").FullName;

    string Store => $"Data Source={Path.Combine(_folder, "nova.db")}";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_database_that_another_process_has_is_said_to_be_in_use()
    {
        await using var server = await NovaServer.OnSqliteAsync(new() { ["Nova:Store"] = Store });
        await FailsAsync("in use", "--Nova:Store=" + Store);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_said_to_be_none()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "nova.db"), string.Concat(Enumerable.Repeat("This is a text. ", 1000)));
        await FailsAsync("not a database", "--Nova:Store=" + Store);
    }

    [Fact]
    public Task A_folder_is_no_database() => FailsAsync("Nova:Store", $"--Nova:Store=Data Source={_folder}");

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_named()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "file"), "");
        await FailsAsync(Path.Combine(_folder, "file"), $"--Nova:Store=Data Source={Path.Combine(_folder, "file", "nova.db")}");
    }

    [Fact]
    public async Task A_master_key_that_did_not_seal_what_is_there_is_refused()
    {
        await using (var server = await NovaServer.OnSqliteAsync(new() { ["Nova:Store"] = Store }))
        {
            var account = await server.AddAccountAsync("standard");
            (await server.PostAsync("/v1/webhooks", account.Key, new { url = "http://127.0.0.1:18080/", events = new[] { "*" } })).Expect(201);
        }
        await FailsAsync("EarlierMasterKeys", "--Nova:Store=" + Store, "--Nova:MasterKey=" + Convert.ToBase64String(new byte[32]));
    }

    [Theory]
    [InlineData("ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0", null, "encoding LATIN1")]
    [InlineData("", "a_stranger", "rights to make tables")]
    public async Task A_database_of_PostgreSQL_that_is_of_no_use_is_refused(string kind, string? user, string words)
    {
        var store = new NpgsqlConnectionStringBuilder(await (await PostgreSqlServer.SharedAsync()).CreateDatabaseAsync());
        var name = $"{store.Database}_start";
        try
        {
            await ExecuteAsync(store.ConnectionString, $"CREATE DATABASE {name} {kind}");
            if (user is not null)
            {
                await ExecuteAsync(store.ConnectionString, $"CREATE ROLE {user} LOGIN");
                await ExecuteAsync(new NpgsqlConnectionStringBuilder(store.ConnectionString) { Database = name }.ConnectionString, "REVOKE ALL ON SCHEMA public FROM PUBLIC");
            }
            var with = new NpgsqlConnectionStringBuilder(store.ConnectionString) { Database = name, Username = user ?? store.Username };
            await FailsAsync(words, "--Nova:Store=" + with.ConnectionString, "--Nova:MasterKey=" + Convert.ToBase64String(new byte[32]));
        }
        finally
        {
            await ExecuteAsync(store.ConnectionString, $"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            if (user is not null) await ExecuteAsync(store.ConnectionString, $"DROP ROLE IF EXISTS {user}");
            await (await PostgreSqlServer.SharedAsync()).DropDatabaseAsync(store.ConnectionString);
        }
    }

    static async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    static async Task FailsAsync(string words, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "nova-server.dll"), "--urls=http://127.0.0.1:0", .. arguments]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
        var said = await error;
        Assert.Contains(words, said, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", said + await output, StringComparison.Ordinal);
        Assert.Equal(1, process.ExitCode);
    }
}
