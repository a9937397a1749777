using Nova.Model;
using Nova.Storage;

namespace Nova.Lists;

/// <summary>Writes finished deliveries into a store as the engine does, batch by batch, spread evenly over the days before now.</summary>
/// <param name="environment">Whose.</param>
/// <param name="envelope">The number of the product's envelope, which searches look into.</param>
/// <param name="endpoints">By turns; the last one gets one delivery in a thousand.</param>
/// <param name="types">By turns; the last one is that of one event in a thousand.</param>
internal sealed class Filling(int environment, int envelope, Id<Endpoint>[] endpoints, string[] types)
{
    const int Batch = 500;
    const int Tenants = 1000;

    /// <summary>One delivery in twenty fails, of these one in five by a time-out: more than anybody should have.</summary>
    const int FailedOf = 20;

    static readonly byte[] Headers = "Content-Type: application/json\r\nUser-Agent: Nova-Webhooks/1.0\r\nContent-Length: 512\r\n"u8.ToArray();

    /// <summary>Ids of one delivery and one event in the middle, to be searched for.</summary>
    public (Id<Delivery> Delivery, Id<Event> Event) Middle { get; private set; }

    public async Task RunAsync(INovaStore store, SteppedClock clock, int count, TimeSpan back, CancellationToken cancellation)
    {
        var end = clock.Now;
        var start = end - back;
        clock.Now = start;
        // As maintenance does: each day has its partition before it comes.
        await store.CleanAsync(start.AddDays(-1), cancellation);
        var node = await store.RegisterNodeAsync("lists", cancellation);
        var day = start.Date;
        for (var done = 0; done < count; done += Batch)
        {
            var size = Math.Min(Batch, count - done);
            var appends = new Append[size];
            var records = new AttemptRecord[size];
            for (var i = 0; i < size; i++)
            {
                clock.Now = start + back * ((double)(done + i) / count);
                (appends[i], records[i]) = Make(done + i, clock.Now);
            }
            if (clock.Now.Date != day)
            {
                day = clock.Now.Date;
                await store.CleanAsync(start.AddDays(-1), cancellation);
            }
            await store.AppendAsync(node, appends, cancellation);
            await store.RecordAsync(node, records, cancellation);
            if (done / Batch % 20 == 0)
                while (await ((IFiguresStore)store).FoldAsync(cancellation)) { }
            if (done <= count / 2) Middle = (records[0].DeliveryId, appends[0].Event!.Id);
        }
        clock.Now = end;
        while (await ((IFiguresStore)store).FoldAsync(cancellation)) { }
        await store.ReleaseNodeAsync(node, cancellation);
    }

    (Append, AttemptRecord) Make(int number, DateTimeOffset at)
    {
        var now = at.ToMilliseconds();
        var rare = number % 1000 == 999;
        var type = rare ? types[^1] : types[number % (types.Length - 1)];
        var endpoint = rare ? endpoints[^1] : endpoints[number / 7 % (endpoints.Length - 1)];
        var @event = new Event
        {
            Id = Id<Event>.New(now), EnvironmentId = environment, Type = type, Tenant = $"tenant-{number * 7919L % Tenants}", OccurredAt = now, CreatedAt = now,
            EnvelopeId = envelope, DeliveryCount = 1,
            Data = System.Text.Encoding.UTF8.GetBytes(
                $$"""{"id":"inv_{{number}}","customerId":"cus_{{number % 5000}}","amount":{{number % 90000}},"currency":"EUR","paidAt":"2026-05-10T08:30:00Z","note":"{{new string('x', 300)}}"}"""),
        };
        var delivery = new Delivery
        {
            Id = Id<Delivery>.New(now), EnvironmentId = environment, EventId = @event.Id, EndpointId = endpoint, EventType = type, Tenant = @event.Tenant, CreatedAt = now,
        };
        var failed = number % FailedOf == 0;
        var timedOut = failed && number % (5 * FailedOf) == 0;
        int? status = timedOut ? null : failed ? 503 : 200;
        var error = timedOut ? "No answer within 20 s." : failed ? "The receiver answered with status 503." : null;
        var attempt = new Attempt
        {
            Number = 1, StartedAt = now, StatusCode = status, Error = error, Timings = new AttemptTimings(1_000 + number % 50_000),
            Outcome = timedOut ? AttemptOutcome.Timeout : failed ? AttemptOutcome.HttpStatus : AttemptOutcome.Delivered, RequestHeaders = Headers,
        };
        return (
            new Append { EnvironmentId = environment, Event = @event, Deliveries = [new NewDelivery(delivery, Leased: true)] },
            new AttemptRecord
            {
                Delivery = delivery, Attempt = attempt, Error = error,
                State = failed ? DeliveryState.Failed : DeliveryState.Delivered, EndedAgo = TimeSpan.Zero,
            });
    }
}
