using Nova.Model;

namespace Nova.Storage;

/// <summary>Reads many things of the history by their ids, for live views and searches; beside <see cref="INovaStore"/>, which the same object implements.</summary>
internal interface IHistoryReader
{
    /// <summary>Those of the deliveries that the environment has, as they are now, in no order.</summary>
    Task<IReadOnlyList<Delivery>> ReadDeliveriesAsync(int environmentId, IReadOnlyList<Id<Delivery>> ids, CancellationToken cancellation);

    /// <summary>Those of the events that the environment has, in no order.</summary>
    Task<IReadOnlyList<Event>> ReadEventsAsync(int environmentId, IReadOnlyList<Id<Event>> ids, CancellationToken cancellation);

    /// <summary>The environment that has this delivery; null: none has.</summary>
    /// <remarks>Ids are found within their environment, so this looks once into each: for somebody who asks now and then, and not for the engine.</remarks>
    Task<int?> FindDeliveryAsync(Id<Delivery> id, CancellationToken cancellation);

    /// <summary>The environment that has this event; null: none has.</summary>
    /// <remarks>As <see cref="FindDeliveryAsync"/>.</remarks>
    Task<int?> FindEventAsync(Id<Event> id, CancellationToken cancellation);

    /// <summary>The environment's open deliveries that wait for another attempt, counted among the newest <paramref name="most"/> open ones.</summary>
    Task<int> CountRetryingAsync(int environmentId, int most, CancellationToken cancellation);
}
