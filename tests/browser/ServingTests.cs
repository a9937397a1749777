using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Nova.BrowserTests;

/// <summary>What the server says with the portal's files.</summary>
public sealed partial class ServingTests(BrowserFixture fixture)
{
    NovaServer Server => fixture.Server;

    [Fact]
    public async Task The_bare_address_leads_to_the_portal()
    {
        using var response = await Server.Http.GetAsync("/");
        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal("/portal/", response.Headers.Location!.ToString());
    }

    [Theory]
    [InlineData("/portal/")]
    [InlineData("/portal/sign-in")]
    [InlineData("/portal/acc_1/production/deliveries")]
    public async Task Every_address_is_the_page_with_a_strict_policy(string path)
    {
        using var response = await Server.Http.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.DoesNotContain("unsafe", policy);
        Assert.Contains("default-src 'none'", policy);
        Assert.Contains("script-src 'self';", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("DENY", response.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        var html = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("__", html);
        var nonce = NoncePattern().Match(policy).Groups[1].Value;
        Assert.Contains($"nonce=\"{nonce}\"", html);
    }

    [Fact]
    public async Task A_nonce_is_used_once()
    {
        var first = (await Server.Http.GetAsync("/portal/")).Headers.GetValues("Content-Security-Policy").Single();
        var second = (await Server.Http.GetAsync("/portal/")).Headers.GetValues("Content-Security-Policy").Single();
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task Only_the_embedded_view_is_framed_and_only_by_whom_the_operator_names()
    {
        await using var server = await NovaServer.OnSqliteAsync(new() { ["Nova:Portal:FrameAncestors"] = "https://app.example.com, https://other.example" });
        var embedded = (await server.Http.GetAsync("/portal/embed/acc_1/production/webhooks")).Headers;
        Assert.Contains("frame-ancestors https://app.example.com https://other.example", embedded.GetValues("Content-Security-Policy").Single());
        Assert.False(embedded.Contains("X-Frame-Options"));
        Assert.Contains("frame-ancestors 'none'", (await server.Http.GetAsync("/portal/sign-in")).Headers.GetValues("Content-Security-Policy").Single());
        Assert.Contains("frame-ancestors 'none'", (await server.Http.GetAsync("/portal/embedded")).Headers.GetValues("Content-Security-Policy").Single());
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    [InlineData(null)]
    public async Task Files_are_compressed_as_asked_and_kept_for_ever(string? encoding)
    {
        var path = ScriptPattern().Match(await Server.Http.GetStringAsync("/portal/")).Groups[1].Value;
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (encoding is not null) request.Headers.AcceptEncoding.Add(new(encoding));
        using var response = await Server.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(encoding is null ? [] : [encoding], response.Content.Headers.ContentEncoding);
        Assert.Equal("public, max-age=31536000, immutable", response.Headers.CacheControl!.ToString());
        Assert.Equal("text/javascript", response.Content.Headers.ContentType!.MediaType);

        using var again = new HttpRequestMessage(HttpMethod.Get, path);
        if (encoding is not null) again.Headers.AcceptEncoding.Add(new(encoding));
        again.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Parse(response.Headers.ETag!.ToString()));
        using var unchanged = await Server.Http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Fact]
    public async Task A_file_of_an_earlier_build_is_not_the_page()
    {
        using var response = await Server.Http.GetAsync("/portal/assets/index-00000000.js");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task The_first_list_loads_no_more_script_than_its_budget()
    {
        var account = await Server.AddAccountAsync("embed");
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        var bytes = 0L;
        visit.Page.Response += (_, response) =>
        {
            // As it comes over the wire: the length is that of the compressed file.
            if (response.Url.EndsWith(".js", StringComparison.Ordinal) && response.Headers.TryGetValue("content-length", out var length)) Interlocked.Add(ref bytes, long.Parse(length));
        };
        await visit.OpenAsync(account, "webhooks");
        await Visit.SeesAsync(visit.Heading("Webhooks"));
        Assert.InRange(bytes, 50_000, 250_000);
    }

    [GeneratedRegex("'nonce-([^']+)'")]
    private static partial Regex NoncePattern();

    [GeneratedRegex("src=\"([^\"]+/assets/[^\"]+\\.js)\"")]
    private static partial Regex ScriptPattern();
}
