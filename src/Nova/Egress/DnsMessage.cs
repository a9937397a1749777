using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Nova.Egress;

/// <summary>
/// Writes DNS queries and reads answers (RFC 1035, 3596, 6891), as much as finding addresses needs. Believes no length and no pointer.
/// </summary>
internal static class DnsMessage
{
    public const ushort A = 1;
    public const ushort Aaaa = 28;
    const ushort Cname = 5;
    const ushort Opt = 41;
    const ushort Internet = 1;
    const int HeaderLength = 12;

    /// <summary>Longest UDP answer that is asked for: fits the smallest IPv6 MTU, DNS flag day 2020.</summary>
    public const int MaxUdp = 1232;

    /// <summary>Header, the longest name, question and OPT record.</summary>
    public const int MaxQuery = HeaderLength + 255 + 4 + 11;

    /// <summary>Links of a CNAME chain that are followed; resolvers stop between 8 and 17.</summary>
    const int MaxChain = 16;

    /// <summary>The length written, or 0 where the name cannot be asked for.</summary>
    public static int WriteQuery(Span<byte> output, ushort id, string name, ushort type, bool extended)
    {
        output[..HeaderLength].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(output, id);
        output[2] = 1; // Recursion desired.
        output[5] = 1; // One question.
        if (name.Length is 0 or > 253) return 0;
        var at = HeaderLength;
        foreach (var range in name.AsSpan().Split('.'))
        {
            var label = name.AsSpan()[range];
            if (label.Length is 0 or > 63) return 0;
            output[at++] = (byte)label.Length;
            at += Encoding.ASCII.GetBytes(label, output[at..]);
        }
        output[at++] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(output[at..], type);
        BinaryPrimitives.WriteUInt16BigEndian(output[(at + 2)..], Internet);
        at += 4;
        if (!extended) return at;
        output[11] = 1; // One additional record: OPT, root name, the UDP size in place of the class, no options.
        output.Slice(at, 11).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(output[(at + 1)..], Opt);
        BinaryPrimitives.WriteUInt16BigEndian(output[(at + 3)..], MaxUdp);
        return at + 11;
    }

    /// <summary>Reads an answer to this very question; <see cref="DnsReplyKind.NotOurs"/> for anything else that arrives.</summary>
    public static DnsReply Read(ReadOnlySpan<byte> message, ushort id, string name, ushort type)
    {
        if (message.Length < HeaderLength || BinaryPrimitives.ReadUInt16BigEndian(message) != id) return DnsReply.Of(DnsReplyKind.NotOurs);
        // A response, to a standard query, with one question.
        if ((message[2] & 0xf8) != 0x80) return DnsReply.Of(DnsReplyKind.NotOurs);
        var code = message[3] & 0x0f;
        // A server that does not know OPT may send the header alone.
        if (code == 1) return DnsReply.Of(DnsReplyKind.FormatError);
        var reader = new Reader(message, HeaderLength);
        if (BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != 1
            || !reader.TryName(out var asked) || !reader.TryUInt16(out var askedType) || !reader.TryUInt16(out var askedClass)
            || !asked.Equals(name, StringComparison.OrdinalIgnoreCase) || askedType != type || askedClass != Internet)
            return DnsReply.Of(DnsReplyKind.NotOurs);
        if ((message[2] & 2) != 0) return DnsReply.Of(DnsReplyKind.Truncated);
        return code switch
        {
            0 => ReadAnswers(ref reader, BinaryPrimitives.ReadUInt16BigEndian(message[6..]), name, type),
            3 => DnsReply.Of(DnsReplyKind.NoSuchName),
            _ => DnsReply.Of(DnsReplyKind.Failure),
        };
    }

