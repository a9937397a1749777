using Nova.Model;

namespace Nova.UnitTests;

public class LatencyHistogramTests
{
    [Fact]
    public void Buckets_are_in_order_and_hold_every_time()
    {
        var last = 0;
        for (var microseconds = 0L; microseconds < 200_000_000; microseconds = microseconds * 21 / 20 + 1)
        {
            var bucket = LatencyHistogram.BucketOf(microseconds);
            Assert.InRange(bucket, last, last + 1);
            last = bucket;
        }
        Assert.Equal(LatencyHistogram.Buckets - 1, last);
        Assert.Equal(0, LatencyHistogram.BucketOf(0));
        Assert.Equal(LatencyHistogram.Buckets - 1, LatencyHistogram.BucketOf(long.MaxValue));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.95)]
    [InlineData(0.99)]
    public void A_percentile_is_right_to_about_a_tenth(double share)
    {
        var random = new Random(7);
        var (histogram, times) = (new LatencyHistogram(), new List<long>());
        for (var i = 0; i < 20_000; i++)
        {
            var microseconds = (long)Math.Exp(6 + random.NextDouble() * 9);
            times.Add(microseconds);
            histogram.Add(LatencyHistogram.BucketOf(microseconds), 1);
        }
        times.Sort();
        var exact = times[(int)(share * times.Count)] / 1000.0;
        Assert.InRange(histogram.Percentile(share)!.Value, exact * 0.88, exact * 1.12);
    }

    [Fact]
    public void Nothing_has_no_percentile() => Assert.Null(new LatencyHistogram().Percentile(0.5));

    [Fact]
    public void Histograms_add_up()
    {
        var (one, other) = (new LatencyHistogram(), new LatencyHistogram());
        one.Add(3, 2);
        other.Add(3, 5);
        other.Add(9, 1);
        one.Add(other);
        Assert.Equal((7, 1, 8), (one[3], one[9], one.Count));
    }
}
