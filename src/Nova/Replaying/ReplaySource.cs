using Nova.Accounts;
using Nova.Model;
using Nova.Storage;

namespace Nova.Replaying;

/// <summary>Finds what a selection wants delivered again: oldest first, a page at a time, for the count before a job as for the job itself.</summary>
/// <remarks>
/// An event goes to an endpoint once, however many deliveries of it match: only the newest of them counts, so a delivery that was replayed since,
/// by a person or by another job, is passed over. Tests are never replayed.
/// </remarks>
internal sealed class ReplaySource(INovaStore store, IReplayStore replays, AccountDirectory directory)
{
    /// <summary>Rows that one page looks at: the most that a list gives.</summary>
    public const int MostLookedAt = 250;

    /// <summary>The next page after <paramref name="cursor"/>.</summary>
    /// <param name="environmentId">Whose.</param>
    /// <param name="selection">What is wanted.</param>
    /// <param name="cursor">The last one dealt with; <see cref="Guid.Empty"/>: from the beginning.</param>
    /// <param name="limit">Most rows to look at, 1 to <see cref="MostLookedAt"/>.</param>
    /// <param name="cancellation">Stops.</param>
    public async Task<ReplayPage> ReadAsync(int environmentId, ReplaySelection selection, Guid cursor, int limit, CancellationToken cancellation)
    {
        if (directory.Environment(environmentId) is not { } entry) return new([], cursor, IsLast: true);
        return selection.Missed
            ? await ReadMissedAsync(entry, selection, cursor, limit, cancellation)
            : await ReadEndedAsync(entry, selection, cursor, limit, cancellation);
    }

    async Task<ReplayPage> ReadEndedAsync(EnvironmentEntry entry, ReplaySelection selection, Guid cursor, int limit, CancellationToken cancellation)
    {
        var rows = await store.ListDeliveriesAsync(new DeliveryQuery
        {
            EnvironmentId = entry.Id,
            EndpointId = selection.EndpointId,
            State = selection.State,
            EventType = selection.EventTypes is [var only] ? only : null,
            Tenant = selection.Tenant,
            Cause = selection.Cause,
            From = selection.From,
            Until = selection.Until,
            After = new(cursor),
            Limit = limit,
        }, cancellation);
        var wanted = rows.Where(row => Matches(row, selection)).ToArray();
        var newest = await replays.FindNewestAsync(entry.Id, [.. wanted.Select(row => (row.EventId, row.EndpointId))], cancellation);

        var found = wanted.Select(row =>
        {
            var isRepeated = newest.TryGetValue((row.EventId, row.EndpointId), out var id) && id.CompareTo(row.Id) > 0;
            var target = isRepeated ? null : entry.Find(row.EndpointId);
            return new ReplayRow(row.Id.Value, target is { Endpoint.Receives: true } ? new(row.Id, row.EventId, target, row.EventType, row.Tenant) : null);
        });
        return new([.. found], rows.Count == 0 ? cursor : rows[^1].Id.Value, rows.Count < limit);
    }

    static bool Matches(Delivery row, ReplaySelection selection) =>
        row.State is DeliveryState.Delivered or DeliveryState.Failed
        && row.Trigger != DeliveryTrigger.Test
        && (selection.EventTypes.Count == 0 || selection.EventTypes.Contains(row.EventType))
        && (selection.Error is null || selection.Cause is not null || row.Error?.Contains(selection.Error, StringComparison.OrdinalIgnoreCase) == true);

