using System.Text;
using Nova.Products;

namespace Nova.UnitTests.Products;

public class SchemaValidatorTests
{
    // The schema of the member "v", a value that fits, one that does not, and where and why it does not.
    [Theory]
    [InlineData("""{"type":"string"}""", "\"\"", "1", "", "Must be a text.")]
    [InlineData("""{"type":"integer"}""", "1", "1.5", "", "Must be a whole number.")]
    [InlineData("""{"type":"integer"}""", "1.0", "\"1\"", "", "Must be a whole number.")]
    [InlineData("""{"type":"integer"}""", "1e3", "1e-3", "", "Must be a whole number.")]
    [InlineData("""{"type":"integer"}""", "123456789012345678901234567890", "0.1", "", "Must be a whole number.")]
    [InlineData("""{"type":"number"}""", "1.5", "null", "", "Must be a number.")]
    [InlineData("""{"type":"number"}""", "1e400", "true", "", "Must be a number.")]
    [InlineData("""{"type":"boolean"}""", "false", "0", "", "Must be true or false.")]
    [InlineData("""{"type":"null"}""", "null", "false", "", "Must be null.")]
    [InlineData("""{"type":"array"}""", "[]", "{}", "", "Must be an array.")]
    [InlineData("""{"type":"object"}""", "{}", "[]", "", "Must be an object.")]
    [InlineData("""{"type":["string","null"]}""", "null", "1", "", "Must be a text or null.")]
    [InlineData("""{"enum":["a",1,null,{"x":[1]}]}""", """{"x":[1.0]}""", "\"b\"", "", "Must be one of \"a\", 1, null, {\"x\":[1]}.")]
    [InlineData("""{"const":{"a":1,"b":2}}""", """{"b":2,"a":1.0}""", """{"a":1}""", "", "Must be {\"a\":1,\"b\":2}.")]
    [InlineData("""{"properties":{"a":{"type":"string"}}}""", """{"b":1}""", """{"a":1}""", "/a", "Must be a text.")]
    [InlineData("""{"properties":{"a":{"properties":{"b":false}}}}""", """{"a":{}}""", """{"a":{"b":1}}""", "/a/b", "Nothing is allowed here.")]
    [InlineData("""{"required":["a"]}""", """{"a":null}""", """{"b":1}""", "/a", "This member is missing.")]
    [InlineData("""{"required":["a"]}""", "\"not an object\"", "{}", "/a", "This member is missing.")]
    [InlineData("""{"properties":{"a":true},"additionalProperties":false}""", """{"a":1}""", """{"x/y~":1}""", "/x~1y~0", "There is no such member.")]
    [InlineData("""{"required":["a"],"additionalProperties":false,"properties":{"a":{}}}""", """{"a":1}""", """{"a":1,"b":1}""", "/b", "There is no such member.")]
    [InlineData("""{"additionalProperties":{"type":"integer"}}""", """{"a":1}""", """{"a":"x"}""", "/a", "Must be a whole number.")]
    [InlineData("""{"patternProperties":{"^n_":{"type":"number"}},"additionalProperties":false}""", """{"n_a":1}""", """{"n_a":"1"}""", "/n_a", "Must be a number.")]
    [InlineData("""{"patternProperties":{"^n_":{"type":"number"}},"additionalProperties":false}""", "{}", """{"a":1}""", "/a", "There is no such member.")]
    [InlineData("""{"propertyNames":{"maxLength":2}}""", """{"é1":1}""", """{"abc":1}""", "/abc", "This name is not allowed here.")]
    [InlineData("""{"items":{"type":"integer"}}""", "[1,2]", "[1,\"2\"]", "/1", "Must be a whole number.")]
    [InlineData("""{"prefixItems":[{"type":"string"},{"type":"integer"}]}""", "[\"a\",1,null]", "[\"a\",\"b\"]", "/1", "Must be a whole number.")]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":false}""", "[\"a\"]", "[\"a\",1]", "/1", "Nothing is allowed here.")]
    [InlineData("""{"minItems":1}""", "[0]", "[]", "", "Must have at least 1 items; it has 0.")]
    [InlineData("""{"maxItems":1}""", "[0]", "[0,0]", "", "Must have at most 1 items; it has 2.")]
    [InlineData("""{"uniqueItems":true}""", """[1,"1",[1],{"a":1},{"a":2},null,false]""", """[{"a":1,"b":[1]},0,{"b":[1.0],"a":1}]""", "", "No two items may be the same.")]
    [InlineData("""{"uniqueItems":true}""", "[]", "[1,1.0]", "", "No two items may be the same.")]
    [InlineData("""{"minLength":2}""", "\"éé\"", "\"é\"", "", "Must have at least 2 characters; it has 1.")]
    [InlineData("""{"maxLength":2}""", "\"😀😀\"", "\"abc\"", "", "Must have at most 2 characters; it has 3.")]
    [InlineData("""{"maxLength":2}""", "\"\\u00e9\\n\"", "\"\\ud83d\\ude00ab\"", "", "Must have at most 2 characters; it has 3.")]
    [InlineData("""{"pattern":"^a.c$"}""", "\"aéc\"", "\"abcd\"", "", "Must match ^a.c$.")]
    [InlineData("""{"pattern":"b"}""", "\"abc\"", "\"\\u0061c\"", "", "Must match b.")]
    [InlineData("""{"minimum":0}""", "0", "-0.1", "", "Must be at least 0.")]
    [InlineData("""{"maximum":1.5}""", "1.5", "1.51", "", "Must be at most 1.5.")]
    [InlineData("""{"maximum":1.5}""", "\"9\"", "1e400", "", "Must be at most 1.5.")]
    [InlineData("""{"exclusiveMinimum":0}""", "1e-20", "0", "", "Must be more than 0.")]
    [InlineData("""{"exclusiveMaximum":100}""", "99.99", "100.0", "", "Must be less than 100.")]
    [InlineData("""{"multipleOf":0.01}""", "19.99", "0.001", "", "Must be a multiple of 0.01.")]
    [InlineData("""{"allOf":[{"type":"string"},{"minLength":1}]}""", "\"a\"", "\"\"", "", "Must have at least 1 characters; it has 0.")]
    [InlineData("""{"anyOf":[{"type":"string"},{"type":"null"}]}""", "null", "1", "", "Must fit one of the 2 forms that are allowed here.")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"minimum":5}]}""", "1", "1.5", "", "Must fit one of the 2 forms that are allowed here.")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"minimum":5}]}""", "5.5", "6", "", "Must fit just one of the 2 forms that are allowed here; it fits several.")]
    [InlineData("""{"not":{"type":"string"}}""", "1", "\"\"", "", "Has a form that is not allowed here.")]
    [InlineData("""{"format":"date-time"}""", "\"2026-05-14T06:30:00.000Z\"", "\"2026-05-14 06:30\"", "", "Must be a date and time as in RFC 3339: 2026-05-10T08:30:00Z.")]
    [InlineData("""{"title":"t","description":"d","examples":[1],"default":1,"$comment":"c"}""", "\"x\"", null, "", "")]
    public void Each_keyword(string schema, string fits, string? fitsNot, string pointer, string message)
    {
        var validator = Schemas.Compile($$$"""{"type":"object","properties":{"v":{{{schema}}}}}""");

        Assert.Empty(Validate(validator, fits));
        if (fitsNot is null) return;
        var fault = Validate(validator, fitsNot)[0];
        Assert.Equal(("/v" + pointer, message, false), (fault.Pointer, fault.Message, fault.Fatal));
    }

    [Theory]
    [InlineData("date-time", "2026-05-10T08:30:00Z 2026-05-10t08:30:00z 2024-02-29T23:59:60Z 2026-05-10T08:30:00.123456789+02:00 0000-01-01T00:00:00-00:00",
        "2026-05-10 2026-05-10T08:30:00 2026-05-10T08:30Z 2026-02-29T00:00:00Z 2026-13-01T00:00:00Z 2026-05-10T24:00:00Z 2026-05-10T08:60:00Z 2026-05-10T08:30:00.Z 2026-05-10T08:30:00+0200 2026-05-10T08:30:00+24:00 2026-05-10T08:30:00ZZ x")]
    [InlineData("date", "2026-05-10 2024-02-29 0004-12-31", "2026-5-10 2026-02-29 2026-00-01 2026-01-00 2026-04-31 20260510 2026-05-10T")]
    [InlineData("email", "a@b jane@example.com jane.o'brien+tag@mail.example.co.uk \"odd\"@example.com é@example.com", "jane jane@ @example.com a@b@c. jane@.com jane@exa..com .jane@example.com jane.@example.com a@-b")]
    [InlineData("uri", "https://example.com/a?b=c#d urn:isbn:1 mailto:a@b http://[::1]/%20 x+y-z.1:a", "/a example.com https: 1a:b https://exa{mple https://é.com a:%2 a:%zz :a")]
    [InlineData("uuid", "8f3b2a4c-1234-4abc-8def-0123456789ab 8F3B2A4C-1234-4ABC-8DEF-0123456789AB", "uuid 8f3b2a4c12344abc8def0123456789ab 8f3b2a4c-1234-4abc-8def-0123456789ag {8f3b2a4c-1234-4abc-8def-0123456789ab} 8f3b2a4c-1234-4abc-8def-0123456789a")]
    public void Each_format(string format, string fitting, string unfitting)
    {
        var validator = Schemas.Compile($$$"""{"type":"object","properties":{"v":{"type":"string","format":"{{{format}}}"} } }""");

        foreach (var text in fitting.Split(' ')) Assert.Empty(Validate(validator, System.Text.Json.JsonSerializer.Serialize(text)));
        foreach (var text in unfitting.Split(' ')) Assert.True(Validate(validator, System.Text.Json.JsonSerializer.Serialize(text)).Count == 1, text);
    }

    [Fact]
    public void References_may_go_round_as_long_as_they_go_deeper()
    {
        var validator = Schemas.Compile(
            """{"type":"object","properties":{"v":{"$ref":"#/$defs/tree"}},"$defs":{"tree":{"type":"object","properties":{"n":{"$ref":"#/$defs/n~1m"},"in":{"type":"array","items":{"$ref":"#/$defs/tree"}}},"required":["n"]},"n/m":{"type":"integer"}}}""");

        Assert.Empty(Validate(validator, """{"n":1,"in":[{"n":2},{"n":3,"in":[]}]}"""));
        Assert.Equal(["/v/in/1/n", "/v/in/0/n"], Validate(validator, """{"n":1,"in":[{"n":"2"},{"in":[]}]}""").Select(fault => fault.Pointer).OrderDescending());
    }

    [Fact]
    public void Every_fault_is_told_up_to_a_hundred()
    {
        var validator = Schemas.Compile("""{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"},"v":{"items":{"type":"string"}}},"required":["c"]}""");

        Assert.Equal(["/a", "/b", "/c"], validator.Validate(BuiltInProducts.Parse("""{"a":1,"b":2}"""u8)).Select(fault => fault.Pointer));
        Assert.Equal(100, Validate(validator, $"[{string.Join(',', Enumerable.Range(0, 5000))}]").Count);
    }

    [Fact]
    public void More_members_than_a_word_has_bits()
    {
        var names = Enumerable.Range(0, 200).Select(i => $"m{i}").ToArray();
        var validator = Schemas.Compile(
            $$"""{"type":"object","properties":{ {{string.Join(',', names.Select(name => $"\"{name}\":{{\"type\":\"integer\"}}"))}} },"required":[{{string.Join(',', names.Select(name => $"\"{name}\""))}}]}""");
        string Data(IEnumerable<string> present) => $"{{{string.Join(',', present.Select(name => $"\"{name}\":1"))}}}";

        Assert.Empty(validator.Validate(BuiltInProducts.Parse(Encoding.UTF8.GetBytes(Data(names)))));
        Assert.Empty(validator.Validate(BuiltInProducts.Parse(Encoding.UTF8.GetBytes(Data(names.Reverse())))));
        Assert.Equal("/m137", Assert.Single(validator.Validate(BuiltInProducts.Parse(Encoding.UTF8.GetBytes(Data(names.Where(name => name != "m137")))))).Pointer);
    }

    [Fact]
    public void An_escaped_name_is_the_name_it_stands_for()
    {
        var validator = Schemas.Compile("""{"type":"object","properties":{"é":{"type":"integer"}},"required":["é"],"additionalProperties":false}""");

        Assert.Empty(validator.Validate(BuiltInProducts.Parse("""{"\u00e9":1}"""u8)));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    public void Data_that_is_no_object_is_fatal(string data) =>
        Assert.True(Assert.Single(Schemas.Compile("""{"type":"object"}""").Validate(BuiltInProducts.Parse(Encoding.UTF8.GetBytes(data)))).Fatal);

    [Fact]
    public void A_member_that_the_envelope_sets_is_fatal()
    {
        var faults = BuiltInProducts.All["embed"].EventTypes["batch.completed"].Validator.Validate(
            BuiltInProducts.Parse("""{"batchId":"b","total":1,"completed":1,"failed":"0","completedAt":"2026-05-10T08:30:00Z","event":"x"}"""u8));

        Assert.Equal([("/event", true), ("/failed", false)], faults.Select(fault => (fault.Pointer, fault.Fatal)));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_a_fault_and_no_exception()
    {
        var validator = Schemas.Compile("""{"type":"object","properties":{"v":{"minLength":1}}}""");

        Assert.True(Assert.Single(Validate(validator, "\"\\ud800\"")).Fatal);
    }

    [Fact]
    public void Data_that_fits_allocates_nothing()
    {
        foreach (var type in BuiltInProducts.All.Values.SelectMany(product => product.EventTypes.Values))
        {
            var data = BuiltInProducts.Parse(type.Example.Span);
            for (var i = 0; i < 100; i++) type.Validator.Validate(data);

            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++) type.Validator.Validate(data);

            // uniqueItems keeps a set; nothing else may allocate.
            if (type.Name != "user.updated") Assert.True(GC.GetAllocatedBytesForCurrentThread() == before, $"{type.Name} allocates");
        }
    }

    static IReadOnlyList<SchemaFault> Validate(SchemaValidator validator, string value) =>
        validator.Validate(BuiltInProducts.Parse(Encoding.UTF8.GetBytes($$$"""{"v":{{{value}}}}""")));
}
