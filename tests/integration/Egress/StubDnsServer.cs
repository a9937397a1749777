using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Nova.Egress;
using Nova.UnitTests.Egress;

namespace Nova.IntegrationTests.Egress;

/// <summary>A question as it reached the server.</summary>
/// <param name="Name">In lower case.</param>
/// <param name="Type">A or AAAA.</param>
/// <param name="ByTcp">It came by TCP.</param>
/// <param name="Extended">It had an OPT record.</param>
internal readonly record struct StubQuestion(string Name, ushort Type, bool ByTcp, bool Extended);

/// <summary>What the server says.</summary>
internal sealed record StubReply
{
    public byte Code { get; init; }
    public bool Truncated { get; init; }
    public uint Lifetime { get; init; } = 60;
    public IReadOnlyList<(string Type, string Value)> Records { get; init; } = [];

    /// <summary>Forged packets with wrong ids and questions go before the true one.</summary>
    public bool ForgedFirst { get; init; }

    public static StubReply Of(params string[] addresses) =>
        new() { Records = [.. addresses.Select(address => (address.Contains(':', StringComparison.Ordinal) ? "AAAA" : "A", address))] };
}

/// <summary>A name server on loopback, by UDP and TCP, that answers by a rule. Null: it stays silent.</summary>
internal sealed class StubDnsServer : IAsyncDisposable
{
    readonly Socket _udp;
    readonly Socket _tcp;
    readonly CancellationTokenSource _stop = new();
    readonly Func<StubQuestion, Task<StubReply?>> _rule;
    readonly Task _serving;

    public StubDnsServer(Func<StubQuestion, Task<StubReply?>> rule)
    {
        _rule = rule;
        (_udp, _tcp) = BindBoth();
        EndPoint = (IPEndPoint)_udp.LocalEndPoint!;
        _tcp.Listen(16);
        _serving = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    public StubDnsServer(Func<StubQuestion, StubReply?> rule) : this(question => Task.FromResult(rule(question))) { }

    public IPEndPoint EndPoint { get; }

    public List<StubQuestion> Questions { get; } = [];

    /// <summary>Answers as ssrf_dns.tsv says; a name with a sequence moves on with each look-up.</summary>
    public static StubDnsServer OfCorpus()
    {
        Dictionary<(string, ushort), int> asked = [];
        return new(question =>
        {
            if (CorpusName.Find(question.Name) is not { } name) return new() { Code = 3 };
            var count = asked[(question.Name, question.Type)] = asked.GetValueOrDefault((question.Name, question.Type)) + 1;
            var answer = name.Answers[Math.Min(count, name.Answers.Count) - 1];
            return answer.Code switch
            {
                "TIMEOUT" => null,
                "SERVFAIL" => new() { Code = 2 },
                "NXDOMAIN" => new() { Code = 3 },
                _ => new() { Records = answer.Records, Lifetime = 0 },
            };
        });
    }

    public int Count(string name)
    {
        lock (Questions) return Questions.Count(question => question.Name == name);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _udp.Dispose();
        _tcp.Dispose();
        _stop.Dispose();
    }

    /// <summary>Both on one port: the system gives a free one of TCP, whose number UDP may have in use.</summary>
    static (Socket Udp, Socket Tcp) BindBoth()
    {
        while (true)
        {
            var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                udp.Bind(tcp.LocalEndPoint!);
                return (udp, tcp);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                tcp.Dispose();
                udp.Dispose();
            }
        }
    }

    async Task ServeUdpAsync()
    {
        var buffer = new byte[4096];
        List<Task> answering = [];
        try
        {
            while (true)
            {
                var received = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                answering.Add(AnswerUdpAsync(buffer.AsSpan(0, received.ReceivedBytes).ToArray(), received.RemoteEndPoint));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
        await Task.WhenAll(answering);
    }

    async Task AnswerUdpAsync(byte[] query, EndPoint from)
    {
        try
        {
            if (await ReplyAsync(query, byTcp: false) is not var (reply, forgedFirst)) return;
            if (forgedFirst)
            {
                byte[] wrongId = [.. reply];
                wrongId[0] ^= 0xff;
                byte[] wrongName = [.. reply];
                wrongName[13] ^= 1;
                byte[] question = [.. query];
                foreach (var packet in new[] { wrongId, wrongName, question, [1, 2, 3] }) await _udp.SendToAsync(packet, from);
            }
            await _udp.SendToAsync(reply, from);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The asker has gone.
        }
    }

    async Task ServeTcpAsync()
    {
        try
        {
            while (true)
            {
                using var socket = await _tcp.AcceptAsync(_stop.Token);
                await using var stream = new NetworkStream(socket);
                var length = new byte[2];
                await stream.ReadExactlyAsync(length, _stop.Token);
                var query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(query, _stop.Token);
                if (await ReplyAsync(query, byTcp: true) is not var (reply, _)) continue;
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)reply.Length);
                await stream.WriteAsync((byte[])[.. length, .. reply], _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    async Task<(byte[] Reply, bool ForgedFirst)?> ReplyAsync(byte[] query, bool byTcp)
    {
        var (name, end) = ReadName(query);
        var type = BinaryPrimitives.ReadUInt16BigEndian(query.AsSpan(end));
        var question = new StubQuestion(name.ToLowerInvariant(), type, byTcp, Extended: query[11] == 1);
        lock (Questions) Questions.Add(question);
        if (await _rule(question) is not { } reply) return null;

        List<byte> bytes = [.. query[..(end + 4)]];
        bytes[2] = (byte)(reply.Truncated ? 0x83 : 0x81);
        bytes[3] = (byte)(0x80 | reply.Code);
        bytes[11] = 0;
        byte[] owner = [0xc0, 12];
        var count = 0;
        foreach (var (recordType, value) in reply.Records)
        {
            var (number, data) = recordType switch
            {
                "CNAME" => ((ushort)5, WriteName(value)),
                "AAAA" => (DnsMessage.Aaaa, IPAddress.Parse(value).GetAddressBytes()),
                _ => (DnsMessage.A, IPAddress.Parse(value).GetAddressBytes()),
            };
            if (recordType != "CNAME" && number != question.Type) continue;
            bytes.AddRange([.. owner, 0, (byte)number, 0, 1]);
            var lifetime = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(lifetime, reply.Lifetime);
            bytes.AddRange([.. lifetime, 0, (byte)data.Length, .. data]);
            if (recordType == "CNAME") owner = data;
            count++;
        }
        bytes[7] = (byte)count;
        return ([.. bytes], reply.ForgedFirst);
    }

    static (string Name, int End) ReadName(byte[] query)
    {
        var labels = new List<string>();
        var at = 12;
        for (; query[at] != 0; at += query[at] + 1) labels.Add(Encoding.ASCII.GetString(query, at + 1, query[at]));
        return (string.Join('.', labels), at + 1);
    }

    static byte[] WriteName(string name) =>
        [.. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];
}
