using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Nova.IntegrationTests.Egress;
using Nova.UnitTests;

namespace Nova.IntegrationTests.Api;

/// <summary>JWTs by a key set that is served at an URL: read when it is needed, again when keys change, and not more often than that.</summary>
public sealed class KeySetByUrlTests : IAsyncLifetime, IDisposable
{
    readonly FakeClock _clock = new(TimeProvider.System.GetUtcNow());
    readonly RSA _first = RSA.Create(2048);
    readonly RSA _second = RSA.Create(2048);
    readonly TestAuthority _authority = new();
    KeyServer _keys = null!;
    NovaServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _keys = new(_authority);
        _server = await NovaServer.OnSqliteAsync(
            new()
            {
                ["Nova:Products:calls:Jwt:SigningKey"] = null,
                ["Nova:Products:calls:Jwt:Jwks"] = _keys.Url,
                ["Nova:Egress:ExtraRootCertificates"] = _authority.PemPath,
            },
            _clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _keys.DisposeAsync();
        Dispose();
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public async Task A_set_is_read_once_for_many_requests()
    {
        _keys.Serve((_first, "k1"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => GetAsync(_first, "k1")));
        Assert.All(answers, answer => answer.Expect(200));
        Assert.Equal(1, _keys.Reads);
    }

    [Fact]
    public async Task A_key_that_replaces_another_is_taken_at_once_and_the_old_one_is_refused_after_ten_minutes()
    {
        _keys.Serve((_first, "k1"));
        (await GetAsync(_first, "k1")).Expect(200);

        // Published before it is used, as rotations should be; a minute lies between two reads.
        _keys.Serve((_first, "k1"), (_second, "k2"));
        Pass(TimeSpan.FromSeconds(61));
        (await GetAsync(_second, "k2")).Expect(200);
        (await GetAsync(_first, "k1")).Expect(200);
        Assert.Equal(2, _keys.Reads);

        _keys.Serve((_second, "k2"));
        (await GetAsync(_first, "k1")).Expect(200);
        Pass(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(1));
        (await GetAsync(_first, "k1")).ExpectProblem(401, "unauthenticated");
        (await GetAsync(_second, "k2")).Expect(200);
    }

    [Fact]
    public async Task A_key_id_that_nobody_knows_is_refused_and_causes_one_read_a_minute_at_most()
    {
        _keys.Serve((_first, "k1"));
        (await GetAsync(_first, "k1")).Expect(200);
        for (var i = 0; i < 5; i++) (await GetAsync(_first, $"made-up-{i}")).ExpectProblem(401, "unauthenticated");
        Assert.Equal(1, _keys.Reads);
        Pass(TimeSpan.FromSeconds(61));
        for (var i = 0; i < 5; i++) (await GetAsync(_first, $"made-up-{i}")).ExpectProblem(401, "unauthenticated");
        Assert.Equal(2, _keys.Reads);
        // The right id over another's signature.
        (await GetAsync(_second, "k1")).ExpectProblem(401, "unauthenticated");
    }

    [Theory]
    [InlineData(500, "{}")]
    [InlineData(302, "{}")]
    [InlineData(200, "no JSON")]
    public async Task A_server_that_fails_lets_nobody_in_and_shuts_nobody_out(int status, string answer)
    {
        _keys.Fail(status, answer);
        Assert.Equal("60", (await GetAsync(_first, "k1")).ExpectProblem(503, "unready").Headers["Retry-After"]);

        // It is asked again after a minute, and what it says then counts.
        _keys.Serve((_first, "k1"));
        Pass(TimeSpan.FromSeconds(61));
        (await GetAsync(_first, "k1")).Expect(200);

        // What was read goes on while the server is away.
        _keys.Fail(status, answer);
        Pass(TimeSpan.FromMinutes(11));
        (await GetAsync(_first, "k1")).Expect(200);
        // Whether this one is good nobody knows now; a signature that a known key did not make is bad whatever the server says.
        (await GetAsync(_second, "k2")).ExpectProblem(503, "unready");
        (await GetAsync(_second, "k1")).ExpectProblem(401, "unauthenticated");
        _keys.Serve((_first, "k1"));
        Pass(TimeSpan.FromSeconds(61));
        (await GetAsync(_second, "k2")).ExpectProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task A_server_that_is_not_there_lets_nobody_in()
    {
        await _keys.DisposeAsync();
        (await GetAsync(_first, "k1")).ExpectProblem(503, "unready");
    }

    [Fact]
    public async Task A_server_with_a_certificate_of_another_authority_is_not_believed()
    {
        using var other = new TestAuthority();
        await using var impostor = new KeyServer(other);
        impostor.Serve((_first, "k1"));
        await using var server = await NovaServer.OnSqliteAsync(new()
        {
            ["Nova:Products:calls:Jwt:SigningKey"] = null,
            ["Nova:Products:calls:Jwt:Jwks"] = impostor.Url,
            ["Nova:Egress:ExtraRootCertificates"] = _authority.PemPath,
        });
        (await GetAsync(_first, "k1", server)).ExpectProblem(503, "unready");
        Assert.Equal(0, impostor.Reads);
    }

    [Fact]
    public async Task A_set_that_is_too_large_is_not_taken()
    {
        _keys.Fail(200, "{\"keys\":[],\"x\":\"" + new string('x', 300_000) + "\"}");
        (await GetAsync(_first, "k1")).ExpectProblem(503, "unready");
        Assert.Equal(1, _keys.Reads);
    }

    void Pass(TimeSpan time) => _clock.Advance(time);

    Task<ApiAnswer> GetAsync(RSA key, string id, NovaServer? server = null)
    {
        // By the server's clock: it has moved on.
        var now = _clock.GetUtcNow().ToUnixTimeSeconds();
        var payload = $$"""{"iss":"{{NovaServer.CallsIssuer}}","aud":"{{NovaServer.CallsAudience}}","sub":"by-url","exp":{{now + 300}}}""";
        return (server ?? _server).GetAsync(
            "/v1/webhooks",
            TestJwt.Sign(TestJwt.Header("RS256", $",\"kid\":\"{id}\""), payload, bytes => key.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
    }

    /// <summary>Serves a key set, or fails.</summary>
    sealed class KeyServer : IAsyncDisposable
    {
        readonly X509Certificate2 _certificate;
        readonly RawReceiver _receiver;
        volatile string _answer = "";
        int _reads;
        bool _stopped;

        public KeyServer(TestAuthority authority)
        {
            _certificate = authority.Issue("localhost");
            _receiver = new(
                async connection =>
                {
                    if (await connection.ReadAsync() is null) return;
                    Interlocked.Increment(ref _reads);
                    await connection.WriteAsync(_answer);
                },
                _certificate);
        }

        public string Url => $"https://localhost:{_receiver.Port}/jwks.json";

        public int Reads => Volatile.Read(ref _reads);

        public void Serve(params (RSA Key, string Id)[] keys) => Fail(200, JsonSerializer.Serialize(new { keys = keys.Select(key => TestJwt.Jwk(key.Key, key.Id)) }));

        public void Fail(int status, string body) => _answer =
            $"HTTP/1.1 {status} X\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nLocation: http://127.0.0.1:1/\r\nConnection: close\r\n\r\n{body}";

        public async ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _stopped, true)) return;
            await _receiver.DisposeAsync();
            _certificate.Dispose();
        }
    }
}
