using Nova.Model;

namespace Nova.Delivering;

/// <summary>A delivery that this node holds the lease of, from its queue to its outcome.</summary>
/// <param name="Delivery">As the store has it.</param>
/// <param name="Event">Shared by all deliveries of the event, so that the body is rendered once.</param>
/// <param name="Node">The node's number when the lease was taken. Another one now: the lease is lost, and the delivery is somebody else's.</param>
internal sealed record HeldDelivery(Delivery Delivery, HeldEvent Event, int Node)
{
    /// <summary>What it counts against the node's memory: its data, and a flat part for its objects and the headers and timings to come.</summary>
    public int Bytes => SizeOf(Event.Event);

    public static int SizeOf(Event @event) => @event.Data.Length + 1024;
}

/// <summary>An event in memory, with its body once that is rendered.</summary>
internal sealed class HeldEvent(Event @event)
{
    public Event Event { get; } = @event;

    /// <summary>Null until the first delivery renders it, and for ever where the envelope differs by delivery. Two may render at once; both make the same bytes.</summary>
    public byte[]? Body { get; set; }
}
