using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nova.AspNetCore.Authentication;
using Nova.Delivering;
using Nova.Server;
using Nova.Storage;
using Nova.TestSupport;

namespace Nova.IntegrationTests.Api;

/// <summary>
/// The whole server, put together as in production, on a loopback port of its own and a store of its own. Plain HTTP and loopback receivers
/// are allowed unless a test says otherwise.
/// </summary>
internal sealed class NovaServer : IAsyncDisposable
{
    public const string OperatorKey = "nk_test_operator_0123456789";
    public const string CallsIssuer = "https://login.calls.example";
    public const string CallsAudience = "nova-calls";
    public const string CallsSigningKey = "a-signing-key-of-the-tests-0123456789abcdef";

    readonly WebApplication _app;
    readonly string? _folder;
    readonly Func<ValueTask>? _dropStore;
    TaskCompletionSource _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    NovaServer(WebApplication app, string? folder, Func<ValueTask>? dropStore)
    {
        _app = app;
        _folder = folder;
        _dropStore = dropStore;
        Get<OutcomeLog>().Recorded += _ =>
            Interlocked.Exchange(ref _outcome, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        Http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new(Url), Timeout = TimeSpan.FromSeconds(60) };
    }

    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    public HttpClient Http { get; }

    public INovaStore Store => Get<INovaStore>();

    /// <summary>On SQLite in a temporary folder.</summary>
    /// <param name="settings">Besides the tests' own, or instead of them; null takes one away.</param>
    /// <param name="clock">Of API, engine and store; null: the real one.</param>
    /// <param name="setup">Takes the link for the first operator; null: nobody.</param>
    public static async Task<NovaServer> OnSqliteAsync(Dictionary<string, string?>? settings = null, TimeProvider? clock = null, TextWriter? setup = null)
    {
        var folder = Directory.CreateTempSubdirectory("nova-api-").FullName;
        try
        {
            return await StartAsync($"Data Source={Path.Combine(folder, "nova.db")}", settings, clock, folder, null, setup);
        }
        catch
        {
            Directory.Delete(folder, recursive: true); // What is refused at the start leaves nothing behind.
            throw;
        }
    }

    /// <summary>On a database of its own of the test process's PostgreSQL.</summary>
    public static async Task<NovaServer> OnPostgreSqlAsync()
    {
        var server = await PostgreSqlServer.SharedAsync();
        var connectionString = await server.CreateDatabaseAsync();
        return await StartAsync(connectionString, new() { ["Nova:MasterKey"] = Convert.ToBase64String(new byte[32]) }, null, null,
            async () => await server.DropDatabaseAsync(connectionString));
    }

