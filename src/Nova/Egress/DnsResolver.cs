using System.Net;
using System.Net.Sockets;

namespace Nova.Egress;

/// <summary>
/// Finds addresses without blocking: the hosts file, then a short-lived cache, then the name servers of resolv.conf, A and AAAA at once. A
/// look-up ends within two seconds, and a domain whose servers are dead holds up no other.
/// </summary>
/// <remarks>
/// The operating system's look-up blocks a thread each, cannot be cancelled, and serialises those of one name: a customer's dead name
/// server would stall everybody. It is used only where there is no resolv.conf. What /etc/nsswitch.conf may add (mDNS, LDAP) is not asked.
/// </remarks>
internal sealed class DnsResolver : IDnsResolver
{
    /// <summary>
    /// For a whole look-up, queue and search domains included. A receiver that cannot be found in two seconds is retried by schedule.
    /// </summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>How long the second family is waited for once the first has addresses: some servers drop AAAA questions.</summary>
    static readonly TimeSpan SecondFamily = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// A time to live is kept within these, in seconds: zero would mean a question per connection, a day would outlive a move.
    /// </summary>
    const uint ShortestLife = 1;
    const uint LongestLife = 30;

    static readonly TimeSpan NegativeLife = TimeSpan.FromSeconds(5);

    /// <summary>Names kept; some 300 bytes each.</summary>
    const int MaxNames = 10_000;

    /// <summary>Look-ups at once under one parent domain.</summary>
    const int MaxPerParent = 64;

    readonly Func<ResolverSettings> _settings;
    readonly TimeProvider _clock;
    readonly DnsServers _servers;
    readonly Lock _lock = new();
    readonly Dictionary<string, Entry> _cache = [];
    readonly Dictionary<string, Gate> _gates = [];

    /// <param name="settings">Asked at each look-up.</param>
    /// <param name="clock">For limits and lifetimes.</param>
    public DnsResolver(Func<ResolverSettings> settings, TimeProvider clock)
    {
        _settings = settings;
        _clock = clock;
        _servers = new(clock);
    }

    /// <summary>A resolver that asks as this host is set up to.</summary>
    public static DnsResolver OfThisHost(TimeProvider clock) => new(ResolverFiles.OfThisHost(clock).Current, clock);

    /// <summary>Names in the cache, for tests.</summary>
    internal int CachedNames
    {
        get
        {
            lock (_lock) return _cache.Count;
        }
    }

    public Task<DnsAnswer> ResolveAsync(string name, CancellationToken cancellation)
    {
        name = name.TrimEnd('.').ToLowerInvariant();
        Entry? entry;
        lock (_lock)
        {
            if (_cache.TryGetValue(name, out entry) && (!entry.Answer.IsCompleted || _clock.GetTimestamp() < entry.ExpiresAt))
                return entry.Answer.IsCompleted ? entry.Answer : entry.Answer.WaitAsync(cancellation);
            MakeRoom();
            _cache[name] = entry = new();
        }
        _ = FillAsync(name, entry);
        return entry.Answer.WaitAsync(cancellation);
    }

    /// <summary>The one look-up that all who ask for the name at this time share. No caller's token ends it.</summary>
    async Task FillAsync(string name, Entry entry)
    {
        var (answer, life) = (DnsAnswer.Error, NegativeLife);
        try
        {
            (answer, life) = await LookUpAsync(name, _settings());
        }
        finally
        {
            // Whatever happened, those who wait are told.
            entry.End(answer, _clock.GetTimestamp() + (long)(life.TotalSeconds * _clock.TimestampFrequency));
        }
    }

    async Task<(DnsAnswer, TimeSpan)> LookUpAsync(string name, ResolverSettings settings)
    {
        if (settings.Hosts.TryGetValue(name, out var fixedAddresses)) return (new(fixedAddresses, DnsFault.None), NegativeLife);
        // RFC 6761 section 6.3: never asked of a server.
        if (name == "localhost" || name.EndsWith(".localhost", StringComparison.Ordinal))
            return (new([IPAddress.Loopback, IPAddress.IPv6Loopback], DnsFault.None), NegativeLife);

        using var limit = new CancellationTokenSource(Limit, _clock);
        var parent = ParentOf(name);
        var gate = Enter(parent);
        try
        {
            await gate.Room.WaitAsync(limit.Token);
            try
            {
                return settings.Servers.Count == 0 ? await AskSystemAsync(name) : await AskServersAsync(name, settings, limit.Token);
            }
            finally
            {
                gate.Room.Release();
            }
        }
        catch (OperationCanceledException)
        {
            return (DnsAnswer.Timeout, NegativeLife);
        }
        finally
        {
            Leave(parent, gate);
        }
    }

    async Task<(DnsAnswer, TimeSpan)> AskServersAsync(string name, ResolverSettings settings, CancellationToken cancellation)
    {
        var result = (Answer: DnsAnswer.NotFound, NegativeLife);
        foreach (var candidate in Candidates(name, settings))
        {
            result = await AskBothAsync(candidate, settings.Servers, cancellation);
            if (result.Answer.Fault is not (DnsFault.NotFound or DnsFault.NoAddress)) break;
        }
        return result;
    }

