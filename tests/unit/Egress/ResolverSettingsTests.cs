using System.Net;
using Nova.Egress;

namespace Nova.UnitTests.Egress;

public class ResolverSettingsTests
{
    [Fact]
    public void Both_files_are_read_as_the_manual_pages_say()
    {
        var settings = ResolverSettings.Parse(
            """
            # by hand
            nameserver 10.0.0.2
            nameserver fd00::2 ; the other
            nameserver nonsense
            nameserver 10.0.0.3
            nameserver 10.0.0.4
            domain example.org
            search Default.svc.cluster.local. svc.cluster.local
            options ndots:5 timeout:1 rotate
            """,
            """
            127.0.0.1 localhost Loop # twice
            ::1 localhost
            10.0.0.9
            nonsense name
            """);

        Assert.Equal(["10.0.0.2:53", "[fd00::2]:53", "10.0.0.3:53"], settings.Servers.Select(server => server.ToString()));
        Assert.Equal(["default.svc.cluster.local", "svc.cluster.local"], settings.Search);
        Assert.Equal(5, settings.Dots);
        Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], settings.Hosts["localhost"]);
        Assert.Equal([IPAddress.Loopback], settings.Hosts["loop"]);
        Assert.Equal(2, settings.Hosts.Count);
    }

    [Fact]
    public void Empty_files_leave_nobody_to_ask()
    {
        var settings = ResolverSettings.Parse("", "");

        Assert.Empty(settings.Servers);
        Assert.Equal(1, settings.Dots);
    }

    [Fact]
    public void Changed_files_are_noticed_and_absent_ones_are_empty()
    {
        var clock = new FakeClock();
        var folder = Directory.CreateTempSubdirectory("nova-resolver-");
        try
        {
            var path = Path.Combine(folder.FullName, "resolv.conf");
            var files = new ResolverFiles(path, Path.Combine(folder.FullName, "hosts"), clock);
            Assert.Empty(files.Current().Servers);

            File.WriteAllText(path, "nameserver 10.0.0.2");
            Assert.Empty(files.Current().Servers);
            clock.Advance(TimeSpan.FromSeconds(5));
            Assert.Single(files.Current().Servers);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
