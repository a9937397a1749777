using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nova.Egress;
using Nova.Model;
using Nova.Publishing;
using Nova.Storage;
using Nova.TestSupport;
using Npgsql;

namespace Nova.IntegrationTests.Api;

/// <summary>Nova in somebody's own application, as docs/library.md says: the engine beside the application's work, the API and the portal on its server.</summary>
public sealed class EmbeddedTests : IAsyncLifetime
{
    const string OperatorKey = "nk_embedded_0123456789abcdef";

    string _database = "";
    WebApplication _app = null!;
    TestReceiver _receiver = null!;
    HttpClient _http = null!;
    string _account = "";

    public async ValueTask InitializeAsync()
    {
        _database = await (await PostgreSqlServer.SharedAsync()).CreateDatabaseAsync();
        _receiver = await TestReceiver.StartAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddNova(new NovaOptions
        {
            MasterKey = Convert.ToBase64String(new byte[32]),
            OperatorKey = OperatorKey,
            Egress = new EgressOptions { AllowHttp = true, AllowedNetworks = ["127.0.0.0/8"] },
        });
        builder.Services.AddNovaPostgreSqlStore(_database);
        builder.Services.AddNovaApi();
        _app = builder.Build();
        _app.MapGet("/own", () => "the application's own");
        _app.MapNova();
        await _app.StartAsync();
        _http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
        await ExecuteAsync("CREATE TABLE orders (id text PRIMARY KEY)");
        _account = (await PostAsync("/v1/accounts", OperatorKey, new { product = "standard", name = "Acme Inc", external_id = "acme" })).GetProperty("id").GetString()!;
        var key = (await PostAsync($"/v1/accounts/{_account}/environments/production/keys", OperatorKey, new { })).GetProperty("key").GetString()!;
        await PostAsync("/v1/webhooks", key, new { url = _receiver.Url, events = new[] { "*" } });
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _http.Dispose();
        await _receiver.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        await (await PostgreSqlServer.SharedAsync()).DropDatabaseAsync(_database);
    }

    [Fact]
    public async Task The_application_s_own_routes_and_nova_s_stand_beside_each_other()
    {
        Assert.Equal("the application's own", await _http.GetStringAsync("/own"));
        Assert.Contains("\"standard\"", await GetAsync("/v1/products"), StringComparison.Ordinal);
        Assert.Contains("<html", await _http.GetStringAsync("/portal/"), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_event_published_in_the_application_s_transaction_is_delivered_when_that_commits()
    {
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await InsertAsync(connection, "o-1");
            var result = await Publisher.PublishAsync(Order("o-1"), transaction, CancellationToken.None);
            Assert.Null(result.Fault);
            Assert.Equal(("o-1", 1), (result.Id, result.Deliveries));
            Assert.Equal(0, await CountAsync("events"));
            await transaction.CommitAsync();
        }
        var request = await _receiver.NextAsync();
        Assert.Equal("o-1", request.Headers["webhook-id"]);
        Assert.Equal(1, await CountAsync("orders"));
    }

    [Fact]
    public async Task An_event_published_in_a_transaction_that_is_rolled_back_never_was()
    {
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await InsertAsync(connection, "o-2");
            Assert.Null((await Publisher.PublishAsync(Order("o-2"), transaction, CancellationToken.None)).Fault);
            await transaction.RollbackAsync();
        }
        Assert.Equal((0, 0, 0), (await CountAsync("events"), await CountAsync("open_deliveries"), await CountAsync("publish_keys")));
        Assert.Equal(0, await AcceptedAsync());
        // Its id is free again.
        Assert.Equal("o-2", (await Publisher.PublishAsync(Order("o-2"), CancellationToken.None)).Id);
    }

    [Fact]
    public async Task The_same_id_again_publishes_nothing_new_and_another_event_under_it_is_a_conflict()
    {
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        Assert.Null((await Publisher.PublishAsync(Order("o-3"), transaction, CancellationToken.None)).Fault);
        Assert.Equal(("o-3", 1), await Publisher.PublishAsync(Order("o-3"), transaction, CancellationToken.None) is { Fault: null } again ? (again.Id, again.Deliveries) : default);
        var other = await Publisher.PublishAsync(Order("o-3") with { Tenant = "another" }, transaction, CancellationToken.None);
        Assert.Equal(PublishFaultKind.Conflict, other.Fault?.Kind);
        // What is wrong with a request is a result, and leaves the transaction as it was.
        Assert.Equal(PublishFaultKind.UnknownEventType, (await Publisher.PublishAsync(Order("o-4") with { Type = "nope" }, transaction, CancellationToken.None)).Fault?.Kind);
        await InsertAsync(connection, "o-3");
        Assert.Equal(0, await AcceptedAsync());
        await transaction.CommitAsync();
        Assert.Equal((1, 1), (await CountAsync("events"), await CountAsync("orders")));
        Assert.Equal(1, await AcceptedAsync());
    }

    /// <summary>The figure of accepted events, of all accounts.</summary>
    async Task<long> AcceptedAsync() =>
        (await _app.Services.GetRequiredService<IFiguresStore>().ReadFiguresAsync(
            Figures.Everybody, FiguresSpan.Day, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200), CancellationToken.None))
        .Sum(row => row.Figures.Accepted);

    IEventPublisher Publisher => _app.Services.GetRequiredService<IEventPublisher>();

    PublishRequest Order(string id)
    {
        using var data = JsonDocument.Parse("""{"id":"inv_1","customerId":"cus_1","amount":4900,"currency":"EUR","paidAt":"2026-05-10T08:30:00Z"}""");
        return new() { Account = _account, Environment = "production", Type = "invoice.paid", Data = data.RootElement.Clone(), Id = id };
    }

    static async Task InsertAsync(NpgsqlConnection connection, string id)
    {
        await using var command = new NpgsqlCommand("INSERT INTO orders VALUES ($1)", connection) { Parameters = { new() { Value = id } } };
        await command.ExecuteNonQueryAsync();
    }

    async Task<int> CountAsync(string table)
    {
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"SELECT count(*)::integer FROM {table}", connection);
        return Convert.ToInt32(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    async Task<string> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", OperatorKey) } };
        using var response = await _http.SendAsync(request);
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    async Task<JsonElement> PostAsync(string path, string key, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
            Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