    async Task<ReplayPage> ReadMissedAsync(EnvironmentEntry entry, ReplaySelection selection, Guid cursor, int limit, CancellationToken cancellation)
    {
        if (selection.EndpointId is not { } id || entry.Find(id) is not { Endpoint.Receives: true } target) return new([], cursor, IsLast: true);
        var rows = await ReadEventsAsync(entry, selection, target.Endpoint, cursor, limit, cancellation);
        var wanted = rows.Where(row => !row.IsTest && target.Endpoint.Wants(row.Type) && entry.Product.EventTypes.ContainsKey(row.Type)).ToArray();
        var received = await replays.FindNewestAsync(entry.Id, [.. wanted.Select(row => (row.Id, id))], cancellation);
        // Those that it did get were never missed: they are not among what matches, and so not among what is passed over either.
        var missed = wanted.Where(row => !received.ContainsKey((row.Id, id)))
            .Select(row => new ReplayRow(row.Id.Value, new(null, row.Id, target, row.Type, row.Tenant)));
        return new([.. missed], rows.Count == 0 ? cursor : rows[^1].Id.Value, rows.Count < limit);
    }

    /// <summary>A list for each of the subscribed event types, each by its index, put together in order; or one of all.</summary>
    async Task<IReadOnlyList<Event>> ReadEventsAsync(
        EnvironmentEntry entry, ReplaySelection selection, Endpoint endpoint, Guid cursor, int limit, CancellationToken cancellation)
    {
        var query = new EventQuery
        {
            EnvironmentId = entry.Id, Tenant = selection.Tenant, From = selection.From, Until = selection.Until, After = new(cursor), Limit = limit,
        };
        if (endpoint.EventTypes.Contains(Endpoint.AllEventTypes)) return await store.ListEventsAsync(query, cancellation);
        List<Event> all = [];
        foreach (var type in endpoint.EventTypes) all.AddRange(await store.ListEventsAsync(query with { Type = type }, cancellation));
        return [.. all.OrderBy(row => row.Id).Take(limit)];
    }

    /// <summary>Looks at no more than this to count: some fifty pages, about a second of a reader. Where there is more, the count is a least one.</summary>
    const int MostCounted = 10_000;

    /// <summary>How many would be delivered again now.</summary>
    public async Task<ReplayCount> CountAsync(int environmentId, ReplaySelection selection, CancellationToken cancellation)
    {
        var (cursor, matching) = (Guid.Empty, 0);
        for (var lookedAt = 0; lookedAt < MostCounted; lookedAt += MostLookedAt)
        {
            var page = await ReadAsync(environmentId, selection, cursor, MostLookedAt, cancellation);
            matching += page.Rows.Count(row => row.Item is not null);
            if (page.IsLast) return new(matching, IsLeast: false);
            cursor = page.Cursor;
        }
        return new(matching, IsLeast: true);
    }
}

/// <param name="Rows">What matched, oldest first.</param>
/// <param name="Cursor">The last row looked at.</param>
/// <param name="IsLast">There is nothing after it.</param>
internal sealed record ReplayPage(IReadOnlyList<ReplayRow> Rows, Guid Cursor, bool IsLast)
{
    /// <summary>The page up to where this many items are in it.</summary>
    public ReplayPage Most(int items)
    {
        var taken = 0;
        for (var i = 0; i < Rows.Count; i++)
            if (Rows[i].Item is not null && ++taken > items) return new([.. Rows.Take(i)], Rows[i - 1].Id, IsLast: false);
        return this;
    }
}

/// <param name="Id">Its place in the order.</param>
/// <param name="Item">Null: matched, and is passed over.</param>
internal sealed record ReplayRow(Guid Id, ReplayItem? Item);

/// <param name="Of">The delivery to repeat; null for an event that was missed.</param>
/// <param name="EventId">Its event.</param>
/// <param name="Target">Who gets it.</param>
/// <param name="EventType">The event's.</param>
/// <param name="Tenant">The event's.</param>
internal sealed record ReplayItem(Id<Delivery>? Of, Id<Event> EventId, EndpointTarget Target, string EventType, string? Tenant);

/// <param name="Matching">How many were found.</param>
/// <param name="IsLeast">There may be more: not all was looked at.</param>
internal readonly record struct ReplayCount(int Matching, bool IsLeast);
