using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Nova.AspNetCore.Auditing;
using Nova.AspNetCore.Authentication;
using Nova.Model;

namespace Nova.UnitTests.Api;

/// <summary>What decides about people without a store: passwords, addresses, rights, and what the audit log says of a change.</summary>
public sealed class PeopleTests
{
    [Theory]
    [InlineData("short", "at least 12")]
    [InlineData("elevenchars", "at least 12")]
    [InlineData("password1234", "commonest")]
    [InlineData("PassWord1234", "commonest")]
    [InlineData("zzzzzzzzzzzzzz", "one character")]
    [InlineData("ada@example.com", "e-mail")]
    [InlineData("ADA@example.COM", "e-mail")]
    public void A_bad_password_is_refused_and_said_why(string password, string why) =>
        Assert.Contains(why, PasswordRule.Fault(password, "ada@example.com"), StringComparison.Ordinal);

    [Theory]
    [InlineData("twelve chars")]
    [InlineData("only lower case words")]
    [InlineData("пароль из слов")]
    [InlineData("  spaces at both ends  ")]
    public void Length_is_all_that_is_asked_for(string password) => Assert.Null(PasswordRule.Fault(password, "ada@example.com"));

    [Fact]
    public void A_password_has_at_most_256_characters()
    {
        var long256 = string.Concat(Enumerable.Repeat("ab", 128));
        Assert.Null(PasswordRule.Fault(long256, "ada@example.com"));
        Assert.Contains("at most 256", PasswordRule.Fault(long256 + "c", "ada@example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_is_verified_by_its_hash_and_nobody_s_never_is()
    {
        using var passwords = new Passwords();
        var hash = await passwords.HashAsync("three words and 7", CancellationToken.None);
        Assert.NotEqual(hash, await passwords.HashAsync("three words and 7", CancellationToken.None));
        var user = new User(new(Guid.NewGuid()), "ada@example.com", "Ada", hash, false, default);
        Assert.Equal((true, false), await passwords.VerifyAsync(user, "three words and 7", CancellationToken.None));
        Assert.False((await passwords.VerifyAsync(user, "three words and 8", CancellationToken.None)).IsRight);
        Assert.False((await passwords.VerifyAsync(null, "three words and 7", CancellationToken.None)).IsRight);
    }

    [Fact]
    public async Task A_hash_of_lower_cost_is_right_and_outdated()
    {
        var old = new Microsoft.AspNetCore.Identity.PasswordHasher<User>().HashPassword(null!, "three words and 7");
        using var passwords = new Passwords();
        var user = new User(new(Guid.NewGuid()), "ada@example.com", "Ada", old, false, default);
        Assert.Equal((true, true), await passwords.VerifyAsync(user, "three words and 7", CancellationToken.None));
    }

    [Theory]
    [InlineData("203.0.113.7", "198.51.100.1", "203.0.113.7")] // Nobody trusted: what the header says is anybody's word.
    [InlineData("10.0.0.1", "198.51.100.1", "198.51.100.1")]
    [InlineData("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1")] // The client wrote the first one itself.
    [InlineData("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1")]
    [InlineData("10.0.0.1", "not an address", "10.0.0.1")]
    [InlineData("10.0.0.1", null, "10.0.0.1")]
    [InlineData("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1")]
    public void A_forwarded_address_is_believed_of_trusted_proxies_only(string remote, string? forwarded, string address)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(remote);
        if (forwarded is not null) context.Request.Headers["X-Forwarded-For"] = forwarded;
        Assert.Equal(address, new ClientAddress(new() { TrustedProxies = ["10.0.0.0/8"] }).Of(context));
    }

    [Fact]
    public void Addresses_of_one_ipv6_network_are_counted_as_one()
    {
        var client = new ClientAddress(new());
        string NetworkOf(string address)
        {
            var context = new DefaultHttpContext();
            context.Connection.RemoteIpAddress = IPAddress.Parse(address);
            return client.NetworkOf(context);
        }
        Assert.Equal(NetworkOf("2001:db8:1:2::1"), NetworkOf("2001:db8:1:2:ffff::9"));
        Assert.NotEqual(NetworkOf("2001:db8:1:2::1"), NetworkOf("2001:db8:1:3::1"));
        Assert.NotEqual(NetworkOf("192.0.2.1"), NetworkOf("192.0.2.2"));
    }

    [Fact]
    public void A_link_has_no_more_than_its_role_and_its_scopes_and_never_administers()
    {
        LinkGrant Link(Role role, LinkScopes scopes) => new(default, null, role, scopes, null);
        Assert.Equal(Rights.OfKeys, RightsConventions.Of(Link(Role.Admin, LinkScopes.All)));
        Assert.Equal(Rights.View | Rights.Replay, RightsConventions.Of(Link(Role.Admin, LinkScopes.Replay)));
        Assert.Equal(Rights.View, RightsConventions.Of(Link(Role.Member, LinkScopes.All)));
        Assert.Equal(Rights.OfAdmins, RightsConventions.Of(Role.Admin));
        Assert.Equal(Rights.OfMembers, RightsConventions.Of(Role.Member));
        Assert.Equal(Rights.Manage, RightsConventions.ByMethod("DELETE"));
        Assert.Equal(Rights.View, RightsConventions.ByMethod("GET"));
    }

    [Fact]
    public void A_change_is_told_by_the_members_that_differ()
    {
        JsonObject before = new() { ["url"] = "a", ["events"] = new JsonArray("x"), ["name"] = null }, after = new() { ["url"] = "b", ["events"] = new JsonArray("x"), ["name"] = "n" };
        Assert.Equal(("""{"url":"a","name":null}""", """{"url":"b","name":"n"}"""), AuditFacts.Changes(before, after));
        Assert.Equal((null, """{"url":"b","events":["x"],"name":"n"}"""), AuditFacts.Changes(null, after));
        Assert.Equal(("""{"url":"a","events":["x"]}""", null), AuditFacts.Changes(before, null));
        Assert.Equal(("{}", "{}"), AuditFacts.Changes(before, (JsonObject)before.DeepClone()));
    }

    [Fact]
    public void What_is_wrong_with_the_portal_s_settings_is_said_with_its_key()
    {
        Assert.Empty(new PortalOptions().Faults());
        Assert.Empty(new PortalOptions { BaseUrl = "https://hooks.example.com", FrameAncestors = ["https://app.example.com"], TrustedProxies = ["10.0.0.0/8", "::1"] }.Faults());
        var faults = new PortalOptions
        {
            BaseUrl = "https://hooks.example.com/portal", FrameAncestors = ["*", "https://a; script-src *"], TrustedProxies = ["everybody"], SessionIdle = TimeSpan.Zero,
            SessionLifetime = TimeSpan.FromDays(31), InvitationLifetime = TimeSpan.Zero, LinkLifetime = TimeSpan.Zero, AttemptsPerEmail = 1, AttemptsPerAddress = 1,
            AttemptWindow = TimeSpan.FromDays(1),
        }.Faults();
        foreach (var key in (string[])["BaseUrl", "FrameAncestors", "TrustedProxies", "SessionIdle", "SessionLifetime", "InvitationLifetime", "LinkLifetime", "AttemptsPerEmail",
            "AttemptsPerAddress", "AttemptWindow"])
            Assert.Contains(faults, fault => fault.StartsWith("Nova:Portal:" + key, StringComparison.Ordinal));
    }
}
