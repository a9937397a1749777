using Nova.Model;
using Nova.Products;

namespace Nova.UnitTests.Products;

/// <summary>The values that the documents state, pinned: schedules, timeouts, verdicts, disable rules, secrets, plans.</summary>
public class DialectTests
{
    static Product Of(string name) => BuiltInProducts.All[name];

    [Theory]
    [InlineData("embed", "0 60 300 1800", 30)]
    [InlineData("partner", "0 30 60 120", 3)]
    [InlineData("calls", "0 1 5 30", 10)]
    [InlineData("kit", "0 30 120 600 3600", 10)]
    [InlineData("standard", "0 5 300 1800 7200 18000 36000 50400 72000 86400", 20)]
    public void Schedule_and_timeout(string name, string delays, int timeout)
    {
        var retry = Of(name).Retry;
        var seconds = delays.Split(' ').Select(double.Parse).ToArray();

        Assert.Equal(seconds.Length, retry.Attempts);
        for (var attempt = 1; attempt <= retry.Attempts; attempt++)
            Assert.Equal(seconds[attempt - 1], retry.DelayBefore(attempt, null, () => 0)!.Value.TotalSeconds);
        Assert.Null(retry.DelayBefore(retry.Attempts + 1, null, () => 0));
        Assert.Null(retry.DelayBefore(retry.Attempts + 1, TimeSpan.FromMinutes(1), () => 0));
        Assert.Equal(timeout, Of(name).Timeout.TotalSeconds);
    }

    [Theory]
    [InlineData("embed", 0)]
    [InlineData("partner", 0)]
    [InlineData("calls", 0)]
    [InlineData("kit", 0)]
    [InlineData("standard", 0.1)]
    public void Jitter_only_ever_adds(string name, double most)
    {
        var retry = Of(name).Retry;
        foreach (var random in (double[])[0, 0.25, 0.5, 0.999999])
        {
            for (var attempt = 2; attempt <= retry.Attempts; attempt++)
            {
                var plain = retry.Delays[attempt - 1];
                Assert.Equal(plain + plain * (most * random), retry.DelayBefore(attempt, null, () => random)!.Value);
            }
        }
    }

    [Theory]
    [InlineData(10, 300)] // Never earlier than the schedule.
    [InlineData(400, 400)]
    [InlineData(100_000, 86_400)] // At most 24 hours.
    [InlineData(0, 300)]
    [InlineData(-5, 300)]
    public void Retry_after_can_only_make_the_wait_longer(int asked, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Of("standard").Retry.DelayBefore(3, TimeSpan.FromSeconds(asked), () => 0));

    [Theory]
    [InlineData("standard", 429, true)]
    [InlineData("standard", 503, true)]
    [InlineData("standard", 500, false)]
    [InlineData("embed", 429, false)]
    [InlineData("embed", 503, false)]
    [InlineData("partner", 503, false)]
    [InlineData("calls", 429, false)]
    [InlineData("kit", 503, false)]
    public void Retry_after_is_honoured_where_the_product_says_so(string name, int status, bool honoured) =>
        Assert.Equal(honoured, Of(name).Outcome.HonoursRetryAfter(status));

    // Statuses:                    101  200  204  299  301  308  400  404  410  429  500  503  599  600  999
    [Theory]
    [InlineData("embed", "R    S    S    S    R    R    R    R    R    R    R    R    R    R    R")]
    [InlineData("partner", "R    S    S    S    F    F    F    F    F    F    R    R    R    R    R")]
    [InlineData("calls", "R    S    S    S    R    R    R    R    R    R    R    R    R    R    R")]
    [InlineData("kit", "R    S    S    S    R    R    R    R    R    R    R    R    R    R    R")]
    [InlineData("standard", "R    S    S    S    R    R    R    R    D    R    R    R    R    R    R")]
    public void What_a_status_means(string name, string verdicts)
    {
        int[] statuses = [101, 200, 204, 299, 301, 308, 400, 404, 410, 429, 500, 503, 599, 600, 999];
        var rule = Of(name).Outcome;
        var judged = statuses.Select(status => rule.Judge(rule.Name(status), status) switch
        {
            Verdict.Success => "S", Verdict.Retry => "R", Verdict.Final => "F", _ => "D",
        });

        Assert.Equal(verdicts.Split(' ', StringSplitOptions.RemoveEmptyEntries), judged);
    }

    [Theory]
    [InlineData(200, "delivered")]
    [InlineData(302, "redirect")]
    [InlineData(410, "gone")]
    [InlineData(404, "http_status")]
    [InlineData(500, "http_status")]
    [InlineData(101, "http_status")]
    public void What_a_status_is_called(int status, string name) => Assert.Equal(name, OutcomeNames.Of(Of("kit").Outcome.Name(status)));

    [Fact]
    public void Whatever_kept_an_answer_from_coming_is_retried()
    {
        foreach (var outcome in Enum.GetValues<AttemptOutcome>().Where(outcome => outcome >= AttemptOutcome.Timeout))
        {
            foreach (var product in BuiltInProducts.All.Values)
            {
                var verdict = product.Outcome.Judge(outcome, null);
                Assert.Equal(outcome == AttemptOutcome.EndpointGone ? Verdict.Final : Verdict.Retry, verdict);
            }
        }
    }

    [Fact]
    public void Kit_disables_after_ten_failed_deliveries_in_a_row()
    {
        var rule = Of("kit").Disable;

        Assert.Null(rule.Decide(Health(9, Days(-100)), Wire.EventTime));
        Assert.Equal("consecutive_failures", rule.Decide(Health(10, Days(0)), Wire.EventTime));
    }

