using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Nova.AspNetCore.Authentication;
using Nova.AspNetCore.Writing;
using Nova.Publishing;

namespace Nova.AspNetCore;

/// <summary>An error as RFC 9457 writes it. Members have these names in every product.</summary>
/// <param name="Type">Stable: what a program decides by. docs/problems.md lists them.</param>
/// <param name="Title">The same for every problem of the type.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What is wrong this time, and what to do.</param>
/// <param name="Errors">Each fault with the JSON pointer of its place in the request.</param>
/// <param name="Instance">The address of what stands in the way, where there is one to look at.</param>
/// <param name="TraceId">Finds the request in the server's log and traces.</param>
internal sealed record ProblemView(
    string Type, string Title, int Status, string Detail,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ProblemError>? Errors,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Instance,
    [property: JsonPropertyName("traceId")] string TraceId);

/// <param name="Pointer">JSON pointer into the request's body (RFC 6901), or <c>?name</c> for a query parameter.</param>
/// <param name="Detail">What is wanted there.</param>
internal sealed record ProblemError(string Pointer, string Detail);

/// <summary>An error answer: the one form in which anything is refused.</summary>
internal sealed class Problem(string type, string title, int status, string detail, IReadOnlyList<FieldFault>? errors = null) : IResult
{
    public const string ContentType = "application/problem+json";

    public string Type => type;

    public int Status => status;

    public string Detail => detail;

    /// <summary>Seconds after which another try makes sense; null: no such time.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>The address of what stands in the way; null: none.</summary>
    public string? Instance { get; init; }

    /// <summary>The <c>WWW-Authenticate</c> challenge; null: none.</summary>
    public string? Challenge { get; init; }

    public ProblemView View(HttpContext context) => new(
        type, title, status, detail,
        errors is null or [] ? null : [.. errors.Select(fault => new ProblemError(fault.Pointer, fault.Message))], Instance,
        Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        var body = JsonSerializer.SerializeToUtf8Bytes(View(httpContext), OperatorJson.Instance.TypeOf<ProblemView>());
        ApiHeaders.Set(response);
        response.StatusCode = status;
        response.ContentType = ContentType;
        response.ContentLength = body.Length;
        if (RetryAfter is { } seconds) response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (Challenge is not null) response.Headers.WWWAuthenticate = Challenge;
        // The rest of the body is not read, so the connection is of no further use; said, so that the client does not try.
        if (status == StatusCodes.Status413PayloadTooLarge) response.Headers.Connection = "close";
        await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }
}

/// <summary>Every problem that the API answers with. The type's last part is its name in docs/problems.md; once given it never changes.</summary>
internal static class Problems
{
    // The request itself ------------------------------------------------------------------------------------------

    public static Problem NotFound(string what = "resource") => Of("not-found", "Not found", 404,
        $"There is no such {what} here. Check the id, and that the credential is of the same account and environment.");

    public static Problem NoSuchRoute(string method, string path) => Of("not-found", "Not found", 404,
        $"Nothing answers {method} {path}. The calls are listed at /openapi/v1.json and /docs.");

    public static Problem MethodNotAllowed(string method) => Of("method-not-allowed", "Method not allowed", 405,
        $"This address does not take {method}. The Allow header lists what it takes.");

    public static Problem UnsupportedMediaType => Of("unsupported-media-type", "Unsupported media type", 415,
        "Send the body as JSON: Content-Type: application/json, in UTF-8, without Content-Encoding.");

    public static Problem BodyTooLarge(long most) => Of("body-too-large", "Body too large", 413,
        $"The body has more than {most} bytes. Send less, or ask the operator to raise Nova:Publishing:MaxBodyBytes.");

    public static Problem BadRequest(string detail) => Of("bad-request", "Bad request", 400, detail);

    public static Problem MalformedJson(string detail) => Of("malformed-json", "Malformed JSON", 400, detail);

    public static Problem Invalid(IReadOnlyList<FieldFault> errors) => Of("invalid-request", "Invalid request", 400,
        errors is not [var only] ? "The request has several faults; see errors." : only.Pointer.Length == 0 ? only.Message : $"{only.Pointer}: {only.Message}", errors);

    public static Problem Invalid(string pointer, string message) => Invalid([new(pointer, message)]);

    // Who asks ----------------------------------------------------------------------------------------------------

    public static Problem NoCredential(string wanted) => new("/problems/unauthenticated", "Unauthenticated", 401,
        $"The request has no credential. Send the header Authorization: Bearer followed by {wanted}.") { Challenge = "Bearer realm=\"nova\"" };

    public static Problem BadCredential(string detail) => new("/problems/unauthenticated", "Unauthenticated", 401, detail)
    {
        Challenge = "Bearer realm=\"nova\", error=\"invalid_token\"",
    };

    public static Problem MissingScope(string scope) => new("/problems/missing-scope", "Missing scope", 403,
        $"This operator key does not have the scope '{scope}'. Use a key that has it.")
    {
        Challenge = $"Bearer realm=\"nova\", error=\"insufficient_scope\", scope=\"{scope}\"",
    };

