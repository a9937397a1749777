using System.Net;

namespace Nova;

/// <summary>How people sign in, and where the portal is: configuration section <c>Nova:Portal</c>.</summary>
public sealed class PortalOptions
{
    /// <summary>
    /// Where people reach this server: <c>https://hooks.example.com</c>. Links in answers begin with it, and cookies are for https alone where it does.
    /// Default: none, and then the address that a request was made to.
    /// </summary>
    public string? BaseUrl { get; set; }

    /// <summary>Sites that may show the embedded portal in a frame, as <c>https://host</c>. Where people sign in with a password is never framed. Default: none.</summary>
    public IReadOnlyList<string> FrameAncestors { get; set; } = [];

    /// <summary>
    /// Proxies, as networks, whose <c>X-Forwarded-For</c> is believed when attempts to sign in are counted by address and when the audit log names one.
    /// Default: none, and then it is the address of whoever connects.
    /// </summary>
    public IReadOnlyList<string> TrustedProxies { get; set; } = [];

    /// <summary>A session ends when nobody has been seen in it for so long. Default 24 hours; 5 minutes to 30 days.</summary>
    public TimeSpan SessionIdle { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// A session ends so long after sign-in, however busy it is. Default 30 days, which is the longest that NIST SP 800-63B (4.1.3) grants to sessions
    /// that a password alone began; 1 hour to 30 days.
    /// </summary>
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long an invitation can be accepted. Default 7 days: it is handed on by a person, perhaps before a weekend. 1 hour to 30 days.</summary>
    public TimeSpan InvitationLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long the set-up link and links that set a password can be used. Default 24 hours; 10 minutes to 7 days.</summary>
    public TimeSpan LinkLifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// Attempts to sign in to one e-mail address within <see cref="AttemptWindow"/>, known or not; more are answered with 429. Default 10: NIST SP 800-63B
    /// (5.2.2) allows 100 failures in a row at most, and people need two or three. 3 to 100.
    /// </summary>
    public int AttemptsPerEmail { get; set; } = 10;

    /// <summary>The same from one network address, whoever is meant: an office may share one. Default 100; 10 to 10,000.</summary>
    public int AttemptsPerAddress { get; set; } = 100;

    /// <summary>What attempts are counted in. Default 15 minutes; 1 minute to 12 hours.</summary>
    public TimeSpan AttemptWindow { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>What is wrong with the values, each with its key and what it should be; empty when nothing is.</summary>
    public IReadOnlyList<string> Faults()
    {
        List<string> faults = [];
        if (BaseUrl is { } url && (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https")
            || parsed.AbsolutePath != "/" || parsed.Query.Length > 0 || parsed.UserInfo.Length > 0))
            faults.Add($"Nova:Portal:BaseUrl is '{url}'; write scheme and host alone, such as https://hooks.example.com.");
        foreach (var site in FrameAncestors)
            if (!Uri.TryCreate(site, UriKind.Absolute, out var origin) || origin.Scheme is not ("http" or "https") || origin.AbsolutePath != "/"
                || site.Any(c => char.IsWhiteSpace(c) || c is ';' or '\'' or '"'))
                faults.Add($"Nova:Portal:FrameAncestors has '{site}'; write each as https://host, separated by commas.");
        foreach (var network in TrustedProxies)
            if (!IPNetwork.TryParse(network, out _) && !IPAddress.TryParse(network, out _))
                faults.Add($"Nova:Portal:TrustedProxies has '{network}'; write networks such as 10.0.0.0/8, separated by commas.");
        Range("SessionIdle", SessionIdle, TimeSpan.FromMinutes(5), TimeSpan.FromDays(30));
        Range("SessionLifetime", SessionLifetime, TimeSpan.FromHours(1), TimeSpan.FromDays(30));
        Range("InvitationLifetime", InvitationLifetime, TimeSpan.FromHours(1), TimeSpan.FromDays(30));
        Range("LinkLifetime", LinkLifetime, TimeSpan.FromMinutes(10), TimeSpan.FromDays(7));
        Range("AttemptWindow", AttemptWindow, TimeSpan.FromMinutes(1), TimeSpan.FromHours(12));
        if (AttemptsPerEmail is < 3 or > 100) faults.Add($"Nova:Portal:AttemptsPerEmail is {AttemptsPerEmail}; it must be from 3 to 100.");
        if (AttemptsPerAddress is < 10 or > 10_000) faults.Add($"Nova:Portal:AttemptsPerAddress is {AttemptsPerAddress}; it must be from 10 to 10000.");
        return faults;

        void Range(string key, TimeSpan value, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most) faults.Add($"Nova:Portal:{key} is {value}; it must be from {least} to {most}.");
        }
    }
}
