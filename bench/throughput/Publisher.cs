using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace Nova.Throughput;

/// <summary>What a publisher counted. <paramref name="Deliveries"/> is the sum of what the answers promised.</summary>
internal sealed record PublishResult(long Accepted, long Deliveries, long Refused, Dictionary<int, long> Statuses, Dictionary<int, long> Latency);

/// <summary>
/// Publishes events: closed loop (each of N connections sends its next event when the one before was answered), or open loop
/// (<c>--rate</c>: so many a second, whatever the answers do).
/// <c>--count</c> ends it early, after so many events; <c>--under-way</c> holds it back while so many deliveries that were promised have not reached
/// the sink: the pace is then that of the whole chain, and what is measured is not how fast a queue grows.
/// </summary>
/// <remarks>
/// Raw sockets, prebuilt requests of which only number, time and account are patched, and a reader of answers that knows no more HTTP than it must:
/// the publisher shares the machine with what is measured. In open loop an event's time is when it fell due, so that waiting for a free
/// connection counts as latency.
/// </remarks>
internal sealed class Publisher
{
    readonly IPEndPoint _server;
    readonly byte[] _template;
    readonly int _accountOffset;
    readonly int _numberOffset;
    readonly int _accounts;
    readonly Channel<long>? _due;
    readonly Histogram _latency = new();
    readonly long[] _statuses = new long[600];
    int _most;
    int _underWay;
    long _number;
    long _accepted;
    long _deliveries;
    long _refused;
    long _received;
    volatile bool _stopping;