    public static Problem Csrf => Of("csrf", "CSRF header missing", 403,
        "A request by cookie that changes something repeats the session's csrf (GET /v1/session) in the header Nova-Csrf. Read it again and repeat the request.");

    public static Problem OperatorsOnly => Of("role", "Not allowed to this role", 403, "Only operators may do this.");

    public static Problem UsersOnly => Of("role", "Not allowed to this role", 403, "A portal link is nobody in particular: there is no name or password to change.");

    public static Problem Role(Customer customer, Rights needed) => Of("role", "Not allowed to this role", 403,
        customer.Session?.Session.Link is null ? "Members change nothing, and see neither secrets nor the audit log. Ask an admin of the account."
            : (needed & ~Rights.OfKeys) != 0 ? "This is for people who sign in: no portal link has API keys, members or the audit log."
            : $"This portal link may not do this: it lacks {Names(needed & ~customer.Rights)}. Whoever made the link decides.");

    static string Names(Rights rights) => string.Join(", ", Enum.GetValues<Rights>()
        .Where(right => System.Numerics.BitOperations.IsPow2((int)right) && rights.HasFlag(right)).Select(right => right.ToString().ToLowerInvariant()));

    public static Problem SignInFailed => new("/problems/sign-in-failed", "Sign-in failed", 401,
        "The e-mail address and the password do not go together. Check both; an operator can give you a link that sets a new password.")
    { Challenge = "Bearer realm=\"nova\"" };

    public static Problem SignInThrottled(int retryAfter) => new("/problems/rate-limited", "Too many requests", 429,
        $"Too many attempts to sign in. Try again in {retryAfter} s.")
    { RetryAfter = retryAfter };

    public static Problem TokenSpent => Of("link-spent", "Link not good", 410,
        "This link has been used, was replaced by a newer one, or has expired. Ask whoever gave it to you for another.");

    public static Problem AlreadySetUp => Of("already-set-up", "Already set up", 409, "There is an operator already. Sign in with POST /v1/session.");

    public static Problem MemberTaken => Of("member-taken", "Is a member", 409,
        "The account has a member, or an invitation, of this e-mail address already. Change that one.", [new("/email", "Taken.")]);

    public static Problem LastAdmin => Of("last-admin", "Last admin", 409, "This is the account's last admin. Make another one first.");

    public static Problem RateLimited(int perSecond, int retryAfter) => new("/problems/rate-limited", "Too many requests", 429,
        $"This credential may make {perSecond} requests per second. Try again in {retryAfter} s; the RateLimit header tells how many are left.")
    { RetryAfter = retryAfter };

    public static Problem TestsLimited(int retryAfter) => new("/problems/rate-limited", "Too many requests", 429,
        $"Tests of one endpoint are limited, because each is a request to a receiver. Try again in {retryAfter} s.")
    { RetryAfter = retryAfter };

    public static Problem TooManyStreams(int most) => new("/problems/rate-limited", "Too many requests", 429,
        $"The environment is watched by {most} readers on this node, which is as many as it takes. Close some, or try again later.")
    { RetryAfter = 15 };

    // Repeated requests -------------------------------------------------------------------------------------------

    public static Problem IdempotencyKeyReused => Of("idempotency-key-reused", "Idempotency-Key reused", 409,
        "This Idempotency-Key was used before with another request. Use a new one for a new request.");

    public static Problem RequestInProgress => new("/problems/request-in-progress", "Request in progress", 409,
        "A request with this Idempotency-Key is still being worked on. Repeat it in a moment to get its answer.")
    { RetryAfter = 1 };

    // Publishing --------------------------------------------------------------------------------------------------

    public static Problem Of(PublishFault fault) => fault.Kind switch
    {
        PublishFaultKind.UnknownAccount => Of("unknown-account", "Unknown account", 404, fault.Detail, fault.Fields),
        PublishFaultKind.AmbiguousAccount => Of("ambiguous-account", "Ambiguous account", 409, fault.Detail, fault.Fields),
        PublishFaultKind.UnknownEventType => Of("unknown-event-type", "Unknown event type", 422, fault.Detail, fault.Fields),
        PublishFaultKind.SchemaViolation => Of("schema-violation", "Data does not fit its schema", 422, fault.Detail, fault.Fields),
        PublishFaultKind.Conflict => Of("event-conflict", "Event published before", 409, fault.Detail, fault.Fields),
        _ => Of("invalid-request", "Invalid request", 400, fault.Detail, fault.Fields),
    };

    public static Problem UnknownAccount(string pointer) => Of("unknown-account", "Unknown account", 404,
        "There is no such account. Create it with POST /v1/accounts, or check the product.",
        [new(pointer, "There is no such account.")]);

    public static Problem AmbiguousAccount(IEnumerable<string> products) => Of("ambiguous-account", "Ambiguous account", 409,
        $"Accounts of several products are called this ({string.Join(", ", products)}). Add the product, or use Nova's account id.");