    [Fact]
    public void Standard_disables_after_five_days_without_success()
    {
        var rule = Of("standard").Disable;

        Assert.Null(rule.Decide(Health(10_000, Days(-5).AddSeconds(1)), Wire.EventTime));
        Assert.Null(rule.Decide(Health(10_000, null), Wire.EventTime));
        Assert.Equal("no_success", rule.Decide(Health(1, Days(-5)), Wire.EventTime));
    }

    [Theory]
    [InlineData("embed")]
    [InlineData("partner")]
    [InlineData("calls")]
    public void The_others_never_disable(string name) => Assert.Null(Of(name).Disable.Decide(Health(1_000_000, Days(-3650)), Wire.EventTime));

    [Theory]
    [InlineData("embed", "^whsec_[0-9A-Za-z]{43}$", true, false, false)]
    [InlineData("calls", "^[0-9A-Za-z]{43}$", false, true, true)]
    [InlineData("kit", "^whsec_[0-9A-Za-z]{43}$", false, true, false)]
    [InlineData("standard", "^whsec_[0-9A-Za-z+/]{43}=$", true, false, false)]
    public void Secrets(string name, string pattern, bool onDemand, bool once, bool hashed)
    {
        var secret = Of(name).Secret;
        var made = secret.Generate();

        Assert.Matches(pattern, made);
        Assert.NotEqual(made, secret.Generate());
        Assert.Equal((onDemand, once, hashed, false), (secret.ShownOnDemand, secret.ShownOnce, secret.KeptAsHash, secret.ChosenByCustomer));
        Assert.Equal(name == "standard" ? TimeSpan.FromHours(24) : TimeSpan.Zero, secret.RotationOverlap);
    }

    [Theory]
    [InlineData("12345678", true)]
    [InlineData("pk-éclair-12345", false)]
    [InlineData("with space inside", false)]
    [InlineData("line\nbreak", false)]
    [InlineData("1234567", false)]
    [InlineData("!\"#$%&'()*+,-./~", true)]
    public void A_partner_chooses_a_key_that_a_header_can_hold(string key, bool fine)
    {
        var secret = Of("partner").Secret;

        Assert.True(secret.ChosenByCustomer);
        Assert.Equal(fine, secret.Check(key) is null);
        Assert.NotNull(secret.Check(new('k', 257)));
    }

    [Theory]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true)]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false)]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", false)]
    [InlineData("whsec_AAAAAAAAAAAAAAAA", false)]
    [InlineData("whsec_----------------------------------------", false)]
    public void A_key_that_is_base64_is_checked_as_such(string secret, bool fine) => Assert.Equal(fine, Of("standard").Secret.Check(secret) is null);

    [Theory]
    [InlineData("kit", "free", 0, 0)]
    [InlineData("kit", "pro", 5, 16)]
    [InlineData("kit", "business", 20, 16)]
    [InlineData("kit", "cli_team", 20, 16)]
    [InlineData("kit", null, 0, 0)]
    [InlineData("embed", null, 5, 16)]
    [InlineData("partner", null, 6, 0)]
    public void Plans(string name, string? plan, int endpoints, int headers) =>
        Assert.Equal((endpoints, headers), (Of(name).PlanOf(plan)!.Endpoints, Of(name).PlanOf(plan)!.CustomHeaders));

    [Fact]
    public void Endpoints_and_API()
    {
        Assert.Equal(["partner"], BuiltInProducts.All.Values.Where(product => product.Endpoint.OnePerEventType).Select(product => product.Name));
        Assert.Equal(["partner"], BuiltInProducts.All.Values.Where(product => product.Endpoint.CancelsOnUrlChange || product.Endpoint.CancelsOnSecretChange).Select(product => product.Name));
        Assert.Equal(["calls"], BuiltInProducts.All.Values.Where(product => product.Api.UsesJwt).Select(product => product.Name));
        Assert.Equal(["calls"], BuiltInProducts.All.Values.Where(product => product.Api.EndpointIdIsUuid).Select(product => product.Name));
        Assert.Equal(["embed"], BuiltInProducts.All.Values.Where(product => product.Scores is not null).Select(product => product.Name));
        Assert.Equal(["is_active"], BuiltInProducts.All.Values.Select(product => product.Api.EnabledWord).Where(word => word != "enabled"));
        Assert.Equal("api_key", Of("partner").Api.SecretWord);
        Assert.Equal("webhook", Of("kit").EndpointWord);
        Assert.Equal("/api/v1", Of("kit").Api.BasePath);
        Assert.Equal(NamingStyle.CamelCase, Of("kit").Api.Naming);
        Assert.Equal(NamingStyle.SnakeCase, Of("calls").Api.Naming);
    }

    [Theory]
    [InlineData("0s", 0)]
    [InlineData("500ms", 0.5)]
    [InlineData("30s", 30)]
    [InlineData("2m", 120)]
    [InlineData("1h", 3600)]
    [InlineData("5d", 432_000)]
    public void Lengths_of_time(string text, double seconds)
    {
        Assert.True(Duration.TryParse(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds);
        Assert.Equal(text, Duration.Write(duration));
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("30")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("1.5s")]
    [InlineData("01s")]
    [InlineData(" 1s")]
    [InlineData("1 s")]
    [InlineData("1S")]
    [InlineData("1w")]
    [InlineData("1h30m")]
    [InlineData("PT1S")]
    [InlineData("99999999999999d")]
    [InlineData("٣s")]
    public void Nothing_else_is_a_length_of_time(string text) => Assert.False(Duration.TryParse(text, out _));

    static DateTimeOffset Days(int days) => Wire.EventTime.AddDays(days);

    static EndpointHealth Health(int failed, DateTimeOffset? since) => new(Id<Endpoint>.New(Wire.EventTime), 1, failed, since);
}
