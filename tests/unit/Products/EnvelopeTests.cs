using Nova.Products;

namespace Nova.UnitTests.Products;

public class EnvelopeTests
{
    [Theory]
    [InlineData("embed", "score.completed", """{"a":1}""", """{"event":"score.completed","a":1}""")]
    [InlineData("embed", "score.completed", "{}", """{"event":"score.completed"}""")]
    [InlineData("partner", "signed_up", """{"a":1}""", """{"event_type":"signed_up","a":1}""")]
    [InlineData("calls", "call.ended", """{"a":1}""", """{"event":"call.ended","delivered_at":"2026-05-10T08:30:01Z","data":{"a":1}}""")]
    [InlineData("kit", "credits.low", """{"a":1}""", """{"id":"evt_1","type":"credits.low","timestamp":"2026-05-10T08:30:00Z","data":{"a":1},"orgId":"org_xyz789"}""")]
    [InlineData("standard", "user.created", """{"a":1}""", """{"type":"user.created","timestamp":"2026-05-10T08:30:00Z","data":{"a":1}}""")]
    public void Each_product_has_its_documented_body(string product, string type, string data, string body) =>
        Assert.Equal(body, Wire.Render(BuiltInProducts.All[product].Envelope, type, data));

    [Fact]
    public void Only_calls_needs_a_body_per_delivery() =>
        Assert.Equal(["calls"], BuiltInProducts.All.Values.Where(product => product.Envelope.PerDelivery).Select(product => product.Name));

    [Theory]
    [InlineData("""{"d":"{data}"}""", """{"d":{ "b" : 1e3 ,"a":"\u00e9\/é" , "b2":[ ] }}""")]
    [InlineData("""{"...":"{data}"}""", """{"b" : 1e3 ,"a":"\u00e9\/é" , "b2":[ ]}""")]
    [InlineData("""{"x":1,"...":"{data}"}""", """{"x":1,"b" : 1e3 ,"a":"\u00e9\/é" , "b2":[ ]}""")]
    [InlineData("""{"...":"{data}","x":1}""", """{"b" : 1e3 ,"a":"\u00e9\/é" , "b2":[ ],"x":1}""")]
    [InlineData("""{"x":1,"...":"{data}","y":2}""", """{"x":1,"b" : 1e3 ,"a":"\u00e9\/é" , "b2":[ ],"y":2}""")]
    [InlineData("""{"x":{"...":"{data}"},"y":["{data}"]}""", """{"x":{"b" : 1e3 ,"a":"\u00e9\/é" , "b2":[ ]},"y":[{ "b" : 1e3 ,"a":"\u00e9\/é" , "b2":[ ] }]}""")]
    public void Data_is_copied_byte_for_byte(string envelope, string body) =>
        Assert.Equal(body, Wire.Render(Envelope.Parse(envelope), "t", """{ "b" : 1e3 ,"a":"\u00e9\/é" , "b2":[ ] }"""));

    [Theory]
    [InlineData("""{"...":"{data}"}""", "{}")]
    [InlineData("""{"x":1,"...":"{data}"}""", """{"x":1}""")]
    [InlineData("""{"...":"{data}","x":1}""", """{"x":1}""")]
    [InlineData("""{"x":1,"...":"{data}","y":2}""", """{"x":1,"y":2}""")]
    public void Data_without_members_leaves_no_comma(string envelope, string body)
    {
        Assert.Equal(body, Wire.Render(Envelope.Parse(envelope), "t", "{}"));
        Assert.Equal(body, Wire.Render(Envelope.Parse(envelope), "t", " { \r\n\t } "));
    }

