namespace Nova.Model;

/// <summary>One HTTP request of a delivery, and what came of it.</summary>
internal sealed record Attempt
{
    /// <summary>1 for the first.</summary>
    public required int Number { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required AttemptOutcome Outcome { get; init; }

    /// <summary>100 to 999 as the receiver sent it; null where no status line came.</summary>
    public int? StatusCode { get; init; }

    /// <summary>What went wrong, in words for a person; null after a success.</summary>
    public string? Error { get; init; }
    public required AttemptTimings Timings { get; init; }

    /// <summary>The request's headers as sent, one <c>Name: value</c> per CRLF line, secrets masked.</summary>
    public required ReadOnlyMemory<byte> RequestHeaders { get; init; }

    /// <summary>The answer's headers in the same form, at most 8 KiB of them; empty where no answer came.</summary>
    public ReadOnlyMemory<byte> ResponseHeaders { get; init; }

    /// <summary>At most 16 KiB of the answer's body, as bytes: it may be anything.</summary>
    public ReadOnlyMemory<byte> ResponseBody { get; init; }

    /// <summary>Why the body stops early: <c>size</c>, <c>deadline</c>, <c>reset</c>; null where it is whole.</summary>
    public string? BodyTruncated { get; init; }

    /// <summary>
    /// True where a reused connection had died before any byte of an answer, and the request was repeated at once,
    /// once, on a fresh connection. The only repeat that is not an attempt of its own.
    /// </summary>
    public bool Repeated { get; init; }
}

/// <summary>Where an attempt's time went. Microseconds, because a receiver on the same host answers in hundreds of them.</summary>
/// <param name="Total">From the first look-up to the last byte read, in µs.</param>
/// <param name="Dns">Look-up, in µs; null on a reused connection.</param>
/// <param name="Connect">TCP, in µs; null on a reused connection.</param>
/// <param name="Tls">Handshake, in µs; null on a reused connection or plain HTTP.</param>
/// <param name="FirstByte">From the start to the answer's first byte, in µs; null where none came.</param>
internal readonly record struct AttemptTimings(long Total, long? Dns = null, long? Connect = null, long? Tls = null, long? FirstByte = null);

/// <summary>
/// What came of an attempt. The names are stored and shown; <c>OutcomeNames</c> gives their text.
/// Whether it is retried is decided in one place, the product's outcome rule.
/// </summary>
internal enum AttemptOutcome : short
{
    /// <summary>The status is one that the product counts as success.</summary>
    Delivered = 0,
    /// <summary>Another status.</summary>
    HttpStatus = 1,
    /// <summary>3xx: never followed.</summary>
    Redirect = 2,
    /// <summary>410.</summary>
    Gone = 3,
    /// <summary>The attempt's deadline passed before a status line.</summary>
    Timeout = 4,
    ConnectTimeout = 5,
    ConnectionRefused = 6,
    ConnectionReset = 7,
    DnsNotFound = 8,
    DnsTimeout = 9,
    DnsError = 10,
    TlsExpired = 11,
    TlsName = 12,
    TlsUntrusted = 13,
    TlsError = 14,
    ProtocolError = 15,
    /// <summary>The egress guard refused the URL or every address behind it.</summary>
    BlockedAddress = 16,
    /// <summary>No request was made: the endpoint had been deleted, disabled or changed.</summary>
    EndpointGone = 17,
    /// <summary>A fault of Nova's own; its log has it.</summary>
    InternalError = 18,
}

/// <summary>The stored and shown names of <see cref="AttemptOutcome"/>, and of nothing else.</summary>
internal static class OutcomeNames
{
    static readonly string[] Names =
    [
        "delivered", "http_status", "redirect", "gone", "timeout", "connect_timeout", "connection_refused", "connection_reset",
        "dns_not_found", "dns_timeout", "dns_error", "tls_expired", "tls_name", "tls_untrusted", "tls_error", "protocol_error",
        "blocked_address", "endpoint_gone", "internal_error",
    ];

    public static string Of(AttemptOutcome outcome) => Names[(int)outcome];
}
