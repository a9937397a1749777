using System.Text.Json;

namespace Nova.UnitTests.Products;

public class CatalogTests
{
    [Fact]
    public void The_five_products_load() =>
        Assert.Equal(["calls", "embed", "kit", "partner", "standard"], BuiltInProducts.All.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("embed", "batch.completed score.completed score.failed")]
    [InlineData("partner", "build_completed build_failed domain_connected out_of_credits project_published signed_up")]
    [InlineData("calls", "call.ended call.scored call.started call.transcribed")]
    [InlineData("kit", "agent.run.completed agent.run.failed agent.run.started chat.conversation.created chat.message.created credits.depleted "
        + "credits.low generation.completed generation.failed generation.started subscription.cancelled subscription.created subscription.updated "
        + "team.member.added team.member.removed team.member.role_changed")]
    public void The_catalog_has_the_documented_event_types_and_no_others(string product, string names) =>
        Assert.Equal(names.Split(' '), BuiltInProducts.All[product].EventTypes.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Every_example_fits_its_schema_and_survives_the_envelope()
    {
        foreach (var product in BuiltInProducts.All.Values)
        {
            foreach (var type in product.EventTypes.Values)
            {
                Assert.Empty(type.Validator.Validate(BuiltInProducts.Parse(type.Example.Span)));
                var body = Wire.Render(product.Envelope, type.Name, type.Example);
                using var document = JsonDocument.Parse(body, new() { AllowDuplicateProperties = false });
                Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
                Assert.NotEmpty(type.Title);
                Assert.NotEmpty(type.Description);
            }
        }
    }

    [Fact]
    public void Kit_has_the_documents_five_groups() =>
        Assert.Equal(
            ["AI Agents", "Billing", "Chat", "Generations", "Team"],
            BuiltInProducts.All["kit"].EventTypes.Values.Select(type => type.Group).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Embed_names_its_event_types_as_the_portal_does() =>
        Assert.Equal(
            ["Batch Completed", "Score Completed", "Score Failed"],
            BuiltInProducts.All["embed"].EventTypes.Values.Select(type => type.Title).Order(StringComparer.Ordinal));
}
