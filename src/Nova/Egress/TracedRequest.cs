using System.Net;

namespace Nova.Egress;

/// <summary>
/// One POST on the wire, and what happened to it: on which connection it went out, whether that one had been used before, when the first
/// byte of an answer came. The handler hands the request to the connect callback, the connection learns of it from its body.
/// </summary>
internal sealed class TracedRequest : HttpRequestMessage
{
    public TracedRequest(Uri url, ReadOnlyMemory<byte> body, TimeProvider clock) : base(HttpMethod.Post, url)
    {
        Version = HttpVersion.Version11;
        VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        StartedAt = clock.GetTimestamp();
        Content = new TracedBody(body, this);
    }

    public long StartedAt { get; }

    /// <summary>The connection that was opened because of this request; another request may have got it.</summary>
    public ConnectionOpening? Opening { get; set; }

    /// <summary>The connection that this request was written to; null until the first byte was.</summary>
    public TracedStream? Connection { get; private set; }

    /// <summary>The connection had carried a request before.</summary>
    public bool Reused { get; private set; }

    /// <summary>Timestamp of the answer's first byte; -1 while none has come.</summary>
    public long FirstByteAt { get; private set; } = -1;

    /// <summary>
    /// The stale connection of a keep-alive race: whoever closed it cannot have answered, and very likely never read the request.
    /// </summary>
    public bool DiedUnanswered => Reused && FirstByteAt < 0;

    public void GoesOutOn(TracedStream connection, bool reused)
    {
        Connection = connection;
        Reused = reused;
        FirstByteAt = -1;
    }

    public void Answered(long timestamp)
    {
        if (FirstByteAt < 0) FirstByteAt = timestamp;
    }

    /// <summary>The body, which tells the connection under it whose request it carries.</summary>
    sealed class TracedBody(ReadOnlyMemory<byte> body, TracedRequest request) : HttpContent
    {
        protected override bool TryComputeLength(out long length)
        {
            length = body.Length;
            return true;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        /// <remarks>
        /// The flush here, instead of the handler's own a moment later, makes the write to the connection happen inside this call on this
        /// thread, which is how <see cref="TracedStream"/> knows the request. It is the same single write; the handler's flush then finds
        /// nothing.
        /// </remarks>
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            TracedStream.Sending = request;
            try
            {
                var write = stream.WriteAsync(body, cancellationToken);
                return write.IsCompletedSuccessfully ? stream.FlushAsync(cancellationToken) : FinishAsync(write, stream, cancellationToken);
            }
            finally
            {
                TracedStream.Sending = null;
            }
        }

        static async Task FinishAsync(ValueTask write, Stream stream, CancellationToken cancellation)
        {
            await write;
            await stream.FlushAsync(cancellation);
        }
    }
}
