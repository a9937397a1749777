using Nova.AspNetCore.Apis;
using Nova.Model;

namespace Nova.UnitTests.Api;

public sealed class AttemptViewTests
{
    [Theory]
    [InlineData(AttemptOutcome.Delivered, "https://hooks.example.com/")]
    [InlineData(AttemptOutcome.ConnectionRefused, "https://hooks.example.com/")]
    // Nova's own fault may have come before anything was sent.
    [InlineData(AttemptOutcome.InternalError, null)]
    internal void An_attempt_shows_where_it_was_sent_only_where_that_is_known(AttemptOutcome outcome, string? shown)
    {
        var attempt = new Attempt
        {
            Number = 1, StartedAt = DateTimeOffset.UnixEpoch, Outcome = outcome, Timings = new(0), RequestHeaders = ReadOnlyMemory<byte>.Empty,
        };
        Assert.Equal(shown, AttemptView.Of(attempt, "https://hooks.example.com/").Url);
    }
}
