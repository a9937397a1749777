using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.Storage;
using Nova.Watching;

namespace Nova.AspNetCore.Apis;

/// <summary>What changes in an environment, as server-sent events: deliveries and endpoints as they are, at most four times a second.</summary>
internal static class StreamApi
{
    /// <summary>Browsers open six at most; an account's whole team and its monitoring stay far below.</summary>
    const int MostPerEnvironment = 100;

    /// <summary>So that proxies, which cut what is silent for a minute, and readers see that the stream lives.</summary>
    static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(15);

    /// <summary>Deliveries since the last event that a reader has seen; with more it reads its list again.</summary>
    const int MostMissed = 250;

    public static void MapStreamApi(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("/v1/stream").For(Access.OfCustomers).MapGet("", StreamAsync)
            .Describe("streamChanges", "Deliveries", "Watch what changes", "Server-sent events. `delivery`: a delivery as in the list, new or changed. `webhook`: the id of a webhook that "
                + "was changed. `resync`: more has changed than is told, or something was missed; read your lists again. `ping` every 15 seconds. After a break, Last-Event-ID "
                + "(or from) brings what was queued since, as far as possible.")
            .Query("from", "Begin with what was queued at this time or later.")
            .GivesText("text/event-stream").Refuses(400, 503);

    static IResult StreamAsync(HttpContext context, ChangeFeed feed, INovaStore store, Authenticator authenticator, IHostApplicationLifetime lifetime, TimeProvider clock)
    {
        var caller = Customer.Of(context);
        var query = new RequestQuery(context, caller.Json);
        var from = query.Time("from");
        if (query.End() is { } refusal) return refusal;
        if (long.TryParse(context.Request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && last <= clock.GetUtcNow().ToUnixTimeMilliseconds()) from = DateTimeOffset.FromUnixTimeMilliseconds(last);
        if (feed.WatchersOf(caller.Entry.Id) >= MostPerEnvironment) return Problems.TooManyStreams(MostPerEnvironment);
        return feed.Watch(caller.Entry.Id) is { } subscription
            ? new Stream(caller, subscription, store, authenticator, lifetime, clock, from)
            : Problems.Stopping;
    }

    sealed class Stream(
        Customer caller, ChangeSubscription subscription, INovaStore store, Authenticator authenticator, IHostApplicationLifetime lifetime, TimeProvider clock,
        DateTimeOffset? from) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            using var _ = subscription;
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, lifetime.ApplicationStopping);
            var response = httpContext.Response;
            response.ContentType = "text/event-stream";
            response.Headers["X-Accel-Buffering"] = "no"; // nginx would collect the events otherwise.
            httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            try
            {
                await WriteAsync(httpContext, response.BodyWriter, ending.Token);
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                // The reader has gone, or the server stops: the reader connects again, somewhere.
            }
        }

        async Task WriteAsync(HttpContext context, PipeWriter writer, CancellationToken ending)
        {
            Write(writer, "retry: 2000\n\n");
            // Watched since before this list is read, so that nothing falls between the two; what is in both is told twice, as it is.
            if (from is { } since) await WriteMissedAsync(writer, since, ending);
            await writer.FlushAsync(ending);
            var (pingAt, checkAt) = (clock.GetTimestamp(), clock.GetTimestamp());
            while (await subscription.NextAsync(ending) is { } batch)
            {
                if (clock.GetElapsedTime(checkAt) >= TimeSpan.FromSeconds(1))
                {
                    // A key that was revoked or a session that has ended sees nothing more, a second later: counted from before the look, which may take its time.
                    checkAt = clock.GetTimestamp();
                    if (!await authenticator.StillAsync(context, caller)) return;
                }
                var id = batch.At.ToUnixTimeMilliseconds();
                foreach (var delivery in batch.Deliveries) Write(writer, id, "delivery", DeliveryView.Of(delivery, caller.Entry));
                foreach (var endpoint in batch.Endpoints)
                    Write(writer, id, "webhook", new WebhookChangedView(EndpointIds.Write(endpoint.Id, caller.Product), endpoint.DeletedAt is not null));
                if (subscription.TakeMissed() | batch.Resync) Write(writer, string.Create(CultureInfo.InvariantCulture, $"id: {id}\nevent: resync\ndata: {{}}\n\n"));
                if (clock.GetElapsedTime(pingAt) >= PingEvery)
                {
                    Write(writer, string.Create(CultureInfo.InvariantCulture, $"id: {id}\nevent: ping\ndata: {{}}\n\n"));
                    pingAt = clock.GetTimestamp();
                }
                // Waits for a slow reader; what comes meanwhile is kept for some seconds, and then dropped with a resync.
                if ((await writer.FlushAsync(ending)).IsCompleted) return;
            }
        }

        async Task WriteMissedAsync(PipeWriter writer, DateTimeOffset since, CancellationToken ending)
        {
            var missed = await store.ListDeliveriesAsync(
                new DeliveryQuery { EnvironmentId = caller.Entry.Id, From = since, Limit = MostMissed + 1 }, ending);
            var id = clock.GetUtcNow().ToUnixTimeMilliseconds();
            // Older deliveries may have moved on in the meantime, which nobody knows any more after a longer break.
            if (missed.Count > MostMissed || clock.GetUtcNow() - since > TimeSpan.FromSeconds(10))
                Write(writer, string.Create(CultureInfo.InvariantCulture, $"id: {id}\nevent: resync\ndata: {{}}\n\n"));
            if (missed.Count > MostMissed) return;
            foreach (var delivery in missed.Reverse()) Write(writer, id, "delivery", DeliveryView.Of(delivery, caller.Entry));
        }

        void Write<T>(PipeWriter writer, long id, string name, T value)
        {
            Write(writer, string.Create(CultureInfo.InvariantCulture, $"id: {id}\nevent: {name}\ndata: "));
            writer.Write(JsonSerializer.SerializeToUtf8Bytes(value, caller.Json.TypeOf<T>())); // One line: what would break it is escaped.
            Write(writer, "\n\n");
        }

        static void Write(PipeWriter writer, string text)
        {
            var span = writer.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
            writer.Advance(Encoding.UTF8.GetBytes(text, span));
        }
    }
}

/// <param name="Id">As the product writes it.</param>
/// <param name="Deleted">It was deleted.</param>
internal sealed record WebhookChangedView(string Id, bool Deleted);
