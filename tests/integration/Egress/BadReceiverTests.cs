using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Nova.Egress;
using Nova.Model;
using Nova.UnitTests.Egress;
using static Nova.IntegrationTests.Egress.EgressFixture;

namespace Nova.IntegrationTests.Egress;

/// <summary>Plays bad_receivers.tsv, row by row, with real sockets.</summary>
public class BadReceiverTests
{
    const string Name = "hooks.example.net";
    const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    /// <summary>The attempt's time-out for receivers that are expected to use it up.</summary>
    static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    static readonly TimeSpan Drip = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// HTTP/2 and HTTP/3 are never spoken, so their misbehaviour cannot reach us: see <see cref="Only_http_1_1_is_spoken"/>.
    /// </summary>
    static readonly string[] NotSpoken = ["h2_refused", "h2_goaway", "h2_stall", "h2_zero_window", "h2_ping_flood"];

    /// <summary>Rows that have a test of their own below, because they are no script of a plain receiver.</summary>
    static readonly string[] PlayedApart =
    [
        "keepalive_race", "keepalive_close_hdr", "tls_expired", "tls_wrong_host", "tls_self_signed", "tls_no_hello", "plain_on_https",
        "refused", "blackhole", "nxdomain", "dns_tarpit", "ipv6_only",
    ];

