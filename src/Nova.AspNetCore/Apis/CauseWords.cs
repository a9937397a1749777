using Microsoft.AspNetCore.WebUtilities;
using Nova.Model;

namespace Nova.AspNetCore.Apis;

/// <summary>Causes of failure in plain words, each the beginning of a sentence that goes on with "since" or "last".</summary>
internal static class CauseWords
{
    public static string Of(FailureCause cause) => cause.StatusCode is { } status
        ? $"The receiver answers with status {status}{(ReasonPhrases.GetReasonPhrase(status) is { Length: > 0 } reason ? $" ({reason})" : "")}"
        : cause.Outcome switch
        {
            AttemptOutcome.Redirect => "The receiver redirects, which is never followed",
            AttemptOutcome.Gone => "The receiver answers that it is gone for good (410)",
            AttemptOutcome.Timeout => "The receiver does not answer in time",
            AttemptOutcome.ConnectTimeout => "No connection to the receiver in time",
            AttemptOutcome.ConnectionRefused => "Connection refused",
            AttemptOutcome.ConnectionReset => "The receiver closes the connection without an answer",
            AttemptOutcome.DnsNotFound => "The host name does not exist",
            AttemptOutcome.DnsTimeout => "The name servers of the host do not answer",
            AttemptOutcome.DnsError => "The host name cannot be looked up",
            AttemptOutcome.TlsExpired => "The certificate has expired",
            AttemptOutcome.TlsName => "The certificate is for another host name",
            AttemptOutcome.TlsUntrusted => "The certificate is of no authority that is trusted",
            AttemptOutcome.TlsError => "The TLS handshake fails",
            AttemptOutcome.ProtocolError => "The answer is not valid HTTP",
            AttemptOutcome.BlockedAddress => "The URL leads to an address that is not public",
            AttemptOutcome.EndpointGone => "Deleted, disabled or changed while deliveries waited",
            AttemptOutcome.InternalError => "Nova runs into a fault of its own",
            _ => "Failed",
        };
}
