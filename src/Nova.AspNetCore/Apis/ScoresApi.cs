using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nova.Accounts;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Describing;
using Nova.AspNetCore.Reading;
using Nova.AspNetCore.Writing;
using Nova.Model;
using Nova.Publishing;
using Nova.Storage;

namespace Nova.AspNetCore.Apis;

/// <summary>Scoring jobs, of products that have them: made and moved on by the scoring service, read by the customer who waits for them.</summary>
internal static class ScoresApi
{
    const string Tag = "Scores";
    const int LongestId = 200;

    static readonly string[] Statuses = ["pending", "processing", "completed", "failed"];

    public static void MapScoresApi(this IEndpointRouteBuilder routes)
    {
        var publishers = routes.MapGroup("/v1/scores").For(Access.OfPublishers);
        publishers.MapPost("", CreateAsync)
            .Describe("createScore", Tag, "Create a scoring job").Takes<CreateScoreBody>().Gives<ScoreStateView>(201).Refuses(400, 404, 409, 413, 415);
        publishers.MapPut("/{id}", MoveAsync)
            .Describe("moveScore", Tag, "Move a scoring job on", "Completed and failed are final, and publish the event that tells of it in the same transaction. The same again is answered in the same way, and publishes nothing.")
            .Takes<MoveScoreBody>().Gives<ScoreStateView>().Refuses(400, 404, 409, 413, 415, 422);
        routes.MapGroup("/v1/score").For(Access.OfCustomers).MapGet("/{id}", GetAsync)
            .Describe("getScore", Tag, "Show a scoring job", "Answers whatever became of the webhooks.").Gives<ScoreView>().Refuses(404);
    }

    static async Task<IResult> CreateAsync(HttpContext context, AccountDirectory directory, ScoreKeeper scores, NovaOptions options)
    {
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
        var account = reading.NeedText("account", LongestId);
        var product = reading.Text("product", 100);
        var environment = EnvironmentEntry.Parse(reading.NeedText("environment", 20));
        if (environment is null) reading.Fault("environment", "Must be \"sandbox\" or \"production\".");
        var jobId = reading.NeedText("job_id", LongestId);
        var applicationId = reading.NeedText("application_id", LongestId);
        var tenant = reading.Text("tenant", LongestId);
        reading.End();
        if (!reading.IsGood) return reading.Problem;

        var (found, refusal) = AccountLookup.Find(directory, account, product, "/account");
        if (found is null) return refusal!;
        if (directory.Environment(found.Id, environment!.Value) is not { } entry) return Problems.UnknownAccount("/account");
        if (entry.Product.Scores is null) return Problems.NoScores(entry.Product.Name);
        // The customer asked for a score; that a service of the company passes it on is not his affair.
        context.Features.Set(new OnBehalfOf(entry.Id));
        var score = await scores.CreateAsync(entry, jobId, applicationId, tenant, context.RequestAborted);
        return OperatorJson.Instance.Created(ScoreStateView.Of(score));
    }

    static async Task<IResult> MoveAsync(HttpContext context, string id, INovaStore store, AccountDirectory directory, ScoreKeeper scores, NovaOptions options)
    {
        using var body = await RequestBody.ReadAsync(context, options.Publishing.MaxBodyBytes);
        if (!body.IsGood) return body.Problem;
        var reading = RequestObject.Of(body.Document, OperatorJson.Instance);
        ScoreStatus? status = reading.NeedText("status", 20) switch
        {
            "processing" => ScoreStatus.Processing,
            "completed" => ScoreStatus.Completed,
            "failed" => ScoreStatus.Failed,
            _ => null,
        };
        if (status is null)
        {
            // Which of them goes with it nobody knows; neither is a member that there is not.
            _ = (reading.Has("result"), reading.Has("error"));
            reading.Fault("status", "Must be \"processing\", \"completed\" or \"failed\".");
        }
        var outcome = status switch
        {
            ScoreStatus.Completed => reading.NeedRawObject("result"),
            ScoreStatus.Failed => reading.NeedRawObject("error"),
            _ => default,
        };
        reading.End();
        if (!reading.IsGood) return reading.Problem;

        if (!Id<Score>.TryParse(id, out var known) || await store.GetScoreAsync(null, known, context.RequestAborted) is not { } score
            || directory.Environment(score.EnvironmentId) is not { Product.Scores: not null } entry) return Problems.NotFound("scoring job");
        var move = await scores.MoveAsync(entry, score, status!.Value, outcome, context.RequestAborted);
        if (move.Moved is { } moved) return OperatorJson.Instance.Ok(ScoreStateView.Of(moved));
        if (move.Violations.Count > 0) return Problems.OutcomeUnfit([.. move.Violations.Select(fault => new FieldFault(fault.Pointer, fault.Message))]);
        // A service that did not get the answer puts the same again, and is told the same: nothing is published twice.
        return await store.GetScoreAsync(null, known, context.RequestAborted) is { } ended && ended.Status == status && IsOutcome(ended, outcome)
            ? OperatorJson.Instance.Ok(ScoreStateView.Of(ended))
            : Problems.ScoreEnded;
    }

