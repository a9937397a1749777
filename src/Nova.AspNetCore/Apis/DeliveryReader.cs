using Nova.AspNetCore.Authentication;
using Nova.Delivering;
using Nova.Model;
using Nova.Products;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>Reads a delivery as it is shown: with the body that is sent, made once more by the envelope that the event was published with.</summary>
internal sealed class DeliveryReader(INovaStore store, EnvelopeRegistry envelopes)
{
    public async Task<DeliveryDetailView?> DetailAsync(Customer caller, Id<Delivery> id, CancellationToken cancellation)
    {
        if (await store.GetDeliveryAsync(caller.Entry.Id, id, cancellation) is not { } found) return null;
        var envelope = await envelopes.GetAsync(found.Event.EnvelopeId, cancellation);
        var payload = AttemptSender.Render(
            new HeldEvent(found.Event), envelope, AttemptSender.FactsOf(found.Event, caller.Entry),
            new DeliveryFacts(found.Delivery.Id.ToString(), found.Delivery.CreatedAt));
        return DeliveryDetailView.Of(DeliveryView.Of(found.Delivery, caller.Entry), payload, found.Attempts,
            caller.Entry.Find(found.Delivery.EndpointId)?.Endpoint);
    }
}
