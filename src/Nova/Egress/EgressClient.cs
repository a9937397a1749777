using System.Buffers;
using System.Net;
using Nova.Model;
using Nova.Products;

namespace Nova.Egress;

/// <summary>
/// Sends signed requests and says what came of each. One deadline covers everything from the look-up to the last byte that is read; the
/// verdict is the status line, whatever becomes of the body.
/// </summary>
/// <remarks>
/// HTTP/1.1 exactly: over HTTP/2 and 3 .NET repeats requests silently or passes by the connect check. A request is repeated in one case,
/// which the result shows: a reused connection that died before any byte of an answer.
/// </remarks>
internal sealed class EgressClient : IAsyncDisposable
{
    readonly EgressOptions _options;
    readonly EgressGuard _guard;
    readonly TimeProvider _clock;
    readonly HttpMessageInvoker _pooled;
    readonly Deadline.Pool _deadlines;

    /// <summary>For the repeat, and in place of a connection that is spent: keeps no connection, so each request gets one of its own.</summary>
    readonly HttpMessageInvoker _fresh;

    /// <param name="options">Valid ones: <see cref="EgressOptions.Faults"/> is empty.</param>
    /// <param name="guard">Made of the same options.</param>
    /// <param name="resolver">Not used through a proxy.</param>
    /// <param name="clock">For deadlines and timings.</param>
    public EgressClient(EgressOptions options, EgressGuard guard, IDnsResolver resolver, TimeProvider clock)
    {
        _options = options;
        _guard = guard;
        _clock = clock;
        _deadlines = new(clock);
        var roots = options.LoadExtraRoots(out var reason)
            ?? throw new ArgumentException($"Nova:Egress:ExtraRootCertificates: {reason}", nameof(options));
        var certificates = new CertificateRule(roots, clock);
        var connector = new SafeConnector(guard, resolver, certificates, clock);
        // Two minutes: then names are looked up and judged again.
        _pooled = new(NewHandler(connector, certificates, TimeSpan.FromMinutes(2)), disposeHandler: true);
        _fresh = new(NewHandler(connector, certificates, TimeSpan.Zero), disposeHandler: true);
    }

    /// <summary>Sends the request. Throws only when <paramref name="cancellation"/> fires before a status line has come.</summary>
    public async Task<EgressResult> PostAsync(EgressRequest request, CancellationToken cancellation)
    {
        var startedAt = _clock.GetTimestamp();
        // Else the connector asks, once per connection instead of once per request.
        if (_options.Proxy is not null && _guard.FaultOf(request.Url) is { } refused)
            return new() { Outcome = AttemptOutcome.BlockedAddress, Error = refused };

        var deadline = _deadlines.Rent(request.Timeout, cancellation);
        try
        {
            for (bool repeated = false, own = false; ;)
            {
                using var message = new TracedRequest(request.Url, request.Body, _clock);
                if (SetHeaders(message, request.Headers) is { } fault) return new() { Outcome = AttemptOutcome.ProtocolError, Error = fault };
                HttpResponseMessage response;
                try
                {
                    response = await (own ? _fresh : _pooled).SendAsync(message, deadline.Token);
                }
                catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
                {
                    cancellation.ThrowIfCancellationRequested();
                    if (!own && e is HttpRequestException { InnerException: SpentConnectionException })
                    {
                        own = true;
                        continue;
                    }
                    var (outcome, error) = EgressFault.Name(e, message, request.Timeout, deadline.IsOver);
                    if (!repeated && outcome == AttemptOutcome.ConnectionReset && message.DiedUnanswered)
                    {
                        repeated = own = true;
                        continue;
                    }
                    return new() { Outcome = outcome, Error = error, Timings = TimingsOf(message, startedAt), Repeated = repeated };
                }
                using (response)
                {
                    var (body, truncated) = await ReadBodyAsync(response, deadline.Token);
                    return new()
                    {
                        Status = (int)response.StatusCode,
                        Outcome = AttemptOutcome.HttpStatus,
                        ResponseHeaders = AnswerText.HeadersOf(response, _options.ResponseHeaderBytes),
                        ResponseBody = body,
                        BodyTruncated = truncated,
                        RetryAfter = RetryAfterOf(response),
                        Timings = TimingsOf(message, startedAt),
                        Repeated = repeated,
                    };
                }
            }
        }
        finally
        {
            _deadlines.Return(deadline);
        }
    }

    /// <summary>Closes all connections. Requests in flight fail; end them first.</summary>
    public ValueTask DisposeAsync()
    {
        _pooled.Dispose();
        _fresh.Dispose();
        _deadlines.Dispose();
        return ValueTask.CompletedTask;
    }

