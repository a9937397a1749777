using Nova.Egress;

namespace Nova;

/// <summary>
/// How a Nova engine is set. Bound from the configuration section <c>Nova</c>; every key with unit, default and range is in
/// the server's commented <c>appsettings.json</c> and in docs/operations.md.
/// </summary>
public sealed class NovaOptions
{
    /// <summary>Folder with the built-in products. Default: <c>products</c> beside the server's program.</summary>
    public string BuiltInProductsPath { get; set; } = Path.Combine(AppContext.BaseDirectory, "products");

    /// <summary>Folder with further product folders; one with the name of a built-in product replaces it. Default: none.</summary>
    public string? ProductsPath { get; set; }

    /// <summary>An operator key with all scopes, accepted besides those in the store. At least 16 characters. Default: none.</summary>
    public string? OperatorKey { get; set; }

    /// <summary>The master key, 32 bytes in base64, that seals secrets in the store. Default: none; see <see cref="MasterKeyFile"/>.</summary>
    public string? MasterKey { get; set; }

    /// <summary>A file that holds the master key in base64. Default: <c>master.key</c> beside a SQLite database, made at first start.</summary>
    public string? MasterKeyFile { get; set; }

    /// <summary>A command that prints the master key in base64: of a key management service, say. Run once, at the start. Default: none.</summary>
    public string? MasterKeyCommand { get; set; }

    /// <summary>Master keys of before a rotation, base64, separated by commas: they open what they sealed. Default: none.</summary>
    public string? EarlierMasterKeys { get; set; }

    /// <summary>What may be dialled.</summary>
    public EgressOptions Egress { get; set; } = new();

    /// <summary>How accepted events are committed.</summary>
    public PublishingOptions Publishing { get; set; } = new();

    /// <summary>How deliveries are attempted.</summary>
    public DeliveringOptions Delivering { get; set; } = new();

    /// <summary>How this process shares a store with others.</summary>
    public NodeOptions Node { get; set; } = new();

    /// <summary>How long history is kept.</summary>
    public RetentionOptions Retention { get; set; } = new();