    static bool IsOutcome(Score score, JsonElement outcome)
    {
        if (score.Outcome.IsEmpty) return false;
        using var kept = JsonDocument.Parse(score.Outcome);
        return JsonElement.DeepEquals(kept.RootElement, outcome);
    }

    static async Task<IResult> GetAsync(HttpContext context, string id, INovaStore store)
    {
        var caller = Customer.Of(context);
        return Id<Score>.TryParse(id, out var known) && await store.GetScoreAsync(caller.Entry.Id, known, context.RequestAborted) is { } score
            ? caller.Json.Ok(ScoreView.Of(score))
            : Problems.NotFound("scoring job");
    }

    public static string Word(ScoreStatus status) => Statuses[(int)status];
}

internal sealed record CreateScoreBody(string Account, string Environment, string JobId, string ApplicationId, string? Tenant = null, string? Product = null);

/// <param name="Status"><c>processing</c>, <c>completed</c> or <c>failed</c>.</param>
/// <param name="Result">With <c>completed</c>: what the event carries as its result.</param>
/// <param name="Error">With <c>failed</c>: type (a URI), code (in capitals), message.</param>
internal sealed record MoveScoreBody(string Status, JsonElement? Result = null, JsonElement? Error = null);

internal sealed record ScoreStateView(string ScoringJobId, string Status)
{
    public static ScoreStateView Of(Score score) => new(score.Id.ToString(), ScoresApi.Word(score.Status));
}

/// <param name="ScoringJobId">Nova's.</param>
/// <param name="JobId">The customer's.</param>
/// <param name="ApplicationId">The customer's.</param>
/// <param name="Tenant">Whom among the account's own customers it concerns.</param>
/// <param name="Status"><c>pending</c>, <c>processing</c>, <c>completed</c> or <c>failed</c>.</param>
/// <param name="Result">Of a completed one.</param>
/// <param name="Error">Of a failed one.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="UpdatedAt">When it last moved on.</param>
/// <param name="CompletedAt">When it was completed.</param>
/// <param name="FailedAt">When it failed.</param>
internal sealed record ScoreView(
    string ScoringJobId, string JobId, string ApplicationId, string? Tenant, string Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RawJson? Result,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RawJson? Error,
    [property: JsonConverter(typeof(JsonSecond))] DateTimeOffset CreatedAt,
    [property: JsonConverter(typeof(JsonSecond))] DateTimeOffset UpdatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? CompletedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? FailedAt)
{
    public static ScoreView Of(Score score)
    {
        var (completed, failed) = (score.Status == ScoreStatus.Completed, score.Status == ScoreStatus.Failed);
        return new(
            score.Id.ToString(), score.JobId, score.ApplicationId, score.Tenant, ScoresApi.Word(score.Status),
            completed ? new RawJson(score.Outcome) : null, failed ? new RawJson(score.Outcome) : null,
            score.CreatedAt, score.UpdatedAt, completed ? score.FinishedAt : null, failed ? score.FinishedAt : null);
    }
}
