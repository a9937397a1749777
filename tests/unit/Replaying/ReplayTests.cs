using Nova.Model;
using Nova.Replaying;

namespace Nova.UnitTests.Replaying;

public class ReplayTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 10, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Rows of which those marked are to be delivered; their targets are of no interest here.</summary>
    static ReplayPage Page(string rows)
    {
        var all = rows.Select(mark => new ReplayRow(
            Guid.CreateVersion7(Noon), mark == 'x' ? new ReplayItem(null, Id<Event>.New(Noon), null!, "a", null) : null)).ToArray();
        return new(all, Guid.AllBitsSet, IsLast: true);
    }

    [Theory]
    [InlineData("x-x-x", 2, 4)] // What is passed over behind the last one that is taken is dealt with at once.
    [InlineData("--xx", 1, 3)]
    [InlineData("x", 5, 1)]
    [InlineData("----", 1, 4)]
    public void A_page_ends_before_the_first_item_that_is_too_many(string rows, int items, int left)
    {
        var page = Page(rows);
        var cut = page.Most(items);
        Assert.Equal(left, cut.Rows.Count);
        if (left == rows.Length) Assert.Same(page, cut);
        else Assert.Equal((page.Rows[left - 1].Id, false), (cut.Cursor, cut.IsLast));
    }

    [Fact]
    public void A_selection_is_read_as_it_was_written()
    {
        var selection = new ReplaySelection
        {
            Missed = true, EndpointId = Id<Endpoint>.New(Noon), State = DeliveryState.Delivered, EventTypes = ["a", "b"], Tenant = "t-1", Error = "\"refused\"",
            From = Noon.AddDays(-1), Until = Noon,
        };
        var read = ReplaySelection.FromJson(selection.ToJson());
        Assert.Equal(selection.EventTypes, read.EventTypes);
        Assert.Equal(selection, read with { EventTypes = selection.EventTypes });
        var least = new ReplaySelection { Until = Noon };
        Assert.Equal(least.ToJson(), ReplaySelection.FromJson(least.ToJson()).ToJson());
        Assert.Empty(ReplaySelection.FromJson(least.ToJson()).EventTypes);
    }
}
