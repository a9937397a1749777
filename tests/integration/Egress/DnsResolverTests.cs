using System.Net;
using Nova.Egress;
using Nova.UnitTests;
using Nova.UnitTests.Egress;

namespace Nova.IntegrationTests.Egress;

public class DnsResolverTests
{
    const string Name = "hooks.example.com";

    /// <summary>Fires only when something is broken.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    readonly FakeClock _clock = new();

    DnsResolver NewResolver(params StubDnsServer[] servers) => NewResolver([], 1, servers);

    DnsResolver NewResolver(string[] search, int dots, params StubDnsServer[] servers)
    {
        var endPoints = servers.Select(server => server.EndPoint).ToArray();
        var settings = ResolverSettings.None with { Servers = endPoints, Search = search, Dots = dots };
        return new(() => settings, _clock);
    }

    static Task<DnsAnswer> AskAsync(DnsResolver resolver, string name = Name) =>
        resolver.ResolveAsync(name, CancellationToken.None).WaitAsync(Patience);

    [Fact]
    public async Task Every_name_of_the_corpus_gives_its_answers_in_turn()
    {
        await using var server = StubDnsServer.OfCorpus();
        var resolver = NewResolver(server);
        foreach (var name in CorpusName.All)
        {
            foreach (var expected in name.Answers)
            {
                var asking = resolver.ResolveAsync(name.Name, CancellationToken.None);
                if (expected.Code == "TIMEOUT")
                {
                    await UntilAsync(() => server.Count(name.Name) >= 2);
                    _clock.Advance(DnsResolver.Limit);
                }
                var answer = await asking.WaitAsync(Patience);

                var fault = expected.Code switch
                {
                    "OK" => DnsFault.None,
                    "NXDOMAIN" => DnsFault.NotFound,
                    "NODATA" => DnsFault.NoAddress,
                    "TIMEOUT" => DnsFault.Timeout,
                    _ => DnsFault.Error,
                };
                Assert.Equal((name.Name, fault), (name.Name, answer.Fault));
                Assert.Equal(expected.Addresses.Select(IPAddress.Parse).Order(ByText), answer.Addresses.Order(ByText));
                // The corpus has a time to live of zero, which is kept for a second.
                _clock.Advance(TimeSpan.FromSeconds(5));
            }
        }
    }

    static readonly IComparer<IPAddress> ByText = Comparer<IPAddress>.Create((a, b) => string.CompareOrdinal(a.ToString(), b.ToString()));

