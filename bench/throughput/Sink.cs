using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Nova.Throughput;

/// <summary>What the sink has seen since it was last reset. Latencies are from the publisher's sending to the sink's receiving.</summary>
internal sealed record SinkStats(
    long Requests, long Slow, long Distinct, long Duplicates, long Malformed, Dictionary<int, long> Latency, Dictionary<int, long> PerSecond);

/// <summary>
/// The receiver: answers 200 to every POST as cheaply as can be, so that it is not what is measured. Counts, finds duplicates by the
/// number in the body, and keeps a histogram of latencies.
/// </summary>
/// <remarks>
/// It reads no header but Content-Length and allocates nothing per request. Paths: <c>/3</c> is receiver 3 of a fan-out (0 to 63);
/// <c>/slow/250</c> answers after 250 ms; <c>GET /count</c> and <c>GET /stats</c> are its own, <c>DELETE /stats</c> forgets.
/// Run with <c>DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1</c>, which saves a thread hop per request.
/// </remarks>
internal sealed class Sink
{
    /// <summary>A request with its headers has to fit: bodies here are 1 KiB.</summary>
    const int BufferSize = 16 * 1024;

    static readonly byte[] Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray();

    readonly NumberSet[] _seen = [.. Enumerable.Range(0, 64).Select(_ => new NumberSet())];
    readonly Histogram _latency = new();
    readonly long[] _perSecond = new long[3600];
    long _requests;
    long _slow;
    long _distinct;
    long _duplicates;
    long _malformed;
    long _startedAt = Clock.Micros;

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellation)
    {
        var port = arguments.Number("port", 0, 0, 65535);
        arguments.RefuseUnknown();
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(1024);
        Console.WriteLine($"listening {((IPEndPoint)listener.LocalEndPoint!).Port}");
        var sink = new Sink();
        while (true)
        {
            var socket = await listener.AcceptAsync(cancellation);
            _ = sink.ServeAsync(socket);
        }
    }

    async Task ServeAsync(Socket socket)
    {
        var buffer = new byte[BufferSize];
        var filled = 0;
        using var _ = socket;
        socket.NoDelay = true;
        try
        {
            while (true)
            {
                var read = await socket.ReceiveAsync(buffer.AsMemory(filled), SocketFlags.None);
                if (read == 0)
                    return;
                filled += read;
                while (Take(buffer.AsSpan(0, filled)) is { Length: > 0 } request)
                {
                    if (request.Delay > 0)
                        await Clock.Wait(TimeSpan.FromMilliseconds(request.Delay), CancellationToken.None);
                    await socket.SendAsync(request.Answer ?? Ok, SocketFlags.None);
                    filled -= request.Length;
                    if (filled > 0)
                        buffer.AsSpan(request.Length, filled).CopyTo(buffer);
                }

                if (filled == buffer.Length)
                    return;
            }
        }
        catch (SocketException)
        {
            // The other side went away in the middle: what it lost shows in the counts.
        }
    }

    /// <param name="Length">Bytes of the first request in the buffer; 0 while it is incomplete.</param>
    /// <param name="Delay">Milliseconds until it is answered.</param>
    /// <param name="Answer">Null: the plain 200.</param>
    readonly record struct Request(int Length, int Delay, byte[]? Answer);

    Request Take(ReadOnlySpan<byte> buffer)
    {
        var head = buffer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return default;
        var length = head + 4 + ContentLength(buffer[..head]);
        if (buffer.Length < length)
            return default;
        if (buffer.StartsWith("POST "u8))
            return new Request(length, Count(buffer[5..head], buffer[(head + 4)..length]), null);
        if (buffer.StartsWith("DELETE "u8))
            Reset();
        return new Request(length, 0, buffer.StartsWith("GET /count"u8) ? Answer("text/plain", Encoding.ASCII.GetBytes($"{_distinct + _slow}")) : Stats());
    }

    /// <summary>Counts a delivery and says after how many milliseconds it is to be answered.</summary>
    int Count(ReadOnlySpan<byte> path, ReadOnlySpan<byte> body)
    {
        var now = Clock.Micros;
        if (path.StartsWith("/slow/"u8))
        {
            Interlocked.Increment(ref _slow);
            return (int)Payload.Read(path[6..]);
        }

        Interlocked.Increment(ref _requests);
        var second = (now - Volatile.Read(ref _startedAt)) / 1_000_000;
        if (second < _perSecond.Length)
            Interlocked.Increment(ref _perSecond[second]);

        var marker = body.IndexOf(Payload.NumberMarker);
        if (marker < 0 || body.Length < marker + 64)
        {
            Interlocked.Increment(ref _malformed);
            return 0;
        }

        var offset = marker + Payload.NumberMarker.Length;
        var number = Payload.Read(body.Slice(offset, Payload.NumberWidth)) - Payload.NumberBase;
        var sentAt = Payload.Read(body.Slice(Payload.TimeOffset(offset), Payload.TimeWidth)) - Payload.TimeBase;
        if (sentAt > 0)
            _latency.Record(now - sentAt);
        if (_seen[Payload.Read(path[1..]) & 63].Add(number))
            Interlocked.Increment(ref _distinct);
        else
            Interlocked.Increment(ref _duplicates);
        return 0;
    }

    static int ContentLength(ReadOnlySpan<byte> head)
    {
        var at = head.IndexOf("\r\nContent-Length: "u8);
        if (at >= 0)
            return (int)Payload.Read(head[(at + 18)..]);
        // Another spelling: slower, and right.
        var text = Encoding.ASCII.GetString(head);
        var start = text.IndexOf("\r\ncontent-length:", StringComparison.OrdinalIgnoreCase);
        return start < 0 ? 0 : (int)Payload.Read(Encoding.ASCII.GetBytes(text[(start + 17)..].TrimStart()));
    }

    void Reset()
    {
        _requests = _slow = _distinct = _duplicates = _malformed = 0;
        _latency.Clear();
        Array.Clear(_perSecond);
        foreach (var numbers in _seen)
            numbers.Clear();
        Volatile.Write(ref _startedAt, Clock.Micros);
    }

    byte[] Stats()
    {
        var perSecond = new Dictionary<int, long>();
        for (var second = 0; second < _perSecond.Length; second++)
        {
            if (_perSecond[second] > 0)
                perSecond[second] = _perSecond[second];
        }

        var stats = new SinkStats(
            Volatile.Read(ref _requests), Volatile.Read(ref _slow), Volatile.Read(ref _distinct), Volatile.Read(ref _duplicates),
            Volatile.Read(ref _malformed), _latency.Read(), perSecond);
        return Answer("application/json", JsonSerializer.SerializeToUtf8Bytes(stats, JsonSerializerOptions.Web));
    }

    static byte[] Answer(string type, byte[] body) =>
        [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];
}
