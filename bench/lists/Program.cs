using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nova.Accounts;
using Nova.Lists;
using Nova.Model;
using Nova.PostgreSql;
using Nova.Products;
using Nova.Server;
using Nova.Sqlite;
using Nova.Storage;
using Nova.Throughput;

// Usage: nova-lists [--deliveries N] [--days N] [--rounds N] [--only sqlite|postgres] [--out FILE]
const string OperatorKey = "nk_lists_0123456789abcdef";
var options = Enumerable.Range(0, args.Length / 2).ToDictionary(i => args[2 * i], i => args[2 * i + 1]);
int Number(string name, int otherwise) => options.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
var (count, days, rounds) = (Number("--deliveries", 1_000_000), Number("--days", 30), Number("--rounds", 7));
var only = options.GetValueOrDefault("--only");
var cancellation = CancellationToken.None;

var directory = Directory.CreateTempSubdirectory("nova-lists-").FullName;
// PostgreSQL runs as its own user, who has to get at his part of it.
if (!OperatingSystem.IsWindows())
{
    File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
}
var report = new StringBuilder();
PostgresCluster? cluster = null;
try
{
    List<(string Name, Dictionary<string, (double First, double Median, double Most)> Times, double Filled, double GiB)> results = [];
    if (only is null or "sqlite") results.Add(await MeasureAsync("SQLite", $"Data Source={Path.Combine(directory, "nova.db")}"));
    if (only is null or "postgres" && PostgresCluster.FindBin() is { } bin)
    {
        cluster = await PostgresCluster.StartAsync(bin, directory, cancellation);
        results.Add(await MeasureAsync("PostgreSQL", await cluster.CreateDatabaseAsync("lists", cancellation)));
    }
    var machine = await Machine.ReadAsync(directory, cluster?.Version, cancellation);
    report.AppendLine(CultureInfo.InvariantCulture, $"# Lists with {count:N0} finished deliveries, {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC").AppendLine();
    report.AppendLine(CultureInfo.InvariantCulture, $"- Machine: {machine.Short}; {machine.Kernel}; {machine.Runtime}; disk: {machine.Disk}; load average: {machine.LoadBefore}");
    if (cluster is not null) report.AppendLine(CultureInfo.InvariantCulture, $"- PostgreSQL {cluster.Version}, default durability, `{PostgresCluster.Settings}`");
    report.AppendLine(CultureInfo.InvariantCulture, $"- One environment, spread over {days} days; 1,000 tenants; 1 in 20 failed; a rare endpoint and a rare event type have 1 in 1,000 each.");
    report.AppendLine("- Time of a GET over HTTP on loopback, 50 entries a page, in ms: the first request, the median and the slowest of the others.");
    foreach (var (name, _, filled, size) in results)
        report.AppendLine(CultureInfo.InvariantCulture, $"- {name}: filled in {filled:0} s by the store's own appends and records; {size:0.0} GiB.");
    report.AppendLine().Append("| list | machine |");
    foreach (var result in results) report.Append(CultureInfo.InvariantCulture, $" {result.Name}: first | median | slowest |");
    report.AppendLine().Append("|---|---|").Insert(report.Length, "--:|--:|--:|", results.Count).AppendLine();
    foreach (var name in results[0].Times.Keys)
    {
        report.Append(CultureInfo.InvariantCulture, $"| {name} | {machine.Short} |");
        foreach (var result in results)
        {
            var (first, median, most) = result.Times[name];
            report.Append(CultureInfo.InvariantCulture, $" {first:0.0} | {median:0.0} | {most:0.0} |");
        }
        report.AppendLine();
    }
}
finally
{
    if (cluster is not null) await cluster.DisposeAsync();
    Directory.Delete(directory, recursive: true);
}
Console.Write(report);
if (options.TryGetValue("--out", out var file)) await File.WriteAllTextAsync(file, report.ToString());

