using Microsoft.Extensions.Logging;
using Nova.Model;
using Nova.Secrets;
using Nova.Storage;
using Nova.Telemetry;

namespace Nova.Accounts;

/// <summary>
/// After a rotation of the master key: seals with the new key what an earlier one has sealed, so that the earlier one can be taken away. Runs at each start and
/// every hour, looks at what is in memory, and writes only what is not sealed with the key in force.
/// </summary>
/// <remarks>
/// Only the seal changes: secrets, headers and everything else stay what they are, so that deliveries under way do not notice. Endpoints of a product that is not
/// installed are out of reach, and keep their key. Answers kept for repeated requests are gone after a day by themselves.
/// </remarks>
internal sealed class SecretResealer(AccountDirectory directory, SecretBox box, TimeProvider clock, ILogger<SecretResealer> logger)
{
    /// <summary>Another node may have written with the earlier key while nodes were restarted one by one.</summary>
    static readonly TimeSpan Every = TimeSpan.FromHours(1);

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                try
                {
                    await ResealAsync(stop);
                }
                catch (Exception fault) when (fault is not OperationCanceledException)
                {
                    Log.NotResealed(logger, fault);
                }
                await Task.Delay(Every, clock, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    /// <summary>One turn. Returns how many endpoints were sealed anew.</summary>
    public async Task<int> ResealAsync(CancellationToken cancellation)
    {
        var resealed = 0;
        foreach (var endpoint in directory.Accounts.ToArray()
            .SelectMany(account => Enum.GetValues<EnvironmentName>().Select(name => directory.Environment(account.Id, name)))
            .SelectMany(entry => entry?.Targets ?? []).Select(target => target.Endpoint).Where(IsOfEarlierKey))
        {
            var now = clock.Now();
            var changed = endpoint with
            {
                Secrets = [.. endpoint.Secrets.Select(secret => secret with { Sealed = Reseal(secret.Sealed, endpoint.Id) })],
                Headers = endpoint.Headers is null ? null : Reseal(endpoint.Headers, endpoint.Id),
                // The row's version: it always moves on.
                UpdatedAt = now > endpoint.UpdatedAt ? now : endpoint.UpdatedAt.AddMilliseconds(1),
            };
            // Changed by somebody else meanwhile: then it is sealed with the key in force, or is looked at again in an hour.
            if (await directory.SaveAsync([new DirectoryChange.OfEndpoint(changed, endpoint.UpdatedAt)], cancellation) == SaveResult.Saved) resealed++;
        }
        if (resealed > 0) Log.Resealed(logger, resealed);
        return resealed;
    }

    bool IsOfEarlierKey(Endpoint endpoint) =>
        endpoint.Secrets.Any(secret => !box.IsCurrent(secret.Sealed)) || (endpoint.Headers is { } headers && !box.IsCurrent(headers));

    SealedBytes Reseal(SealedBytes old, Id<Endpoint> owner) => box.IsCurrent(old) ? old : box.Seal(box.Open(old, owner.Value), owner.Value);
}
