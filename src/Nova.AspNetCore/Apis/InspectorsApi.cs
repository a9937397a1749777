using System.Buffers;
using System.Text;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.Accounts;
using Nova.AspNetCore.Auditing;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Delivering;
using Nova.Inspecting;
using Nova.Model;
using Nova.Storage;
using Nova.Verifying;

namespace Nova.AspNetCore.Apis;

/// <summary>Built-in receivers for sandboxes: the first verified event takes no server.</summary>
internal static class InspectorsApi
{
    const string Tag = "Inspectors";

    public static void MapInspectorsApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/inspectors").For(Access.OfCustomers);
        group.MapPost("", CreateAsync)
            .Describe("createInspector", Tag, "Create an inspector",
                "A receiver that Nova has built in: make a webhook with its url, and see what arrives and whether it verifies. In the sandbox only; five at most.")
            .Gives<InspectorView>(201).Refuses(400, 409);
        group.MapGet("", ListAsync)
            .Describe("listInspectors", Tag, "List inspectors", "Newest first.").Gives<Page<InspectorView>>().Refuses(400);
        group.MapGet("/{id}/requests", RequestsAsync)
            .Describe("listInspectedRequests", Tag, "List what came to an inspector", "The last 50 of the last 7 days, newest first.")
            .Gives<Page<InspectedRequestView>>().Refuses(400, 404);
        group.MapDelete("/{id}", DeleteAsync)
            .Describe("deleteInspector", Tag, "Delete an inspector", "With what it keeps. A webhook that points there fails from then on.").GivesNothing().Refuses(404);

        // For whoever has the address: the token in it is the credential. No call of the API, so it is not described.
        routes.MapPost(Inspector.Path + "{token}", ReceiveAsync).For(Access.OfAnybody).ExcludeFromDescription();
    }

    static async Task<IResult> CreateAsync(HttpContext context, IInspectorStore store, InspectorReceiver receiver, AuditTrail audit, PortalOptions portal)
    {
        var caller = Customer.Of(context);
        if (new RequestQuery(context, caller.Json).End() is { } refusal) return refusal;
        if (caller.Entry.Environment.Name != EnvironmentName.Sandbox) return Problems.SandboxOnly;
        var inspector = receiver.New(caller.Entry.Id, portal.BaseUrl?.TrimEnd('/') ?? BaseOf(context.Request));
        if (!await store.AddInspectorAsync(inspector, InspectorReceiver.MostInspectors, context.RequestAborted))
            return Problems.TooManyInspectors(InspectorReceiver.MostInspectors);
        await audit.NoteAsync(context, "inspector.created", caller.Entry, Target(inspector), AuditFacts.Of(inspector));
        return caller.Json.Created(InspectorView.Of(inspector));
    }

    /// <summary>
    /// As the caller reached Nova, where no address is configured. Whatever a client writes into its Host header ends up in its own sandbox's URL only, and is never dialled: a delivery
    /// to an inspector stays in the process.
    /// </summary>
    static string BaseOf(HttpRequest request) =>
        Uri.TryCreate($"{request.Scheme}://{request.Host}{request.PathBase}", UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0 && uri.AbsoluteUri.Length < 500
            ? uri.AbsoluteUri.TrimEnd('/')
            : "http://localhost";

    static async Task<IResult> ListAsync(HttpContext context, IInspectorStore store)
    {
        var caller = Customer.Of(context);
        if (new RequestQuery(context, caller.Json).End() is { } refusal) return refusal;
        var found = await store.ListInspectorsAsync(caller.Entry.Id, context.RequestAborted);
        return caller.Json.Ok(new Page<InspectorView>([.. found.Select(InspectorView.Of)], null));
    }

    static async Task<IResult> RequestsAsync(HttpContext context, string id, IInspectorStore store)
    {
        var caller = Customer.Of(context);
        if (new RequestQuery(context, caller.Json).End() is { } refusal) return refusal;
        if (!Id<Inspector>.TryParse(id, out var known)
            || (await store.ListInspectorsAsync(caller.Entry.Id, context.RequestAborted)).All(inspector => inspector.Id != known)) return Problems.NotFound("inspector");
        var found = await store.ListRequestsAsync(caller.Entry.Id, known, context.RequestAborted);
        return caller.Json.Ok(new Page<InspectedRequestView>([.. found.Select(request => InspectedRequestView.Of(request, caller.Entry))], null));
    }

    static async Task<IResult> DeleteAsync(HttpContext context, string id, IInspectorStore store, AuditTrail audit)
    {
        var caller = Customer.Of(context);
        if (!Id<Inspector>.TryParse(id, out var known)
            || (await store.ListInspectorsAsync(caller.Entry.Id, context.RequestAborted)).FirstOrDefault(each => each.Id == known) is not { } inspector
            || !await store.DeleteInspectorAsync(caller.Entry.Id, known, context.RequestAborted)) return Problems.NotFound("inspector");
        await audit.NoteAsync(context, "inspector.deleted", caller.Entry, Target(inspector), before: AuditFacts.Of(inspector));
        return NoContent.Instance;
    }

    static AuditTarget Target(Inspector inspector) => new("inspector", inspector.Id.ToString(), "Inspector");

    static async Task<IResult> ReceiveAsync(HttpContext context, string token, InspectorReceiver receiver)
    {
        if (await receiver.FindAsync(token, context.RequestAborted) is not { } inspector) return Problems.NotFound("inspector");
        if (await ReadAsync(context) is not { } body) return Problems.BodyTooLarge(InspectorReceiver.MostBody);
        InspectorHeader[] headers =
        [
            .. context.Request.Headers.SelectMany(header => header.Value, (header, value) => new InspectorHeader(
                header.Key, value ?? "", MaskedHeaders.IsCredential(header.Key) ? MaskedHeaders.Mask(value ?? "") : null)),
        ];
        return await receiver.KeepAsync(inspector, headers, body, context.RequestAborted) switch
        {
            200 => OperatorJson.Instance.Ok(new InspectedView(true)),
            413 => Problems.BodyTooLarge(InspectorReceiver.MostBody),
            _ => Problems.InspectorBusy,
        };
    }

    /// <summary>The body, of whatever type; null where it is too large.</summary>
    static async Task<byte[]?> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > InspectorReceiver.MostBody) return null;
        var reader = context.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(context.RequestAborted);
            if (result.Buffer.Length > InspectorReceiver.MostBody)
            {
                reader.AdvanceTo(result.Buffer.End);
                return null;
            }
            if (result.IsCompleted)
            {
                var body = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return body;
            }
            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}

