using System.Text;
using Nova.AspNetCore.Apis;
using Nova.AspNetCore.Reading;

namespace Nova.UnitTests.Api;

public sealed class ReadingTests
{
    [Theory]
    [InlineData("""{"a":"plain"}""", false)]
    [InlineData("""{"a":"\n\"\\ud800"}""", false)]           // An escaped backslash, then letters.
    [InlineData("""{"a":"\u00e9\uD83D\uDE00"}""", false)]
    [InlineData("""{"a":"\ud83d\ude00\ud83d\ude00"}""", false)]
    [InlineData("""{"a":"\ud800"}""", true)]
    [InlineData("""{"a":"\udc00"}""", true)]
    [InlineData("""{"a":"\ud800\ud800"}""", true)]
    [InlineData("""{"a":"\ud800x\udc00"}""", true)]
    [InlineData("""{"a":"\ud800\\udc00"}""", true)]
    [InlineData("""{"\uDBFF":1}""", true)]
    [InlineData("""{"a":"\\\ud800"}""", true)]
    public void Half_of_a_surrogate_pair_is_found(string json, bool lone) => Assert.Equal(lone, LoneSurrogates.In(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("2026-05-10T08:30:00Z", true)]
    [InlineData("2026-05-10T08:30:00.123456Z", true)]
    [InlineData("2026-05-10T10:30:00+02:00", true)]
    [InlineData("2026-05-10T10:30:00.5+02:00", true)]
    [InlineData("2026-05-10T08:30:00.123456789Z", true)]
    [InlineData("2026-05-10T10:30:00.123456789+02:00", true)]
    [InlineData("2026-05-10t08:30:00z", true)]
    [InlineData("2026-05-10T08:30:00.1234567x9Z", false)]
    [InlineData("2026-05-10T08:30:00.1234567890123456789012345678901Z", false)]
    [InlineData("2026-05-10T08:30:00", false)]
    [InlineData("2026-05-10", false)]
    [InlineData("2026-13-10T08:30:00Z", false)]
    [InlineData("1778401800", false)]
    [InlineData("", false)]
    public void A_time_has_an_offset(string text, bool good)
    {
        Assert.Equal(good, Rfc3339.TryParse(text, out var time));
        if (good) Assert.Equal(TimeSpan.Zero, time.Offset);
    }

    [Fact]
    public void Nanoseconds_are_cut_to_what_is_kept()
    {
        Assert.True(Rfc3339.TryParse("2026-05-10T08:30:00.123456789Z", out var time));
        Assert.Equal(new DateTimeOffset(2026, 5, 10, 8, 30, 0, TimeSpan.Zero).AddTicks(1_234_567), time);
    }

    [Fact]
    public void An_offset_is_reckoned_in()
    {
        Assert.True(Rfc3339.TryParse("2026-05-10T10:30:00+02:00", out var time));
        Assert.Equal(new DateTimeOffset(2026, 5, 10, 8, 30, 0, TimeSpan.Zero), time);
    }

    [Fact]
    public void Headers_are_read_line_by_line_and_one_name_may_come_twice()
    {
        var headers = HeaderView.Read("Host: a.example\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nEmpty:\r\nnonsense\r\n"u8);
        Assert.Equal([new("Host", "a.example"), new("Set-Cookie", "a=1"), new("Set-Cookie", "b=2"), new("Empty", "")], headers);
    }
}
