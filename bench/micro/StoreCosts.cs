using Nova.Model;
using Nova.Sqlite;
using Nova.Storage;

namespace Nova.Micro;

/// <summary>
/// What a store writes a second: events with their deliveries in batches, as a group commit hands them over, then the attempts that end them.
/// Each batch is durable before the next one of its caller begins.
/// </summary>
internal static class StoreCosts
{
    /// <summary>Long enough for several checkpoints of SQLite's log.</summary>
    static readonly TimeSpan MeasuredTime = TimeSpan.FromSeconds(3);

    public static async Task MeasureSqliteAsync(Table table)
    {
        var folder = Directory.CreateTempSubdirectory("nova-micro-");
        try
        {
            await using var store = new SqliteStore($"Data Source={Path.Combine(folder.FullName, "nova.db")}", TimeProvider.System);
            await MeasureAsync("SQLite", store, table);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static async Task MeasureAsync(string name, INovaStore store, Table table)
    {
        await store.MigrateAsync(CancellationToken.None);
        var rows = await Rows.NewAsync(store);
        foreach (var (batch, fanOut, callers) in new[] { (1, 1, 1), (1, 1, 64), (50, 1, 1), (50, 1, 4), (500, 1, 1), (500, 1, 2), (100, 5, 1), (100, 5, 2) })
            await MeasureAsync($"{name}: batches of {batch} events with {fanOut} deliveries, {callers} at a time", store, rows, batch, fanOut, callers, table);
    }

    static async Task MeasureAsync(string name, INovaStore store, Rows rows, int batch, int fanOut, int callers, Table table)
    {
        var clock = TimeProvider.System;
        var written = new List<Delivery[]>();
        var (start, processor) = (clock.GetTimestamp(), Environment.CpuUsage.TotalTime);
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(AppendAsync)));
        Line("append", "event", written.Sum(deliveries => (double)deliveries.Length) / fanOut);

        var waiting = new Queue<Delivery[]>(written);
        (start, processor) = (clock.GetTimestamp(), Environment.CpuUsage.TotalTime);
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(RecordAsync)));
        Line("record", "delivery", written.Sum(deliveries => (double)deliveries.Length));

        void Line(string what, string unit, double count)
        {
            var time = clock.GetElapsedTime(start);
            var used = Environment.CpuUsage.TotalTime - processor;
            table.Add(
                $"{name}: {what}", $"{time.TotalMicroseconds / count:#,0.0} µs per {unit}",
                $"{count / time.TotalSeconds:#,0}/s; processor, this process: {used.TotalMicroseconds / count:#,0.0} µs");
        }

        async Task AppendAsync()
        {
            while (clock.GetElapsedTime(start) < MeasuredTime)
            {
                var entries = rows.NewEntries(batch, fanOut);
                await store.AppendAsync(rows.Node, entries, CancellationToken.None);
                lock (written)
                    written.Add([.. entries.SelectMany(entry => entry.Deliveries).Select(delivery => delivery.Delivery)]);
            }
        }

        async Task RecordAsync()
        {
            while (true)
            {
                Delivery[]? next;
                lock (waiting)
                {
                    if (!waiting.TryDequeue(out next))
                        return;
                }

                var result = await store.RecordAsync(rows.Node, [.. next.Select(rows.NewRecord)], CancellationToken.None);
                if (result.Lost.Count > 0)
                    throw new InvalidOperationException($"The store says that {result.Lost.Count} deliveries were lost.");
            }
        }
    }

    /// <summary>Makes what is written: events of 1 KiB, deliveries leased to this node, attempts with the headers that a real one has.</summary>
    sealed class Rows
    {
        static readonly byte[] RequestHeaders =
            [.. "Host: hooks.example.com\r\nContent-Type: application/json\r\nwebhook-id: evt_01k2x8f3v0e4m9qz6r7t5y1w2a\r\nwebhook-timestamp: 1779000000\r\n"u8,
             .. "User-Agent: Nova-Webhooks/1.0\r\nwebhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=\r\nContent-Length: 1024\r\n"u8];
        static readonly byte[] ResponseHeaders = [.. "Date: Sun, 10 May 2026 08:30:00 GMT\r\nServer: example\r\nContent-Length: 0\r\n"u8];

        readonly Id<Endpoint>[] _endpoints;

        Rows(int node, int environment, int envelope)
        {
            (Node, Environment, Envelope) = (node, environment, envelope);
            _endpoints = [.. Enumerable.Range(0, 8).Select(_ => Id<Endpoint>.New(TimeProvider.System.GetUtcNow()))];
        }

        public int Node { get; }

        int Environment { get; }

        int Envelope { get; }

        public static async Task<Rows> NewAsync(INovaStore store)
        {
            var now = TimeProvider.System.GetUtcNow();
            var account = new Account(Id<Account>.New(now), "standard", "bench", "Bench", null, now);
            await store.SaveAsync([new DirectoryChange.OfAccount(account)], CancellationToken.None);
            var directory = await store.ReadChangesAsync(0, CancellationToken.None);
            return new Rows(
                await store.RegisterNodeAsync("micro", CancellationToken.None),
                directory.Environments.First(environment => environment.AccountId == account.Id).Id,
                await store.RegisterEnvelopeAsync("standard", """{"data":"{data}"}""", CancellationToken.None));
        }

        public List<Append> NewEntries(int count, int fanOut)
        {
            var now = TimeProvider.System.GetUtcNow();
            return [.. Enumerable.Range(0, count).Select(_ => NewEntry(now, fanOut))];
        }

        public AttemptRecord NewRecord(Delivery delivery) => new()
        {
            Delivery = delivery,
            State = DeliveryState.Delivered,
            EndedAgo = TimeSpan.Zero,
            Attempt = new Attempt
            {
                Number = 1,
                StartedAt = delivery.CreatedAt,
                Outcome = AttemptOutcome.Delivered,
                StatusCode = 200,
                Timings = new AttemptTimings(1500, FirstByte: 900),
                RequestHeaders = RequestHeaders,
                ResponseHeaders = ResponseHeaders,
            },
        };

        Append NewEntry(DateTimeOffset now, int fanOut)
        {
            var @event = new Event
            {
                Id = Id<Event>.New(now),
                EnvironmentId = Environment,
                Type = "invoice.paid",
                Data = Data.Invoice,
                OccurredAt = now,
                CreatedAt = now,
                EnvelopeId = Envelope,
                DeliveryCount = fanOut,
            };
            return new Append
            {
                EnvironmentId = Environment,
                Event = @event,
                Deliveries = [.. Enumerable.Range(0, fanOut).Select(index => new NewDelivery(
                    new Delivery
                    {
                        Id = Id<Delivery>.New(now),
                        EnvironmentId = Environment,
                        EventId = @event.Id,
                        EndpointId = _endpoints[index],
                        EventType = @event.Type,
                        CreatedAt = now,
                        State = DeliveryState.Processing,
                    },
                    Leased: true))],
            };
        }
    }
}
