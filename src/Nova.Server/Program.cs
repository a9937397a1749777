using Nova.Server;

// nova-server            runs until it is told to stop
// nova-server openapi    prints the OpenAPI document, without a store
var started = false;
try
{
    if (args is ["openapi"])
    {
        await OpenApiExport.WriteAsync(Console.OpenStandardOutput());
        return 0;
    }
    await using var app = ServerApplication.Build(args);
    try
    {
        await app.StartAsync();
    }
    catch
    {
        await StopQuietlyAsync(app);
        throw;
    }
    started = true;
    await app.WaitForShutdownAsync();
    return 0;
}
catch (Exception fault) when (!started && StartFault.Of(fault) is { } words)
{
    await Console.Error.WriteLineAsync(words);
    return 1;
}

// What had started already, the engine for instance where only the address was taken, ends in order. The host cannot stop what it could not even make, and
// throws for it: that must not stand in the way of the reason.
static async Task StopQuietlyAsync(WebApplication app)
{
    try
    {
        await app.StopAsync();
    }
    catch (Exception fault) when (fault is ArgumentNullException or AggregateException)
    {
    }
}
