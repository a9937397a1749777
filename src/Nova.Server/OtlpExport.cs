using System.Reflection;
using Nova.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Nova.Server;

/// <summary>
/// Sends metrics and traces by OTLP, and is there only where OpenTelemetry's own variable <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says where to. The other standard
/// variables (headers, timeout, intervals, sampler, service name, resource) hold as OpenTelemetry describes them.
/// </summary>
/// <remarks>Added before the engine, so that it is stopped after it: what the engine counts while it stops goes out with the last flush.</remarks>
internal sealed class OtlpExport(IConfiguration configuration) : IHostedService
{
    const string EndpointKey = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>How long the last flush may take: a collector that is away must not keep the server from stopping.</summary>
    const int FlushMilliseconds = 5000;

    MeterProvider? _metrics;
    TracerProvider? _traces;

    /// <summary>Where to; null: nowhere, or somewhere that is no URL.</summary>
    public static Uri? EndpointOf(IConfiguration configuration) => Uri.TryCreate(configuration[EndpointKey], UriKind.Absolute, out var uri) ? uri : null;

    /// <summary>Its fault, for the start; null: there is none.</summary>
    public static string? FaultOf(IConfiguration configuration) => string.IsNullOrEmpty(configuration[EndpointKey]) || EndpointOf(configuration) is { Scheme: "http" or "https" }
        ? null
        : $"{EndpointKey} is '{configuration[EndpointKey]}'; write it as http://collector:4318.";

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(Resource()).AddMeter(NovaMetrics.Name, "System.Runtime")
            .AddOtlpExporter(options => Set(options, "v1/metrics")).Build();
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(Resource()).AddSource(NovaMetrics.Name)
            .AddOtlpExporter(options => Set(options, "v1/traces")).Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.Run(() =>
    {
        _metrics?.Shutdown(FlushMilliseconds);
        _traces?.Shutdown(FlushMilliseconds);
        _metrics?.Dispose();
        _traces?.Dispose();
    }, CancellationToken.None);

    /// <summary>The variables go before what is ours.</summary>
    static ResourceBuilder Resource() => ResourceBuilder.CreateEmpty()
        .AddService("nova", serviceVersion: typeof(OtlpExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion)
        .AddTelemetrySdk().AddEnvironmentVariableDetector();

    /// <summary>HTTP with protobuf unless gRPC is asked for, as the specification wants it; over HTTP each signal has its path.</summary>
    void Set(OtlpExporterOptions options, string path)
    {
        var isGrpc = configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] == "grpc";
        var endpoint = EndpointOf(configuration)!; // It is added only where there is one.
        options.Protocol = isGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        options.Endpoint = isGrpc ? endpoint : new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/" + path);
    }
}
