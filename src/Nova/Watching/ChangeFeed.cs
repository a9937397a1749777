using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Nova.Accounts;
using Nova.Delivering;
using Nova.Model;
using Nova.Nodes;
using Nova.Publishing;
using Nova.Storage;
using Nova.Telemetry;

namespace Nova.Watching;

/// <summary>
/// Tells whoever watches an environment what changes in it, on whichever node it changes, at most four times a second.
/// </summary>
/// <remarks>
/// Only ids are gathered while things happen; four times a second the rows are read as they are then, once for all who watch. So two hundred deliveries
/// a second are four reads of some fifty rows, and a change that is overtaken by the next one is not told. While nobody watches, here or on another
/// node, nothing is gathered and nothing is attached to publishing and recording: it costs nothing.
/// <para>
/// Between nodes: one that has watchers says so every <see cref="AnnounceEvery"/>, and the others send it the ids of what they commit until
/// <see cref="AnnouncedFor"/> after it said so last. A message that is lost is a row that shows its change later.
/// </para>
/// </remarks>
internal sealed class ChangeFeed
{
    /// <summary>Four a second: fluent to the eye, and few enough for a phone.</summary>
    static readonly TimeSpan FlushEvery = TimeSpan.FromMilliseconds(250);

    static readonly TimeSpan AnnounceEvery = TimeSpan.FromSeconds(5);

    static readonly TimeSpan AnnouncedFor = TimeSpan.FromSeconds(15);

    /// <summary>Changes of one environment between two flushes (2,000 a second); with more, watchers are told to read their lists again.</summary>
    const int MostIds = 500;

    /// <summary>Flushes between two signs of life to a watcher, so that it looks at its clock and its credential: a second.</summary>
    const int FlushesPerBeat = 4;

    /// <summary>An id's 26 digits and a comma; the rest of a message is far below 100 characters.</summary>
    const int IdsPerMessage = (INodeMessages.Longest - 100) / 27;

    readonly EventLog _events;
    readonly OutcomeLog _outcomes;
    readonly AccountDirectory _directory;
    readonly IHistoryReader _history;
    readonly INodeMessages _messages;
    readonly ThisNode _node;
    readonly TimeProvider _clock;
    readonly ILogger<ChangeFeed> _logger;
    readonly ConcurrentDictionary<int, Watched> _watched = new();
    readonly Lock _attaching = new();
    readonly SemaphoreSlim _someone = new(0, 1);
    bool _attached;
    bool _stopped;

    public ChangeFeed(
        EventLog events, OutcomeLog outcomes, AccountDirectory directory, IHistoryReader history, INodeMessages messages, ThisNode node,
        TimeProvider clock, ILogger<ChangeFeed> logger)
    {
        (_events, _outcomes, _directory, _history, _messages, _node, _clock, _logger) = (events, outcomes, directory, history, messages, node, clock, logger);
        messages.Received += Receive;
    }

    /// <summary>Watches an environment from now on, until it is disposed. Null: the node stops.</summary>
    public ChangeSubscription? Watch(int environmentId)
    {
        lock (_attaching)
        {
            if (_stopped) return null;
            var watched = Attach(environmentId);
            var subscription = new ChangeSubscription(gone => watched.Remove(gone));
            watched.Add(subscription);
            Wake();
            return subscription;
        }
    }

    /// <summary>How many watch an environment on this node.</summary>
    public int WatchersOf(int environmentId) => _watched.TryGetValue(environmentId, out var watched) ? watched.Subscribers.Length : 0;

    /// <summary>Under the lock.</summary>
    Watched Attach(int environmentId)
    {
        var watched = _watched.GetOrAdd(environmentId, id => new Watched { Entry = _directory.Environment(id) });
        if (!_attached)
        {
            _attached = true;
            _events.Committed += OnCommitted;
            _outcomes.Recorded += OnRecorded;
        }
        return watched;
    }

    /// <summary>Under the lock, when the watcher is there: the first flush is its first sign of life.</summary>
    void Wake()
    {
        if (_someone.CurrentCount == 0) _someone.Release();
    }