async Task<(string, Dictionary<string, (double, double, double)>, double, double)> MeasureAsync(string name, string store)
{
    await using var first = await StartAsync(store);
    var (webhooks, key) = await AddAccountAsync(first);
    var environment = first.Services.GetRequiredService<AccountDirectory>().FindAccounts("lists", null)[0];
    var environmentId = first.Services.GetRequiredService<AccountDirectory>().Environment(environment.Id, EnvironmentName.Production)!.Id;
    var envelope = first.Services.GetRequiredService<EnvelopeRegistry>()
        .NumberOf(first.Services.GetRequiredService<IReadOnlyDictionary<string, Product>>()["standard"].Envelope);
    await first.StopAsync(cancellation);
    await first.DisposeAsync();

    string[] types = ["invoice.paid", "user.created", "invoice.payment_failed", "user.deleted"];
    var filling = new Filling(environmentId, envelope, [.. webhooks.Select(id => Id<Endpoint>.TryParse(id, out var known) ? known : default)], types);
    var watch = Stopwatch.StartNew();
    var clock = new SteppedClock(TimeProvider.System.GetUtcNow());
    await using (INovaStore filled = store.StartsWith("Data Source", StringComparison.Ordinal) ? new SqliteStore(store, clock) : new PostgreSqlStore(store, clock))
        await filling.RunAsync(filled, clock, count, TimeSpan.FromDays(days), cancellation);
    var seconds = watch.Elapsed.TotalSeconds;
    Console.Error.WriteLine($"{name}: filled in {seconds:0} s");
    if (cluster is not null) await cluster.QueryAsync("lists", "VACUUM ANALYZE", cancellation); // As autovacuum does within minutes.

    await using var server = await StartAsync(store);
    using var http = ClientOf(server, key);
    Dictionary<string, (double, double, double)> times = [];
    // What the first request of a process compiles is not a list's affair.
    (await http.GetAsync("/v1/events?limit=50", cancellation)).Dispose();
    (await http.GetAsync("/v1/deliveries?limit=1&tenant=nobody", cancellation)).Dispose();
    foreach (var (title, path) in Lists(filling, webhooks, types)) times[title] = await TimeAsync(http, path);
    var size = await server.Services.GetRequiredService<IFiguresStore>().GetSizeAsync(cancellation);
    await server.StopAsync(cancellation);
    return (name, times, seconds, size / (double)(1L << 30));
}

async Task<(double, double, double)> TimeAsync(HttpClient http, string path)
{
    List<double> all = [];
    for (var round = 0; round <= rounds; round++)
    {
        var started = Stopwatch.GetTimestamp();
        using var response = await http.GetAsync(path, cancellation);
        await response.Content.ReadAsByteArrayAsync(cancellation);
        all.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        response.EnsureSuccessStatusCode();
    }
    var others = all.Skip(1).Order().ToArray();
    return (all[0], others[others.Length / 2], others[^1]);
}

