using Nova.Model;
using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task A_waiting_delivery_is_claimed_whole_with_its_event()
    {
        var @event = NewEvent() with { PublisherId = "job-1", Tenant = "t-1" };
        var delivery = NewDelivery(@event, NewEndpointId()) with { Trigger = DeliveryTrigger.Test, Generation = 7 };
        await AppendAsync(Entry(@event, leased: false, delivery));
        var claimed = Assert.Single(await ClaimAsync());
        Assert.Equal(delivery with { State = DeliveryState.Processing, NextAttemptAt = claimed.Delivery.NextAttemptAt }, claimed.Delivery);
        Assert.Equal(@event, claimed.Event with { Data = @event.Data });
        Assert.Equal(DeliveryState.Processing, (await DetailAsync(delivery)).Delivery.State);
    }

    [Fact]
    public async Task A_leased_delivery_is_not_claimed_by_another_node()
    {
        var other = await Store.RegisterNodeAsync("b", None);
        await PublishAsync(NewEndpointId(), leased: true);
        await PublishAsync(NewEndpointId());
        Assert.Single(await ClaimAsync(other));
        Assert.Empty(await ClaimAsync(other));
        Assert.Empty(await ClaimAsync());
    }

    [Fact]
    public async Task Nodes_that_claim_at_the_same_time_never_claim_the_same_delivery()
    {
        var nodes = new[] { Node, await Store.RegisterNodeAsync("b", None), await Store.RegisterNodeAsync("c", None) };
        for (var i = 0; i < 10; i++) await PublishManyAsync(NewEndpointId(), 20);
        var claimed = await Task.WhenAll(nodes.SelectMany(node => Enumerable.Range(0, 5).Select(_ => ClaimAsync(node, limit: 30))));
        var ids = claimed.SelectMany(batch => batch.Select(c => c.Delivery.Id)).ToList();
        while (await ClaimAsync() is { Count: > 0 } rest) ids.AddRange(rest.Select(c => c.Delivery.Id));
        Assert.Equal(200, ids.Count);
        Assert.Equal(200, ids.Distinct().Count());
    }

    [Fact]
    public async Task The_oldest_of_an_endpoint_is_claimed_first()
    {
        var deliveries = await PublishManyAsync(NewEndpointId(), 10);
        foreach (var expected in deliveries.Chunk(4))
            Assert.Equal(expected.Select(d => d.Id).Order(), (await ClaimAsync(limit: 4)).Select(c => c.Delivery.Id).Order());
    }

    [Fact]
    public async Task Claiming_takes_no_more_than_its_limit()
    {
        for (var i = 0; i < 5; i++) await PublishManyAsync(NewEndpointId(), 5);
        Assert.Equal(7, (await ClaimAsync(limit: 7)).Count);
    }

    [Fact]
    public async Task Claiming_takes_no_more_of_an_endpoint_than_it_has_room_for()
    {
        var (busy, full, idle) = (NewEndpointId(), NewEndpointId(), NewEndpointId());
        foreach (var endpoint in new[] { busy, full, idle }) await PublishManyAsync(endpoint, 10);
        var room = new Dictionary<Id<Endpoint>, int> { [busy] = 2, [full] = 0 };
        var claimed = await Store.ClaimAsync(new ClaimRequest(Node, 100, 6, room), None);
        var counts = claimed.CountBy(c => c.Delivery.EndpointId).ToDictionary();
        Assert.Equal(new Dictionary<Id<Endpoint>, int> { [busy] = 2, [idle] = 6 }, counts);
    }

    [Fact]
    public async Task A_claim_that_goes_on_takes_the_next_of_the_endpoints_that_it_names()
    {
        var (busy, other) = (NewEndpointId(), NewEndpointId());
        var deliveries = await PublishManyAsync(busy, 10);
        await PublishManyAsync(other, 10);
        var room = new Dictionary<Id<Endpoint>, int> { [busy] = 4, [other] = 0 };
        var first = await Store.ClaimAsync(new ClaimRequest(Node, 100, 0, room), None);
        var second = await Store.ClaimAsync(new ClaimRequest(Node, 100, 100, new Dictionary<Id<Endpoint>, int> { [busy] = 4 }, GoesOn: true), None);
        var third = await Store.ClaimAsync(new ClaimRequest(Node, 100, 100, new Dictionary<Id<Endpoint>, int> { [busy] = 4 }, GoesOn: true), None);
        Assert.Equal(deliveries.Take(4).Select(d => d.Id).Order(), first.Select(c => c.Delivery.Id).Order());
        Assert.Equal(deliveries.Skip(4).Take(4).Select(d => d.Id).Order(), second.Select(c => c.Delivery.Id).Order());
        Assert.Equal(deliveries.Skip(8).Select(d => d.Id).Order(), third.Select(c => c.Delivery.Id).Order());
    }

    [Fact]
    public async Task What_was_given_back_is_found_by_a_claim_that_does_not_go_on()
    {
        var endpoint = NewEndpointId();
        await PublishManyAsync(endpoint, 4);
        var room = new Dictionary<Id<Endpoint>, int> { [endpoint] = 2 };
        var other = await Store.RegisterNodeAsync("other", None);
        var given = await Store.ClaimAsync(new ClaimRequest(other, 100, 2, room), None);
        Assert.Equal(2, (await Store.ClaimAsync(new ClaimRequest(Node, 100, 2, room, GoesOn: true), None)).Count);
        await Store.ReleaseNodeAsync(other, None);
        Assert.Equal(given.Select(c => c.Delivery.Id).Order(), (await Store.ClaimAsync(new ClaimRequest(Node, 100, 2, room), None)).Select(c => c.Delivery.Id).Order());
    }

    [Fact]
    public async Task An_endpoint_with_many_waiting_takes_no_others_place()
    {
        var (flooded, other, third) = (NewEndpointId(), NewEndpointId(), NewEndpointId());
        await PublishManyAsync(flooded, 100);
        await PublishAsync(other);
        await PublishAsync(third);
        var claimed = await ClaimAsync(limit: 10, room: 4);
        Assert.Equal(4, claimed.Count(c => c.Delivery.EndpointId == flooded));
        Assert.Contains(claimed, c => c.Delivery.EndpointId == other);
        Assert.Contains(claimed, c => c.Delivery.EndpointId == third);
    }

    [Fact]
    public async Task Where_there_are_more_endpoints_than_the_limit_each_has_its_turn()
    {
        var endpoints = Enumerable.Range(0, 20).Select(_ => NewEndpointId()).ToList();
        foreach (var endpoint in endpoints) await PublishManyAsync(endpoint, 30);
        var served = new HashSet<Id<Endpoint>>();
        // 5 a call and 20 endpoints: four calls would do, twenty must. All 600 would take 120.
        for (var i = 0; i < 20; i++) served.UnionWith((await ClaimAsync(limit: 5, room: 5)).Select(c => c.Delivery.EndpointId));
        Assert.Equal(20, served.Count);
    }

    [Fact]
    public async Task A_dead_node_claims_nothing()
    {
        await PublishAsync(NewEndpointId());
        var dead = await Store.RegisterNodeAsync("dead", None);
        await Store.ReleaseNodeAsync(dead, None);
        Assert.Empty(await ClaimAsync(dead));
        Assert.Single(await ClaimAsync());
    }

    [Fact]
    public async Task A_retry_is_not_claimed_before_its_time()
    {
        var delivery = await PublishAsync(NewEndpointId(), leased: true);
        await RecordAsync(Record(delivery, DeliveryState.Pending, retryIn: TimeSpan.FromMinutes(1)));
        Clock.Advance(TimeSpan.FromSeconds(60) - TimeSpan.FromMilliseconds(1));
        Assert.Empty(await ClaimAsync());
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        var claimed = Assert.Single(await ClaimAsync());
        Assert.Equal(delivery.Id, claimed.Delivery.Id);
        Assert.Equal(1, claimed.Delivery.AttemptCount);
    }

    [Fact]
    public async Task A_retrys_delay_counts_from_the_end_of_the_attempt()
    {
        var delivery = await PublishAsync(NewEndpointId(), leased: true);
        var record = Record(delivery, DeliveryState.Pending, retryIn: TimeSpan.FromSeconds(30)) with { EndedAgo = TimeSpan.FromSeconds(4) };
        await RecordAsync(record);
        Assert.Equal(Clock.Now.AddSeconds(26), (await DetailAsync(delivery)).Delivery.NextAttemptAt);
    }

    [Fact]
    public async Task Deliveries_that_are_not_due_keep_no_others_back()
    {
        var later = NewEndpointId();
        for (var i = 0; i < 10; i++)
        {
            var delivery = await PublishAsync(later, leased: true);
            await RecordAsync(Record(delivery, DeliveryState.Pending, retryIn: TimeSpan.FromHours(1)));
        }
        var now = await PublishAsync(later);
        Assert.Equal(now.Id, Assert.Single(await ClaimAsync(limit: 1)).Delivery.Id);
    }

    [Fact]
    public async Task Hastening_makes_waiting_deliveries_due_now()
    {
        var (endpoint, other) = (NewEndpointId(), NewEndpointId());
        foreach (var target in new[] { endpoint, endpoint, endpoint, other })
        {
            var delivery = await PublishAsync(target, leased: true);
            await RecordAsync(Record(delivery, DeliveryState.Pending, retryIn: TimeSpan.FromHours(1)));
        }
        await PublishAsync(endpoint, leased: true); // In a node's hands: nothing to hasten.

        Assert.Equal(2, await Store.HastenAsync(Sandbox, endpoint, 2, None));
        Assert.Equal(2, (await ClaimAsync()).Count);
        Assert.Equal(1, await Store.HastenAsync(Sandbox, endpoint, 2, None));
        Assert.Equal(endpoint, Assert.Single(await ClaimAsync()).Delivery.EndpointId);
        Assert.Equal(0, await Store.HastenAsync(Sandbox, endpoint, 2, None));
    }

    [Fact]
    public async Task Hastening_counts_only_what_was_not_due()
    {
        var endpoint = NewEndpointId();
        await PublishAsync(endpoint);
        Assert.Equal(0, await Store.HastenAsync(Sandbox, endpoint, 10, None));
        Assert.Equal(0, await Store.HastenAsync(Production, endpoint, 10, None));
    }
}
