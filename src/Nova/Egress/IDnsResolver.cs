using System.Net;

namespace Nova.Egress;

/// <summary>Finds the addresses of a name, within two seconds, without holding a thread.</summary>
internal interface IDnsResolver
{
    /// <summary>Never throws but for the token, which ends the waiting, not the look-up that others share.</summary>
    Task<DnsAnswer> ResolveAsync(string name, CancellationToken cancellation);
}

/// <summary>
/// What a look-up came to. <paramref name="Addresses"/> has at least one entry where <paramref name="Fault"/> is None, else none.
/// </summary>
internal sealed record DnsAnswer(IReadOnlyList<IPAddress> Addresses, DnsFault Fault)
{
    public static readonly DnsAnswer NotFound = new([], DnsFault.NotFound);
    public static readonly DnsAnswer NoAddress = new([], DnsFault.NoAddress);
    public static readonly DnsAnswer Timeout = new([], DnsFault.Timeout);
    public static readonly DnsAnswer Error = new([], DnsFault.Error);

    /// <summary>What to tell a person.</summary>
    public string Describe(string name) => Fault switch
    {
        DnsFault.NotFound => $"The name {name} does not exist in DNS.",
        DnsFault.NoAddress => $"The name {name} has no address in DNS.",
        DnsFault.Timeout => $"The name servers of {name} did not answer within 2 s.",
        DnsFault.Error => $"The look-up of {name} failed: its name servers answered with an error.",
        _ => $"The name {name} has {Addresses.Count} addresses.",
    };
}

internal enum DnsFault
{
    None,
    /// <summary>There is no such name.</summary>
    NotFound,
    /// <summary>The name is there, but without an A or AAAA record.</summary>
    NoAddress,
    /// <summary>No answer in time.</summary>
    Timeout,
    /// <summary>The servers refused or failed, or answered nonsense.</summary>
    Error,
}