    static readonly Dictionary<string, Func<RawConnection, Task>> Scripts = new()
    {
        ["never_answers"] = async c => { await c.ReadAsync(); await c.HangAsync(); },
        ["accept_no_read"] = c => c.HangAsync(),
        ["slow_headers"] = Begin("HTTP/1.1 200 OK\r\nX-Slow: ", c => c.DripAsync("a", Drip)),
        ["slow_body"] = Begin("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", c => c.DripAsync("a", Drip)),
        ["endless_body"] = Begin(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            c => c.DripAsync("10000\r\n" + new string('a', 65536) + "\r\n", TimeSpan.Zero)),
        ["no_length_open"] = Begin("HTTP/1.1 200 OK\r\n\r\nsome", c => c.HangAsync()),
        ["big_header"] = Once("HTTP/1.1 200 OK\r\nX-Big: " + new string('a', 70_000) + "\r\nContent-Length: 0\r\n\r\n"),
        ["endless_header"] = Begin("HTTP/1.1 200 OK\r\nX-Endless: ", c => c.DripAsync(new string('a', 4096), TimeSpan.Zero)),
        ["many_headers"] = Once(
            "HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Range(0, 1200).Select(i => $"X-{i}: v\r\n")) + "Content-Length: 0\r\n\r\n"),
        ["header_bytes"] = Once("HTTP/1.1 200 OK\r\nX-Odd: a\0b\u00ff\u001b[31m\u0001c\r\nContent-Length: 0\r\n\r\n"),
        ["body_nul_binary"] = Once("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n\0\u00ff\u00ed\u00a0\u0080\n"),
        ["bad_status_line"] = Once("HELLO\r\n\r\n"),
        ["http09"] = Once("<html>"),
        ["status_999"] = Once("HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n"),
        ["status_099"] = Once("HTTP/1.1 099 What\r\nContent-Length: 0\r\n\r\n"),
        ["two_content_lengths"] = Once("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\nabcde"),
        ["cl_and_te"] = Once("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"),
        ["chunk_overflow"] = Once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff0\r\nab"),
        ["chunk_ext"] = Begin(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=", c => c.DripAsync(new string('a', 4096), TimeSpan.Zero)),
        ["endless_trailers"] = Begin(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n",
            c => c.DripAsync("X-T: " + new string('a', 1000) + "\r\n", TimeSpan.Zero)),
        ["extra_response"] = Once("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 Poison\r\nContent-Length: 0\r\n\r\n"),
        ["flood_1xx"] = Begin(
            "", c => c.DripAsync(string.Concat(Enumerable.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 500)), TimeSpan.Zero)),
        ["drip_1xx"] = Begin("", c => c.DripAsync("HTTP/1.1 102 Processing\r\n\r\n", Drip)),
        ["switch_101"] = Begin("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", c => c.HangAsync()),
        ["redirect_3xx"] = Once("HTTP/1.1 307 Away\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"),
        ["auth_401"] = Once(
            "HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"),
        ["set_cookie"] = Once("HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n"),
        ["close_on_accept"] = c => { c.Reset(); return Task.CompletedTask; },
        ["fin_no_answer"] = async c => { await c.ReadAsync(); c.Finish(); await c.ReadAsync(); },
        ["rst_no_answer"] = async c => { await c.ReadAsync(); c.Reset(); },
        ["rst_mid_headers"] = async c => { await c.ReadAsync(); await c.WriteAsync("HTTP/1.1 200 OK\r\nX-"); c.Reset(); },
        ["rst_mid_body"] = async c =>
        {
            await c.ReadAsync();
            await c.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
            // The reset throws away what the sender has not read yet, and nothing shows from here when it has: each try gives it more time.
            await Task.Delay(TimeSpan.FromMilliseconds(20 << (2 * c.Number)), TimeProvider.System, c.Stopped);
            c.Reset();
        },
        ["short_body"] = Once("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"),
        ["early_413"] = async c =>
        {
            await c.Stream.ReadExactlyAsync(new byte[1024], c.Stopped);
            await c.WriteAsync("HTTP/1.1 413 Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        },
        ["expect_100_silent"] = Once(Ok),
        ["expect_417"] = Once("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n"),
        ["gzip_bomb"] = Once(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 200000\r\n\r\n\u001f\u008b" + new string('a', 199_998)),
        ["retry_after_s"] = Once("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n"),
        ["retry_after_date"] = Once("HTTP/1.1 503 Busy\r\nRetry-After: Thu, 01 Jan 2099 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n"),
        ["retry_after_bad"] = Once("HTTP/1.1 503 Busy\r\nRetry-After: 120.5\r\nContent-Length: 0\r\n\r\n"),
        ["gone_410"] = Once("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"),
        ["half_open"] = async c => { await c.ReadAsync(); await c.HangAsync(); },
        ["h3_altsvc"] = Once("HTTP/1.1 200 OK\r\nAlt-Svc: h3=\"127.0.0.1:1\"\r\nContent-Length: 0\r\n\r\n"),
    };

    /// <summary>What else must hold of a row, besides its class.</summary>
    static readonly Dictionary<string, Action<EgressResult>> Also = new()
    {
        ["many_headers"] = result => Assert.Equal(32, result.ResponseHeaders.Text().Split("\r\n").Length - 1),
        ["header_bytes"] = result => Assert.Equal("X-Odd: a b\u00ff [31m c\r\nContent-Length: 0\r\n", result.ResponseHeaders.Text()),
        ["body_nul_binary"] = result => Assert.Equal([0, 0xff, 0xed, 0xa0, 0x80, 10], result.ResponseBody.ToArray()),
        ["status_999"] = result => Assert.Equal(999, result.Status),
        ["status_099"] = result => Assert.Equal(99, result.Status),
        ["cl_and_te"] = result => Assert.Equal("ab", result.ResponseBody.Text()),
        ["extra_response"] = result => Assert.Equal(("ok", 200), (result.ResponseBody.Text(), result.Status)),
        ["endless_trailers"] = result => Assert.Equal("reset", result.BodyTruncated),
        ["switch_101"] = result => Assert.Equal(101, result.Status),
        ["no_length_open"] = result => Assert.Equal("some", result.ResponseBody.Text()),
        ["gzip_bomb"] = result => Assert.Equal(("size", 16 * 1024), (result.BodyTruncated, result.ResponseBody.Length)),
        ["retry_after_s"] = result => Assert.Equal(TimeSpan.FromSeconds(120), result.RetryAfter),
        ["retry_after_date"] = result => Assert.True(result.RetryAfter > TimeSpan.FromDays(365)),
        ["retry_after_bad"] = result => Assert.Null(result.RetryAfter),
        ["rst_mid_body"] = result => Assert.Equal("abc", result.ResponseBody.Text()),
    };

    public static IEnumerable<TheoryDataRow<string, string>> ScriptedRows() =>
        Corpus.Rows("bad_receivers.tsv").Where(row => Scripts.ContainsKey(row[0]))
            .Select(row => new TheoryDataRow<string, string>(row[0], row[4]));

    [Fact]
    public void Every_row_of_the_corpus_is_played_or_said_not_to_apply() =>
        Assert.Equal(
            Corpus.Rows("bad_receivers.tsv").Select(row => row[0]).Order(StringComparer.Ordinal),
            Scripts.Keys.Concat(PlayedApart).Concat(NotSpoken).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(ScriptedRows))]
    public async Task A_receiver_of_the_corpus_comes_to_the_class_it_should(string id, string expected)
    {
        var usesUpTheDeadline = expected.Contains("deadline", StringComparison.Ordinal) || expected == "timeout";
        await using var receiver = new RawReceiver(Scripts[id]);
        await using var client = NewClient();
        var body = id is "accept_no_read" or "early_413" ? new string('x', 32 * 1024 * 1024) : "{}";
        var watch = Stopwatch.StartNew();

        // Twice: what one answer leaves behind must not reach the next request. After a deadline nothing is left.
        for (var i = usesUpTheDeadline ? 1 : 0; i < 2; i++)
        {
            var result = await client.PostAsync(Post(receiver.Url(), body, usesUpTheDeadline ? Short : Generous), CancellationToken.None);
            while (id == "rst_mid_body" && result.Outcome == AttemptOutcome.ConnectionReset && receiver.Connections < 5)
                result = await client.PostAsync(Post(receiver.Url()), CancellationToken.None);

            Assert.True(
                IsOfClass(expected, id, result),
                $"{id} should be {expected} but is {result.Outcome} {result.Status} {result.BodyTruncated}: {result.Error}");
            Assert.NotEqual(result.Status is null, result.Error is null);
            if (Also.TryGetValue(id, out var check)) check(result);
        }

        Assert.True(watch.Elapsed < Generous, $"{id} took {watch.Elapsed}.");
        string[] never = ["Cookie", "Authorization", "Expect", "Accept-Encoding"];
        Assert.All(receiver.Requests, request => Assert.Empty(never.SelectMany(request.Header)));
        if (id is "redirect_3xx" or "auth_401" or "fin_no_answer" or "rst_no_answer") Assert.Equal(2, receiver.Requests.Count);
    }

    static bool IsOfClass(string expected, string id, EgressResult result) => (id, expected) switch
    {
        // The 413 may or may not be read before the reset that follows it.
        ("early_413", _) => result.Status == 413 || result.Outcome == AttemptOutcome.ConnectionReset,
        // Both struck after a status line, which is the verdict.
        ("chunk_overflow" or "chunk_ext", _) => result is { Status: 200, BodyTruncated: "reset" },
        (_, "timeout") => result.Outcome == AttemptOutcome.Timeout,
        (_, "protocol_error") => result.Outcome == AttemptOutcome.ProtocolError,
        (_, "connection_reset") => result.Outcome == AttemptOutcome.ConnectionReset,
        (_, "redirect") => result.Status is >= 300 and < 400,
        (_, "gone") => result.Status == 410,
        (_, "success") => result is { Status: 200, BodyTruncated: null },
        // Model.Attempt has no word of its own for a body that ended early by FIN.
        (_, "success + body_truncated=reset" or "success + body_truncated=eof") => result is { Status: 200, BodyTruncated: "reset" },
        _ when expected.StartsWith("http_status", StringComparison.Ordinal) && expected.Contains("deadline", StringComparison.Ordinal)
            => result is { Status: not null, BodyTruncated: "deadline" },
        _ when expected.StartsWith("http_status", StringComparison.Ordinal) && expected.Contains("size", StringComparison.Ordinal)
            => result is { Status: not null, BodyTruncated: "size" },
        _ => expected.StartsWith("http_status", StringComparison.Ordinal) && result.Status is not null,
    };

    [Theory]
    [InlineData("keepalive_race", "")]
    [InlineData("keepalive_close_hdr", "Connection: close\r\n")]
    public async Task A_receiver_that_reads_the_next_request_and_closes_gets_it_again_at_once(string id, string header)
    {
        Assert.Contains(id, PlayedApart);
        await using var receiver = new RawReceiver(async c =>
        {
            await c.ReadAsync();
            await c.WriteAsync($"HTTP/1.1 200 OK\r\n{header}Content-Length: 0\r\n\r\n");
            await c.ReadAsync();
        });
        await using var client = NewClient();

        for (var i = 0; i < 10; i++)
            Assert.Equal(200, (await client.PostAsync(Post(receiver.Url()), CancellationToken.None)).Status);
    }

    [Theory]
    [InlineData("tls_expired")]
    [InlineData("tls_wrong_host")]
    [InlineData("tls_self_signed")]
    [InlineData("good")]
    [InlineData("unknown_authority")]
    internal async Task A_certificate_is_checked_and_what_is_wrong_with_it_said(string id)
    {
        using var authority = new TestAuthority();
        using var other = new TestAuthority();
        var expiry = new DateTimeOffset(TimeProvider.System.GetUtcNow().AddDays(-3).Date, TimeSpan.Zero);
        using var certificate = id switch
        {
            "tls_expired" => authority.Issue(Name, expiry),
            "tls_wrong_host" => authority.Issue("shop.example.net"),
            "tls_self_signed" => TestAuthority.SelfSigned(Name),
            "unknown_authority" => other.Issue(Name),
            _ => authority.Issue(Name),
        };
        await using var receiver = RawReceiver.Answering(Ok, certificate);
        await using var client = NewTrustingClient(authority);

        var result = await client.PostAsync(Post(receiver.Url(scheme: "https", host: Name)), CancellationToken.None);

        var (outcome, error) = id switch
        {
            "tls_expired" => (AttemptOutcome.TlsExpired, $"The certificate expired on {expiry:yyyy-MM-dd}."),
            "tls_wrong_host" => (AttemptOutcome.TlsName, "The certificate is not for hooks.example.net."),
            "tls_self_signed" => (AttemptOutcome.TlsUntrusted, "The certificate is self-signed."),
            "unknown_authority" => (AttemptOutcome.TlsUntrusted,
                "The certificate's chain does not lead to a trusted authority. "
                    + "The receiver may have left out an intermediate certificate."),
            _ => (AttemptOutcome.HttpStatus, null),
        };
        Assert.Equal((outcome, error), (result.Outcome, result.Error));
        Assert.Equal(id == "good" ? 200 : null, result.Status);
        Assert.Equal(id == "good", result.Timings.Tls is not null);
        Assert.Equal(id == "good" ? 1 : 0, receiver.Requests.Count);
    }

    [Fact]
    public async Task A_connection_under_TLS_is_reused_and_repeated_like_a_plain_one()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Issue(Name);
        await using var receiver = new RawReceiver(
            async c =>
            {
                await c.ReadAsync();
                await c.WriteAsync(Ok);
                await c.ReadAsync();
                if (c.Number == 1) await c.WriteAsync(Ok);
                await c.ReadAsync();
            },
            certificate);
        await using var client = NewTrustingClient(authority);
        var request = Post(receiver.Url(scheme: "https", host: Name));

        var results = new List<EgressResult>();
        for (var i = 0; i < 3; i++) results.Add(await client.PostAsync(request, CancellationToken.None));

        Assert.All(results, result => Assert.Equal(200, result.Status));
        Assert.Equal([false, false, true], results.Select(result => result.Repeated));
        Assert.Equal([true, false, true], results.Select(result => result.Timings.Tls is not null));
        Assert.Equal(2, receiver.Connections);
    }

    [Theory]
    [InlineData("tls_no_hello")]
    [InlineData("plain_on_https")]
    public async Task A_handshake_that_does_not_come_is_waited_for_as_long_as_a_connection(string id)
    {
        Assert.Contains(id, PlayedApart);
        await using var receiver = new RawReceiver(id == "tls_no_hello" ? c => c.HangAsync() : c => c.ReadAsync());
        await using var client = NewClient(Loopback with { ConnectTimeout = TimeSpan.FromMilliseconds(300) });

        var result = await client.PostAsync(Post(receiver.Url(scheme: "https")), CancellationToken.None);

        Assert.Equal((AttemptOutcome.ConnectTimeout, "The TLS handshake did not end in time."), (result.Outcome, result.Error));
        Assert.NotNull(result.Timings.Connect);
    }

    [Fact]
    public async Task An_answer_in_clear_text_to_a_handshake_is_a_tls_error()
    {
        await using var receiver = new RawReceiver(async c =>
        {
            await c.WriteAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            await c.HangAsync();
        });
        await using var client = NewClient();

        var result = await client.PostAsync(Post(receiver.Url(scheme: "https")), CancellationToken.None);

        Assert.Equal(AttemptOutcome.TlsError, result.Outcome);
    }

    /// <summary>refused.</summary>
    [Fact]
    public async Task A_closed_port_is_refused()
    {
        await using var client = NewClient();
        Uri url;
        await using (var receiver = RawReceiver.Answering(Ok)) url = receiver.Url();

        var result = await client.PostAsync(Post(url), CancellationToken.None);

        Assert.Equal((AttemptOutcome.ConnectionRefused, "Connection refused."), (result.Outcome, result.Error));
    }

    /// <summary>blackhole: a listener whose queue is full answers no SYN.</summary>
    [Fact]
    public async Task A_network_that_drops_everything_ends_with_the_connect_time_out()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var held = new List<Socket>();
        try
        {
            var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
            await RawReceiver.FillQueueAsync(new(IPAddress.Loopback, port), held);
            await using var client = NewClient(Loopback with { ConnectTimeout = TimeSpan.FromMilliseconds(500) });

            var result = await client.PostAsync(Post(new($"http://127.0.0.1:{port}/")), CancellationToken.None);

            Assert.Equal((AttemptOutcome.ConnectTimeout, "No connection in time."), (result.Outcome, result.Error));
        }
        finally
        {
            held.ForEach(socket => socket.Dispose());
        }
    }

    /// <summary>The attempt's own deadline, when it is shorter than the connect time-out, is named for what it ran out on.</summary>
    [Fact]
    public async Task A_deadline_that_passes_before_there_is_a_connection_is_a_connect_time_out()
    {
        await using var receiver = new RawReceiver(c => c.HangAsync());
        await using var client = NewClient();

        var result = await client.PostAsync(Post(receiver.Url(scheme: "https"), timeout: Short), CancellationToken.None);

        Assert.Equal((AttemptOutcome.ConnectTimeout, "The TLS handshake did not end within 1 s."), (result.Outcome, result.Error));
    }

    /// <summary>
    /// nxdomain, dns_tarpit and their kin, as the resolver reports them; the resolver itself is tested with a stub server.
    /// </summary>
    [Theory]
    [InlineData("NotFound", AttemptOutcome.DnsNotFound)]
    [InlineData("NoAddress", AttemptOutcome.DnsError)]
    [InlineData("Timeout", AttemptOutcome.DnsTimeout)]
    [InlineData("Error", AttemptOutcome.DnsError)]
    internal async Task A_name_that_cannot_be_found_is_an_outcome_of_its_own(string fault, AttemptOutcome outcome)
    {
        var answer = new DnsAnswer([], Enum.Parse<DnsFault>(fault));
        await using var client = NewClient(resolver: new FixedResolver().With(Name, answer));

        var result = await client.PostAsync(Post(new($"http://{Name}/")), CancellationToken.None);

        Assert.Equal((outcome, answer.Describe(Name)), (result.Outcome, result.Error));
        Assert.NotNull(result.Timings.Dns);
    }

    [Fact]
    public async Task Ipv6_only_receivers_are_reached_where_there_is_IPv6_and_named_as_out_of_reach_where_there_is_none()
    {
        await using var client = NewClient(Loopback with { AllowedNetworks = [.. Loopback.AllowedNetworks, "::1/128"] }, new FixedResolver().With(Name, ["::1"]));
        RawReceiver receiver;
        try
        {
            receiver = RawReceiver.Answering(Ok, address: IPAddress.IPv6Loopback);
        }
        catch (SocketException)
        {
            var result = await client.PostAsync(Post(new($"http://{Name}:18080/")), CancellationToken.None);
            Assert.Equal((AttemptOutcome.ConnectionRefused, "The receiver's network cannot be reached from here."), (result.Outcome, result.Error));
            return;
        }
        await using var _ = receiver;
        Assert.Equal(200, (await client.PostAsync(Post(receiver.Url(host: Name)), CancellationToken.None)).Status);
        Assert.Equal(200, (await client.PostAsync(Post(receiver.Url(host: "[::1]")), CancellationToken.None)).Status);
    }

    /// <summary>Why the rows h2_* cannot happen: the handshake offers HTTP/1.1 alone, and the request line says so.</summary>
    [Fact]
    public async Task Only_http_1_1_is_spoken()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Issue(Name);
        var negotiated = new TaskCompletionSource<string>();
        await using var receiver = new RawReceiver(async c =>
        {
            var tls = new SslStream(c.Stream);
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificate = certificate,
                    ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                },
                c.Stopped);
            negotiated.SetResult(tls.NegotiatedApplicationProtocol.ToString());
            await tls.ReadExactlyAsync(new byte[10], c.Stopped);
            await tls.WriteAsync(System.Text.Encoding.ASCII.GetBytes(Ok), c.Stopped);
            await c.HangAsync();
        });
        await using var client = NewTrustingClient(authority);

        var result = await client.PostAsync(Post(receiver.Url(scheme: "https", host: Name)), CancellationToken.None);

        Assert.Equal(200, result.Status);
        Assert.Equal("http/1.1", await negotiated.Task.WaitAsync(Generous));
    }

    static EgressClient NewTrustingClient(TestAuthority authority) =>
        NewClient(Loopback with { ExtraRootCertificates = authority.PemPath }, new FixedResolver().With(Name, ["127.0.0.1"]));

    /// <summary>Reads one request, begins to answer, and goes on in its own way.</summary>
    static Func<RawConnection, Task> Begin(string answer, Func<RawConnection, Task> then) => async c =>
    {
        await c.ReadAsync();
        await c.WriteAsync(answer);
        await then(c);
    };

    static Func<RawConnection, Task> Once(string answer) => async c =>
    {
        await c.ReadAsync();
        await c.WriteAsync(answer);
        c.Finish();
    };
}