/// <param name="Id">The inspector's.</param>
/// <param name="Url">Where it takes requests. Who has it can send to it, so it is worth no more than what the sandbox shows.</param>
/// <param name="CreatedAt">When it was made.</param>
internal sealed record InspectorView(string Id, string Url, DateTimeOffset CreatedAt)
{
    public static InspectorView Of(Inspector inspector) => new(inspector.Id.ToString(), inspector.Url, inspector.CreatedAt);
}

/// <param name="Received">It is kept.</param>
internal sealed record InspectedView(bool Received);

/// <param name="Id">The request's.</param>
/// <param name="At">When it came.</param>
/// <param name="Headers">As received; credentials masked.</param>
/// <param name="Body">As received; null where it is no UTF-8.</param>
/// <param name="BodyBase64">Its bytes, where it is no UTF-8.</param>
/// <param name="Verified">Null where no webhook of the sandbox points at the inspector, so that there is no secret to verify with.</param>
/// <param name="Finding">The stable name of what is wrong, or <c>verified</c>; docs/verifying.md lists them.</param>
/// <param name="Detail">The same in words.</param>
/// <param name="Webhook">Whose secret signed, where that is known.</param>
internal sealed record InspectedRequestView(
    string Id, DateTimeOffset At, IReadOnlyList<HeaderView> Headers, string? Body,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? BodyBase64,
    bool? Verified, string? Finding, string? Detail, string? Webhook)
{
    public static InspectedRequestView Of(InspectedRequest request, EnvironmentEntry entry)
    {
        var isText = Utf8.IsValid(request.Body.Span);
        return new(
            request.Id.ToString(), request.At, HeaderView.Read(request.Headers.Span),
            isText ? Encoding.UTF8.GetString(request.Body.Span) : null, isText ? null : Convert.ToBase64String(request.Body.Span),
            request.Finding is null ? null : request.Finding == SignatureFinding.Verified, request.Finding, request.Detail,
            request.EndpointId is { } id ? EndpointIds.Write(id, entry.Product) : null);
    }
}
