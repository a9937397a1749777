using System.Text.RegularExpressions;
using Nova.Products;

namespace Nova.UnitTests.Products;

public class LoaderTests
{
    [Fact]
    public void A_folder_of_the_operator_replaces_the_built_in_of_its_name_and_adds_others()
    {
        using var builtIn = DefinitionFolder.OfAcme();
        using var extra = DefinitionFolder.OfAcme(DefinitionFolder.Change(DefinitionFolder.Acme, "/title", "\"Acme of mine\""));
        extra.Write("other/product.json", DefinitionFolder.Change(DefinitionFolder.Acme, "/name", "\"other\""));
        extra.Write("other/events/thing.made.json", DefinitionFolder.ThingMade);

        var products = ProductLoader.LoadAll(builtIn.Path, extra.Path);

        Assert.Equal(["acme", "other"], products.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("Acme of mine", products["acme"].Title);
        Assert.Equal("Acme", ProductLoader.LoadAll(builtIn.Path, null)["acme"].Title);
    }

    [Fact]
    public void A_byte_order_mark_that_an_editor_wrote_is_passed_over()
    {
        using var folder = DefinitionFolder.OfAcme("\uFEFF" + DefinitionFolder.Acme, "\uFEFF" + DefinitionFolder.ThingMade);

        Assert.Equal("Acme", ProductLoader.Load(folder.Path)["acme"].Title);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        using var builtIn = DefinitionFolder.OfAcme();
        var missing = Path.Combine(builtIn.Path, "missing");

        var thrown = Assert.Throws<ProductDefinitionException>(() => ProductLoader.LoadAll(builtIn.Path, missing));

        Assert.Equal(missing, Assert.Single(thrown.Faults).File);
    }

    [Fact]
    public void A_product_without_event_types_is_refused()
    {
        using var folder = new DefinitionFolder().Write("acme/product.json", DefinitionFolder.Acme);

        Assert.Contains(folder.Faults(), fault => fault.Reason.Contains("holds no event type", StringComparison.Ordinal));
    }

    [Fact]
    public void A_slash_in_an_event_type_is_a_folder()
    {
        using var folder = DefinitionFolder.OfAcme();
        folder.Write("acme/events/orders/create.json", DefinitionFolder.Change(DefinitionFolder.ThingMade, "/name", "\"orders/create\""));

        Assert.Contains("orders/create", ProductLoader.Load(folder.Path)["acme"].EventTypes.Keys);
    }

    [Fact]
    public void Editors_are_given_the_members_that_the_loader_knows()
    {
        var schema = BuiltInProducts.Parse(File.ReadAllBytes(Path.Combine(BuiltInProducts.Folder, "product.schema.json")));
        (string Pointer, string Schema)[] places =
        [
            ("", ""), ("/secret", "/properties/secret"), ("/outcome", "/properties/outcome"), ("/retry", "/properties/retry"),
            ("/outcome/retry_after", "/properties/outcome/properties/retry_after/anyOf/1"), ("/disable", "/properties/disable"),
            ("/test", "/properties/test"), ("/endpoint", "/properties/endpoint"), ("/plans/free", "/$defs/plan"), ("/api", "/properties/api"),
            ("/api/words", "/properties/api/properties/words"), ("/api/key_prefixes", "/properties/api/properties/key_prefixes"),
            ("/portal", "/properties/portal"), ("/scores", "/properties/scores"), ("/signatures/0", "/$defs/signature"),
            ("/headers/X-Only", "/properties/headers/additionalProperties/anyOf/1"),
        ];
        foreach (var (pointer, schemaPointer) in places)
        {
            using var folder = DefinitionFolder.OfAcme(DefinitionFolder.Change(DefinitionFolder.Acme, pointer + "/colour", "1"));
            var advice = folder.Faults().Single(fault => fault.Pointer == pointer + "/colour").Advice;
            var known = Regex.Matches(advice.Split(". A comment")[0], "\"([^\"]+)\"").Select(match => match.Groups[1].Value);

            var place = schemaPointer.Split('/').Skip(1)
                .Aggregate(schema, (at, step) => int.TryParse(step, out var index) ? at[index] : at.GetProperty(step));

            Assert.Equal(known.Order(StringComparer.Ordinal), place.GetProperty("properties").EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void The_definitions_of_the_repository_fit_the_schemas_for_editors()
    {
        foreach (var products in (string[])[BuiltInProducts.Folder, Path.Combine(BuiltInProducts.Repository, "samples", "products")])
        {
            Check("product.schema.json", Directory.GetFiles(products, "product.json", SearchOption.AllDirectories));
            Check("event.schema.json", Directory.GetDirectories(products)
                .SelectMany(folder => Directory.GetFiles(Path.Combine(folder, "events"), "*.json", SearchOption.AllDirectories)));
        }

        static void Check(string schema, IEnumerable<string> files)
        {
            Assert.NotEmpty(files);
            var validator = Schemas.Compile(File.ReadAllText(Path.Combine(BuiltInProducts.Folder, schema)));
            foreach (var file in files) Assert.Empty(validator.Validate(BuiltInProducts.Parse(File.ReadAllBytes(file))));
        }
    }

    [Fact]
    public void The_engine_holds_no_products_name()
    {
        var names = string.Join('|', BuiltInProducts.All.Keys);
        var named = new Regex($"\"({names})\"", RegexOptions.IgnoreCase);
        var files = Directory.GetFiles(Path.Combine(BuiltInProducts.Repository, "src", "Nova"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

        Assert.DoesNotContain(files, file => named.IsMatch(File.ReadAllText(file)));
    }
}
