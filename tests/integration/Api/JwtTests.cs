using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Nova.IntegrationTests.Api;

/// <summary>JWTs: who comes with a good one is let in, and every known way to come with a bad one is shut.</summary>
public sealed class JwtTests(SqliteServerFixture fixture) : IClassFixture<SqliteServerFixture>
{
    NovaServer Server => fixture.Server;

    [Fact]
    public async Task A_good_token_makes_its_account_at_the_first_request_and_finds_it_at_the_next()
    {
        var name = $"jwt-{Guid.NewGuid():N}";
        (await Server.GetAsync("/v1/webhooks", TestJwt.Good(name))).Expect(200);
        (await Server.GetAsync("/v1/webhooks", TestJwt.Good(name))).Expect(200);
        var account = Assert.Single((await Server.GetAsync($"/v1/accounts?external_id={name}", NovaServer.OperatorKey)).Data);
        Assert.Equal("calls", account.GetProperty("product").GetString());
    }

    [Fact]
    public async Task Many_first_requests_at_once_make_one_account()
    {
        var name = $"jwt-{Guid.NewGuid():N}";
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Server.GetAsync("/v1/webhooks", TestJwt.Good(name))));
        Assert.All(answers, answer => answer.Expect(200));
        Assert.Single((await Server.GetAsync($"/v1/accounts?external_id={name}", NovaServer.OperatorKey)).Data);
    }

    [Fact]
    public async Task The_environment_claim_chooses_the_environment()
    {
        var name = $"jwt-{Guid.NewGuid():N}";
        var made = (await Server.PostAsync("/v1/webhooks", TestJwt.Good(name, "sandbox"), new { url = "http://127.0.0.1:18080/", events = new[] { "call.ended" } })).Expect(201);
        (await Server.GetAsync($"/v1/webhooks/{made.Text("id")}", TestJwt.Good(name, "sandbox"))).Expect(200);
        (await Server.GetAsync($"/v1/webhooks/{made.Text("id")}", TestJwt.Good(name))).ExpectProblem(404, "not-found");
        (await Server.GetAsync("/v1/webhooks", TestJwt.Good(name, "staging"))).ExpectProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task A_subject_that_is_called_like_another_account_s_id_is_refused()
    {
        var other = TestJwt.Good($"jwt-{Guid.NewGuid():N}");
        (await Server.PostAsync("/v1/webhooks", other, new { url = "http://127.0.0.1:18080/", events = new[] { "call.ended" } })).Expect(201);
        var victim = (await Server.GetAsync("/v1/accounts?product=calls", NovaServer.OperatorKey)).Data[0].GetProperty("id").GetString()!;
        // Not an account of that external id either: an event for it would go to the other.
        var before = await Server.FingerprintAsync();
        (await Server.GetAsync("/v1/webhooks", TestJwt.Good(victim))).ExpectProblem(401, "unauthenticated");
        Assert.Equal(before, await Server.FingerprintAsync());
    }

    [Fact]
    public async Task A_subject_that_is_an_address_has_an_account_which_operators_name_by_nova_s_id()
    {
        var subject = $"https://people.example/{Guid.NewGuid():N}";
        (await Server.GetAsync("/v1/webhooks", TestJwt.Good(subject))).Expect(200);
        var id = (await Server.GetAsync($"/v1/accounts?external_id={Uri.EscapeDataString(subject)}", NovaServer.OperatorKey)).Expect(200).Data[0].GetProperty("id").GetString();
        (await Server.GetAsync($"/v1/accounts/{id}", NovaServer.OperatorKey)).Expect(200);
    }

    public static TheoryData<string> BadTokens() => new(Bad.Keys);

    static readonly Dictionary<string, Func<string>> Bad = new()
    {
        ["no signature"] = () => TestJwt.Unsigned(TestJwt.Header("none"), TestJwt.Payload("evil")),
        ["alg none in capitals"] = () => TestJwt.Unsigned(TestJwt.Header("NONE"), TestJwt.Payload("evil")),
        ["alg none with a signature"] = () => TestJwt.Hs256(TestJwt.Header("none"), TestJwt.Payload("evil")),
        ["another key"] = () => TestJwt.Hs256(TestJwt.Header("HS256"), TestJwt.Payload("evil"), "another-signing-key-0123456789abcdef012345"),
        ["another algorithm of the same key"] = () => TestJwt.Sign(TestJwt.Header("HS512"), TestJwt.Payload("evil"),
            bytes => HMACSHA512.HashData(Encoding.UTF8.GetBytes(NovaServer.CallsSigningKey), bytes)),
        ["another issuer"] = () => TestJwt.Hs256(TestJwt.Header("HS256"), TestJwt.Payload("evil", issuer: "https://evil.example")),
        ["another audience"] = () => TestJwt.Hs256(TestJwt.Header("HS256"), TestJwt.Payload("evil", audience: "nova-embed")),
        ["no audience"] = () => TestJwt.Hs256(TestJwt.Header("HS256"), $$"""{"iss":"{{NovaServer.CallsIssuer}}","sub":"evil","exp":{{TestJwt.Now + 300}}}"""),
        ["no subject"] = () => TestJwt.Hs256(TestJwt.Header("HS256"), $$"""{"iss":"{{NovaServer.CallsIssuer}}","aud":"{{NovaServer.CallsAudience}}","exp":{{TestJwt.Now + 300}}}"""),
        ["expired a minute ago"] = () => TestJwt.Hs256(TestJwt.Header("HS256"), TestJwt.Payload("evil", expiresIn: -60)),
        ["no expiry"] = () => TestJwt.Hs256(TestJwt.Header("HS256"), $$"""{"iss":"{{NovaServer.CallsIssuer}}","aud":"{{NovaServer.CallsAudience}}","sub":"evil"}"""),
        ["not valid yet"] = () => TestJwt.Hs256(TestJwt.Header("HS256"), TestJwt.Payload("evil", more: $",\"nbf\":{TestJwt.Now + 120}")),
        ["another type"] = () => TestJwt.Hs256("""{"alg":"HS256","typ":"dpop+jwt"}""", TestJwt.Payload("evil")),
        ["a kid that nobody knows"] = () => TestJwt.Hs256(TestJwt.Header("HS256", ",\"kid\":\"../../dev/null\""), TestJwt.Payload("evil")),
        ["an embedded key"] = () => TestJwt.Hs256(TestJwt.Header("HS256", ",\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}"), TestJwt.Payload("evil"), new string('\0', 3)),
        ["crit"] = () => TestJwt.Hs256(TestJwt.Header("HS256", ",\"crit\":[\"b64\"],\"b64\":false"), TestJwt.Payload("evil")),
        ["a claim twice"] = () => TestJwt.Hs256(TestJwt.Header("HS256"), TestJwt.Payload("good", more: ",\"sub\":\"evil\"")),
        ["a header member twice"] = () => TestJwt.Hs256(TestJwt.Header("HS256", ",\"alg\":\"HS256\""), TestJwt.Payload("evil")),
        ["one flipped byte"] = () => TestJwt.Good("evil")[..^2] + (TestJwt.Good("evil")[^2] == 'A' ? "BA" : "AA"),
        ["a payload that is no JSON"] = () => TestJwt.Hs256(TestJwt.Header("HS256"), "evil"),
        ["a subject that is no text"] = () => TestJwt.Hs256(TestJwt.Header("HS256"), $$"""{"iss":"{{NovaServer.CallsIssuer}}","aud":"{{NovaServer.CallsAudience}}","sub":{"a":1},"exp":{{TestJwt.Now + 300}}}"""),
        ["half a megabyte"] = () => "eyJ" + new string('a', 20_000) + ".eyJ.x",
    };

    [Theory]
    [MemberData(nameof(BadTokens))]
    public async Task A_token_is_refused_that_has(string fault)
    {
        var before = await Server.FingerprintAsync();
        var answer = (await Server.GetAsync("/v1/webhooks", Bad[fault]())).ExpectProblem(401, "unauthenticated");
        Assert.DoesNotContain("evil", answer.Body, StringComparison.Ordinal);
        Assert.Equal(before, await Server.FingerprintAsync());
    }

    [Fact]
    public async Task A_token_is_for_customers_only() =>
        (await Server.GetAsync("/v1/accounts", TestJwt.Good("someone"))).ExpectProblem(401, "unauthenticated");

    [Fact]
    public async Task A_key_set_verifies_rs256_and_es256_by_their_key_ids_and_never_hs256()
    {
        using var rsa = RSA.Create(2048);
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var stranger = RSA.Create(2048);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { keys = new object[] { TestJwt.Jwk(rsa, "r1"), TestJwt.Jwk(ec, "e1") } }));
        await using var server = await NovaServer.OnSqliteAsync(new()
        {
            ["Nova:Products:calls:Jwt:SigningKey"] = null,
            ["Nova:Products:calls:Jwt:Jwks"] = file,
        });
        var payload = TestJwt.Payload("jwks");
        byte[] Rs256(RSA key, byte[] bytes) => key.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        byte[] Es256(byte[] bytes) => ec.SignData(bytes, HashAlgorithmName.SHA256);

        (await server.GetAsync("/v1/webhooks", TestJwt.Sign(TestJwt.Header("RS256", ",\"kid\":\"r1\""), payload, bytes => Rs256(rsa, bytes)))).Expect(200);
        (await server.GetAsync("/v1/webhooks", TestJwt.Sign(TestJwt.Header("ES256", ",\"kid\":\"e1\""), payload, Es256))).Expect(200);
        // One RSA key in the set: a token that names none can only mean that one.
        (await server.GetAsync("/v1/webhooks", TestJwt.Sign(TestJwt.Header("RS256"), payload, bytes => Rs256(rsa, bytes)))).Expect(200);

        foreach (var bad in (string[])
        [
            TestJwt.Sign(TestJwt.Header("RS256", ",\"kid\":\"r1\""), payload, bytes => Rs256(stranger, bytes)),
            TestJwt.Sign(TestJwt.Header("RS256", ",\"kid\":\"r2\""), payload, bytes => Rs256(rsa, bytes)),
            TestJwt.Sign(TestJwt.Header("RS256", ",\"kid\":\"e1\""), payload, bytes => Rs256(rsa, bytes)),
            TestJwt.Sign(TestJwt.Header("PS256", ",\"kid\":\"r1\""), payload, bytes => rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)),
            // The classic: the public key, which everybody has, as the key of an HMAC.
            TestJwt.Hs256(TestJwt.Header("HS256", ",\"kid\":\"r1\""), payload, rsa.ExportSubjectPublicKeyInfoPem()),
            TestJwt.Good("jwks"),
        ])
            (await server.GetAsync("/v1/webhooks", bad)).ExpectProblem(401, "unauthenticated");
        File.Delete(file);
    }

    [Theory]
    [InlineData("exp", "\"tomorrow\"")]
    [InlineData("exp", "1e300")]
    [InlineData("exp", "null")]
    [InlineData("nbf", "\"0\"")]
    [InlineData("iat", "[1]")]
    [InlineData("iat", "-1")]
    public async Task A_time_that_is_none_is_said_to_be_the_fault(string claim, string value)
    {
        var time = claim == "exp" ? "" : $"\"exp\":{TestJwt.Now + 300},";
        var payload = $$"""{{{time}}"iss":"{{NovaServer.CallsIssuer}}","aud":"{{NovaServer.CallsAudience}}","sub":"evil","{{claim}}":{{value}}}""";
        var answer = (await Server.GetAsync("/v1/webhooks", TestJwt.Hs256(TestJwt.Header("HS256"), payload))).ExpectProblem(401, "unauthenticated");
        Assert.Contains($"\"{claim}\" is no number", answer.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_may_be_good_until_the_last_of_all_years()
    {
        var payload = $$"""{"iss":"{{NovaServer.CallsIssuer}}","aud":"{{NovaServer.CallsAudience}}","sub":"jwt-{{Guid.NewGuid():N}}","exp":253402300799,"nbf":0}""";
        (await Server.GetAsync("/v1/webhooks", TestJwt.Hs256(TestJwt.Header("HS256"), payload))).Expect(200);
    }

    [Fact]
    public async Task A_subject_with_half_of_a_surrogate_pair_is_said_to_be_the_fault()
    {
        var answer = (await Server.GetAsync("/v1/webhooks", TestJwt.Hs256(TestJwt.Header("HS256"), TestJwt.Payload("x").Replace("\"x\"", "\"\\ud800\"")))).ExpectProblem(401, "unauthenticated");
        Assert.Contains("surrogate", answer.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Times_may_have_decimals()
    {
        var payload = TestJwt.Payload($"jwt-{Guid.NewGuid():N}", more: $",\"iat\":{TestJwt.Now - 10}.25,\"nbf\":{TestJwt.Now - 10}.75");
        (await Server.GetAsync("/v1/webhooks", TestJwt.Hs256(TestJwt.Header("HS256"), payload))).Expect(200);
    }
}