    static DnsReply ReadAnswers(ref Reader reader, int count, string name, ushort type)
    {
        Dictionary<string, (string Target, uint Ttl)> aliases = new(StringComparer.OrdinalIgnoreCase);
        List<(string Owner, IPAddress Address, uint Ttl)> found = [];
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryName(out var owner) || !reader.TryUInt16(out var recordType) || !reader.TryUInt16(out var recordClass)
                || !reader.TryUInt32(out var ttl) || !reader.TryUInt16(out var length) || !reader.TryData(length, out var data))
                return DnsReply.Of(DnsReplyKind.Failure);
            if (recordClass != Internet) continue;
            if (recordType == type)
            {
                if (length != (type == A ? 4 : 16)) return DnsReply.Of(DnsReplyKind.Failure);
                found.Add((owner, new IPAddress(data), ttl));
            }
            else if (recordType == Cname)
            {
                if (!reader.TryNameBefore(length, out var target)) return DnsReply.Of(DnsReplyKind.Failure);
                aliases.TryAdd(owner, (target, ttl));
            }
        }

        var lifetime = uint.MaxValue;
        for (var links = 0; links <= MaxChain; links++)
        {
            var addresses = new List<IPAddress>();
            foreach (var record in found)
            {
                if (!record.Owner.Equals(name, StringComparison.OrdinalIgnoreCase)) continue;
                addresses.Add(record.Address);
                lifetime = Math.Min(lifetime, record.Ttl);
            }
            if (addresses.Count > 0) return new(DnsReplyKind.Answer, addresses, lifetime);
            if (!aliases.TryGetValue(name, out var alias)) return DnsReply.Of(DnsReplyKind.Answer);
            name = alias.Target;
            lifetime = Math.Min(lifetime, alias.Ttl);
        }
        return DnsReply.Of(DnsReplyKind.Failure);
    }

    ref struct Reader(ReadOnlySpan<byte> message, int at)
    {
        readonly ReadOnlySpan<byte> _message = message;
        int _at = at;

        public bool TryUInt16(out ushort value)
        {
            value = 0;
            if (_message.Length - _at < 2) return false;
            value = BinaryPrimitives.ReadUInt16BigEndian(_message[_at..]);
            _at += 2;
            return true;
        }

        public bool TryUInt32(out uint value)
        {
            value = 0;
            if (_message.Length - _at < 4) return false;
            value = BinaryPrimitives.ReadUInt32BigEndian(_message[_at..]);
            _at += 4;
            return true;
        }

        public bool TryData(int length, out ReadOnlySpan<byte> data)
        {
            data = default;
            if (_message.Length - _at < length) return false;
            data = _message.Slice(_at, length);
            _at += length;
            return true;
        }

        public bool TryName(out string name) => TryNameAt(ref _at, out name);

        /// <summary>A name that fills the data just read; it may point back into the message.</summary>
        public readonly bool TryNameBefore(int length, out string name)
        {
            var start = _at - length;
            return TryNameAt(ref start, out name) && start == _at;
        }

        readonly bool TryNameAt(ref int at, out string name)
        {
            name = "";
            Span<char> text = stackalloc char[255];
            var length = 0;
            var place = at;
            // A pointer must lead to before the place where it stands, so that every name ends.
            var earliest = at;
            var jumped = false;
            while (true)
            {
                if (place >= _message.Length) return false;
                int label = _message[place];
                if (label == 0)
                {
                    if (!jumped) at = place + 1;
                    name = new(text[..length]);
                    return true;
                }
                if ((label & 0xc0) == 0xc0)
                {
                    if (place + 1 >= _message.Length) return false;
                    var target = ((label & 0x3f) << 8) | _message[place + 1];
                    if (target >= earliest) return false;
                    if (!jumped) at = place + 2;
                    jumped = true;
                    earliest = place = target;
                    continue;
                }
                if ((label & 0xc0) != 0 || place + 1 + label > _message.Length || length + label + 1 > 254) return false;
                if (length > 0) text[length++] = '.';
                foreach (var b in _message.Slice(place + 1, label)) text[length++] = (char)b;
                place += 1 + label;
            }
        }
    }
}

/// <param name="Kind">What the server said.</param>
/// <param name="Addresses">Of the name, at the end of its chain of aliases; empty but in an answer.</param>
/// <param name="Lifetime">The least time to live on the way, in seconds.</param>
internal readonly record struct DnsReply(DnsReplyKind Kind, IReadOnlyList<IPAddress> Addresses, uint Lifetime)
{
    public static DnsReply Of(DnsReplyKind kind) => new(kind, [], 0);
}

internal enum DnsReplyKind
{
    /// <summary>Not an answer to this question: late, forged or garbled. Waiting goes on.</summary>
    NotOurs,
    /// <summary>The name is there; it may have no address of this family.</summary>
    Answer,
    NoSuchName,
    /// <summary>More than fits: ask by TCP.</summary>
    Truncated,
    /// <summary>The server does not understand the query; perhaps without OPT it does.</summary>
    FormatError,
    Failure,
    Timeout,
}