    /// <summary>
    /// The name as it stands, and the search domains where it is short. Unlike in the C library a name with a dot is tried as it stands
    /// first, because customers' names are whole ones; with Kubernetes' ndots:5 the other order would cost four questions each.
    /// </summary>
    static IEnumerable<string> Candidates(string name, ResolverSettings settings)
    {
        var dots = name.Count(c => c == '.');
        if (dots > 0) yield return name;
        if (dots < settings.Dots)
        {
            foreach (var domain in settings.Search) yield return $"{name}.{domain}";
        }
        if (dots == 0) yield return name;
    }

    async Task<(DnsAnswer, TimeSpan)> AskBothAsync(string name, IReadOnlyList<IPEndPoint> servers, CancellationToken cancellation)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var four = _servers.AskAsync(servers, name, DnsMessage.A, enough.Token);
        var six = _servers.AskAsync(servers, name, DnsMessage.Aaaa, enough.Token);
        var first = await await Task.WhenAny(four, six);
        if (first.Addresses.Count > 0 && !(four.IsCompleted && six.IsCompleted))
        {
            var second = four.IsCompleted ? six : four;
            await Task.WhenAny(second, Task.Delay(SecondFamily, _clock, enough.Token));
            await enough.CancelAsync();
        }
        return Merge(await four, await six);
    }

    static (DnsAnswer, TimeSpan) Merge(DnsReply four, DnsReply six)
    {
        if (four.Addresses.Count + six.Addresses.Count > 0)
        {
            var life = Math.Clamp(Math.Min(Lifetime(four), Lifetime(six)), ShortestLife, LongestLife);
            return (new([.. four.Addresses, .. six.Addresses], DnsFault.None), TimeSpan.FromSeconds(life));
        }
        var answer = Has(DnsReplyKind.Timeout) ? DnsAnswer.Timeout
            : Has(DnsReplyKind.Failure) || Has(DnsReplyKind.FormatError) ? DnsAnswer.Error
            : Has(DnsReplyKind.NoSuchName) ? DnsAnswer.NotFound
            : DnsAnswer.NoAddress;
        return (answer, NegativeLife);

        static uint Lifetime(DnsReply reply) => reply.Addresses.Count > 0 ? reply.Lifetime : LongestLife;

        bool Has(DnsReplyKind kind) => four.Kind == kind || six.Kind == kind;
    }

    async Task<(DnsAnswer, TimeSpan)> AskSystemAsync(string name)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(name).WaitAsync(Limit, _clock);
            return (addresses.Length == 0 ? DnsAnswer.NoAddress : new(addresses, DnsFault.None), NegativeLife);
        }
        catch (TimeoutException)
        {
            return (DnsAnswer.Timeout, NegativeLife);
        }
        catch (SocketException e)
        {
            var answer = e.SocketErrorCode switch
            {
                SocketError.HostNotFound => DnsAnswer.NotFound,
                SocketError.NoData => DnsAnswer.NoAddress,
                _ => DnsAnswer.Error,
            };
            return (answer, NegativeLife);
        }
        catch (ArgumentException)
        {
            return (DnsAnswer.NotFound, NegativeLife);
        }
    }

    /// <summary>
    /// Whose name servers a name depends on, by its look: the last two labels, or three where a country's own second level
    /// (<c>co.uk</c>, <c>com.au</c>) stands before.
    /// </summary>
    static string ParentOf(string name)
    {
        var labels = name.Split('.');
        if (labels.Length <= 2) return name;
        var count = labels[^1].Length == 2 && labels[^2].Length <= 3 ? 3 : 2;
        return string.Join('.', labels[^count..]);
    }

    Gate Enter(string parent)
    {
        lock (_lock)
        {
            if (!_gates.TryGetValue(parent, out var gate)) _gates[parent] = gate = new();
            gate.Users++;
            return gate;
        }
    }

    void Leave(string parent, Gate gate)
    {
        lock (_lock)
        {
            if (--gate.Users == 0) _gates.Remove(parent);
        }
    }

    /// <summary>Under the lock. Drops what has expired once the cache is full, then any eighth; look-ups under way stay.</summary>
    void MakeRoom()
    {
        if (_cache.Count < MaxNames) return;
        var now = _clock.GetTimestamp();
        foreach (var (name, entry) in _cache)
        {
            if (entry.Answer.IsCompleted && entry.ExpiresAt <= now) _cache.Remove(name);
        }
        if (_cache.Count < MaxNames) return;
        var surplus = MaxNames / 8;
        foreach (var (name, entry) in _cache)
        {
            if (surplus == 0) return;
            if (entry.Answer.IsCompleted && _cache.Remove(name)) surplus--;
        }
    }

    sealed class Entry
    {
        readonly TaskCompletionSource<DnsAnswer> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<DnsAnswer> Answer => _source.Task;
        public long ExpiresAt { get; private set; }

        public void End(DnsAnswer answer, long expiresAt)
        {
            ExpiresAt = expiresAt;
            _source.SetResult(answer);
        }
    }

    sealed class Gate
    {
        public SemaphoreSlim Room { get; } = new(MaxPerParent);
        public int Users { get; set; }
    }
}