    public static Problem AccountTaken(string externalId, string product) => Of("account-taken", "Account exists", 409,
        $"Product '{product}' has an account with external id '{externalId}' already. Use it, or choose another external id.",
        [new("/external_id", "Taken.")]);

    public static Problem NoScores(string product) => Of("no-scores", "No scoring jobs", 409,
        $"Product '{product}' has no scoring jobs. Use an account of a product that has them.");

    public static Problem ScoreEnded => Of("score-ended", "Scoring job has ended", 409,
        "The scoring job is completed or failed already; that is final. Its result can be read with GET /v1/score/{id}.");

    public static Problem OutcomeUnfit(IReadOnlyList<FieldFault> errors) => Of("schema-violation", "Data does not fit its schema", 422,
        "The outcome does not fit the schema of the event that tells of it; see errors.", errors);

    // Endpoints ---------------------------------------------------------------------------------------------------

    public static Problem UrlRefused(string why) => Of("url-refused", "URL refused", 422, why, [new("/url", why)]);

    public static Problem UnknownEventTypes(IReadOnlyList<FieldFault> errors) => Of("unknown-event-type", "Unknown event type", 422,
        "The product has no event type of this name, or the plan does not include it. GET /v1/event-types lists them.", errors);

    public static Problem PlanLimit(string detail) => Of("plan-limit", "Plan limit reached", 403, detail);

    public static Problem EventTypeTaken => Of("event-type-taken", "Event type has an endpoint", 409,
        "In this product each event type has one endpoint, and this one has its endpoint already. Change or delete that one.");

    public static Problem SecretNotShown => Of("secret-not-shown", "Secret not shown", 409,
        "Secrets of this product are not shown again. Make a new one with …/secret/rotate.");

    public static Problem Changed => Of("changed-meanwhile", "Changed meanwhile", 409,
        "The endpoint is being changed by others at the same time. Try again.");

    public static Problem ChangedMeanwhile(string what) => Of("changed-meanwhile", "Changed meanwhile", 409,
        $"The {what} is being changed by others at the same time. Try again.");

    public static Problem NotRetryable(string why) => Of("not-retryable", "Cannot be delivered again", 409, why);

    public static Problem ReplayRuns(string id) => new("/problems/replay-running", "A replay is running", 409,
        $"The replay {id} is delivering the same again. Wait for its end, or cancel it with POST /v1/replays/{id}/cancel.")
    { Instance = "/v1/replays/" + id };

    public static Problem TooManyReplays(int most) => Of("replay-limit", "Too many replays", 409,
        $"An environment may have {most} replays running. Wait for the end of one, or cancel one; GET /v1/replays lists them.");

    public static Problem TooManyViews(int most) => Of("view-limit", "Too many saved views", 409,
        $"An environment may have {most} saved views. Delete one, or save under a name that is there; GET /v1/saved-views lists them.");

    public static Problem SandboxOnly => Of("sandbox-only", "Sandbox only", 409,
        "This is for the sandbox. Use a credential of the sandbox.");

    public static Problem OwnDataInSandboxOnly => Of("sandbox-only", "Sandbox only", 409,
        "Data of one's own can be sent in the sandbox only. Use a credential of the sandbox, or leave \"data\" out: the test then sends its own.",
        [new("/data", "Only in the sandbox.")]);

    public static Problem TooManyInspectors(int most) => Of("inspector-limit", "Too many inspectors", 409,
        $"A sandbox may have {most} inspectors. Delete one, or use one that is there; GET /v1/inspectors lists them.");

    public static Problem InspectorBusy => new("/problems/rate-limited", "Too many requests", 429,
        "An inspector takes 20 requests per second: it is for looking at. Try again in a second.")
    { RetryAfter = 1 };

    // The server --------------------------------------------------------------------------------------------------

    public static Problem Unready(IReadOnlyList<string> reasons) => Of("unready", "Not ready", 503,
        "This node takes no requests now; see errors.", [.. reasons.Select(reason => new FieldFault("", reason))]);

    public static Problem StoreAway => new("/problems/unready", "Not ready", 503,
        "The store has not answered in time, so it is not known whether this was written. Repeat the request with the same id or Idempotency-Key: "
        + "what was written is not written twice.")
    { RetryAfter = 2 };

    /// <summary>Not before the next reading, a minute after the last.</summary>
    public static Problem KeySetAway => new("/problems/unready", "Not ready", 503,
        "The key set that this token's signature is checked with cannot be read, so it is not known whether the token is good. Try again in a minute; if it goes on, "
        + "tell the operator: the server's log has the reason (jwt.key_set_not_read).")
    { RetryAfter = 60 };

    public static Problem Stopping => new("/problems/unready", "Not ready", 503, "This node is stopping. Try again; another node, or this one, will answer.")
    {
        RetryAfter = 1,
    };

    public static Problem Internal => Of("internal-error", "Internal error", 500,
        "Something went wrong on the server. Try again; if it goes on, give the operator the traceId.");

    static Problem Of(string name, string title, int status, string detail, IReadOnlyList<FieldFault>? errors = null) =>
        new("/problems/" + name, title, status, detail, errors);
}