    static async Task<NovaServer> StartAsync(
        string store, Dictionary<string, string?>? settings, TimeProvider? clock, string? folder, Func<ValueTask>? dropStore, TextWriter? setup = null)
    {
        Dictionary<string, string?> all = new()
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Nova:Store"] = store,
            ["Nova:OperatorKey"] = OperatorKey,
            ["Nova:Egress:AllowHttp"] = "true",
            ["Nova:Egress:AllowedNetworks"] = "127.0.0.0/8",
            ["Nova:Api:RequestsPerSecond"] = "10000",
            ["Nova:Products:calls:Jwt:Issuer"] = CallsIssuer,
            ["Nova:Products:calls:Jwt:Audience"] = CallsAudience,
            ["Nova:Products:calls:Jwt:SigningKey"] = CallsSigningKey,
            ["Logging:LogLevel:Default"] = "Error",
        };
        foreach (var (key, value) in settings ?? [])
        {
            if (value is null) all.Remove(key);
            else all[key] = value;
        }
        var app = ServerApplication.Build([], builder =>
        {
            builder.Configuration.AddInMemoryCollection(all);
            if (clock is not null) builder.Services.AddSingleton(clock);
            builder.Logging.AddFilter(null, LogLevel.Error);
            builder.Services.AddSingleton(new SetupOutput(setup ?? TextWriter.Null));
        });
        await app.StartAsync();
        return new(app, folder, dropStore);
    }

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>
    /// Asks again and again until the answer is there: at once, and after each outcome that the engine has recorded. A receiver has its request, and a
    /// caller its answer, a moment before the outcome is on record.
    /// </summary>
    public async Task<T> WhenRecordedAsync<T>(Func<Task<T?>> ask) where T : struct
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var next = Volatile.Read(ref _outcome).Task;
            if (await ask() is { } answer) return answer;
            await next.WaitAsync(patience.Token);
        }
    }

    /// <summary>A request with a credential and a JSON body; text is sent as it is.</summary>
    public async Task<ApiAnswer> SendAsync(
        HttpMethod method, string path, string? credential, object? body = null, string contentType = "application/json",
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (credential is not null) request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + credential);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null)
        {
            var bytes = body as byte[] ?? (body is string text ? Encoding.UTF8.GetBytes(text) : JsonSerializer.SerializeToUtf8Bytes(body));
            request.Content = new ByteArrayContent(bytes);
            if (contentType.Length > 0) request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }
        using var response = await Http.SendAsync(request);
        return new(response.StatusCode, await response.Content.ReadAsByteArrayAsync(),
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));
    }

    public Task<ApiAnswer> GetAsync(string path, string? credential) => SendAsync(HttpMethod.Get, path, credential);

    public Task<ApiAnswer> PostAsync(string path, string? credential, object? body = null) => SendAsync(HttpMethod.Post, path, credential, body);

    public Task<ApiAnswer> PatchAsync(string path, string? credential, object body) => SendAsync(HttpMethod.Patch, path, credential, body);

    public Task<ApiAnswer> DeleteAsync(string path, string? credential) => SendAsync(HttpMethod.Delete, path, credential);

    /// <summary>A new account with an API key for each environment.</summary>
    public async Task<TestAccount> AddAccountAsync(string product, string? plan = null, string? externalId = null)
    {
        externalId ??= $"{product}-{Guid.NewGuid():N}";
        var account = (await PostAsync("/v1/accounts", OperatorKey, new { product, external_id = externalId, name = "Acme Inc", plan })).Expect(201);
        return new(account.Text("id"), externalId, await AddKeyAsync(externalId, "production"), await AddKeyAsync(externalId, "sandbox"));
    }

    public async Task<string> AddKeyAsync(string account, string environment) =>
        (await PostAsync($"/v1/accounts/{account}/environments/{environment}/keys", OperatorKey, new { name = "Test" })).Expect(201).Text("key");

    public Task<ApiAnswer> PublishAsync(string account, string type, object data, string environment = "production", string? id = null) =>
        PostAsync("/v1/events", OperatorKey, id is null ? new { account, environment, type, data } : new { account, environment, type, data, id });

    /// <summary>Whatever a refused request must leave as it was.</summary>
    public async Task<string> FingerprintAsync()
    {
        var changes = await Store.ReadChangesAsync(0, CancellationToken.None);
        var events = 0;
        foreach (var environment in changes.Environments)
            events += (await Store.ListEventsAsync(new EventQuery { EnvironmentId = environment.Id, Limit = 250 }, CancellationToken.None)).Count;
        // Not the version: that a key was used raises it too, now and then. What the rows hold, save for that.
        return string.Join('\n',
        [
            $"{events} events",
            .. changes.Accounts.Select(account => account.ToString()).Order(StringComparer.Ordinal),
            .. changes.ApiKeys.Select(key => $"{key.Id} {key.Name} {key.RevokedAt}").Order(StringComparer.Ordinal),
            .. changes.OperatorKeys.Select(key => $"{key.Id} {key.Name} {key.RevokedAt}").Order(StringComparer.Ordinal),
            .. changes.Endpoints.Select(endpoint => $"{endpoint.Id} {endpoint.UpdatedAt:O}").Order(StringComparer.Ordinal),
        ]);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (_folder is not null) Directory.Delete(_folder, recursive: true);
        if (_dropStore is not null) await _dropStore();
    }
}

/// <param name="Id">Nova's.</param>
/// <param name="ExternalId">The operator's.</param>
/// <param name="Key">Of production.</param>
/// <param name="SandboxKey">Of the sandbox.</param>
internal sealed record TestAccount(string Id, string ExternalId, string Key, string SandboxKey);

/// <summary>An answer of the API.</summary>
internal sealed record ApiAnswer(HttpStatusCode Status, byte[] Bytes, IReadOnlyDictionary<string, string> Headers)
{
    public string Body => Encoding.UTF8.GetString(Bytes);

    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Bytes);

    public string Text(string member) => Json.GetProperty(member).GetString()!;

    public IReadOnlyList<JsonElement> Data => [.. Json.GetProperty("data").EnumerateArray()];

    /// <summary>The members' names in order of the alphabet, for comparing shapes.</summary>
    public string Members => MembersOf(Json);

    public static string MembersOf(JsonElement json) => string.Join(' ', json.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));

    public ApiAnswer Expect(int status)
    {
        Assert.True((int)Status == status, $"Expected {status}, got {(int)Status}: {Body}");
        return this;
    }

    /// <summary>A problem of this status and type, with everything that a problem has.</summary>
    public ApiAnswer ExpectProblem(int status, string type)
    {
        Expect(status);
        Assert.Equal("application/problem+json", Headers["Content-Type"]);
        Assert.Equal("/problems/" + type, Text("type"));
        Assert.Equal(status, Json.GetProperty("status").GetInt32());
        Assert.NotEmpty(Text("title"));
        Assert.NotEmpty(Text("detail"));
        Assert.NotEmpty(Text("traceId"));
        if (status == 401) Assert.StartsWith("Bearer", Headers["WWW-Authenticate"]);
        return this;
    }

    /// <summary>One of the problem's errors is at this place.</summary>
    public ApiAnswer At(string pointer)
    {
        Assert.Contains(Json.GetProperty("errors").EnumerateArray(), error => error.GetProperty("pointer").GetString() == pointer);
        return this;
    }
}

/// <summary>One server for a class of tests.</summary>
public class SqliteServerFixture : IAsyncLifetime
{
    internal NovaServer Server { get; private protected set; } = null!;

    public virtual async ValueTask InitializeAsync() => Server = await NovaServer.OnSqliteAsync();

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>The same on PostgreSQL.</summary>
public sealed class PostgreSqlServerFixture : SqliteServerFixture
{
    public override async ValueTask InitializeAsync() => Server = await NovaServer.OnPostgreSqlAsync();
}
