namespace Nova.IntegrationTests.Api;

/// <summary>Somebody with a browser: keeps the cookie and the CSRF value, as the portal does.</summary>
internal sealed class PersonClient(NovaServer server)
{
    /// <summary>The cookie as it is sent, <c>name=value</c>; null: none.</summary>
    public string? Cookie { get; set; }

    public string? Csrf { get; set; }

    /// <summary>What goes into Nova-Account and Nova-Environment.</summary>
    public string? Account { get; set; }

    public string? Environment { get; set; }

    /// <summary>The token of a portal link's session, which goes instead of a cookie.</summary>
    public string? Bearer { get; set; }

    public PersonClient In(string account, string environment = "production")
    {
        (Account, Environment) = (account, environment);
        return this;
    }

    public async Task<ApiAnswer> SendAsync(HttpMethod method, string path, object? body = null, params (string Name, string Value)[] more)
    {
        List<(string, string)> headers = [.. more];
        if (Cookie is not null) headers.Add(("Cookie", Cookie));
        if (Csrf is not null) headers.Add(("Nova-Csrf", Csrf));
        if (Account is not null) headers.Add(("Nova-Account", Account));
        if (Environment is not null) headers.Add(("Nova-Environment", Environment));
        var answer = await server.SendAsync(method, path, Bearer, body, headers: [.. headers]);
        if (answer.Headers.TryGetValue("Set-Cookie", out var cookie)) Cookie = cookie.Split(';')[0] is var pair && pair.EndsWith('=') ? null : pair;
        if ((int)answer.Status is 200 or 201 && answer.Bytes is [(byte)'{', ..] && answer.Json.TryGetProperty("csrf", out var csrf)) Csrf = csrf.GetString();
        return answer;
    }

    public Task<ApiAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<ApiAnswer> PostAsync(string path, object? body = null) => SendAsync(HttpMethod.Post, path, body);

    public Task<ApiAnswer> PatchAsync(string path, object body) => SendAsync(HttpMethod.Patch, path, body);

    public Task<ApiAnswer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path);

    public Task<ApiAnswer> SignInAsync(string email, string password) => PostAsync("/v1/session", new { email, password });
}
