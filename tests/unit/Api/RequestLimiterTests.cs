using Nova.AspNetCore.Authentication;

namespace Nova.UnitTests.Api;

public sealed class RequestLimiterTests
{
    readonly FakeClock _clock = new();

    [Fact]
    public void A_second_s_worth_may_come_at_once_and_then_as_many_as_the_rate()
    {
        var (limiter, who) = (new RequestLimiter(_clock), Guid.NewGuid());
        for (var i = 0; i < 5; i++) Assert.Null(limiter.Take(who, 5, 5, out _));
        Assert.Equal(1, limiter.Take(who, 5, 5, out var left));
        Assert.Equal(0, left);
        _clock.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Null(limiter.Take(who, 5, 5, out _));
        Assert.NotNull(limiter.Take(who, 5, 5, out _));
    }

    [Fact]
    public void Sessions_that_come_and_go_leave_nothing_behind()
    {
        var limiter = new RequestLimiter(_clock);
        for (var minute = 0; minute < 10; minute++)
        {
            for (var i = 0; i < 20_000; i++) limiter.Take(Guid.NewGuid(), 100, 100, out _);
            _clock.Advance(TimeSpan.FromMinutes(2));
        }
        Assert.InRange(limiter.Count, 1, 30_000);
    }

    [Fact]
    public void Who_is_out_of_requests_stays_so_while_others_are_forgotten()
    {
        var (limiter, who) = (new RequestLimiter(_clock), Guid.NewGuid());
        Assert.Null(limiter.Take(who, 1, 0.02, out _));
        _clock.Advance(TimeSpan.FromSeconds(30));
        for (var i = 0; i < 20_000; i++) limiter.Take(Guid.NewGuid(), 100, 100, out _);
        Assert.NotNull(limiter.Take(who, 1, 0.02, out _));
    }
}
