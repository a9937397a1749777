using Nova.Products;

namespace Nova.Egress;

/// <summary>A signed request, ready to be sent.</summary>
/// <param name="Url">As <see cref="EgressGuard.Check"/> gave it.</param>
/// <param name="Headers">All but Host and Content-Length, Content-Type and User-Agent included. Values are printable ASCII.</param>
/// <param name="Body">The exact bytes. They must never change: a receiver that answers early still gets them after the result is
/// there.</param>
/// <param name="Timeout">For everything from the look-up to the last byte of the answer.</param>
internal readonly record struct EgressRequest(Uri Url, IReadOnlyList<HeaderLine> Headers, ReadOnlyMemory<byte> Body, TimeSpan Timeout);
