using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Nova.IntegrationTests.Stores;
using Nova.Telemetry;
using Nova.TestSupport;
using Nova.UnitTests;

namespace Nova.IntegrationTests.Engine;

public class MetricsTests
{
    [Fact]
    public async Task A_published_and_delivered_event_is_counted_under_the_documented_names_and_units()
    {
        var clock = new FakeClock();
        await using var stores = new SqliteHarness();
        await using var receiver = await TestReceiver.StartAsync();
        await using var engine = await EngineHarness.StartAsync(await stores.CreateAsync(clock), clock);
        var meter = engine.Get<NovaMetrics>();
        var seen = new ConcurrentDictionary<string, string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == NovaMetrics.Name) self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags));
        listener.Start();

        var entry = await engine.AddAccountAsync("kit");
        await engine.AddEndpointAsync(entry, receiver.Url, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        await engine.PublishAsync(entry, "credits.low");
        await engine.NextRecordedAsync();
        listener.RecordObservableInstruments();

        Assert.NotNull(meter);
        Assert.Equal("{event} product", seen["nova.events.published"]);
        Assert.Equal("{attempt} product outcome", seen["nova.attempts"]);
        Assert.Equal("s product outcome", seen["nova.attempt.duration"]);
        Assert.Equal("s kind", seen["nova.commit.duration"]);
        Assert.Equal("{entry} kind", seen["nova.commit.size"]);
        Assert.Equal("{delivery}", seen["nova.deliveries.held"]);
        Assert.Equal("{attempt}", seen["nova.attempts.running"]);

        void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var names = instrument.Unit ?? "";
            foreach (var tag in tags) names += " " + tag.Key;
            seen[instrument.Name] = names;
        }
    }
}
