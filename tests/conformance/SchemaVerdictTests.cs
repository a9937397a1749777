using System.Text.Json;
using System.Text.Json.Nodes;
using Nova.Products;

namespace Nova.ConformanceTests;

/// <summary>Nova's own JSON Schema validator gives the verdicts of ajv: a publisher who validates before publishing is never surprised.</summary>
/// <remarks>
/// Left out because the two differ by intent: ajv takes a space for the T of a date-time and a uuid with urn: before it;
/// it computes multipleOf in binary fractions, by which 19.99 is no multiple of 0.01.
/// </remarks>
public sealed class SchemaVerdictTests
{
    /// <summary>A schema, and texts of which some fit.</summary>
    static readonly (string Schema, string[] Texts)[] Table =
    [
        ("""{}""", ["null", "1", "{}"]),
        ("""{"type":"object"}""", ["{}", "[]", "null", "\"\""]),
        ("""{"type":"integer"}""", ["1", "1.0", "1e2", "-0", "1.5", "\"1\"", "9007199254740991", "1e300"]),
        ("""{"type":"number"}""", ["1", "1.5", "-1e-7", "\"1\"", "true"]),
        ("""{"type":["string","null"]}""", ["null", "\"\"", "0", "[]"]),
        ("""{"type":["integer","boolean"]}""", ["1", "1.5", "true", "\"true\""]),
        ("""{"const":1}""", ["1", "1.0", "true", "\"1\""]),
        ("""{"const":{"a":1,"b":[2]}}""", ["""{"b":[2.0],"a":1}""", """{"a":1}""", """{"a":1,"b":[2],"c":3}"""]),
        ("""{"const":null}""", ["null", "0", "false"]),
        ("""{"enum":["yes","no"]}""", ["\"yes\"", "\"no\"", "\"Yes\"", "\"\"", "null", "\"ye\\u0073\""]),
        ("""{"enum":[0,null,[1],{"a":"ü"}]}""", ["0", "-0.0", "null", "[1.0]", "[1,1]", """{"a":"\u00fc"}""", "false"]),
        ("""{"minLength":2,"maxLength":3}""", ["\"a\"", "\"ab\"", "\"abc\"", "\"abcd\"", "\"😀\"", "\"😀😀😀\"", "\"\\ud83d\\ude00\"", "1", "[]"]),
        ("""{"pattern":"^[a-z]+$"}""", ["\"abc\"", "\"abc\\n\"", "\"ABC\"", "\"\"", "5"]),
        ("""{"pattern":"b"}""", ["\"abc\"", "\"ac\""]),
        ("""{"pattern":"^\\d{3}$"}""", ["\"123\"", "\"12\"", "\"١٢٣\"", "\"123\\n\""]),
        ("""{"pattern":"^\\w+\\s\\w+$"}""", ["\"a b\"", "\"ä b\"", "\"a\\u00a0b\"", "\"a_1\\tb\""]),
        ("""{"pattern":"^[\\w.-]+@[\\w.-]+$"}""", ["\"a.b@c-d.e\"", "\"a b@c\"", "\"ä@c\""]),
        ("""{"pattern":"^\\$[0-9]+(\\.[0-9]{2})?$"}""", ["\"$5\"", "\"$5.00\"", "\"5\"", "\"$5.0\""]),
        ("""{"pattern":"^a.c$"}""", ["\"abc\"", "\"a\\nc\"", "\"a\\rc\"", "\"a\\u2028c\""]),
        ("""{"pattern":"^.$"}""", ["\"a\"", "\"😀\"", "\"ab\"", "\"\"", "\"\\n\""]),
        ("""{"pattern":"^[^a]$"}""", ["\"a\"", "\"b\"", "\"😀\"", "\"\\n\""]),
        ("""{"pattern":"^\\D\\W\\S$"}""", ["\"a-b\"", "\"😀😀😀\"", "\"1-b\"", "\"aab\"", "\"a- \"", "\"٣é\\u200b\"", "\"a-\\ufeff\""]),
        ("""{"pattern":"^[\\D]$"}""", ["\"a\"", "\"1\"", "\"٣\""]),
        ("""{"pattern":"^[^\\s\\d]+$"}""", ["\"abc\"", "\"a b\"", "\"a1\"", "\"😀٣\"", "\"a\\u3000\""]),
        ("""{"pattern":"^[\\[a\\]^-]+$"}""", ["\"[a]^-\"", "\"b\""]),
        ("""{"pattern":"^(?<year>[0-9]{4})(?:-[0-9]{2}){2}$"}""", ["\"2026-05-10\"", "\"2026-05\""]),
        ("""{"pattern":"^\\p{Lu}\\u0041\\x41\\/$"}""", ["\"ÄAA/\"", "\"äAA/\""]),
        ("""{"pattern":"^(?:yes|no)$"}""", ["\"yes\"", "\"no\"", "\"nope\""]),
        ("""{"format":"date-time"}""",
            ["\"2026-05-10T08:30:00Z\"", "\"2026-05-10T08:30:00.123456+02:00\"", "\"2026-05-10t08:30:00z\"", "\"2026-05-10T08:30:00\"", "\"2026-05-10\"",
                "\"2026-02-29T00:00:00Z\"", "\"2024-02-29T00:00:00Z\"", "\"2026-13-01T00:00:00Z\"", "\"2026-05-10T24:00:00Z\"", "\"\"", "7"]),
        ("""{"format":"date"}""", ["\"2026-05-10\"", "\"2026-5-10\"", "\"2026-04-31\"", "\"2026-05-10T00:00:00Z\""]),
        ("""{"format":"email"}""", ["\"jane@example.com\"", "\"j.d+tag@mail.example.co.uk\"", "\"jane\"", "\"@example.com\"", "\"jane@\"", "\"a b@example.com\""]),
        ("""{"format":"uri"}""",
            ["\"https://example.com/a?b=c#d\"", "\"urn:isbn:0451450523\"", "\"/relative\"", "\"example.com\"", "\"https://example.com/a b\"", "\"https://example.com/%zz\""]),
        ("""{"format":"uuid"}""",
            ["\"8f3b2a4c-1234-4abc-8def-0123456789ab\"", "\"8F3B2A4C-1234-4ABC-8DEF-0123456789AB\"", "\"8f3b2a4c12344abc8def0123456789ab\"", "\"8f3b2a4c-1234-4abc-8def-0123456789ag\""]),
        ("""{"minimum":0,"maximum":10}""", ["-1", "0", "-0", "10", "10.0000001", "\"5\"", "null"]),
        ("""{"exclusiveMinimum":0,"exclusiveMaximum":1}""", ["0", "1e-9", "0.999999", "1"]),
        ("""{"multipleOf":2}""", ["4", "4.0", "3", "0", "-6"]),
        ("""{"multipleOf":0.5}""", ["1.5", "1.25", "2"]),
        ("""{"required":["a","b"]}""", ["""{"a":null,"b":1}""", """{"a":1}""", "{}", "[]", "\"a\""]),
        ("""{"required":["constructor"]}""", ["{}", """{"constructor":1}"""]),
        ("""{"properties":{"a":{"type":"string"},"b":false}}""", ["{}", """{"a":"x"}""", """{"a":1}""", """{"b":1}""", """{"c":1}""", "[]"]),
        ("""{"properties":{"a":true},"additionalProperties":false}""", ["{}", """{"a":1}""", """{"a":1,"b":2}"""]),
        ("""{"properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"string"}}""", ["""{"a":1,"b":"x"}""", """{"a":1,"b":2}"""]),
        ("""{"properties":{"a":{}},"patternProperties":{"^x-":{"type":"string"}},"additionalProperties":false}""",
            ["""{"a":1,"x-a":"b"}""", """{"x-a":1}""", """{"y":1}"""]),
        ("""{"propertyNames":{"pattern":"^[a-z]+$"}}""", ["""{"abc":1}""", """{"aBc":1}""", "{}"]),
        ("""{"properties":{"a~b/c":{"type":"string"},"":{"type":"integer"}}}""", ["""{"a~b/c":"x","":1}""", """{"a~b/c":1}""", """{"":"x"}"""]),
        ("""{"items":{"type":"string"}}""", ["[]", """["a","b"]""", """["a",1]""", "{}"]),
        ("""{"prefixItems":[{"type":"string"},{"type":"integer"}],"items":false}""", ["[]", """["a"]""", """["a",1]""", """["a",1,2]""", """[1,"a"]"""]),
        ("""{"prefixItems":[{"type":"string"}],"items":{"type":"integer"}}""", ["""["a",1,2]""", """["a",1,"b"]"""]),
        ("""{"minItems":1,"maxItems":2}""", ["[]", "[1]", "[1,2]", "[1,2,3]", "{}"]),
        ("""{"uniqueItems":true}""", ["[]", "[1,2]", "[1,1]", "[1,1.0]", "[1,\"1\"]", "[1,true]", """[{"a":1,"b":2},{"b":2,"a":1}]""", "[[1],[1]]", "[null,null]", "[null,0,false,\"\"]"]),
        ("""{"allOf":[{"minimum":1},{"maximum":3}]}""", ["0", "1", "3", "4"]),
        ("""{"anyOf":[{"type":"string"},{"minimum":3}]}""", ["\"a\"", "1", "3", "null"]),
        ("""{"oneOf":[{"type":"integer"},{"minimum":3}]}""", ["1", "3", "3.5", "1.5", "\"a\""]),
        ("""{"not":{"type":"string"}}""", ["1", "\"a\""]),
        ("""{"not":{}}""", ["1"]),
        ("""{"$defs":{"id":{"type":"string","minLength":1}},"properties":{"a":{"$ref":"#/$defs/id"},"b":{"$ref":"#/$defs/id","maxLength":2}}}""",
            ["""{"a":"x","b":"xy"}""", """{"a":""}""", """{"b":"xyz"}"""]),
        ("""{"$defs":{"tree":{"type":"object","properties":{"next":{"$ref":"#/$defs/tree"}},"required":["v"]}},"$ref":"#/$defs/tree"}""",
            ["""{"v":1}""", """{"v":1,"next":{"v":2}}""", """{"v":1,"next":{}}""", """{"v":1,"next":{"v":1,"next":{"v":1,"next":3}}}"""]),
        ("""{"type":"object","properties":{"n":{"type":"object","additionalProperties":{"type":"array","items":{"anyOf":[{"const":"x"},{"type":"number","exclusiveMinimum":0}]}}}}}""",
            ["""{"n":{"a":["x",1]}}""", """{"n":{"a":["y"]}}""", """{"n":{"a":[0]}}""", """{"n":{"a":{}}}"""]),
    ];

