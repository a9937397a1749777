using Nova.Products;

namespace Nova.UnitTests.Products;

public class DefinitionRefusalTests
{
    [Fact]
    public void What_is_right_is_taken()
    {
        using var folder = DefinitionFolder.OfAcme();

        var product = ProductLoader.Load(folder.Path)["acme"];

        Assert.Equal("hook", product.EndpointWord);
        Assert.Equal(new ApiStyle
        {
            UsesJwt = true, Naming = NamingStyle.CamelCase, EndpointIdIsUuid = true, EnabledWord = "on", SecretWord = "key", BasePath = "/v1",
            ProductionKeyPrefix = "ac_live_", SandboxKeyPrefix = "ac_test_",
        }, product.Api);
        Assert.True(product.WarnOnSchemaViolation);
        Assert.Equal("free", product.DefaultPlan);
        Assert.Equal(1, product.PlanOf(null)!.Endpoints);
        Assert.Null(product.PlanOf("paid")!.Endpoints);
        Assert.Equal(1, product.PlanOf("gone")!.Endpoints);
        Assert.Equal(TimeSpan.FromHours(1), product.Secret.RotationOverlap);
        Assert.Equal(new ScoreRule("thing.made", "thing.made"), product.Scores);
    }

    // Where, with what (null: taken away), the pointer of the fault, a part of its reason.
    [Theory]
    // Members
    [InlineData("/colour", "1", "/colour", "no member \"colour\"")]
    [InlineData("/secret/colour", "1", "/secret/colour", "no member \"colour\"")]
    [InlineData("/signatures/0/colour", "1", "/signatures/0/colour", "no member \"colour\"")]
    [InlineData("/outcome/retry_after/colour", "1", "/outcome/retry_after/colour", "no member \"colour\"")]
    [InlineData("/plans/free/colour", "1", "/plans/free/colour", "no member \"colour\"")]
    [InlineData("/api/words/colour", "1", "/api/words/colour", "no member \"colour\"")]
    [InlineData("/headers/X-Only/colour", "1", "/headers/X-Only/colour", "no member \"colour\"")]
    [InlineData("/name", null, "", "\"name\" is missing")]
    [InlineData("/name", "\"Acme\"", "/name", "no name of a product")]
    [InlineData("/name", "\"other\"", "/name", "The folder is called \"acme\"")]
    [InlineData("/title", "\"\"", "/title", "empty")]
    [InlineData("/title", "1", "/title", "a number, not a text")]
    [InlineData("/description", "[]", "/description", "an array, not a text")]
    [InlineData("/schema_violations", "\"ignore\"", "/schema_violations", "\"ignore\" is not known")]
    // Envelope
    [InlineData("/envelope", null, "", "\"envelope\" is missing")]
    [InlineData("/envelope", "\"{data}\"", "/envelope", "not a JSON object")]
    [InlineData("/envelope", "[]", "/envelope", "not a JSON object")]
    [InlineData("/envelope/a", "\"{event.name}\"", "/envelope/a", "no placeholder {event.name}")]
    [InlineData("/envelope/a", "\"{secret}\"", "/envelope/a", "no placeholder {secret}")]
    [InlineData("/envelope/a", "{\"b\":[0,\"{timestamp}\"]}", "/envelope/a/b/1", "no placeholder {timestamp}")]
    [InlineData("/envelope/a", "\"{event.id\"", "/envelope/a", "has no partner")]
    [InlineData("/envelope/a", "\"event.id}\"", "/envelope/a", "has no partner")]
    [InlineData("/envelope/a", "\"x{data}\"", "/envelope/a", "a part of a text")]
    [InlineData("/envelope/...", "\"{event.id}\"", "/envelope/...", "Only the members of the data")]
    [InlineData("/envelope/...", "{}", "/envelope/...", "Only the members of the data")]
    [InlineData("/envelope/id", "\"{event.id}\"", "/envelope/id", "Data of \"thing.made\" has a member \"id\" too")]
    [InlineData("/envelope/a", "{\"...\":\"{data}\",\"id\":1}", "/envelope/a/id", "Data of \"thing.made\" has a member \"id\" too")]
    // Headers
    [InlineData("/headers/x-time", "\"1\"", "/headers/x-time", "another header of this name")]
    [InlineData("/headers/x-signature", "\"1\"", "/signatures/0/header", "another header \"X-Signature\"")]
    [InlineData("/headers/X Y", "\"1\"", "/headers/X Y", "no name of a header")]
    [InlineData("/headers/", "\"1\"", "/headers/", "no name of a header")]
    [InlineData("/headers/Host", "\"a\"", "/headers/Host", "HTTP itself sets \"Host\"")]
    [InlineData("/headers/content-length", "\"1\"", "/headers/content-length", "HTTP itself sets")]
    [InlineData("/headers/Transfer-Encoding", "\"1\"", "/headers/Transfer-Encoding", "HTTP itself sets")]
    [InlineData("/headers/Connection", "\"1\"", "/headers/Connection", "HTTP itself sets")]
    [InlineData("/headers/Proxy-Authorization", "\"1\"", "/headers/Proxy-Authorization", "HTTP itself sets")]
    [InlineData("/headers/X-A", "\"a\\r\\nX-B: b\"", "/headers/X-A", "cannot be a header's value")]
    [InlineData("/headers/X-A", "\"é\"", "/headers/X-A", "cannot be a header's value")]
    [InlineData("/headers/X-A", "\" a\"", "/headers/X-A", "cannot be a header's value")]
    [InlineData("/headers/X-A", "\"\"", "/headers/X-A", "cannot be a header's value")]
    [InlineData("/headers/X-A", "\"{body}\"", "/headers/X-A", "no placeholder {body}")]
    [InlineData("/headers/X-A", "\"{data}\"", "/headers/X-A", "no placeholder {data}")]
    [InlineData("/headers/X-A", "1", "/headers/X-A", "a number, not a text")]
    [InlineData("/headers/X-Only/on", "\"sometimes\"", "/headers/X-Only/on", "\"sometimes\" is not known")]
    [InlineData("/headers/X-Only/value", null, "/headers/X-Only", "\"value\" is missing")]
    [InlineData("/headers/Content-Type", "\"text/plain\"", "/headers/Content-Type", "The body is JSON")]
    [InlineData("/headers/Content-Type", "{\"value\":\"application/json\",\"on\":\"tests\"}", "/headers/Content-Type", "The body is JSON")]
    // Signatures
    [InlineData("/signatures", null, "", "\"signatures\" is missing")]
    [InlineData("/signatures", "{}", "/signatures", "an object, not an array")]
    [InlineData("/signatures/0", "1", "/signatures/0", "a number, not an object")]
    [InlineData("/signatures/0/key", null, "/signatures/0", "\"key\" is missing")]
    [InlineData("/signatures/0/key", "\"md5\"", "/signatures/0/key", "\"md5\" is not known")]
    [InlineData("/signatures/0/algorithm", null, "/signatures/0", "\"algorithm\" is missing")]
    [InlineData("/signatures/0/algorithm", "\"ed25519\"", "/signatures/0/key", "signs by a key pair")]
    [InlineData("/signatures/0/key", "\"key-pair\"", "/signatures/0/key", "no key pair")]
    [InlineData("/signatures/0/algorithm", "\"md5\"", "/signatures/0/algorithm", "\"md5\" is not known")]
    [InlineData("/signatures/0/encoding", null, "/signatures/0", "\"encoding\" is missing")]
    [InlineData("/signatures/0/header", null, "/signatures/0", "\"header\" is missing")]
    [InlineData("/signatures/0/header", "\"Host\"", "/signatures/0/header", "HTTP itself sets")]
    [InlineData("/signatures/0/header", "\"Content-Type\"", "/signatures/0/header", "says what the body is")]
    [InlineData("/signatures/0/content", null, "/signatures/0", "\"content\" is missing")]
    [InlineData("/signatures/0/content", "\"{timestamp}\"", "/signatures/0/content", "The body is not signed")]
    [InlineData("/signatures/0/content", "\"{bdy}\"", "/signatures/0/content", "no placeholder {bdy}")]
    [InlineData("/signatures/0/content", "\"{timestamp.ms}{body}\"", "/signatures/0/content", "no header carries it")]
    [InlineData("/signatures/0/value", "\"v1\"", "/signatures/0/value", "The signature is not in it")]
    [InlineData("/signatures/0/value", "\"{signature}\\n\"", "/signatures/0/value", "cannot be a header's value")]
    [InlineData("/signatures/0/lead", "\"{signature}\"", "/signatures/0/lead", "no placeholder {signature}")]
    [InlineData("/signatures/0/separator", "\"\"", "/signatures/0/separator", "cannot stand between")]
    [InlineData("/signatures/0/separator", null, "/signatures/0", "nothing separates their signatures")]
    [InlineData("/signatures/1", "{\"header\":\"x-signature\",\"algorithm\":\"hmac-sha1\",\"content\":\"{body}\",\"key\":\"secret\",\"encoding\":\"hex\",\"separator\":\",\"}", "/signatures/1/header", "another header \"x-signature\"")]
    // Secret
    [InlineData("/secret", null, "", "\"secret\" is missing")]
    [InlineData("/secret/prefix", "\"white space\"", "/secret/prefix", "cannot begin a secret")]
    [InlineData("/secret/prefix", "\"a_prefix_that_is_long\"", "/secret/prefix", "cannot begin a secret")]
    [InlineData("/secret/bytes", "8", "/secret/bytes", "not a whole number from 16 to 64")]
    [InlineData("/secret/bytes", "32.5", "/secret/bytes", "not a whole number from 16 to 64")]
    [InlineData("/secret/format", "\"base32\"", "/secret/format", "\"base32\" is not known")]
    [InlineData("/secret/kept", "\"sha256\"", "/signatures/0/key", "cannot be made from it")]
    [InlineData("/secret/shown", "\"never\"", "/secret/shown", "Nobody would ever learn")]
    [InlineData("/secret/length", "{\"least\":20}", "/secret/length", "Nova chooses the secret")]
    [InlineData("/secret/rotation_overlap", "\"31d\"", "/secret/rotation_overlap", "out of range")]
    [InlineData("/signatures/0/key", "\"base64-after-prefix\"", "/secret/format", "base64 after the prefix")]
    // Outcome
    [InlineData("/outcome/success", "[]", "/outcome/success", "No status is success")]
    [InlineData("/outcome/success", "\"1xx\"", "/outcome/success", "no status that can end a request")]
    [InlineData("/outcome/final", "[\"99\"]", "/outcome/final/0", "no status that can end a request")]
    [InlineData("/outcome/final", "[404]", "/outcome/final/0", "a number, not a text")]
    [InlineData("/outcome/final", "[\"204\"]", "/outcome/final", "both success and final")]
    [InlineData("/outcome/disable_endpoint", "[\"200\"]", "/outcome/disable_endpoint", "both success and a reason to disable")]
    [InlineData("/outcome/retry_after", "true", "/outcome/retry_after", "true or false, not an object")]
    [InlineData("/outcome/retry_after/statuses", "[\"429\"]", "/outcome/retry_after/statuses", "nothing is retried")]
    [InlineData("/outcome/retry_after/most", "\"soon\"", "/outcome/retry_after/most", "not a length of time")]
    // Schedule
    [InlineData("/retry", null, "", "\"retry\" is missing")]
    [InlineData("/retry/delays", null, "/retry", "\"delays\" is missing")]
    [InlineData("/retry/delays", "[]", "/retry/delays", "no attempt at all")]
    [InlineData("/retry/delays/0", "\"1s\"", "/retry/delays/0", "The first attempt is made at once")]
    [InlineData("/retry/delays/1", "\"-1s\"", "/retry/delays/1", "not a length of time")]
    [InlineData("/retry/delays/1", "\"1.5s\"", "/retry/delays/1", "not a length of time")]
    [InlineData("/retry/delays/1", "\"30\"", "/retry/delays/1", "not a length of time")]
    [InlineData("/retry/delays/1", "\"1h30m\"", "/retry/delays/1", "not a length of time")]
    [InlineData("/retry/delays/1", "30", "/retry/delays/1", "not a length of time")]
    [InlineData("/retry/delays/1", "\"31d\"", "/retry/delays/1", "out of range")]
    [InlineData("/retry/delays", "[\"0s\",\"20d\",\"20d\"]", "/retry/delays", "Together these are more than 30d")]
    [InlineData("/retry/jitter", "-0.1", "/retry/jitter", "not a number from 0 to 1")]
    [InlineData("/retry/jitter", "2", "/retry/jitter", "not a number from 0 to 1")]
    [InlineData("/timeout", null, "", "\"timeout\" is missing")]
    [InlineData("/timeout", "\"0s\"", "/timeout", "out of range")]
    [InlineData("/timeout", "\"6m\"", "/timeout", "out of range")]
    [InlineData("/disable/after_failed_deliveries", "0", "/disable/after_failed_deliveries", "not a whole number")]
    [InlineData("/disable/after_without_success", "\"1s\"", "/disable/after_without_success", "out of range")]
    // Test
    [InlineData("/test", "{}", "/test", "not said what a test is")]
    [InlineData("/test", "{\"event_type\":\"thing.lost\"}", "/test/event_type", "no event type \"thing.lost\"")]
    [InlineData("/test/type", "\"thing.made\"", "/test/type", "is an event type of the product")]
    [InlineData("/test/type", "\"a b\"", "/test/type", "cannot be sent in a header")]
    [InlineData("/test/event_type", "\"thing.made\"", "/test/type", "not both")]
    [InlineData("/test/envelope/a", "\"{body}\"", "/test/envelope/a", "no placeholder {body}")]
    [InlineData("/test", "{\"choose\":true,\"envelope\":{}}", "/test/envelope", "has the product's envelope")]
    [InlineData("/test", "{\"choose\":true,\"data\":{}}", "/test/data", "is its example")]
    [InlineData("/test", "{\"type\":\"ping\",\"envelope\":{\"a\":1,\"...\":\"{data}\"},\"data\":{\"a\":1}}", "/test/envelope/a", "has a member \"a\" too")]
    [InlineData("/test", "{\"type\":\"ping\",\"data\":{\"kind\":1}}", "/test/data/kind", "envelope sets \"kind\"")]
    // Endpoint, plans, API
    [InlineData("/endpoint/model", "\"one\"", "/endpoint/model", "\"one\" is not known")]
    [InlineData("/endpoint/cancel_waiting_on_change", "[\"name\"]", "/endpoint/cancel_waiting_on_change/0", "\"name\" is not known")]
    [InlineData("/plans/Big Plan", "{}", "/plans/Big Plan", "no name of a plan")]
    [InlineData("/plans/free/endpoints", "-1", "/plans/free/endpoints", "not a whole number")]
    [InlineData("/plans/free/custom_headers", "17", "/plans/free/custom_headers", "not a whole number from 0 to 16")]
    [InlineData("/plans/free/event_types/0", "\"thing.lost\"", "/plans/free/event_types/0", "no event type \"thing.lost\"")]
    [InlineData("/default_plan", null, "", "\"default_plan\" is missing")]
    [InlineData("/default_plan", "\"gold\"", "/default_plan", "no plan \"gold\"")]
    [InlineData("/api/base_path", "\"/v2\"", "/api/base_path", "does not answer there")]
    [InlineData("/api/words/enabled", "\"is-active\"", "/api/words/enabled", "no name of a member")]
    [InlineData("/api/key_prefixes/production", "\"sk\"", "/api/key_prefixes/production", "no prefix of a key")]
    [InlineData("/api/key_prefixes/production", "\"nk_\"", "/api/key_prefixes/production", "Operator keys begin so")]
    [InlineData("/api/key_prefixes/sandbox", "\"ps_test_\"", "/api/key_prefixes/sandbox", "tokens of portal links begin so")]
    [InlineData("/api/words/enabled", "\"url\"", "/api/words/enabled", "another member of the name")]
    [InlineData("/api/words/secret", "\"created_at\"", "/api/words/secret", "another member of the name")]
    [InlineData("/api/words/secret", "\"on\"", "/api/words/secret", "the word for \"enabled\" too")]
    [InlineData("/api/key_prefixes/production", "\"ac_test_\"", "/api/key_prefixes/sandbox", "cannot be told apart")]
    [InlineData("/scores/failed_event_type", "\"thing.lost\"", "/scores/failed_event_type", "no event type \"thing.lost\"")]
    public void What_is_wrong_in_a_definition_is_named(string changed, string? value, string pointer, string reason)
    {
        using var folder = DefinitionFolder.OfAcme(DefinitionFolder.Change(DefinitionFolder.Acme, changed, value));

        Assert.Contains(folder.Faults(), fault => fault.Pointer == pointer && fault.Reason.Contains(reason, StringComparison.Ordinal)
            && fault.File == Path.Combine(folder.Path, "acme", "product.json") && fault.Advice.Length > 0);
    }

