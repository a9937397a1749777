namespace Nova.UnitTests;

public class FakeClockTests
{
    [Fact]
    public void A_timer_that_is_due_at_once_does_not_turn_the_clock_back()
    {
        var clock = new FakeClock();
        var before = clock.Now;
        // Inside the zero step of the first timer the clock is moved on, as another thread may do.
        using var timer = clock.CreateTimer(_ => clock.Advance(TimeSpan.FromSeconds(30)), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        Assert.Equal(before + TimeSpan.FromSeconds(30), clock.Now);
    }

    [Fact]
    public void Timers_fire_in_order_each_at_its_own_time()
    {
        var clock = new FakeClock();
        List<(string, DateTimeOffset)> fired = [];
        var start = clock.Now;
        using var second = clock.CreateTimer(_ => fired.Add(("second", clock.Now)), null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        using var first = clock.CreateTimer(_ => fired.Add(("first", clock.Now)), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([("first", start.AddSeconds(1)), ("second", start.AddSeconds(2))], fired);
    }
}
