using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Nova.Model;

namespace Nova.AspNetCore.Authentication;

/// <summary>Hashes passwords and verifies them, with ASP.NET Core's hasher: PBKDF2 with HMAC-SHA512, a salt of 128 bits, the cost in the hash.</summary>
/// <remarks>
/// A verification takes the processor for some 100 ms, and it takes as long where there is no such user. At most half of the processors do it at once:
/// a crowd that signs in waits for itself, and deliveries do not.
/// </remarks>
internal sealed class Passwords : IDisposable
{
    /// <summary>Of PBKDF2 with HMAC-SHA512: OWASP Password Storage Cheat Sheet, 2023. The hasher's own default is 100,000.</summary>
    const int Iterations = 210_000;

    readonly PasswordHasher<User> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Iterations }));
    readonly SemaphoreSlim _turns = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>What is verified against where there is no such user: of a password that nobody has.</summary>
    readonly Lazy<string> _nobodys;

    public Passwords() => _nobodys = new(() => _hasher.HashPassword(null!, Secrets.KeyMaker.Make("")));

    public async Task<string> HashAsync(string password, CancellationToken cancellation)
    {
        await _turns.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => _hasher.HashPassword(null!, password), cancellation);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>Whether it is the user's password, and whether its hash is of a lower cost than is made today. The same work for a user who is null.</summary>
    public async Task<(bool IsRight, bool IsOutdated)> VerifyAsync(User? user, string password, CancellationToken cancellation)
    {
        await _turns.WaitAsync(cancellation);
        try
        {
            var verdict = await Task.Run(() =>
            {
                // Made for whoever is first, known or not: else the first stranger of a process would wait twice as long.
                var nobodys = _nobodys.Value;
                return _hasher.VerifyHashedPassword(null!, user?.PasswordHash ?? nobodys, password);
            }, cancellation);
            return (user is not null && verdict != PasswordVerificationResult.Failed, verdict == PasswordVerificationResult.SuccessRehashNeeded);
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();
}