    [Theory]
    [InlineData("/colour", "1", "/colour", "no member \"colour\"")]
    [InlineData("/name", "\"thing.lost\"", "/name", "The file is \"thing.made.json\"")]
    [InlineData("/name", "\"thing made\"", "/name", "no name of an event type")]
    [InlineData("/title", null, "", "\"title\" is missing")]
    [InlineData("/description", null, "", "\"description\" is missing")]
    [InlineData("/schema", null, "", "\"schema\" is missing")]
    [InlineData("/schema", "{}", "/schema", "always an object")]
    [InlineData("/schema", "{\"type\":\"array\"}", "/schema", "always an object")]
    [InlineData("/schema/properties/id/type", "\"text\"", "/schema/properties/id/type", "\"text\" is not a type")]
    [InlineData("/schema/dependentRequired", "{}", "/schema/dependentRequired", "no member \"dependentRequired\"")]
    [InlineData("/schema/properties/id/if", "true", "/schema/properties/id/if", "no member \"if\"")]
    [InlineData("/schema/properties/id/format", "\"ipv4\"", "/schema/properties/id/format", "\"ipv4\" is not known")]
    [InlineData("/schema/properties/id/pattern", "\"(\"", "/schema/properties/id/pattern", "cannot be used")]
    [InlineData("/schema/properties/id/pattern", "\"(?=a)b\"", "/schema/properties/id/pattern", "cannot be used")]
    [InlineData("/schema/properties/id/$ref", "\"#/$defs/x\"", "/schema/properties/id/$ref", "leads nowhere")]
    [InlineData("/schema/properties/id/$ref", "\"https://example.com/x\"", "/schema/properties/id/$ref", "leads nowhere")]
    [InlineData("/schema/$defs", "{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"allOf\":[{\"$ref\":\"#/$defs/a\"}]}}", "/schema/$defs/a", "refers to itself")]
    [InlineData("/schema/$schema", "\"http://json-schema.org/draft-07/schema#\"", "/schema/$schema", "another dialect")]
    [InlineData("/schema/properties/id/minLength", "-1", "/schema/properties/id/minLength", "not a whole number")]
    [InlineData("/schema/properties/n", "{\"minimum\":\"1\"}", "/schema/properties/n/minimum", "not a number")]
    [InlineData("/schema/properties/n", "{\"multipleOf\":0}", "/schema/properties/n/multipleOf", "not more than 0")]
    [InlineData("/schema/properties/n", "{\"minItems\":2,\"maxItems\":1}", "/schema/properties/n/minItems", "nothing would fit")]
    [InlineData("/schema/properties/n", "{\"enum\":[]}", "/schema/properties/n/enum", "nothing would fit")]
    [InlineData("/schema/properties/n", "3", "/schema/properties/n", "not a schema")]
    [InlineData("/example", null, "", "\"example\" is missing")]
    [InlineData("/example", "[]", "/example", "does not fit its schema")]
    [InlineData("/example/id", "5", "/example/id", "does not fit its schema: Must be a text")]
    [InlineData("/example/id", null, "/example/id", "does not fit its schema: This member is missing")]
    public void What_is_wrong_in_an_event_type_is_named(string changed, string? value, string pointer, string reason)
    {
        using var folder = DefinitionFolder.OfAcme(eventType: DefinitionFolder.Change(DefinitionFolder.ThingMade, changed, value));

        Assert.Contains(folder.Faults(), fault => fault.Pointer == pointer && fault.Reason.Contains(reason, StringComparison.Ordinal)
            && fault.File == Path.Combine(folder.Path, "acme", "events", "thing.made.json") && fault.Advice.Length > 0);
    }

