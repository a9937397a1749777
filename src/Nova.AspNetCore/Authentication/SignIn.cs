using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Nova.AspNetCore.Reading;
using Nova.Model;
using Nova.Secrets;
using Nova.Storage;

namespace Nova.AspNetCore.Authentication;

/// <summary>Checks who somebody says that he is, as often as he may try; and makes the links by which people come in for the first time.</summary>
/// <remarks>
/// Attempts are counted in the store, before the password is looked at: on all nodes together, and not forgotten by a restart. They are counted by address given,
/// whether there is such a user or not, and by network; both in the same way, with the same words and after the same work.
/// </remarks>
internal sealed class SignIn(IPeopleStore store, Passwords passwords, PortalOptions options, ClientAddress client, TimeProvider clock)
{
    /// <summary>The user whose address and password these are; else why not. The address is in lower case.</summary>
    public async Task<(User? User, Problem? Problem)> CheckAsync(HttpContext context, string email, string password)
    {
        var cancellation = context.RequestAborted;
        var byEmail = Subject("email:" + email);
        var wait = await store.CountAttemptsAsync(
            [new(byEmail, options.AttemptsPerEmail), new(Subject("network:" + client.NetworkOf(context)), options.AttemptsPerAddress)],
            options.AttemptWindow, cancellation);
        if (wait is { } time) return (null, Problems.SignInThrottled((int)Math.Ceiling(time.TotalSeconds)));
        var user = await store.FindUserAsync(email, cancellation);
        var (isRight, isOutdated) = await passwords.VerifyAsync(user, password, cancellation);
        if (!isRight) return (null, Problems.SignInFailed);
        await store.ForgetAttemptsAsync(byEmail, cancellation);
        if (isOutdated)
        {
            user = user! with { PasswordHash = await passwords.HashAsync(password, cancellation) };
            await store.SaveAsync([new PeopleChange.OfUser(user)], cancellation);
        }
        return (user, null);
    }

    /// <summary>A new one-time token, and the link to the portal that carries it. In the fragment, which browsers send to nobody: it is in no log of any proxy.</summary>
    public (OneTimeToken Token, string Text, string Url) NewLink(
        HttpContext? context, TokenPurpose purpose, Guid subject, TimeSpan lifetime, string page, LinkGrant? link = null, TimeSpan sessionFor = default, string? at = null)
    {
        var text = KeyMaker.Make("ot_");
        return (new(HashOf(text), purpose, subject, link, sessionFor, clock.Now() + lifetime), text, $"{at ?? BaseOf(context!)}/portal/{page}#token={text}");
    }

    /// <summary>The good token of this text and purpose; null: none.</summary>
    public Task<OneTimeToken?> FindTokenAsync(string text, TokenPurpose purpose, CancellationToken cancellation) =>
        store.FindTokenAsync(HashOf(text), purpose, cancellation);

    /// <summary>Where people reach this server: as configured, else as this request did.</summary>
    public string BaseOf(HttpContext context) =>
        options.BaseUrl?.TrimEnd('/') ?? UriHelper.BuildAbsolute(context.Request.Scheme, context.Request.Host, context.Request.PathBase).TrimEnd('/');

    /// <summary>Reads an address: one @ with something on both sides, nothing that is not printed. Whether it is his, only he can show. In lower case.</summary>
    public static string NeedEmail(RequestObject reading, string name = "email")
    {
        var email = reading.NeedText(name, 254).Trim().ToLowerInvariant(); // RFC 5321: 256 with the brackets around it.
        var at = email.IndexOf('@', StringComparison.Ordinal);
        if (email.Length > 0 && (at <= 0 || at != email.LastIndexOf('@') || at == email.Length - 1 || email.Any(char.IsWhiteSpace)))
            reading.Fault(name, "Must be an e-mail address.");
        return email;
    }

    /// <summary>Reads a password to be set.</summary>
    public static string NeedNewPassword(RequestObject reading, string email, string name = "password")
    {
        if (reading.Content(name) is not { } password)
        {
            reading.Need(name);
            return "";
        }
        if (PasswordFault(password, email) is { } fault) reading.Fault(name, fault);
        return password;
    }

    /// <summary>Reads a password that was set before: whatever it is, it is looked at no closer than by the hash.</summary>
    public static string NeedPassword(RequestObject reading, string name = "password")
    {
        if (reading.Content(name) is not { Length: > 0 } password)
        {
            reading.Need(name);
            return "";
        }
        if (password.Length > PasswordRule.Most) reading.Fault(name, $"Must have at most {PasswordRule.Most} characters.");
        return password;
    }

    static string? PasswordFault(string password, string email) =>
        password.Length == 0 ? $"Must have at least {PasswordRule.Least} characters." : PasswordRule.Fault(password, email);

    static byte[] HashOf(string text) => KeyHash.Of(text).ToBytes();

    static byte[] Subject(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
