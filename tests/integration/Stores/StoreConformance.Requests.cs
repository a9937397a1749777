using Nova.Model;
using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    Task<Reservation> ReserveAsync(byte fingerprint = 1, string scope = "acc_1", string key = "k") =>
        Store.ReserveRequestAsync(scope, key, [fingerprint], None);

    static readonly StoredAnswer Created = new(201, new SealedBytes("k1", [0, 1, 255]));

    [Fact]
    public async Task The_first_to_reserve_a_request_has_it_and_others_wait()
    {
        Assert.Equal(ReservationOutcome.Yours, (await ReserveAsync()).Outcome);
        Assert.Equal(ReservationOutcome.InProgress, (await ReserveAsync()).Outcome);
        Assert.Equal(ReservationOutcome.Different, (await ReserveAsync(fingerprint: 2)).Outcome);
    }

    [Fact]
    public async Task Of_many_that_reserve_at_the_same_time_one_has_it()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ReserveAsync()));
        Assert.Single(all, reservation => reservation.Outcome == ReservationOutcome.Yours);
        Assert.Equal(11, all.Count(reservation => reservation.Outcome == ReservationOutcome.InProgress));
    }

    [Fact]
    public async Task Another_scope_or_key_is_another_request()
    {
        await ReserveAsync();
        Assert.Equal(ReservationOutcome.Yours, (await ReserveAsync(scope: "acc_2")).Outcome);
        Assert.Equal(ReservationOutcome.Yours, (await ReserveAsync(key: "k2")).Outcome);
    }

    [Fact]
    public async Task A_repeat_gets_the_answer_of_the_first()
    {
        await ReserveAsync();
        await Store.CompleteRequestAsync("acc_1", "k", Created, None);
        var repeat = await ReserveAsync();
        Assert.Equal(ReservationOutcome.Answered, repeat.Outcome);
        Assert.Equal((201, "k1"), (repeat.Answer!.StatusCode, repeat.Answer.Body.KeyId));
        Assert.Equal([0, 1, 255], repeat.Answer.Body.Bytes);
        Assert.Equal(ReservationOutcome.Different, (await ReserveAsync(fingerprint: 2)).Outcome);
    }

    [Fact]
    public async Task A_request_that_failed_may_be_made_again()
    {
        await ReserveAsync();
        await Store.CompleteRequestAsync("acc_1", "k", null, None);
        Assert.Equal(ReservationOutcome.Yours, (await ReserveAsync(fingerprint: 2)).Outcome);
    }

    [Fact]
    public async Task A_reservation_that_was_never_completed_is_free_after_a_minute()
    {
        await ReserveAsync();
        Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(ReservationOutcome.InProgress, (await ReserveAsync()).Outcome);
        Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(ReservationOutcome.Yours, (await ReserveAsync()).Outcome);
        Assert.Equal(ReservationOutcome.InProgress, (await ReserveAsync()).Outcome);
    }

    [Fact]
    public async Task An_answer_is_kept_for_a_day()
    {
        await ReserveAsync();
        await Store.CompleteRequestAsync("acc_1", "k", Created, None);
        Clock.Advance(TimeSpan.FromHours(23));
        while (await Store.CleanAsync(Clock.Now.AddDays(-30), None)) { }
        Assert.Equal(ReservationOutcome.Answered, (await ReserveAsync()).Outcome);
        Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(ReservationOutcome.Yours, (await ReserveAsync(fingerprint: 2)).Outcome);
    }
}
