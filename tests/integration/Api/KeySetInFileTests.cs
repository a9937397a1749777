using System.Security.Cryptography;
using System.Text.Json;
using Nova.UnitTests;

namespace Nova.IntegrationTests.Api;

/// <summary>JWTs by a key set in a file, which may become unreadable while the server runs: that is no fault of who comes with a token.</summary>
public sealed class KeySetInFileTests : IAsyncLifetime, IDisposable
{
    readonly FakeClock _clock = new(TimeProvider.System.GetUtcNow());
    readonly RSA _first = RSA.Create(2048);
    readonly RSA _second = RSA.Create(2048);
    readonly string _file = Path.Combine(Path.GetTempPath(), $"nova-jwks-{Guid.NewGuid():N}.json");
    NovaServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        Write(_first, "k1");
        _server = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Dispose();
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        File.Delete(_file);
    }

    [Fact]
    public async Task A_file_that_has_gone_before_it_was_needed_is_told_as_a_fault_of_the_server()
    {
        File.Delete(_file);
        Assert.Equal("60", (await GetAsync(_first, "k1")).ExpectProblem(503, "unready").Headers["Retry-After"]);
        // An algorithm that no key set is for is refused without one.
        (await _server.GetAsync("/v1/webhooks", TestJwt.Good("by-file"))).ExpectProblem(401, "unauthenticated");

        Write(_first, "k1");
        _clock.Advance(TimeSpan.FromSeconds(61));
        (await GetAsync(_first, "k1")).Expect(200);
        (await GetAsync(_second, "k2")).ExpectProblem(401, "unauthenticated");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{\"keys\":[{\"kty\":\"RSA\"")]
    public async Task The_keys_of_before_go_on_while_the_file_cannot_be_read(string? content)
    {
        (await GetAsync(_first, "k1")).Expect(200);
        if (content is null) File.Delete(_file);
        else await File.WriteAllTextAsync(_file, content);
        _clock.Advance(TimeSpan.FromMinutes(11));
        (await GetAsync(_first, "k1")).Expect(200);
        (await GetAsync(_second, "k1")).ExpectProblem(401, "unauthenticated");
        (await GetAsync(_second, "k2")).ExpectProblem(503, "unready");
    }

    [Theory]
    [InlineData("keys", "no JSON Web Key Set")]
    [InlineData("{}", "no key of type RSA or EC")]
    [InlineData("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", "no key of type RSA or EC")]
    public async Task A_file_without_keys_stops_the_start(string content, string words)
    {
        await File.WriteAllTextAsync(_file, content);
        var fault = await Assert.ThrowsAsync<NovaConfigurationException>(StartAsync);
        Assert.Contains("Nova:Products:calls:Jwt:Jwks", fault.Message, StringComparison.Ordinal);
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
    }

    Task<NovaServer> StartAsync() => NovaServer.OnSqliteAsync(
        new() { ["Nova:Products:calls:Jwt:SigningKey"] = null, ["Nova:Products:calls:Jwt:Jwks"] = _file }, _clock);

    void Write(RSA key, string id) => File.WriteAllText(_file, JsonSerializer.Serialize(new { keys = new[] { TestJwt.Jwk(key, id) } }));

    Task<ApiAnswer> GetAsync(RSA key, string id)
    {
        var payload = $$"""{"iss":"{{NovaServer.CallsIssuer}}","aud":"{{NovaServer.CallsAudience}}","sub":"by-file","exp":{{_clock.GetUtcNow().ToUnixTimeSeconds() + 300}}}""";
        return _server.GetAsync(
            "/v1/webhooks",
            TestJwt.Sign(TestJwt.Header("RS256", $",\"kid\":\"{id}\""), payload, bytes => key.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
    }
}
