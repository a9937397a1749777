using Nova.Products;
using Nova.UnitTests.Products;
using Nova.Verifying;

namespace Nova.UnitTests.Verifying;

public class VerificationGuideTests
{
    /// <summary>Set to write the pages instead of comparing them.</summary>
    const string Variable = "NOVA_WRITE_GUIDES";

    public static TheoryData<string> All => ["embed", "partner", "calls", "kit", "standard"];

    [Theory, MemberData(nameof(All))]
    public void The_page_is_the_committed_one(string product)
    {
        var file = Path.Combine(BuiltInProducts.Repository, "docs", "verify", product + ".md");
        var page = VerificationGuide.Page(BuiltInProducts.All[product]);
        if (Environment.GetEnvironmentVariable(Variable) is not null) File.WriteAllText(file, page);
        Assert.True(File.Exists(file) && File.ReadAllText(file) == page,
            $"docs/verify/{product}.md is not what the definition says. Look whether the change is wanted, then: {Variable}=1 dotnet run --project tests/unit -- -class {typeof(VerificationGuideTests).FullName}");
    }

    [Fact]
    public void Where_a_key_pair_signs_the_guide_says_which_languages_need_a_package()
    {
        using var folder = DefinitionFolder.Of("pair",
            """
            { "name": "pair", "title": "T", "envelope": { "d": "{data}" }, "retry": { "delays": ["0s"] }, "timeout": "10s", "secret": {},
              "signatures": [{ "header": "X-Pair", "algorithm": "ed25519", "content": "{body}", "key": "key-pair", "encoding": "hex" }] }
            """, "x");
        var product = ProductLoader.Load(folder.Path)["pair"];
        Assert.Equal(["node", "go", "java", "php", "ruby", "shell"], VerificationGuide.Of(product).Select(program => program.Language));
        Assert.All(VerificationGuide.Of(product), program => Assert.Contains("WEBHOOK_PUBLIC_KEY", program.Code, StringComparison.Ordinal));
        var page = VerificationGuide.Page(product);
        Assert.Contains("`cryptography`", page, StringComparison.Ordinal);
        Assert.Contains("`NSec.Cryptography`", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_product_that_does_not_sign_has_no_programs()
    {
        using var folder = DefinitionFolder.Of("plain",
            """
            { "name": "plain", "title": "T", "envelope": { "d": "{data}" }, "signatures": [], "secret": {}, "retry": { "delays": ["0s"] }, "timeout": "10s" }
            """, "x");
        var product = ProductLoader.Load(folder.Path)["plain"];
        Assert.Empty(VerificationGuide.Of(product));
        Assert.Contains("have no signature", VerificationGuide.Page(product), StringComparison.Ordinal);
    }
}