    /// <summary>In place of a member of an example, one after the other.</summary>
    static readonly string[] Replacements =
        ["null", "true", "-1", "0", "1.5", "1e3", "\"\"", "\"x\"", "\"2026-05-10T08:30:00Z\"", "\"https://example.com\"", "[]", "[1]", "[\"x\"]", "{}", "{\"a\":1}"];

    [Fact]
    public async Task Every_keyword_means_what_it_means_to_ajv() =>
        await AssertSameVerdictsAsync([.. Table.Select(one => (JsonDocument.Parse(one.Schema).RootElement, (IReadOnlyList<string>)one.Texts))]);

    [Theory]
    [MemberData(nameof(WireTests.Products), MemberType = typeof(WireTests))]
    public async Task Every_event_types_schema_means_what_it_means_to_ajv(string name) =>
        await AssertSameVerdictsAsync([.. Definitions.Of(name).EventTypes.Values.Select(type => (type.Schema, Variations(type.Example)))]);

    /// <summary>The example; it with a member more; and for each member at any depth, without it, and with another value in its place.</summary>
    static IReadOnlyList<string> Variations(ReadOnlyMemory<byte> example)
    {
        var root = JsonNode.Parse(example.Span)!.AsObject();
        List<string> texts = [root.ToJsonString()];
        Vary(root);
        return texts;

        void Vary(JsonObject members)
        {
            members["anotherMember"] = 1;
            texts.Add(root.ToJsonString());
            members.Remove("anotherMember");
            foreach (var (name, value) in members.ToArray())
            {
                if (value is JsonObject inner) Vary(inner);
                members.Remove(name);
                texts.Add(root.ToJsonString());
                foreach (var replacement in Replacements)
                {
                    members[name] = JsonNode.Parse(replacement);
                    texts.Add(root.ToJsonString());
                }
                members[name] = value;
            }
        }
    }

    static async Task AssertSameVerdictsAsync((JsonElement Schema, IReadOnlyList<string> Texts)[] cases)
    {
        var ajv = await Ajv.JudgeAsync(cases);
        List<string> differences = [];
        foreach (var ((schema, texts), verdicts) in cases.Zip(ajv))
        {
            var compiled = Compile(schema);
            foreach (var (text, theirs) in texts.Zip(verdicts))
            {
                using var data = JsonDocument.Parse(text);
                var ours = compiled.Check(data.RootElement, null);
                var walk = new SchemaWalk(100);
                Assert.Equal(ours, compiled.Check(data.RootElement, walk));
                Assert.Equal(ours, walk.Faults.Count == 0);
                if (ours != theirs) differences.Add($"{schema.GetRawText()} of {text}: ajv {theirs}, Nova {ours}");
            }
        }
        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.Contains(ajv, verdicts => verdicts.Contains(true) && verdicts.Contains(false));
    }

    static SchemaNode Compile(JsonElement schema)
    {
        var faults = new FaultList("schema");
        var node = SchemaCompiler.Compile(schema, "", faults);
        Assert.True(node is not null, $"{schema.GetRawText()}: {string.Join(' ', faults.Faults)}");
        return node;
    }
}
