using System.Runtime.CompilerServices;

namespace Nova.Egress;

/// <summary>
/// A connection's stream, above TLS. Tells the request that is on it that it went out, whether it was the first here, and when the first
/// byte of its answer came. Without this, a failure on a reused connection could not be told from one on a fresh one.
/// </summary>
/// <remarks>
/// On the path of every request, so it costs one field write per write and one pooled state machine per read that waits: no allocation, no
/// AsyncLocal (which would copy the execution context per request). The handler serialises reads among themselves and writes among
/// themselves, so the fields need no lock; a request's answer cannot be read before its bytes went out.
/// </remarks>
internal sealed class TracedStream(Stream inner, ConnectionOpening? opening, TimeProvider clock) : Stream
{
    /// <summary>The request whose body this thread is writing right now. See <see cref="TracedRequest"/>.</summary>
    [ThreadStatic]
    static TracedRequest? _sending;

    TracedRequest? _current;

    internal static TracedRequest? Sending
    {
        set => _sending = value;
    }

    /// <summary>How this connection was opened; null through a proxy.</summary>
    public ConnectionOpening? Opening { get; } = opening;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_sending is { } request && !ReferenceEquals(request, _current))
        {
            request.GoesOutOn(this, reused: _current is not null);
            _current = request;
        }
        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = inner.ReadAsync(buffer, cancellationToken);
        if (!read.IsCompletedSuccessfully) return NoticeAsync(read);
        var length = read.Result;
        Notice(length);
        return new(length);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    async ValueTask<int> NoticeAsync(ValueTask<int> read)
    {
        var length = await read;
        Notice(length);
        return length;
    }

    void Notice(int length)
    {
        if (length > 0 && _current is { FirstByteAt: < 0 } request) request.Answered(clock.GetTimestamp());
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override ValueTask DisposeAsync() => inner.DisposeAsync();

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    public override bool CanRead => true;
    public override bool CanWrite => true;
    public override bool CanSeek => false;
    public override bool CanTimeout => inner.CanTimeout;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override void Flush() => inner.Flush();
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Requests are asynchronous.");
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Requests are asynchronous.");
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}
