using System.Diagnostics;
using Npgsql;

namespace Nova.TestSupport;

/// <summary>
/// A PostgreSQL of the tests' own: a cluster in a temporary folder, on a loopback port that was free, with fsync on as in production.
/// <see cref="SharedAsync"/> is one per test process; a test that breaks its server starts one of its own.
/// </summary>
/// <remarks>
/// A shell watches over it: it starts the server, waits until its standard input closes, which happens however the test process ends
/// (SIGKILL included), then stops the server and removes the folder. So no crash leaves a server behind.
/// <para><c>NOVA_TEST_POSTGRES</c>, a connection string that may create databases, is used instead where it is set.</para>
/// </remarks>
internal sealed class PostgreSqlServer : IAsyncDisposable
{
    /// <summary>A start that takes longer is a failure. Two cores shared with a whole test run need seconds.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    static readonly Lazy<Task<PostgreSqlServer>> TheShared = new(() => StartAsync(mayBeGiven: true));

    /// <summary>Ctrl-C in a terminal goes to the whole group: the shell lives until its input closes, or nobody would clean up.</summary>
    const string Watch = """
        trap '' INT TERM
        bin=$1; port=$2
        folder=$(mktemp -d "${TMPDIR:-/tmp}/nova-postgresql-XXXXXX") || exit 1
        "$bin/initdb" -D "$folder/data" -U nova -A trust -E UTF8 --locale=C --no-sync >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; rm -rf "$folder"; exit 1; }
        cat >>"$folder/data/postgresql.conf" <<CONF
        listen_addresses = '127.0.0.1'
        port = $port
        unix_socket_directories = '$folder'
        max_connections = 300
        shared_buffers = 128MB
        CONF
        "$bin/pg_ctl" -D "$folder/data" -l "$folder/server.log" -w -t 60 start >/dev/null 2>&1 </dev/null || { cat "$folder/server.log" >&2; rm -rf "$folder"; exit 1; }
        echo "$folder"
        cat >/dev/null
        "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 </dev/null
        rm -rf "$folder"
        """;

    readonly Process? _watch;
    readonly string _connectionString;
    readonly string? _binaries;
    readonly string? _folder;

    PostgreSqlServer(string connectionString, Process? watch = null, string? binaries = null, string? folder = null) =>
        (_connectionString, _watch, _binaries, _folder) = (connectionString, watch, binaries, folder);

    /// <summary>The one of this process, started by whoever asks first.</summary>
    public static Task<PostgreSqlServer> SharedAsync() => TheShared.Value;

    /// <summary>One of the caller's own, to be stopped and killed. Never the given one.</summary>
    public static Task<PostgreSqlServer> StartAsync() => StartAsync(mayBeGiven: false);

    static async Task<PostgreSqlServer> StartAsync(bool mayBeGiven)
    {
        if (mayBeGiven && Environment.GetEnvironmentVariable("NOVA_TEST_POSTGRES") is { Length: > 0 } given) return new(given);
        var binaries = FindBinaries() ?? throw new InvalidOperationException(
            "These tests need PostgreSQL 13 or later on this machine, and initdb and pg_ctl are neither on the PATH nor below "
            + "/usr/lib/postgresql. Install the package postgresql (Debian, Ubuntu), postgresql-server (Fedora) or postgresql (Homebrew), "
            + "or set NOVA_TEST_POSTGRES to the connection string of a server on which databases may be created.");

        for (var tries = 1; ; tries++)
        {
            var port = LoopbackPort.Free();
            var watch = Process.Start(AsUnprivileged("/bin/sh", ["-c", Watch, "watch", binaries, port.ToString()]))
                ?? throw new InvalidOperationException("The shell that starts PostgreSQL did not start.");
            using var limit = new CancellationTokenSource(Patience);
            var folder = await watch.StandardOutput.ReadLineAsync(limit.Token);
            if (folder is not null)
                return new($"Host=127.0.0.1;Port={port};Username=nova;Database=postgres;Include Error Detail=true", watch, binaries, folder);
            // Another process may have taken the port in between.
            if (tries == 3) throw new InvalidOperationException("PostgreSQL did not start: " + await watch.StandardError.ReadToEndAsync(limit.Token));
        }
    }

