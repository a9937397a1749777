using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Nova.Throughput;

/// <summary>
/// (r) The relay limit: an HTTP publish is accepted by Kestrel, handed over a bounded channel, and POSTed onward, signed.
/// Nothing is checked and nothing is kept. No sender that accepts over HTTP on this runtime can be faster.
/// </summary>
/// <remarks>Bare Kestrel: no routing, no middleware, no JSON. The event is forwarded as it came.</remarks>
internal sealed class RelayLimit(ChannelWriter<byte[]> queue) : IHttpApplication<IFeatureCollection>
{
    /// <summary>As an event that one endpoint gets is answered by Nova.</summary>
    static readonly byte[] Accepted = """{"id":"evt_01890a5d-ac96-774b-bcce-b302099a8057","deliveries":1}"""u8.ToArray();

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellation)
    {
        var url = arguments.Required("url");
        var senders = arguments.Number("senders", 64, 1, 4096);
        var inline = arguments.Has("inline");
        arguments.RefuseUnknown();

        // Full: the publisher waits. A limit that loses events would be none.
        var queue = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(4096) { FullMode = BoundedChannelFullMode.Wait });
        using var post = new SignedPost(url, senders);
        var failed = 0L;
        var sending = Enumerable.Range(0, senders).Select(_ => Task.Run(SendAsync, cancellation)).ToArray();

        await using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        var options = new KestrelServerOptions { AddServerHeader = false, ApplicationServices = services };
        options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        using var server = new KestrelServer(
            Options.Create(options),
            new SocketTransportFactory(Options.Create(new SocketTransportOptions { UnsafePreferInlineScheduling = inline }), NullLoggerFactory.Instance),
            NullLoggerFactory.Instance);
        await server.StartAsync(new RelayLimit(queue.Writer), cancellation);
        Console.WriteLine($"listening {new Uri(server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First()).Port}");
        var stopped = new TaskCompletionSource();
        await using var registration = cancellation.Register(stopped.SetResult);
        await stopped.Task;
        await server.StopAsync(CancellationToken.None);
        queue.Writer.Complete();
        await Task.WhenAll(sending);
        Window.Done(new { failed });
        return 0;

        async Task SendAsync()
        {
            await foreach (var body in queue.Reader.ReadAllAsync(CancellationToken.None))
            {
                if (!await post.SendAsync(body, CancellationToken.None))
                    Interlocked.Increment(ref failed);
            }
        }
    }

    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public void DisposeContext(IFeatureCollection context, Exception? exception) { }

    public async Task ProcessRequestAsync(IFeatureCollection context)
    {
        var request = context.GetRequiredFeature<IHttpRequestFeature>();
        var response = context.GetRequiredFeature<IHttpResponseFeature>();
        if (request.Headers.ContentLength is not { } length)
        {
            response.StatusCode = 411;
            return;
        }

        var body = GC.AllocateUninitializedArray<byte>((int)length);
        await request.Body.ReadExactlyAsync(body);
        await queue.WriteAsync(body);
        response.StatusCode = 202;
        response.Headers.ContentType = "application/json";
        response.Headers.ContentLength = Accepted.Length;
        await context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync(Accepted);
    }
}
