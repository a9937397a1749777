using System.Text.Json;
using Nova.AspNetCore.Reading;

namespace Nova.UnitTests.Api;

public class JsonContainmentTests
{
    [Theory]
    [InlineData("""{"a":1,"b":{"c":"x","d":2}}""", """{"b":{"c":"x"}}""", true)]
    [InlineData("""{"a":1}""", "{}", true)]
    [InlineData("""{"a":1}""", """{"a":1.0}""", true)]
    [InlineData("""{"a":1}""", """{"a":"1"}""", false)]
    [InlineData("""{"a":1}""", """{"b":1}""", false)]
    [InlineData("""{"a":null}""", """{"a":null}""", true)]
    [InlineData("""{}""", """{"a":null}""", false)]
    [InlineData("""{"a":[1,{"b":2,"c":3}]}""", """{"a":[{"b":2}]}""", true)]
    [InlineData("""{"a":[1,2]}""", """{"a":[2,1,1]}""", true)]
    [InlineData("""{"a":[1,2]}""", """{"a":[3]}""", false)]
    [InlineData("""{"a":[1,2]}""", """{"a":1}""", false)]
    [InlineData("\"x\"", "\"x\"", true)]
    public void Contents_are_judged_as_PostgreSQL_does(string whole, string part, bool contains) =>
        Assert.Equal(contains, JsonContainment.Contains(JsonSerializer.Deserialize<JsonElement>(whole), JsonSerializer.Deserialize<JsonElement>(part)));
}
