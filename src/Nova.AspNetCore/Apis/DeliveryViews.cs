using System.Text;
using System.Text.Json.Serialization;
using Nova.Accounts;
using Nova.AspNetCore.Writing;
using Nova.Model;

namespace Nova.AspNetCore.Apis;

/// <summary>A delivery in a list.</summary>
/// <param name="Id">The delivery's.</param>
/// <param name="Event">The event type.</param>
/// <param name="EventId">Nova's id of the event, also where the publisher gave it one of his own.</param>
/// <param name="EndpointId">As the product writes it.</param>
/// <param name="EndpointUrl">As it is now.</param>
/// <param name="Tenant">Whom among the account's own customers it concerns.</param>
/// <param name="Trigger"><c>event</c>, <c>replay</c> or <c>test</c>.</param>
/// <param name="ReplayOf">The delivery that this one repeats.</param>
/// <param name="Status"><c>pending</c>, <c>processing</c>, <c>delivered</c> or <c>failed</c>.</param>
/// <param name="StatusCode">Of the last answer; null where none came.</param>
/// <param name="AttemptCount">Attempts on record.</param>
/// <param name="Error">Why it failed, as a program decides by it and as the filter of this name takes it: <c>http_503</c>, <c>timeout</c>, <c>connection_refused</c>, …; null where it has not failed.</param>
/// <param name="ErrorMessage">What the last attempt ran into; null after a success.</param>
/// <param name="CreatedAt">When it was queued.</param>
/// <param name="DeliveredAt">When the receiver took it; null where it has not.</param>
/// <param name="NextAttemptAt">When it is due again; null once it has ended.</param>
/// <param name="FinishedAt">When it was delivered or failed; null before.</param>
internal record DeliveryView(
    string Id, string Event, string EventId, string EndpointId, string? EndpointUrl, string? Tenant, string Trigger, string? ReplayOf, string Status,
    int? StatusCode, int AttemptCount, string? Error, string? ErrorMessage, DateTimeOffset CreatedAt, DateTimeOffset? DeliveredAt, DateTimeOffset? NextAttemptAt,
    DateTimeOffset? FinishedAt)
{
    /// <param name="delivery">What is shown.</param>
    /// <param name="entry">The environment that it is of.</param>
    public static DeliveryView Of(Delivery delivery, EnvironmentEntry entry) => new(
        delivery.Id.ToString(), delivery.EventType, delivery.EventId.ToString(),
        EndpointIds.Write(delivery.EndpointId, entry.Product), entry.Find(delivery.EndpointId)?.Endpoint.Url, delivery.Tenant,
        DeliveryWords.Trigger(delivery.Trigger), delivery.ReplayOf?.ToString(), DeliveryWords.State(delivery.State), delivery.StatusCode,
        delivery.AttemptCount, delivery.Cause?.Name, delivery.Error, delivery.CreatedAt, delivery.State == DeliveryState.Delivered ? delivery.FinishedAt : null,
        delivery.NextAttemptAt, delivery.FinishedAt);
}

/// <summary>A delivery with its payload and every attempt.</summary>
internal sealed record DeliveryDetailView : DeliveryView
{
    DeliveryDetailView(DeliveryView row) : base(row) { }

    /// <summary>The body as it is sent, byte for byte.</summary>
    [JsonPropertyOrder(1)]
    public required RawJson Payload { get; init; }

    /// <summary>Oldest first.</summary>
    [JsonPropertyOrder(2)]
    public required IReadOnlyList<AttemptView> Attempts { get; init; }

    /// <param name="row">The delivery as lists have it.</param>
    /// <param name="payload">The body as it is sent.</param>
    /// <param name="attempts">Oldest first.</param>
    /// <param name="endpoint">As it is now; null: no longer known here.</param>
    public static DeliveryDetailView Of(DeliveryView row, byte[] payload, IEnumerable<Attempt> attempts, Endpoint? endpoint) =>
        new(row) { Payload = new(payload), Attempts = [.. attempts.Select(attempt => AttemptView.Of(attempt, endpoint?.UrlAt(attempt.StartedAt)))] };
}