    /// <summary>A new database, empty or as <paramref name="template"/> is. Returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync(string? template = null)
    {
        var name = $"nova_test_{Guid.NewGuid():N}";
        await RunAsync(template is null ? $"CREATE DATABASE {name}" : $"CREATE DATABASE {name} TEMPLATE {NameOf(template)}");
        return new NpgsqlConnectionStringBuilder(_connectionString) { Database = name }.ConnectionString;
    }

    /// <summary>Removes a database, whoever is still connected to it.</summary>
    public Task DropDatabaseAsync(string connectionString) => RunAsync($"DROP DATABASE IF EXISTS {NameOf(connectionString)} WITH (FORCE)");

    static string NameOf(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString).Database!; // Set where it was made.

    async Task RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Every process of the server ends at once, as in a power cut of the process kind: what was not committed is gone.</summary>
    public Task KillAsync() => ControlAsync("stop", "-m", "immediate");

    /// <summary>Starts it again after <see cref="KillAsync"/>; it recovers from its log.</summary>
    public Task StartAgainAsync() => ControlAsync("start", "-l", Path.Combine(_folder ?? "", "server.log"));

    /// <summary>An orderly restart that ends all sessions.</summary>
    public Task RestartAsync() => ControlAsync("restart", "-m", "fast", "-l", Path.Combine(_folder ?? "", "server.log"));

    async Task ControlAsync(string action, params string[] arguments)
    {
        if (_folder is null || _binaries is null) throw new InvalidOperationException("The server of NOVA_TEST_POSTGRES is not this test's to control.");
        var start = AsUnprivileged(Path.Combine(_binaries, "pg_ctl"), [action, "-D", Path.Combine(_folder, "data"), "-w", .. arguments]);
        using var control = Process.Start(Quietly(start)) ?? throw new InvalidOperationException("pg_ctl did not start.");
        using var limit = new CancellationTokenSource(Patience);
        await control.WaitForExitAsync(limit.Token);
        if (control.ExitCode != 0) throw new InvalidOperationException($"pg_ctl {action} ended with {control.ExitCode}.");
    }

    /// <summary>Through a shell that sends the output nowhere: the server inherits what pg_ctl has, and a pipe would not end before the server does.</summary>
    static ProcessStartInfo Quietly(ProcessStartInfo start)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = false;
        string[] command = [start.FileName, .. start.ArgumentList];
        start.FileName = "/bin/sh";
        start.ArgumentList.Clear();
        foreach (var part in (string[])["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "quietly", .. command]) start.ArgumentList.Add(part);
        return start;
    }

    /// <summary>PostgreSQL refuses to run as root; then its package's own user runs it.</summary>
    static ProcessStartInfo AsUnprivileged(string program, IReadOnlyList<string> arguments)
    {
        var command = Environment.IsPrivilegedProcess ? (string[])["runuser", "-u", "postgres", "--", program, .. arguments] : [program, .. arguments];
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(), // One that the other user may enter.
        };
        foreach (var argument in command.Skip(1)) start.ArgumentList.Add(argument);
        return start;
    }

    /// <summary>Debian keeps them below a folder per version, off the PATH: the newest. The PATH is next.</summary>
    static string? FindBinaries()
    {
        var versions = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out var number) ? number : 0)
            : Enumerable.Empty<string>();
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return versions.Select(folder => Path.Combine(folder, "bin")).Concat(path)
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "pg_ctl")));
    }

    public async ValueTask DisposeAsync()
    {
        if (_watch is null) return;
        _watch.StandardInput.Close();
        using var limit = new CancellationTokenSource(Patience);
        await _watch.WaitForExitAsync(limit.Token);
        _watch.Dispose();
    }
}
