using Nova.Model;

namespace Nova.UnitTests;

public class IdPrefixTests
{
    [Fact]
    public void Every_beginning_of_an_id_is_a_range_that_holds_it_and_what_else_begins_so()
    {
        var (id, other) = (Id<Delivery>.New(new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero)), Id<Delivery>.New(new(2026, 1, 5, 12, 0, 1, TimeSpan.Zero)));
        var text = id.ToString();
        for (var length = "dlv_".Length + 1; length <= text.Length; length++)
        {
            var (from, before) = IdPrefix.RangeOf<Delivery>(text[..length])!.Value;
            Assert.True(from.CompareTo(id) <= 0 && id.CompareTo(before) < 0, text[..length]);
            Assert.StartsWith(text[..length], from.ToString(), StringComparison.Ordinal);
            Assert.False(before.ToString().StartsWith(text[..length], StringComparison.Ordinal));
            var within = from.CompareTo(other) <= 0 && other.CompareTo(before) < 0;
            Assert.Equal(other.ToString().StartsWith(text[..length], StringComparison.Ordinal), within);
        }
    }

    [Theory]
    [InlineData("dlv_")]
    [InlineData("dlv")]
    [InlineData("evt_01")]
    [InlineData("dlv_8")]
    [InlineData("dlv_0u")]
    [InlineData("dlv_01234567890123456789012345678")]
    [InlineData("order 12")]
    public void Anything_else_is_none(string text) => Assert.Null(IdPrefix.RangeOf<Delivery>(text));
}
