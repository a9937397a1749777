using System.Diagnostics;
using System.Threading.Channels;
using Nova.TestSupport;

namespace Nova.BrowserTests;

/// <summary>From nothing to "my endpoint got a verified event", with a receiver of one's own and no documentation but the screens.</summary>
public sealed class OwnReceiverTests(BrowserFixture fixture)
{
    [Theory]
    [InlineData("embed", "Add Endpoint")]
    [InlineData("kit", "Create Webhook")]
    [InlineData("calls", "Register Webhook")]
    public async Task The_receiver_that_the_page_shows_finds_the_first_test_verified(string product, string create)
    {
        var account = await fixture.Server.AddAccountAsync(product, product == "kit" ? "pro" : null);
        await using var visit = await fixture.VisitAsync(fixture.Operator);
        await visit.OpenAsync(account, "webhooks/new", "sandbox");
        await visit.Page.GetByPlaceholder("https://hooks.example.com/nova").FillAsync($"http://127.0.0.1:{LoopbackPort.Free()}/hooks");
        await visit.Page.GetByRole(AriaRole.Checkbox).First.CheckAsync();
        await visit.Button(create).ClickAsync();
        await Visit.SeesAsync(visit.Heading("Ready to receive"));

        // Saved and started as the page says, to the letter.
        var code = await visit.Page.GetByRole(AriaRole.Region, new() { Name = "receiver.mjs" }).TextContentAsync();
        var command = (await visit.Page.GetByTestId("run").TextContentAsync())!.TrimStart('$', ' ');
        await using var receiver = await OwnReceiver.StartAsync("receiver.mjs", code!, command);
        await visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Send Test") }).ClickAsync();
        await visit.SeesAsync("It arrived");
        Assert.StartsWith("verified", await receiver.NextLineAsync(), StringComparison.Ordinal);
        await visit.PictureAsync($"first-verified-{product}");

        // What its receiver makes of the signature Nova cannot know: an address, and a test that arrived.
        await visit.OpenAsync(account, "overview", "sandbox");
        await visit.SeesAsync("2 of 4 done");
    }

    /// <summary>A program in a folder of its own, started by a shell, as somebody would who follows the page.</summary>
    sealed class OwnReceiver : IAsyncDisposable
    {
        static readonly TimeSpan Patience = TimeSpan.FromSeconds(30); // Only a failing test waits this long.

        readonly Process _process;
        readonly string _folder;
        readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

        OwnReceiver(Process process, string folder)
        {
            (_process, _folder) = (process, folder);
            process.OutputDataReceived += (_, line) => Keep(line.Data);
            process.ErrorDataReceived += (_, line) => Keep(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        public static async Task<OwnReceiver> StartAsync(string file, string code, string command)
        {
            var folder = Directory.CreateTempSubdirectory("nova-own-receiver-").FullName;
            await File.WriteAllTextAsync(Path.Combine(folder, file), code);
            // "exec" after the assignments: the shell becomes the program, and is what is ended.
            var start = new ProcessStartInfo("sh", ["-c", command.Replace(" node ", " exec node ", StringComparison.Ordinal)])
            {
                WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
            };
            var receiver = new OwnReceiver(Process.Start(start)!, folder);
            Assert.StartsWith("listening", await receiver.NextLineAsync(), StringComparison.Ordinal);
            return receiver;
        }

        public async Task<string> NextLineAsync() => await _lines.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        void Keep(string? line)
        {
            if (line is not null) _lines.Writer.TryWrite(line);
        }

        public async ValueTask DisposeAsync()
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
