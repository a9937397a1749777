using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Nova.Throughput;

// Processor time and memory come from /proc.
[assembly: SupportedOSPlatform("linux")]

// Numbers are read by machines and by people of any country: one format.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

var arguments = new Arguments(args.Skip(1));
var command = args.FirstOrDefault();
using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

if (command is "sink" or "raw" or "relay" or "publish")
    ExitWithParent();

try
{
    return command switch
    {
        "sink" => await Sink.RunAsync(arguments, stop.Token),
        "raw" => await RawLimit.RunAsync(arguments, stop.Token),
        "relay" => await RelayLimit.RunAsync(arguments, stop.Token),
        "publish" => await Publisher.RunAsync(arguments, stop.Token),
        "run" when !arguments.Has("help") => await Run.RunAsync(arguments, stop.Token),
        _ => Usage(),
    };
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}
catch (UsageException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}
catch (InvalidOperationException e)
{
    // A process that was started ended early, or said no: the message has what it said.
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}

int Usage()
{
    Console.Error.WriteLine("nova-throughput run [--quick] [--seconds N] [--rounds N] [--only raw,relay,postgres,sqlite] [--rows one,five,half,flood,hanging] [--concurrency N] [--history N] [--backlog N] [--out FILE]");
    Console.Error.WriteLine("The other commands (sink, raw, relay, publish) are the processes that run starts. See bench/README.md.");
    return 2;
}

// A child's standard input is a pipe that its parent holds: it ends when the parent does, however that came about.
void ExitWithParent()
{
    var watcher = new Thread(() =>
    {
        var input = Console.OpenStandardInput();
        var buffer = new byte[16];
        while (input.Read(buffer) > 0) { }
        Environment.Exit(0);
    })
    { IsBackground = true, Name = "parent watcher" };
    watcher.Start();
}
