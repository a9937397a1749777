using System.Text.Json;

namespace Nova.IntegrationTests.Api;

/// <summary>Brings people into a server by the ways that the API has for it.</summary>
internal static class People
{
    public const string Password = "three words and a number 7";

    /// <summary>Somebody who was invited into an account, has accepted, and is signed in there.</summary>
    public static async Task<PersonClient> MemberAsync(NovaServer server, TestAccount account, string role, string? email = null)
    {
        email ??= $"{role}-{Guid.NewGuid():N}@example.com";
        var invited = (await server.PostAsync($"/v1/accounts/{account.Id}/members", NovaServer.OperatorKey, new { email, role })).Expect(201);
        var person = new PersonClient(server).In(account.Id);
        (await person.PostAsync("/v1/invitations/accept", new { token = TokenOf(invited.Text("invitation_url")), name = "Grace", password = Password })).Expect(201);
        return person;
    }

    /// <summary>An operator who was made by the key, and has set his password by the link.</summary>
    public static async Task<PersonClient> OperatorAsync(NovaServer server)
    {
        var made = (await server.PostAsync("/v1/users", NovaServer.OperatorKey, new { email = $"op-{Guid.NewGuid():N}@example.com", name = "Ada" })).Expect(201);
        var person = new PersonClient(server);
        (await person.PostAsync("/v1/passwords", new { token = TokenOf(made.Text("password_url")), password = Password })).Expect(201);
        return person;
    }

    /// <summary>Whoever opened a portal link of an account.</summary>
    public static async Task<PersonClient> LinkAsync(NovaServer server, TestAccount account, object link)
    {
        var made = (await server.PostAsync($"/v1/accounts/{account.Id}/portal-links", NovaServer.OperatorKey, link)).Expect(201);
        var opened = (await server.PostAsync("/v1/portal-sessions", null, new { token = made.Text("token") })).Expect(201);
        return new PersonClient(server) { Bearer = opened.Text("token") };
    }

    public static string TokenOf(string url) => url[(url.IndexOf("#token=", StringComparison.Ordinal) + 7)..];

    public static async Task<JsonElement[]> AuditAsync(NovaServer server, string query = "") =>
        [.. (await server.GetAsync("/v1/audit-log?limit=250" + query, NovaServer.OperatorKey)).Expect(200).Data];
}
