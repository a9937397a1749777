using Nova.Storage;

namespace Nova.IntegrationTests.Stores;

public abstract partial class StoreConformance
{
    [Fact]
    public async Task Migrating_twice_is_harmless()
    {
        await Store.MigrateAsync(None);
        await Task.WhenAll(Store.MigrateAsync(None), Store.MigrateAsync(None));
        Assert.NotNull(await Store.GetEnvelopeAsync(Envelope, None));
    }

    [Fact]
    public async Task What_was_written_is_there_for_the_next_store_on_the_same_database()
    {
        var delivery = await FinishAsync(NewEndpointId());
        Store = await Harness.ReopenAsync();
        Assert.Equal(delivery.Id, (await DetailAsync(delivery)).Delivery.Id);
        Assert.Equal(Sandbox, (await EnvironmentsOfAsync(TheAccount)).Sandbox);
    }

    [Fact]
    public async Task The_same_envelope_has_the_same_number()
    {
        var first = await Store.RegisterEnvelopeAsync("embed", "{}", None);
        Assert.Equal(first, await Store.RegisterEnvelopeAsync("embed", "{}", None));
        Store = await Harness.ReopenAsync();
        Assert.Equal(first, await Store.RegisterEnvelopeAsync("embed", "{}", None));
    }

    [Fact]
    public async Task Another_text_or_another_product_has_another_number()
    {
        int[] numbers =
        [
            await Store.RegisterEnvelopeAsync("embed", "{}", None),
            await Store.RegisterEnvelopeAsync("embed", "{ }", None),
            await Store.RegisterEnvelopeAsync("kit", "{}", None),
        ];
        Assert.Equal(3, numbers.Distinct().Count());
    }

    [Fact]
    public async Task An_envelope_registered_at_the_same_time_by_many_has_one_number()
    {
        var numbers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Store.RegisterEnvelopeAsync("kit", "{race}", None)));
        Assert.Single(numbers.Distinct());
    }

    [Fact]
    public async Task An_envelope_is_read_by_its_number()
    {
        var text = "{\"é\":\"\U0001F600\"}";
        var number = await Store.RegisterEnvelopeAsync("kit", text, None);
        Assert.Equal(new StoredEnvelope(number, "kit", text), await Store.GetEnvelopeAsync(number, None));
        Assert.Null(await Store.GetEnvelopeAsync(number + 1000, None));
    }
}
