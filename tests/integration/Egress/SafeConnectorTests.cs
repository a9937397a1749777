using System.Net.Sockets;
using Nova.Egress;
using Nova.Model;
using static Nova.IntegrationTests.Egress.EgressFixture;

namespace Nova.IntegrationTests.Egress;

public class SafeConnectorTests
{
    const string Name = "rebind.hooks.example.net";
    const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    static readonly EgressOptions Strict = new() { AllowHttp = true };

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("93.184.216.34 127.0.0.1")]
    [InlineData("127.0.0.1 93.184.216.34")]
    [InlineData("93.184.216.34 ::1")]
    [InlineData("::ffff:127.0.0.1")]
    public async Task A_name_that_points_inside_when_it_is_dialled_is_refused_and_nothing_is_dialled(string addresses)
    {
        var resolver = new FixedResolver().With(Name, ["93.184.216.34"], addresses.Split(' '));
        await using var receiver = RawReceiver.Answering(Ok);
        await using var client = NewClient(Strict, resolver);
        var url = receiver.Url(host: Name);
        var guard = new EgressGuard(Strict, resolver, TimeProvider.System);
        Assert.True((await guard.CheckResolvingAsync(url.AbsoluteUri, CancellationToken.None)).IsAllowed);

        var result = await client.PostAsync(Post(url), CancellationToken.None);

        Assert.Equal((AttemptOutcome.BlockedAddress, EgressGuard.Blocked), (result.Outcome, result.Error));
        Assert.Equal(0, receiver.Connections);
    }

    [Fact]
    public async Task A_refused_address_reads_the_same_whether_somebody_listens_or_not()
    {
        await using var receiver = RawReceiver.Answering(Ok);
        await using var client = NewClient(Strict, new FixedResolver().With(Name, ["127.0.0.1"]));
        Uri closed;
        await using (var gone = RawReceiver.Answering(Ok)) closed = gone.Url(host: Name);

        var results = new[]
        {
            await client.PostAsync(Post(receiver.Url(host: Name)), CancellationToken.None),
            await client.PostAsync(Post(closed), CancellationToken.None),
            await client.PostAsync(Post(receiver.Url()), CancellationToken.None),
        };

        Assert.All(results, result => Assert.Equal((AttemptOutcome.BlockedAddress, EgressGuard.Blocked), (result.Outcome, result.Error)));
        Assert.Equal(0, receiver.Connections);
    }

    [Fact]
    public async Task What_was_judged_is_what_is_dialled_with_one_look_up_per_connection()
    {
        var resolver = new FixedResolver().With(Name, ["127.0.0.1"], ["10.0.0.1"]);
        await using var receiver = RawReceiver.Answering(Ok);
        await using var client = NewClient(resolver: resolver);

        for (var i = 0; i < 3; i++)
            Assert.Equal(200, (await client.PostAsync(Post(receiver.Url(host: Name)), CancellationToken.None)).Status);

        Assert.Equal(1, resolver.Asked);
        Assert.Equal(1, receiver.Connections);
    }

    [Fact]
    public async Task The_next_address_is_tried_where_one_refuses()
    {
        await using var receiver = RawReceiver.Answering(Ok);
        await using var client = NewClient(resolver: new FixedResolver().With(Name, ["127.0.0.3", "127.0.0.2", "127.0.0.1"]));

        var result = await client.PostAsync(Post(receiver.Url(host: Name)), CancellationToken.None);

        Assert.Equal((200, null), (result.Status, result.Error));
    }

    [Fact]
    public async Task The_next_address_is_tried_beside_one_that_is_silent()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Parse("127.0.0.2"), 0));
        silent.Listen(1);
        var port = ((System.Net.IPEndPoint)silent.LocalEndPoint!).Port;
        using var answering = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        answering.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, port));
        answering.Listen(8);
        var served = ServeOneAsync(answering);
        var held = new List<Socket>();
        try
        {
            // The queue is full: from now on the address is silent.
            await RawReceiver.FillQueueAsync((System.Net.IPEndPoint)silent.LocalEndPoint!, held);
            await using var client = NewClient(resolver: new FixedResolver().With(Name, ["127.0.0.2", "127.0.0.1"]));

            var request = Post(new($"http://{Name}:{port}/"), timeout: Generous);
            var result = await client.PostAsync(request, CancellationToken.None);

            Assert.Equal(200, result.Status);
            await served.WaitAsync(Generous);
        }
        finally
        {
            held.ForEach(socket => socket.Dispose());
        }
    }

    static async Task ServeOneAsync(Socket listener)
    {
        using var socket = await listener.AcceptAsync();
        await socket.ReceiveAsync(new byte[4096]);
        await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
    }

    [Fact]
    public async Task Plain_http_is_refused_at_sending_too_once_it_is_no_longer_allowed()
    {
        await using var receiver = RawReceiver.Answering(Ok);
        await using var client = NewClient(new EgressOptions { AllowedNetworks = ["127.0.0.0/8"] });

        var result = await client.PostAsync(Post(receiver.Url()), CancellationToken.None);

        Assert.Equal(AttemptOutcome.BlockedAddress, result.Outcome);
        Assert.Contains("https://", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, receiver.Connections);
    }

    [Fact]
    public async Task A_proxy_in_the_environment_is_not_used()
    {
        await using var proxy = RawReceiver.Answering(Ok);
        await using var receiver = RawReceiver.Answering(Ok);
        var before = Environment.GetEnvironmentVariable("HTTP_PROXY");
        Environment.SetEnvironmentVariable("HTTP_PROXY", $"http://127.0.0.1:{proxy.Port}");
        try
        {
            await using var client = NewClient();
            await client.PostAsync(Post(receiver.Url()), CancellationToken.None);
        }
        finally
        {
            Environment.SetEnvironmentVariable("HTTP_PROXY", before);
        }

        Assert.Equal(0, proxy.Connections);
        Assert.Single(receiver.Requests);
    }
}
