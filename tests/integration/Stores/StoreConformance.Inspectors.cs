using System.Security.Cryptography;
using System.Text;
using Nova.Model;
using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    IInspectorStore Inspectors => (IInspectorStore)Store;

    async Task<Inspector> AddInspectorAsync(string token, int? environmentId = null)
    {
        var inspector = new Inspector(Id<Inspector>.New(Clock.Now), environmentId ?? Sandbox, SHA256.HashData(Encoding.UTF8.GetBytes(token)), "https://nova.example.com/inspect/" + token, Clock.Now);
        Assert.True(await Inspectors.AddInspectorAsync(inspector, 3, None));
        return inspector;
    }

    InspectedRequest NewRequest(string body) => new()
    {
        Id = Id<InspectedRequest>.New(Clock.Now), At = Clock.Now, Headers = "A: b\r\n"u8.ToArray(), Body = Encoding.UTF8.GetBytes(body),
        Finding = "verified", Detail = "Right.", EndpointId = NewEndpointId(),
    };

    [Fact]
    public async Task Inspectors_are_found_by_token_and_listed_by_environment()
    {
        var one = await AddInspectorAsync("one");
        Clock.Advance(TimeSpan.FromSeconds(1));
        var two = await AddInspectorAsync("two");
        var other = await AddInspectorAsync("other", Production);
        Assert.Equal(one.Id, (await Inspectors.FindInspectorAsync(one.TokenSha256, None))?.Id);
        Assert.Equal((other.Url, Production), (await Inspectors.FindInspectorAsync(other.TokenSha256, None)) is { } found ? (found.Url, found.EnvironmentId) : default);
        Assert.Null(await Inspectors.FindInspectorAsync(new byte[32], None));
        Assert.Equal([two.Id, one.Id], (await Inspectors.ListInspectorsAsync(Sandbox, None)).Select(each => each.Id));
        await AddInspectorAsync("three");
        Assert.False(await Inspectors.AddInspectorAsync(new(Id<Inspector>.New(Clock.Now), Sandbox, [1], "u", Clock.Now), 3, None));
        Assert.False(await Inspectors.DeleteInspectorAsync(Production, one.Id, None));
        Assert.True(await Inspectors.DeleteInspectorAsync(Sandbox, one.Id, None));
        Assert.Null(await Inspectors.FindInspectorAsync(one.TokenSha256, None));
    }

    [Fact]
    public async Task An_inspector_keeps_the_newest_requests_for_a_time()
    {
        var (one, two) = (await AddInspectorAsync("one"), await AddInspectorAsync("two"));
        InspectedRequest? last = null;
        for (var i = 0; i < 6; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            await Inspectors.KeepRequestAsync(one, last = NewRequest($"{i}"), 3, None);
            if (i == 0) await Inspectors.KeepRequestAsync(two, NewRequest("two"), 3, None);
        }
        var kept = await Inspectors.ListRequestsAsync(Sandbox, one.Id, None);
        Assert.Equal(["5", "4", "3"], kept.Select(request => Encoding.UTF8.GetString(request.Body.Span)));
        Assert.Equal((last!.At, "verified", "Right.", last.EndpointId, "A: b\r\n"), (kept[0].At, kept[0].Finding, kept[0].Detail, kept[0].EndpointId, Encoding.UTF8.GetString(kept[0].Headers.Span)));
        Assert.Single(await Inspectors.ListRequestsAsync(Sandbox, two.Id, None));
        Assert.Empty(await Inspectors.ListRequestsAsync(Production, one.Id, None));
        Assert.False(await Inspectors.CleanInspectorsAsync(last.At, None));
        Assert.Single(await Inspectors.ListRequestsAsync(Sandbox, one.Id, None));
        await Inspectors.DeleteInspectorAsync(Sandbox, one.Id, None);
        Assert.Empty(await Inspectors.ListRequestsAsync(Sandbox, one.Id, None));
        await Inspectors.KeepRequestAsync(one, NewRequest("late"), 3, None);
        Assert.Empty(await Inspectors.ListRequestsAsync(Sandbox, one.Id, None));
    }
}
