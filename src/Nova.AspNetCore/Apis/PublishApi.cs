using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Model;
using Nova.Publishing;

namespace Nova.AspNetCore.Apis;

/// <summary>
/// Where events come in: <c>POST /v1/events</c> and its batch. The hot path of the server, so it binds nothing, filters nothing and logs nothing:
/// one look-up for the key, one parse where the bytes lie, one commit shared with others. Next in the walk: <see cref="EventPublisher"/>.
/// </summary>
internal sealed class PublishApi(
    Authenticator authenticator, RequestLimiter limiter, IEventPublisher publisher, NovaOptions options, ApiOptions api, ILogger<PublishApi> logger)
{
    /// <summary>Events in one batch, as 3-api.md says.</summary>
    const int MostInBatch = 1000;

    /// <summary>An event's index is put behind the batch's own key.</summary>
    const int LongestBatchKey = 240;

    /// <summary>Maps the two routes past <see cref="ApiPipeline"/>: they do its steps themselves.</summary>
    public static void MapPublishApi(IEndpointRouteBuilder routes, IServiceProvider services)
    {
        PublishApi? api = null;
        routes.MapPost("/v1/events", (RequestDelegate)(context => Of().PublishAsync(context)))
            .For(Access.OfPublishers)
            .DescribedBy(typeof(PublishApi).GetMethod(nameof(PublishAsync))!)
            .Describe("publishEvent", "Events", "Publish an event", "Answered with 202 only when the event and its deliveries are on disk. "
                + "The same id, or the same Idempotency-Key, with the same request again gets the same answer and makes no second event.")
            .Takes<PublishBody>().Gives<AcceptedView>(202).Refuses(400, 404, 409, 413, 415, 422);
        routes.MapPost("/v1/events/batch", (RequestDelegate)(context => Of().PublishBatchAsync(context)))
            .For(Access.OfPublishers)
            .DescribedBy(typeof(PublishApi).GetMethod(nameof(PublishBatchAsync))!)
            .Describe("publishEvents", "Events", "Publish up to 1,000 events",
                "One result for each event, in order; each stands for itself. 202 where all were accepted, 200 where some were refused.")
            .Takes<PublishBatchBody>().Gives<BatchView>(202).Gives<BatchView>(200).Refuses(400, 413, 415);

        PublishApi Of() => api ??= services.GetRequiredService<PublishApi>();
    }

    public async Task PublishAsync(HttpContext context)
    {
        try
        {
            var (key, problem) = Enter(context);
            if (problem is null)
            {
                using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
                problem = body.Problem ?? await PublishAsync(context.Response, body.Document!.RootElement, key);
            }
            if (problem is not null) await problem.ExecuteAsync(context);
        }
        catch (Exception fault)
        {
            await ApiPipeline.AnswerAsync(context, fault, logger);
        }
    }

    async ValueTask<Problem?> PublishAsync(HttpResponse response, JsonElement root, string? key)
    {
        List<FieldFault>? faults = null;
        if (Read(root, key, ref faults) is not { } request) return Problems.Invalid(faults!);
        // Not cancelled when the client goes: the event is written all the same, and a token would only cost.
        var result = await publisher.PublishAsync(request, CancellationToken.None);
        if (result.Fault is { } fault) return Problems.Of(fault);
        WriteAccepted(response, result);
        return null;
    }

    public async Task PublishBatchAsync(HttpContext context)
    {
        try
        {
            var (key, problem) = Enter(context);
            if (key?.Length > LongestBatchKey) problem ??= Problems.BadRequest($"The Idempotency-Key of a batch has at most {LongestBatchKey} characters.");
            if (problem is null)
            {
                if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = api.MaxBatchBodyBytes;
                using var body = await RequestBody.ReadAsync(context, api.MaxBatchBodyBytes);
                problem = body.Problem ?? await PublishBatchAsync(context, body.Document!, key);
            }
            if (problem is not null) await problem.ExecuteAsync(context);
        }
        catch (Exception fault)
        {
            await ApiPipeline.AnswerAsync(context, fault, logger);
        }
    }

    async Task<Problem?> PublishBatchAsync(HttpContext context, JsonDocument document, string? key)
    {
        var body = RequestObject.Of(document, OperatorJson.Instance);
        if (body.Array("events", MostInBatch) is not { } events)
        {
            if (body.IsGood) body.Need("events");
            body.End();
            return body.Problem;
        }
        body.End();
        if (!body.IsGood) return body.Problem;

        // All at once: they share commits. A batch is bounded, so that this is too.
        var results = await Task.WhenAll(events.Select((item, index) =>
            PublishOneAsync(context, item, key is null ? null : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{key}/{index}"))));
        ApiHeaders.Set(context.Response);
        var all = results.All(result => result.Problem is null);
        await OperatorJson.Instance.Status(all ? 202 : 200, new BatchView(results)).ExecuteAsync(context);
        return null;
    }

    async Task<BatchItemView> PublishOneAsync(HttpContext context, JsonElement item, string? key)
    {
        List<FieldFault>? faults = null;
        var refusal = JsonMarshal.GetRawUtf8Value(item).Length > options.Publishing.MaxBodyBytes ? Problems.BodyTooLarge(options.Publishing.MaxBodyBytes) : null;
        if (refusal is null && Read(item, key, ref faults) is { } request)
        {
            var result = await publisher.PublishAsync(request, CancellationToken.None);
            if (result.Fault is null) return new(202, result.Id, result.Deliveries, null);
            refusal = Problems.Of(result.Fault);
        }
        refusal ??= Problems.Invalid(faults!);
        return new(refusal.Status, null, null, refusal.View(context));
    }

    /// <summary>Who asks, how often, and the Idempotency-Key.</summary>
    (string? Key, Problem? Problem) Enter(HttpContext context)
    {
        var (caller, problem) = authenticator.Operator(context, OperatorScopes.Publish);
        if (caller is not null && api.OperatorRequestsPerSecond > 0) problem = limiter.Take(context, caller.LimitedAs, api.OperatorRequestsPerSecond);
        return problem is null ? RepeatedRequests.KeyOf(context.Request) : (null, problem);
    }

    /// <summary>Reads an event by its members' names. Null, and faults, where it is none.</summary>
    static PublishRequest? Read(JsonElement root, string? key, ref List<FieldFault>? faults)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            Fault(ref faults, "", "Must be a JSON object.");
            return null;
        }
        string? account = null, product = null, environment = null, type = null, tenant = null, id = null;
        JsonElement data = default;
        DateTimeOffset? occurredAt = null;
        foreach (var member in root.EnumerateObject())
        {
            var value = member.Value;
            if (member.NameEquals("data"u8)) data = value;
            else if (member.NameEquals("account"u8)) account = Text(value, "/account", 200, ref faults);
            else if (member.NameEquals("environment"u8)) environment = Environment(value, ref faults);
            else if (member.NameEquals("type"u8)) type = Text(value, "/type", 200, ref faults);
            else if (value.ValueKind == JsonValueKind.Null && IsOptional(member)) continue;
            else if (member.NameEquals("tenant"u8)) tenant = Text(value, "/tenant", 200, ref faults);
            else if (member.NameEquals("id"u8)) id = Text(value, "/id", 64, ref faults);
            else if (member.NameEquals("occurred_at"u8)) occurredAt = Time(value, ref faults);
            else if (member.NameEquals("product"u8)) product = Text(value, "/product", 100, ref faults);
            else Fault(ref faults, RequestObject.Child("", member.Name), $"There is no member \"{member.Name}\" here. "
                + "Known are \"account\", \"data\", \"environment\", \"id\", \"occurred_at\", \"product\", \"tenant\", \"type\".");
        }
        if (faults is null)
        {
            if (account is null) Fault(ref faults, "/account", "\"account\" is missing: Nova's account id, or the external id.");
            if (environment is null) Fault(ref faults, "/environment", "\"environment\" is missing: \"sandbox\" or \"production\".");
            if (type is null) Fault(ref faults, "/type", "\"type\" is missing: an event type of the account's product.");
            if (data.ValueKind == JsonValueKind.Undefined) Fault(ref faults, "/data", "\"data\" is missing: a JSON object.");
        }
        return faults is not null ? null : new()
        {
            Account = account!,
            Product = product,
            Environment = environment!,
            Type = type!,
            Data = data,
            Tenant = tenant,
            Id = id,
            OccurredAt = occurredAt,
            IdempotencyKey = key,
        };
    }

    static bool IsOptional(JsonProperty member) =>
        member.NameEquals("tenant"u8) || member.NameEquals("id"u8) || member.NameEquals("occurred_at"u8) || member.NameEquals("product"u8);

    static string? Text(JsonElement value, string pointer, int most, ref List<FieldFault>? faults)
    {
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && text.Length <= most) return text;
        Fault(ref faults, pointer, $"Must be a text of 1 to {most} characters.");
        return null;
    }

    static string? Environment(JsonElement value, ref List<FieldFault>? faults)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            if (value.ValueEquals("production"u8)) return "production";
            if (value.ValueEquals("sandbox"u8)) return "sandbox";
        }
        Fault(ref faults, "/environment", "Must be \"sandbox\" or \"production\".");
        return null;
    }

    static DateTimeOffset? Time(JsonElement value, ref List<FieldFault>? faults)
    {
        if (value.ValueKind == JsonValueKind.String && Rfc3339.TryParse(value.GetString()!, out var time)) return time;
        Fault(ref faults, "/occurred_at", "Must be a time with its offset. " + Rfc3339.Advice);
        return null;
    }

    static void Fault(ref List<FieldFault>? faults, string pointer, string message)
    {
        if ((faults ??= []).Count < 50) faults.Add(new(pointer, message));
    }

    /// <summary>The 202, put into the connection's own buffer. An event's id holds nothing that JSON would want escaped.</summary>
    static void WriteAccepted(HttpResponse response, PublishResult result)
    {
        ApiHeaders.SetShort(response);
        response.StatusCode = StatusCodes.Status202Accepted;
        response.ContentType = "application/json";
        var span = response.BodyWriter.GetSpan(128);
        if (!Utf8.TryWrite(span, $"{{\"id\":\"{result.Id}\",\"deliveries\":{result.Deliveries}}}", out var length))
            throw new UnreachableException("An id has at most 64 characters.");
        response.ContentLength = length;
        response.BodyWriter.Advance(length);
    }
}

