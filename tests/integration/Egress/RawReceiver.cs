using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Nova.IntegrationTests.Egress;

/// <summary>A receiver that does to the wire exactly what a test's script says, connection by connection.</summary>
internal sealed class RawReceiver : IAsyncDisposable
{
    readonly Socket _listener;
    readonly CancellationTokenSource _stop = new();
    readonly Func<RawConnection, Task> _script;
    readonly X509Certificate2? _certificate;
    readonly List<Task> _connections = [];
    readonly Task _accepting;
    int _connectionCount;

    public RawReceiver(Func<RawConnection, Task> script, X509Certificate2? certificate = null, IPAddress? address = null)
    {
        _script = script;
        _certificate = certificate;
        address ??= IPAddress.Loopback;
        _listener = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(address, 0));
        _listener.Listen(64);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        Address = address;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public IPAddress Address { get; }

    /// <summary>TCP connections that were accepted.</summary>
    public int Connections => Volatile.Read(ref _connectionCount);

    /// <summary>Requests that were read whole, in order of arrival.</summary>
    public List<RawRequest> Requests { get; } = [];

    /// <summary>Answers every request with this, on connections that stay open.</summary>
    public static RawReceiver Answering(string answer, X509Certificate2? certificate = null, IPAddress? address = null) => new(
        async connection =>
        {
            while (await connection.ReadAsync() is not null) await connection.WriteAsync(answer);
        },
        certificate, address);

    /// <summary>
    /// Connects until a listener that accepts nothing takes no more: from then on it is silent, for Linux drops what asks for a connection past a full queue.
    /// </summary>
    public static async Task FillQueueAsync(IPEndPoint listener, List<Socket> held)
    {
        // A queue of n holds a few more than n; an answer on loopback takes microseconds, so this is silence on however busy a machine.
        for (var i = 0; i < 64; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            held.Add(socket);
            using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
            try
            {
                await socket.ConnectAsync(listener, limit.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
        Assert.Fail("This system takes connections past a listener's queue: run the tests on Linux.");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        Task[] all;
        lock (_connections) all = [.. _connections];
        await Task.WhenAll(all);
        _stop.Dispose();
    }

    async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync(_stop.Token);
                var number = Interlocked.Increment(ref _connectionCount);
                lock (_connections) _connections.Add(ServeAsync(socket, number));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    async Task ServeAsync(Socket socket, int number)
    {
        await Task.Yield();
        using var _ = socket;
        socket.NoDelay = true;
        try
        {
            var connection = new RawConnection(socket, new NetworkStream(socket, ownsSocket: false), number, Requests, _stop.Token);
            await _script(_certificate is null ? connection : await connection.SecureAsync(_certificate));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException
            or System.Security.Authentication.AuthenticationException)
        {
            // The sender went away, or the test is over.
        }
    }
}

/// <summary>A request as it came over the wire.</summary>
internal sealed record RawRequest(string Head, byte[] Body, int Connection)
{
    public string[] Lines => Head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

    public string[] Header(string name) =>
    [
        .. Lines.Skip(1).Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            .Select(line => line[(name.Length + 1)..].Trim()),
    ];
}

/// <summary>One accepted connection, in the hands of a script.</summary>
internal sealed class RawConnection(Socket socket, Stream stream, int number, List<RawRequest> requests, CancellationToken stopped)
{
    /// <summary>1 for the receiver's first.</summary>
    public int Number => number;

    public Stream Stream => stream;

    /// <summary>Fires when the test is over.</summary>
    public CancellationToken Stopped => stopped;

    /// <summary>The next request, or null when the sender has closed.</summary>
    public async Task<RawRequest?> ReadAsync()
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!EndsHead(head))
        {
            if (await stream.ReadAsync(one, stopped) == 0) return null;
            head.Append((char)one[0]);
        }
        var length = head.ToString().Split("\r\n")
            .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            .Select(line => int.Parse(line.AsSpan(15), System.Globalization.CultureInfo.InvariantCulture))
            .FirstOrDefault();
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, stopped);
        var request = new RawRequest(head.ToString(), body, number);
        lock (requests) requests.Add(request);
        return request;
    }

    public Task WriteAsync(string text) => WriteAsync(Encoding.Latin1.GetBytes(text));

    public async Task WriteAsync(byte[] bytes)
    {
        await stream.WriteAsync(bytes, stopped);
        await stream.FlushAsync(stopped);
    }

    /// <summary>Writes the text again and again, with a pause between, until the sender closes or the test ends.</summary>
    public async Task DripAsync(string text, TimeSpan pause)
    {
        while (true)
        {
            await WriteAsync(text);
            if (pause > TimeSpan.Zero) await Task.Delay(pause, TimeProvider.System, stopped);
        }
    }

    /// <summary>The same connection, under TLS from here on.</summary>
    public async Task<RawConnection> SecureAsync(X509Certificate2 certificate)
    {
        var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stopped);
        return new(socket, tls, number, requests, stopped);
    }

    /// <summary>Closes with RST.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    /// <summary>Sends FIN.</summary>
    public void Finish() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Does nothing until the test is over.</summary>
    public Task HangAsync() => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopped);

    static bool EndsHead(StringBuilder head) =>
        head.Length >= 4 && head[^1] == '\n' && head[^2] == '\r' && head[^3] == '\n' && head[^4] == '\r';
}
