using System.Globalization;

namespace Nova.ConformanceTests;

/// <summary>What Nova signs is accepted by receivers that know nothing but the product's document, and nothing else is.</summary>
public sealed class SignatureTests(Receivers receivers)
{
    static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>Product × who verifies.</summary>
    public static TheoryData<string, string> Verifiers
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var documented in Documented.All)
            {
                foreach (var language in Receivers.Languages) data.Add(documented.Product, language);
            }
            foreach (var package in Receivers.Packages) data.Add("standard", package);
            return data;
        }
    }

    /// <summary>The same, for the products that sign a time.</summary>
    public static TheoryData<string, string> VerifiersOfTime =>
        new(Verifiers.Where(row => Documented.Of(row.Data.Item1).SignsTime).Select(row => row.Data));

    [Theory]
    [MemberData(nameof(Verifiers))]
    public async Task Every_event_types_example_is_accepted(string name, string by)
    {
        var product = Definitions.Of(name);
        var secret = Definitions.NewSecret(product);
        var inbox = await receivers.OpenAsync(by, name, secret);

        foreach (var type in product.EventTypes.Keys)
        {
            var answer = await inbox.PostAsync(SignedRequest.Compose(product, type, [secret], Now));
            Assert.True(answer.Status == 200, $"{type}: {answer}");
        }

        var counts = await inbox.CountAsync();
        Assert.NotEqual(0, counts.Received);
        Assert.Equal(product.EventTypes.Count, counts.Verified);
        Assert.Empty(counts.Refused);
    }

    [Theory]
    [MemberData(nameof(Verifiers))]
    public async Task A_test_event_is_signed_like_any_other(string name, string by)
    {
        var product = Definitions.Of(name);
        var secret = Definitions.NewSecret(product);
        var inbox = await receivers.OpenAsync(by, name, secret);

        var answer = await inbox.PostAsync(SignedRequest.Compose(product, product.Test.EventType, [secret], Now, isTest: true));

        Assert.True(answer.Status == 200, answer.ToString());
    }

    [Theory]
    [MemberData(nameof(Verifiers))]
    public async Task Bytes_of_every_kind_are_accepted(string name, string by)
    {
        var product = Definitions.Of(name);
        var secret = Definitions.NewSecret(product);
        var inbox = await receivers.OpenAsync(by, name, secret);
        var type = product.EventTypes.Keys.First();
        string[] data =
        [
            "{}",
            """{ "spaces" :  [ 1.0 , 1e2,-0 ] , "b":{},"a":[] }""",
            """{"text":"Grüße, 東京, 😀, \u00e9, \/ \" \\ \n","__proto__":1}""",
            $$"""{"long":"{{new string('x', 100_000)}}"}""",
        ];

        foreach (var json in data)
        {
            var answer = await inbox.PostAsync(SignedRequest.Compose(product, type, [secret], Now, json));
            Assert.True(answer.Status == 200, $"{json[..Math.Min(json.Length, 60)]}: {answer}");
        }
    }

    [Theory]
    [MemberData(nameof(Verifiers))]
    public async Task One_flipped_byte_is_refused(string name, string by)
    {
        var product = Definitions.Of(name);
        var secret = Definitions.NewSecret(product);
        var inbox = await receivers.OpenAsync(by, name, secret);
        var request = SignedRequest.Compose(product, product.EventTypes.Keys.First(), [secret], Now);

        int[] places = [0, request.Body.Length / 2, request.Body.Length - 1];
        foreach (var place in places)
        {
            var flipped = request.Body.ToArray();
            flipped[place] ^= 1;
            await AssertRefusedAsync(inbox, request.WithBody(flipped), by, "wrong_signature", "No matching signature found");
        }
        await AssertRefusedAsync(inbox, request.WithBody([.. request.Body, (byte)'\n']), by, "wrong_signature", "No matching signature found");
        await AssertRefusedAsync(inbox, request.WithBody(request.Body[..^1]), by, "wrong_signature", "No matching signature found");
        Assert.Equal(0, (await inbox.CountAsync()).Verified);
    }

    [Theory]
    [MemberData(nameof(Verifiers))]
    public async Task A_wrong_secret_is_refused(string name, string by)
    {
        var product = Definitions.Of(name);
        var inbox = await receivers.OpenAsync(by, name, Definitions.NewSecret(product));

        var request = SignedRequest.Compose(product, product.EventTypes.Keys.First(), [Definitions.NewSecret(product)], Now);

        await AssertRefusedAsync(inbox, request, by, "wrong_signature", "No matching signature found");
    }

    [Theory]
    [MemberData(nameof(Verifiers))]
    public async Task A_changed_or_missing_signature_is_refused(string name, string by)
    {
        var product = Definitions.Of(name);
        var secret = Definitions.NewSecret(product);
        var inbox = await receivers.OpenAsync(by, name, secret);
        var request = SignedRequest.Compose(product, product.EventTypes.Keys.First(), [secret], Now);
        var header = Documented.Of(name).Headers.Keys.Single(header => header.Contains("signature", StringComparison.Ordinal));
        var signature = request.Header(header);
        // Not the last character: the last of a base64 text carries bits that mean nothing, and decoders may ignore them.
        var changed = signature[..^5] + (signature[^5] == '0' ? '1' : '0') + signature[^4..];

        await AssertRefusedAsync(inbox, request.WithHeader(header, changed), by, "wrong_signature", "No matching signature found");
        await AssertRefusedAsync(inbox, request.WithHeader(header, signature[..^1]), by, "wrong_signature", "No matching signature found");
        await AssertRefusedAsync(inbox, request.WithoutHeader(header), by, "missing_signature", "Missing required headers");
    }

    [Theory]
    [MemberData(nameof(VerifiersOfTime))]
    public async Task A_request_more_than_five_minutes_old_is_refused(string name, string by)
    {
        var product = Definitions.Of(name);
        var secret = Definitions.NewSecret(product);
        var inbox = await receivers.OpenAsync(by, name, secret);
        var type = product.EventTypes.Keys.First();

        Assert.Equal(200, (await inbox.PostAsync(SignedRequest.Compose(product, type, [secret], Now.AddSeconds(-270)))).Status);
        await AssertRefusedAsync(
            inbox, SignedRequest.Compose(product, type, [secret], Now.AddSeconds(-330)), by, "stale_timestamp", "Message timestamp too old");
        await AssertRefusedAsync(
            inbox, SignedRequest.Compose(product, type, [secret], Now.AddSeconds(330)), by, "stale_timestamp", "Message timestamp too new");
    }

    [Theory]
    [MemberData(nameof(VerifiersOfTime))]
    public async Task A_new_timestamp_on_an_old_request_is_refused(string name, string by)
    {
        var product = Definitions.Of(name);
        var secret = Definitions.NewSecret(product);
        var inbox = await receivers.OpenAsync(by, name, secret);
        var old = SignedRequest.Compose(product, product.EventTypes.Keys.First(), [secret], Now.AddHours(-1));
        var header = Documented.Of(name).Headers.Keys.Single(header => header.Contains("timestamp", StringComparison.Ordinal));

        var renewed = old.WithHeader(header, Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));

        await AssertRefusedAsync(inbox, renewed, by, "wrong_signature", "No matching signature found");
    }

    [Theory]
    [InlineData("node")]
    [InlineData("python")]
    [InlineData("go")]
    [InlineData("standardwebhooks")]
    [InlineData("svix")]
    public async Task While_a_secret_is_rotated_the_old_and_the_new_one_verify(string by)
    {
        var product = Definitions.Of("standard");
        var (old, current) = (Definitions.NewSecret(product), Definitions.NewSecret(product));

        var request = SignedRequest.Compose(product, product.EventTypes.Keys.First(), [current, old], Now);

        Assert.Equal(2, request.Header("webhook-signature").Split(' ').Length);
        foreach (var secret in (string[])[old, current])
        {
            var inbox = await receivers.OpenAsync(by, "standard", secret);
            Assert.Equal(200, (await inbox.PostAsync(request)).Status);
        }
    }

    static async Task AssertRefusedAsync(ReceiverInbox inbox, SignedRequest request, string by, string reason, string packagesReason)
    {
        var answer = await inbox.PostAsync(request);
        Assert.Equal(401, answer.Status);
        Assert.Equal(Receivers.Packages.Contains(by) ? packagesReason : reason, answer.Reason);
    }
}
