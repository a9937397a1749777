using Nova.Egress;

namespace Nova.UnitTests.Egress;

public class EgressOptionsTests
{
    [Fact]
    public void Defaults_are_valid_and_loosen_nothing()
    {
        Assert.Empty(new EgressOptions().Faults());
        Assert.Empty(new EgressOptions().Loosenings());
    }

    [Fact]
    public void All_faults_are_told_at_once_each_with_its_key_and_value_and_no_password()
    {
        var options = new EgressOptions
        {
            AllowedNetworks = ["10.0.0.0/8, 10.1.2.3/8", "hosts"],
            DeniedNetworks = ["10.0.0.0/33"],
            ExtraRootCertificates = "/no/such/file.pem",
            Proxy = new("ftp://user:hunter2@proxy:1"),
            ConnectTimeout = TimeSpan.Zero,
            ResponseBodyBytes = -1,
            ResponseHeaderBytes = 20_000,
        };

        var faults = options.Faults();

        Assert.Collection(faults,
            fault => Assert.StartsWith("Nova:Egress:AllowedNetworks holds '10.1.2.3/8'", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("Nova:Egress:AllowedNetworks holds 'hosts'", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("Nova:Egress:DeniedNetworks holds '10.0.0.0/33'", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("Nova:Egress:ExtraRootCertificates is '/no/such/file.pem'", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("Nova:Egress:Proxy is 'ftp://proxy:1'", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("Nova:Egress:ConnectTimeout is 00:00:00", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("Nova:Egress:ResponseBodyBytes is -1", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("Nova:Egress:ResponseHeaderBytes is 20000", fault, StringComparison.Ordinal));
    }

    [Fact]
    public void Loosenings_are_named_without_secrets()
    {
        var options = new EgressOptions
        {
            AllowHttp = true, AllowedNetworks = ["127.0.0.0/8"], Proxy = new("http://user:hunter2@proxy:3128"),
        };

        Assert.Equal(3, options.Loosenings().Count);
        Assert.DoesNotContain(options.Loosenings(), text => text.Contains("hunter2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.0.0.0/8", null)]
    [InlineData("10.0.0.5", "10.0.0.5/32", null)]
    [InlineData("10.0.0.5:8080", "10.0.0.5/32", 8080)]
    [InlineData("10.0.0.0/24:8080", "10.0.0.0/24", 8080)]
    [InlineData("::1", "::1/128", null)]
    [InlineData("[fd00::1]:443", "fd00::1/128", 443)]
    [InlineData("fd00::/8:443", "fd00::/8", 443)]
    [InlineData("0.0.0.0/0", "0.0.0.0/0", null)]
    public void Networks_are_read(string text, string network, int? port)
    {
        Assert.True(NetworkRange.TryParse(text, out var range));
        Assert.Equal(network, range.Network.ToString());
        Assert.Equal(port, range.Port);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("10.1")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.0.0.1:0")]
    [InlineData("10.0.0.1:65536")]
    [InlineData("[fd00::1]x")]
    [InlineData("[fd00::1")]
    [InlineData("fe80::1%1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("localhost/8")]
    public void Anything_else_is_no_network(string text) => Assert.False(NetworkRange.TryParse(text, out _));
}
