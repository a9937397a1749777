using System.Globalization;

namespace Nova.Model;

/// <summary>
/// Why an attempt failed, as one number by which failures are grouped and filtered: the HTTP status where the receiver answered with one that
/// is not a success, else the <see cref="AttemptOutcome"/>. Outcomes end below 100, where statuses begin.
/// </summary>
internal readonly record struct FailureCause(short Number)
{
    const int FirstStatus = 100;

    const string StatusPrefix = "http_";

    public static FailureCause Of(AttemptOutcome outcome, int? statusCode) => new(outcome == AttemptOutcome.HttpStatus ? (short)(statusCode ?? 0) : (short)outcome);

    /// <summary>Of an attempt; without one the delivery ended because its endpoint no longer wanted it.</summary>
    public static FailureCause Of(Attempt? attempt) => attempt is null ? new((short)AttemptOutcome.EndpointGone) : Of(attempt.Outcome, attempt.StatusCode);

    /// <summary>Null where there is no HTTP status in it.</summary>
    public int? StatusCode => Number >= FirstStatus ? Number : null;

    public AttemptOutcome Outcome => Number >= FirstStatus ? AttemptOutcome.HttpStatus : (AttemptOutcome)Number;

    /// <summary>As the API calls it: <c>http_503</c>, or the attempt's outcome, <c>connection_refused</c>.</summary>
    public string Name => Number >= FirstStatus ? string.Create(CultureInfo.InvariantCulture, $"{StatusPrefix}{Number}") : OutcomeNames.Of((AttemptOutcome)Number);

    /// <summary>Reads what <see cref="Name"/> writes; null for anything else.</summary>
    public static FailureCause? Read(string text)
    {
        if (text.StartsWith(StatusPrefix, StringComparison.Ordinal)
            && short.TryParse(text.AsSpan(StatusPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var status))
            return status is >= FirstStatus and <= 999 ? new(status) : null;
        foreach (var outcome in Enum.GetValues<AttemptOutcome>())
            if (outcome is not (AttemptOutcome.Delivered or AttemptOutcome.HttpStatus) && OutcomeNames.Of(outcome) == text) return new((short)outcome);
        return null;
    }
}
