using Microsoft.Extensions.Logging.Console;
using Nova.AspNetCore;
using Nova.AspNetCore.Configuring;
using Nova.Products;

namespace Nova.Server;

/// <summary>Puts the server together: configuration, store, engine, API, Kestrel. No logic of its own.</summary>
internal static class ServerApplication
{
    /// <summary>Where it listens unless told otherwise: this machine only, until somebody decides for more.</summary>
    const string DefaultUrl = "http://127.0.0.1:5080";

    /// <param name="args">The command line; settings as <c>--Nova:Store=…</c>.</param>
    /// <param name="change">For tests: changes the builder before the application is built.</param>
    /// <exception cref="NovaConfigurationException">With every fault of the configuration.</exception>
    /// <exception cref="ProductDefinitionException">With every fault of every product definition.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? change = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        change?.Invoke(builder);
        var configuration = NovaConfiguration.Read(builder.Configuration.GetSection("Nova"));
        var (options, api) = (configuration.Options, configuration.Api);
        var connectionString = configuration.Store ?? ServerStore.Default;
        var file = ServerStore.FileOf(connectionString);
        var madeKey = MasterKeys.Settle(options, file);

        if (string.IsNullOrEmpty(builder.Configuration["urls"])) builder.WebHost.UseUrls(DefaultUrl);
        else if (ListenAddresses.FaultsOf(builder.Configuration["urls"]!).ToArray() is { Length: > 0 } wrong) throw new NovaConfigurationException(wrong);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The batch raises it for itself. A little more than the limit, so that our own answer comes before Kestrel's.
            kestrel.Limits.MaxRequestBodySize = options.Publishing.MaxBodyBytes + 1L;
        });
        // Twice the engine's grace, because it gives it to attempts and to their records, and some for the listener.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Delivering.StopGrace * 2 + TimeSpan.FromSeconds(10));

        // The slim builder insists on one form of the log; Logging:Console:FormatterName=json shall work as everywhere.
        builder.Logging.AddConsole(console => console.FormatterName = builder.Configuration["Logging:Console:FormatterName"] ?? ConsoleFormatterNames.Simple);
        // It would make an activity and a log scope for every request, only to have them in lines that are not written.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        // What it says at the start and at the end is thrown too, and told by the program.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        if (OtlpExport.FaultOf(builder.Configuration) is { } fault) throw new NovaConfigurationException([fault]);
        if (OtlpExport.EndpointOf(builder.Configuration) is not null) builder.Services.AddHostedService<OtlpExport>();
        builder.Services.AddNova(options);
        builder.Services.AddNovaApi(api, configuration.Jwt, configuration.Portal);
        if (file is not null) builder.Services.AddNovaSqliteStore(connectionString);
        else builder.Services.AddNovaPostgreSqlStore(connectionString);
        builder.Services.AddNovaOpenApi();
        // Said over https only; a year, which is the least that browsers' lists take.
        builder.Services.AddHsts(hsts => hsts.MaxAge = TimeSpan.FromDays(365));

        var app = builder.Build();
        CheckProducts(app, configuration);
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Nova.Server");
        if (madeKey is not null) ApiLog.MasterKeyMade(log, madeKey);
        foreach (var loosening in options.Egress.Loosenings()) ApiLog.EgressLoosened(log, loosening);

        app.UseHsts();
        app.UseNovaProblems();
        app.MapNova();
        app.MapNovaOpenApi();
        // Whoever opens the bare address in a browser wants the portal.
        app.MapGet("/", () => Results.LocalRedirect("~/portal/")).ExcludeFromDescription();
        return app;
    }

    /// <summary>Reads the definitions now, so that a fault stops the start and not the first request.</summary>
    static void CheckProducts(WebApplication app, NovaConfiguration configuration)
    {
        var products = app.Services.GetRequiredService<IReadOnlyDictionary<string, Product>>();
        var faults = configuration.Jwt.Keys.Where(name => !products.ContainsKey(name))
            .Select(name => $"Nova:Products:{name}:Jwt is for a product that is not installed. Installed are {string.Join(", ", products.Keys.Order(StringComparer.Ordinal))}.")
            .Concat(configuration.Jwt.Keys.Where(name => products.TryGetValue(name, out var product) && !product.Api.UsesJwt)
                .Select(name => $"Nova:Products:{name}:Jwt is for a product whose customers use API keys. Its definition would have to say \"authentication\": \"jwt\"."))
            .ToArray();
        if (faults.Length > 0) throw new NovaConfigurationException(faults);
    }
}
