using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Nova.TestSupport;

/// <summary>A receiver on a loopback port: remembers every request, and answers as the test says.</summary>
internal sealed class TestReceiver : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly Channel<ReceivedRequest> _arrived = Channel.CreateUnbounded<ReceivedRequest>();
    readonly ConcurrentQueue<ReceivedRequest> _all = new();

    readonly bool _keepRequests;

    TestReceiver(WebApplication app, bool keepRequests) => (_app, _keepRequests) = (app, keepRequests);

    /// <param name="keepRequests">False for a test that sends too many to remember.</param>
    public static async Task<TestReceiver> StartAsync(bool keepRequests = true)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var receiver = new TestReceiver(builder.Build(), keepRequests);
        receiver._app.Run(receiver.ReceiveAsync);
        await receiver._app.StartAsync();
        return receiver;
    }

    public string Url => _app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>()
        .Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/hook";

    /// <summary>What to answer. Default: 200, empty. May take its time: that is how a test makes a receiver hang.</summary>
    public Func<ReceivedRequest, Task<Answer>> OnRequest { get; set; } = _ => Task.FromResult(new Answer(200));

    /// <summary>Answers every request with this status.</summary>
    public int Status { set => OnRequest = _ => Task.FromResult(new Answer(value)); }

    public IReadOnlyCollection<ReceivedRequest> Requests => _all;

    /// <summary>The next request that nobody has waited for yet.</summary>
    public async Task<ReceivedRequest> NextAsync() => await _arrived.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var request = new ReceivedRequest(
            context.Request.Method, context.Request.Path,
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            body.ToArray());
        if (_keepRequests)
        {
            _all.Enqueue(request);
            _arrived.Writer.TryWrite(request);
        }
        var answer = await OnRequest(request);
        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers ?? []) context.Response.Headers[name] = value;
        if (answer.Body is not null) await context.Response.Body.WriteAsync(answer.Body);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}

internal sealed record ReceivedRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Body);
}

internal sealed record Answer(int Status, byte[]? Body = null, Dictionary<string, string>? Headers = null);
