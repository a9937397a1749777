using Nova;
using Nova.Products;
using Nova.Server;

// nova-server            runs until it is told to stop
// nova-server openapi    prints the OpenAPI document, without a store
try
{
    if (args is ["openapi"])
    {
        await OpenApiExport.WriteAsync(Console.OpenStandardOutput());
        return 0;
    }
    await using var app = ServerApplication.Build(args);
    await app.RunAsync();
    return 0;
}
catch (Exception fault) when (fault is NovaConfigurationException or ProductDefinitionException)
{
    // What an operator can mend: what is wrong and what to write instead, and no stack.
    await Console.Error.WriteLineAsync(fault.Message);
    return 1;
}
