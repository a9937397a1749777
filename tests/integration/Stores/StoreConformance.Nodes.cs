using Nova.Model;

namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_nodes_number_is_never_given_twice()
    {
        var numbers = new List<int> { Node };
        numbers.AddRange(await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Store.RegisterNodeAsync("a", None))));
        foreach (var number in numbers) await Store.ReleaseNodeAsync(number, None);
        numbers.Add(await Store.RegisterNodeAsync("a", None));
        Store = await Harness.ReopenAsync();
        numbers.Add(await Store.RegisterNodeAsync("a", None));
        Assert.Equal(numbers.Count, numbers.Distinct().Count());
    }

    [Fact]
    public async Task A_heartbeat_says_that_the_node_lives_and_learns_the_stores_time()
    {
        Clock.Advance(TimeSpan.FromSeconds(5));
        var heartbeat = await Store.HeartbeatAsync(Node, None);
        Assert.True(heartbeat.Alive);
        Assert.Equal(Clock.Now, heartbeat.StoreNow);
    }

    [Fact]
    public async Task A_node_that_was_never_registered_does_not_live() =>
        Assert.False((await Store.HeartbeatAsync(Node + 1000, None)).Alive);

    [Fact]
    public async Task A_silent_nodes_deliveries_are_due_at_once_for_others()
    {
        var other = await Store.RegisterNodeAsync("b", None);
        var waiting = await PublishAsync(NewEndpointId());
        Assert.Single(await ClaimAsync());
        var leased = await PublishAsync(NewEndpointId(), leased: true);

        Clock.Advance(Lease - TimeSpan.FromSeconds(1));
        await Store.HeartbeatAsync(other, None);
        Assert.Equal(0, await Store.TakeOverAsync(Lease, None));
        Assert.Empty(await ClaimAsync(other));

        Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, await Store.TakeOverAsync(Lease, None));
        Assert.Equal(0, await Store.TakeOverAsync(Lease, None));
        Assert.Equal(new[] { waiting.Id, leased.Id }.Order(), (await ClaimAsync(other)).Select(c => c.Delivery.Id).Order());
        Assert.False((await Store.HeartbeatAsync(Node, None)).Alive);
        Assert.True((await Store.HeartbeatAsync(other, None)).Alive);
    }

    [Fact]
    public async Task A_node_that_says_it_lives_keeps_its_deliveries()
    {
        await PublishAsync(NewEndpointId(), leased: true);
        for (var i = 0; i < 5; i++)
        {
            Clock.Advance(Lease - TimeSpan.FromSeconds(1));
            Assert.True((await Store.HeartbeatAsync(Node, None)).Alive);
            Assert.Equal(0, await Store.TakeOverAsync(Lease, None));
        }
        Assert.Empty(await ClaimAsync(await Store.RegisterNodeAsync("b", None)));
    }

    [Fact]
    public async Task A_heartbeat_does_not_bring_a_dead_node_back()
    {
        Clock.Advance(Lease * 2);
        await Store.TakeOverAsync(Lease, None);
        Assert.False((await Store.HeartbeatAsync(Node, None)).Alive);
        Assert.False((await Store.HeartbeatAsync(Node, None)).Alive);
        Assert.Empty((await Store.GetStatusAsync(None)).Nodes);
    }

    [Fact]
    public async Task A_node_that_stops_leaves_its_deliveries_to_others_at_once()
    {
        var other = await Store.RegisterNodeAsync("b", None);
        var (first, second) = (await PublishAsync(NewEndpointId(), leased: true), await PublishAsync(NewEndpointId()));
        Assert.Single(await ClaimAsync());
        await Store.ReleaseNodeAsync(Node, None);
        Assert.False((await Store.HeartbeatAsync(Node, None)).Alive);
        Assert.Equal(new[] { first.Id, second.Id }.Order(), (await ClaimAsync(other)).Select(c => c.Delivery.Id).Order());
        Assert.Equal([first.Id], (await RecordAsync(Record(first, DeliveryState.Delivered))).Lost);
    }

    [Fact]
    public async Task A_retry_that_waits_is_not_hastened_by_a_node_that_dies()
    {
        var delivery = await PublishAsync(NewEndpointId(), leased: true);
        await RecordAsync(Record(delivery, DeliveryState.Pending, retryIn: TimeSpan.FromHours(1)));
        await Store.ReleaseNodeAsync(Node, None);
        Assert.Empty(await ClaimAsync(await Store.RegisterNodeAsync("b", None)));
        Assert.Equal(Clock.Now.AddHours(1), (await DetailAsync(delivery)).Delivery.NextAttemptAt);
    }

    [Fact]
    public async Task The_status_shows_the_nodes_that_live_and_what_they_hold()
    {
        var started = Clock.Now;
        var other = await Store.RegisterNodeAsync("b", None);
        await PublishAsync(NewEndpointId(), leased: true);
        await PublishAsync(NewEndpointId(), leased: true);
        Clock.Advance(TimeSpan.FromSeconds(3));
        await Store.HeartbeatAsync(Node, None);
        var nodes = (await Store.GetStatusAsync(None)).Nodes.OrderBy(node => node.Name).ToArray();
        Assert.Equal(new(Node, "a", started, Clock.Now, 2), nodes[0]);
        Assert.Equal(new(other, "b", started, started, 0), nodes[1]);
        await Store.ReleaseNodeAsync(other, None);
        Assert.Equal(Node, Assert.Single((await Store.GetStatusAsync(None)).Nodes).Id);
    }
}