    /// <summary>Lets go of environments that nobody watches any more; of everything where there are none.</summary>
    void Detach()
    {
        lock (_attaching)
        {
            foreach (var (id, watched) in _watched)
                if (watched.Subscribers.Length == 0 && !IsWantedElsewhere(watched)) _watched.TryRemove(id, out _);
            if (!_attached || !_watched.IsEmpty) return;
            _attached = false;
            _events.Committed -= OnCommitted;
            _outcomes.Recorded -= OnRecorded;
        }
    }

    void OnCommitted(Append append)
    {
        if (!_watched.TryGetValue(append.EnvironmentId, out var watched)) return;
        foreach (var (delivery, _) in append.Deliveries) watched.Note(delivery.Id);
    }

    void OnRecorded(EndedAttempt ended)
    {
        if (_watched.TryGetValue(ended.Delivery.EnvironmentId, out var watched)) watched.Note(ended.Delivery.Id);
    }

    bool IsWantedElsewhere(Watched watched) => Volatile.Read(ref watched.AnnouncedAt) is var at && at != 0 && _clock.GetElapsedTime(at) < AnnouncedFor;

    // Between nodes ---------------------------------------------------------------------------------------------

    /// <summary><c>node kind environment ids</c>: L for "is watched here", C for "these have changed", R for "more than can be told has changed".</summary>
    void Receive(string message)
    {
        var parts = message.Split(' ');
        if (parts.Length < 3 || !int.TryParse(parts[0], CultureInfo.InvariantCulture, out var node) || node == _node.Number
            || !int.TryParse(parts[2], CultureInfo.InvariantCulture, out var environmentId)) return;
        if (parts[1] == "L")
        {
            lock (_attaching)
            {
                if (_stopped) return;
                Volatile.Write(ref Attach(environmentId).AnnouncedAt, _clock.GetTimestamp());
                Wake();
            }
        }
        else if (_watched.TryGetValue(environmentId, out var watched))
        {
            if (parts[1] == "R") watched.Overflow();
            else if (parts.Length == 4)
            {
                foreach (var digits in parts[3].Split(','))
                    if (Id<Delivery>.TryParse($"{Delivery.IdPrefix}_{digits}", out var id)) watched.Note(id, fromHere: false);
            }
        }
    }

    static IEnumerable<string> Tell(int node, int environmentId, IReadOnlyList<Id<Delivery>> ids, bool overflow)
    {
        if (overflow) yield return string.Create(CultureInfo.InvariantCulture, $"{node} R {environmentId}");
        foreach (var piece in ids.Chunk(IdsPerMessage))
            yield return string.Create(CultureInfo.InvariantCulture, $"{node} C {environmentId} {string.Join(',', piece.Select(id => id.ToDigits()))}");
    }

