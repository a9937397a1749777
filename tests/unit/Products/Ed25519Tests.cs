using System.Text;
using Nova.Products;
using Nova.Verifying;

namespace Nova.UnitTests.Products;

public class Ed25519Tests
{
    const string Signatures =
        """
        { "header": "webhook-signature", "algorithm": "hmac-sha256", "content": "{id}.{timestamp}.{body}", "key": "base64-after-prefix",
          "encoding": "base64", "value": "v1,{signature}", "separator": " " },
        { "header": "webhook-signature", "algorithm": "ed25519", "content": "{id}.{timestamp}.{body}", "key": "key-pair",
          "encoding": "base64", "value": "v1a,{signature}", "separator": " " }
        """;

    const string AsymmetricOnly =
        """
        { "header": "webhook-signature", "algorithm": "ed25519", "content": "{id}.{timestamp}.{body}", "key": "key-pair",
          "encoding": "base64", "value": "v1a,{signature}", "separator": " " }
        """;

    const string Secret = """{ "prefix": "whsec_", "format": "base64", "rotation_overlap": "24h" }""";

    static readonly byte[] Body = """{"a":1}"""u8.ToArray();

    static DefinitionFolder Folder(string signatures, string secret = Secret) => DefinitionFolder.Of("signed",
        $$"""
        { "name": "signed", "title": "T", "envelope": { "...": "{data}" }, "headers": { "webhook-id": "{event.id}", "webhook-timestamp": "{timestamp}" },
          "signatures": [{{signatures}}], "secret": {{secret}}, "retry": { "delays": ["0s"] }, "timeout": "10s" }
        """, "push");

    static Product Load(string signatures, string secret = Secret)
    {
        using var folder = Folder(signatures, secret);
        return ProductLoader.Load(folder.Path)["signed"];
    }

    static string Compose(Product product, DateTimeOffset time, byte[] body, params byte[][] stored)
    {
        var lines = new List<HeaderLine>();
        product.Request.Compose(
            new()
            {
                Event = Wire.Event("push", default, "msg_p5jXN8AQM9LWM0D4loKWxJek"), Delivery = Wire.Delivery, Timestamp = time, Attempt = 1, Url = "",
                Body = body, Keys = [.. stored.Select(one => product.Request.DeriveKeys(one))],
            },
            lines);
        return lines.Single(line => line.Name == "webhook-signature").Value;
    }

