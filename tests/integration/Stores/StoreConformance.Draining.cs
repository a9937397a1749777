namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task A_node_hears_with_its_heartbeat_that_it_is_to_take_no_new_work()
    {
        Assert.False((await Store.HeartbeatAsync(Node, None)).Draining);
        Assert.True(await Store.DrainNodeAsync(Node, drain: true, None));
        var asked = Clock.Now;
        Assert.True((await Store.HeartbeatAsync(Node, None)).Draining);
        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await Store.DrainNodeAsync(Node, drain: true, None));
        Assert.Equal(asked, Assert.Single((await Store.GetStatusAsync(None)).Nodes).DrainingSince);
        Assert.True(await Store.DrainNodeAsync(Node, drain: false, None));
        Assert.False((await Store.HeartbeatAsync(Node, None)).Draining);
        Assert.Null(Assert.Single((await Store.GetStatusAsync(None)).Nodes).DrainingSince);
        await Store.ReleaseNodeAsync(Node, None);
        Assert.False(await Store.DrainNodeAsync(Node, drain: true, None));
    }
}
