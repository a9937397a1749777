using Nova.Model;

namespace Nova.UnitTests;

public class FailureCauseTests
{
    [Fact]
    public void A_cause_is_read_as_it_is_written()
    {
        foreach (var outcome in Enum.GetValues<AttemptOutcome>())
        {
            var cause = FailureCause.Of(outcome, 503);
            if (outcome == AttemptOutcome.Delivered) continue;
            Assert.Equal(cause, FailureCause.Read(cause.Name));
            Assert.Equal(outcome, cause.Outcome);
        }
        Assert.Equal("http_503", FailureCause.Of(AttemptOutcome.HttpStatus, 503).Name);
        Assert.Equal("endpoint_gone", FailureCause.Of(null).Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("http_")]
    [InlineData("http_99")]
    [InlineData("http_1000")]
    [InlineData("http_ 503")]
    [InlineData("http_status")]
    [InlineData("delivered")]
    [InlineData("Timeout")]
    public void Anything_else_is_none(string text) => Assert.Null(FailureCause.Read(text));

    [Fact]
    public void No_outcome_has_the_number_of_a_status() => Assert.All(Enum.GetValues<AttemptOutcome>(), outcome => Assert.InRange((short)outcome, (short)0, (short)99));
}