    Publisher(Uri url, string? key, string account, int accounts, int? rate)
    {
        _server = new IPEndPoint(IPAddress.Parse(url.Host), url.Port);
        var body = Payload.Publish(account);
        var authorization = key is null ? "" : $"Authorization: Bearer {key}\r\n";
        var head = Encoding.ASCII.GetBytes(
            $"POST {url.AbsolutePath} HTTP/1.1\r\nHost: {url.Authority}\r\n{authorization}Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n");
        _template = [.. head, .. body];
        _accountOffset = head.Length + body.AsSpan().IndexOf(Encoding.ASCII.GetBytes(account)) + account.Length - 1;
        _numberOffset = head.Length + Payload.NumberOffset(body);
        _accounts = accounts;
        // Bounded: an open loop that runs a minute behind has found its answer.
        if (rate is { } perSecond)
            _due = Channel.CreateBounded<long>(new BoundedChannelOptions(perSecond * 60) { SingleWriter = true, FullMode = BoundedChannelFullMode.Wait });
    }

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellation)
    {
        var url = new Uri(arguments.Required("url"));
        var connections = arguments.Number("connections", 64, 1, 4096);
        var warmUp = arguments.Number("warmup", 3, 0, 600);
        var seconds = arguments.Number("seconds", 10, 1, 3600);
        var rate = arguments.Number("rate", 0, 0, 1_000_000);
        var publisher = new Publisher(
            url, arguments.Text("key"), arguments.Text("account") ?? "bench-0", arguments.Number("accounts", 1, 1, 10),
            rate > 0 ? rate : null)
        {
            _most = arguments.Number("count", int.MaxValue, 1, int.MaxValue),
            _underWay = arguments.Number("under-way", int.MaxValue, 1, int.MaxValue),
        };
        var sink = arguments.Text("sink");
        arguments.RefuseUnknown();

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var stopping = stop.Token.Register(() => publisher._stopping = true);
        var loops = Enumerable.Range(0, connections).Select(_ => Task.Run(publisher.ConnectionAsync, cancellation)).ToList();
        if (rate > 0)
            loops.Add(publisher.PaceAsync(rate, stop.Token));
        if (sink is not null)
            loops.Add(publisher.FollowAsync(new Uri(sink), stop.Token));
        var window = Window.PassAsync(warmUp, seconds, publisher.Status, stop, stop.Token);
        var all = Task.WhenAll(loops);
        // First of the two: the loops end by themselves where there is a count, or a fault.
        await Task.WhenAny(window, all);
        await stop.CancelAsync();
        await all;
        Window.Done(publisher.Result());
        return 0;
    }

    string Status() => $"{Interlocked.Read(ref _accepted)} {Interlocked.Read(ref _deliveries)} {Interlocked.Read(ref _refused)}";

    PublishResult Result() => new(
        _accepted, _deliveries, _refused,
        Enumerable.Range(0, _statuses.Length).Where(status => _statuses[status] > 0).ToDictionary(status => status, status => _statuses[status]),
        _latency.Read());

    /// <summary>Releases what fell due every millisecond: no timer is finer, and to spin would take a core from what is measured.</summary>
    async Task PaceAsync(int rate, CancellationToken cancellation)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        var start = Clock.Micros;
        var released = 0L;
        try
        {
            while (await tick.WaitForNextTickAsync(cancellation))
            {
                var now = Clock.Micros;
                for (var due = (now - start) * rate / 1_000_000; released < due; released++)
                    await _due!.Writer.WriteAsync(now, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // The window is over.
        }
        finally
        {
            _due!.Writer.Complete();
        }
    }

    /// <summary>Asks the sink every few milliseconds how much it has had.</summary>
    async Task FollowAsync(Uri sink, CancellationToken cancellation)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Parse(sink.Host), sink.Port, cancellation);
        var request = Encoding.ASCII.GetBytes($"GET /count HTTP/1.1\r\nHost: {sink.Authority}\r\n\r\n");
        var answer = new byte[1024];
        try
        {
            while (await tick.WaitForNextTickAsync(cancellation))
            {
                await socket.SendAsync(request, SocketFlags.None);
                // The sink writes its answer in one piece, and it is small.
                var length = await socket.ReceiveAsync(answer, SocketFlags.None);
                var body = answer.AsSpan(0, length);
                Volatile.Write(ref _received, Payload.Read(body[(body.IndexOf("\r\n\r\n"u8) + 4)..]));
            }
        }
        catch (OperationCanceledException)
        {
            // The window is over.
        }
    }

    async Task ConnectionAsync()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(_server);
        var request = (byte[])_template.Clone();
        var answer = new byte[16 * 1024];
        while (!_stopping)
        {
            if (Volatile.Read(ref _deliveries) - Volatile.Read(ref _received) > _underWay)
            {
                await Clock.Wait(TimeSpan.FromMilliseconds(1), CancellationToken.None);
                continue;
            }

            var sentAt = Clock.Micros;
            if (_due is not null)
            {
                // Not WaitToReadAsync: each event would wake every connection that is idle, only to find that another was quicker.
                try
                {
                    sentAt = await _due.Reader.ReadAsync();
                }
                catch (ChannelClosedException)
                {
                    return;
                }
            }

            var number = Interlocked.Increment(ref _number) - 1;
            if (number >= _most)
                return;
            request[_accountOffset] = (byte)('0' + number % _accounts);
            Payload.Write(request.AsSpan(_numberOffset, Payload.NumberWidth), Payload.NumberBase + number);
            Payload.Write(request.AsSpan(Payload.TimeOffset(_numberOffset), Payload.TimeWidth), Payload.TimeBase + sentAt);
            await socket.SendAsync(request, SocketFlags.None);

            var filled = 0;
            Answer read;
            do
            {
                var count = await socket.ReceiveAsync(answer.AsMemory(filled), SocketFlags.None);
                if (count == 0)
                    throw new IOException("The server closed a connection in the middle of an answer.");
                filled += count;
                read = Read(answer.AsSpan(0, filled));
            }
            while (!read.Complete);

            Interlocked.Increment(ref _statuses[Math.Clamp(read.Status, 0, 599)]);
            if (read.Status == 202)
            {
                _latency.Record(Clock.Micros - sentAt);
                Interlocked.Increment(ref _accepted);
                Interlocked.Add(ref _deliveries, read.Deliveries);
            }
            else
            {
                if (Interlocked.Increment(ref _refused) == 1)
                    await Console.Error.WriteLineAsync(Encoding.UTF8.GetString(answer, 0, filled));
                // Refused for being too busy or for a mistake of ours: to ask again at once would measure the refusing.
                await Clock.Wait(TimeSpan.FromMilliseconds(20), CancellationToken.None);
            }
        }
    }

    readonly record struct Answer(bool Complete, int Status, long Deliveries);

    static Answer Read(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return default;
        var body = answer[(head + 4)..];
        var at = answer[..head].IndexOf("\r\nContent-Length: "u8);
        var complete = at >= 0
            ? body.Length >= Payload.Read(answer[(at + 18)..])
            : body.EndsWith("0\r\n\r\n"u8);
        if (!complete)
            return default;
        var marker = body.IndexOf("\"deliveries\":"u8);
        return new Answer(true, (int)Payload.Read(answer[9..]), marker < 0 ? 0 : Payload.Read(body[(marker + 13)..].TrimStart((byte)' ')));
    }
}
