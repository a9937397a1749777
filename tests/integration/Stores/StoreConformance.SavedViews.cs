using Nova.Model;
using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    ISavedViewStore SavedViews => (ISavedViewStore)Store;

    SavedView NewView(string name, string query, int? environmentId = null) => new(Id<SavedView>.New(Clock.Now), environmentId ?? Production, name, query, Clock.Now);

    [Fact]
    public async Task Saved_views_are_listed_by_name_and_environment_and_one_of_the_same_name_takes_the_others_place()
    {
        var (late, early, other) = (NewView("b", "status=failed"), NewView("a", ""), NewView("a", "q=1", Sandbox));
        foreach (var view in new[] { late, early, other }) Assert.True(await SavedViews.SaveViewAsync(view, 2, None));
        Assert.Equal([early, late], await SavedViews.ListViewsAsync(Production, None));

        Assert.False(await SavedViews.SaveViewAsync(NewView("c", ""), 2, None));
        Clock.Advance(TimeSpan.FromSeconds(1));
        var again = NewView("b", "status=pending");
        Assert.True(await SavedViews.SaveViewAsync(again, 2, None));
        Assert.Equal([early, again], await SavedViews.ListViewsAsync(Production, None));

        Assert.False(await SavedViews.DeleteViewAsync(Production, late.Id, None));
        Assert.False(await SavedViews.DeleteViewAsync(Sandbox, early.Id, None));
        Assert.True(await SavedViews.DeleteViewAsync(Production, early.Id, None));
        Assert.Equal([again], await SavedViews.ListViewsAsync(Production, None));
        Assert.Equal([other], await SavedViews.ListViewsAsync(Sandbox, None));
    }
}