    [Theory]
    [InlineData("{event.id}", "\"evt_1\"")]
    [InlineData("{event.type}", "\"t\"")]
    [InlineData("{event.time}", "\"2026-05-10T08:30:00Z\"")]
    [InlineData("{event.time.unix}", "1778401800")]
    [InlineData("{event.time.ms}", "1778401800123")]
    [InlineData("{delivery.id}", "\"dlv_1\"")]
    [InlineData("{delivery.time}", "\"2026-05-10T08:30:01Z\"")]
    [InlineData("{delivery.time.unix}", "1778401801")]
    [InlineData("{delivery.time.ms}", "1778401801999")]
    [InlineData("{tenant}", "null")]
    [InlineData("{account}", "\"org_xyz789\"")]
    [InlineData("{account.id}", "\"acc_1\"")]
    [InlineData("{environment}", "\"production\"")]
    [InlineData("{environment.live}", "true")]
    [InlineData("{data}", """{"a":1}""")]
    [InlineData("", "\"\"")]
    [InlineData("plain é", "\"plain é\"")]
    [InlineData("{{event.id}}", "\"{event.id}\"")]
    [InlineData("urn:{event.type}:{event.time.unix}:{tenant}{environment.live}", "\"urn:t:1778401800:true\"")]
    public void Each_placeholder_has_its_type(string text, string value) =>
        Assert.Equal($$$"""{"v":{{{value}}}}""", Wire.Render(Envelope.Parse($$"""{"v":"{{text}}"}"""), "t", """{"a":1}"""));

    [Fact]
    public void Texts_are_escaped_where_JSON_wants_it_and_nowhere_else() =>
        Assert.Equal("""{"t":"a\"b\\c\u000a/é<😀�"}""", Wire.Render(Envelope.Parse("""{"t":"{tenant}"}"""), "t", "{}", tenant: "a\"b\\c\n/é<😀\ud800"));

    [Fact]
    public void Constants_stay_what_they_are() =>
        Assert.Equal(
            """{"n":1.0,"t":true,"z":null,"a":[1,"x",{}],"o":{"é":"\"q\""}}""",
            Wire.Render(Envelope.Parse("""{ "n": 1.0, "t": true, "z": null, "a": [ 1, "x", {} ], "o": { "é": "\"q\"" } }"""), "t", "{}"));

    [Theory]
    [InlineData("embed")]
    [InlineData("partner")]
    [InlineData("calls")]
    [InlineData("kit")]
    [InlineData("standard")]
    public void The_stored_text_makes_the_same_envelope(string product)
    {
        var envelope = BuiltInProducts.All[product].Envelope;
        var again = Envelope.Parse(envelope.Text);

        Assert.Equal(envelope.Text, again.Text);
        Assert.Equal(envelope.PerDelivery, again.PerDelivery);
        Assert.Equal(Wire.Render(envelope, "t", """{"a":1}"""), Wire.Render(again, "t", """{"a":1}"""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"a":"{nothing}"}""")]
    [InlineData("""{"a":1,"a":2}""")]
    public void A_text_that_is_no_envelope_is_refused(string text) => Assert.Throws<ProductDefinitionException>(() => Envelope.Parse(text));

    [Fact]
    public void The_test_of_embed_is_the_documents()
    {
        var test = BuiltInProducts.All["embed"].Test;

        Assert.Equal("test", test.EventType);
        Assert.False(test.MayChoose);
        Assert.Equal(
            """{"event":"test","message":"This is a test webhook from Nova.","timestamp":"2026-05-10T08:30:00Z"}""",
            Wire.Render(test.Envelope!, test.EventType, test.Data(test.EventType)) is var body ? System.Text.Encoding.UTF8.GetString(body) : "");
        Assert.Equal("test", Wire.Headers(BuiltInProducts.All["embed"], test.EventType, "{}"u8.ToArray(), ["s"], isTest: true)["X-Webhook-Event"]);
    }

    [Fact]
    public void The_test_of_calls_is_a_fake_call_started()
    {
        var product = BuiltInProducts.All["calls"];

        Assert.Equal(("call.started", false, null), (product.Test.EventType, product.Test.MayChoose, product.Test.Envelope));
        Assert.Equal(product.EventTypes["call.started"].Example, product.Test.Data("call.started"));
    }

    [Fact]
    public void The_test_of_kit_is_any_event_type()
    {
        var product = BuiltInProducts.All["kit"];

        Assert.True(product.Test.MayChoose);
        Assert.All(product.EventTypes.Values, type => Assert.Equal(type.Example, product.Test.Data(type.Name)));
    }
}
