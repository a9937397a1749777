using System.Net;
using Nova.Egress;

namespace Nova.UnitTests.Egress;

public class EgressGuardTests
{
    static readonly EgressOptions HttpToo = new() { AllowHttp = true };

    static EgressGuard NewGuard(EgressOptions? options = null, IDnsResolver? resolver = null) =>
        new(options ?? HttpToo, resolver ?? new CorpusResolver(), new FakeClock(), () => [IPAddress.Parse(CorpusName.OwnAddress)]);

    [Fact]
    public async Task Every_row_of_the_corpus_is_judged_as_it_should_be()
    {
        var rows = Corpus.Rows("ssrf.tsv");
        List<string> wrong = [];
        foreach (var row in rows)
        {
            var (url, expected, why) = (row[0], row[1], row[2]);
            var allowed = await PassesAsync(url);
            if (allowed != (expected == "allow")) wrong.Add($"{url} should be: {expected} ({why})");
        }

        Assert.Equal(493, rows.Count);
        Assert.Empty(wrong);
    }

    /// <summary>Saved, and then dialled at each of the answers that the name has in turn.</summary>
    static async Task<bool> PassesAsync(string url)
    {
        var guard = NewGuard();
        var verdict = guard.Check(url);
        Assert.NotEqual(verdict.Uri is null, verdict.Fault is null);
        if (!verdict.IsAllowed) return false;
        var name = CorpusName.Find(verdict.Uri.IdnHost);
        if (name is null) return true;
        for (var i = 0; i < name.Answers.Count; i++)
        {
            if (!(await guard.CheckResolvingAsync(url, CancellationToken.None)).IsAllowed) return false;
        }
        return true;
    }

    [Fact]
    public async Task A_name_that_turns_private_after_some_look_ups_is_refused_from_then_on()
    {
        var guard = NewGuard();
        const string url = "https://rebind-2.hooks.example.net/hook";

        Assert.True((await guard.CheckResolvingAsync(url, CancellationToken.None)).IsAllowed);
        Assert.True((await guard.CheckResolvingAsync(url, CancellationToken.None)).IsAllowed);
        Assert.Equal(EgressGuard.Blocked, (await guard.CheckResolvingAsync(url, CancellationToken.None)).Fault);
    }

    [Fact]
    public async Task The_hosts_own_address_is_refused_even_where_it_is_public()
    {
        var guard = NewGuard();

        Assert.True(EgressGuard.IsPublic(IPAddress.Parse(CorpusName.OwnAddress)));
        Assert.False(guard.MayDial(IPAddress.Parse(CorpusName.OwnAddress), 443));
        var verdict = await guard.CheckResolvingAsync("https://selfv4.hooks.example.net/", CancellationToken.None);
        Assert.Equal(EgressGuard.Blocked, verdict.Fault);
    }

    [Theory]
    [InlineData("https://nx.hooks.example.net/", "The name nx.hooks.example.net does not exist in DNS.")]
    [InlineData("https://empty.hooks.example.net/", "The name empty.hooks.example.net has no address in DNS.")]
    [InlineData("https://slow.hooks.example.net/", "The name servers of slow.hooks.example.net did not answer within 2 s.")]
    [InlineData("https://servfail.hooks.example.net/", "The look-up of servfail.hooks.example.net failed")]
    public async Task A_name_without_an_address_is_refused_with_the_reason(string url, string reason)
    {
        var verdict = await NewGuard().CheckResolvingAsync(url, CancellationToken.None);

        Assert.StartsWith(reason, verdict.Fault, StringComparison.Ordinal);
        Assert.EndsWith("try again.", verdict.Fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "Enter a URL")]
    [InlineData("", "Enter a URL")]
    [InlineData("http://hooks.example.com/", "this server does not send over plain http")]
    [InlineData("ftp://hooks.example.com/", "must start with https://")]
    [InlineData("https://user:pw@hooks.example.com/", "custom header")]
    [InlineData("https://hooks.example.com:22/", "Port 22")]
    [InlineData("https://hooks.example.com/a b", "Percent-encode")]
    [InlineData("https://127.1/", "four decimal numbers")]
    [InlineData("https://[::1%25lo]/", "without a zone")]
    [InlineData("https://hooks..example.com/", "not a valid name")]
    [InlineData("https://192.168.1.1/", "public")]
    [InlineData("https://[fd00::1]/", "public")]
    [InlineData("https://localhost/", "public")]
    [InlineData("https://metadata.google.internal/", "public")]
    public void A_refusal_says_what_to_do(string? url, string part) =>
        Assert.Contains(part, NewGuard(new()).Check(url).Fault, StringComparison.Ordinal);

