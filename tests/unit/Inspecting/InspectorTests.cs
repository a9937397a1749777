using Nova.Model;

namespace Nova.UnitTests.Inspecting;

public class InspectorTests
{
    static readonly string Token = new('a', 43);

    [Theory]
    [InlineData("https://nova.example.com/inspect/{0}", true)]
    [InlineData("https://nova.example.com/nova/inspect/{0}", true)] // Under an application's own path.
    [InlineData("https://nova.example.com/inspect/{0}?a=b", false)]
    [InlineData("https://nova.example.com/inspect/{0}/", false)]
    [InlineData("https://nova.example.com/inspect/short", false)]
    [InlineData("https://nova.example.com/hooks/{0}", false)]
    [InlineData("/inspect/{0}", false)]
    public void Only_an_address_that_ends_with_a_token_may_be_an_inspectors(string url, bool may) =>
        Assert.Equal(may ? Token : null, Inspector.TokenOf(string.Format(null, url, Token)));
}
