namespace Nova.IntegrationTests.Api;

/// <summary>Views under a name: who may save them, and what is refused.</summary>
public sealed class SavedViewsTests(SqliteServerFixture fixture) : IClassFixture<SqliteServerFixture>
{
    NovaServer Server => fixture.Server;

    [Fact]
    public async Task A_view_is_saved_listed_and_deleted()
    {
        var account = await Server.AddAccountAsync("kit");
        var saved = (await Server.PostAsync("/v1/saved-views", account.Key, new { name = "Failed", query = "status=failed&period=7d" })).Expect(201);
        Assert.Equal(("Failed", "status=failed&period=7d"), (saved.Text("name"), saved.Text("query")));
        var again = (await Server.PostAsync("/v1/saved-views", account.Key, new { name = "Failed", query = "" })).Expect(201);
        Assert.Equal([again.Text("id")], (await Server.GetAsync("/v1/saved-views", account.Key)).Expect(200).Data.Select(view => view.GetProperty("id").GetString()));
        Assert.Empty((await Server.GetAsync("/v1/saved-views", account.SandboxKey)).Expect(200).Data);
        (await Server.DeleteAsync($"/v1/saved-views/{saved.Text("id")}", account.Key)).ExpectProblem(404, "not-found");
        (await Server.DeleteAsync($"/v1/saved-views/{again.Text("id")}", account.Key)).Expect(204);
        Assert.Empty((await Server.GetAsync("/v1/saved-views", account.Key)).Expect(200).Data);
        var log = await People.AuditAsync(Server, $"&account={account.Id}&action=view.*");
        Assert.Equal(["view.deleted", "view.saved", "view.saved"], log.Select(entry => entry.GetProperty("action").GetString()));
        Assert.Equal("status=failed&period=7d", log[1].GetProperty("before").GetProperty("query").GetString());
    }

    [Fact]
    public async Task One_without_a_name_too_long_a_query_or_one_too_many_is_refused()
    {
        var account = await Server.AddAccountAsync("kit");
        (await Server.PostAsync("/v1/saved-views", account.Key, "{}")).ExpectProblem(400, "invalid-request").At("/name").At("/query");
        (await Server.PostAsync("/v1/saved-views", account.Key, new { name = "", query = new string('x', 2001), colour = "red" }))
            .ExpectProblem(400, "invalid-request").At("/name").At("/query").At("/colour");
        (await Server.PostAsync("/v1/saved-views", account.Key, """{"name":"Failed","query":null}""")).ExpectProblem(400, "invalid-request").At("/query");
        for (var i = 0; i < 50; i++) (await Server.PostAsync("/v1/saved-views", account.Key, new { name = $"View {i}", query = "" })).Expect(201);
        (await Server.PostAsync("/v1/saved-views", account.Key, new { name = "One more", query = "" })).ExpectProblem(409, "view-limit");
        (await Server.PostAsync("/v1/saved-views", account.Key, new { name = "View 7", query = "q=7" })).Expect(201);
        Assert.Equal(50, (await Server.GetAsync("/v1/saved-views", account.Key)).Expect(200).Data.Count);
    }
}