    SocketsHttpHandler NewHandler(SafeConnector connector, CertificateRule certificates, TimeSpan lifetime)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            Credentials = null,
            PreAuthenticate = false,
            // Would put traceparent and baggage of the publisher's request on the customer's.
            ActivityHeadersPropagator = null,
            MaxResponseHeadersLength = 16,
            // What is not read is not drained: the connection is closed.
            MaxResponseDrainSize = 0,
            ResponseDrainTimeout = TimeSpan.Zero,
            ConnectTimeout = _options.ConnectTimeout,
            // Below the 5 s after which Node.js closes an idle connection: the commonest server that races a keep-alive.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(4),
            PooledConnectionLifetime = lifetime,
            PlaintextStreamFilter = (context, _) => new(new TracedStream(
                context.PlaintextStream, (context.InitialRequestMessage as TracedRequest)?.Opening, _clock)),
        };
        if (_options.Proxy is null)
        {
            handler.ConnectCallback = connector.ConnectAsync;
            return handler;
        }
        handler.UseProxy = true;
        handler.Proxy = new WebProxy(_options.Proxy) { Credentials = CredentialsOf(_options.Proxy) };
        handler.SslOptions = certificates.NewOptions(certificates.Validate);
        return handler;
    }

    static NetworkCredential? CredentialsOf(Uri proxy)
    {
        if (proxy.UserInfo.Length == 0) return null;
        var parts = proxy.UserInfo.Split(':', 2);
        return new(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
    }

    /// <summary>Null, or what is wrong: nothing that could end a header line early goes to the wire, whoever made it.</summary>
    static string? SetHeaders(TracedRequest message, IReadOnlyList<HeaderLine> headers)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            var (name, value, _) = headers[i];
            if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
                return $"The value of the request's header {name} is not printable ASCII; nothing was sent.";
            // Content-Type and its kin are refused by the request's headers and belong to the body's.
            if (!message.Headers.TryAddWithoutValidation(name, value) && !message.Content!.Headers.TryAddWithoutValidation(name, value))
                return $"The request has a header whose name is not valid; nothing was sent.";
        }
        return null;
    }

    async ValueTask<(ReadOnlyMemory<byte> Body, string? Truncated)> ReadBodyAsync(
        HttpResponseMessage response, CancellationToken cancellation)
    {
        // 101 is final for .NET and leaves a raw stream that nobody ends.
        if ((int)response.StatusCode < 200) return default;
        var limit = _options.ResponseBodyBytes;
        byte[]? buffer = null;
        var length = 0;
        string? truncated = null;
        try
        {
            var stream = response.Content.ReadAsStream(cancellation);
            buffer = ArrayPool<byte>.Shared.Rent(limit + 1);
            while (length <= limit)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(length, limit + 1 - length), cancellation);
                if (read == 0) break;
                length += read;
            }
            if (length > limit)
            {
                length = limit;
                truncated = "size";
            }
        }
        catch (OperationCanceledException)
        {
            truncated = "deadline";
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            truncated = "reset";
        }
        if (buffer is null) return (default, truncated);
        ReadOnlyMemory<byte> body = length == 0 ? default : buffer.AsSpan(0, length).ToArray();
        ArrayPool<byte>.Shared.Return(buffer);
        return (body, truncated);
    }

    TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        // Reads whole seconds, IMF-fixdate and asctime; anything else is null.
        if ((int)response.StatusCode is >= 200 and < 300 || response.Headers.RetryAfter is not { } asked) return null;
        var wait = asked.Delta ?? (asked.Date is { } date ? date - _clock.GetUtcNow() : null);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    AttemptTimings TimingsOf(TracedRequest message, long startedAt)
    {
        var total = Microseconds(_clock.GetTimestamp() - startedAt);
        long? firstByte = message.FirstByteAt < 0 ? null : Microseconds(message.FirstByteAt - startedAt);
        // A connection that was opened for another request and came to this one has not cost this one its time.
        var opening = message.Connection is { } connection ? message.Reused ? null : connection.Opening : message.Opening;
        if (opening is null || opening.StartedAt < startedAt) return new(total, FirstByte: firstByte);
        return new(total, Step(opening.Dns), Step(opening.Connect), Step(opening.Tls), firstByte);

        long? Step(long ticks) => ticks < 0 ? null : Microseconds(ticks);
    }

    long Microseconds(long ticks) => (long)((Int128)ticks * 1_000_000 / _clock.TimestampFrequency);
}
