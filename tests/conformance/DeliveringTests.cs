using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nova.Model;
using Nova.Products;
using Nova.TestSupport;

namespace Nova.ConformanceTests;

/// <summary>The engine delivers as the documents promise: to real receivers, on SQLite, by a clock that the test moves.</summary>
public sealed class DeliveringTests(Receivers receivers)
{
    /// <summary>Ten days, in seconds: the engine's clock runs ahead of the receivers' by as much as a whole schedule lasts.</summary>
    const int Tolerance = 864_000;

    /// <summary>What the clock stops short of a due time: the least that the store can tell apart.</summary>
    static readonly TimeSpan Hair = TimeSpan.FromMilliseconds(2);

    /// <summary>Twice the longest delay of any product: whatever were still to come would have come.</summary>
    static readonly TimeSpan WellAfter = TimeSpan.FromDays(2);

    /// <summary>Product × language.</summary>
    public static TheoryData<string, string> Languages =>
        new(SignatureTests.Verifiers.Where(row => Receivers.Languages.Contains(row.Data.Item2)).Select(row => row.Data));

    [Theory]
    [MemberData(nameof(Languages))]
    public async Task Each_attempt_starts_at_its_documented_time_and_none_follows_the_last(string name, string language)
    {
        var documented = Documented.Of(name);
        var product = Definitions.Of(name);
        var (secret, type) = (Definitions.NewSecret(product), product.EventTypes.Keys.First());
        var inbox = await receivers.OpenAsync(language, name, secret, new { status = 503, tolerance = Tolerance });
        await using var engine = await SteppedEngine.StartAsync(product);
        await engine.AddEndpointAsync(inbox.Url, secret, type);

        var eventId = await engine.PublishAsync(type);
        var attempt = await engine.NextAsync();
        Assert.Equal(engine.Clock.Now, attempt.Record.Attempt!.StartedAt);
        foreach (var documentedDelay in documented.Delays.Skip(1))
        {
            var delay = documentedDelay * (1 + documented.Jitter * engine.Jitter);
            await engine.AdvanceAsync(delay - Hair);
            var waiting = (await engine.ReadAsync(attempt.Delivery.Id)).Delivery;
            Assert.Equal((DeliveryState.Pending, attempt.Record.Attempt!.Number), (waiting.State, waiting.AttemptCount));

            await engine.AdvanceAsync(Hair);
            attempt = await engine.NextAsync();
            Assert.Equal(engine.Clock.Now, attempt.Record.Attempt!.StartedAt);
        }

        Assert.Equal(DeliveryState.Failed, attempt.Record.State);
        await engine.AdvanceAsync(WellAfter);
        var ended = await engine.ReadAsync(attempt.Delivery.Id);
        Assert.Equal((DeliveryState.Failed, documented.Delays.Length), (ended.Delivery.State, ended.Attempts.Count));
        Assert.Null(ended.Delivery.NextAttemptAt);

        // What the receiver saw: every signature held, each with its own time; and the same body, byte for byte.
        var requests = inbox.Requests;
        Assert.Equal(documented.Delays.Length, requests.Count);
        Assert.All(requests, request => Assert.True(request.Verified, request.Reason));
        Assert.All(requests, request => Assert.Equal(requests[0].BodyBase64, request.BodyBase64));
        Assert.All(requests, request => WireTests.AssertHeaders(documented, request, type, secret, eventId));
        Assert.Equal(documented.SignsTime ? requests.Count : 1, requests.Select(Signature).Distinct().Count());
        Assert.Single(requests.Select(request => request.Id).Distinct());

        string Signature(RecordedRequest request) =>
            request.Headers.Single(header => header[0].Contains("signature", StringComparison.OrdinalIgnoreCase))[1];
    }

    [Theory]
    [MemberData(nameof(SignatureTests.Verifiers), MemberType = typeof(SignatureTests))]
    public async Task Every_event_type_is_delivered_and_verified(string name, string by)
    {
        var product = Definitions.Of(name);
        var secret = Definitions.NewSecret(product);
        var inbox = await receivers.OpenAsync(by, name, secret);
        await using var engine = await SteppedEngine.StartAsync(product);

        foreach (var type in product.EventTypes.Keys)
        {
            await engine.AddEndpointAsync(inbox.Url, secret, type);
            await engine.PublishAsync(type);
            var attempt = await engine.NextAsync();
            Assert.True(attempt.Record.State == DeliveryState.Delivered, $"{type}: {attempt.Record.Error}");
        }

        var counts = await inbox.CountAsync();
        Assert.Equal((product.EventTypes.Count, product.EventTypes.Count), (counts.Received, counts.Verified));
    }

