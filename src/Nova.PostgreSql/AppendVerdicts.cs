using Nova.Model;
using Nova.Storage;

namespace Nova.PostgreSql;

/// <summary>
/// Decides, entry by entry in order, what of a batch with keys or scores is written and how each entry is answered, from what the
/// store has found. Touches no database: its caller tells it what is there and writes what it says.
/// </summary>
internal sealed class AppendVerdicts
{
    readonly IReadOnlyList<Append> _entries;
    readonly SortedDictionary<(int EnvironmentId, string Key), Append> _keys = new(KeyOrder.Instance);
    readonly HashSet<(int, string)> _taken = [];
    readonly Dictionary<(int, string), First> _firsts = [];
    readonly SortedDictionary<(int EnvironmentId, Id<Score> Id), ScoreStatus?> _scores = [];
    readonly HashSet<Guid> _there = [];
    readonly Dictionary<(int, Id<Score>), Score> _made = [];
    readonly Dictionary<(int, Id<Score>), Score> _moved = [];

    public AppendVerdicts(IReadOnlyList<Append> entries)
    {
        _entries = entries;
        Results = new AppendResult[entries.Count];
        foreach (var entry in entries)
        {
            foreach (var key in entry.Keys) _keys.TryAdd((entry.EnvironmentId, PostgreSqlParameters.Storable(key)!), entry);
            if (entry.Score is { } score) _scores.TryAdd((score.EnvironmentId, score.Id), null);
        }
    }

    /// <summary>The request that a key was first used for.</summary>
    /// <param name="WrittenId">As <see cref="AppendVerdicts.WrittenId"/> of its entry.</param>
    /// <param name="OutsideId">Of its event; empty without one.</param>
    /// <param name="DeliveryCount">Of its event; 0 without one.</param>
    /// <param name="Fingerprint">Of the request.</param>
    internal sealed record First(Guid? WrittenId, string OutsideId, int DeliveryCount, byte[] Fingerprint);

    /// <summary>
    /// What tells an entry that was written from every other request under the same key: its event, else its first delivery.
    /// Null for an entry that is only a score, whose repeats are about the same score.
    /// </summary>
    public static Guid? WrittenId(Append entry) =>
        entry.Event?.Id.Value ?? (entry.Deliveries.Count > 0 ? entry.Deliveries[0].Delivery.Id.Value : null);

    /// <summary>Each key once, in the order in which all nodes take them, with the first entry that has it.</summary>
    public IReadOnlyList<(int EnvironmentId, string Key, Append By)> Keys => [.. _keys.Select(k => (k.Key.EnvironmentId, k.Key.Key, k.Value))];

    /// <summary>Each score once, in the order in which all nodes lock them.</summary>
    public IReadOnlyList<(int EnvironmentId, Id<Score> Id)> ScoreIds => [.. _scores.Keys];

    /// <summary>The key was free, and is now this transaction's.</summary>
    public void Took(int environmentId, string key) => _taken.Add((environmentId, key));

    /// <summary>The key has a row: this transaction's own, or the first request's.</summary>
    public void Found(int environmentId, string key, First first)
    {
        if (!_taken.Contains((environmentId, key))) _firsts[(environmentId, key)] = first;
    }

    public void Found(int environmentId, Id<Score> id, ScoreStatus status) => _scores[(environmentId, id)] = status;

    /// <summary>The event, or the first delivery of an entry without one, was committed by an earlier call with the same entries.</summary>
    public void IsThere(Guid id) => _there.Add(id);

    /// <summary>The answers, after <see cref="Decide"/>.</summary>
    public AppendResult[] Results { get; }

    public List<Append> ToWrite { get; } = [];

    /// <summary>Keys whose row is not the right one: to be taken anew by the entry, or given back where that is null.</summary>
    public List<(int EnvironmentId, string Key, Append? By)> WrongKeys { get; } = [];

    public IReadOnlyList<Score> NewScores => [.. _made.Values];

