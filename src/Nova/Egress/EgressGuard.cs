using System.Net;
using System.Net.NetworkInformation;

namespace Nova.Egress;

/// <summary>
/// Keeps Nova from being sent into the network that it stands in. Judges a URL when it is saved, and each address when it is dialled:
/// the second is the one that counts, because a name may point elsewhere by then. <see cref="SafeConnector"/> asks it.
/// </summary>
internal sealed class EgressGuard
{
    /// <summary>
    /// What a customer is told of every refused address, at saving and in the attempt: one text, and no request was made, so that it does
    /// not tell an open port from a closed one, nor a host that is there from one that is not.
    /// </summary>
    public const string Blocked =
        "The host is not on the public internet. Webhooks are sent to public addresses only: "
        + "use a host that is reachable from the internet.";

    /// <summary>How long the host's own addresses are taken for granted. They change when an interface comes up, which is rare.</summary>
    static readonly TimeSpan OwnAddressesFor = TimeSpan.FromMinutes(1);

    readonly EgressOptions _options;
    readonly IDnsResolver _resolver;
    readonly TimeProvider _clock;
    readonly Func<IReadOnlyCollection<IPAddress>> _readOwnAddresses;
    readonly NetworkRange[] _allowed;
    readonly NetworkRange[] _denied;
    volatile OwnAddresses? _own;

    /// <param name="options">Valid ones: <see cref="EgressOptions.Faults"/> is empty.</param>
    /// <param name="resolver">For the check at saving.</param>
    /// <param name="clock">For the age of the list of own addresses.</param>
    /// <param name="ownAddresses">The addresses of this host, refused even where they are public; null: those of its interfaces.</param>
    public EgressGuard(
        EgressOptions options, IDnsResolver resolver, TimeProvider clock, Func<IReadOnlyCollection<IPAddress>>? ownAddresses = null)
    {
        _options = options;
        _resolver = resolver;
        _clock = clock;
        _readOwnAddresses = ownAddresses ?? AddressesOfInterfaces;
        List<string> faults = [];
        _allowed = NetworkRange.ParseAll("Nova:Egress:AllowedNetworks", options.AllowedNetworks, faults);
        _denied = NetworkRange.ParseAll("Nova:Egress:DeniedNetworks", options.DeniedNetworks, faults);
        if (faults.Count > 0) throw new ArgumentException(string.Join(' ', faults), nameof(options));
    }

    /// <summary>The check of the text alone: form, scheme, port, and the host where it is an address. Looks nothing up.</summary>
    public UrlVerdict Check(string? url)
    {
        var shape = UrlShape.Read(url);
        if (FaultOf(shape) is { } fault) return UrlVerdict.Refuse(fault);
        if (shape.HasRootDot) url = url!.Remove(url.IndexOf("://", StringComparison.Ordinal) + 3 + shape.Host.Length, 1);
        // The second opinion: what will be dialled is what Uri reads, so it must read the same.
        return Uri.TryCreate(url, UriKind.Absolute, out var uri) && ReadsTheSame(uri, shape)
            ? UrlVerdict.Allow(uri)
            : UrlVerdict.Refuse("The URL cannot be read without doubt. Write it as https://hooks.example.com/nova.");
    }

    /// <summary>
    /// The check when an endpoint is saved: <see cref="Check"/>, and every address that the name has now must be one that may be dialled.
    /// With an egress proxy nothing is looked up: the names are the proxy's.
    /// </summary>
    public async Task<UrlVerdict> CheckResolvingAsync(string? url, CancellationToken cancellation)
    {
        var verdict = Check(url);
        if (!verdict.IsAllowed || _options.Proxy is not null || verdict.Uri.HostNameType != UriHostNameType.Dns) return verdict;
        var name = verdict.Uri.IdnHost;
        var answer = await _resolver.ResolveAsync(name, cancellation);
        if (answer.Fault != DnsFault.None)
            return UrlVerdict.Refuse($"{answer.Describe(name)} Check the spelling, or publish the name first and try again.");
        return MayDialAll(answer.Addresses, verdict.Uri.Port) ? verdict : UrlVerdict.Refuse(Blocked);
    }