    /// <summary>
    /// Waits for a state that the other side of a socket reaches soon, by looking again after each turn of the scheduler.
    /// </summary>
    static async Task UntilAsync(Func<bool> reached)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!reached())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Theory]
    [InlineData(0u, 1)]
    [InlineData(10u, 10)]
    [InlineData(86400u, 30)]
    public async Task An_answer_is_kept_for_its_time_to_live_within_one_and_thirty_seconds(uint lifetime, int seconds)
    {
        await using var server = new StubDnsServer(_ => StubReply.Of("93.184.216.34") with { Lifetime = lifetime });
        var resolver = NewResolver(server);

        await AskAsync(resolver);
        _clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        await AskAsync(resolver, "HOOKS.example.com.");
        Assert.Equal(2, server.Count(Name));

        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await AskAsync(resolver);
        Assert.Equal(4, server.Count(Name));
    }

    [Fact]
    public async Task A_name_that_is_not_there_is_asked_for_again_after_five_seconds()
    {
        await using var server = new StubDnsServer(_ => new() { Code = 3 });
        var resolver = NewResolver(server);

        Assert.Equal(DnsFault.NotFound, (await AskAsync(resolver)).Fault);
        _clock.Advance(TimeSpan.FromSeconds(4.9));
        await AskAsync(resolver);
        Assert.Equal(2, server.Count(Name));
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        await AskAsync(resolver);
        Assert.Equal(4, server.Count(Name));
    }

    [Fact]
    public async Task Many_who_ask_at_once_share_one_look_up_and_one_who_leaves_does_not_end_it()
    {
        var release = new TaskCompletionSource();
        await using var server = new StubDnsServer(async _ =>
        {
            await release.Task;
            return StubReply.Of("93.184.216.34");
        });
        var resolver = NewResolver(server);
        using var leaving = new CancellationTokenSource();

        var first = resolver.ResolveAsync(Name, leaving.Token);
        var others = Enumerable.Range(0, 50).Select(_ => resolver.ResolveAsync(Name, CancellationToken.None)).ToArray();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        release.SetResult();

        Assert.All(await Task.WhenAll(others).WaitAsync(Patience), answer => Assert.Single(answer.Addresses));
        Assert.Equal(2, server.Count(Name));
    }

    [Fact]
    public async Task An_answer_that_does_not_fit_is_fetched_by_tcp()
    {
        var many = Enumerable.Range(1, 200).Select(i => $"93.184.216.{i}").ToArray();
        await using var server = new StubDnsServer(question => question.ByTcp ? StubReply.Of(many) : new() { Truncated = true });

        Assert.Equal(200, (await AskAsync(NewResolver(server))).Addresses.Count);
    }

    [Fact]
    public async Task A_server_that_does_not_know_extensions_is_asked_without()
    {
        await using var server = new StubDnsServer(question => question.Extended ? new() { Code = 1 } : StubReply.Of("93.184.216.34"));

        Assert.Single((await AskAsync(NewResolver(server))).Addresses);
    }

    [Fact]
    public async Task Forged_packets_are_passed_over()
    {
        await using var server = new StubDnsServer(_ => StubReply.Of("93.184.216.34") with { ForgedFirst = true });

        Assert.Equal([IPAddress.Parse("93.184.216.34")], (await AskAsync(NewResolver(server))).Addresses);
    }

    [Fact]
    public async Task A_server_that_fails_gives_way_to_the_next()
    {
        await using var failing = new StubDnsServer(_ => new() { Code = 2 });
        await using var working = new StubDnsServer(_ => StubReply.Of("93.184.216.34"));
        var resolver = NewResolver(failing, working);

        Assert.Single((await AskAsync(resolver)).Addresses);
        Assert.Single((await AskAsync(resolver, "other.example.com")).Addresses);
        // The one that answered is asked first from then on.
        Assert.Equal(0, failing.Count("other.example.com"));
    }

    [Fact]
    public async Task A_server_that_is_silent_gives_way_to_the_next()
    {
        await using var silent = new StubDnsServer((Func<StubQuestion, StubReply?>)(_ => null));
        await using var working = new StubDnsServer(_ => StubReply.Of("93.184.216.34"));

        var asking = AskAsync(NewResolver(silent, working));
        await UntilAsync(() => silent.Count(Name) == 2);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Single((await asking).Addresses);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_an_error_at_once()
    {
        IPEndPoint nobody;
        await using (var gone = new StubDnsServer(_ => StubReply.Of("93.184.216.34"))) nobody = gone.EndPoint;
        var settings = ResolverSettings.None with { Servers = [nobody] };

        Assert.Equal(DnsFault.Error, (await AskAsync(new DnsResolver(() => settings, _clock))).Fault);
    }

    [Fact]
    public async Task One_family_is_enough_when_the_other_is_never_answered()
    {
        await using var server = new StubDnsServer(question => question.Type == DnsMessage.A ? StubReply.Of("93.184.216.34") : null);
        var counting = new CountingClock(_clock);
        var settings = ResolverSettings.None with { Servers = [server.EndPoint] };

        var asking = AskAsync(new DnsResolver(() => settings, counting));
        // Timers: the whole look-up's, each family's first try, and once the one has answered the wait for the other.
        await UntilAsync(() => counting.TimersMade == 4);
        _clock.Advance(TimeSpan.FromMilliseconds(500));

        Assert.Equal([IPAddress.Parse("93.184.216.34")], (await asking).Addresses);
    }

    sealed class CountingClock(FakeClock clock) : TimeProvider
    {
        int _timersMade;

        public int TimersMade => Volatile.Read(ref _timersMade);

        public override long TimestampFrequency => clock.TimestampFrequency;

        public override long GetTimestamp() => clock.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = clock.CreateTimer(callback, state, dueTime, period);
            Interlocked.Increment(ref _timersMade);
            return timer;
        }
    }

    [Fact]
    public async Task A_dead_domain_takes_no_more_than_its_share_and_holds_up_nobody_else()
    {
        await using var server = new StubDnsServer(question =>
            question.Name.EndsWith("dead.example", StringComparison.Ordinal) ? null : StubReply.Of("93.184.216.34"));
        var resolver = NewResolver(server);

        var dead = Enumerable.Range(0, 300).Select(i => resolver.ResolveAsync($"h{i}.dead.example", CancellationToken.None)).ToArray();
        await UntilAsync(() => DeadQuestions(server) >= 128);
        Assert.Single((await AskAsync(resolver)).Addresses);
        Assert.Equal(128, DeadQuestions(server));
        Assert.All(dead, task => Assert.False(task.IsCompleted));

        _clock.Advance(DnsResolver.Limit);
        Assert.All(await Task.WhenAll(dead).WaitAsync(Patience), answer => Assert.Equal(DnsFault.Timeout, answer.Fault));

        static int DeadQuestions(StubDnsServer server)
        {
            lock (server.Questions)
                return server.Questions.Count(question => question.Name.EndsWith("dead.example", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Short_names_are_tried_in_the_search_domains_and_whole_ones_as_they_stand_first()
    {
        await using var server = new StubDnsServer(question => question.Name switch
        {
            "receiver.default.svc" => StubReply.Of("10.0.0.1"),
            "receiver.team.svc" => StubReply.Of("10.0.0.2"),
            Name => StubReply.Of("93.184.216.34"),
            _ => new() { Code = 3 },
        });
        var resolver = NewResolver(["default.svc", "svc"], 5, server);

        Assert.Equal("10.0.0.1", (await AskAsync(resolver, "receiver")).Addresses[0].ToString());
        Assert.Equal("10.0.0.2", (await AskAsync(resolver, "receiver.team")).Addresses[0].ToString());
        Assert.Equal("93.184.216.34", (await AskAsync(resolver)).Addresses[0].ToString());
        Assert.Equal(DnsFault.NotFound, (await AskAsync(resolver, "absent")).Fault);
        lock (server.Questions) Assert.DoesNotContain(server.Questions, question => question.Name == Name + ".default.svc");
    }

    [Fact]
    public async Task The_hosts_file_and_localhost_are_known_without_asking()
    {
        await using var server = new StubDnsServer(_ => new() { Code = 3 });
        var settings = ResolverSettings.Parse("", "10.0.0.7 fixed.example.com") with { Servers = [server.EndPoint] };
        var resolver = new DnsResolver(() => settings, _clock);

        Assert.Equal([IPAddress.Parse("10.0.0.7")], (await AskAsync(resolver, "Fixed.Example.Com")).Addresses);
        Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], (await AskAsync(resolver, "localhost")).Addresses);
        Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], (await AskAsync(resolver, "app.localhost")).Addresses);
        Assert.Empty(server.Questions);
    }

    [Fact]
    public async Task The_cache_has_a_limit()
    {
        var resolver = NewResolver();

        for (var i = 0; i < 25_000; i++) await AskAsync(resolver, $"n{i}.localhost");

        Assert.InRange(resolver.CachedNames, 1000, 10_000);
    }

    [Fact]
    public async Task Without_a_name_server_the_system_is_asked()
    {
        var resolver = new DnsResolver(() => ResolverSettings.None, TimeProvider.System);

        var answer = await AskAsync(resolver, Dns.GetHostName());

        // Whether the machine knows its own name is its affair; that it was asked shows in the answer.
        Assert.Equal(answer.Fault == DnsFault.None, answer.Addresses.Count > 0);
    }
}
