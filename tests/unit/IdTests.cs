using Nova.Model;

namespace Nova.UnitTests;

public class IdTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 10, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_id_reads_back_what_it_wrote()
    {
        var id = Id<Event>.New(Noon);

        Assert.True(Id<Event>.TryParse(id.ToString(), out var read));
        Assert.Equal(id, read);
        Assert.StartsWith("evt_", id.ToString(), StringComparison.Ordinal);
        Assert.Equal(Noon, read.Time);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("evt_")]
    [InlineData("ep_01jv8q3zk0000000000000000z")]
    [InlineData("evt_01JV8Q3ZK0000000000000000Z")]
    [InlineData("evt_u1jv8q3zk0000000000000000z")]
    [InlineData("evt_zzzzzzzzzzzzzzzzzzzzzzzzzz")]
    public void Anything_else_is_no_id(string? text) => Assert.False(Id<Event>.TryParse(text, out _));

    [Theory]
    [InlineData(TimeSpan.TicksPerMillisecond)]
    [InlineData(3)] // 300 ns: within a millisecond as well.
    public void Ids_and_their_texts_sort_by_time(long ticks)
    {
        var ids = Enumerable.Range(0, 10_000).Select(i => Id<Delivery>.New(Noon.AddTicks(i * ticks))).ToArray();

        Assert.Equal(ids, ids.OrderBy(id => id.ToString(), StringComparer.Ordinal));
        Assert.All(ids, id => Assert.True(Id<Delivery>.FirstAt(id.Time).CompareTo(id) <= 0));
    }

    /// <summary>More than one helping of random bytes, on threads that each have their own.</summary>
    [Fact]
    public void Ids_of_one_millisecond_differ_and_are_version_7_UUIDs()
    {
        var ids = Enumerable.Range(0, 20_000).AsParallel().Select(_ => Id<Event>.New(Noon)).ToArray();

        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(ids, id =>
        {
            Assert.Equal(Noon, id.Time);
            Assert.Equal(7, id.Value.Version);
            Assert.InRange(id.Value.Variant, 8, 11); // The bits 10, as RFC 9562 has them.
        });
    }
}