/// <summary>An event to publish.</summary>
/// <param name="Account">Nova's id of the account, or the operator's own.</param>
/// <param name="Environment"><c>sandbox</c> or <c>production</c>.</param>
/// <param name="Type">An event type of the account's product.</param>
/// <param name="Data">A JSON object that fits the event type's schema. Its bytes are sent as they are.</param>
/// <param name="Product">Needed only where one external id is used in two products.</param>
/// <param name="Tenant">Whom among the account's own customers it concerns; at most 200 characters.</param>
/// <param name="Id">The publisher's id for the event: 1 to 64 letters, digits, <c>_ - . :</c>.</param>
/// <param name="OccurredAt">When it happened; else now.</param>
internal sealed record PublishBody(
    string Account, string Environment, string Type, JsonElement Data, string? Product = null, string? Tenant = null, string? Id = null,
    DateTimeOffset? OccurredAt = null);

/// <param name="Events">1 to 1,000.</param>
internal sealed record PublishBatchBody(IReadOnlyList<PublishBody> Events);

/// <param name="Id">The event's.</param>
/// <param name="Deliveries">How many endpoints get it.</param>
internal sealed record AcceptedView(string Id, int Deliveries);

internal sealed record BatchView(IReadOnlyList<BatchItemView> Results);

/// <param name="Status">202, or the status that the event alone would have been answered with.</param>
/// <param name="Id">The event's, where it was accepted.</param>
/// <param name="Deliveries">How many endpoints get it, where it was accepted.</param>
/// <param name="Problem">Why it was refused; its pointers are into this event.</param>
internal sealed record BatchItemView(int Status, string? Id, int? Deliveries, ProblemView? Problem);