    [Theory]
    [MemberData(nameof(WireTests.Products), MemberType = typeof(WireTests))]
    public async Task Nothing_follows_a_success(string name)
    {
        var product = Definitions.Of(name);
        var (secret, type) = (Definitions.NewSecret(product), product.EventTypes.Keys.First());
        var inbox = await receivers.OpenAsync("node", name, secret, new { script = (int[])[500, 204], tolerance = Tolerance });
        await using var engine = await SteppedEngine.StartAsync(product);
        await engine.AddEndpointAsync(inbox.Url, secret, type);

        await engine.PublishAsync(type);
        var first = await engine.NextAsync();
        await engine.AdvanceAsync(first.Record.RetryIn);
        var second = await engine.NextAsync();
        await engine.AdvanceAsync(WellAfter);

        Assert.Equal((DeliveryState.Pending, DeliveryState.Delivered), (first.Record.State, second.Record.State));
        Assert.Equal(DeliveryState.Delivered, (await engine.ReadAsync(second.Delivery.Id)).Delivery.State);
        Assert.Equal(2, (await inbox.CountAsync()).Received);
    }

    [Theory]
    [MemberData(nameof(WireTests.Products), MemberType = typeof(WireTests))]
    public async Task A_client_error_is_final_for_partner_and_retried_for_the_others(string name)
    {
        var documented = Documented.Of(name);
        var product = Definitions.Of(name);
        var (secret, type) = (Definitions.NewSecret(product), product.EventTypes.Keys.First());
        var inbox = await receivers.OpenAsync("node", name, secret);
        await using var engine = await SteppedEngine.StartAsync(product);
        await engine.AddEndpointAsync(inbox.Url, secret, type);

        foreach (var status in (int[])[302, 400, 401, 403, 404, 408, 422, 429, 499])
        {
            await inbox.ChangeAsync(new { status });
            await engine.PublishAsync(type);
            var attempt = await engine.NextAsync();
            Assert.Equal(status, attempt.Record.Attempt!.StatusCode);
            Assert.True(attempt.Record.State == (documented.ClientErrorIsFinal ? DeliveryState.Failed : DeliveryState.Pending), $"{status}: {attempt.Record.State}");
        }
    }

    [Theory]
    [MemberData(nameof(WireTests.Products), MemberType = typeof(WireTests))]
    public async Task A_server_error_is_retried(string name)
    {
        var product = Definitions.Of(name);
        var (secret, type) = (Definitions.NewSecret(product), product.EventTypes.Keys.First());
        var inbox = await receivers.OpenAsync("node", name, secret);
        await using var engine = await SteppedEngine.StartAsync(product);
        await engine.AddEndpointAsync(inbox.Url, secret, type);

        foreach (var status in (int[])[500, 502, 503, 504, 599])
        {
            await inbox.ChangeAsync(new { status });
            await engine.PublishAsync(type);
            var attempt = await engine.NextAsync();
            Assert.True(attempt.Record.State == DeliveryState.Pending, $"{status}: {attempt.Record.State}");
        }
    }

    [Fact]
    public async Task Gone_is_final_for_standard_and_disables_the_endpoint()
    {
        var product = Definitions.Of("standard");
        var (secret, type) = (Definitions.NewSecret(product), product.EventTypes.Keys.First());
        var inbox = await receivers.OpenAsync("node", "standard", secret, new { status = 410 });
        await using var engine = await SteppedEngine.StartAsync(product);
        var endpoint = await engine.AddEndpointAsync(inbox.Url, secret, type);

        await engine.PublishAsync(type);

        Assert.Equal(DeliveryState.Failed, (await engine.NextAsync()).Record.State);
        Assert.Equal("gone", await engine.WhenDisabledAsync(endpoint));
    }

