using Nova.Model;
using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task When_an_operator_key_was_last_used_is_noted_and_never_turned_back()
    {
        var key = new OperatorKey(Id<OperatorKey>.New(Clock.Now), "billing", new byte[32], "nk_****abcd", OperatorScopes.Publish, Clock.Now);
        await Store.SaveAsync([new DirectoryChange.OfOperatorKey(key)], None);
        var version = (await Store.ReadChangesAsync(0, None)).Version;
        var used = Clock.Now.AddMinutes(3);
        await Store.TouchKeysAsync(new Dictionary<Guid, DateTimeOffset> { [key.Id.Value] = used }, None);
        await Store.TouchKeysAsync(new Dictionary<Guid, DateTimeOffset> { [key.Id.Value] = used.AddMinutes(-1) }, None);
        Assert.Equal(used, Assert.Single((await Store.ReadChangesAsync(version, None)).OperatorKeys).LastUsedAt);
        // Saved again by somebody who read it before.
        await Store.SaveAsync([new DirectoryChange.OfOperatorKey(key with { RevokedAt = Clock.Now })], None);
        Assert.Equal(used, Assert.Single((await Store.ReadChangesAsync(version, None)).OperatorKeys).LastUsedAt);
    }
}
