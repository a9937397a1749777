using Nova.Egress;
using Nova.Model;

namespace Nova.UnitTests.Egress;

public class CustomHeaderRuleTests
{
    static readonly string[] Product = ["X-Nova-Signature", "X-Nova-Event"];

    static string? Check(params (string Name, string Value)[] headers) =>
        CustomHeaderRule.Check([.. headers.Select(header => new CustomHeader(header.Name, header.Value))], Product);

    [Fact]
    public void Ordinary_headers_pass() =>
        Assert.Null(Check(
            ("Authorization", "Bearer abc.def=="), ("X-Tenant", "acme corp"), ("X-Empty", ""),
            ("x_odd.!#$%&'*+-^`|~", new string('v', 1024))));

    [Theory]
    [InlineData("Host")]
    [InlineData("content-length")]
    [InlineData("Transfer-Encoding")]
    [InlineData("Connection")]
    [InlineData("Keep-Alive")]
    [InlineData("Upgrade")]
    [InlineData("TE")]
    [InlineData("Trailer")]
    [InlineData("Expect")]
    [InlineData("Proxy-Authorization")]
    [InlineData("proxy-anything")]
    [InlineData("Cookie")]
    [InlineData("Content-Type")]
    [InlineData("Content-Encoding")]
    [InlineData("User-Agent")]
    [InlineData("Webhook-Id")]
    [InlineData("webhook-signature")]
    [InlineData("x-nova-signature")]
    [InlineData("X-Nova-Event")]
    public void What_nova_or_http_sets_is_refused_by_name(string name)
    {
        var fault = Check(("X-Fine", "1"), (name, "1"));

        Assert.Contains(name, fault, StringComparison.Ordinal);
        Assert.Contains("set by Nova", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("X A")]
    [InlineData("X-A:")]
    [InlineData("X-A\r\nX-B")]
    [InlineData("X-\u00c4")]
    [InlineData("X(A)")]
    [InlineData("\"X\"")]
    public void A_name_is_a_token_of_rfc_9110(string name)
    {
        var fault = Check((name, "1"));

        Assert.NotNull(fault);
        Assert.DoesNotContain('\n', fault);
    }

    [Theory]
    [InlineData("a\r\nX-B: b")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    [InlineData("a\tb")]
    [InlineData("a\u007f")]
    [InlineData("caf\u00e9")]
    [InlineData(" a")]
    [InlineData("a ")]
    [InlineData(" ")]
    public void A_value_is_printable_ascii_with_spaces_only_inside(string value) =>
        Assert.Contains("X-A", Check(("X-A", value)), StringComparison.Ordinal);

    [Fact]
    public void Sizes_and_counts_have_limits()
    {
        Assert.Contains("1025", Check(("X-A", new string('v', 1025))), StringComparison.Ordinal);
        Assert.Contains("129", Check((new string('n', 129), "v")), StringComparison.Ordinal);
        Assert.Null(Check([.. Enumerable.Range(0, 16).Select(i => ($"X-{i}", "v"))]));
        Assert.Contains("17", Check([.. Enumerable.Range(0, 17).Select(i => ($"X-{i}", "v"))]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_is_there_once_whatever_its_case() =>
        Assert.Contains("x-a", Check(("X-A", "1"), ("x-a", "2")), StringComparison.Ordinal);
}