    public IReadOnlyList<Score> MovedScores => [.. _moved.Values];

    /// <summary>False where a key was neither free nor found: its row was removed in between, so everything is asked again.</summary>
    public bool Decide()
    {
        if (_keys.Keys.Any(key => !_taken.Contains(key) && !_firsts.ContainsKey(key))) return false;
        var owners = new Dictionary<(int, string), Append>();
        for (var i = 0; i < _entries.Count; i++)
        {
            var entry = _entries[i];
            Results[i] = Judge(entry);
            if (Results[i].Outcome != AppendOutcome.Written || WasThere(entry)) continue;
            ToWrite.Add(entry);
            if (entry.Score is { } score) Keep(score);
            foreach (var key in KeysOf(entry))
            {
                owners[key] = entry;
                _firsts[key] = new First(WrittenId(entry), entry.Event?.OutsideId ?? "", entry.Event?.DeliveryCount ?? 0, entry.Fingerprint);
            }
        }
        foreach (var key in _taken)
        {
            var owner = owners.GetValueOrDefault(key);
            if (!ReferenceEquals(owner, _keys[key])) WrongKeys.Add((key.Item1, key.Item2, owner));
        }
        return true;
    }

    public static AppendResult Written(Append entry) =>
        new(AppendOutcome.Written, entry.Event?.OutsideId ?? "", entry.Event?.DeliveryCount ?? 0);

    AppendResult Judge(Append entry)
    {
        if (WasThere(entry)) return Written(entry);
        foreach (var key in KeysOf(entry))
        {
            if (!_firsts.TryGetValue(key, out var first)) continue;
            var repeated = first.Fingerprint.AsSpan().SequenceEqual(entry.Fingerprint);
            return new(repeated ? AppendOutcome.Repeated : AppendOutcome.Conflict, first.OutsideId, first.DeliveryCount);
        }
        if (entry.Score is { } score && StatusOf(score) is ScoreStatus.Completed or ScoreStatus.Failed)
            return new(AppendOutcome.ScoreFinal, "", 0);
        return Written(entry);
    }

    /// <summary>
    /// Committed by an earlier call that the caller had no answer to. Its deliveries may be leased to this node, so the answer must be the one that
    /// makes the caller dispatch them: Written, not Repeated.
    /// </summary>
    bool WasThere(Append entry) => WrittenId(entry) is { } id
        && (_there.Contains(id) || KeysOf(entry).Any(key => _firsts.TryGetValue(key, out var first) && first.WrittenId == id));

    ScoreStatus? StatusOf(Score score)
    {
        var key = (score.EnvironmentId, score.Id);
        return _moved.GetValueOrDefault(key)?.Status ?? _made.GetValueOrDefault(key)?.Status ?? _scores[key];
    }

    void Keep(Score score)
    {
        var key = (score.EnvironmentId, score.Id);
        if (_scores[key] is not null) _moved[key] = score;
        else if (_made.TryGetValue(key, out var made))
            _made[key] = made with
            {
                Status = score.Status, Outcome = score.Outcome, UpdatedAt = score.UpdatedAt, FinishedAt = score.FinishedAt,
            };
        else _made[key] = score;
    }

    static IEnumerable<(int, string)> KeysOf(Append entry) =>
        entry.Keys.Select(key => (entry.EnvironmentId, PostgreSqlParameters.Storable(key)!));

    /// <summary>Ordinal, so that it is the same on every node whatever its culture.</summary>
    sealed class KeyOrder : IComparer<(int EnvironmentId, string Key)>
    {
        public static readonly KeyOrder Instance = new();

        public int Compare((int EnvironmentId, string Key) x, (int EnvironmentId, string Key) y) =>
            x.EnvironmentId != y.EnvironmentId ? x.EnvironmentId.CompareTo(y.EnvironmentId) : string.CompareOrdinal(x.Key, y.Key);
    }
}
