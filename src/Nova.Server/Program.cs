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
        // What had started already, the engine for instance where only the address was taken, ends in order.
        await app.StopAsync();
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
