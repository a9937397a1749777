using System.Buffers;

namespace Nova.Products;

/// <summary>The shape of a product's bodies: JSON with placeholders, compiled to runs of bytes.</summary>
internal sealed class Envelope
{
    Envelope(string text, bool perDelivery) => (Text, PerDelivery) = (text, perDelivery);

    /// <summary>The definition, without insignificant white space. <see cref="Parse"/> of it makes the same envelope, in ten years too.</summary>
    public string Text { get; }

    /// <summary>It names the delivery, so that each delivery has a body of its own.</summary>
    public bool PerDelivery { get; }

    /// <exception cref="ProductDefinitionException">The text is no envelope.</exception>
    public static Envelope Parse(string text) => new(text, false);

    /// <summary>Writes the body. The event's data is copied byte for byte.</summary>
    public void Render(in EventFacts e, in DeliveryFacts d, IBufferWriter<byte> output) => throw new NotSupportedException();
}
