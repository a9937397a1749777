using Nova.Model;

namespace Nova.UnitTests;

public sealed class EndpointUrlTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 10, 12, 0, 0, TimeSpan.Zero);

    static Endpoint Changed(DateTimeOffset? at) => new()
    {
        Id = Id<Endpoint>.New(Noon), EnvironmentId = 1, Url = "https://hooks.example.com/now", UrlChangedAt = at, EventTypes = ["*"], Secrets = [], CreatedAt = Noon, UpdatedAt = Noon,
    };

    [Fact]
    public void A_url_that_was_never_changed_is_that_of_every_attempt() => Assert.Equal("https://hooks.example.com/now", Changed(null).UrlAt(Noon.AddDays(-30)));

    [Theory]
    [InlineData(-3600, false)]
    [InlineData(0, false)]
    [InlineData(2, false)]
    [InlineData(2.001, true)]
    [InlineData(3600, true)]
    public void Where_an_attempt_went_is_known_once_every_node_knows_of_the_change(double seconds, bool known) =>
        Assert.Equal(known ? "https://hooks.example.com/now" : null, Changed(Noon).UrlAt(Noon.AddSeconds(seconds)));
}