    // Flushing --------------------------------------------------------------------------------------------------

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await _someone.WaitAsync(stop);
                using var timer = new PeriodicTimer(FlushEvery, _clock);
                for (var flush = 0L; !_watched.IsEmpty; flush++)
                {
                    await FlushAsync(flush, stop);
                    Detach();
                    await timer.WaitForNextTickAsync(stop);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops: whoever watches connects to another one, or again.
            lock (_attaching) _stopped = true;
            foreach (var watched in _watched.Values)
                foreach (var subscriber in watched.Subscribers) subscriber.End();
        }
    }

    async Task FlushAsync(long flush, CancellationToken stop)
    {
        try
        {
            var messages = new List<string>();
            foreach (var (environmentId, watched) in _watched)
            {
                var (all, own, overflow, ownOverflow) = watched.Take();
                if (IsWantedElsewhere(watched)) messages.AddRange(Tell(_node.Number, environmentId, own, ownOverflow));
                var subscribers = watched.Subscribers;
                if (subscribers.Length == 0) continue;
                if (flush % (AnnounceEvery / FlushEvery) == 0) messages.Add(string.Create(CultureInfo.InvariantCulture, $"{_node.Number} L {environmentId}"));
                var endpoints = watched.ChangedEndpoints(_directory.Environment(environmentId));
                if (all.Count == 0 && endpoints.Count == 0 && !overflow && flush % FlushesPerBeat != 0) continue;
                var deliveries = all.Count == 0 ? [] : await _history.ReadDeliveriesAsync(environmentId, all, stop);
                var batch = new ChangeBatch(_clock.GetUtcNow(), [.. deliveries.OrderBy(delivery => delivery.Id)], endpoints, overflow);
                foreach (var subscriber in subscribers) subscriber.Offer(batch);
            }
            if (messages.Count > 0) await _messages.SendAsync(messages, stop);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            Log.ChangesNotTold(_logger, fault);
            foreach (var watched in _watched.Values) watched.Overflow();
        }
    }

    /// <summary>An environment that somebody watches, here or on another node.</summary>
    sealed class Watched
    {
        readonly Lock _lock = new();
        Dictionary<Id<Delivery>, bool> _changed = [];
        bool _overflow;
        bool _ownOverflow;

        /// <summary>As it was when its endpoints were looked at last.</summary>
        public EnvironmentEntry? Entry;

        /// <summary>Timestamp at which another node said that it is watched there; 0: none has.</summary>
        public long AnnouncedAt;

        public ChangeSubscription[] Subscribers { get; private set; } = [];

        public void Add(ChangeSubscription subscription)
        {
            lock (_lock) Subscribers = [.. Subscribers, subscription];
        }

        public void Remove(ChangeSubscription subscription)
        {
            lock (_lock) Subscribers = [.. Subscribers.Where(each => each != subscription)];
        }

        public void Note(Id<Delivery> id, bool fromHere = true)
        {
            lock (_lock)
            {
                if (_changed.Count < MostIds || _changed.ContainsKey(id)) _changed[id] = fromHere || _changed.GetValueOrDefault(id);
                else
                {
                    _overflow = true;
                    _ownOverflow |= fromHere;
                }
            }
        }

        public void Overflow()
        {
            lock (_lock) _overflow = true;
        }

        /// <summary>What has changed since the last time: all of it, what of it changed on this node, and whether there was more.</summary>
        public (IReadOnlyList<Id<Delivery>> All, IReadOnlyList<Id<Delivery>> Own, bool Overflow, bool OwnOverflow) Take()
        {
            lock (_lock)
            {
                var (changed, overflow, own) = (_changed, _overflow, _ownOverflow);
                (_overflow, _ownOverflow) = (false, false);
                if (changed.Count == 0) return ([], [], overflow, own);
                _changed = [];
                return ([.. changed.Keys], [.. changed.Where(entry => entry.Value).Select(entry => entry.Key)], overflow, own);
            }
        }

        /// <summary>Endpoints that are not as they were the last time.</summary>
        public IReadOnlyList<Endpoint> ChangedEndpoints(EnvironmentEntry? now)
        {
            var before = Entry;
            if (now is null || ReferenceEquals(before, now)) return [];
            Entry = now;
            var known = before?.Targets.ToDictionary(target => target.Endpoint.Id, target => target.Endpoint.UpdatedAt) ?? [];
            return [.. now.Targets.Select(target => target.Endpoint).Where(endpoint => !known.TryGetValue(endpoint.Id, out var at) || at != endpoint.UpdatedAt)];
        }
    }
}

/// <summary>What has changed in an environment. An empty one is a sign of life.</summary>
/// <param name="At">When it was read.</param>
/// <param name="Deliveries">As they are now, the oldest first.</param>
/// <param name="Endpoints">As they are now.</param>
/// <param name="Resync">More has changed than is told: what is shown is to be read again.</param>
internal sealed record ChangeBatch(DateTimeOffset At, IReadOnlyList<Delivery> Deliveries, IReadOnlyList<Endpoint> Endpoints, bool Resync)
{
    public bool IsEmpty => Deliveries.Count == 0 && Endpoints.Count == 0 && !Resync;
}