    [Fact]
    public async Task The_tenth_failed_delivery_in_a_row_disables_an_endpoint_of_kit()
    {
        var documented = Documented.Kit;
        var product = Definitions.Of("kit");
        var (secret, type) = (Definitions.NewSecret(product), product.EventTypes.Keys.First());
        var inbox = await receivers.OpenAsync("node", "kit", secret, new { status = 500, tolerance = Tolerance });
        await using var engine = await SteppedEngine.StartAsync(product);
        var endpoint = await engine.AddEndpointAsync(inbox.Url, secret, type);

        await FailAsync(9);
        Assert.True(engine.EndpointOf(endpoint).Enabled);
        await FailAsync(1);

        Assert.Equal(DisableRule.ConsecutiveFailures, await engine.WhenDisabledAsync(endpoint));
        Assert.Equal(10 * documented.Delays.Length, (await inbox.CountAsync()).Received);

        async Task FailAsync(int deliveries)
        {
            for (var i = 0; i < deliveries; i++) await engine.PublishAsync(type);
            foreach (var delay in documented.Delays)
            {
                if (delay > TimeSpan.Zero) await engine.AdvanceAsync(delay);
                for (var i = 0; i < deliveries; i++) await engine.NextAsync();
            }
        }
    }

    [Theory]
    [MemberData(nameof(WireTests.Products), MemberType = typeof(WireTests))]
    public async Task A_delay_counts_from_the_end_of_the_attempt_before(string name)
    {
        var documented = Documented.Of(name);
        var product = Definitions.Of(name);
        var type = product.EventTypes.Keys.First();
        var delay = documented.Delays[1];
        var answer = new TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var receiver = await TestReceiver.StartAsync();
        receiver.OnRequest = _ => answer.Task;
        await using var engine = await SteppedEngine.StartAsync(product);
        engine.Jitter = 0;
        await engine.AddEndpointAsync(receiver.Url, Definitions.NewSecret(product), type);

        await engine.PublishAsync(type);
        await receiver.NextAsync();
        await engine.AdvanceAsync(TimeSpan.FromSeconds(2));
        answer.SetResult(new(503));
        var first = await engine.NextAsync();
        receiver.Status = 200;
        await engine.AdvanceAsync(delay - Hair);
        Assert.Equal(DeliveryState.Pending, (await engine.ReadAsync(first.Delivery.Id)).Delivery.State);
        await engine.AdvanceAsync(Hair);
        var second = await engine.NextAsync();

        Assert.Equal(first.Record.Attempt!.StartedAt + TimeSpan.FromSeconds(2) + delay, second.Record.Attempt!.StartedAt);
        Assert.Equal(DeliveryState.Delivered, second.Record.State);
    }

    [Theory]
    [MemberData(nameof(WireTests.Products), MemberType = typeof(WireTests))]
    public async Task An_attempt_is_given_up_after_the_documented_time(string name)
    {
        var documented = Documented.Of(name);
        var product = Definitions.Of(name);
        var type = product.EventTypes.Keys.First();
        var never = new TaskCompletionSource<Answer>();
        await using var receiver = await TestReceiver.StartAsync();
        receiver.OnRequest = _ => never.Task;
        await using var engine = await SteppedEngine.StartAsync(product);
        await engine.AddEndpointAsync(receiver.Url, Definitions.NewSecret(product), type);

        await engine.PublishAsync(type);
        await receiver.NextAsync();
        await engine.PassAsync(documented.Timeout - Hair);
        Assert.False(engine.HasRecorded);
        engine.Clock.Advance(Hair);
        var attempt = await engine.NextAsync();
        never.SetCanceled();

        Assert.Equal((AttemptOutcome.Timeout, DeliveryState.Pending), (attempt.Record.Attempt!.Outcome, attempt.Record.State));
    }

    [Fact]
    public async Task The_customers_own_headers_of_kit_arrive_beside_the_documented_ones()
    {
        var product = Definitions.Of("kit");
        var (secret, type) = (Definitions.NewSecret(product), product.EventTypes.Keys.First());
        var inbox = await receivers.OpenAsync("go", "kit", secret);
        await using var engine = await SteppedEngine.StartAsync(product);
        await engine.AddEndpointAsync(inbox.Url, secret, type, [new("Authorization", "Bearer of-the-customer"), new("X-Team", "blue")]);

        var eventId = await engine.PublishAsync(type);
        Assert.Equal(DeliveryState.Delivered, (await engine.NextAsync()).Record.State);

        var headers = new Dictionary<string, string>(Documented.Kit.Headers) { ["authorization"] = "Bearer of-the-customer", ["x-team"] = "blue" };
        WireTests.AssertHeaders(Documented.Kit with { Headers = headers }, Assert.Single(inbox.Requests), type, secret, eventId);
    }

