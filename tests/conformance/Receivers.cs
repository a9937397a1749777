using System.Diagnostics;

[assembly: AssemblyFixture(typeof(Nova.ConformanceTests.Receivers))]

namespace Nova.ConformanceTests;

/// <summary>The receivers of samples/receivers, each started when first asked for and stopped after the last test.</summary>
/// <remarks>A language that is not installed is a failure with the name of Debian's package, never a skipped test.</remarks>
public sealed class Receivers : IAsyncLifetime
{
    /// <summary>Every language of samples/receivers.</summary>
    public static readonly string[] Languages = ["node", "python", "go"];

    /// <summary>The packages that verify <c>standard</c>, and nothing else.</summary>
    public static readonly string[] Packages = ["standardwebhooks", "svix"];

    readonly string _folder = Directory.CreateTempSubdirectory("nova-conformance-").FullName;
    readonly Dictionary<string, Lazy<Task<ReceiverProcess>>> _processes;

    /// <summary>Starts nothing yet.</summary>
    public Receivers() => _processes = new()
    {
        ["node"] = new(() => StartAsync([Programs.Find("node", "nodejs"), Sample("node/receiver.mjs")], "standard")),
        ["python"] = new(() => StartAsync([Programs.Find("python3", "python3"), "-B", Sample("python/receiver.py")], "standard")),
        ["go"] = new(async () => await StartAsync([await BuildGoAsync()], "standard")),
        ["packages"] = new(() => StartAsync([Programs.Find("node", "nodejs"), Installed("standard-verified/receiver.mjs")], "svix")),
    };

    /// <summary>A path of its own, in the receiver that verifies this way.</summary>
    /// <param name="by">A language, or a package.</param>
    /// <param name="product">Whose recipe.</param>
    /// <param name="secret">As the customer knows it.</param>
    /// <param name="settings">Further ones of the receiver's <c>/_control</c>.</param>
    internal async Task<ReceiverInbox> OpenAsync(string by, string product, string secret, object? settings = null)
    {
        if (!Packages.Contains(by)) return await (await _processes[by].Value).OpenAsync(product, secret, settings);
        Assert.Equal("standard", product);
        return await (await _processes["packages"].Value).OpenAsync(by, secret, settings);
    }

    /// <summary>Nothing: receivers are started when a test asks.</summary>
    public ValueTask InitializeAsync() => default;

    /// <summary>Stops those that were started.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var started in _processes.Values.Where(process => process is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }))
        {
            await (await started.Value).DisposeAsync();
        }
        Directory.Delete(_folder, recursive: true);
    }

    Task<ReceiverProcess> StartAsync(IReadOnlyList<string> command, string product) => ReceiverProcess.StartAsync(command, product, _folder);

    async Task<string> BuildGoAsync()
    {
        var program = Path.Combine(_folder, "receiver");
        var start = new ProcessStartInfo(Programs.Find("go", "golang-go"), ["build", "-o", program, "."])
        {
            WorkingDirectory = Sample("go"),
            RedirectStandardError = true,
        };
        start.Environment["GOFLAGS"] = "-mod=mod";
        start.Environment["GOPROXY"] = "off";
        using var build = Process.Start(start)!;
        var errors = await build.StandardError.ReadToEndAsync();
        await build.WaitForExitAsync();
        Assert.True(build.ExitCode == 0, $"samples/receivers/go does not build: {errors}");
        return program;
    }

    static string Sample(string path) => Path.Combine(Repository.Root, "samples", "receivers", path);

    static string Installed(string path)
    {
        var folder = Path.GetDirectoryName(Sample(path))!;
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules")), "npm ci has not run in samples/receivers/standard-verified.");
        return Sample(path);
    }
}
