using System.Collections.Immutable;
using Nova.Accounts;
using Nova.AspNetCore.Reading;
using Nova.Egress;
using Nova.Model;
using Nova.Products;
using Nova.Publishing;

namespace Nova.AspNetCore.Apis;

/// <summary>
/// What a customer wants of an endpoint, read from a request to make or to change one, and held against the product's rules and the plan.
/// A member that is null is left as it is.
/// </summary>
internal sealed class WebhookRequest
{
    const int LongestUrl = 2048;     // What servers and proxies take of a request line without settings of their own.
    const int LongestName = 100;
    const int LongestDescription = 1000;
    const int LongestSecret = 1024;
    const int MostEventTypes = 200;

    public string? Url { get; private init; }
    public IReadOnlyList<string>? Events { get; private init; }
    public bool? Enabled { get; private init; }
    public string? Secret { get; private init; }

    public bool ChangesName { get; private init; }
    public string? Name { get; private init; }
    public bool ChangesDescription { get; private init; }
    public string? Description { get; private init; }
    public bool ChangesHeaders { get; private init; }
    public IReadOnlyList<CustomHeader> Headers { get; private init; } = [];

    /// <summary>Reads the members that the product has; the others, and what breaks a rule, become faults.</summary>
    /// <param name="body">The request's.</param>
    /// <param name="product">Of the caller.</param>
    /// <param name="creates">What an endpoint cannot be without must be there.</param>
    /// <param name="current">The endpoint that is changed; null where one is made.</param>
    public static WebhookRequest Read(RequestObject body, Product product, bool creates, EndpointTarget? current)
    {
        var rule = product.Endpoint;
        var request = new WebhookRequest
        {
            Url = ReadUrl(body, creates),
            Events = ReadEvents(body, product, creates),
            Enabled = NotNull(body, "enabled", body.Flag("enabled")),
            Secret = product.Secret.ChosenByCustomer ? ReadSecret(body, product, creates) : null,
            ChangesName = rule.HasName && body.Has("name"),
            Name = rule.HasName ? body.Text("name", LongestName) : null,
            ChangesDescription = rule.HasDescription && body.Has("description"),
            Description = rule.HasDescription ? body.Text("description", LongestDescription) : null,
            ChangesHeaders = rule.AllowsCustomHeaders && body.Has("headers"),
            Headers = rule.AllowsCustomHeaders ? ReadHeaders(body, product, current) : [],
        };
        body.End();
        return request;
    }

    /// <summary>Why the plan, or the account's own limits, do not allow this; null where they do.</summary>
    public Problem? BreaksPlan(EnvironmentEntry entry)
    {
        var plan = entry.Plan;
        if (ChangesHeaders && Headers.Count > 0)
        {
            var most = entry.Account.Overrides.CustomHeaders ?? plan?.CustomHeaders ?? CustomHeaderRule.MaxHeaders;
            if (Headers.Count > most)
                return Problems.PlanLimit(most == 0
                    ? $"{PlanLimits.Name(plan)} has no custom headers. Leave \"headers\" out, or move to a plan that has them."
                    : $"{PlanLimits.Name(plan)} allows {most} custom headers; there are {Headers.Count}.");
        }
        if (plan?.EventTypes is { } allowed && Events is { } events)
        {
            List<FieldFault> faults = [];
            for (var i = 0; i < events.Count; i++)
                if (events[i] != Endpoint.AllEventTypes && !allowed.Contains(events[i]))
                    faults.Add(new($"/events/{i}", $"{PlanLimits.Name(plan)} does not include '{events[i]}'."));
            if (faults.Count > 0) return Problems.UnknownEventTypes(faults);
        }
        return null;
    }