    [Fact]
    public async Task The_test_of_embed_is_marked_and_signed_as_documented()
    {
        var product = Definitions.Of("embed");
        var secret = Definitions.NewSecret(product);
        var inbox = await receivers.OpenAsync("python", "embed", secret);
        await using var engine = await SteppedEngine.StartAsync(product);
        var endpoint = await engine.AddEndpointAsync(inbox.Url, secret, "score.completed");

        var delivery = await engine.ReadAsync(await engine.SendTestAsync(endpoint));

        Assert.Equal(DeliveryState.Delivered, delivery.Delivery.State);
        var request = Assert.Single(inbox.Requests);
        Assert.True(request.Verified, request.Reason);
        WireTests.AssertHeaders(Documented.Embed, request, "test", secret, "");
        using var body = JsonDocument.Parse(request.BodyBase64);
        Assert.Equal(["event", "message", "timestamp"], body.RootElement.EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task The_secret_of_calls_is_in_the_store_in_no_form_but_its_hash()
    {
        var product = Definitions.Of("calls");
        var (secret, type) = (Definitions.NewSecret(product), product.EventTypes.Keys.First());
        var inbox = await receivers.OpenAsync("go", "calls", secret, new { script = (int[])[500, 200] });
        await using var engine = await SteppedEngine.StartAsync(product);
        var endpoint = await engine.AddEndpointAsync(inbox.Url, secret, type);

        // Through everything that writes: endpoint, event, delivery, both attempts with their headers.
        await engine.PublishAsync(type);
        await engine.AdvanceAsync((await engine.NextAsync()).Record.RetryIn);
        Assert.Equal(DeliveryState.Delivered, (await engine.NextAsync()).Record.State);
        Assert.Equal(2, (await inbox.CountAsync()).Verified);

        var kept = engine.Box.Open(engine.EndpointOf(endpoint).Secrets.Single().Sealed, endpoint.Value);
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(secret)), kept);

        var files = Directory.GetFiles(engine.Folder, "nova.db*").Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).ToArray();
        Assert.Contains(files, file => new FileInfo(file).Length > 0);
        foreach (var file in files)
        {
            var bytes = ReadShared(file);
            foreach (var (form, text) in FormsOf(secret))
            {
                Assert.True(bytes.AsSpan().IndexOf(text) < 0, $"{Path.GetFileName(file)} holds the secret as {form}.");
            }
        }
        // The search itself works: the event type, which is no secret, is found.
        Assert.Contains(files, file => ReadShared(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(type)) >= 0);
    }

    /// <summary>Every way in which a text is likely to be written down; of base64 the three that the place in a longer text makes.</summary>
    static IEnumerable<(string Form, byte[] Bytes)> FormsOf(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        yield return ("itself", bytes);
        yield return ("UTF-16", Encoding.Unicode.GetBytes(secret));
        yield return ("hex", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes)));
        yield return ("HEX", Encoding.ASCII.GetBytes(Convert.ToHexString(bytes)));
        for (var shift = 0; shift < 3; shift++)
        {
            // The characters that depend on nothing but the secret.
            var inner = Convert.ToBase64String([.. new byte[shift], .. bytes])[(shift == 0 ? 0 : 4)..^4];
            yield return ("base64", Encoding.ASCII.GetBytes(inner));
            yield return ("base64url", Encoding.ASCII.GetBytes(inner.Replace('+', '-').Replace('/', '_')));
        }
        var withoutPrefix = secret[(secret.IndexOf('_', StringComparison.Ordinal) + 1)..];
        yield return ("itself without its prefix", Encoding.UTF8.GetBytes(withoutPrefix));
        if (withoutPrefix.Length % 4 == 0 && Convert.TryFromBase64String(withoutPrefix, new byte[withoutPrefix.Length], out var length))
        {
            yield return ("the bytes that it is the base64 of", Convert.FromBase64String(withoutPrefix)[..length]);
        }
    }

    static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
