using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Nova.AspNetCore.Authentication;

namespace Nova.AspNetCore.Apis;

/// <summary>Writes deliveries as they are found, a page at a time, as CSV or as a JSON object a line.</summary>
internal sealed class DeliveryExport(DeliverySearch search, Customer caller, DeliveryFilter filter, bool asCsv) : IResult
{
    const string Lines = "\r\n"; // RFC 4180's.

    static readonly string[] Columns =
    [
        "id", "status", "event", "event_id", "endpoint_id", "endpoint_url", "tenant", "trigger", "replay_of", "status_code", "attempt_count", "error",
        "error_message", "created_at", "delivered_at", "next_attempt_at", "finished_at",
    ];

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var (response, cancellation) = (httpContext.Response, httpContext.RequestAborted);
        response.ContentType = asCsv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson";
        response.Headers.ContentDisposition = $"attachment; filename=\"deliveries.{(asCsv ? "csv" : "ndjson")}\"";
        var writer = response.BodyWriter;
        if (asCsv) Write(writer, string.Join(',', Columns) + Lines);
        await foreach (var page in search.AllAsync(caller, filter, cancellation))
        {
            foreach (var delivery in page)
            {
                var view = DeliveryView.Of(delivery, caller.Entry);
                if (asCsv) WriteCsv(writer, view);
                else WriteJson(writer, view);
            }
            // Waits where the client reads more slowly than the store: a page is all that is in memory.
            await writer.FlushAsync(cancellation);
        }
    }

    void WriteJson(PipeWriter writer, DeliveryView view)
    {
        writer.Write(JsonSerializer.SerializeToUtf8Bytes(view, caller.Json.TypeOf<DeliveryView>()));
        writer.Write("\n"u8);
    }

    static void WriteCsv(PipeWriter writer, DeliveryView view)
    {
        string?[] fields =
        [
            view.Id, view.Status, view.Event, view.EventId, view.EndpointId, view.EndpointUrl, view.Tenant, view.Trigger, view.ReplayOf,
            view.StatusCode?.ToString(CultureInfo.InvariantCulture), view.AttemptCount.ToString(CultureInfo.InvariantCulture), view.Error, view.ErrorMessage,
            Time(view.CreatedAt), Time(view.DeliveredAt), Time(view.NextAttemptAt), Time(view.FinishedAt),
        ];
        Write(writer, string.Join(',', fields.Select(Field)) + Lines);
    }

    /// <summary>
    /// A field by RFC 4180. Tenants, URLs and error texts come from others, and a spreadsheet runs what begins like a formula: those get an apostrophe in front, which makes
    /// them text there.
    /// </summary>
    internal static string Field(string? value)
    {
        if (string.IsNullOrEmpty(value)) return "";
        if (value[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠') value = "'" + value;
        return value.AsSpan().IndexOfAny("\",\r\n'") < 0 ? value : $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    static void Write(PipeWriter writer, string text)
    {
        var span = writer.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        writer.Advance(Encoding.UTF8.GetBytes(text, span));
    }
}
