using System.Buffers;
using System.Text;
using Nova.Accounts;
using Nova.Egress;
using Nova.Inspecting;
using Nova.Model;
using Nova.Products;
using Nova.Storage;
using Nova.Telemetry;

namespace Nova.Delivering;

/// <summary>
/// Makes one attempt, in these steps: (1) is the delivery still wanted? (2) the body; (3) headers and signatures, with this attempt's time;
/// (4) the POST; (5) the verdict by the product's rule; (6) what follows, by its schedule. Next in the walk: <see cref="OutcomeLog"/>.
/// </summary>
internal sealed class AttemptSender(
    AccountDirectory directory, EnvelopeRegistry envelopes, EgressClient egress, InspectorReceiver inspectors, NovaMetrics metrics, TimeProvider clock, Func<double> random)
{
    /// <summary>A thread's buffer for rendering is kept up to this size: many times the usual body, and no burden with some dozens of threads.</summary>
    const int LargestKept = 64 * 1024;

    [ThreadStatic]
    static ArrayBufferWriter<byte>? _rendering;

    public async Task<EndedAttempt> AttemptAsync(HeldDelivery held, AttemptScratch scratch, CancellationToken cancellation)
    {
        var delivery = held.Delivery;
        var entry = directory.Environment(delivery.EnvironmentId);
        var target = entry?.Find(delivery.EndpointId);

        // :: Step 1: still wanted?
        if (NoLongerWanted(delivery, target) is { } reason) return Ended(held, reason);
        var product = target!.Product;

        // :: Step 2: the body, rendered once per event where the envelope allows it.
        var facts = FactsOf(held.Event.Event, entry!);
        var deliveryFacts = new DeliveryFacts(delivery.Id.ToString(), delivery.CreatedAt);
        var body = held.Event.Body ?? Render(held.Event, await envelopes.GetAsync(held.Event.Event.EnvelopeId, cancellation), facts, deliveryFacts);

        // :: Step 3: headers and signatures.
        using var activity = NovaMetrics.Activities.StartActivity("delivery.attempt", System.Diagnostics.ActivityKind.Client);
        activity?.SetTag("nova.delivery", deliveryFacts.Id);
        var startedAt = clock.Now();
        var number = delivery.AttemptCount + 1;
        var headers = scratch.Headers;
        headers.Clear();
        product.Request.Compose(new RequestFacts
        {
            Event = facts,
            Delivery = deliveryFacts,
            Timestamp = startedAt,
            Attempt = number,
            Url = target.Endpoint.Url,
            Body = body,
            Keys = target.KeysAt(startedAt),
            IsTest = delivery.Trigger == DeliveryTrigger.Test,
        }, headers);
        foreach (var header in target.Headers) headers.Add(new(header.Name, header.Value, Secret: MaskedHeaders.IsCredential(header.Name)));

        // :: Step 4: the POST.
        var result = target.MayBeInspector && await ToInspectorAsync(target, headers, body, cancellation) is { } taken
            ? taken
            : target.Url is null
            ? EgressResult.Blocked
            : await egress.PostAsync(new(target.Url, headers, body, product.Timeout), cancellation);
        var endedAt = clock.GetTimestamp();

        // :: Step 5: the verdict.
        var outcome = result.Status is { } status ? product.Outcome.Name(status) : result.Outcome;
        var verdict = product.Outcome.Judge(outcome, result.Status);
        var error = verdict == Verdict.Success ? null : result.Error ?? $"The receiver answered with status {result.Status}.";

        metrics.Attempted(product.Name, OutcomeNames.Of(outcome), result.Timings.Total / 1e6);

        // :: Step 6: what follows.
        var retryIn = verdict == Verdict.Retry && delivery.Trigger != DeliveryTrigger.Test
            ? product.Retry.DelayBefore(number + 1, AskedWait(product, result), random)
            : null;
        var record = new AttemptRecord
        {
            Delivery = delivery,
            State = verdict == Verdict.Success ? DeliveryState.Delivered : retryIn is null ? DeliveryState.Failed : DeliveryState.Pending,
            RetryIn = retryIn ?? TimeSpan.Zero,
            EndedAgo = TimeSpan.Zero,
            Error = error,
            CountsForHealth = delivery.Trigger != DeliveryTrigger.Test,
            Attempt = new Attempt
            {
                Number = number,
                StartedAt = startedAt,
                Outcome = outcome,
                StatusCode = result.Status,
                Error = error,
                Timings = result.Timings,
                RequestHeaders = AsSent(scratch, target, body.Length),
                ResponseHeaders = result.ResponseHeaders,
                ResponseBody = result.ResponseBody,
                BodyTruncated = result.BodyTruncated,
                Repeated = result.Repeated,
            },
        };
        return new(record, held.Node, endedAt, verdict == Verdict.FinalAndDisable);
    }

    /// <summary>Nova's own receiver: answered in the process, without a connection. Null: there is none of this environment at this URL.</summary>
    Task<EgressResult?> ToInspectorAsync(EndpointTarget target, List<HeaderLine> headers, ReadOnlyMemory<byte> body, CancellationToken cancellation) =>
        inspectors.TakeAsync(
            target.Endpoint.EnvironmentId, target.Endpoint.Url,
            headers.Select(header => new InspectorHeader(header.Name, header.Value, header.Secret ? MaskedHeaders.Mask(header.Value) : null)), body, cancellation);

    /// <summary>The body as the event's envelope makes it: what is sent, and what history shows.</summary>
    public static byte[] Render(HeldEvent held, Envelope envelope, in EventFacts facts, in DeliveryFacts delivery)
    {
        var output = _rendering ??= new(4096);
        output.ResetWrittenCount();
        envelope.Render(facts, delivery, output);
        var body = output.WrittenSpan.ToArray();
        if (output.Capacity > LargestKept) _rendering = null;
        if (!envelope.PerDelivery) held.Body = body;
        return body;
    }

    public static EventFacts FactsOf(Event @event, EnvironmentEntry entry) => new(
        @event.OutsideId, @event.Type, @event.OccurredAt, @event.Data, @event.Tenant,
        entry.AccountId, entry.Account.OutsideId, entry.Name);

    static string? NoLongerWanted(Delivery delivery, EndpointTarget? target) => target switch
    {
        null => "The endpoint is no longer known here: its product is not installed any more.",
        { Endpoint.DeletedAt: not null } => "The endpoint was deleted while the delivery waited.",
        { Endpoint.Enabled: false } when delivery.Trigger != DeliveryTrigger.Test => "The endpoint was disabled while the delivery waited.",
        { Endpoint.Generation: var now } when now != delivery.Generation => "The endpoint's URL or key was changed while the delivery waited.",
        _ => null,
    };

    EndedAttempt Ended(HeldDelivery held, string reason) => new(
        new AttemptRecord
        {
            Delivery = held.Delivery,
            State = DeliveryState.Failed,
            EndedAgo = TimeSpan.Zero,
            Error = reason,
            CountsForHealth = false,
        },
        held.Node, clock.GetTimestamp(), DisablesEndpoint: false);

    /// <summary>
    /// A fault of ours kept the attempt from being made, or its end from being known. It counts like any other, so that the delivery goes on by its schedule,
    /// and ends as Failed where the fault stays: never is it left with nobody who works on it. The endpoint's health is not touched.
    /// </summary>
    public EndedAttempt Faulted(HeldDelivery held)
    {
        const string Words = "Nova ran into a fault of its own, so that it is not known whether anything was sent. Its log has it.";
        var delivery = held.Delivery;
        var product = directory.Environment(delivery.EnvironmentId)?.Product;
        var number = delivery.AttemptCount + 1;
        var retryIn = delivery.Trigger == DeliveryTrigger.Test ? null : product?.Retry.DelayBefore(number + 1, null, random);
        return new(
            new AttemptRecord
            {
                Delivery = delivery,
                State = retryIn is null ? DeliveryState.Failed : DeliveryState.Pending,
                RetryIn = retryIn ?? TimeSpan.Zero,
                EndedAgo = TimeSpan.Zero,
                Error = Words,
                CountsForHealth = false,
                Attempt = new Attempt
                {
                    Number = number,
                    StartedAt = clock.Now(),
                    Outcome = AttemptOutcome.InternalError,
                    Error = Words,
                    Timings = new(0),
                    RequestHeaders = ReadOnlyMemory<byte>.Empty,
                },
            },
            held.Node, clock.GetTimestamp(), DisablesEndpoint: false);
    }

    /// <summary>No attempt is made here: the delivery waits in the store as it is, due at once, for another node.</summary>
    public EndedAttempt HandBack(HeldDelivery held) => new(
        new AttemptRecord
        {
            Delivery = held.Delivery,
            State = DeliveryState.Pending,
            EndedAgo = TimeSpan.Zero,
            Error = held.Delivery.Error,
            CountsForHealth = false,
        },
        held.Node, clock.GetTimestamp(), DisablesEndpoint: false);

    static TimeSpan? AskedWait(Product product, EgressResult result) =>
        result is { RetryAfter: { } asked, Status: { } status } && product.Outcome.HonoursRetryAfter(status) ? asked : null;

    /// <summary>The request's headers for the record: secrets masked, and the two that HTTP adds. Values are ASCII, so a character is a byte.</summary>
    static byte[] AsSent(AttemptScratch scratch, EndpointTarget target, int length)
    {
        var text = scratch.Text;
        text.Clear();
        Line("Host", target.Url?.Authority ?? (target.MayBeInspector ? new Uri(target.Endpoint.Url).Authority : ""));
        foreach (var header in scratch.Headers)
            Line(header.Name, header.Secret ? MaskedHeaders.Mask(header.Value) : header.Value);
        Line("Content-Length", length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return text.WrittenSpan.ToArray();

        void Line(string name, string value)
        {
            var span = text.GetSpan(name.Length + value.Length + 4);
            var at = Encoding.Latin1.GetBytes(name, span);
            ": "u8.CopyTo(span[at..]);
            at += 2;
            at += Encoding.Latin1.GetBytes(value, span[at..]);
            "\r\n"u8.CopyTo(span[at..]);
            text.Advance(at + 2);
        }
    }
}

/// <summary>What a worker keeps from one attempt to the next, so as not to make it anew.</summary>
internal sealed class AttemptScratch
{
    public List<HeaderLine> Headers { get; } = new(16);

    public ArrayBufferWriter<byte> Text { get; } = new(512);
}

/// <param name="Record">For the store.</param>
/// <param name="Node">The number under which its lease was held.</param>
/// <param name="EndedAt">Timestamp of the end, from which a retry's delay counts.</param>
/// <param name="DisablesEndpoint">The receiver wants nothing more.</param>
internal sealed record EndedAttempt(AttemptRecord Record, int Node, long EndedAt, bool DisablesEndpoint)
{
    /// <summary>As it was before.</summary>
    public Delivery Delivery => Record.Delivery;
}
