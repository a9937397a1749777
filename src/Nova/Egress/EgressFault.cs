using System.Net.Sockets;
using Nova.Model;

namespace Nova.Egress;

/// <summary>
/// A reason, known for certain, why no request can be made. Thrown inside the handler's callbacks, caught by <see cref="EgressClient"/>.
/// </summary>
internal sealed class EgressFaultException(AttemptOutcome outcome, string message) : IOException(message)
{
    public AttemptOutcome Outcome { get; } = outcome;
}

/// <summary>Names what an exception of the handler means. By types and codes, never by a message's text.</summary>
internal static class EgressFault
{
    /// <param name="exception">As the handler threw it.</param>
    /// <param name="request">What had happened until then.</param>
    /// <param name="timeout">The attempt's, for the text.</param>
    /// <param name="pastDeadline">The attempt's deadline has passed.</param>
    public static (AttemptOutcome Outcome, string Error) Name(
        Exception exception, TracedRequest request, TimeSpan timeout, bool pastDeadline)
    {
        // First, because what the cancellation broke on its way stands inside as a socket's error.
        if (exception is OperationCanceledException && pastDeadline)
        {
            return request.Connection is null ? NoConnection(request, timeout)
                : (AttemptOutcome.Timeout, $"No answer within {InSeconds(timeout)}.");
        }
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case EgressFaultException fault: return (fault.Outcome, fault.Message);
                case SocketException socket: return Of(socket.SocketErrorCode, request);
                // The handler's own, when its ConnectTimeout has passed.
                case TimeoutException: return NoConnection(request, null);
            }
        }
        return (exception as HttpRequestException)?.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => (AttemptOutcome.DnsError, "The name could not be looked up."),
            HttpRequestError.SecureConnectionError => (AttemptOutcome.TlsError, "The TLS handshake failed."),
            HttpRequestError.ProxyTunnelError => (AttemptOutcome.ConnectionRefused, "The egress proxy refused to open the connection."),
            HttpRequestError.ConnectionError => (AttemptOutcome.ConnectionRefused, "The connection could not be opened."),
            HttpRequestError.ConfigurationLimitExceeded => (AttemptOutcome.ProtocolError, "The answer's headers are larger than 16 KiB."),
            HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError or HttpRequestError.VersionNegotiationError
                => (AttemptOutcome.ProtocolError, "The answer is not valid HTTP/1.1."),
            HttpRequestError.ResponseEnded when request.FirstByteAt >= 0
                => (AttemptOutcome.ProtocolError, "The connection was closed inside the answer's headers."),
            HttpRequestError.ResponseEnded => Reset(request),
            _ when exception is HttpRequestException { InnerException: IOException } or IOException => Reset(request),
            _ => (AttemptOutcome.ProtocolError, "The exchange failed: the answer is not valid HTTP/1.1."),
        };
    }

    /// <summary>What a socket's error means, by the place where it struck.</summary>
    static (AttemptOutcome Outcome, string Error) Of(SocketError error, TracedRequest request) => error switch
    {
        _ when request.Connection is not null => Reset(request),
        SocketError.ConnectionRefused => (AttemptOutcome.ConnectionRefused, "Connection refused."),
        SocketError.TimedOut => (AttemptOutcome.ConnectTimeout, "The connection could not be opened in time."),
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.HostDown
            or SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported
            => (AttemptOutcome.ConnectionRefused, "The receiver's network cannot be reached from here."),
        _ => Reset(request),
    };

    static (AttemptOutcome Outcome, string Error) Reset(TracedRequest request) => request.Connection is null
        ? (AttemptOutcome.ConnectionReset, "The receiver closed the connection while it was being opened.")
        : (AttemptOutcome.ConnectionReset, "The receiver closed the connection without an answer.");

    static (AttemptOutcome Outcome, string Error) NoConnection(TracedRequest request, TimeSpan? limit)
    {
        var within = limit is { } time ? $" within {InSeconds(time)}" : " in time";
        return request.Opening?.Step switch
        {
            OpeningStep.Resolving => (AttemptOutcome.DnsTimeout, $"The name servers did not answer{within}."),
            OpeningStep.Securing => (AttemptOutcome.ConnectTimeout, $"The TLS handshake did not end{within}."),
            _ => (AttemptOutcome.ConnectTimeout, $"No connection{within}."),
        };
    }

    static string InSeconds(TimeSpan time) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}
