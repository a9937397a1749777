using System.Security.Cryptography;
using System.Text;
using Nova.Model;
using Nova.Storage;

namespace Nova.Replaying;

/// <summary>Begins a replay of many deliveries. <see cref="ReplayRunner"/> does the rest.</summary>
internal sealed class ReplayStarter(IReplayStore store, ReplaySource source, ReplayRunner runner, TimeProvider clock)
{
    /// <summary>Deliveries per second unless asked otherwise: a second's worth for a modest receiver, 180,000 in an hour.</summary>
    public const int DefaultRate = 50;

    /// <summary>The most that may be asked for: several jobs at this pace beside live traffic are still a small part of what a node sends.</summary>
    public const int MostRate = 1000;

    /// <summary>Jobs of one environment that run at once.</summary>
    public const int MostRunning = 5;

    public Task<ReplayCount> CountAsync(int environmentId, ReplaySelection selection, CancellationToken cancellation) =>
        source.CountAsync(environmentId, selection, cancellation);

    /// <returns>The job; or what stands in the way.</returns>
    public async Task<(ReplayJob? Job, ReplayStart Start)> StartAsync(
        int environmentId, ReplaySelection selection, int rate, CancellationToken cancellation)
    {
        var count = await source.CountAsync(environmentId, selection, cancellation);
        var now = clock.Now();
        var job = new ReplayJob
        {
            Id = Id<ReplayJob>.New(now),
            EnvironmentId = environmentId,
            Selection = selection,
            Key = KeyOf(selection),
            Rate = rate,
            Matching = count.Matching,
            MatchingIsLeast = count.IsLeast,
            CreatedAt = now,
        };
        var start = await store.StartReplayAsync(job, MostRunning, cancellation);
        if (start.Outcome != ReplayStartOutcome.Started) return (null, start);
        runner.Signal();
        return (job, start);
    }

    /// <summary>One job for an endpoint at a time, whatever it replays; of those for all endpoints, one for each filter, whatever its time range.</summary>
    static string KeyOf(ReplaySelection selection) => selection.EndpointId is { } endpoint
        ? endpoint.ToString()
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes((selection with { From = null, Until = default }).ToJson())));
}
