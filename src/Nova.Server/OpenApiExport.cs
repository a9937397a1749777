using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Nova.Server;

/// <summary>Prints the OpenAPI document without a store, a product or a port: docs/openapi.json is made by it.</summary>
internal static class OpenApiExport
{
    public static async Task WriteAsync(Stream output)
    {
        var builder = WebApplication.CreateSlimBuilder();
        // Only the document goes to the output.
        builder.Logging.ClearProviders();
        builder.Services.AddNovaOpenApi();
        // What the handlers take must be known as services, so that it is not described as a body; none of it is ever made.
        builder.Services.AddNova(new NovaOptions { MasterKey = Convert.ToBase64String(new byte[32]) });
        builder.Services.AddNovaApi();
        builder.Services.AddNovaSqliteStore(ServerStore.Default);
        await using var app = builder.Build();
        app.MapNova();
        // Routing learns of the routes when it is put in by hand; else only when the server starts.
        app.UseRouting();
        app.UseEndpoints(_ => { });
        var document = await app.Services.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1").GetOpenApiDocumentAsync();
        await using var text = new StreamWriter(output, leaveOpen: true) { NewLine = "\n" };
        document.SerializeAs(OpenApiSpecVersion.OpenApi3_1, new OpenApiJsonWriter(text));
        await text.WriteAsync('\n');
    }
}
