using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Nova.Products;
using Nova.UnitTests.Products;
using Nova.Verifying;

namespace Nova.UnitTests.Verifying;

/// <summary>Each mistake is made here by hand, in every product in which it can be made, and must be named.</summary>
public class SignatureDebuggerTests
{
    const string Json = """{"event":"x","b":{"z":1,"a":[1.50,true,null,"é <&> / \"q\""]},"a":"Noël"}""";

    static readonly DateTimeOffset Now = Wire.AttemptTime.AddSeconds(10);

    public static TheoryData<string> All => ["embed", "partner", "calls", "kit", "standard"];
    public static TheoryData<string> WithPrefixOfSignature => ["partner", "calls", "standard"];
    public static TheoryData<string> WithoutPrefixOfSignature => ["embed", "kit"];
    public static TheoryData<string> Hexadecimal => ["embed", "partner", "calls", "kit"];
    public static TheoryData<string> WithTimestamp => ["kit", "standard"];
    public static TheoryData<string> WithPrefixOfSecret => ["embed", "kit", "standard"];

    /// <summary>A request of a product, with what may be done to it and asked of it.</summary>
    sealed class Case
    {
        public Case(string product)
        {
            Product = BuiltInProducts.All[product];
            (Secret, OtherSecret) = (NewSecret(Product), NewSecret(Product));
            Scheme = Product.Request.Signatures[0];
            Body = Bytes(Json);
            Sign(Body);
        }

        public Product Product { get; }
        public SignatureScheme Scheme { get; }
        public string Secret { get; }
        public string OtherSecret { get; }
        public byte[] Body { get; set; }
        public Dictionary<string, string> Headers { get; set; } = [];
        public DateTimeOffset Now { get; set; } = SignatureDebuggerTests.Now;

        public string Signature { get => Headers[Scheme.Header]; set => Headers[Scheme.Header] = value; }

        /// <summary>The header with what is around the signature, and the signature changed.</summary>
        public void Change(Func<string, string> change)
        {
            var prefix = string.Concat(Scheme.Value.Parts.TakeWhile(part => part.Literal is not null).Select(part => part.Literal));
            Signature = prefix + change(Signature[prefix.Length..]);
        }

        /// <summary>Signs with the given key and content instead.</summary>
        public void SignWith(byte[] key, byte[] content) => Change(_ => Scheme.Encoding == SignatureEncoding.Hex
            ? Convert.ToHexStringLower(HMACSHA256.HashData(key, content))
            : Convert.ToBase64String(HMACSHA256.HashData(key, content)));

        public byte[] Content(byte[] body) => Product.Name switch
        {
            "kit" => [.. Bytes("1778401802:"), .. body],
            "standard" => [.. Bytes("evt_1.1778401802."), .. body],
            _ => body,
        };

        public void Sign(byte[] body, string? secret = null) => Headers = Wire.Headers(Product, "x", body, [secret ?? Secret]);

        public KnownEndpoint Endpoint(string id, string secret) =>
            new(id, "https://hooks.example.com/nova?x=1", [Product.Request.DeriveKeys(Product.Secret.ToStored(secret))]);

        public KnownEndpoint Mine => Endpoint("ep_mine", Secret);
        public KnownEndpoint Other => Endpoint("ep_other", OtherSecret);

        public SignatureReport Ask(string? secret, KnownEndpoint? endpoint, params KnownEndpoint[] known) => SignatureDebugger.Debug(new()
        {
            Product = Product, Headers = [.. Headers], Body = Body, Now = Now, Secret = secret, Endpoint = endpoint, Known = known,
        });

        /// <summary>Asks in each way in which one can, and wants the same answer.</summary>
        public SignatureReport Expect(string finding)
        {
            SignatureReport[] reports =
            [
                Ask(Secret, null, Mine, Other), Ask(null, Mine, Mine, Other), Ask(Secret, Mine, Mine, Other), Ask(null, null, Other, Mine),
            ];
            foreach (var report in reports)
            {
                Assert.Equal(finding, report.Finding);
                Assert.Equal(finding == SignatureFinding.Verified, report.Verified);
                HoldsNothingSecret(report);
            }
            return reports[0];
        }

