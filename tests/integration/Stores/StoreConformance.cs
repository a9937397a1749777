using System.Text;
using Nova.Model;
using Nova.Storage;
using Nova.UnitTests;

namespace Nova.IntegrationTests.Stores;

/// <summary>
/// What every store must do, as its callers rely on it. A store's test class derives from this and brings a harness;
/// one file per group of <see cref="INovaStore"/>. The clock is the test's, and stands still.
/// </summary>
public abstract partial class StoreConformance : IAsyncLifetime
{
    static readonly CancellationToken None = CancellationToken.None;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30); // Only a failing test waits this long.

    private protected abstract StoreHarness CreateHarness();

    private protected StoreHarness Harness { get; private set; } = null!;

    private protected FakeClock Clock { get; } = new();

    private protected INovaStore Store { get; private set; } = null!;

    /// <summary>A node that lives.</summary>
    private protected int Node { get; private set; }

    private protected Account TheAccount { get; private set; } = null!;

    private protected int Sandbox { get; private set; }

    private protected int Production { get; private set; }

    private protected int Envelope { get; private set; }

    public virtual async ValueTask InitializeAsync()
    {
        Harness = CreateHarness();
        Store = await Harness.CreateAsync(Clock);
        Node = await Store.RegisterNodeAsync("a", None);
        Envelope = await Store.RegisterEnvelopeAsync("embed", """{"event":"{type}"}""", None);
        TheAccount = NewAccount("acme");
        Assert.Equal(SaveResult.Saved, await Store.SaveAsync([new DirectoryChange.OfAccount(TheAccount)], None));
        (Sandbox, Production) = await EnvironmentsOfAsync(TheAccount);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (Store is not null) await Store.DisposeAsync();
        await Harness.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected async Task<(int Sandbox, int Production)> EnvironmentsOfAsync(Account account)
    {
        var all = await Store.ReadChangesAsync(0, None);
        var own = all.Environments.Where(environment => environment.AccountId == account.Id).ToArray();
        Assert.Equal(2, own.Length);
        return (own.Single(environment => environment.Name == EnvironmentName.Sandbox).Id,
            own.Single(environment => environment.Name == EnvironmentName.Production).Id);
    }

    // Facts to write -------------------------------------------------------------------------------------------------

    private protected Account NewAccount(string? externalId, string product = "embed") =>
        new(Id<Account>.New(Clock.Now), product, externalId, "Acme Inc", null, Clock.Now);

    private protected Id<Endpoint> NewEndpointId() => Id<Endpoint>.New(Clock.Now);

    private protected Endpoint NewEndpoint(int? environmentId = null, params string[] eventTypes) => new()
    {
        Id = NewEndpointId(),
        EnvironmentId = environmentId ?? Sandbox,
        Url = "https://hooks.example.com/nova",
        EventTypes = eventTypes.Length == 0 ? ["score.completed"] : [.. eventTypes],
        Secrets = [new EndpointSecret(new SealedBytes("k1", [0, 1, 2, 255]), Clock.Now)],
        CreatedAt = Clock.Now,
        UpdatedAt = Clock.Now,
    };

    private protected Event NewEvent(string type = "score.completed", int deliveries = 1) => new()
    {
        Id = Id<Event>.New(Clock.Now),
        EnvironmentId = Sandbox,
        Type = type,
        Data = Encoding.UTF8.GetBytes("""{"score":7}"""),
        OccurredAt = Clock.Now,
        CreatedAt = Clock.Now,
        EnvelopeId = Envelope,
        DeliveryCount = deliveries,
    };

    private protected Delivery NewDelivery(Event @event, Id<Endpoint> endpointId) => new()
    {
        Id = Id<Delivery>.New(Clock.Now),
        EnvironmentId = @event.EnvironmentId,
        EventId = @event.Id,
        EndpointId = endpointId,
        EventType = @event.Type,
        Tenant = @event.Tenant,
        CreatedAt = Clock.Now,
    };

    private protected static Append Entry(Event? @event, bool leased, params Delivery[] deliveries) => new()
    {
        EnvironmentId = @event?.EnvironmentId ?? deliveries[0].EnvironmentId,
        Event = @event,
        Deliveries = [.. deliveries.Select(delivery => new NewDelivery(delivery, leased))],
        Keys = @event?.PublisherId is { } id ? ["id:" + id] : [],
        Fingerprint = [1],
    };

    private protected async Task<AppendResult> AppendAsync(Append entry, int? node = null) =>
        Assert.Single(await Store.AppendAsync(node ?? Node, [entry], None));

    /// <summary>An event with one delivery, written.</summary>
    private protected async Task<Delivery> PublishAsync(
        Id<Endpoint> endpointId, bool leased = false, int? node = null, Event? @event = null)
    {
        @event ??= NewEvent();
        var delivery = NewDelivery(@event, endpointId);
        var result = await AppendAsync(Entry(@event, leased, delivery), node);
        Assert.Equal(AppendOutcome.Written, result.Outcome);
        return delivery;
    }

    /// <summary>Events with one delivery each, waiting, one millisecond apart so that their order is known; the oldest first.</summary>
    private protected async Task<List<Delivery>> PublishManyAsync(Id<Endpoint> endpointId, int count)
    {
        var batch = new List<Append>();
        var deliveries = new List<Delivery>();
        for (var i = 0; i < count; i++)
        {
            Clock.Advance(TimeSpan.FromMilliseconds(1));
            var @event = NewEvent();
            deliveries.Add(NewDelivery(@event, endpointId));
            batch.Add(Entry(@event, leased: false, deliveries[^1]));
        }
        await Store.AppendAsync(Node, batch, None);
        return deliveries;
    }

    private protected Attempt NewAttempt(int number = 1, int? status = 200) => new()
    {
        Number = number,
        StartedAt = Clock.Now,
        Outcome = status is null ? AttemptOutcome.Timeout : status < 300 ? AttemptOutcome.Delivered : AttemptOutcome.HttpStatus,
        StatusCode = status,
        Error = status is >= 200 and < 300 ? null : "It went wrong.",
        Timings = new AttemptTimings(1500, 10, 20, null, 900),
        RequestHeaders = "User-Agent: Nova\r\n"u8.ToArray(),
    };

    private protected AttemptRecord Record(Delivery delivery, DeliveryState state, int number = 1, TimeSpan retryIn = default) => new()
    {
        Delivery = delivery,
        Attempt = NewAttempt(number, state == DeliveryState.Delivered ? 200 : 500),
        State = state,
        RetryIn = retryIn,
        EndedAgo = TimeSpan.Zero,
        Error = state == DeliveryState.Delivered ? null : "The receiver answered 500.",
    };

    private protected async Task<RecordResult> RecordAsync(params AttemptRecord[] batch) => await Store.RecordAsync(Node, batch, None);

    /// <summary>A delivery that is over.</summary>
    private protected async Task<Delivery> FinishAsync(
        Id<Endpoint> endpointId, DeliveryState state = DeliveryState.Delivered, Event? @event = null)
    {
        var delivery = await PublishAsync(endpointId, leased: true, @event: @event);
        Assert.Empty((await RecordAsync(Record(delivery, state))).Lost);
        return delivery;
    }

    private protected async Task<IReadOnlyList<Claimed>> ClaimAsync(int? node = null, int limit = 100, int room = 100) =>
        await Store.ClaimAsync(new ClaimRequest(node ?? Node, limit, room, new Dictionary<Id<Endpoint>, int>()), None);

    private protected async Task<DeliveryDetail> DetailAsync(Delivery delivery)
    {
        var detail = await Store.GetDeliveryAsync(delivery.EnvironmentId, delivery.Id, None);
        Assert.NotNull(detail);
        return detail;
    }
}