    [Fact]
    public void Too_long_is_past_2048_characters()
    {
        var url = "https://hooks.example.com/" + new string('a', 2048 - 26);

        Assert.True(NewGuard().Check(url).IsAllowed);
        Assert.Contains("2049", NewGuard().Check(url + "a").Fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://hooks.example.com./hook", "https://hooks.example.com/hook")]
    [InlineData("https://hooks.example.com.:8443/a.b", "https://hooks.example.com:8443/a.b")]
    [InlineData("HTTPS://HOOKS.EXAMPLE.COM/Hook?A=%20B", "https://hooks.example.com/Hook?A=%20B")]
    public void An_allowed_url_is_handed_on_as_it_is_dialled(string url, string dialled) =>
        Assert.Equal(dialled, NewGuard().Check(url).Uri?.AbsoluteUri);

    [Theory]
    [InlineData("http://127.0.0.1:9000/hook")]
    [InlineData("http://localhost:9000/hook")]
    [InlineData("http://[::1]:9000/hook")]
    public async Task Loopback_works_for_development_once_it_is_allowed(string url)
    {
        var resolver = new CorpusResolver { ["localhost"] = ["127.0.0.1", "::1"] };
        var both = NewGuard(new() { AllowHttp = true, AllowedNetworks = ["127.0.0.0/8"] }, resolver);
        var networkOnly = NewGuard(new() { AllowedNetworks = ["127.0.0.0/8"] }, resolver);
        var httpOnly = NewGuard(HttpToo, resolver);

        Assert.True((await both.CheckResolvingAsync(url, CancellationToken.None)).IsAllowed);
        Assert.False((await networkOnly.CheckResolvingAsync(url, CancellationToken.None)).IsAllowed);
        Assert.False((await httpOnly.CheckResolvingAsync(url, CancellationToken.None)).IsAllowed);
    }

    [Fact]
    public async Task Local_names_are_judged_by_their_addresses_once_networks_are_allowed()
    {
        var resolver = new CorpusResolver
        {
            ["receiver"] = ["10.1.2.3"], ["other.internal"] = ["192.168.1.1"], ["metadata.goog"] = ["10.1.2.3"],
        };
        var guard = NewGuard(new() { AllowedNetworks = ["10.0.0.0/8"] }, resolver);

        Assert.True((await guard.CheckResolvingAsync("https://receiver/", CancellationToken.None)).IsAllowed);
        Assert.Equal(EgressGuard.Blocked, (await guard.CheckResolvingAsync("https://other.internal/", CancellationToken.None)).Fault);
        Assert.Equal(EgressGuard.Blocked, guard.Check("https://metadata.goog/").Fault);
        Assert.Equal(EgressGuard.Blocked, NewGuard().Check("https://receiver/").Fault);
    }

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.170.2")]
    [InlineData("168.63.129.16")]
    [InlineData("100.100.100.200")]
    [InlineData("192.0.0.192")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::a9fe:a9fe")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("2002:a9fe:a9fe::1")]
    [InlineData("::a9fe:a9fe")]
    [InlineData("64:ff9b:1:a9fe:a9:fe00::")]
    public void Cloud_metadata_stays_refused_whatever_is_allowed(string address)
    {
        var guard = NewGuard(new() { AllowedNetworks = ["0.0.0.0/0", "::/0"] });

        Assert.False(guard.MayDial(IPAddress.Parse(address), 80));
        Assert.True(guard.MayDial(IPAddress.Parse("10.0.0.1"), 80));
    }

    [Fact]
    public void An_allowed_translator_does_not_let_private_addresses_through()
    {
        var guard = NewGuard(new() { AllowedNetworks = ["64:ff9b::/96"] });

        Assert.True(guard.MayDial(IPAddress.Parse("64:ff9b::5db8:d822"), 443));
        Assert.False(guard.MayDial(IPAddress.Parse("64:ff9b::a00:1"), 443));
    }

    [Fact]
    public void A_network_can_be_allowed_for_one_port_and_a_public_one_denied()
    {
        var guard = NewGuard(new() { AllowedNetworks = ["10.0.0.5/32:8080, fd00::/8:443"], DeniedNetworks = ["93.184.216.0/24"] });

        Assert.True(guard.MayDial(IPAddress.Parse("10.0.0.5"), 8080));
        Assert.False(guard.MayDial(IPAddress.Parse("10.0.0.5"), 8081));
        Assert.False(guard.MayDial(IPAddress.Parse("10.0.0.6"), 8080));
        Assert.True(guard.MayDial(IPAddress.Parse("fd12::1"), 443));
        Assert.False(guard.MayDial(IPAddress.Parse("93.184.216.34"), 443));
        Assert.True(guard.MayDial(IPAddress.Parse("93.184.217.34"), 443));
    }

    [Theory]
    [InlineData("0.255.255.255", false)]
    [InlineData("1.0.0.0", true)]
    [InlineData("100.63.255.255", true)]
    [InlineData("100.64.0.0", false)]
    [InlineData("100.127.255.255", false)]
    [InlineData("100.128.0.0", true)]
    [InlineData("126.255.255.255", true)]
    [InlineData("127.0.0.0", false)]
    [InlineData("128.0.0.0", true)]
    [InlineData("168.63.129.15", true)]
    [InlineData("168.63.129.16", false)]
    [InlineData("172.32.0.0", true)]
    [InlineData("198.17.255.255", true)]
    [InlineData("198.19.255.255", false)]
    [InlineData("223.255.255.255", true)]
    [InlineData("224.0.0.0", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::ffff:127.0.0.2", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("::1%1", false)]
    [InlineData("1fff:ffff::1", false)]
    [InlineData("2000::1", true)]
    [InlineData("2001:1ff:ffff::1", false)]
    [InlineData("2001:200::1", true)]
    [InlineData("3fff:1000::1", true)]
    [InlineData("4000::1", false)]
    [InlineData("2606:2800::5efe:808:808", true)]
    [InlineData("2606:2800::200:5efe:10.0.0.1", false)]
    public void The_edges_of_the_ranges_are_where_the_registries_have_them(string address, bool isPublic) =>
        Assert.Equal(isPublic, EgressGuard.IsPublic(IPAddress.Parse(address)));

    [Fact]
    public void Through_a_proxy_the_text_of_the_url_is_still_checked()
    {
        var guard = NewGuard(new() { Proxy = new("http://127.0.0.1:3128") }, new CorpusResolver());

        Assert.True(guard.Check("https://hooks.example.com/").IsAllowed);
        Assert.Equal(EgressGuard.Blocked, guard.Check("https://10.0.0.1/").Fault);
        Assert.Equal(EgressGuard.Blocked, guard.Check("https://localhost/").Fault);
    }

    /// <summary>The names of ssrf_dns.tsv and those that a test adds.</summary>
    sealed class CorpusResolver : Dictionary<string, string[]>, IDnsResolver
    {
        readonly Dictionary<string, int> _asked = [];

        public Task<DnsAnswer> ResolveAsync(string name, CancellationToken cancellation)
        {
            if (TryGetValue(name, out var own)) return Task.FromResult(Answer(own));
            if (CorpusName.Find(name) is not { } row) return Task.FromResult(DnsAnswer.NotFound);
            var count = _asked[name] = _asked.GetValueOrDefault(name) + 1;
            var answer = row.Answers[Math.Min(count, row.Answers.Count) - 1];
            return Task.FromResult(answer.Code switch
            {
                "OK" => Answer(answer.Addresses),
                "NXDOMAIN" => DnsAnswer.NotFound,
                "NODATA" => DnsAnswer.NoAddress,
                "TIMEOUT" => DnsAnswer.Timeout,
                _ => DnsAnswer.Error,
            });
        }

        static DnsAnswer Answer(IEnumerable<string> addresses) => new([.. addresses.Select(IPAddress.Parse)], DnsFault.None);
    }
}
