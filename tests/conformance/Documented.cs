using System.Globalization;

namespace Nova.ConformanceTests;

/// <summary>What the products' documents say of the wire, written down a second time so that a definition cannot drift from it unseen.</summary>
internal sealed record Documented
{
    public required string Product { get; init; }

    /// <summary>Every header of a request save Host and Content-Length, with the pattern that its whole value has. Names in lower case.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The body's members, in order; a last <c>…</c> stands for the members of the event's data.</summary>
    public required string[] Body { get; init; }

    /// <summary>Before each attempt, from the end of the one before. The first is none.</summary>
    public required TimeSpan[] Delays { get; init; }

    /// <summary>Most that is added to a delay, as a part of it.</summary>
    public double Jitter { get; init; }

    /// <summary>Of one attempt.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>A time is signed, so that an old request is refused.</summary>
    public bool SignsTime { get; init; }

    /// <summary>4xx: no further attempt.</summary>
    public bool ClientErrorIsFinal { get; init; }

    const string Json = "application/json";
    const string Hex = "[0-9a-f]{64}";
    const string Seconds = "[0-9]{10}";

    public static readonly Documented Embed = new()
    {
        Product = "embed",
        Headers = Of(("content-type", Json), ("user-agent", "Nova-Webhooks/1\\.0"), ("x-webhook-event", "{type}"), ("x-nova-signature", Hex)),
        Body = ["event", "…"],
        Delays = Times("0 1m 5m 30m"),
        Timeout = Time("30s"),
    };

    public static readonly Documented Partner = new()
    {
        Product = "partner",
        Headers = Of(
            ("content-type", Json), ("user-agent", "nova-partner-webhook/1"), ("x-api-key", "{secret}"), ("x-signature-sha256", $"sha256={Hex}"),
            ("idempotency-key", ".{8,255}")),
        Body = ["event_type", "…"],
        Delays = Times("0 30s 1m 2m"),
        Timeout = Time("3s"),
        ClientErrorIsFinal = true,
    };

    public static readonly Documented Calls = new()
    {
        Product = "calls",
        Headers = Of(("content-type", Json), ("user-agent", "NOVA-Webhooks/1\\.0"), ("x-nova-event", "{type}"), ("x-nova-signature", $"sha256={Hex}")),
        Body = ["event", "delivered_at", "data"],
        Delays = Times("0 1s 5s 30s"),
        Timeout = Time("10s"),
    };

    public static readonly Documented Kit = new()
    {
        Product = "kit",
        Headers = Of(
            ("content-type", Json), ("user-agent", "NovaKit-Webhooks/1\\.0"), ("x-novakit-signature", Hex), ("x-novakit-timestamp", Seconds),
            ("x-novakit-event-id", "{id}"), ("x-novakit-event-type", "{type}")),
        Body = ["id", "type", "timestamp", "data", "orgId"],
        Delays = Times("0 30s 2m 10m 1h"),
        Timeout = Time("10s"),
        SignsTime = true,
    };

    public static readonly Documented Standard = new()
    {
        Product = "standard",
        Headers = Of(
            ("content-type", Json), ("user-agent", "Nova-Webhooks/1\\.0"), ("webhook-id", "{id}"), ("webhook-timestamp", Seconds),
            ("webhook-signature", "v1,[A-Za-z0-9+/]{43}=")),
        Body = ["type", "timestamp", "data"],
        Delays = Times("0 5s 5m 30m 2h 5h 10h 14h 20h 24h"),
        Timeout = Time("20s"),
        Jitter = 0.1,
        SignsTime = true,
    };

    public static readonly IReadOnlyList<Documented> All = [Embed, Partner, Calls, Kit, Standard];

    public static Documented Of(string product) => All.Single(documented => documented.Product == product);

    static Dictionary<string, string> Of(params (string Name, string Value)[] headers) => headers.ToDictionary(header => header.Name, header => header.Value);

    static TimeSpan[] Times(string text) => [.. text.Split(' ').Select(word => word == "0" ? TimeSpan.Zero : Time(word))];

    static TimeSpan Time(string word)
    {
        var number = double.Parse(word[..^1], CultureInfo.InvariantCulture);
        return word[^1] switch
        {
            's' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            _ => throw new FormatException(word),
        };
    }
}
