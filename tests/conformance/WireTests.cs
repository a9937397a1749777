using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nova.ConformanceTests;

/// <summary>Headers and bodies are the documents' own, as a receiver sees them.</summary>
public sealed class WireTests(Receivers receivers)
{
    /// <summary>The names of the five.</summary>
    public static TheoryData<string> Products => new(Documented.All.Select(documented => documented.Product));

    [Theory]
    [MemberData(nameof(Products))]
    public async Task The_documented_headers_arrive_and_no_others(string name)
    {
        var documented = Documented.Of(name);
        var product = Definitions.Of(name);
        var secret = Definitions.NewSecret(product);
        var inbox = await receivers.OpenAsync("node", name, secret);

        foreach (var type in product.EventTypes.Keys)
        {
            await inbox.PostAsync(SignedRequest.Compose(product, type, [secret], TimeProvider.System.GetUtcNow()));
            AssertHeaders(documented, inbox.Requests[^1], type, secret, SignedRequest.EventId);
        }
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void A_body_has_the_documented_members_in_their_order(string name)
    {
        var documented = Documented.Of(name);
        var product = Definitions.Of(name);

        foreach (var type in product.EventTypes.Values)
        {
            var request = SignedRequest.Compose(product, type.Name, [Definitions.NewSecret(product)], TimeProvider.System.GetUtcNow());
            using var body = JsonDocument.Parse(request.Body);
            using var data = JsonDocument.Parse(type.Example);

            var expected = documented.Body.SelectMany(member => member == "…" ? data.RootElement.EnumerateObject().Select(property => property.Name) : [member]);
            Assert.Equal(expected, body.RootElement.EnumerateObject().Select(property => property.Name));
            var typeMember = documented.Body.First(member => member is "event" or "event_type" or "type");
            Assert.Equal(type.Name, body.RootElement.GetProperty(typeMember).GetString());
        }
    }

    /// <summary>A request has the documented headers with values of the documented form, Host and Content-Length, and nothing else.</summary>
    internal static void AssertHeaders(Documented documented, RecordedRequest request, string type, string secret, string eventId)
    {
        var headers = request.Headers.ToDictionary(header => header[0].ToLowerInvariant(), header => header[1]);
        Assert.Equal(documented.Headers.Keys.Append("host").Append("content-length").Order(), headers.Keys.Order());
        foreach (var (name, pattern) in documented.Headers)
        {
            var wanted = pattern.Replace("{type}", Regex.Escape(type)).Replace("{secret}", Regex.Escape(secret)).Replace("{id}", Regex.Escape(eventId));
            Assert.Matches($"^{wanted}$", headers[name]);
        }
    }
}
