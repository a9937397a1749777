using System.Data.Common;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nova.Accounts;
using Nova.Delivering;
using Nova.Model;
using Nova.Products;
using Nova.Storage;
using Nova.Telemetry;

namespace Nova.Publishing;

/// <summary>
/// The beginning of the walk: an event comes in, is checked, is matched with the endpoints that want it, and is on disk with a delivery for
/// each of them when <c>PublishAsync</c> returns. Next: <see cref="EventLog"/>.
/// </summary>
internal sealed class EventPublisher(
    AccountDirectory directory, EnvelopeRegistry envelopes, DeliveryEngine engine, EventLog log, INovaStore store, NovaMetrics metrics, TimeProvider clock) : IEventPublisher
{
    const int LongestId = 64;
    const int LongestTenant = 200;
    const int LongestKey = 255;

    public async Task<PublishResult> PublishAsync(PublishRequest request, CancellationToken cancellation)
    {
        if (Check(request, out var entry, out var eventType) is { } fault) return new() { Fault = fault };

        using var activity = NovaMetrics.Activities.StartActivity("event.publish");
        activity?.SetTag("nova.event_type", request.Type);
        var result = await log.AppendAsync(AppendOf(request, entry!, eventType!, mayLease: true), cancellation);
        if (result.Outcome == AppendOutcome.Written) metrics.Published(entry!.Product.Name);
        return ResultOf(request, result);
    }

    public async Task<PublishResult> PublishAsync(PublishRequest request, DbTransaction transaction, CancellationToken cancellation)
    {
        if (store is not IEnlistingStore enlisting)
            throw new NotSupportedException("Publishing inside a transaction needs a store on PostgreSQL, in the database of the transaction.");
        if (Check(request, out var entry, out var eventType) is { } fault) return new() { Fault = fault };
        return ResultOf(request, await enlisting.AppendInAsync(transaction, AppendOf(request, entry!, eventType!, mayLease: false), cancellation));
    }

    static PublishResult ResultOf(PublishRequest request, AppendResult result) => result.Outcome == AppendOutcome.Conflict
        ? new() { Fault = Conflict(request) }
        : new() { Id = result.EventOutsideId, Deliveries = result.DeliveryCount };

    /// <param name="request">What was checked.</param>
    /// <param name="entry">Whose it is.</param>
    /// <param name="eventType">Of what type.</param>
    /// <param name="mayLease">Deliveries for which this node has room are its own from the start. Not where it will not hear whether they were written.</param>
    Append AppendOf(PublishRequest request, EnvironmentEntry entry, EventType eventType, bool mayLease)
    {
        var exact = clock.GetUtcNow();
        var now = exact.ToMilliseconds();
        var subscribers = entry.SubscribersOf(eventType.Name);
        var @event = new Event
        {
            Id = Id<Event>.New(exact),
            EnvironmentId = entry.Id,
            PublisherId = request.Id,
            Type = eventType.Name,
            // A copy: the request's buffer goes back to its pool, the event lives until its last retry.
            Data = JsonMarshal.GetRawUtf8Value(request.Data).ToArray(),
            Tenant = request.Tenant,
            OccurredAt = request.OccurredAt?.ToMilliseconds() ?? now,
            CreatedAt = now,
            EnvelopeId = envelopes.NumberOf(entry.Product.Envelope),
            DeliveryCount = subscribers.Count,
        };
        return new()
        {
            EnvironmentId = entry.Id,
            Event = @event,
            Deliveries = DeliveriesOf(@event, subscribers, exact, mayLease),
            Keys = KeysOf(request),
            Fingerprint = FingerprintOf(request),
        };
    }

    /// <summary>A delivery for each subscriber, leased to this node where its queue has kept a place.</summary>
    /// <param name="event">What is delivered.</param>
    /// <param name="subscribers">To whom.</param>
    /// <param name="exact">The time of which the event's id is made: its own deliveries are found by it.</param>
    /// <param name="mayLease">False: they wait in the store.</param>
    public IReadOnlyList<NewDelivery> DeliveriesOf(Event @event, IReadOnlyList<EndpointTarget> subscribers, DateTimeOffset exact, bool mayLease = true)
    {
        if (subscribers.Count == 0) return [];
        var size = HeldDelivery.SizeOf(@event);
        var deliveries = new NewDelivery[subscribers.Count];
        for (var i = 0; i < deliveries.Length; i++)
        {
            var endpoint = subscribers[i].Endpoint;
            var leased = mayLease && engine.TryReserve(endpoint.Id, size);
            deliveries[i] = new(new Delivery
            {
                Id = Id<Delivery>.New(exact),
                EnvironmentId = @event.EnvironmentId,
                EventId = @event.Id,
                EndpointId = endpoint.Id,
                EventType = @event.Type,
                Tenant = @event.Tenant,
                Generation = endpoint.Generation,
                State = leased ? DeliveryState.Processing : DeliveryState.Pending,
                CreatedAt = @event.CreatedAt,
                NextAttemptAt = @event.CreatedAt,
            }, leased);
        }
        return deliveries;
    }

    PublishFault? Check(PublishRequest request, out EnvironmentEntry? entry, out EventType? eventType)
    {
        entry = null;
        eventType = null;
        List<FieldFault> faults = [];
        if (EnvironmentEntry.Parse(request.Environment) is not { } environment)
        {
            faults.Add(new("/environment", "Must be \"sandbox\" or \"production\"."));
            environment = EnvironmentName.Production;
        }
        if (request.Data.ValueKind != JsonValueKind.Object) faults.Add(new("/data", "Must be a JSON object."));
        if (request.Id is { } id && !IsId(id)) faults.Add(new("/id", $"Must be 1 to {LongestId} letters, digits or _ - . :"));
        if (request.Tenant is { Length: 0 or > LongestTenant }) faults.Add(new("/tenant", $"Must be 1 to {LongestTenant} characters."));
        if (request.Tenant is { } tenant && !IsPlain(tenant)) faults.Add(new("/tenant", "Must not hold control characters or half of a surrogate pair."));
        if (request.IdempotencyKey is { Length: 0 or > LongestKey }) faults.Add(new("/idempotency_key", $"The Idempotency-Key must be 1 to {LongestKey} characters."));
        if (faults.Count > 0) return new(PublishFaultKind.Invalid, "The request has members that are malformed; see errors.", faults);

        var accounts = directory.FindAccounts(request.Account, request.Product);
        if (accounts.Count == 0)
            return Fault(PublishFaultKind.UnknownAccount, "/account", "There is no such account. Create it with POST /v1/accounts, or check the product.");
        if (accounts.Count > 1)
            return Fault(PublishFaultKind.AmbiguousAccount, "/account",
                $"Accounts of several products are called this ({string.Join(", ", accounts.Select(account => account.Product))}). Add \"product\", or use Nova's account id.");
        entry = directory.Environment(accounts[0].Id, environment);
        if (entry is null) return Fault(PublishFaultKind.UnknownAccount, "/account", "The account's product is not installed on this server.");

        return CheckData(entry, request.Type, "/type", request.Data, out eventType);
    }

    /// <summary>Whether an environment's product and plan take these data as an event of this type. Null: they do.</summary>
    /// <param name="entry">The environment.</param>
    /// <param name="type">The event type's name, as it was given.</param>
    /// <param name="typeAt">Where it stands in the request, as a JSON pointer.</param>
    /// <param name="data">What the event carries, which stands at <c>/data</c>.</param>
    /// <param name="eventType">The event type; null where there is none of that name.</param>
    public static PublishFault? CheckData(EnvironmentEntry entry, string type, string typeAt, JsonElement data, out EventType? eventType)
    {
        if (!entry.Product.EventTypes.TryGetValue(type, out eventType))
            return Fault(PublishFaultKind.UnknownEventType, typeAt,
                $"Product '{entry.Product.Name}' has no event type of this name. GET /v1/event-types lists them.");
        if (entry.Plan is { EventTypes: { } allowed } plan && !allowed.Contains(eventType.Name))
            return Fault(PublishFaultKind.UnknownEventType, typeAt, $"Plan '{plan.Name}' does not include this event type.");
        if (entry.Plan?.PayloadBytes is { } most && JsonMarshal.GetRawUtf8Value(data).Length > most)
            return Fault(PublishFaultKind.Invalid, "/data", $"The account's plan allows {most} bytes of data.");

        var violations = eventType.Validator.Validate(data);
        if (violations.Count > 0 && (!entry.Product.WarnOnSchemaViolation || violations.Any(violation => violation.Fatal)))
            return new(PublishFaultKind.SchemaViolation, $"The data does not fit the schema of '{eventType.Name}'; see errors.",
                [.. violations.Select(violation => new FieldFault("/data" + violation.Pointer, violation.Message))]);
        return null;
    }

    static PublishFault Fault(PublishFaultKind kind, string pointer, string message) => new(kind, message, [new(pointer, message)]);

    static PublishFault Conflict(PublishRequest request) => Fault(PublishFaultKind.Conflict, request.Id is null ? "/idempotency_key" : "/id",
        "This id or Idempotency-Key was used before with another request. Use a new one for a new event.");

    static string[] KeysOf(PublishRequest request) => (request.Id, request.IdempotencyKey) switch
    {
        (null, null) => [],
        ({ } id, null) => ["id:" + id],
        (null, { } key) => ["key:" + key],
        ({ } id, { } key) => ["id:" + id, "key:" + key],
    };

    /// <summary>What makes two publishes the same: everything but the key. Computed only where there is a key.</summary>
    static byte[] FingerprintOf(PublishRequest request)
    {
        if (request.Id is null && request.IdempotencyKey is null) return [];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in (ReadOnlySpan<string?>)[request.Id, request.Type, request.Tenant, request.OccurredAt?.ToString("O")])
        {
            hash.AppendData(Encoding.UTF8.GetBytes(part ?? "\u0001"));
            hash.AppendData([0]);
        }
        hash.AppendData(JsonMarshal.GetRawUtf8Value(request.Data));
        return hash.GetHashAndReset();
    }

    /// <summary>PostgreSQL keeps no NUL and no half of a pair: the body of a later attempt would differ from the first's.</summary>
    static bool IsPlain(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is < ' ' or '\u007F') return false;
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[++i])) return false;
        }
        return true;
    }

    static bool IsId(string id)
    {
        if (id.Length is 0 or > LongestId) return false;
        foreach (var c in id)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.' or ':')) return false;
        return true;
    }
}
