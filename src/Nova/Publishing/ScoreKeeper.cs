using System.Buffers;
using System.Text.Json;
using Nova.Accounts;
using Nova.Model;
using Nova.Products;
using Nova.Storage;

namespace Nova.Publishing;

/// <summary>
/// Scoring jobs of products that have them. The end of a job and the event that tells of it are one transaction: there is no completed job
/// whose webhook was forgotten, and no webhook of a job that is still open.
/// </summary>
internal sealed class ScoreKeeper(EventPublisher publisher, EnvelopeRegistry envelopes, EventLog log, TimeProvider clock)
{
    public async Task<Score> CreateAsync(EnvironmentEntry entry, string jobId, string applicationId, string? tenant, CancellationToken cancellation)
    {
        var now = clock.Now();
        var score = new Score
        {
            Id = Id<Score>.New(now),
            EnvironmentId = entry.Id,
            JobId = jobId,
            ApplicationId = applicationId,
            Tenant = tenant,
            CreatedAt = now,
            UpdatedAt = now,
        };
        await log.AppendAsync(new Append { EnvironmentId = entry.Id, Score = score }, cancellation);
        return score;
    }

    /// <summary>Moves a job on. Null where it had ended already, by this very request or another.</summary>
    /// <param name="entry">The job's environment.</param>
    /// <param name="score">The job as it stands.</param>
    /// <param name="status">Where it goes.</param>
    /// <param name="outcome">The <c>result</c> or the <c>error</c>, as JSON; undefined before the end.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<ScoreMove> MoveAsync(EnvironmentEntry entry, Score score, ScoreStatus status, JsonElement outcome, CancellationToken cancellation)
    {
        var now = clock.Now();
        var ends = status is ScoreStatus.Completed or ScoreStatus.Failed;
        var moved = score with
        {
            Status = status,
            UpdatedAt = now,
            FinishedAt = ends ? now : null,
            Outcome = ends ? System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(outcome).ToArray() : default,
        };
        if (!ends) return await AppendAsync(new Append { EnvironmentId = entry.Id, Score = moved }, moved, cancellation);

        var type = entry.Product.EventTypes[status == ScoreStatus.Completed ? entry.Product.Scores!.CompletedEventType : entry.Product.Scores!.FailedEventType];
        var data = DataOf(moved);
        using var document = JsonDocument.Parse(data);
        var violations = type.Validator.Validate(document.RootElement);
        if (violations.Count > 0) return new(null, violations);

        var subscribers = entry.SubscribersOf(type.Name);
        var @event = new Event
        {
            Id = Id<Event>.New(now),
            EnvironmentId = entry.Id,
            Type = type.Name,
            Data = data,
            Tenant = score.Tenant,
            OccurredAt = now,
            CreatedAt = now,
            EnvelopeId = envelopes.NumberOf(entry.Product.Envelope),
            DeliveryCount = subscribers.Count,
        };
        return await AppendAsync(new Append
        {
            EnvironmentId = entry.Id,
            Score = moved,
            Event = @event,
            Deliveries = publisher.DeliveriesOf(@event, subscribers, now),
        }, moved, cancellation);
    }

    async Task<ScoreMove> AppendAsync(Append append, Score moved, CancellationToken cancellation) =>
        (await log.AppendAsync(append, cancellation)).Outcome == AppendOutcome.ScoreFinal ? new(null, []) : new(moved, []);

    static byte[] DataOf(Score score)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output))
        {
            var completed = score.Status == ScoreStatus.Completed;
            writer.WriteStartObject();
            writer.WriteString("scoringJobId", score.Id.ToString());
            writer.WriteString("jobId", score.JobId);
            writer.WriteString("applicationId", score.ApplicationId);
            writer.WritePropertyName(completed ? "result" : "error");
            writer.WriteRawValue(score.Outcome.Span, skipInputValidation: true);
            writer.WriteString(completed ? "completedAt" : "failedAt", score.FinishedAt!.Value.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }
}

/// <param name="Moved">The job as it now is; null where nothing was written.</param>
/// <param name="Violations">Why not: what of the outcome does not fit. Empty with no <paramref name="Moved"/>: the job had ended already.</param>
internal sealed record ScoreMove(Score? Moved, IReadOnlyList<SchemaFault> Violations);
