using Nova.AspNetCore.Authentication;
using Nova.BrowserTests;
using Nova.Storage;
using Nova.TestSupport;

[assembly: AssemblyFixture(typeof(BrowserFixture))]
// One Chromium and one Nova: tests that share two cores are faster one after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Nova.BrowserTests;

/// <summary>The whole server with its portal, a receiver, and the system's Chromium. Each test makes accounts of its own.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    public const string Email = "ada@example.com";
    public const string Password = "three words and a number 7";

    IPlaywright? _playwright;

    internal NovaServer Server { get; private set; } = null!;

    internal TestReceiver Receiver { get; private set; } = null!;

    internal IBrowser Browser { get; private set; } = null!;

    /// <summary>The first operator's browser session, made as the set-up page makes it.</summary>
    internal PersonClient Operator { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await NovaServer.OnSqliteAsync();
        Receiver = await TestReceiver.StartAsync();
        _playwright = await Playwright.CreateAsync();
        Browser = await LaunchAsync();
        Operator = new(Server);
        (await Operator.PostAsync("/v1/setup", new { token = await SetupTokenAsync(Server), email = Email, name = "Ada Lovelace", password = Password })).Expect(201);
    }

    /// <summary>A Chromium of one's own, for what is set for the whole browser.</summary>
    internal Task<IBrowser> LaunchAsync(params string[] more) => _playwright!.Chromium.LaunchAsync(new()
    {
        ExecutablePath = Environment.GetEnvironmentVariable("NOVA_CHROMIUM") ?? "/usr/bin/chromium",
        // Chromium refuses its sandbox to root, who runs tests in containers.
        Args = ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb", "--font-render-hinting=none", .. more],
    });

    /// <summary>A token as the set-up link in the log has it.</summary>
    internal static async Task<string> SetupTokenAsync(NovaServer server)
    {
        var (token, text, _) = server.Get<SignIn>().NewLink(null, Model.TokenPurpose.Setup, Guid.Empty, TimeSpan.FromHours(24), "setup", at: "");
        await server.Get<IPeopleStore>().SaveAsync([new PeopleChange.OfNewToken(token)], CancellationToken.None);
        return text;
    }

    /// <summary>A page of somebody's browser, with whatever goes wrong in it kept.</summary>
    /// <param name="person">Whose session; null: nobody's.</param>
    /// <param name="dark">The system is set to dark colours.</param>
    /// <param name="width">Of the window, in CSS pixels.</param>
    /// <param name="height">Of the window.</param>
    /// <param name="server">Another than that of all tests.</param>
    internal async Task<Visit> VisitAsync(PersonClient? person, bool dark = false, int width = 1360, int height = 900, NovaServer? server = null)
    {
        var url = (server ?? Server).Url;
        var context = await Browser.NewContextAsync(new()
        {
            BaseURL = url, ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light, ViewportSize = new() { Width = width, Height = height },
            Locale = "en-GB", TimezoneId = "Europe/Berlin", ReducedMotion = ReducedMotion.Reduce, Permissions = ["clipboard-read", "clipboard-write"],
        });
        if (person?.Cookie is { } cookie)
        {
            var parts = cookie.Split('=', 2);
            await context.AddCookiesAsync([new() { Name = parts[0], Value = parts[1], Url = url }]);
        }
        context.SetDefaultTimeout(20_000);
        return new(this, context, await context.NewPageAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (Browser is not null) await Browser.DisposeAsync();
        _playwright?.Dispose();
        if (Receiver is not null) await Receiver.DisposeAsync();
        if (Server is not null) await Server.DisposeAsync();
    }
}