    /// <summary>Event types that the product does not have; null where there are none.</summary>
    public Problem? UnknownEvents(Product product)
    {
        List<FieldFault> faults = [];
        for (var i = 0; i < (Events?.Count ?? 0); i++)
        {
            var type = Events![i];
            if (product.EventTypes.ContainsKey(type) || (type == Endpoint.AllEventTypes && !product.Endpoint.OnePerEventType)) continue;
            faults.Add(new($"/events/{i}", $"Product '{product.Name}' has no event type '{type}'."));
        }
        return faults.Count == 0 ? null : Problems.UnknownEventTypes(faults);
    }

    public ImmutableArray<string> EventTypes => [.. Events!];

    static string? ReadUrl(RequestObject body, bool creates)
    {
        if (creates && !body.Has("url")) body.Need("url");
        return NotNull(body, "url", body.Text("url", LongestUrl));
    }

    static IReadOnlyList<string>? ReadEvents(RequestObject body, Product product, bool creates)
    {
        if (creates && !body.Has("events")) body.Need("events");
        if (NotNull(body, "events", body.Texts("events", MostEventTypes, 200)) is not { } events) return null;
        if (events.Count == 0) body.Fault("events", "Must name at least one event type.");
        if (events.Count > 1 && product.Endpoint.OnePerEventType)
            body.Fault("events", "Must name exactly one event type: in this product each has an endpoint of its own.");
        if (events.Distinct(StringComparer.Ordinal).Count() < events.Count) body.Fault("events", "Names an event type twice.");
        return events;
    }

    static string? ReadSecret(RequestObject body, Product product, bool creates)
    {
        if (creates && !body.Has("secret")) body.Need("secret");
        if (NotNull(body, "secret", body.Text("secret", LongestSecret)) is not { } secret) return null;
        if (product.Secret.Check(secret) is { } fault) body.Fault("secret", fault);
        return secret;
    }

    static IReadOnlyList<CustomHeader> ReadHeaders(RequestObject body, Product product, EndpointTarget? current)
    {
        if (body.Map("headers") is not { } given) return [];
        var headers = given.Select(header => Unmasked(header, current)).ToArray();
        if (CustomHeaderRule.Check(headers, product.Request.HeaderNames) is { } fault) body.Fault("headers", fault);
        return headers;
    }

    /// <summary>Who reads an endpoint and sends it back changed sends a credential as it was shown to him: masked. It stays what it is.</summary>
    static CustomHeader Unmasked(KeyValuePair<string, string> given, EndpointTarget? current)
    {
        var old = current?.Headers.FirstOrDefault(header => header.Name.Equals(given.Key, StringComparison.OrdinalIgnoreCase));
        return old is not null && WebhookView.Shown(old) == given.Value ? new(given.Key, old.Value) : new(given.Key, given.Value);
    }

    /// <summary>Null stands for "leave it as it is" inside; said in a request it is a fault.</summary>
    static T? NotNull<T>(RequestObject body, string name, T? value)
    {
        if (value is null && body.IsNull(name)) body.Fault(name, "Must not be null.");
        return value;
    }
}

/// <summary>How limits are told of.</summary>
internal static class PlanLimits
{
    public static string Name(Plan? plan) => plan is null ? "The account" : $"Plan '{plan.Title}'";

    /// <summary>Endpoints that an environment may have; null: as many as it likes.</summary>
    public static int? Endpoints(EnvironmentEntry entry) => entry.Account.Overrides.Endpoints ?? entry.Plan?.Endpoints;

    /// <summary>Requests of each of the account's credentials per second; null: as the server is set.</summary>
    public static int? RequestsPerSecond(EnvironmentEntry entry) => entry.Account.Overrides.RequestsPerSecond ?? entry.Plan?.RequestsPerSecond;

    public static Problem Reached(EnvironmentEntry entry, int most)
    {
        var word = entry.Product.EndpointWord;
        return Problems.PlanLimit(most == 0
            ? $"{Name(entry.Plan)} has no {word}s: its limit is 0. Move to a plan that has them."
            : $"{Name(entry.Plan)} allows {most} {word}s per environment, and this one has as many. Delete one, or move to a larger plan.");
    }
}
