using System.Runtime.CompilerServices;

namespace Nova.Egress;

/// <summary>
/// A connection's stream, above TLS. Tells the request that is on it that it went out, whether it was the first here, and when the first
/// byte of its answer came. Without this, a failure on a reused connection could not be told from one on a fresh one.
/// </summary>
/// <remarks>
/// Also keeps a request off a connection that its receiver closes after each answer (<see cref="SpentConnectionException"/>).
/// On the path of every request, so it costs one field write per write and one pooled state machine per read that waits: no allocation, no
/// AsyncLocal (which would copy the execution context per request). The handler serialises reads among themselves and writes among
/// themselves, so the fields need no lock; a request's answer cannot be read before its bytes went out.
/// </remarks>
internal sealed class TracedStream(Stream inner, ConnectionOpening? opening, TimeProvider clock) : Stream
{
    /// <summary>The request whose body this thread is writing right now. See <see cref="TracedRequest"/>.</summary>
    [ThreadStatic]
    static TracedRequest? _sending;

    /// <summary>Place of the digit that tells 1.0 from 1.1 in <c>HTTP/1.0 200 OK</c>, the only beginning that the handler reads.</summary>
    const int MinorVersion = 7;

    TracedRequest? _current;

    /// <summary>Bytes of the current request's answer that have come, as far as they matter.</summary>
    int _answered;

    /// <summary>
    /// The current answer was HTTP/1.0, whose sender closes after it without saying so. The handler would use the connection again after an answer
    /// that has no body or a length, and race the closing.
    /// </summary>
    /// <remarks>With <c>Connection: keep-alive</c> it could be used; RFC 9112 section 9.3 leaves that to the sender, and a connection is cheap.</remarks>
    bool _spent;

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
            if (_spent) return ValueTask.FromException(new SpentConnectionException());
            request.GoesOutOn(this, reused: _current is not null);
            _current = request;
            _answered = 0;
        }
        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = inner.ReadAsync(buffer, cancellationToken);
        if (!read.IsCompletedSuccessfully) return NoticeAsync(read, buffer);
        var length = read.Result;
        Notice(buffer.Span[..length]);
        return new(length);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    async ValueTask<int> NoticeAsync(ValueTask<int> read, Memory<byte> buffer)
    {
        var length = await read;
        Notice(buffer.Span[..length]);
        return length;
    }

    void Notice(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0 || _answered > MinorVersion || _current is not { } request) return;
        request.Answered(clock.GetTimestamp());
        if (_answered + bytes.Length > MinorVersion) _spent = bytes[MinorVersion - _answered] == '0';
        _answered += bytes.Length;
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

/// <summary>Nothing was sent: the connection's receiver closes it after each answer, so the request belongs on another one.</summary>
internal sealed class SpentConnectionException() : IOException("The connection is not used again: its last answer was HTTP/1.0.");
