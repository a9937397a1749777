using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Nova.Model;
using Nova.Storage;

namespace Nova.AspNetCore.Authentication;

/// <summary>While nobody can sign in as an operator, each start makes a link by which the first one can, and says it in the log. The link of before is then spent.</summary>
/// <remarks>Who reads the server's log runs the server. The link is good once and for <see cref="PortalOptions.LinkLifetime"/>; the store has its hash only.</remarks>
internal sealed class SetupLink(IPeopleStore store, SignIn signIn, PortalOptions options, IServer server, SetupOutput output, ILogger<SetupLink> logger) : IHostedLifecycleService
{
    /// <summary>When the server listens, because the link says where.</summary>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (await store.HasOperatorAsync(cancellationToken)) return;
        var at = options.BaseUrl?.TrimEnd('/') ?? server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()?.TrimEnd('/') ?? "";
        var (token, _, url) = signIn.NewLink(null, TokenPurpose.Setup, Guid.Empty, options.LinkLifetime, "setup", at: at);
        await store.SaveAsync([new PeopleChange.OfNewToken(token)], cancellationToken);
        ApiLog.SetupNeeded(logger, url, token.ExpiresAt);
        // Whoever has turned the log down still has to get in.
        if (!logger.IsEnabled(LogLevel.Warning)) await output.Writer.WriteLineAsync($"Nobody can sign in yet. The first operator opens, once: {url}");
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <param name="Writer">Where the link goes where warnings are off. Default: the console. Tests, which nobody sets up, give one that takes everything.</param>
internal sealed record SetupOutput(TextWriter Writer);
