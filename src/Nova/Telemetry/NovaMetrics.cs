using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Nova.Telemetry;

/// <summary>
/// Every figure that Nova measures, by OpenTelemetry's naming. Names, units and buckets are an interface: a change is a change for operators.
/// Costs next to nothing while nobody listens.
/// </summary>
internal sealed class NovaMetrics : IDisposable
{
    /// <summary>The meter's name, and the activity source's.</summary>
    public const string Name = "Nova";

    /// <summary>Spans: <c>event.publish</c> and <c>delivery.attempt</c>. Nothing of them goes to the receiver.</summary>
    public static readonly ActivitySource Activities = new(Name);

    /// <summary>From a receiver on the same host to one at its timeout.</summary>
    static readonly InstrumentAdvice<double> AttemptBuckets = new() { HistogramBucketBoundaries = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30] };

    static readonly InstrumentAdvice<double> CommitBuckets = new() { HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] };

    readonly Meter _meter = new(Name);
    readonly Counter<long> _published;
    readonly Counter<long> _attempts;
    readonly Histogram<double> _attemptDuration;
    readonly Histogram<double> _commitDuration;
    readonly Histogram<long> _commitSize;

    public NovaMetrics()
    {
        _published = _meter.CreateCounter<long>("nova.events.published", "{event}", "Events accepted and on disk.");
        _attempts = _meter.CreateCounter<long>("nova.attempts", "{attempt}", "Attempts on record, by product and outcome.");
        _attemptDuration = _meter.CreateHistogram("nova.attempt.duration", "s", "From the look-up to the last byte read.", advice: AttemptBuckets);
        _commitDuration = _meter.CreateHistogram("nova.commit.duration", "s", "One group commit, by kind: append or record.", advice: CommitBuckets);
        _commitSize = _meter.CreateHistogram<long>("nova.commit.size", "{entry}", "Entries in one group commit, by kind.");
    }

    /// <summary>Adds the figures that are read when they are asked for.</summary>
    public void Observe(Func<long> held, Func<long> running)
    {
        _meter.CreateObservableGauge("nova.deliveries.held", held, "{delivery}", "Deliveries whose lease this node holds.");
        _meter.CreateObservableGauge("nova.attempts.running", running, "{attempt}", "Attempts in flight on this node.");
    }

    public void Published(string product) => _published.Add(1, new KeyValuePair<string, object?>("product", product));

    public void Attempted(string product, string outcome, double seconds)
    {
        if (!_attempts.Enabled && !_attemptDuration.Enabled) return;
        var tags = new TagList { { "product", product }, { "outcome", outcome } };
        _attempts.Add(1, tags);
        _attemptDuration.Record(seconds, tags);
    }

    public void Committed(string kind, int entries, TimeSpan took)
    {
        var tag = new KeyValuePair<string, object?>("kind", kind);
        _commitDuration.Record(took.TotalSeconds, tag);
        _commitSize.Record(entries, tag);
    }

    public void Dispose() => _meter.Dispose();
}
