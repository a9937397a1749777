using Nova.Egress;
using Nova.Model;
using static Nova.IntegrationTests.Egress.EgressFixture;

namespace Nova.IntegrationTests.Egress;

public class EgressProxyTests
{
    const string Name = "hooks.example.net";
    const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    static EgressOptions Through(RawReceiver proxy) =>
        new() { AllowHttp = true, Proxy = new($"http://nova:pass%40word@127.0.0.1:{proxy.Port}") };

    [Fact]
    public async Task Requests_go_to_the_proxy_which_resolves_the_name_itself()
    {
        var resolver = new FixedResolver();
        await using var proxy = new RawReceiver(async c =>
        {
            var first = await c.ReadAsync();
            if (first!.Header("Proxy-Authorization").Length == 0)
            {
                await c.WriteAsync("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n");
                await c.ReadAsync();
            }
            await c.WriteAsync(Ok);
        });
        await using var client = NewClient(Through(proxy), resolver);

        var result = await client.PostAsync(Post(new($"http://{Name}/hook")), CancellationToken.None);

        Assert.Equal(200, result.Status);
        Assert.Equal(0, resolver.Asked);
        Assert.Equal($"POST http://{Name}/hook HTTP/1.1", proxy.Requests[^1].Lines[0]);
        Assert.Equal(["Basic bm92YTpwYXNzQHdvcmQ="], proxy.Requests[^1].Header("Proxy-Authorization"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Certificates_are_checked_inside_the_tunnel(bool trusted)
    {
        using var authority = new TestAuthority();
        using var certificate = trusted ? authority.Issue(Name) : TestAuthority.SelfSigned(Name);
        await using var proxy = new RawReceiver(async c =>
        {
            await c.ReadAsync();
            await c.WriteAsync("HTTP/1.1 200 Connected\r\n\r\n");
            var inner = await c.SecureAsync(certificate);
            await inner.ReadAsync();
            await inner.WriteAsync(Ok);
        });
        await using var client = NewClient(Through(proxy) with { ExtraRootCertificates = authority.PemPath });

        var result = await client.PostAsync(Post(new($"https://{Name}/hook")), CancellationToken.None);

        Assert.Equal($"CONNECT {Name}:443 HTTP/1.1", proxy.Requests[0].Lines[0]);
        if (trusted) Assert.Equal(200, result.Status);
        else Assert.Equal((AttemptOutcome.TlsUntrusted, "The certificate is self-signed."), (result.Outcome, result.Error));
    }

    [Fact]
    public async Task Private_literals_and_local_names_never_reach_the_proxy()
    {
        await using var proxy = RawReceiver.Answering(Ok);
        await using var client = NewClient(Through(proxy));

        foreach (var url in new[] { "http://10.0.0.1/", "http://localhost/", "http://169.254.169.254/", "http://db.internal/" })
            Assert.Equal(AttemptOutcome.BlockedAddress, (await client.PostAsync(Post(new(url)), CancellationToken.None)).Outcome);

        Assert.Equal(0, proxy.Connections);
    }

    [Fact]
    public async Task A_proxy_that_refuses_is_named()
    {
        await using var proxy = RawReceiver.Answering("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
        await using var client = NewClient(Through(proxy));

        var result = await client.PostAsync(Post(new($"https://{Name}/hook")), CancellationToken.None);

        Assert.Equal(AttemptOutcome.ConnectionRefused, result.Outcome);
        Assert.Equal("The egress proxy refused to open the connection.", result.Error);
    }
}
