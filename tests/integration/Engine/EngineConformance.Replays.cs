using Nova.Model;
using Nova.Replaying;
using Nova.Storage;
using Nova.TestSupport;

namespace Nova.IntegrationTests.Engine;

public abstract partial class EngineConformance
{
    IReplayStore Replays => _engine.Get<IReplayStore>();

    /// <summary>Deliveries that have failed, their whole schedule used up.</summary>
    async Task<List<Id<Delivery>>> FailAsync(Accounts.EnvironmentEntry entry, int count)
    {
        _receiver.Status = 400; // Final at once in partner.
        List<Id<Delivery>> failed = [];
        for (var i = 0; i < count; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(5));
            await _engine.PublishAsync(entry, "signed_up");
            var ended = await _engine.NextRecordedAsync();
            Assert.Equal(DeliveryState.Failed, ended.Record.State);
            failed.Add(ended.Delivery.Id);
        }
        _clock.Advance(TimeSpan.FromMilliseconds(5));
        _receiver.Status = 200;
        return failed;
    }

    async Task<ReplayJob> StartReplayAsync(Accounts.EnvironmentEntry entry, ReplaySelection selection, int rate = 1000)
    {
        var (job, start) = await _engine.Get<ReplayStarter>().StartAsync(entry.Id, selection, rate, CancellationToken.None);
        Assert.Equal(ReplayStartOutcome.Started, start.Outcome);
        return job!;
    }

    ReplaySelection Failed => new() { State = DeliveryState.Failed, Until = _clock.Now };

    /// <summary>Turns of the job until it has ended; the receiver's requests meanwhile are those it causes.</summary>
    async Task<ReplayJob> EndedAsync(ReplayJob job)
    {
        for (var turns = 0; turns < 200; turns++)
        {
            await _engine.Get<ReplayRunner>().WorkAsync(CancellationToken.None);
            var now = (await Replays.GetReplayAsync(job.EnvironmentId, job.Id, CancellationToken.None))!;
            if (now.State != ReplayState.Running) return now;
            await AdvanceAsync(TimeSpan.FromMilliseconds(100));
        }
        throw new InvalidOperationException("The replay does not end.");
    }

    [Fact]
    public async Task What_failed_is_delivered_again_once_each_as_new_deliveries_that_name_the_old()
    {
        var entry = await _engine.AddAccountAsync("partner");
        await _engine.AddEndpointAsync(entry, _receiver.Url, "the-first-key", ["signed_up"]);
        var failed = await FailAsync(entry, 30);

        var job = await StartReplayAsync(entry, Failed);
        Assert.Equal((30, false), (job.Matching, job.MatchingIsLeast));
        var ended = await EndedAsync(job);
        Assert.Equal((ReplayState.Completed, 30, 0), (ended.State, ended.Done, ended.Skipped));
        await AdvanceAsync(TimeSpan.FromMilliseconds(100));
        List<Id<Delivery>> repeated = [];
        for (var i = 0; i < 30; i++)
        {
            var outcome = await _engine.NextRecordedAsync();
            Assert.Equal((DeliveryState.Delivered, DeliveryTrigger.Replay), (outcome.Record.State, outcome.Delivery.Trigger));
            repeated.Add(outcome.Delivery.ReplayOf!.Value);
        }
        Assert.Equal(failed.Order(), repeated.Order());

        // The old ones are failed for ever, and have been replayed: a second job finds nothing to do.
        Assert.Equal(0, (await _engine.Get<ReplayStarter>().CountAsync(entry.Id, Failed, CancellationToken.None)).Matching);
        var second = await EndedAsync(await StartReplayAsync(entry, Failed));
        Assert.Equal((ReplayState.Completed, 0, 30), (second.State, second.Done, second.Skipped));
    }

    [Fact]
    public async Task What_was_missed_while_an_endpoint_was_disabled_or_not_there_is_delivered()
    {
        var entry = await _engine.AddAccountAsync("kit");
        var before = (await _engine.PublishAsync(entry, "credits.low")).Id!; // Nobody is there yet.
        _clock.Advance(TimeSpan.FromSeconds(1));
        var endpoint = await _engine.AddEndpointAsync(entry, _receiver.Url, Secret, ["credits.low"]);
        await _engine.PublishAsync(entry, "credits.low");
        await _engine.NextRecordedAsync();
        await _engine.ChangeEndpointAsync(endpoint, old => old with { Enabled = false });
        _clock.Advance(TimeSpan.FromSeconds(1));
        var meanwhile = (await _engine.PublishAsync(entry, "credits.low")).Id!;
        await _engine.PublishAsync(entry, "generation.completed"); // Not of its subscription.
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _engine.ChangeEndpointAsync(endpoint, old => old with { Enabled = true });

        var missed = new ReplaySelection { Missed = true, EndpointId = endpoint, Until = _clock.Now };
        var job = await StartReplayAsync(entry, missed);
        Assert.Equal(2, job.Matching);
        Assert.Equal((ReplayState.Completed, 2), (await EndedAsync(job)) is var ended ? (ended.State, ended.Done) : default);
        await AdvanceAsync(TimeSpan.FromMilliseconds(100));
        var outcomes = new[] { await _engine.NextRecordedAsync(), await _engine.NextRecordedAsync() };
        Assert.Equal(new[] { before, meanwhile }.Order(), outcomes.Select(each => each.Delivery.EventId.ToString()).Order());
        Assert.All(outcomes, each => Assert.Null(each.Delivery.ReplayOf));
        Assert.Equal(0, (await _engine.Get<ReplayStarter>().CountAsync(entry.Id, missed with { Until = _clock.Now }, CancellationToken.None)).Matching);
    }

    [Fact]
    public async Task A_replay_keeps_to_its_rate_and_ends_when_cancelled()
    {
        var entry = await _engine.AddAccountAsync("partner");
        await _engine.AddEndpointAsync(entry, _receiver.Url, "the-first-key", ["signed_up"]);
        await FailAsync(entry, 12);
        var job = await StartReplayAsync(entry, Failed, rate: 2);
        // Until the first page is there, which the engine's own loop may have made.
        await _engine.Get<ReplayRunner>().WorkAsync(CancellationToken.None);
        for (var second = 0; second < 4; second++)
        {
            var now = (await Replays.GetReplayAsync(entry.Id, job.Id, CancellationToken.None))!;
            Assert.InRange(now.Done, 0, 1 + 2 * second);
            for (var i = 0; i < 10; i++)
            {
                await AdvanceAsync(TimeSpan.FromMilliseconds(100));
                await _engine.Get<ReplayRunner>().WorkAsync(CancellationToken.None);
            }
        }
        var cancelled = (await Replays.CancelReplayAsync(entry.Id, job.Id, CancellationToken.None))!;
        Assert.InRange(cancelled.Done, 1, 9);
        for (var i = 0; i < 20; i++)
        {
            await AdvanceAsync(TimeSpan.FromMilliseconds(100));
            await _engine.Get<ReplayRunner>().WorkAsync(CancellationToken.None);
        }
        var after = (await Replays.GetReplayAsync(entry.Id, job.Id, CancellationToken.None))!;
        Assert.Equal((ReplayState.Cancelled, cancelled.Done), (after.State, after.Done));
    }

    [Fact]
    public async Task A_replay_waits_for_a_receiver_that_hangs_instead_of_filling_its_queue()
    {
        var entry = await _engine.AddAccountAsync("partner");
        await _engine.AddEndpointAsync(entry, _receiver.Url, "the-first-key", ["signed_up"]);
        await FailAsync(entry, 40);
        var answer = new TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously);
        _receiver.OnRequest = _ => answer.Task;
        var job = await StartReplayAsync(entry, Failed, rate: 20);
        for (var i = 0; i < 20; i++)
        {
            await _engine.Get<ReplayRunner>().WorkAsync(CancellationToken.None);
            await AdvanceAsync(TimeSpan.FromMilliseconds(100)); // Two seconds in all, below the product's timeout of three.
        }
        // Two pages of ten, of which none has an attempt on record.
        Assert.Equal(20, (await Replays.GetReplayAsync(entry.Id, job.Id, CancellationToken.None))!.Done);
        answer.SetResult(new(200));
        for (var i = 0; i < 20; i++) await _engine.NextRecordedAsync();
        Assert.Equal((ReplayState.Completed, 40), await EndedAsync(job) is var ended ? (ended.State, ended.Done) : default);
    }

    [Fact]
    public async Task A_replay_goes_on_after_a_restart_where_it_stood()
    {
        var entry = await _engine.AddAccountAsync("partner");
        await _engine.AddEndpointAsync(entry, _receiver.Url, "the-first-key", ["signed_up"]);
        var failed = await FailAsync(entry, 20);
        var job = await StartReplayAsync(entry, Failed, rate: 10);
        await _engine.Get<ReplayRunner>().WorkAsync(CancellationToken.None);
        Assert.InRange((await Replays.GetReplayAsync(entry.Id, job.Id, CancellationToken.None))!.Done, 1, 10);

        await RestartAsync();
        Assert.Equal((ReplayState.Completed, 20), await EndedAsync(job) is var ended ? (ended.State, ended.Done) : default);
        await AdvanceAsync(TimeSpan.FromMilliseconds(100));
        while (_receiver.Requests.Count < 40) await _receiver.NextAsync();
        var all = await _engine.Store.ListDeliveriesAsync(new DeliveryQuery { EnvironmentId = entry.Id, Limit = 250 }, CancellationToken.None);
        Assert.Equal(failed.Order(), all.Where(each => each.ReplayOf is not null).Select(each => each.ReplayOf!.Value).Order());
    }

    [Fact]
    public async Task A_replay_of_an_endpoint_stops_when_that_is_disabled()
    {
        var entry = await _engine.AddAccountAsync("partner");
        var endpoint = await _engine.AddEndpointAsync(entry, _receiver.Url, "the-first-key", ["signed_up"]);
        await FailAsync(entry, 10);
        var job = await StartReplayAsync(entry, Failed with { EndpointId = endpoint }, rate: 2);
        await _engine.Get<ReplayRunner>().WorkAsync(CancellationToken.None);
        await _engine.ChangeEndpointAsync(endpoint, old => old with { Enabled = false });
        var ended = await EndedAsync(job);
        Assert.Equal(ReplayState.Stopped, ended.State);
        Assert.Contains("disabled", ended.Reason, StringComparison.Ordinal);
    }
}
