using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Nova.Egress;

/// <summary>
/// Puts one question to the name servers, by UDP and where the answer is too long by TCP. Holds no thread while it waits.
/// </summary>
/// <remarks>
/// Against forged answers: each query has a socket, so a port, of its own, that takes packets from its server only; a random id; and the
/// question in the answer must be the one that was asked.
/// </remarks>
internal sealed class DnsServers(TimeProvider clock)
{
    /// <summary>How long one server is waited for, where it is not the last try: a lost packet costs this much.</summary>
    static readonly TimeSpan PerTry = TimeSpan.FromMilliseconds(800);

    /// <summary>The server that answered last is asked first: a dead one is not waited for each time.</summary>
    volatile int _preferred;

    /// <summary>Never throws; when the token fires the reply is a time-out.</summary>
    public async Task<DnsReply> AskAsync(IReadOnlyList<IPEndPoint> servers, string name, ushort type, CancellationToken cancellation)
    {
        var first = _preferred;
        var tries = Math.Max(2, servers.Count);
        var failed = 0;
        for (var i = 0; i < tries && failed < servers.Count; i++)
        {
            var number = (first + i) % servers.Count;
            var reply = await TryAsync(servers[number], name, type, extended: true, last: i == tries - 1, cancellation);
            if (reply.Kind == DnsReplyKind.FormatError)
                reply = await TryAsync(servers[number], name, type, extended: false, last: true, cancellation);
            if (reply.Kind is DnsReplyKind.Answer or DnsReplyKind.NoSuchName)
            {
                _preferred = number;
                return reply;
            }
            if (cancellation.IsCancellationRequested) return DnsReply.Of(DnsReplyKind.Timeout);
            if (reply.Kind != DnsReplyKind.Timeout) failed++;
        }
        return DnsReply.Of(failed > 0 ? DnsReplyKind.Failure : DnsReplyKind.Timeout);
    }

    async Task<DnsReply> TryAsync(IPEndPoint server, string name, ushort type, bool extended, bool last, CancellationToken cancellation)
    {
        using var timer = last ? null : new CancellationTokenSource(PerTry, clock);
        using var either = timer is null ? null : CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        var token = either?.Token ?? cancellation;
        var buffer = ArrayPool<byte>.Shared.Rent(DnsMessage.MaxUdp);
        try
        {
            var id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
            var length = DnsMessage.WriteQuery(buffer, id, name, type, extended);
            if (length == 0) return DnsReply.Of(DnsReplyKind.NoSuchName);
            var query = buffer.AsSpan(0, length).ToArray();
            var reply = await ByUdpAsync(server, query, buffer, id, name, type, token);
            return reply.Kind == DnsReplyKind.Truncated ? await ByTcpAsync(server, query, id, name, type, token) : reply;
        }
        catch (OperationCanceledException)
        {
            return DnsReply.Of(DnsReplyKind.Timeout);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return DnsReply.Of(DnsReplyKind.Failure);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    static async Task<DnsReply> ByUdpAsync(
        IPEndPoint server, byte[] query, byte[] buffer, ushort id, string name, ushort type, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellation);
        await socket.SendAsync(query, SocketFlags.None, cancellation);
        while (true)
        {
            var length = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellation);
            var reply = DnsMessage.Read(buffer.AsSpan(0, length), id, name, type);
            if (reply.Kind != DnsReplyKind.NotOurs) return reply;
        }
    }

    /// <summary>RFC 7766: each message has its length, two bytes, in front.</summary>
    static async Task<DnsReply> ByTcpAsync(
        IPEndPoint server, byte[] query, ushort id, string name, ushort type, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, cancellation);
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        var framed = new byte[query.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)query.Length);
        query.CopyTo(framed, 2);
        await stream.WriteAsync(framed, cancellation);
        var prefix = new byte[2];
        await stream.ReadExactlyAsync(prefix, cancellation);
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
        await stream.ReadExactlyAsync(message, cancellation);
        var reply = DnsMessage.Read(message, id, name, type);
        // Over TCP there is nothing longer to ask for, and nobody else's message to wait for.
        return reply.Kind is DnsReplyKind.NotOurs or DnsReplyKind.Truncated ? DnsReply.Of(DnsReplyKind.Failure) : reply;
    }
}
