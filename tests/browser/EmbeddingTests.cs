using System.Text;
using System.Text.Json;
using Nova.TestSupport;

namespace Nova.BrowserTests;

/// <summary>The portal in a page of another site, in a browser that gives no cookie to frames of other sites.</summary>
public sealed class EmbeddingTests(BrowserFixture fixture) : IAsyncLifetime
{
    NovaServer _server = null!;
    TestReceiver _host = null!;
    IBrowser _browser = null!;
    TestAccount _account = null!;
    TestAccount _other = null!;

    /// <summary>What the host's server asks of a link.</summary>
    object _link = new { role = "admin", theme = new { primary = "#0f766e", scheme = "light" } };

    /// <summary>Another site than Nova's, which is at 127.0.0.1.</summary>
    string Site => _host.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal).Replace("/hook", "", StringComparison.Ordinal);

    public async ValueTask InitializeAsync()
    {
        _host = await TestReceiver.StartAsync();
        _server = await NovaServer.OnSqliteAsync(new() { ["Nova:Portal:FrameAncestors"] = Site });
        _browser = await fixture.LaunchAsync("--test-third-party-cookie-phaseout");
        _account = await _server.AddAccountAsync("embed");
        _other = await _server.AddAccountAsync("embed");
        (await _server.PostAsync("/v1/webhooks", _account.Key, new { url = fixture.Receiver.Url, events = new[] { "*" } })).Expect(201);
        _host.OnRequest = async request => request.Path switch
        {
            "/webhooks-link" => new(200, await LinkAsync(), new() { ["Content-Type"] = "application/json" }),
            "/" => new(200, Encoding.UTF8.GetBytes(HostPage("data-screen=\"webhooks\"")), HostHeaders),
            "/deliveries" => new(200, Encoding.UTF8.GetBytes(HostPage("data-screen=\"deliveries\"")), HostHeaders),
            "/plain" => new(200, Encoding.UTF8.GetBytes($"<!doctype html><title>Acme</title><link rel=icon href=data:,><iframe title=Webhooks src='{UrlOf(await LinkAsync())}'></iframe>"), HostHeaders),
            _ => new(404),
        };
    }

    async Task<byte[]> LinkAsync() => (await _server.PostAsync($"/v1/accounts/{_account.Id}/portal-links", NovaServer.OperatorKey, _link)).Expect(201).Bytes;

    static string UrlOf(byte[] link) => JsonSerializer.Deserialize<JsonElement>(link).GetProperty("url").GetString()!;

    /// <summary>The host has a strict policy of its own, and allows Nova what Nova needs.</summary>
    Dictionary<string, string> HostHeaders => new()
    {
        ["Content-Type"] = "text/html; charset=utf-8",
        ["Content-Security-Policy"] = $"default-src 'none'; script-src {_server.Url}; frame-src {_server.Url}; connect-src 'self'; img-src data:",
    };

    string HostPage(string more) => $"""
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><link rel="icon" href="data:,"><title>Acme</title></head>
        <body><main><h1>Acme settings</h1>
        <script src="{_server.Url}/portal/embed.js" data-link="/webhooks-link" data-title="Acme webhooks" {more}></script>
        </main></body>
        </html>
        """;

    /// <summary>The bearer token of the frame's session, as its answer has it: this browser lets the frame keep nothing.</summary>
    static async Task<string> TokenAsync(Task<IResponse> opened) => (await (await opened).JsonAsync())!.Value.GetProperty("token").GetString()!;

    static Task<IResponse> SessionOpensAsync(IPage page) => page.WaitForResponseAsync(response => response.Url.EndsWith("/v1/portal-sessions", StringComparison.Ordinal));

    async Task<(Visit Visit, IFrame Frame)> OpenAsync(string path = "/", string? site = null, int width = 1100, Action<IPage>? before = null)
    {
        var context = await _browser.NewContextAsync(new() { Locale = "en-GB", ViewportSize = new() { Width = width, Height = 800 }, ReducedMotion = ReducedMotion.Reduce });
        context.SetDefaultTimeout(20_000);
        var visit = new Visit(fixture, context, await context.NewPageAsync());
        before?.Invoke(visit.Page);
        await visit.Page.GotoAsync((site ?? Site) + path);
        await Assertions.Expect(visit.Page.Locator("iframe")).ToHaveCountAsync(1);
        return (visit, await (await visit.Page.Locator("iframe").ElementHandleAsync()).ContentFrameAsync() ?? throw new InvalidOperationException("The frame is not there."));
    }

    static ILocator Heading(IFrame frame, string name) => frame.GetByRole(AriaRole.Heading, new() { Name = name, Level = 1 });

    [Fact]
    public async Task One_script_tag_shows_the_portal_in_the_hosts_colours_without_any_cookie()
    {
        var (visit, frame) = await OpenAsync();
        await using var _ = visit;
        var cookies = 0;
        visit.Page.Request += (_, request) => { if (request.Headers.ContainsKey("cookie")) Interlocked.Increment(ref cookies); };
        await Visit.SeesAsync(Heading(frame, "Webhooks"));
        await Visit.SeesAsync(frame.GetByText(fixture.Receiver.Url));

        // Spent at once, and in no address.
        Assert.DoesNotContain("token", frame.Url);
        Assert.Equal("#0f766e", (await frame.EvaluateAsync<string>("() => getComputedStyle(document.documentElement).getPropertyValue('--mantine-color-iris-7').trim()")).ToLowerInvariant());
        Assert.Equal(0, await frame.GetByRole(AriaRole.Button, new() { Name = "Account menu" }).CountAsync());
        Assert.Equal(0, await frame.GetByRole(AriaRole.Link, new() { Name = "API Keys" }).CountAsync());

        // The page scrolls, the frame does not.
        await frame.WaitForFunctionAsync("() => document.documentElement.scrollHeight <= innerHeight");
        await visit.IsAccessibleAsync(frame);
        await visit.PictureAsync("embedded");

        await frame.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = "Delivery History" }).ClickAsync();
        await Visit.SeesAsync(Heading(frame, "Delivery History"));
        // Without anything to remember its session by, the frame asks its host for another link.
        var again = SessionOpensAsync(visit.Page);
        await frame.EvaluateAsync("() => location.reload()");
        await again;
        await Visit.SeesAsync(Heading(frame, "Webhooks"));
        await visit.Page.ReloadAsync();
        await Visit.SeesAsync(visit.Page.FrameLocator("iframe").GetByRole(AriaRole.Heading, new() { Name = "Webhooks", Level = 1 }));
        Assert.Empty(await visit.Page.Context.CookiesAsync());
        Assert.Equal(0, cookies);
    }

    [Fact]
    public async Task Nothing_outside_of_the_account_can_be_reached_from_it()
    {
        Task<IResponse>? opened = null;
        var (visit, frame) = await OpenAsync(before: page => opened = SessionOpensAsync(page));
        await using var _ = visit;
        visit.Expected.AddRange(["401", "403", "404", "There is no such account here"]);
        await Visit.SeesAsync(Heading(frame, "Webhooks"));
        var statuses = JsonSerializer.Deserialize<Dictionary<string, int>>(await frame.EvaluateAsync<string>(
            """
            async ([other, token]) => {
              const ask = (path, headers) => fetch(path, { headers: { Authorization: 'Bearer ' + token, ...headers } }).then(answer => answer.status);
              const elsewhere = { 'Nova-Account': other, 'Nova-Environment': 'production' };
              return JSON.stringify({
                own: await ask('/v1/webhooks', { 'Nova-Environment': 'production' }),
                webhooks: await ask('/v1/webhooks', elsewhere), deliveries: await ask('/v1/deliveries', elsewhere), product: await ask('/v1/product', elsewhere),
                accounts: await ask('/v1/accounts', {}), users: await ask('/v1/users', {}), nodes: await ask('/v1/operations/nodes', {}),
                keys: await ask('/v1/keys', elsewhere), members: await ask('/v1/members', elsewhere), audit: await ask('/v1/audit-log', {}),
              });
            }
            """, new[] { _other.Id, await TokenAsync(opened!) }))!;
        foreach (var (name, status) in statuses) Assert.True(name == "own" ? status == 200 : status is 403 or 404, $"{name}: {status}");

        // By its addresses, in the same view.
        foreach (var path in new[] { $"{_other.Id}/production/webhooks", "operator/accounts" })
        {
            await GoWithinAsync(frame, path);
            await Visit.SeesAsync(frame.GetByText("There is nothing here"));
        }
        // Nobody signs in inside of a frame.
        await GoWithinAsync(frame, "sign-in");
        await Visit.SeesAsync(Heading(frame, "Analytics"));
        Assert.Equal(0, await frame.Locator("input[type=password]").CountAsync());
    }

    /// <summary>As the back button does it: the page stays, and its session with it.</summary>
    static Task GoWithinAsync(IFrame frame, string path) =>
        frame.EvaluateAsync("path => { history.pushState({}, '', '/portal/embed/' + path); dispatchEvent(new PopStateEvent('popstate', { state: {} })); }", path);

    [Fact]
    public async Task A_member_in_one_environment_sees_that_and_changes_nothing()
    {
        _link = new { role = "member", environment = "production", theme = new { scheme = "dark", primary = "#ffd400" } };
        var (visit, frame) = await OpenAsync("/deliveries", width: 390);
        await using var _ = visit;
        await Visit.SeesAsync(Heading(frame, "Delivery History"));
        Assert.Equal("dark", await frame.EvaluateAsync<string>("() => document.documentElement.dataset.mantineColorScheme"));
        Assert.Equal(0, await frame.GetByRole(AriaRole.Button, new() { Name = "Environment" }).CountAsync());
        await frame.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = "Webhooks" }).ClickAsync();
        await Visit.SeesAsync(frame.GetByText(fixture.Receiver.Url));
        Assert.Equal(0, await frame.GetByRole(AriaRole.Link, new() { Name = "Add Endpoint" }).CountAsync());
        await visit.IsAccessibleAsync(frame);
        await visit.PictureAsync("embedded-phone-dark");
        Assert.True(await frame.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"));
    }

    [Fact]
    public async Task A_plain_frame_without_the_script_shows_the_portal_with_the_hosts_logo()
    {
        _link = new { role = "member", theme = new { logo = "https://acme.example/logo.svg" } };
        Task? logo = null;
        var (visit, frame) = await OpenAsync("/plain", before: page => logo = page.RouteAsync("https://acme.example/logo.svg", route => route.FulfillAsync(new()
        {
            ContentType = "image/svg+xml",
            Body = "<svg xmlns='http://www.w3.org/2000/svg' width='80' height='24'><rect width='80' height='24'/></svg>",
        })));
        await using var _ = visit;
        await logo!;
        await Visit.SeesAsync(Heading(frame, "Analytics"));
        // Loaded: the portal's own policy lets it through.
        await frame.WaitForFunctionAsync("() => [...document.images].some(image => image.src.endsWith('/logo.svg') && image.naturalWidth > 0)");
    }

    [Fact]
    public async Task A_session_that_has_ended_is_followed_by_another()
    {
        Task<IResponse>? opened = null;
        var (visit, frame) = await OpenAsync(before: page => opened = SessionOpensAsync(page));
        await using var _ = visit;
        visit.Expected.Add("401");
        await Visit.SeesAsync(Heading(frame, "Webhooks"));
        var token = await TokenAsync(opened!);
        var again = SessionOpensAsync(visit.Page);
        (await _server.DeleteAsync("/v1/session", token)).Expect(204);
        await frame.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = "Delivery History" }).ClickAsync();
        await again;
        // The stream of changes may have noticed before the click did: then the click was taken, and leads away. From either screen this one can be had.
        await frame.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = "Webhooks" }).ClickAsync();
        await Visit.SeesAsync(Heading(frame, "Webhooks"));
        await Visit.SeesAsync(frame.GetByText(fixture.Receiver.Url));
    }

    [Fact]
    public async Task A_site_that_is_not_named_shows_nothing()
    {
        // The same page, by an address that the operator has not named.
        var (visit, frame) = await OpenAsync(site: Site.Replace("localhost", "127.0.0.1", StringComparison.Ordinal));
        await using var _ = visit;
        visit.Expected.AddRange(["frame-ancestors", "Framing"]);
        await visit.Page.WaitForFunctionAsync("() => document.querySelector('iframe').src !== ''");
        await frame.WaitForURLAsync(new System.Text.RegularExpressions.Regex("chrome-error"));
    }

    [Fact]
    public async Task A_dialog_opens_where_the_page_shows_the_frame()
    {
        for (var number = 0; number < 4; number++)
            (await _server.PostAsync("/v1/webhooks", _account.Key, new { url = $"{fixture.Receiver.Url}/{number}", events = new[] { "*" } })).Expect(201);
        var (visit, frame) = await OpenAsync("/deliveries");
        await using var _ = visit;
        await visit.Page.SetViewportSizeAsync(1100, 420);
        await Visit.SeesAsync(Heading(frame, "Delivery History"));
        await visit.Page.EvaluateAsync("() => scrollTo(0, 200)");
        await frame.WaitForFunctionAsync("() => parseInt(document.documentElement.style.getPropertyValue('--nova-visible-top')) > 0");
        var shown = await frame.EvaluateAsync<int>("() => parseInt(document.documentElement.style.getPropertyValue('--nova-visible-height'))");
        Assert.InRange(shown, 200, 420);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
        if (_host is not null) await _host.DisposeAsync();
    }
}
