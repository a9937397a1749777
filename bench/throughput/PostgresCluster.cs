using System.Net;
using System.Net.Sockets;

namespace Nova.Throughput;

/// <summary>A private PostgreSQL cluster in a temporary directory, on loopback only, removed afterwards. Durability is PostgreSQL's default.</summary>
internal sealed class PostgresCluster : IAsyncDisposable
{
    /// <summary>
    /// Changed from the default: memory for pages, and room for the log between checkpoints, as any production set-up has them.
    /// Nothing that makes a commit less durable: fsync, synchronous_commit and full_page_writes stay on.
    /// </summary>
    public const string Settings = "shared_buffers=256MB min_wal_size=3GB max_wal_size=4GB";

    /// <summary>
    /// A server that has run for some minutes writes its log into files it has used before. A new one makes each file of 16 MiB first, filled with zeros,
    /// and all commits wait 50 to 70 ms meanwhile, once a second at these rates. So the files are used once before anything is measured.
    /// </summary>
    const string UseLogFiles = """
        DO $$ BEGIN
            FOR i IN 1..190 LOOP
                PERFORM pg_logical_emit_message(false, 'bench', 'one record, so that there is something to switch from');
                PERFORM pg_switch_wal();
            END LOOP;
        END $$
        """;

    readonly string _bin;
    readonly string _data;

    PostgresCluster(string bin, string data, int port, string version)
    {
        _bin = bin;
        _data = data;
        Port = port;
        Version = version;
    }

    public int Port { get; }

    public string Version { get; }

    /// <summary>The postmaster; every backend is a child of it.</summary>
    public int ProcessId { get; private set; }

    /// <summary>Where initdb is: <c>PG_BIN</c>, the search path, or Debian's place. Null where PostgreSQL is not installed.</summary>
    public static string? FindBin()
    {
        var debian = Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql").OrderByDescending(path => int.TryParse(Path.GetFileName(path), out var version) ? version : 0)
            : Enumerable.Empty<string>();
        return debian.Select(path => Path.Combine(path, "bin"))
            .Prepend(Environment.GetEnvironmentVariable("PG_BIN") ?? "")
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .FirstOrDefault(path => path.Length > 0 && File.Exists(Path.Combine(path, "initdb")) && File.Exists(Path.Combine(path, "pg_ctl")));
    }

    public static async Task<PostgresCluster> StartAsync(string bin, string directory, CancellationToken cancellation)
    {
        var data = Path.Combine(directory, "postgres");
        Directory.CreateDirectory(data);
        if (Environment.UserName == "root")
            await Child.OutputOfAsync("chown", ["postgres", data], cancellation);
        var version = (await Child.OutputOfAsync(Path.Combine(bin, "postgres"), ["--version"], cancellation)).Split(' ')[2].Trim();
        var cluster = new PostgresCluster(bin, data, FreePort(), version);
        await cluster.RunAsync("initdb", ["-D", data, "-U", "nova", "-A", "trust", "-E", "UTF8", "--locale=C"], cancellation);
        var options = string.Join(' ', Settings.Split(' ').Select(setting => $"-c {setting}"));
        await cluster.RunAsync(
            "pg_ctl",
            ["-D", data, "-w", "-t", "60", "-l", Path.Combine(data, "log"), "-o", $"-p {cluster.Port} -h 127.0.0.1 -k {data} {options}", "start"],
            cancellation);
        cluster.ProcessId = int.Parse(File.ReadLines(Path.Combine(data, "postmaster.pid")).First());
        await cluster.QueryAsync("postgres", UseLogFiles, cancellation);
        await cluster.QueryAsync("postgres", "CHECKPOINT", cancellation);
        return cluster;
    }

    /// <summary>Makes an empty database and returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync(string name, CancellationToken cancellation)
    {
        await RunAsync("createdb", ["-h", "127.0.0.1", "-p", $"{Port}", "-U", "nova", name], cancellation);
        return $"Host=127.0.0.1;Port={Port};Username=nova;Database={name}";
    }

    public Task DropDatabaseAsync(string name, CancellationToken cancellation) =>
        RunAsync("dropdb", ["-h", "127.0.0.1", "-p", $"{Port}", "-U", "nova", "--force", name], cancellation);

    /// <summary>One value, read with psql.</summary>
    public async Task<string> QueryAsync(string database, string sql, CancellationToken cancellation) =>
        (await Child.OutputOfAsync(
            Path.Combine(_bin, "psql"), ["-h", "127.0.0.1", "-p", $"{Port}", "-U", "nova", "-d", database, "-Atc", sql], cancellation)).Trim();

    public async ValueTask DisposeAsync() => await RunAsync("pg_ctl", ["-D", _data, "-m", "immediate", "-w", "stop"], CancellationToken.None);

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>PostgreSQL refuses to run as root: then it is user postgres who runs it.</summary>
    async Task RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        var path = Path.Combine(_bin, program);
        if (Environment.UserName == "root")
            await Child.OutputOfAsync("runuser", ["-u", "postgres", "--", path, .. arguments], cancellation);
        else
            await Child.OutputOfAsync(path, arguments, cancellation);
    }
}
