using Nova.Delivering;
using Nova.Model;

namespace Nova.UnitTests.Delivering;

public class EndpointQueueTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 10, 12, 0, 0, TimeSpan.Zero);
    static readonly Id<Endpoint> Endpoint = Id<Endpoint>.New(Noon);

    static EndpointQueue Queue(int room = 100, int first = 4, int most = 8) => new(Endpoint, new DeliveringOptions
    {
        QueuedPerEndpoint = room,
        FirstConcurrentAttemptsPerEndpoint = first,
        MaxConcurrentAttemptsPerEndpoint = most,
    });

    static HeldDelivery Delivery() => new(
        new() { Id = Id<Delivery>.New(Noon), EnvironmentId = 1, EventId = Id<Event>.New(Noon), EndpointId = Endpoint, EventType = "a", CreatedAt = Noon },
        new(new() { Id = Id<Event>.New(Noon), EnvironmentId = 1, Type = "a", Data = default, OccurredAt = Noon, CreatedAt = Noon, EnvelopeId = 1, DeliveryCount = 1 }),
        Node: 1);

    static int Fill(EndpointQueue queue, int count)
    {
        var tokens = 0;
        for (var i = 0; i < count; i++)
            if (queue.Enqueue(Delivery(), reserved: false)) tokens++;
        return tokens;
    }

    [Fact]
    public void An_endpoint_that_has_not_answered_gets_the_first_few_workers_and_no_more() => Assert.Equal(4, Fill(Queue(), 50));

    [Fact]
    public void Each_answer_makes_room_for_one_more_worker_up_to_the_most()
    {
        var queue = Queue(first: 1, most: 3);
        var tokens = Fill(queue, 50);
        var running = 0;
        for (var i = 0; i < 10; i++)
        {
            for (; tokens > 0; tokens--)
            {
                Assert.True(queue.TryTake(out _));
                running++;
            }
            Assert.InRange(running, 1, 3);
            running--;
            tokens += queue.Finish(answered: true);
        }
        Assert.Equal(3, running + tokens);
    }

    [Fact]
    public void An_endpoint_that_stops_answering_falls_back_to_one_worker()
    {
        var queue = Queue(first: 8, most: 8);
        var running = Fill(queue, 100);
        for (var i = 0; i < running; i++) Assert.True(queue.TryTake(out _));

        var tokens = 0;
        for (var i = 0; i < running; i++) tokens += queue.Finish(answered: false);

        Assert.Equal(1, tokens);
    }

    [Fact]
    public void Every_delivery_is_taken_once_in_order_whatever_the_limit_does()
    {
        var queue = Queue(room: 1000, first: 2, most: 16);
        var deliveries = Enumerable.Range(0, 500).Select(_ => Delivery()).ToList();
        var tokens = deliveries.Count(delivery => queue.Enqueue(delivery, reserved: false));
        List<HeldDelivery> taken = [];
        for (var i = 0; tokens > 0; i++)
        {
            tokens--;
            if (!queue.TryTake(out var delivery)) continue;
            taken.Add(delivery!);
            tokens += queue.Finish(answered: i % 3 != 0);
        }
        Assert.Equal(deliveries, taken);
    }

    [Fact]
    public void A_full_queue_sends_later_deliveries_to_the_store_until_it_is_said_to_be_empty()
    {
        var queue = Queue(room: 2);
        Assert.True(queue.TryReserve());
        Assert.True(queue.TryReserve());
        Assert.False(queue.TryReserve());
        Assert.Equal(0, queue.Room);

        queue.Unreserve();
        Assert.Equal(1, queue.Room);
        Assert.True(queue.WantsMore);
        Assert.False(queue.TryReserve());

        queue.Spilled = false;
        Assert.True(queue.TryReserve());
    }

    [Fact]
    public void A_queue_that_is_emptied_spends_the_tokens_that_are_out_and_goes_on_afterwards()
    {
        var queue = Queue();
        Assert.Equal(4, Fill(queue, 10));
        Assert.True(queue.TryTake(out _));
        Assert.Equal(9, queue.TakeAll().Count);
        for (var tokens = 0; tokens < 3; tokens++) Assert.False(queue.TryTake(out _));
        Assert.Equal(0, queue.Finish(answered: true));
        Assert.Equal(100, queue.Room);
        Assert.Equal(5, Fill(queue, 10));
    }
}
