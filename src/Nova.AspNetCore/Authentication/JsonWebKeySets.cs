using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using Nova.Egress;

namespace Nova.AspNetCore.Authentication;

/// <summary>The key sets that products name, each read once for all of them.</summary>
internal sealed class JsonWebKeySets(NovaOptions options, TimeProvider clock, ILogger<JsonWebKeySets> logger)
{
    /// <summary>The operator's own authorities count here too: who needs them for receivers has his identity provider under them.</summary>
    readonly CertificateRule _certificates = new(options.Egress.LoadExtraRoots(out _) ?? [], clock);

    readonly ConcurrentDictionary<string, JsonWebKeySetCache> _sets = new(StringComparer.Ordinal);

    public JsonWebKeySetCache Of(string place) => _sets.GetOrAdd(place, static (place, at) => new(place, at._certificates, at.clock, at.logger), (_certificates, clock, logger));
}

/// <summary>A JSON Web Key Set from a file or an URL, read again from time to time, and when a key is asked for that it does not have.</summary>
internal sealed class JsonWebKeySetCache(string place, CertificateRule certificates, TimeProvider clock, ILogger logger)
{
    /// <summary>A withdrawn key is refused after this long at the latest.</summary>
    static readonly TimeSpan KeepFor = TimeSpan.FromMinutes(10);

    /// <summary>Tokens with made-up key ids cause no more than one read a minute.</summary>
    static readonly TimeSpan AtMostEvery = TimeSpan.FromMinutes(1);

    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>A set of a hundred RSA keys has about 50 KiB.</summary>
    const int MostBytes = 256 * 1024;

    readonly SemaphoreSlim _reading = new(1, 1);
    IReadOnlyList<JsonWebKey> _keys = [];
    long _readAt = long.MinValue;
    volatile bool _isRead;

    /// <summary>The last reading succeeded. Where it did not, a key that is not among those of before may well be a good one.</summary>
    public bool IsRead => _isRead;

    /// <summary>The key for a token's header: the one with its id; for a token that names none, the only one. Null where there is none.</summary>
    public async ValueTask<JsonWebKey?> FindAsync(string? keyId, string algorithm, CancellationToken cancellation)
    {
        if (Age > KeepFor) await ReadAsync(KeepFor, cancellation);
        if (Find(keyId, algorithm) is { } found) return found;
        await ReadAsync(AtMostEvery, cancellation);
        return Find(keyId, algorithm);
    }

    /// <summary>What a set has of public keys. Private and symmetric ones have no business in it, and are not taken.</summary>
    /// <exception cref="ArgumentException">It is no key set.</exception>
    public static IReadOnlyList<JsonWebKey> Parse(string text) => [.. new JsonWebKeySet(text).Keys.Where(key => key.Kty is "RSA" or "EC")];

    TimeSpan Age => Volatile.Read(ref _readAt) is var at && at == long.MinValue ? TimeSpan.MaxValue : clock.GetElapsedTime(at);

    JsonWebKey? Find(string? keyId, string algorithm)
    {
        var fitting = _keys.Where(key => Fits(key, algorithm) && (keyId is null || key.Kid == keyId)).Take(2).ToArray();
        return fitting.Length == 1 ? fitting[0] : null;
    }

    static bool Fits(JsonWebKey key, string algorithm) =>
        key.Kty == (algorithm == "RS256" ? "RSA" : "EC")
        && (algorithm != "ES256" || key.Crv == "P-256")
        && key.Use is null or "" or "sig"
        && (string.IsNullOrEmpty(key.Alg) || key.Alg == algorithm);

    async Task ReadAsync(TimeSpan unlessYoungerThan, CancellationToken cancellation)
    {
        await _reading.WaitAsync(cancellation);
        try
        {
            if (Age <= unlessYoungerThan) return;
            _keys = Parse(await ReadTextAsync(cancellation));
            _isRead = true;
            Volatile.Write(ref _readAt, clock.GetTimestamp());
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            // The keys of before go on; of a token that none of them fits it is not known whether it is good, and the next minute tries again.
            ApiLog.KeySetNotRead(logger, place, fault.Message);
            _isRead = false;
            Volatile.Write(ref _readAt, clock.GetTimestamp());
        }
        finally
        {
            _reading.Release();
        }
    }

    async Task<string> ReadTextAsync(CancellationToken cancellation)
    {
        if (!Uri.TryCreate(place, UriKind.Absolute, out var uri)) return await File.ReadAllTextAsync(place, cancellation);
        if (uri.IsFile) return await File.ReadAllTextAsync(uri.LocalPath, cancellation);
        using var limit = new CancellationTokenSource(Timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        // The operator names this place, so it is dialled as it stands: it may well be inside his own network.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, SslOptions = certificates.NewOptions(certificates.Validate) };
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: true);
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        using var response = await invoker.SendAsync(request, both.Token);
        response.EnsureSuccessStatusCode();
        await response.Content.LoadIntoBufferAsync(MostBytes, both.Token);
        return await response.Content.ReadAsStringAsync(both.Token);
    }
}
