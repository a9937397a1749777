namespace Nova.UnitTests;

/// <summary>A clock that stands still until a test moves it. Timers fire inside <see cref="Advance"/>, in the order of their times.</summary>
internal sealed class FakeClock(DateTimeOffset start) : TimeProvider
{
    readonly Lock _lock = new();
    readonly List<Timer> _timers = [];
    DateTimeOffset _now = start;

    public FakeClock() : this(new DateTimeOffset(2026, 1, 5, 12, 0, 0, TimeSpan.Zero)) { }

    public DateTimeOffset Now => GetUtcNow();

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    /// <summary>Timers that wait to fire: a test that moves the clock can first see that somebody waits for it.</summary>
    public int WaitingTimers
    {
        get
        {
            lock (_lock) return _timers.Count;
        }
    }

    /// <summary>Moves the clock; each timer fires with the clock at its own time.</summary>
    public void Advance(TimeSpan by)
    {
        DateTimeOffset until;
        lock (_lock) until = _now + by;
        while (TakeNext(until) is { } timer) timer.Fire();
        // Never back: another thread may have moved the clock on meanwhile, for a timer that was due at once.
        lock (_lock) _now = until > _now ? until : _now;
    }

    Timer? TakeNext(DateTimeOffset until)
    {
        lock (_lock)
        {
            var next = _timers.MinBy(timer => timer.Due);
            if (next is null || next.Due > until) return null;
            if (next.Due > _now) _now = next.Due;
            if (next.Period == Timeout.InfiniteTimeSpan) _timers.Remove(next);
            else next.Due += next.Period;
            return next;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    sealed class Timer(FakeClock clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                // A period of zero means once, as it does for System.Threading.Timer.
                Period = period == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : period;
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = clock._now + dueTime;
                clock._timers.Add(this);
            }
            if (dueTime == TimeSpan.Zero) clock.Advance(TimeSpan.Zero);
            return true;
        }

        public void Dispose()
        {
            lock (clock._lock) clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