    /// <summary>Why a URL that was let in earlier may not be used as things are set now; null where it may.</summary>
    public string? FaultOf(Uri url) => FaultOf(UrlShape.Read(url.OriginalString));

    /// <summary>True when every address may be dialled. One that may not spoils all: who mixes them is trying something.</summary>
    public bool MayDialAll(IReadOnlyList<IPAddress> addresses, int port)
    {
        foreach (var address in addresses)
        {
            if (!MayDial(address, port)) return false;
        }
        return addresses.Count > 0;
    }

    /// <summary>Whether this very address may be dialled on this port.</summary>
    public bool MayDial(IPAddress address, int port)
    {
        address = SpecialRanges.Plain(address);
        var carried = SpecialRanges.Carried(address);
        if (SpecialRanges.IsMetadata(address) || (carried is not null && SpecialRanges.IsMetadata(carried))) return false;
        if (IsIn(_denied, address, port)) return false;
        if (IsAllowed(address, port)) return carried is null || MayDial(carried, port);
        return SpecialRanges.IsPublic(address) && !IsOwn(address);
    }

    /// <summary>Whether the address is globally reachable, by the registries alone.</summary>
    public static bool IsPublic(IPAddress address) => SpecialRanges.IsPublic(SpecialRanges.Plain(address));

    string? FaultOf(in UrlShape shape)
    {
        if (shape.Fault is not null) return shape.Fault;
        if (!shape.IsHttps && !_options.AllowHttp) return "The URL must start with https://; this server does not send over plain http.";
        if (shape.Address is { } address) return MayDial(address, shape.Port) ? null : Blocked;
        if (LocalNames.IsMetadata(shape.Host)) return Blocked;
        // With allowed networks a local name may be one of theirs; its addresses decide.
        return LocalNames.Has(shape.Host) && _allowed.Length == 0 ? Blocked : null;
    }

    static bool ReadsTheSame(Uri uri, in UrlShape shape)
    {
        try
        {
            if (uri.UserInfo.Length > 0 || uri.Port != shape.Port) return false;
            if (uri.Scheme != (shape.IsHttps ? Uri.UriSchemeHttps : Uri.UriSchemeHttp)) return false;
            return shape.Address is { } address
                ? IPAddress.TryParse(uri.IdnHost, out var read) && read.Equals(address)
                : shape.Host.Equals(uri.IdnHost, StringComparison.OrdinalIgnoreCase);
        }
        catch (UriFormatException)
        {
            // IdnHost throws for some hosts that TryCreate has taken.
            return false;
        }
    }

    bool IsAllowed(IPAddress address, int port) =>
        // Loopback is one place with two names, and "localhost" has both.
        IsIn(_allowed, address, port) || (address.Equals(IPAddress.IPv6Loopback) && IsIn(_allowed, IPAddress.Loopback, port));

    static bool IsIn(NetworkRange[] ranges, IPAddress address, int port)
    {
        foreach (var range in ranges)
        {
            if (range.Contains(address, port)) return true;
        }
        return false;
    }

    bool IsOwn(IPAddress address)
    {
        var own = _own;
        if (own is null || _clock.GetElapsedTime(own.ReadAt) > OwnAddressesFor)
            _own = own = new([.. _readOwnAddresses().Select(SpecialRanges.Plain)], _clock.GetTimestamp());
        return own.Addresses.Contains(address);
    }

    static IReadOnlyCollection<IPAddress> AddressesOfInterfaces()
    {
        try
        {
            return
            [
                .. NetworkInterface.GetAllNetworkInterfaces()
                    .SelectMany(face => face.GetIPProperties().UnicastAddresses).Select(entry => entry.Address),
            ];
        }
        catch (NetworkInformationException)
        {
            // A sandbox that hides its interfaces. Private addresses are refused all the same.
            return [];
        }
    }

    sealed record OwnAddresses(HashSet<IPAddress> Addresses, long ReadAt);
}