    [Theory] // RFC 8032, section 7.1, tests 1 to 3.
    [InlineData("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [InlineData("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    public void The_vectors_of_the_RFC(string seed, string publicKey, string content, string expected)
    {
        var signature = new byte[Ed25519.SignatureBytes];

        Assert.True(Ed25519.IsSupported);
        Assert.Equal(Ed25519.SignatureBytes, Ed25519.Sign(Convert.FromHexString(seed), Convert.FromHexString(content), signature));
        Assert.Equal(expected, Convert.ToHexStringLower(signature));
        Assert.Equal(publicKey, Convert.ToHexStringLower(Ed25519.PublicKeyOf(Convert.FromHexString(seed))));
    }

    /// <summary>The vector that the test of Svix's server, the v1a of the open standard, is known by.</summary>
    [Fact]
    public void The_vector_of_the_open_standard()
    {
        var stored = "unused\nwhsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="u8.ToArray();

        Assert.Equal(
            "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
            Compose(Load(AsymmetricOnly), DateTimeOffset.FromUnixTimeSeconds(1614265330), """{"test": 2432232314}"""u8.ToArray(), stored));
        Assert.Equal("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=", KeyPair.PublicKeyOf(stored));
    }

    [Fact]
    public void Every_secret_has_a_key_pair_of_its_own_and_both_sign_in_one_header()
    {
        var product = Load(Signatures);
        var secret = product.Secret.Generate();
        var (one, two) = (product.Secret.ToStored(secret), product.Secret.ToStored(secret));

        var parts = Compose(product, Wire.AttemptTime, Body, one).Split(' ');
        var hmacOnly = Compose(Load(Signatures[..Signatures.LastIndexOf("{ \"header\"", StringComparison.Ordinal)].TrimEnd().TrimEnd(',')), Wire.AttemptTime, Body, Encoding.UTF8.GetBytes(secret));

        Assert.Equal(2, parts.Length);
        Assert.Equal(hmacOnly, parts[0]);
        Assert.StartsWith("v1a,", parts[1]);
        Assert.Equal(64, Convert.FromBase64String(parts[1]["v1a,".Length..]).Length);
        Assert.NotEqual(KeyPair.PublicKeyOf(one), KeyPair.PublicKeyOf(two));
        Assert.Equal(KeyPair.PublicKeyOf(one), product.Request.DeriveKeys(one).PublicKey);
        Assert.Equal(secret, Encoding.UTF8.GetString(KeyPair.Without(one)));
        Assert.Single(product.Request.HeaderNames, name => name == "webhook-signature");
    }

    [Fact]
    public void While_a_secret_is_rotated_the_old_key_pair_signs_too()
    {
        var product = Load(Signatures);
        byte[][] stored = [product.Secret.ToStored(product.Secret.Generate()), product.Secret.ToStored(product.Secret.Generate())];

        var versions = Compose(product, Wire.AttemptTime, Body, stored).Split(' ').Select(part => part.Split(',')[0]);

        Assert.Equal(["v1", "v1", "v1a", "v1a"], versions);
    }

    [Fact]
    public void A_secret_from_before_the_definition_asked_for_a_key_pair_signs_as_it_did()
    {
        var product = Load(Signatures);
        var before = Encoding.UTF8.GetBytes(product.Secret.Generate());

        Assert.StartsWith("v1,", Compose(product, Wire.AttemptTime, Body, before));
        Assert.DoesNotContain("v1a", Compose(product, Wire.AttemptTime, Body, before), StringComparison.Ordinal);
        Assert.Null(product.Request.DeriveKeys(before).PublicKey);
    }

    [Theory]
    [InlineData(false, "verified")]
    [InlineData(true, "body_changed")]
    public void The_debugger_tries_the_endpoints_own_key_pairs_and_passes_over_secrets_that_have_none(bool changed, string finding)
    {
        var product = Load(AsymmetricOnly);
        var (pair, none) = (product.Request.DeriveKeys(product.Secret.ToStored("whsec_a")), product.Request.DeriveKeys("whsec_b"u8.ToArray()));
        var lines = new List<HeaderLine>();
        product.Request.Compose(
            new() { Event = Wire.Event("push", default), Delivery = Wire.Delivery, Timestamp = Wire.AttemptTime, Attempt = 1, Url = "", Body = Body, Keys = [pair] },
            lines);

        var report = SignatureDebugger.Debug(new()
        {
            Product = product, Headers = [.. lines.Select(line => KeyValuePair.Create(line.Name, line.Value))], Now = Wire.AttemptTime,
            Body = changed ? """{"a":2}"""u8.ToArray() : Body, Secret = null, Endpoint = null, Known = [new("ep_2", "", [none]), new("ep_1", "", [pair])],
        });

        Assert.Equal(finding, report.Finding);
        Assert.Equal(changed ? null : "ep_1", report.Endpoint);
    }

    [Fact]
    public void A_product_that_signs_by_key_pair_alone_gives_no_secret_away()
    {
        Assert.False(Load(AsymmetricOnly, """{ "shown": "never", "rotation_overlap": "24h" }""").Secret.IsGivenAway);
        Assert.True(Load(AsymmetricOnly).Secret.IsGivenAway);
    }

    [Fact]
    public void A_hash_cannot_hold_a_key_pair()
    {
        using var folder = Folder(AsymmetricOnly, """{ "kept": "sha256", "rotation_overlap": "24h" }""");

        Assert.Contains(folder.Faults(), fault => fault.Pointer == "/signatures/0/key" && fault.Reason.Contains("cannot be made from it", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\" \"", "\",\"")]
    [InlineData("\"v1a,{signature}\", \"separator\"", "\"v1a,{signature}\", \"lead\": \"a\", \"separator\"")]
    public void Two_signatures_share_a_header_only_where_they_make_one_list(string old, string changed)
    {
        var at = Signatures.LastIndexOf(old, StringComparison.Ordinal);
        using var folder = Folder(Signatures[..at] + changed + Signatures[(at + old.Length)..]);

        Assert.Contains(folder.Faults(), fault => fault.Pointer == "/signatures/1/header" && fault.Reason.Contains("another header", StringComparison.Ordinal));
    }
}