    /// <summary>What is wrong with the values, each with its key and what it should be; empty when nothing is.</summary>
    public IReadOnlyList<string> Faults()
    {
        List<string> faults = [];
        if (OperatorKey is { Length: < 16 }) faults.Add("Nova:OperatorKey has fewer than 16 characters. Use a long random one, such as 'nk_' and 32 letters and digits.");
        // An authorization header may be 8 KiB, and what is compared is bounded.
        if (OperatorKey is { Length: > 200 } || OperatorKey?.AsSpan().ContainsAnyExceptInRange('!', '~') == true)
            faults.Add("Nova:OperatorKey must be at most 200 visible ASCII characters: others cannot be sent in a header.");
        Range("Nova:Publishing:MaxBodyBytes", Publishing.MaxBodyBytes, 1024, 16 * 1024 * 1024);
        Range("Nova:Publishing:MaxBatch", Publishing.MaxBatch, 1, 10_000);
        Span("Nova:Publishing:AnswerWithin", Publishing.AnswerWithin, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Range("Nova:Delivering:MaxConcurrentAttempts", Delivering.MaxConcurrentAttempts, 1, 65_536);
        Range("Nova:Delivering:MaxConcurrentAttemptsPerEndpoint", Delivering.MaxConcurrentAttemptsPerEndpoint, 1, 1024);
        Range("Nova:Delivering:FirstConcurrentAttemptsPerEndpoint", Delivering.FirstConcurrentAttemptsPerEndpoint, 1, 1024);
        Range("Nova:Delivering:QueuedPerEndpoint", Delivering.QueuedPerEndpoint, 1, 100_000);
        Range("Nova:Delivering:QueuedBytes", Delivering.QueuedBytes, 1024 * 1024, 16L * 1024 * 1024 * 1024);
        // Room is counted in bodies of the largest size: with less than some, what waits in the store would never be fetched.
        if (Delivering.QueuedBytes < 4L * Publishing.MaxBodyBytes)
            faults.Add($"Nova:Delivering:QueuedBytes is {Delivering.QueuedBytes}; it must be at least four times Nova:Publishing:MaxBodyBytes ({Publishing.MaxBodyBytes}).");
        Span("Nova:Delivering:StopGrace", Delivering.StopGrace, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        Span("Nova:Delivering:PollEvery", Delivering.PollEvery, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(10));
        Span("Nova:Delivering:RecordEvery", Delivering.RecordEvery, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        if (Node.HeartbeatEvery < TimeSpan.FromMilliseconds(100) || Node.HeartbeatEvery * 3 > Node.LeaseFor)
            faults.Add($"Nova:Node:HeartbeatEvery is {Node.HeartbeatEvery} and Nova:Node:LeaseFor {Node.LeaseFor}: the lease must be at least three heartbeats, each at least 100 ms.");
        if (Node.LeaseFor > TimeSpan.FromMinutes(10)) faults.Add($"Nova:Node:LeaseFor is {Node.LeaseFor}; at most ten minutes: so long the work of a dead node would wait.");
        // A hundred years is for ever, and can still be counted back from today.
        Span("Nova:Retention:KeepFor", Retention.KeepFor, TimeSpan.FromDays(1), TimeSpan.FromDays(36_500));
        Span("Nova:Retention:KeepAuditFor", Retention.KeepAuditFor, TimeSpan.FromDays(1), TimeSpan.FromDays(36_500));
        return faults;

        void Span(string key, TimeSpan value, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most) faults.Add($"{key} is {value}; it must be from {least} to {most}.");
        }

        void Range(string key, long value, long least, long most)
        {
            if (value < least || value > most) faults.Add($"{key} is {value}; it must be from {least} to {most}.");
        }
    }
}

/// <summary>How accepted events are committed.</summary>
public sealed class PublishingOptions
{
    /// <summary>Largest request body, in bytes; a larger one is answered with 413. Default 262,144 (256 KiB); 1 KiB to 16 MiB.</summary>
    public int MaxBodyBytes { get; set; } = 256 * 1024;

    /// <summary>Most events in one group commit. Default 500: past that a commit only gets longer, not cheaper per event. 1 to 10,000.</summary>
    public int MaxBatch { get; set; } = 500;

    /// <summary>
    /// How long a publisher is kept waiting for the commit; then it is told that the outcome is not known. Default 10 s, below the patience of most clients.
    /// </summary>
    public TimeSpan AnswerWithin { get; set; } = TimeSpan.FromSeconds(10);
}

/// <summary>How deliveries are attempted.</summary>
public sealed class DeliveringOptions
{
    /// <summary>
    /// Attempts in flight on this node. Default 2,048: an attempt in flight costs some kilobytes and no thread, and endpoints that hang
    /// must not use them all up. 1 to 65,536.
    /// </summary>
    public int MaxConcurrentAttempts { get; set; } = 2048;

    /// <summary>
    /// Attempts in flight at one endpoint once it has proved to answer; it starts with <see cref="FirstConcurrentAttemptsPerEndpoint"/>.
    /// Default 64. 1 to 1,024.
    /// </summary>
    public int MaxConcurrentAttemptsPerEndpoint { get; set; } = 64;

    /// <summary>Attempts in flight at an endpoint that has not answered yet. Default 4: what a hanging endpoint may hold. 1 to 1,024; never more than the number above.</summary>
    public int FirstConcurrentAttemptsPerEndpoint { get; set; } = 4;

    /// <summary>Deliveries of one endpoint held in memory; more wait in the store. Default 2,000. 1 to 100,000.</summary>
    public int QueuedPerEndpoint { get; set; } = 2000;

    /// <summary>Bytes of deliveries held in memory by this node; more wait in the store. Default 67,108,864 (64 MiB). 1 MiB to 16 GiB, and at least four bodies.</summary>
    public long QueuedBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>How long an orderly stop lets attempts in flight finish. Default 15 s; later ones are given back and repeated by schedule.</summary>
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often the store is asked for what has fallen due. Default 100 ms, so that a retry starts within 250 ms of its time.</summary>
    public TimeSpan PollEvery { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Least time from the begin of one commit of outcomes to the next. Default 20 ms: nobody waits for these commits, and under load each then
    /// holds many outcomes. What has ended and is not yet recorded when the process is killed is sent again. 0 to 1 s.
    /// </summary>
    public TimeSpan RecordEvery { get; set; } = TimeSpan.FromMilliseconds(20);
}

/// <summary>How this process shares a store with others.</summary>
public sealed class NodeOptions
{
    /// <summary>Time between heartbeats. Default 2 s.</summary>
    public TimeSpan HeartbeatEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// After this long without a heartbeat a node is dead and its deliveries are taken over. Default 10 s: with a look every heartbeat,
    /// take-over begins within 12 s.
    /// </summary>
    public TimeSpan LeaseFor { get; set; } = TimeSpan.FromSeconds(10);
}

/// <summary>How long history is kept.</summary>
public sealed class RetentionOptions
{
    /// <summary>Age at which finished deliveries, their attempts and their events are removed. Default 90 days; at least 1 day.</summary>
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Age at which entries of the audit log are removed. Default 400 days: a year can be looked back upon, with some to spare. At least 1 day.</summary>
    public TimeSpan KeepAuditFor { get; set; } = TimeSpan.FromDays(400);
}