/// <summary>One HTTP request of a delivery, and what came of it.</summary>
/// <param name="Number">1 for the first.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="Url">Where it was sent. Null where that is not known: the endpoint's URL was changed since, or in the two seconds before. The host is then in the request's headers. Null for <c>internal_error</c>, too: it is not known whether anything was sent.</param>
/// <param name="Outcome"><c>delivered</c>, <c>http_status</c>, <c>timeout</c>, <c>connection_refused</c>, …: what a program decides by.</param>
/// <param name="StatusCode">Null where no answer came.</param>
/// <param name="ErrorMessage">The same in words; null after a success.</param>
/// <param name="DurationMs">From the first look-up to the last byte read.</param>
/// <param name="Timings">Where that went.</param>
/// <param name="RequestHeaders">As sent, with secrets masked.</param>
/// <param name="ResponseHeaders">As received, at most 8 KiB.</param>
/// <param name="ResponseBody">As text, with what is no UTF-8 replaced. Written by the receiver: never show it as HTML.</param>
/// <param name="ResponseBodyBase64">The same bytes exactly; at most 16 KiB.</param>
/// <param name="ResponseBodyTruncated">Why the body stops early: <c>size</c>, <c>deadline</c>, <c>reset</c>; null where it is whole.</param>
/// <param name="Repeated">A reused connection had died before any byte of an answer, and the request was repeated at once on a fresh one.</param>
internal sealed record AttemptView(
    int Number, DateTimeOffset StartedAt, string? Url, string Outcome, int? StatusCode, string? ErrorMessage, double DurationMs, TimingsView Timings,
    IReadOnlyList<HeaderView> RequestHeaders, IReadOnlyList<HeaderView> ResponseHeaders, string ResponseBody, string ResponseBodyBase64,
    string? ResponseBodyTruncated, bool Repeated)
{
    public static AttemptView Of(Attempt attempt, string? url) => new(
        attempt.Number, attempt.StartedAt, attempt.Outcome == AttemptOutcome.InternalError ? null : url, OutcomeNames.Of(attempt.Outcome), attempt.StatusCode, attempt.Error, attempt.Timings.Total / 1000.0,
        TimingsView.Of(attempt.Timings), HeaderView.Read(attempt.RequestHeaders.Span), HeaderView.Read(attempt.ResponseHeaders.Span),
        Encoding.UTF8.GetString(attempt.ResponseBody.Span), Convert.ToBase64String(attempt.ResponseBody.Span), attempt.BodyTruncated, attempt.Repeated);
}

/// <summary>Milliseconds; null where there was no such part: no look-up on a reused connection, no TLS on plain http.</summary>
internal sealed record TimingsView(double? DnsMs, double? ConnectMs, double? TlsMs, double? FirstByteMs, double TotalMs)
{
    public static TimingsView Of(AttemptTimings timings) => new(
        timings.Dns / 1000.0, timings.Connect / 1000.0, timings.Tls / 1000.0, timings.FirstByte / 1000.0, timings.Total / 1000.0);
}

/// <summary>A header line; one name may come several times.</summary>
internal sealed record HeaderView(string Name, string Value)
{
    /// <summary>Reads <c>Name: value</c> lines ended by CRLF.</summary>
    public static IReadOnlyList<HeaderView> Read(ReadOnlySpan<byte> lines)
    {
        List<HeaderView> headers = [];
        foreach (var range in lines.Split("\r\n"u8))
        {
            var line = lines[range];
            var colon = line.IndexOf((byte)':');
            // Headers are Latin-1 by HTTP's own rule.
            if (colon > 0) headers.Add(new(Encoding.Latin1.GetString(line[..colon]), Encoding.Latin1.GetString(line[(colon + 1)..]).Trim()));
        }
        return headers;
    }
}

internal static class DeliveryWords
{
    public static readonly string[] States = ["pending", "processing", "delivered", "failed"];

    public static string State(DeliveryState state) => States[(int)state];

    public static DeliveryState? ReadState(string text) => Array.IndexOf(States, text) is >= 0 and var index ? (DeliveryState)index : null;

    public static string Trigger(DeliveryTrigger trigger) => trigger switch
    {
        DeliveryTrigger.Replay => "replay",
        DeliveryTrigger.Test => "test",
        _ => "event",
    };
}
