using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Nova.Accounts;
using Nova.Model;
using Nova.Storage;
using Nova.Telemetry;

namespace Nova.Delivering;

/// <summary>
/// Switches off endpoints that fail, by the product's disable rule, or whose receiver says that it is gone; and sees to it that what
/// waits for an endpoint that is no longer to be sent to ends at once.
/// </summary>
internal sealed class EndpointDisabler(INovaStore store, AccountDirectory directory, TimeProvider clock, ILogger<EndpointDisabler> logger)
{
    /// <summary>The receiver answered that it is gone for good.</summary>
    public const string Gone = "gone";

    /// <summary>A customer switched it off.</summary>
    public const string ByCustomer = "by_customer";

    /// <summary>Deliveries made due in one statement, so that a long backlog never holds the store for long.</summary>
    const int HastenAtOnce = 2000;

    // Unbounded is safe: one entry per failing endpoint and batch of outcomes, and entries are small.
    readonly Channel<(Id<Endpoint> Endpoint, string? Reason)> _work = Channel.CreateUnbounded<(Id<Endpoint>, string?)>();

    /// <summary>Disables the endpoint if its product's rule says so.</summary>
    public void Judge(EndpointHealth health)
    {
        if (directory.Target(health.EndpointId) is { Endpoint.Receives: true } target
            && target.Product.Disable.Decide(health, clock.Now()) is { } reason)
            Post(health.EndpointId, reason);
    }

    public void Post(Id<Endpoint> endpoint, string reason) => _work.Writer.TryWrite((endpoint, reason));

    /// <summary>An endpoint was deleted, disabled or changed: what waits for it is to end now rather than when it falls due.</summary>
    public void EndWaiting(Id<Endpoint> endpoint) => _work.Writer.TryWrite((endpoint, null));

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await foreach (var (endpoint, reason) in _work.Reader.ReadAllAsync(stop))
            {
                try
                {
                    if (reason is not null && !await DisableAsync(endpoint, reason, stop)) continue;
                    await HastenAsync(endpoint, stop);
                }
                catch (Exception fault) when (fault is not OperationCanceledException)
                {
                    // Nothing is lost: the next failure judges again, and what waits ends when it falls due.
                    Log.EndpointNotDisabled(logger, endpoint.ToString(), fault);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    async Task<bool> DisableAsync(Id<Endpoint> id, string reason, CancellationToken cancellation)
    {
        while (directory.Target(id)?.Endpoint is { Receives: true } endpoint)
        {
            var now = clock.Now();
            var disabled = endpoint with { Enabled = false, DisabledReason = reason, DisabledAt = now, UpdatedAt = now };
            List<DirectoryChange> changes = [new DirectoryChange.OfEndpoint(disabled, endpoint.UpdatedAt)];
            if (directory.Environment(endpoint.EnvironmentId) is { } entry) changes.Add(new DirectoryChange.OfAudit(EntryOf(disabled, entry, clock.GetUtcNow())));
            var result = await directory.SaveAsync(changes, cancellation);
            if (result == SaveResult.Saved)
            {
                Log.EndpointDisabled(logger, id.ToString(), reason);
                return true;
            }
            await directory.RefreshAsync(cancellation);
        }
        return false;
    }

    /// <summary>The customer finds in his log that it was the product's rule, and which.</summary>
    static AuditEntry EntryOf(Endpoint disabled, EnvironmentEntry entry, DateTimeOffset now) => new()
    {
        Id = Id<AuditEntry>.New(now),
        AccountId = entry.Account.Id,
        Environment = entry.Environment.Name,
        Actor = Actor.System,
        Action = "webhook.disabled",
        Target = new("webhook", entry.Product.Api.EndpointIdIsUuid ? disabled.Id.Value.ToString("D") : disabled.Id.ToString(), disabled.Name ?? disabled.Url),
        Before = """{"enabled":true}""",
        After = $$"""{"enabled":false,"disabled_reason":"{{disabled.DisabledReason}}"}""",
    };

    async Task HastenAsync(Id<Endpoint> id, CancellationToken cancellation)
    {
        if (directory.Target(id)?.Endpoint is not { } endpoint) return;
        while (await store.HastenAsync(endpoint.EnvironmentId, id, HastenAtOnce, cancellation) == HastenAtOnce) { }
    }
}
