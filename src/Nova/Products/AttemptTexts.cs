using System.Globalization;
using System.Text;

namespace Nova.Products;

/// <summary>The placeholders of one attempt as text, for headers and signed contents. Keeps the timestamp, which both often want.</summary>
internal struct AttemptTexts
{
    string? _timestamp;

    public string Of(Placeholder placeholder, in RequestFacts facts) => placeholder switch
    {
        Placeholder.Timestamp => _timestamp ??= Number(facts.Timestamp.ToUnixTimeSeconds()),
        Placeholder.TimestampMs => Number(facts.Timestamp.ToUnixTimeMilliseconds()),
        Placeholder.Attempt => Number(facts.Attempt),
        Placeholder.Secret => facts.Keys[0].Secret ?? "",
        Placeholder.Url => WithoutFragment(facts.Url),
        Placeholder.Method => "POST",
        Placeholder.EventId => Safe(facts.Event.Id),
        Placeholder.EventType => Safe(facts.Event.Type),
        Placeholder.EventTime => Envelope.FormatTime(facts.Event.Time),
        Placeholder.EventTimeUnix => Number(facts.Event.Time.ToUnixTimeSeconds()),
        Placeholder.EventTimeMs => Number(facts.Event.Time.ToUnixTimeMilliseconds()),
        Placeholder.Tenant => Safe(facts.Event.Tenant ?? ""),
        Placeholder.Account => Safe(facts.Event.Account),
        Placeholder.AccountId => Safe(facts.Event.AccountId),
        Placeholder.Environment => Safe(facts.Event.Environment),
        Placeholder.EnvironmentLive => Envelope.IsLive(facts.Event) ? "true" : "false",
        Placeholder.DeliveryId => Safe(facts.Delivery.Id),
        Placeholder.DeliveryTime => Envelope.FormatTime(facts.Delivery.Time),
        Placeholder.DeliveryTimeUnix => Number(facts.Delivery.Time.ToUnixTimeSeconds()),
        Placeholder.DeliveryTimeMs => Number(facts.Delivery.Time.ToUnixTimeMilliseconds()),
        _ => throw new ArgumentOutOfRangeException(nameof(placeholder), placeholder, "Not a placeholder of a request."),
    };

    /// <summary>
    /// What publishers and operators name can hold any character; a header cannot. Whatever is not visible ASCII is written as the
    /// percent code of its UTF-8, in headers and in signed contents alike, so that what the receiver sees is what was signed.
    /// </summary>
    internal static string Safe(string value)
    {
        if (!value.AsSpan().ContainsAnyExceptInRange('!', '~')) return value;
        var safe = new StringBuilder(value.Length + 16);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in value.EnumerateRunes())
        {
            if (rune.Value is >= '!' and <= '~')
            {
                safe.Append((char)rune.Value);
                continue;
            }
            var written = rune.EncodeToUtf8(bytes);
            foreach (var octet in bytes[..written]) safe.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
        }
        return safe.ToString();
    }

    /// <summary>A fragment is not sent, so a receiver cannot sign it.</summary>
    static string WithoutFragment(string url) => url.IndexOf('#') is >= 0 and var at ? url[..at] : url;

    static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