    [Theory]
    [InlineData("{\"envelope\":{},\"envelope\":{}}", "/envelope", "there twice")]
    [InlineData("{\"a\":[{\"b\":1,\"b\":1}]}", "/a/0/b", "there twice")]
    [InlineData("{ // no\n}", "", "not JSON")]
    [InlineData("{\"a\":1,}", "", "not JSON")]
    [InlineData("", "", "not JSON")]
    [InlineData("[]", "", "not a JSON object")]
    public void A_file_that_is_no_plain_JSON_is_refused(string text, string pointer, string reason)
    {
        using var folder = DefinitionFolder.OfAcme(text);

        Assert.Contains(folder.Faults(), fault => fault.Pointer == pointer && fault.Reason.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public void A_header_may_not_hold_a_secret_of_which_only_the_hash_is_kept()
    {
        var definition = DefinitionFolder.Change(DefinitionFolder.Acme, "/secret/kept", "\"sha256\"");
        definition = DefinitionFolder.Change(definition, "/signatures/0/key", "\"sha256-hex\"");
        using var folder = DefinitionFolder.OfAcme(DefinitionFolder.Change(definition, "/headers/X-Key", "\"Bearer {secret}\""));

        Assert.Contains("{secret} cannot be sent", Assert.Single(folder.Faults()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hash_is_not_shown_on_demand()
    {
        var definition = DefinitionFolder.Change(DefinitionFolder.Acme, "/secret/kept", "\"sha256\"");
        definition = DefinitionFolder.Change(definition, "/signatures/0/key", "\"sha256-hex\"");
        using var folder = DefinitionFolder.OfAcme(DefinitionFolder.Change(definition, "/secret/shown", "\"on_demand\""));

        Assert.Equal("/secret/shown", Assert.Single(folder.Faults()).Pointer);
    }

    [Fact]
    public void Every_fault_of_every_file_is_told_at_once()
    {
        var definition = DefinitionFolder.Change(DefinitionFolder.Acme, "/timeout", "\"soon\"");
        using var folder = DefinitionFolder.OfAcme(
            DefinitionFolder.Change(definition, "/colour", "1"), DefinitionFolder.Change(DefinitionFolder.ThingMade, "/example/id", "5"));
        folder.Write("empty/readme.txt", "");

        var thrown = Assert.Throws<ProductDefinitionException>(() => ProductLoader.Load(folder.Path));

        Assert.Equal(
            ["/timeout", "/colour", "/example/id", "", ""], thrown.Faults.Select(fault => fault.Pointer)); // The last two: neither product.json nor events.
        Assert.Contains("/timeout: \"soon\" is not a length of time. Write a whole number", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_comment_beside_a_value_is_no_member()
    {
        var definition = DefinitionFolder.Change(DefinitionFolder.Acme, "/~1~1 timeout", "\"ours\"");
        definition = DefinitionFolder.Change(definition, "/envelope/~1~1 kind", "\"{nonsense}\"");
        definition = DefinitionFolder.Change(definition, "/headers/~1~1", "[1]");
        definition = DefinitionFolder.Change(definition, "/plans/~1~1 free", "\"ours\"");
        using var folder = DefinitionFolder.OfAcme(DefinitionFolder.Change(definition, "/signatures/0/~1~1", "\"ours\""));

        Assert.Equal("""{"kind":"{event.type}","...":"{data}"}""", ProductLoader.Load(folder.Path)["acme"].Envelope.Text);
    }
}
