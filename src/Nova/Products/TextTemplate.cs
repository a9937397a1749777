using System.Collections.Frozen;
using System.Text;

namespace Nova.Products;

/// <summary>What can stand between braces in a definition's texts. Envelopes are kept for ever: a placeholder is never taken away or given another meaning.</summary>
internal enum Placeholder
{
    EventId,
    EventType,
    EventTime,
    EventTimeUnix,
    EventTimeMs,
    Tenant,
    Account,
    AccountId,
    Environment,
    EnvironmentLive,
    DeliveryId,
    DeliveryTime,
    DeliveryTimeUnix,
    DeliveryTimeMs,
    Data,
    Timestamp,
    TimestampMs,
    Attempt,
    Secret,
    Body,
    Url,
    Method,
    Signature,
}

/// <summary>Literal text, or a placeholder.</summary>
internal readonly record struct TextPart(string? Literal, Placeholder Placeholder = default);

/// <summary>A text with placeholders in braces, taken apart. <c>{{</c> and <c>}}</c> stand for one brace.</summary>
internal sealed class TextTemplate(IReadOnlyList<TextPart> parts)
{
    static readonly (string Name, Placeholder Placeholder)[] OfEvent =
    [
        ("event.id", Placeholder.EventId),
        ("event.type", Placeholder.EventType),
        ("event.time", Placeholder.EventTime),
        ("event.time.unix", Placeholder.EventTimeUnix),
        ("event.time.ms", Placeholder.EventTimeMs),
        ("tenant", Placeholder.Tenant),
        ("account", Placeholder.Account),
        ("account.id", Placeholder.AccountId),
        ("environment", Placeholder.Environment),
        ("environment.live", Placeholder.EnvironmentLive),
        ("delivery.id", Placeholder.DeliveryId),
        ("delivery.time", Placeholder.DeliveryTime),
        ("delivery.time.unix", Placeholder.DeliveryTimeUnix),
        ("delivery.time.ms", Placeholder.DeliveryTimeMs),
    ];

    static readonly (string Name, Placeholder Placeholder)[] OfTime = [("timestamp", Placeholder.Timestamp), ("timestamp.ms", Placeholder.TimestampMs)];

    /// <summary>What a body may say.</summary>
    public static readonly FrozenDictionary<string, Placeholder> InEnvelope = Names([.. OfEvent, ("data", Placeholder.Data)]);

    /// <summary>What a header may say.</summary>
    public static readonly FrozenDictionary<string, Placeholder> InHeader =
        Names([.. OfEvent, .. OfTime, ("attempt", Placeholder.Attempt), ("secret", Placeholder.Secret)]);

    /// <summary>What may be signed.</summary>
    public static readonly FrozenDictionary<string, Placeholder> InSignedContent = Names(
    [
        .. OfTime, ("body", Placeholder.Body), ("id", Placeholder.EventId), ("delivery", Placeholder.DeliveryId),
        ("url", Placeholder.Url), ("method", Placeholder.Method), ("attempt", Placeholder.Attempt),
    ]);

    /// <summary>What stands before the signatures in their header.</summary>
    public static readonly FrozenDictionary<string, Placeholder> InSignatureLead = Names(OfTime);

    /// <summary>What each signature is written as.</summary>
    public static readonly FrozenDictionary<string, Placeholder> InSignatureValue = Names([.. OfTime, ("signature", Placeholder.Signature)]);

    /// <summary>In order; no two literals follow each other.</summary>
    public IReadOnlyList<TextPart> Parts => parts;

    /// <summary>The text, where it has no placeholder; else null.</summary>
    public string? Fixed => parts.Count switch { 0 => "", 1 => parts[0].Literal, _ => null };

    /// <summary>The placeholder that is the whole text, or null.</summary>
    public Placeholder? Alone => parts is [{ Literal: null } only] ? only.Placeholder : null;

    public bool Has(Placeholder placeholder) => parts.Any(part => part.Literal is null && part.Placeholder == placeholder);

    /// <summary>Takes a text apart; null, and the reason, where it has a placeholder that is not among <paramref name="known"/> or a brace that is alone.</summary>
    public static TextTemplate? Parse(string text, FrozenDictionary<string, Placeholder> known, out string reason, out string advice)
    {
        (reason, advice) = ("", "");
        var parts = new List<TextPart>();
        var literal = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is not ('{' or '}'))
            {
                literal.Append(c);
                continue;
            }
            if (i + 1 < text.Length && text[i + 1] == c)
            {
                literal.Append(c);
                i++;
                continue;
            }
            var end = c == '{' ? text.IndexOf('}', i) : -1;
            if (end < 0)
            {
                (reason, advice) = ($"The brace at character {i + 1} has no partner.", "Write two of it for the character itself.");
                return null;
            }
            var name = text[(i + 1)..end];
            if (!known.TryGetValue(name, out var placeholder))
            {
                reason = $"There is no placeholder {{{name}}} here.";
                advice = $"Use one of {string.Join(", ", known.Keys.Order(StringComparer.Ordinal).Select(key => $"{{{key}}}"))}.";
                return null;
            }
            if (literal.Length > 0) parts.Add(new(literal.ToString()));
            literal.Clear();
            parts.Add(new(null, placeholder));
            i = end;
        }
        if (literal.Length > 0) parts.Add(new(literal.ToString()));
        return new(parts);
    }

    static FrozenDictionary<string, Placeholder> Names(IEnumerable<(string Name, Placeholder Placeholder)> names) =>
        names.ToFrozenDictionary(entry => entry.Name, entry => entry.Placeholder, StringComparer.Ordinal);
}
