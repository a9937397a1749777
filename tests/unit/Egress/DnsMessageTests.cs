using System.Net;
using Nova.Egress;

namespace Nova.UnitTests.Egress;

public class DnsMessageTests
{
    const string Name = "hooks.example.com";

    static byte[] Query(string name = Name, ushort type = DnsMessage.A, ushort id = 7, bool extended = false)
    {
        var buffer = new byte[DnsMessage.MaxQuery];
        return buffer[..DnsMessage.WriteQuery(buffer, id, name, type, extended)];
    }

    /// <summary>The query turned into an answer, with records behind it.</summary>
    static byte[] Reply(byte[] query, int count, params byte[][] records)
    {
        byte[] reply = [.. query, .. records.SelectMany(record => record)];
        reply[2] = 0x81;
        reply[3] = 0x80;
        reply[7] = (byte)count;
        return reply;
    }

    static byte[] Record(byte[] owner, ushort type, uint ttl, byte[] data) =>
        [.. owner, 0, (byte)type, 0, 1, 0, 0, (byte)(ttl >> 8), (byte)ttl, 0, (byte)data.Length, .. data];

    static readonly byte[] Asked = [0xc0, 12];

    [Fact]
    public void A_query_is_laid_out_as_rfc_1035_says()
    {
        Assert.Equal(
            [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, (byte)'a', 2, (byte)'b', (byte)'c', 0, 0, 28, 0, 1],
            Query("a.bc", DnsMessage.Aaaa, 0x1234));
        Assert.Equal(Query().Length + 11, Query(extended: true).Length);
    }

    [Fact]
    public void A_name_of_full_length_fits_and_a_longer_one_is_not_asked_for()
    {
        var longest = string.Join('.', Enumerable.Repeat(new string('a', 62), 4)) + "a";

        Assert.Equal(252, longest.Length);
        Assert.NotEmpty(Query(longest, extended: true));
        Assert.Empty(Query(longest + "aa"));
        Assert.Empty(Query(new string('a', 64) + ".com"));
        Assert.Empty(Query("a..b"));
    }

    [Fact]
    public void Addresses_at_the_end_of_a_chain_are_found_with_the_least_lifetime()
    {
        byte[] edge = [4, (byte)'e', (byte)'d', (byte)'g', (byte)'e', 0xc0, 18];
        var reply = Reply(Query(), 3,
            Record(Asked, 5, 20, edge),
            Record(edge, DnsMessage.A, 300, [93, 184, 216, 34]),
            Record([3, (byte)'o', (byte)'l', (byte)'d', 0], DnsMessage.A, 1, [10, 0, 0, 1]));

        var read = DnsMessage.Read(reply, 7, Name, DnsMessage.A);

        Assert.Equal(DnsReplyKind.Answer, read.Kind);
        Assert.Equal([IPAddress.Parse("93.184.216.34")], read.Addresses);
        Assert.Equal(20u, read.Lifetime);
    }

    [Fact]
    public void Addresses_of_another_name_are_not_taken()
    {
        var reply = Reply(Query(), 1, Record([4, (byte)'e', (byte)'v', (byte)'i', (byte)'l', 0], DnsMessage.A, 1, [93, 184, 216, 34]));

        var read = DnsMessage.Read(reply, 7, Name, DnsMessage.A);

        Assert.Equal(DnsReplyKind.Answer, read.Kind);
        Assert.Empty(read.Addresses);
    }

    [Fact]
    public void A_chain_that_goes_round_ends()
    {
        var reply = Reply(Query(), 1, Record(Asked, 5, 20, Asked));

        Assert.Equal(DnsReplyKind.Failure, DnsMessage.Read(reply, 7, Name, DnsMessage.A).Kind);
    }

    [Fact]
    public void A_pointer_to_itself_or_forward_is_refused()
    {
        var query = Query();
        foreach (var target in new[] { query.Length, query.Length + 1, query.Length + 20, 0x3fff })
        {
            var reply = Reply(query, 1, Record([(byte)(0xc0 | (target >> 8)), (byte)target], DnsMessage.A, 1, [1, 2, 3, 4]));
            Assert.Equal(DnsReplyKind.Failure, DnsMessage.Read(reply, 7, Name, DnsMessage.A).Kind);
        }
    }

    [Fact]
    public void Only_an_answer_to_the_very_question_counts()
    {
        var reply = Reply(Query(), 1, Record(Asked, DnsMessage.A, 1, [93, 184, 216, 34]));

        Assert.Single(DnsMessage.Read(reply, 7, "HOOKS.example.com", DnsMessage.A).Addresses);
        Assert.Equal(DnsReplyKind.NotOurs, DnsMessage.Read(reply, 8, Name, DnsMessage.A).Kind);
        Assert.Equal(DnsReplyKind.NotOurs, DnsMessage.Read(reply, 7, "hooks.example.org", DnsMessage.A).Kind);
        Assert.Equal(DnsReplyKind.NotOurs, DnsMessage.Read(reply, 7, Name, DnsMessage.Aaaa).Kind);
        Assert.Equal(DnsReplyKind.NotOurs, DnsMessage.Read(Query(), 7, Name, DnsMessage.A).Kind);
        Assert.Equal(DnsReplyKind.NotOurs, DnsMessage.Read([], 7, Name, DnsMessage.A).Kind);
    }

    [Theory]
    [InlineData(0x80, DnsReplyKind.Answer)]
    [InlineData(0x81, DnsReplyKind.FormatError)]
    [InlineData(0x82, DnsReplyKind.Failure)]
    [InlineData(0x83, DnsReplyKind.NoSuchName)]
    [InlineData(0x85, DnsReplyKind.Failure)]
    internal void Codes_are_told_apart(byte code, DnsReplyKind kind)
    {
        var reply = Reply(Query(), 0);
        reply[3] = code;

        Assert.Equal(kind, DnsMessage.Read(reply, 7, Name, DnsMessage.A).Kind);
    }

    [Fact]
    public void No_damage_to_a_message_makes_reading_throw()
    {
        var random = new Random(20260105);
        byte[] alias = [1, (byte)'x', 0xc0, 12];
        var whole = Reply(Query(), 2, Record(Asked, 5, 20, alias), Record(alias, DnsMessage.A, 1, [93, 184, 216, 34]));
        for (var i = 0; i < 50_000; i++)
        {
            var damaged = whole[..random.Next(whole.Length + 1)];
            for (var j = random.Next(4); j > 0 && damaged.Length > 0; j--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            DnsMessage.Read(damaged, 7, Name, DnsMessage.A);
        }
    }
}
