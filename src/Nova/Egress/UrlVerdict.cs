using System.Diagnostics.CodeAnalysis;

namespace Nova.Egress;

/// <summary>What the egress guard says of a URL: the parsed URL, or why it is refused and what to do about it.</summary>
internal readonly record struct UrlVerdict
{
    UrlVerdict(Uri? uri, string? fault)
    {
        Uri = uri;
        Fault = fault;
    }

    /// <summary>Null where the URL is refused.</summary>
    public Uri? Uri { get; }

    /// <summary>For the customer, in full sentences; null where the URL is allowed.</summary>
    public string? Fault { get; }

    [MemberNotNullWhen(true, nameof(Uri))]
    [MemberNotNullWhen(false, nameof(Fault))]
    public bool IsAllowed => Uri is not null;

    public static UrlVerdict Allow(Uri uri) => new(uri, null);

    public static UrlVerdict Refuse(string fault) => new(null, fault);
}
