using System.Runtime.InteropServices;
using Nova.Model;

namespace Nova.Storage;

/// <summary>
/// Sums up a batch of outcomes while a store writes them, into the bytes of one row that goes into the same transaction. So what is counted is
/// what is on record, also after a kill, and a delivery costs a look into a small table in memory.
/// </summary>
/// <remarks>
/// The row is read by <see cref="FiguresSum"/>, which adds it to the figures within some seconds: see docs/decisions/0009-figures.md. A counter is used again by
/// the next batch, so that nothing is allocated per delivery.
/// </remarks>
internal sealed class OutcomeCounter
{
    static OutcomeCounter? s_spare;

    readonly Dictionary<(int, Id<Endpoint>), int> _places = [];
    readonly List<Entry> _entries = [];
    readonly Dictionary<(int Place, short Cause), Failures> _failures = [];
    readonly FiguresWriter _writer = new();
    int[] _latencies = new int[16 * LatencyHistogram.Buckets];
    (int Environment, Id<Endpoint> Endpoint, int Place) _last;

    struct Entry
    {
        public int EnvironmentId;
        public Id<Endpoint> EndpointId;
        public int Delivered, Failed, Retried, Attempts, AttemptsFailed, Causes;
        public long LatencyUs;
    }

    struct Failures
    {
        public int Failed, Attempts;
        public Id<Delivery> Example;
        public bool ExampleEnded;
    }

    /// <summary>An empty counter.</summary>
    public static OutcomeCounter Rent()
    {
        var counter = Interlocked.Exchange(ref s_spare, null) ?? new();
        counter.Clear();
        return counter;
    }

    /// <summary>Keeps the counter for the next batch.</summary>
    public void Return() => Volatile.Write(ref s_spare, this);

    public bool IsEmpty => _entries.Count == 0;

    void Clear()
    {
        Array.Clear(_latencies, 0, _entries.Count * LatencyHistogram.Buckets);
        _places.Clear();
        _entries.Clear();
        _failures.Clear();
        _last = (-1, default, -1);
    }

    public void Add(AttemptRecord record)
    {
        // Handed back by a node that is drained: nothing came of it.
        if (record is { Attempt: null, State: DeliveryState.Pending }) return;
        var place = PlaceOf(record.EnvironmentId, record.EndpointId);
        ref var entry = ref CollectionsMarshal.AsSpan(_entries)[place];
        if (record.State == DeliveryState.Delivered) entry.Delivered++;
        else if (record.State == DeliveryState.Failed) entry.Failed++;
        else entry.Retried++;
        if (record.Attempt is { } attempt)
        {
            entry.Attempts++;
            if (attempt.StatusCode is not null)
            {
                entry.LatencyUs += attempt.Timings.Total;
                _latencies[place * LatencyHistogram.Buckets + LatencyHistogram.BucketOf(attempt.Timings.Total)]++;
            }
            if (record.State == DeliveryState.Delivered) return;
            entry.AttemptsFailed++;
        }
        ref var failures = ref CollectionsMarshal.GetValueRefOrAddDefault(_failures, (place, FailureCause.Of(record.Attempt).Number), out var known);
        if (!known) entry.Causes++;
        if (record.Attempt is not null) failures.Attempts++;
        var ended = record.State == DeliveryState.Failed;
        if (ended) failures.Failed++;
        if (ended || !failures.ExampleEnded) (failures.Example, failures.ExampleEnded) = (record.DeliveryId, ended);
    }

    int PlaceOf(int environmentId, Id<Endpoint> endpointId)
    {
        // Deliveries of one endpoint often come one after the other.
        if (_last.Environment == environmentId && _last.Endpoint == endpointId) return _last.Place;
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, (environmentId, endpointId), out var known);
        if (!known)
        {
            place = _entries.Count;
            _entries.Add(new Entry { EnvironmentId = environmentId, EndpointId = endpointId });
            if (_entries.Count * LatencyHistogram.Buckets > _latencies.Length) Array.Resize(ref _latencies, _latencies.Length * 2);
        }
        _last = (environmentId, endpointId, place);
        return place;
    }

    /// <summary>The row's bytes.</summary>
    public byte[] ToBytes()
    {
        _writer.Begin();
        var entries = CollectionsMarshal.AsSpan(_entries);
        for (var place = 0; place < entries.Length; place++)
        {
            ref var entry = ref entries[place];
            _writer.Endpoint(entry.EnvironmentId, entry.EndpointId);
            _writer.Numbers([entry.Delivered, entry.Failed, entry.Retried, entry.Attempts, entry.AttemptsFailed, entry.LatencyUs]);
            _writer.Latencies(_latencies.AsSpan(place * LatencyHistogram.Buckets, LatencyHistogram.Buckets));
            _writer.Number(entry.Causes);
            if (entry.Causes == 0) continue;
            foreach (var (key, failures) in _failures)
                if (key.Place == place) _writer.Cause(key.Cause, failures.Failed, failures.Attempts, failures.Example, failures.ExampleEnded);
        }
        return _writer.ToBytes();
    }
}
