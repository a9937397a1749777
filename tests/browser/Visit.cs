using System.Text.Json;

namespace Nova.BrowserTests;

/// <summary>A page that somebody has open. At its end nothing may have gone wrong in it: no error of a script, none of the policy, none said in the console.</summary>
internal sealed class Visit : IAsyncDisposable
{
    static readonly string Repository = FindRepository();
    static readonly Lazy<string> Axe = new(() => File.ReadAllText(Path.Combine(Repository, "src/Nova.Portal/web/node_modules/axe-core/axe.min.js")));

    readonly BrowserFixture _fixture;
    readonly IBrowserContext _context;
    readonly List<string> _faults = [];

    public Visit(BrowserFixture fixture, IBrowserContext context, IPage page)
    {
        (_fixture, _context, Page) = (fixture, context, page);
        page.PageError += (_, fault) => Keep(fault);
        page.Console += (_, message) => { if (message.Type == "error") Keep(message.Text); };
    }

    public IPage Page { get; }

    /// <summary>Refusals of the API that the test means to cause: the browser writes each into its console.</summary>
    public List<string> Expected { get; } = [];

    public async Task<Visit> OpenAsync(string path)
    {
        await Page.GotoAsync(path.StartsWith('/') ? path : "/portal/" + path);
        return this;
    }

    /// <summary>Opens a screen of an account.</summary>
    public Task<Visit> OpenAsync(TestAccount account, string screen, string environment = "production") => OpenAsync($"{account.Id}/{environment}/{screen}");

    public ILocator Button(string name, bool exact = false) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = exact });

    public ILocator Link(string name, bool exact = false) => Page.GetByRole(AriaRole.Link, new() { Name = name, Exact = exact });

    public ILocator Heading(string name) => Page.GetByRole(AriaRole.Heading, new() { Name = name, Level = 1 });

    public ILocator Field(string label) => Page.GetByLabel(label, new() { Exact = false });

    public Task SeesAsync(string text) => Assertions.Expect(Page.GetByText(text).First).ToBeVisibleAsync(new() { Timeout = 20_000 });

    public static Task SeesAsync(ILocator locator) => Assertions.Expect(locator.First).ToBeVisibleAsync(new() { Timeout = 20_000 });

    public static Task SeesNotAsync(ILocator locator) => Assertions.Expect(locator).ToHaveCountAsync(0, new() { Timeout = 20_000 });

    /// <summary>Kept in tests/results/screenshots; the best are in docs.</summary>
    public async Task<Visit> PictureAsync(string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Repository, "tests/results/screenshots"));
        await Page.ScreenshotAsync(new() { Path = Path.Combine(folder.FullName, name + ".png"), Animations = ScreenshotAnimations.Disabled });
        return this;
    }

    /// <summary>axe finds nothing against WCAG 2.2 AA.</summary>
    /// <param name="frame">Of the page, instead of the page itself.</param>
    public async Task<Visit> IsAccessibleAsync(IFrame? frame = null)
    {
        frame ??= Page.MainFrame;
        // Evaluated, not loaded: the page's policy lets no foreign script in, and shall not for this.
        await frame.EvaluateAsync(Axe.Value);
        var found = await frame.EvaluateAsync<JsonElement>(
            "() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then(result => result.violations.map(violation => ({ id: violation.id, nodes: violation.nodes.map(node => node.html.slice(0, 200) + ' — ' + node.failureSummary) })))");
        Assert.True(found.GetArrayLength() == 0, $"{Page.Url}: {found}");
        return this;
    }

    /// <summary>Nothing is wider than the window, and no table must be pushed sideways to get at its end.</summary>
    public async Task NothingIsCutOffAsync()
    {
        var beyond = await Page.EvaluateAsync<string[]>("""
            () => [document.documentElement, ...document.querySelectorAll('.nova-scroll')].filter(part => part.scrollWidth > part.clientWidth)
                .map(part => `${part.className || part.tagName} is ${part.scrollWidth - part.clientWidth} px too wide: ${part.innerText.slice(0, 80)}`)
            """);
        Assert.True(beyond.Length == 0, $"{Page.Url}: {string.Join("; ", beyond)}");
    }

    void Keep(string fault)
    {
        lock (_faults) _faults.Add(fault);
    }

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        lock (_faults)
        {
            var unexpected = _faults.Where(fault => !Expected.Any(fault.Contains)).ToArray();
            Assert.True(unexpected.Length == 0, string.Join(Environment.NewLine, unexpected));
        }
    }

    static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Nova.slnx"))) return folder.FullName;
        throw new InvalidOperationException("The tests run outside of the repository.");
    }
}
