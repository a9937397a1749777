using Nova.Products;

namespace Nova.UnitTests.Products;

static class Schemas
{
    public static SchemaValidator Compile(string schema, params string[] reserved)
    {
        var faults = new FaultList("schema");
        var node = SchemaCompiler.Compile(BuiltInProducts.Parse(System.Text.Encoding.UTF8.GetBytes(schema)), "", faults);
        Assert.Empty(faults.Faults);
        return new(node!, reserved);
    }
}
