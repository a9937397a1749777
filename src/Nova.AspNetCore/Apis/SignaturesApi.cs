using System.Text;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Nova.Accounts;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.Verifying;

namespace Nova.AspNetCore.Apis;

/// <summary>Tells a customer why a signature does not verify. Nothing is written, and no secret is in an answer.</summary>
internal static class SignaturesApi
{
    /// <summary>The body to look at, escaped as JSON at its worst (six characters for one), and headers beside it.</summary>
    const int MostRequest = 2 * 1024 * 1024;

    /// <summary>More than any request of Nova's has, with those of proxies.</summary>
    const int MostHeaders = 128;

    /// <summary>More than servers take.</summary>
    const int MostHeaderCharacters = 16 * 1024;

    const int MostSecret = 1024;

    /// <summary>Endpoints whose secrets are tried, the newest first: an account without a plan may have any number.</summary>
    const int MostEndpoints = 100;

    public static void MapSignaturesApi(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("/v1/signatures").For(Access.OfCustomers).MapPost("/debug", DebugAsync).Needs(Rights.View)
            .Describe("debugSignature", "Signatures", "Find out why a signature does not verify",
                "Give a request as it was received, and the secret or the webhook to verify it with; with neither, the secrets of all the environment's webhooks "
                + "are tried. The finding is stable, for programs; the detail is for people. Secrets are tried and never shown.")
            .Takes<DebugSignatureBody>().Gives<SignatureView>().Refuses(400, 404, 413, 415);

    static async Task<IResult> DebugAsync(HttpContext context, TimeProvider clock)
    {
        var caller = Customer.Of(context);
        var product = caller.Product;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MostRequest;
        using var body = await RequestBody.ReadAsync(context, MostRequest);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, caller.Json);
        var headers = ReadHeaders(reading);
        var content = ReadBody(reading);
        var secret = reading.Text("secret", MostSecret);
        var webhook = reading.Text("webhook", 100);
        var now = reading.Time("now") ?? clock.GetUtcNow();
        reading.End();
        if (!reading.IsGood) return reading.Problem;

        var live = caller.Entry.Targets.Where(target => target.Endpoint.DeletedAt is null).Reverse().ToArray();
        KnownEndpoint? named = null;
        if (webhook is not null)
        {
            var id = EndpointIds.Read(webhook, product);
            if (live.FirstOrDefault(target => target.Endpoint.Id == id) is not { } target) return Problems.NotFound(product.EndpointWord);
            named = Known(target, clock.GetUtcNow());
        }
        if (secret is null && live.Length == 0)
            return Problems.Invalid("/" + caller.Json.Name("secret"), $"Give the secret: this environment has no {product.EndpointWord} whose secret could be tried.");
        var report = SignatureDebugger.Debug(new()
        {
            Product = product, Headers = headers, Body = content, Now = now, Secret = secret, Endpoint = named,
            Known = [.. live.Take(MostEndpoints).Select(target => Known(target, clock.GetUtcNow()))],
        });
        return caller.Json.Ok(SignatureView.Of(report, content.Length));
    }

    static KnownEndpoint Known(EndpointTarget target, DateTimeOffset now) =>
        new(EndpointIds.Write(target.Endpoint.Id, target.Product), target.Endpoint.Url, target.KeysAt(now));

    static IReadOnlyList<KeyValuePair<string, string>> ReadHeaders(RequestObject reading)
    {
        if (reading.Map("headers") is not { } headers)
        {
            if (!reading.Has("headers") || reading.IsNull("headers")) reading.Need("headers");
            return [];
        }
        if (headers.Count > MostHeaders) reading.Fault("headers", $"Has {headers.Count} headers; at most {MostHeaders}.");
        if (headers.Any(header => header.Value.Length > MostHeaderCharacters)) reading.Fault("headers", $"A header has more than {MostHeaderCharacters} characters.");
        return headers;
    }

    static byte[] ReadBody(RequestObject reading)
    {
        var (text, encoded) = (reading.Content("body"), reading.Content("body_base64"));
        if (text is null && encoded is null) reading.Fault("body", "Give the body as it was received: as a text, or its bytes as base64.");
        if (text is not null && encoded is not null) reading.Fault("body_base64", "Give the body once: as a text, or its bytes as base64.");
        byte[] bytes;
        if (encoded is null)
        {
            bytes = Encoding.UTF8.GetBytes(text ?? "");
        }
        else
        {
            bytes = new byte[encoded.Length];
            if (Convert.TryFromBase64String(encoded, bytes, out var written)) bytes = bytes[..written];
            else reading.Fault("body_base64", "Must be base64.");
        }
        if (bytes.Length > SignatureDebugger.MostBody)
            reading.Fault(encoded is null ? "body" : "body_base64", $"The body has {bytes.Length} bytes; at most {SignatureDebugger.MostBody}.");
        return bytes;
    }
}

/// <summary>A request as it was received, and what to verify it with.</summary>
/// <param name="Headers">Names and values, as received.</param>
/// <param name="Body">The body as a text; this or its bytes must be there.</param>
/// <param name="BodyBase64">The body's exact bytes.</param>
/// <param name="Secret">In the product's word: the one that the receiver verifies with.</param>
/// <param name="Webhook">The webhook that the request is for: its own secrets are tried.</param>
/// <param name="Now">Against which the timestamp is held. Default: the server's clock.</param>
internal sealed record DebugSignatureBody(
    IReadOnlyDictionary<string, string> Headers, string? Body = null, string? BodyBase64 = null, string? Secret = null, string? Webhook = null,
    DateTimeOffset? Now = null);

/// <summary>What was found.</summary>
/// <param name="Verified">Nothing is wrong.</param>
/// <param name="Finding">Its stable name; docs/verifying.md lists them.</param>
/// <param name="Detail">What is wrong, and what to do.</param>
/// <param name="Header">The header of the signature.</param>
/// <param name="Webhook">The webhook whose secret the signature was made with, where that is known.</param>
/// <param name="Expected">What the header should look like.</param>
/// <param name="Seen">What it looks like.</param>
/// <param name="SignedContent">What this product signs.</param>
/// <param name="Key">How the key is made from the secret, in words.</param>
/// <param name="Timestamp">The signed time, where there is one.</param>
/// <param name="BodyBytes">Bytes of the body that was looked at.</param>
internal sealed record SignatureView(
    bool Verified, string Finding, string Detail,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Header,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Webhook,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Expected,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Seen,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SignedContent,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Key,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? Timestamp,
    int BodyBytes)
{
    public static SignatureView Of(SignatureReport report, int bodyBytes) => new(
        report.Verified, report.Finding, report.Detail, report.Header, report.Endpoint, report.Expected, report.Seen, report.SignedContent, report.Key,
        report.Timestamp, bodyBytes);
}
