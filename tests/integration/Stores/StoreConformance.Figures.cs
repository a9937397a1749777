using Nova.Model;
using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    IFiguresStore FiguresOfStore => (IFiguresStore)Store;

    static readonly DateTimeOffset LongAgo = DateTimeOffset.UnixEpoch;
    static readonly DateTimeOffset Never = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What the figures should be: counted one by one from what the test wrote.</summary>
    sealed class Tally
    {
        public readonly Dictionary<DateTimeOffset, (long Delivered, long Failed, long Retried, long Attempts, long AttemptsFailed, long LatencyUs)> Minutes = [];
        public readonly Dictionary<(DateTimeOffset Hour, Id<Endpoint>), (long Delivered, long Failed)> Endpoints = [];
        public readonly Dictionary<(Id<Endpoint>, string Cause), (long Failed, long Attempts)> Causes = [];

        public void Count(AttemptRecord record, DateTimeOffset at)
        {
            var (delivered, failed) = (record.State == DeliveryState.Delivered ? 1 : 0, record.State == DeliveryState.Failed ? 1 : 0);
            var minute = FiguresSpan.Minute.StartOf(at);
            var (d, f, r, a, af, l) = Minutes.GetValueOrDefault(minute);
            var attempted = record.Attempt is null ? 0 : 1;
            Minutes[minute] = (d + delivered, f + failed, r + (record.State == DeliveryState.Pending ? 1 : 0), a + attempted,
                af + (delivered == 0 ? attempted : 0), l + (record.Attempt is { StatusCode: not null } answered ? answered.Timings.Total : 0));
            var key = (FiguresSpan.Hour.StartOf(at), record.EndpointId);
            var (ed, ef) = Endpoints.GetValueOrDefault(key);
            Endpoints[key] = (ed + delivered, ef + failed);
            if (delivered == 1) return;
            var cause = (record.EndpointId, FailureCause.Of(record.Attempt).Name);
            var (cf, ca) = Causes.GetValueOrDefault(cause);
            Causes[cause] = (cf + failed, ca + attempted);
        }
    }

    AttemptRecord RandomRecord(Delivery delivery, Random random)
    {
        var state = random.Next(10) switch { < 6 => DeliveryState.Delivered, < 8 => DeliveryState.Failed, _ => DeliveryState.Pending };
        int? status = state == DeliveryState.Delivered ? 200 : random.Next(3) switch { 0 => 503, 1 => 404, _ => null };
        var record = Record(delivery, state, retryIn: TimeSpan.FromHours(20));
        if (state == DeliveryState.Failed && random.Next(5) == 0) return record with { Attempt = null, CountsForHealth = false };
        return record with
        {
            Attempt = NewAttempt(1, status) with { Timings = new AttemptTimings(random.NextInt64(50, 20_000_000)) },
            CountsForHealth = random.Next(10) > 0,
        };
    }

    /// <summary>Some hundred outcomes over two days, batch by batch, at moments that fall on both sides of minutes, hours and midnight.</summary>
    async Task<Tally> RecordAtRandomAsync(int seed, Func<int, Task>? between = null)
    {
        var (random, tally) = (new Random(seed), new Tally());
        var endpoints = Enumerable.Range(0, 4).Select(_ => NewEndpointId()).ToArray();
        for (var batch = 0; batch < 60; batch++)
        {
            var deliveries = Enumerable.Range(0, random.Next(1, 12)).Select(_ => NewDelivery(NewEvent(), endpoints[random.Next(endpoints.Length)])).ToArray();
            await Store.AppendAsync(Node, [.. deliveries.Select(delivery => Entry(NewEvent(), leased: true, delivery))], None);
            var records = deliveries.Select(delivery => RandomRecord(delivery, random)).ToArray();
            // Now and then all of them succeed, which PostgreSQL writes in another way.
            if (batch % 3 == 0) records = [.. deliveries.Select(delivery => Record(delivery, DeliveryState.Delivered))];
            Assert.Empty((await RecordAsync(records)).Lost);
            foreach (var record in records) tally.Count(record, Clock.Now);
            if (between is not null) await between(batch);
            Clock.Advance(random.Next(4) switch
            {
                0 => FiguresSpan.Hour.StartOf(Clock.Now) + TimeSpan.FromHours(1) - Clock.Now, // The very beginning of an hour,
                1 => FiguresSpan.Hour.StartOf(Clock.Now) + TimeSpan.FromHours(1) - TimeSpan.FromMicroseconds(1) - Clock.Now, // or its last moment.
                2 => TimeSpan.FromSeconds(random.Next(1, 90)),
                _ => TimeSpan.FromMinutes(random.Next(1, 120)),
            } + TimeSpan.FromMicroseconds(1));
        }
        return tally;
    }

    async Task AssertAsync(Tally tally)
    {
        foreach (var span in Enum.GetValues<FiguresSpan>())
        {
            var expected = tally.Minutes.GroupBy(minute => span.StartOf(minute.Key)).OrderBy(group => group.Key).Select(group => (
                group.Key, group.Sum(m => m.Value.Delivered), group.Sum(m => m.Value.Failed), group.Sum(m => m.Value.Retried), group.Sum(m => m.Value.Attempts),
                group.Sum(m => m.Value.AttemptsFailed), group.Sum(m => m.Value.LatencyUs)));
            foreach (var environment in new[] { Sandbox, Figures.Everybody })
            {
                var found = await FiguresOfStore.ReadFiguresAsync(environment, span, LongAgo, Never, None);
                Assert.Equal(expected, found.Select(row => (row.At, row.Figures.Delivered, row.Figures.Failed, row.Figures.Retried, row.Figures.Attempts,
                    row.Figures.AttemptsFailed, row.Figures.LatencyUs)));
            }
        }
        var hours = await FiguresOfStore.ReadEndpointsAsync(Sandbox, FiguresSpan.Hour, LongAgo, Never, None);
        Assert.Equal(
            tally.Endpoints.OrderBy(row => row.Key).Select(row => (row.Key.Hour, row.Key.Item2, row.Value.Delivered, row.Value.Failed)),
            hours.Select(row => (row.At, row.EndpointId, row.Figures.Delivered, row.Figures.Failed)));
        var failures = await FiguresOfStore.ReadFailuresAsync(Sandbox, LongAgo, Never, None);
        Assert.Equal(
            tally.Causes.OrderBy(row => row.Key).Select(row => (row.Key.Item1, row.Key.Cause, row.Value.Failed, row.Value.Attempts)),
            failures.Select(row => (row.EndpointId, row.Cause.Name, row.Figures.Failed, row.Figures.Attempts)).Order());
        Assert.Empty(await FiguresOfStore.ReadFiguresAsync(Production, FiguresSpan.Day, LongAgo, Never, None));
        Assert.Empty(await FiguresOfStore.ReadEndpointsAsync(Production, FiguresSpan.Day, LongAgo, Never, None));
        Assert.Empty(await FiguresOfStore.ReadFailuresAsync(Production, LongAgo, Never, None));
    }

    async Task FoldAllAsync()
    {
        while (await FiguresOfStore.FoldAsync(None)) { }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Figures_are_those_of_the_rows_before_while_and_after_they_are_folded(int seed)
    {
        var tally = await RecordAtRandomAsync(seed, async batch =>
        {
            if (batch % 7 == 0) await FoldAllAsync();
        });
        await AssertAsync(tally);
        await FoldAllAsync();
        await AssertAsync(tally);
        Assert.False(await FiguresOfStore.FoldAsync(None));
        await AssertAsync(tally);

        // And against what the history itself says.
        var finished = new List<Delivery>();
        for (Id<Delivery>? before = null; ;)
        {
            var page = await Store.ListDeliveriesAsync(new DeliveryQuery { EnvironmentId = Sandbox, Limit = 250, Before = before }, None);
            if (page.Count == 0) break;
            finished.AddRange(page.Where(delivery => delivery.FinishedAt is not null));
            before = page[^1].Id;
        }
        foreach (var span in Enum.GetValues<FiguresSpan>())
        {
            Assert.Equal(
                finished.GroupBy(delivery => span.StartOf(delivery.FinishedAt!.Value)).OrderBy(group => group.Key).Select(group =>
                    (group.Key, group.LongCount(d => d.State == DeliveryState.Delivered), group.LongCount(d => d.State == DeliveryState.Failed))),
                (await FiguresOfStore.ReadFiguresAsync(Sandbox, span, LongAgo, Never, None)).Where(row => row.Figures.Delivered + row.Figures.Failed > 0)
                    .Select(row => (row.At, row.Figures.Delivered, row.Figures.Failed)));
        }
        Assert.All(finished.Where(delivery => delivery.State == DeliveryState.Failed), delivery => Assert.NotNull(delivery.Cause));
        Assert.All(finished.Where(delivery => delivery.State == DeliveryState.Delivered), delivery => Assert.Null(delivery.Cause));
    }

    [Fact]
    public async Task Outcomes_that_are_refused_are_not_counted()
    {
        var (mine, theirs) = (await PublishAsync(NewEndpointId(), leased: true), await PublishAsync(NewEndpointId(), leased: true));
        var gone = Record(NewDelivery(NewEvent(), NewEndpointId()), DeliveryState.Delivered);
        var other = await Store.RegisterNodeAsync("b", None);
        Assert.Equal(2, (await Store.RecordAsync(other, [Record(mine, DeliveryState.Delivered), Record(theirs, DeliveryState.Failed)], None)).Lost.Count);
        Assert.Empty(await FiguresOfStore.ReadFiguresAsync(Sandbox, FiguresSpan.Day, LongAgo, Never, None));

        // All successes, one of which is not held: the whole is counted again without it.
        Assert.Equal([gone.DeliveryId], (await RecordAsync(Record(mine, DeliveryState.Delivered), gone)).Lost);
        // Failures take another way.
        Assert.Equal([gone.DeliveryId], (await RecordAsync(gone, Record(theirs, DeliveryState.Failed))).Lost);
        var day = Assert.Single(await FiguresOfStore.ReadFiguresAsync(Sandbox, FiguresSpan.Day, LongAgo, Never, None)).Figures;
        Assert.Equal((1, 1, 2, 1), (day.Delivered, day.Failed, day.Attempts, day.AttemptsFailed));
        Assert.Equal(2, (await RecordAsync(Record(mine, DeliveryState.Delivered), gone)).Lost.Count);
        Assert.Equal(1, Assert.Single(await FiguresOfStore.ReadFiguresAsync(Sandbox, FiguresSpan.Day, LongAgo, Never, None)).Figures.Delivered);
    }

    [Fact]
    public async Task A_failure_names_its_cause_its_last_example_and_since_when_the_endpoint_fails()
    {
        var endpoint = NewEndpointId();
        var first = await PublishAsync(endpoint, leased: true);
        await RecordAsync(Record(first, DeliveryState.Failed));
        await FinishAsync(endpoint);
        Clock.Advance(TimeSpan.FromHours(2));
        var since = Clock.Now;
        var second = await PublishAsync(endpoint, leased: true);
        await RecordAsync(Record(second, DeliveryState.Failed));
        await FoldAllAsync();
        Clock.Advance(TimeSpan.FromMinutes(5));
        var third = await PublishAsync(endpoint, leased: true);
        await RecordAsync(Record(third, DeliveryState.Pending, retryIn: TimeSpan.FromHours(1)));

        var row = Assert.Single(await FiguresOfStore.ReadFailuresAsync(Sandbox, LongAgo, Never, None));
        Assert.Equal(("http_500", 2L, 3L), (row.Cause.Name, row.Figures.Failed, row.Figures.Attempts));
        Assert.Equal((second.Id, since, Clock.Now), (row.Figures.Example, row.FailingSince, row.Figures.LastAt));
        Assert.Equal(new FailureCause(500), (await DetailAsync(second)).Delivery.Cause);
    }

    [Fact]
    public async Task Completed_scores_and_noted_requests_are_counted_in_their_minutes()
    {
        var score = NewScore();
        await AppendAsync(new Append { EnvironmentId = Sandbox, Score = score });
        Clock.Advance(TimeSpan.FromMinutes(10));
        var completed = score with { Status = ScoreStatus.Completed, Outcome = "{}"u8.ToArray(), FinishedAt = Clock.Now };
        await AppendAsync(new Append { EnvironmentId = Sandbox, Score = completed });
        Assert.Equal(AppendOutcome.ScoreFinal, (await AppendAsync(new Append { EnvironmentId = Sandbox, Score = completed })).Outcome);
        var minute = FiguresSpan.Minute.StartOf(Clock.Now);
        var noted = new NotedFigures(minute, Sandbox) { Requests = 5, RequestsFailed = 2, RequestsUs = 1_000_000_000_000 };
        await FiguresOfStore.NoteAsync([noted, noted, new NotedFigures(minute, Figures.Everybody) { Accepted = 300 }], None);
        for (var i = 0; i < 2; i++)
        {
            var row = Assert.Single(await FiguresOfStore.ReadFiguresAsync(Sandbox, FiguresSpan.Minute, LongAgo, Never, None));
            Assert.Equal(minute, row.At);
            Assert.Equal((10, 4, 2_000_000_000_000, 1), (row.Figures.Requests, row.Figures.RequestsFailed, row.Figures.RequestsUs, row.Figures.ScoresCompleted));
            Assert.Equal(300, Assert.Single(await FiguresOfStore.ReadFiguresAsync(Figures.Everybody, FiguresSpan.Minute, LongAgo, Never, None)).Figures.Accepted);
            await FoldAllAsync();
        }
    }

    [Fact]
    public async Task Figures_of_a_range_begin_and_end_with_it_and_old_ones_go()
    {
        var start = Clock.Now;
        await FinishAsync(NewEndpointId());
        await FinishAsync(NewEndpointId(), DeliveryState.Failed);
        Clock.Advance(TimeSpan.FromMinutes(1));
        await FinishAsync(NewEndpointId());
        await FoldAllAsync();
        var range = await FiguresOfStore.ReadFiguresAsync(Sandbox, FiguresSpan.Minute, start, start.AddMinutes(1), None);
        Assert.Equal((start, 1L), (Assert.Single(range).At, range[0].Figures.Delivered));

        await FiguresOfStore.CleanFiguresAsync(start + FiguresKept.Minutes + TimeSpan.FromSeconds(30), None);
        Assert.Equal([start.AddMinutes(1)], (await FiguresOfStore.ReadFiguresAsync(Sandbox, FiguresSpan.Minute, LongAgo, Never, None)).Select(row => row.At));
        Assert.Single(await FiguresOfStore.ReadFiguresAsync(Figures.Everybody, FiguresSpan.Minute, LongAgo, Never, None));
        Assert.Single(await FiguresOfStore.ReadFiguresAsync(Sandbox, FiguresSpan.Hour, LongAgo, Never, None));
        await FiguresOfStore.CleanFiguresAsync(start + FiguresKept.Hours + TimeSpan.FromHours(2), None);
        Assert.Empty(await FiguresOfStore.ReadFiguresAsync(Sandbox, FiguresSpan.Hour, LongAgo, Never, None));
        Assert.Empty(await FiguresOfStore.ReadEndpointsAsync(Sandbox, FiguresSpan.Hour, LongAgo, Never, None));
        Assert.Empty(await FiguresOfStore.ReadFailuresAsync(Sandbox, LongAgo, Never, None));
        Assert.Equal(2, Assert.Single(await FiguresOfStore.ReadFiguresAsync(Sandbox, FiguresSpan.Day, LongAgo, Never, None)).Figures.Delivered);
        Assert.Equal(3, (await FiguresOfStore.ReadEndpointsAsync(Sandbox, FiguresSpan.Day, LongAgo, Never, None)).Count);
        Assert.InRange(await FiguresOfStore.GetSizeAsync(None), 10_000, 1L << 30);
    }
}
