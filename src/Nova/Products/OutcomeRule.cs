using System.Collections.Frozen;
using Nova.Model;

namespace Nova.Products;

/// <summary>What an attempt's outcome means for its delivery.</summary>
internal enum Verdict
{
    Success,
    /// <summary>Another attempt follows while the schedule has one.</summary>
    Retry,
    /// <summary>The delivery has failed; no further attempt would change that.</summary>
    Final,
    /// <summary>The same, and the receiver wants nothing more at all.</summary>
    FinalAndDisable,
}

/// <summary>Which answers are success, which are final. The one place where it is decided whether an attempt is repeated.</summary>
/// <remarks>One byte per status from 100 to 999, filled at start: judging an answer is one look into a table.</remarks>
internal sealed class OutcomeRule
{
    const int Least = 100, Most = 999;

    readonly Verdict[] _verdicts = new Verdict[Most - Least + 1];
    readonly FrozenSet<int> _retryAfter;

    /// <param name="success">Statuses that are success.</param>
    /// <param name="final">Statuses after which no further attempt is made.</param>
    /// <param name="disabling">Statuses that also disable the endpoint.</param>
    /// <param name="retryAfter">Statuses whose Retry-After is honoured.</param>
    /// <param name="mostRetryAfter">Longest wait that a Retry-After may ask for.</param>
    public OutcomeRule(
        IEnumerable<int> success, IEnumerable<int> final, IEnumerable<int> disabling, IEnumerable<int> retryAfter, TimeSpan mostRetryAfter)
    {
        Array.Fill(_verdicts, Verdict.Retry);
        foreach (var status in final) _verdicts[status - Least] = Verdict.Final;
        foreach (var status in disabling) _verdicts[status - Least] = Verdict.FinalAndDisable;
        foreach (var status in success) _verdicts[status - Least] = Verdict.Success;
        _retryAfter = retryAfter.ToFrozenSet();
        MostRetryAfter = mostRetryAfter;
    }

    /// <summary>Longest wait that a Retry-After may ask for; zero where none is honoured.</summary>
    public TimeSpan MostRetryAfter { get; }

    /// <summary>What follows from an attempt. Whatever kept an answer from coming may be mended by the next attempt, so it is retried:
    /// a refused address too, since it may be the name's entry that is wrong for the moment.</summary>
    public Verdict Judge(AttemptOutcome outcome, int? status) => outcome switch
    {
        AttemptOutcome.Delivered => Verdict.Success,
        AttemptOutcome.HttpStatus or AttemptOutcome.Redirect or AttemptOutcome.Gone when status is { } code => OfStatus(code),
        AttemptOutcome.EndpointGone => Verdict.Final,
        _ => Verdict.Retry,
    };

    /// <summary>The outcome that a status line stands for.</summary>
    public AttemptOutcome Name(int status) =>
        OfStatus(status) is Verdict.Success ? AttemptOutcome.Delivered
        : status is >= 300 and <= 399 ? AttemptOutcome.Redirect
        : status is 410 ? AttemptOutcome.Gone
        : AttemptOutcome.HttpStatus;

    /// <summary>Whether a Retry-After beside this status moves the next attempt.</summary>
    public bool HonoursRetryAfter(int status) => _retryAfter.Contains(status);

    Verdict OfStatus(int status) => status is < Least or > Most ? Verdict.Retry : _verdicts[status - Least];
}