IEnumerable<(string Title, string Path)> Lists(Filling filling, string[] webhooks, string[] types)
{
    const string Deliveries = "/v1/deliveries?limit=50";
    var (middle, middleEvent) = (filling.Middle.Delivery.ToString(), filling.Middle.Event.ToString());
    yield return ("all", Deliveries);
    yield return ("last 24 h", $"{Deliveries}&period=24h");
    yield return ("last 7 d", $"{Deliveries}&period=7d");
    yield return ("last 30 d", $"{Deliveries}&period=30d");
    yield return ("a page in the middle", $"{Deliveries}&cursor={filling.Middle.Delivery.ToDigits()}");
    yield return ("delivered", $"{Deliveries}&status=delivered");
    yield return ("failed", $"{Deliveries}&status=failed");
    yield return ("failed or pending", $"{Deliveries}&status=failed&status=pending");
    yield return ("pending", $"{Deliveries}&status=pending");
    yield return ("an event type", $"{Deliveries}&event={types[0]}");
    yield return ("a rare event type", $"{Deliveries}&event_type={types[^1]}");
    yield return ("event types by wildcard", $"{Deliveries}&event=invoice.*");
    yield return ("an endpoint", $"{Deliveries}&endpoint={webhooks[0]}");
    yield return ("a rare endpoint", $"{Deliveries}&endpoint={webhooks[^1]}");
    yield return ("a rare endpoint, failed", $"{Deliveries}&endpoint={webhooks[^1]}&status=failed");
    yield return ("a tenant", $"{Deliveries}&tenant=tenant-7");
    yield return ("a tenant, failed, 24 h", $"{Deliveries}&tenant=tenant-7&status=failed&period=24h");
    yield return ("an endpoint and a tenant", $"{Deliveries}&endpoint={webhooks[0]}&tenant=tenant-7");
    yield return ("failed by 503", $"{Deliveries}&error=http_503");
    yield return ("failed by time-out, 7 d", $"{Deliveries}&error=timeout&period=7d");
    yield return ("failed by what did not happen", $"{Deliveries}&error=tls_expired");
    yield return ("beginning of a delivery's id", $"{Deliveries}&q={middle[..18]}");
    yield return ("an event's id", $"{Deliveries}&q={middleEvent}");
    yield return ("text that is often there", $"{Deliveries}&q=inv_");
    yield return ("text that is nowhere (what is looked into for one request)", $"{Deliveries}&q=nowhere-at-all");
    yield return ("contents that are nowhere (the same)", $"{Deliveries}&contains={Uri.EscapeDataString("""{"data":{"currency":"USD"}}""")}");
    yield return ("analytics, 24 h", "/v1/analytics?period=24h");
    yield return ("analytics, 7 d", "/v1/analytics?period=7d");
    yield return ("analytics, 30 d", "/v1/analytics?period=30d");
    yield return ("failure groups, 30 d", "/v1/failure-groups?period=30d");
    yield return ("health of webhooks, 24 h", "/v1/webhooks/health");
}

async Task<(string[] Webhooks, string Key)> AddAccountAsync(WebApplication server)
{
    using var http = ClientOf(server, OperatorKey);
    await PostAsync(http, "/v1/accounts", new { product = "standard", external_id = "lists", name = "Lists" });
    var key = (await PostAsync(http, "/v1/accounts/lists/environments/production/keys", new { name = "bench" })).GetProperty("key").GetString()!;
    using var customer = ClientOf(server, key);
    var webhooks = new string[11];
    for (var i = 0; i < webhooks.Length; i++)
        webhooks[i] = (await PostAsync(customer, "/v1/webhooks", new { url = $"http://127.0.0.1:19999/{i}", events = new[] { "*" } })).GetProperty("id").GetString()!;
    return (webhooks, key);
}

static async Task<JsonElement> PostAsync<T>(HttpClient http, string path, T body)
{
    using var response = await http.PostAsJsonAsync(path, body);
    var text = await response.Content.ReadAsStringAsync();
    return response.IsSuccessStatusCode ? JsonSerializer.Deserialize<JsonElement>(text) : throw new InvalidOperationException($"{path}: {text}");
}

static HttpClient ClientOf(WebApplication server, string key)
{
    var http = new HttpClient(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = new(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()),
    };
    http.DefaultRequestHeaders.Authorization = new("Bearer", key);
    return http;
}

static async Task<WebApplication> StartAsync(string store)
{
    var server = ServerApplication.Build([], builder =>
    {
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Nova:Store"] = store,
            ["Nova:OperatorKey"] = OperatorKey,
            ["Nova:MasterKey"] = Convert.ToBase64String(new byte[32]),
            ["Nova:Api:RequestsPerSecond"] = "100000",
            ["Nova:Egress:AllowHttp"] = "true",
            ["Nova:Egress:AllowedNetworks"] = "127.0.0.0/8",
            ["Logging:LogLevel:Default"] = "Error",
        });
        builder.Logging.AddFilter(null, LogLevel.Error);
    });
    await server.StartAsync();
    return server;
}
