using System.Collections.Concurrent;
using Nova.Storage;

namespace Nova.Products;

/// <summary>
/// Numbers envelopes, so that an event keeps the envelope it was published with: a changed definition changes later events,
/// never the bytes of a retry or what history shows of an old one.
/// </summary>
internal sealed class EnvelopeRegistry(INovaStore store, IReadOnlyDictionary<string, Product> products)
{
    readonly ConcurrentDictionary<int, Envelope> _byNumber = new();
    readonly Dictionary<Envelope, int> _numbers = [];

    /// <summary>Gives the envelopes of the definitions in force their numbers. Once, before anything is published.</summary>
    public async Task RegisterAsync(CancellationToken cancellation)
    {
        foreach (var product in products.Values)
        {
            await RegisterAsync(product.Name, product.Envelope, cancellation);
            if (product.Test.Envelope is { } test) await RegisterAsync(product.Name, test, cancellation);
        }
    }

    public int NumberOf(Envelope envelope) => _numbers[envelope];

    /// <summary>The envelope with this number; read from the store the first time where it is of an earlier definition or another node's.</summary>
    public ValueTask<Envelope> GetAsync(int number, CancellationToken cancellation) =>
        _byNumber.TryGetValue(number, out var envelope) ? new(envelope) : ReadAsync(number, cancellation);

    async ValueTask<Envelope> ReadAsync(int number, CancellationToken cancellation)
    {
        var stored = await store.GetEnvelopeAsync(number, cancellation)
            ?? throw new InvalidOperationException($"The store has no envelope {number}, which an event of it names.");
        return _byNumber.GetOrAdd(number, Envelope.Parse(stored.Text));
    }

    async Task RegisterAsync(string product, Envelope envelope, CancellationToken cancellation)
    {
        var number = await store.RegisterEnvelopeAsync(product, envelope.Text, cancellation);
        _numbers[envelope] = number;
        _byNumber[number] = envelope;
    }
}
