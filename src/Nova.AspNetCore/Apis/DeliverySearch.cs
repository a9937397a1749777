using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Reading;
using Nova.Delivering;
using Nova.Model;
using Nova.Products;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>
/// Finds the deliveries that a filter wants, newest first. Everything but text and contents is found by index; for those payloads are looked into, a bounded
/// number for each request, and the caller goes on from where it ended.
/// </summary>
internal sealed class DeliverySearch(INovaStore store, IHistoryReader history, EnvelopeRegistry envelopes, TimeProvider clock)
{
    /// <summary>Payloads looked into for one request: at 1 KiB each about a tenth of a second where nothing else is going on.</summary>
    const int MostLookedInto = 4000;

    /// <summary>And no new piece after this, so that a list opens in 300 ms also where much else is.</summary>
    static readonly TimeSpan LookFor = TimeSpan.FromMilliseconds(150);

    const int Piece = 250;

    /// <summary>Data of 63 levels, which is what a request may have, in an envelope of 64, which is what a definition may have.</summary>
    static readonly JsonDocumentOptions Deep = new() { MaxDepth = 128 };

    /// <returns>At most the filter's limit, and from where to go on; null where there is no more.</returns>
    public async Task<(IReadOnlyList<Delivery> Found, Id<Delivery>? Next)> FindAsync(Customer caller, DeliveryFilter filter, CancellationToken cancellation)
    {
        if (!filter.LooksIntoPayloads)
        {
            var rows = await ListAsync(filter, filter.Query.Before, filter.Limit + 1, cancellation);
            return rows.Count > filter.Limit ? ([.. rows.Take(filter.Limit)], rows[filter.Limit - 1].Id) : (rows, null);
        }
        List<Delivery> found = [];
        var before = filter.Query.Before;
        var started = clock.GetTimestamp();
        for (var looked = 0; looked == 0 || (looked < MostLookedInto && clock.GetElapsedTime(started) < LookFor);)
        {
            var rows = await ListAsync(filter, before, Piece, cancellation);
            var ids = rows.Select(row => row.EventId).Distinct().ToArray();
            var events = (await history.ReadEventsAsync(caller.Entry.Id, ids, cancellation)).ToDictionary(each => each.Id);
            foreach (var row in rows)
            {
                looked++;
                before = row.Id;
                if (!events.TryGetValue(row.EventId, out var @event) || !await MatchesAsync(caller, filter, row, @event, cancellation)) continue;
                found.Add(row);
                if (found.Count == filter.Limit) return (found, before);
            }
            if (rows.Count < Piece) return (found, null);
        }
        return (found, before);
    }

    /// <summary>All of them, page by page: as much as there is, in as much memory as a page takes.</summary>
    public async IAsyncEnumerable<IReadOnlyList<Delivery>> AllAsync(Customer caller, DeliveryFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        filter = filter with { Limit = Piece };
        while (true)
        {
            var (found, next) = await FindAsync(caller, filter, cancellation);
            yield return found;
            if (next is null) yield break;
            filter = filter with { Query = filter.Query with { Before = next } };
        }
    }

    async Task<IReadOnlyList<Delivery>> ListAsync(DeliveryFilter filter, Id<Delivery>? before, int limit, CancellationToken cancellation)
    {
        var query = filter.Query with { Before = before, Limit = limit };
        if (filter.Events is { } events)
        {
            List<Delivery> all = [];
            foreach (var id in events) all.AddRange(await store.ListDeliveriesAsync(query with { EventId = id }, cancellation));
            return [.. all.OrderByDescending(delivery => delivery.Id).Take(limit)];
        }
        var rows = await store.ListDeliveriesAsync(query, cancellation);
        // A range of ids is cut by the millisecond; within it the beginning decides.
        return filter.IdStart is { } start ? [.. rows.Where(row => row.Id.ToString().StartsWith(start, StringComparison.Ordinal))] : rows;
    }

    async ValueTask<bool> MatchesAsync(Customer caller, DeliveryFilter filter, Delivery delivery, Event @event, CancellationToken cancellation)
    {
        var envelope = await envelopes.GetAsync(@event.EnvelopeId, cancellation);
        var payload = AttemptSender.Render(
            new HeldEvent(@event), envelope, AttemptSender.FactsOf(@event, caller.Entry), new DeliveryFacts(delivery.Id.ToString(), delivery.CreatedAt));
        if (filter.Text is { } text && !Encoding.UTF8.GetString(payload).Contains(text, StringComparison.OrdinalIgnoreCase)) return false;
        if (filter.Part is not { } part) return true;
        using var document = JsonDocument.Parse(payload, Deep);
        return JsonContainment.Contains(document.RootElement, part);
    }
}