        public SignatureReport Expect(string finding, SignatureReport report)
        {
            Assert.Equal(finding, report.Finding);
            HoldsNothingSecret(report);
            return report;
        }

        /// <summary>Neither a secret, nor a part of one, nor a signature, in whichever form.</summary>
        void HoldsNothingSecret(SignatureReport report)
        {
            var text = report.ToString();
            foreach (var secret in (string[])[Secret, OtherSecret])
            {
                Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
                Assert.DoesNotContain(secret[^12..], text, StringComparison.Ordinal);
                var key = Scheme.DeriveKey(Product.Secret.ToStored(secret), Product.Secret);
                Assert.DoesNotContain(Convert.ToHexString(key)[..16], text, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain(Convert.ToBase64String(key)[..12], text, StringComparison.Ordinal);
                var hash = HMACSHA256.HashData(key, Content(Body));
                Assert.DoesNotContain(Convert.ToHexString(hash)[..16], text, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain(Convert.ToBase64String(hash)[..12], text, StringComparison.Ordinal);
            }
            foreach (var value in Headers.Values.Where(value => value.Length > 40)) Assert.DoesNotContain(value, text, StringComparison.Ordinal);
        }
    }

    static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    static string NewSecret(Product product) => product.Secret.ChosenByCustomer ? Convert.ToHexString(RandomNumberGenerator.GetBytes(24)) : product.Secret.Generate();

    static byte[] Key(Case request) => request.Scheme.DeriveKey(request.Product.Secret.ToStored(request.Secret), request.Product.Secret);

    [Theory, MemberData(nameof(All))]
    public void A_request_as_it_was_sent(string product)
    {
        var report = new Case(product).Expect(SignatureFinding.Verified);
        Assert.Equal("ep_mine", report.Endpoint);
    }

    [Theory, MemberData(nameof(All))]
    public void Names_of_headers_in_another_case(string product)
    {
        var request = new Case(product);
        request.Headers = request.Headers.ToDictionary(header => header.Key.ToUpperInvariant(), header => $" {header.Value} ");
        request.Expect(SignatureFinding.Verified);
    }

    [Fact]
    public void Each_of_two_secrets_while_one_replaces_the_other()
    {
        var request = new Case("standard");
        request.Headers = Wire.Headers(request.Product, "x", request.Body, [request.OtherSecret, request.Secret]);
        request.Expect(SignatureFinding.Verified);
        request.Expect(SignatureFinding.Verified, request.Ask(request.OtherSecret, null, request.Mine, request.Other));
        request.Headers["webhook-signature"] += " v1a,c29tZXRoaW5nIGVsc2U=";
        request.Expect(SignatureFinding.Verified);
    }

    [Theory, MemberData(nameof(All))]
    public void Wrong_secret(string product)
    {
        var request = new Case(product);
        var wrong = NewSecret(request.Product);
        Assert.Equal("ep_mine", request.Expect(SignatureFinding.WrongSecret, request.Ask(wrong, null, request.Mine, request.Other)).Endpoint);
        request.Expect(SignatureFinding.WrongSecret, request.Ask(wrong, request.Mine, request.Mine, request.Other));
        // Nobody's request, and nobody's secret.
        request.Expect(SignatureFinding.WrongSecret, request.Ask(wrong, null, request.Other));
        // Signed before the secret was replaced, and verified with the one of then.
        request.Expect(SignatureFinding.WrongSecret, request.Ask(request.Secret, request.Other, request.Other));
    }

    [Fact]
    public void A_secret_that_cannot_be_one() =>
        Assert.Equal(SignatureFinding.WrongSecret, new Case("standard") is var request ? request.Ask("not base64!", null, request.Mine).Finding : "");

    [Theory, MemberData(nameof(All))]
    public void Secret_of_another_endpoint(string product)
    {
        var request = new Case(product);
        // The receiver of "other" got a request of "mine", or verifies one with the other's secret.
        Assert.Equal("ep_mine", request.Expect(SignatureFinding.SecretOfAnotherEndpoint, request.Ask(null, request.Other, request.Mine, request.Other)).Endpoint);
        request.Expect(SignatureFinding.SecretOfAnotherEndpoint, request.Ask(request.OtherSecret, null, request.Mine, request.Other));
        request.Expect(SignatureFinding.SecretOfAnotherEndpoint, request.Ask(request.OtherSecret, request.Mine, request.Mine, request.Other));
        request.Expect(SignatureFinding.SecretOfAnotherEndpoint, request.Ask(request.Secret, request.Other, request.Mine, request.Other));
        request.Body = "{}"u8.ToArray();
        request.Expect(SignatureFinding.SecretOfAnotherEndpoint, request.Ask(request.OtherSecret, request.Mine, request.Mine, request.Other));
    }

    [Theory, MemberData(nameof(All))]
    public void Body_changed(string product)
    {
        var request = new Case(product);
        request.Body = Bytes(Json.Replace("true", "false", StringComparison.Ordinal));
        request.Expect(SignatureFinding.BodyChanged);
        request.Body = "not JSON"u8.ToArray();
        request.Expect(SignatureFinding.BodyChanged);
        request.Body = [];
        request.Expect(SignatureFinding.BodyChanged);
        request.Body = [0xFF, 0x00, (byte)'\n', 0xC0];
        request.Expect(SignatureFinding.BodyChanged);
        request.Body = Bytes("""{"a":"\ud800"}""");
        request.Expect(SignatureFinding.BodyChanged);
    }

    [Theory, MemberData(nameof(All))]
    public void Body_reserialised_and_then_given(string product)
    {
        // What was signed is Nova's compact JSON; what is given is what a framework made of it.
        foreach (var given in (string[])
        [
            """{"event": "x", "b": {"z": 1, "a": [1.50, true, null, "\u00e9 <&> / \"q\""]}, "a": "No\u00ebl"}""",
            """{"event":"x","b":{"z":1,"a":[1.50,true,null,"\u00e9 <&> \/ \"q\""]},"a":"No\u00ebl"}""",
            "{\n  \"event\": \"x\",\n  \"b\": {\"z\": 1, \"a\": [1.50, true, null, \"é <&> / \\\"q\\\"\"]},\n  \"a\": \"Noël\"\n}",
        ])
        {
            var request = new Case(product) { Body = Bytes(given) };
            Assert.Contains("JSON.stringify", request.Expect(SignatureFinding.BodyReserialised).Detail, StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Body_reserialised_and_then_signed(string product)
    {
        // The body is given as it came; the receiver's program computed the signature over what it had made of it.
        foreach (var (signed, words) in ((string, string)[])
        [
            ("""{"event": "x", "b": {"z": 1, "a": [1.50, true, null, "\u00e9 <&> / \"q\""]}, "a": "No\u00ebl"}""", "json.dumps does it"),
            ("""{"event": "x", "b": {"z": 1, "a": [1.50, true, null, "é <&> / \"q\""]}, "a": "Noël"}""", "ensure_ascii=False"),
            ("""{"event":"x","b":{"z":1,"a":[1.50,true,null,"\u00e9 <&> \/ \"q\""]},"a":"No\u00ebl"}""", "json_encode"),
            ("""{"event":"x","b":{"z":1,"a":[1.50,true,null,"é \u003c\u0026\u003e / \"q\""]},"a":"Noël"}""", "encoding/json"),
            ("""{"event":"x","b":{"z":1,"a":[1.50,true,null,"\u00E9 \u003C\u0026\u003E / \u0022q\u0022"]},"a":"No\u00EBl"}""", "System.Text.Json"),
            ("""{"a":"Noël","b":{"a":[1.50,true,null,"é <&> / \"q\""],"z":1},"event":"x"}""", "sorted by name"),
            ("""{"a": "No\u00ebl", "b": {"a": [1.50, true, null, "\u00e9 <&> / \"q\""], "z": 1}, "event": "x"}""", "sorted by name"),
            ("{\n  \"event\": \"x\",\n  \"b\": {\n    \"z\": 1,\n    \"a\": [\n      1.50,\n      true,\n      null,\n      \"é <&> / \\\"q\\\"\"\n    ]\n  },\n  \"a\": \"Noël\"\n}", "two spaces"),
        ])
        {
            var request = new Case(product);
            request.Sign(Bytes(signed));
            Assert.Contains(words, request.Expect(SignatureFinding.BodyReserialised).Detail, StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Trailing_newline(string product)
    {
        foreach (var (signed, given) in ((string, string)[])[(Json, Json + "\n"), (Json, Json + "\r\n"), (Json + "\n", Json), (Json + "\r\n", Json), (Json + "\r\n", Json + "\n")])
        {
            var request = new Case(product);
            request.Sign(Bytes(signed));
            request.Body = Bytes(given);
            request.Expect(SignatureFinding.TrailingNewline);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Bom_or_crlf(string product)
    {
        const string Lines = "{\n\"a\":\"é\"\n}";
        var crlf = Lines.Replace("\n", "\r\n", StringComparison.Ordinal);
        foreach (var (signed, given) in ((string, string)[])[(Json, "\uFEFF" + Json), ("\uFEFF" + Json, Json), (Lines, crlf), (crlf, Lines)])
        {
            var request = new Case(product);
            request.Sign(Bytes(signed));
            request.Body = Bytes(given);
            request.Expect(SignatureFinding.BomOrCrlf);
        }
    }

    [Theory, MemberData(nameof(WithPrefixOfSignature))]
    public void Missing_prefix(string product)
    {
        var request = new Case(product);
        request.Signature = request.Signature[(request.Signature.IndexOfAny(['=', ',']) + 1)..];
        Assert.Contains("The signature itself is right", request.Expect(SignatureFinding.MissingPrefix).Detail, StringComparison.Ordinal);
        request.Body = "{}"u8.ToArray();
        Assert.DoesNotContain("The signature itself is right", request.Expect(SignatureFinding.MissingPrefix).Detail, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(WithoutPrefixOfSignature))]
    public void Unexpected_prefix(string product)
    {
        foreach (var prefix in (string[])["sha256=", "v1=", "0x", "mine: "])
        {
            var request = new Case(product);
            request.Signature = prefix + request.Signature;
            Assert.Contains("The signature itself is right", request.Expect(SignatureFinding.UnexpectedPrefix).Detail, StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(WithPrefixOfSignature))]
    public void Another_prefix_or_twice_the_same(string product)
    {
        var request = new Case(product);
        var sent = request.Signature;
        request.Signature = "v0=" + sent[(sent.IndexOfAny(['=', ',']) + 1)..];
        request.Expect(SignatureFinding.UnexpectedPrefix);
        request.Signature = sent[..(sent.IndexOfAny(['=', ',']) + 1)] + sent;
        request.Expect(SignatureFinding.UnexpectedPrefix);
    }

    [Theory, MemberData(nameof(Hexadecimal))]
    public void Base64_for_hex(string product)
    {
        var request = new Case(product);
        request.Change(hex => Convert.ToBase64String(Convert.FromHexString(hex)));
        Assert.Contains("The signature itself is right", request.Expect(SignatureFinding.Base64ForHex).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Hex_for_base64()
    {
        var request = new Case("standard");
        request.Change(base64 => Convert.ToHexStringLower(Convert.FromBase64String(base64)));
        Assert.Contains("The signature itself is right", request.Expect(SignatureFinding.HexForBase64).Detail, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Hexadecimal))]
    public void Upper_case_hex(string product)
    {
        var request = new Case(product);
        request.Change(hex => hex.ToUpperInvariant());
        Assert.Contains("The signature itself is right", request.Expect(SignatureFinding.UpperCaseHex).Detail, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(All))]
    public void Signature_truncated(string product)
    {
        foreach (var kept in (int[])[43, 40, 8, 1])
        {
            var request = new Case(product);
            request.Change(signature => signature[..kept]);
            request.Expect(SignatureFinding.SignatureTruncated);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void A_part_of_a_signature_is_never_compared(string product)
    {
        var (right, wrong) = (new Case(product), new Case(product));
        right.Change(signature => signature[..40]);
        wrong.Change(_ => new string('a', 40));
        Assert.Equal(wrong.Ask(null, wrong.Mine).Detail, right.Ask(null, right.Mine).Detail);
    }

    [Theory, MemberData(nameof(All))]
    public void Signature_malformed(string product)
    {
        foreach (var value in (string[])["", " ", "sha256=", "§", "undefined", "{signature}", new('!', 64), new('a', 4000)])
        {
            var request = new Case(product) { Signature = value };
            Assert.Contains(request.Ask(null, request.Mine).Finding, (string[])[SignatureFinding.SignatureMalformed, SignatureFinding.SignatureTruncated]);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Header_missing(string product)
    {
        var request = new Case(product);
        request.Headers.Remove(request.Scheme.Header);
        Assert.Equal(request.Scheme.Header, request.Expect(SignatureFinding.HeaderMissing).Header);
    }

    [Fact]
    public void Another_header_that_is_signed_missing()
    {
        var request = new Case("standard");
        request.Headers.Remove("webhook-id");
        Assert.Contains("webhook-id", request.Expect(SignatureFinding.HeaderMissing).Detail, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(WithTimestamp))]
    public void Timestamp_missing(string product)
    {
        var request = new Case(product);
        var name = TimestampHeader(request);
        request.Headers[name] = "yesterday";
        request.Expect(SignatureFinding.TimestampMissing);
        request.Headers.Remove(name);
        request.Expect(SignatureFinding.TimestampMissing);
    }

    [Theory, MemberData(nameof(WithTimestamp))]
    public void Timestamp_in_milliseconds(string product)
    {
        var request = new Case(product);
        request.Headers[TimestampHeader(request)] += "000";
        request.Expect(SignatureFinding.TimestampInMilliseconds);
    }

    [Theory, MemberData(nameof(WithTimestamp))]
    public void Timestamp_outside_tolerance(string product)
    {
        var sent = DateTimeOffset.FromUnixTimeSeconds(Wire.AttemptTime.ToUnixTimeSeconds());
        foreach (var seconds in (int[])[-301, 301, 86400])
            Assert.Equal(sent, new Case(product) { Now = sent.AddSeconds(seconds) }.Expect(SignatureFinding.TimestampOutsideTolerance).Timestamp);
        foreach (var seconds in (int[])[-300, 300]) new Case(product) { Now = sent.AddSeconds(seconds) }.Expect(SignatureFinding.Verified);
    }

    [Theory, MemberData(nameof(WithTimestamp))]
    public void Timestamp_not_signed(string product)
    {
        var request = new Case(product);
        request.SignWith(Key(request), request.Body);
        request.Expect(SignatureFinding.TimestampNotSigned);
    }

    [Theory, MemberData(nameof(WithTimestamp))]
    public void A_timestamp_beyond_all_times(string product)
    {
        var request = new Case(product);
        request.Headers[TimestampHeader(request)] = new string('9', 18);
        request.Expect(SignatureFinding.TimestampInMilliseconds);
        request.Headers[TimestampHeader(request)] = new string('9', 40);
        request.Expect(SignatureFinding.TimestampMissing);
    }

    [Theory, MemberData(nameof(WithPrefixOfSecret))]
    public void Secret_prefix_stripped(string product)
    {
        var request = new Case(product);
        // Copied without its prefix.
        request.Expect(SignatureFinding.SecretPrefixStripped, request.Ask(request.Secret["whsec_".Length..], null, request.Mine, request.Other));
        if (product == "standard") return;
        // Taken off by the receiver's program.
        request.SignWith(Bytes(request.Secret["whsec_".Length..]), request.Content(request.Body));
        request.Expect(SignatureFinding.SecretPrefixStripped);
    }

    [Fact]
    public void Secret_prefix_kept()
    {
        var request = new Case("standard");
        request.SignWith(Bytes(request.Secret), request.Content(request.Body));
        request.Expect(SignatureFinding.SecretPrefixKept);
    }

    [Fact]
    public void Secret_not_decoded()
    {
        var request = new Case("standard");
        request.SignWith(Bytes(request.Secret["whsec_".Length..]), request.Content(request.Body));
        request.Expect(SignatureFinding.SecretNotDecoded);
    }

    [Fact]
    public void Secret_not_hashed()
    {
        var request = new Case("calls");
        request.SignWith(Bytes(request.Secret), request.Body);
        request.Expect(SignatureFinding.SecretNotHashed, request.Ask(request.Secret, null, request.Mine));
        request.Expect(SignatureFinding.SecretNotHashed, request.Ask(request.Secret, request.Mine, request.Mine));
    }

    [Fact]
    public void Secret_hash_not_hex()
    {
        var request = new Case("calls");
        request.SignWith(SHA256.HashData(Bytes(request.Secret)), request.Body);
        request.Expect(SignatureFinding.SecretHashNotHex, request.Ask(request.Secret, null, request.Mine));
    }

    [Fact]
    public void A_format_with_its_timestamp_in_the_signature_s_own_header()
    {
        using var folder = DefinitionFolder.Of("lead",
            """
            { "name": "lead", "title": "T", "envelope": { "d": "{data}" },
              "signatures": [{ "header": "Sig", "algorithm": "hmac-sha512", "content": "{timestamp.ms}.{url}.{body}", "key": "secret", "encoding": "hex",
                               "lead": "t={timestamp.ms},", "value": "v1={signature}", "separator": "," }],
              "secret": { "prefix": "whsec_", "rotation_overlap": "24h" }, "retry": { "delays": ["0s"] }, "timeout": "10s" }
            """, "x");
        var product = ProductLoader.Load(folder.Path)["lead"];
        var secret = product.Secret.Generate();
        var endpoint = new KnownEndpoint("ep_1", "https://hooks.example.com/nova?x=1", [product.Request.DeriveKeys(product.Secret.ToStored(secret))]);
        var header = Wire.Headers(product, "x", Bytes(Json), [secret, "whsec_older"])["Sig"];
        string Ask(string value) => SignatureDebugger.Debug(new()
        {
            Product = product, Headers = [new("sig", value)], Body = Bytes(Json), Now = Now, Endpoint = endpoint, Known = [endpoint],
        }).Finding;

        Assert.Equal(SignatureFinding.Verified, Ask(header));
        Assert.Equal(SignatureFinding.Verified, Ask(header + ",v0=abc"));
        Assert.Equal(SignatureFinding.TimestampMissing, Ask(header[(header.IndexOf(',') + 1)..]));
        Assert.Equal(SignatureFinding.TimestampInSeconds, Ask("t=1778401802" + header[header.IndexOf(',')..]));
        Assert.Equal(SignatureFinding.BodyChanged, Ask(header.Replace("t=1778401802345", "t=1778401802346", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_product_that_does_not_sign()
    {
        using var folder = DefinitionFolder.Of("plain",
            """
            { "name": "plain", "title": "T", "envelope": { "d": "{data}" }, "signatures": [], "secret": {}, "retry": { "delays": ["0s"] }, "timeout": "10s" }
            """, "x");
        var product = ProductLoader.Load(folder.Path)["plain"];
        Assert.Equal(SignatureFinding.NotSigned, SignatureDebugger.Debug(new() { Product = product, Headers = [], Body = "{}"u8.ToArray(), Now = Now, Known = [] }).Finding);
    }

    [Fact]
    public void The_largest_body_against_many_endpoints_ends_soon()
    {
        var request = new Case("standard");
        // Deep and full of short items: each indent costs more than what it indents.
        var deep = string.Concat(Enumerable.Repeat("[", 60)) + string.Join(',', Enumerable.Repeat("\"é\"", 50_000)) + string.Concat(Enumerable.Repeat("]", 60));
        request.Body = Bytes(deep);
        Assert.InRange(request.Body.Length, SignatureDebugger.MostBody - 20_000, SignatureDebugger.MostBody);
        var known = Enumerable.Range(0, 100).Select(i => request.Endpoint($"ep_{i}", NewSecret(request.Product))).ToArray();
        var watch = Stopwatch.StartNew();
        var report = request.Ask(null, null, known);
        Assert.Equal(SignatureFinding.BodyChanged, report.Finding);
        Assert.Contains("Not everything could be tried", report.Detail, StringComparison.Ordinal);
        // A tenth of it is usual; the limit is for a machine that is busy with other things.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
    }

    [Fact]
    public void Every_finding_is_documented_and_no_other()
    {
        var names = typeof(SignatureFinding).GetFields().Select(field => (string)field.GetRawConstantValue()!).Order();
        var documented = File.ReadLines(Path.Combine(BuiltInProducts.Repository, "docs", "verifying.md"))
            .SkipWhile(line => line != "## Findings").Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('`')[1]).Order();
        Assert.Equal(names, documented);
    }

    static string TimestampHeader(Case request) => request.Product.Request.Headers.Single(header => header.Value.Has(Placeholder.Timestamp)).Name;
}
