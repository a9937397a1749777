using Nova.Model;
using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    private protected Score NewScore() => new()
    {
        Id = Id<Score>.New(Clock.Now),
        EnvironmentId = Sandbox,
        JobId = "job-123",
        ApplicationId = "app-456",
        Tenant = "t-1",
        CreatedAt = Clock.Now,
        UpdatedAt = Clock.Now,
    };

    private protected Append ScoreEntry(Score score, Event? @event = null) =>
        new() { EnvironmentId = score.EnvironmentId, Event = @event, Score = score };

    async Task<Score> ReadScoreAsync(Score score)
    {
        var read = await Store.GetScoreAsync(score.EnvironmentId, score.Id, None);
        Assert.NotNull(read);
        return read;
    }

    [Fact]
    public async Task A_score_is_created()
    {
        var score = NewScore();
        Assert.Equal(new AppendResult(AppendOutcome.Written, "", 0), await AppendAsync(ScoreEntry(score)));
        var read = await ReadScoreAsync(score);
        Assert.Equal(score, read with { Outcome = score.Outcome });
        Assert.True(read.Outcome.IsEmpty);
    }

    [Fact]
    public async Task A_score_moves_on_and_its_event_is_published_with_it()
    {
        var score = NewScore();
        await AppendAsync(ScoreEntry(score));
        Clock.Advance(TimeSpan.FromSeconds(5));
        var moving = score with { Status = ScoreStatus.Processing, UpdatedAt = Clock.Now };
        await AppendAsync(ScoreEntry(moving));
        Assert.Equal(ScoreStatus.Processing, (await ReadScoreAsync(score)).Status);

        Clock.Advance(TimeSpan.FromSeconds(5));
        byte[] outcome = [.. """{"score":7}"""u8, 0, 0xFF];
        var completed = score with { Status = ScoreStatus.Completed, Outcome = outcome, UpdatedAt = Clock.Now, FinishedAt = Clock.Now };
        var @event = NewEvent();
        Assert.Equal(AppendOutcome.Written, (await AppendAsync(ScoreEntry(completed, @event))).Outcome);
        var read = await ReadScoreAsync(score);
        Assert.Equal(completed, read with { Outcome = completed.Outcome });
        Assert.Equal(outcome, read.Outcome.ToArray());
        Assert.True(await ExistsAsync(@event));
    }

    [Theory]
    [InlineData(ScoreStatus.Completed)]
    [InlineData(ScoreStatus.Failed)]
    public async Task A_final_score_does_not_move_and_its_entry_writes_nothing(object status)
    {
        var score = NewScore() with { Status = (ScoreStatus)status };
        await AppendAsync(ScoreEntry(score));
        var @event = NewEvent();
        var delivery = NewDelivery(@event, NewEndpointId());
        var again = ScoreEntry(score with { Status = ScoreStatus.Processing }, @event) with
        {
            Deliveries = [new NewDelivery(delivery, true)], Keys = ["key:score"], Fingerprint = [1],
        };
        Assert.Equal(AppendOutcome.ScoreFinal, (await AppendAsync(again)).Outcome);
        Assert.Equal((ScoreStatus)status, (await ReadScoreAsync(score)).Status);
        Assert.False(await ExistsAsync(@event));
        Assert.Null(await Store.GetDeliveryAsync(Sandbox, delivery.Id, None));
        var withTheKey = WithKey(Entry(NewEvent(), leased: false), "key:score", 2);
        Assert.Equal(AppendOutcome.Written, (await AppendAsync(withTheKey)).Outcome);
    }

    [Fact]
    public async Task A_score_completed_twice_in_one_batch_is_completed_once()
    {
        var score = NewScore();
        var (first, second) = (NewEvent(), NewEvent());
        var results = await Store.AppendAsync(Node,
        [
            ScoreEntry(score),
            ScoreEntry(score with { Status = ScoreStatus.Completed }, first),
            ScoreEntry(score with { Status = ScoreStatus.Failed }, second),
        ], None);
        Assert.Equal([AppendOutcome.Written, AppendOutcome.Written, AppendOutcome.ScoreFinal], results.Select(r => r.Outcome));
        Assert.Equal(ScoreStatus.Completed, (await ReadScoreAsync(score)).Status);
        Assert.True(await ExistsAsync(first));
        Assert.False(await ExistsAsync(second));
    }

    [Fact]
    public async Task A_score_completed_by_many_at_the_same_time_is_completed_once()
    {
        var score = NewScore();
        await AppendAsync(ScoreEntry(score));
        var results = await Task.WhenAll(Enumerable.Range(0, 12)
            .Select(_ => AppendAsync(ScoreEntry(score with { Status = ScoreStatus.Completed }, NewEvent()))));
        Assert.Single(results, result => result.Outcome == AppendOutcome.Written);
        Assert.Single(await Store.ListEventsAsync(new EventQuery { EnvironmentId = Sandbox, Limit = 250 }, None));
    }

    [Fact]
    public async Task A_repeated_key_answers_before_the_scores_own_rule()
    {
        var score = NewScore();
        var @event = NewEvent();
        var complete = ScoreEntry(score with { Status = ScoreStatus.Completed }, @event) with { Keys = ["key:1"], Fingerprint = [1] };
        await AppendAsync(complete);
        var repeat = complete with { Event = NewEvent() };
        Assert.Equal(new AppendResult(AppendOutcome.Repeated, @event.OutsideId, 1), await AppendAsync(repeat));
    }

    [Fact]
    public async Task A_score_is_found_in_its_own_environment_and_by_operators()
    {
        var score = NewScore();
        await AppendAsync(ScoreEntry(score));
        Assert.Null(await Store.GetScoreAsync(Production, score.Id, None));
        Assert.Equal(score.Id, (await Store.GetScoreAsync(null, score.Id, None))?.Id);
        Assert.Null(await Store.GetScoreAsync(null, Id<Score>.New(Clock.Now), None));
    }
}
