using System.Collections.Frozen;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nova.Products;

/// <summary>Makes a <see cref="Product"/> of a definition, or says what is wrong with it. docs/products.md describes every member.</summary>
internal static partial class ProductCompiler
{
    static readonly TimeSpan LongestSchedule = TimeSpan.FromDays(30);
    const int MostAttempts = 100;

    /// <summary>Of a label of the portal: what a button on a telephone holds.</summary>
    const int LongestWord = 40;

    /// <summary>Compiles a definition. Whatever is wrong is in <paramref name="faults"/>; the result is usable only where that stayed empty.</summary>
    /// <param name="root">The contents of product.json.</param>
    /// <param name="folder">The name of its folder.</param>
    /// <param name="sources">Its event types.</param>
    /// <param name="names">The names of all its event types, of those too whose file has faults of its own.</param>
    /// <param name="faults">Where faults of product.json go.</param>
    public static Product? Compile(
        JsonElement root, string folder, IReadOnlyList<EventTypeSource> sources, IReadOnlySet<string> names, FaultList faults)
    {
        var before = faults.Faults.Count;
        var file = new DefinitionObject(root, "", faults);
        file.Text("$schema");
        var name = file.NeedText("name", "Write the name of its folder.");
        if (name.Length > 0 && !NamePattern().IsMatch(name))
            file.Fault("name", $"\"{name}\" is no name of a product.", "Use 1 to 32 lower-case letters, digits and hyphens, a letter first.");
        else if (name.Length > 0 && name != folder)
            file.Fault("name", $"The folder is called \"{folder}\".", "Give both the same name.");
        var title = file.NeedText("title", "Write the name that people read.");
        var description = file.Text("description", "");

        Envelope? envelope = null;
        var besideData = new HashSet<string>(StringComparer.Ordinal);
        if (file.Need("envelope", "Write the body of an event as a JSON object with placeholders.") is { } template)
        {
            envelope = Envelope.Compile(template, file.At("envelope"), faults);
            if (envelope is { SpreadsData: true }) RefuseCollisions(template, file.At("envelope"), sources, besideData, faults);
        }
        var eventTypes = sources.Select(source => source.Build(besideData)).ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

        var secret = RequestReader.ReadSecret(file, out var secretAt);
        var request = RequestReader.Read(file, secret, secretAt);
        var outcome = ReadOutcome(file);
        var product = new
        {
            Retry = ReadRetry(file, outcome),
            Timeout = ReadTimeout(file),
            Disable = ReadDisable(file),
            Test = ReadTest(file, eventTypes, names, besideData),
            Endpoint = ReadEndpoint(file),
            Plans = ReadPlans(file, names),
            DefaultPlan = ReadDefaultPlan(file),
            Api = ReadApi(file, out var endpointWord),
            Portal = ReadPortal(file, title),
            Scores = ReadScores(file, names),
            Warns = file.Choice<bool>("schema_violations", false, ("refuse", false), ("warn", true)),
        };
        file.End();
        if (faults.Faults.Count > before || envelope is null || product.Test is null) return null;
        return new()
        {
            Name = name, Title = title, Description = description, Envelope = envelope, EventTypes = eventTypes, Request = request, Secret = secret,
            Outcome = outcome, Retry = product.Retry, Timeout = product.Timeout, Disable = product.Disable, Test = product.Test, Endpoint = product.Endpoint,
            Plans = product.Plans, DefaultPlan = product.DefaultPlan, Api = product.Api, Portal = product.Portal, Scores = product.Scores,
            WarnOnSchemaViolation = product.Warns, EndpointWord = endpointWord,
        };
    }

    /// <summary>A member of the body that the data may have too would be there twice, and which one a receiver reads is up to his parser.</summary>
    static void RefuseCollisions(
        JsonElement template, string pointer, IReadOnlyList<EventTypeSource> sources, HashSet<string> besideData, FaultList faults)
    {
        foreach (var (member, at) in Envelope.BesideSpread(template, pointer))
        {
            besideData.Add(member);
            foreach (var source in sources.Where(source => source.MembersOfData().Contains(member)))
                faults.Add(at, $"Data of \"{source.Name}\" has a member \"{member}\" too: the body would have it twice.", "Name one of them otherwise, or do not spread the data.");
        }
    }

    static OutcomeRule ReadOutcome(DefinitionObject file)
    {
        var outcome = file.Object("outcome");
        var success = outcome is null ? [] : Statuses(outcome, "success");
        if (outcome?.Find("success") is null) success = [.. Enumerable.Range(200, 100)];
        else if (success.Count == 0) outcome.Fault("success", "No status is success.", "Write \"2xx\".");
        var final = outcome is null ? [] : Statuses(outcome, "final");
        var disabling = outcome is null ? [] : Statuses(outcome, "disable_endpoint");
        if (final.Overlaps(success)) outcome!.Fault("final", "A status is both success and final.", "Take it out of one of them.");
        if (disabling.Overlaps(success)) outcome!.Fault("disable_endpoint", "A status is both success and a reason to disable.", "Take it out of one of them.");
        HashSet<int> retryAfter = [];
        var most = TimeSpan.Zero;
        if (outcome?.Find("retry_after") is { ValueKind: not JsonValueKind.False } && outcome.Object("retry_after") is { } rule)
        {
            retryAfter = Statuses(rule, "statuses");
            if (retryAfter.Count == 0) rule.Fault("statuses", "No status is named.", "Write [429, 503] as texts: [\"429\", \"503\"].");
            if (retryAfter.Overlaps(success) || retryAfter.Overlaps(final) || retryAfter.Overlaps(disabling))
                rule.Fault("statuses", "A status after which nothing is retried has no Retry-After.", "Take it out.");
            most = rule.Time("most", TimeSpan.FromSeconds(1), LongestSchedule) ?? TimeSpan.FromHours(24);
            rule.End();
        }
        outcome?.End();
        return new(success, final.Except(disabling), disabling, retryAfter, most);
    }

    /// <summary>Statuses are written singly, "410", or as a class, "4xx".</summary>
    static HashSet<int> Statuses(DefinitionObject rule, string name)
    {
        var statuses = new HashSet<int>();
        var texts = rule.Find(name) is { ValueKind: JsonValueKind.String } one ? [(one.GetString()!, rule.At(name))] : rule.Texts(name) ?? [];
        foreach (var (text, pointer) in texts)
        {
            if (text is [>= '2' and <= '5' and var first, 'x', 'x']) statuses.UnionWith(Enumerable.Range((first - '0') * 100, 100));
            else if (text is [>= '2' and <= '5', >= '0' and <= '9', >= '0' and <= '9']) statuses.Add(int.Parse(text, System.Globalization.CultureInfo.InvariantCulture));
            else rule.FaultAt(pointer, $"\"{text}\" is no status that can end a request.", "Write \"410\" or \"4xx\", from 200 to 599.");
        }
        return statuses;
    }

    static RetrySchedule ReadRetry(DefinitionObject file, OutcomeRule outcome)
    {
        var delays = new List<TimeSpan>();
        var jitter = 0.0;
        file.Need("retry", "Write the delay before each attempt: {\"delays\": [\"0s\", \"30s\"]}.");
        if (file.Object("retry") is { } retry)
        {
            foreach (var (item, pointer) in retry.Items("delays"))
            {
                if (DefinitionObject.ReadTime(item, pointer, TimeSpan.Zero, LongestSchedule, retry.Faults) is { } delay) delays.Add(delay);
            }
            if (retry.Need("delays", "Write the delay before each attempt.") is { ValueKind: JsonValueKind.Array } written)
            {
                if (written.GetArrayLength() == 0) retry.Fault("delays", "There is no attempt at all.", "Begin with \"0s\".");
                else if (delays.Count > 0 && delays[0] != TimeSpan.Zero) retry.FaultAt(DefinitionObject.Child(retry.At("delays"), 0), "The first attempt is made at once.", "Write \"0s\".");
                if (delays.Count > MostAttempts) retry.Fault("delays", $"These are {delays.Count} attempts.", $"Write at most {MostAttempts}.");
                if (delays.Aggregate(TimeSpan.Zero, (sum, delay) => sum + delay) > LongestSchedule)
                    retry.Fault("delays", $"Together these are more than {Duration.Write(LongestSchedule)}.", "Shorten them.");
            }
            jitter = retry.Part("jitter", 1) ?? 0;
            retry.End();
        }
        return new(delays, jitter, outcome.MostRetryAfter);
    }

    static TimeSpan ReadTimeout(DefinitionObject file)
    {
        file.Need("timeout", "Write how long an attempt may take: \"10s\".");
        return file.Time("timeout", TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5)) ?? TimeSpan.FromSeconds(10);
    }

    static DisableRule ReadDisable(DefinitionObject file)
    {
        if (file.Object("disable") is not { } disable) return new(null, null);
        var rule = new DisableRule(
            disable.Whole("after_failed_deliveries", 1, 1_000_000), disable.Time("after_without_success", TimeSpan.FromMinutes(1), TimeSpan.FromDays(365)));
        disable.End();
        return rule;
    }

    static TestEventRule? ReadTest(
        DefinitionObject file, FrozenDictionary<string, EventType> eventTypes, IReadOnlySet<string> names, HashSet<string> besideData)
    {
        var first = eventTypes.Keys.Order(StringComparer.Ordinal).FirstOrDefault();
        if (file.Object("test") is not { } test) return first is null ? null : new(first, true, null, "{}"u8.ToArray(), eventTypes);
        var choose = test.Flag("choose", false);
        var eventType = test.Text("event_type");
        var own = test.Text("type");
        if (eventType is not null && !names.Contains(eventType)) test.Fault("event_type", $"There is no event type \"{eventType}\".", "Name one of the product's.");
        if (own is not null && names.Contains(own)) test.Fault("type", $"\"{own}\" is an event type of the product.", "Name it as \"event_type\".");
        if (own is { Length: 0 } || own?.AsSpan().ContainsAnyExceptInRange('!', '~') is true) test.Fault("type", "This cannot be sent in a header.", "Use visible ASCII.");
        if (own is not null && eventType is not null) test.Fault("type", "A test is of a type of its own, or of an event type, not both.", "Take one of them away.");
        if (own is null && eventType is null && !choose) test.Fault("", "It is not said what a test is.", "Write \"event_type\", \"type\", or \"choose\": true.");

        var data = "{}"u8.ToArray();
        var given = test.Object("data");
        if (given is not null) data = EventTypeSource.Compact(given.Element);
        if (given is not null && own is null) test.Fault("data", "The data of an event type is its example.", "Take this away, or give the test a \"type\" of its own.");
        Envelope? envelope = null;
        if (test.Find("envelope") is not { } template)
        {
            foreach (var member in given?.Members.Where(member => besideData.Contains(member.Name)) ?? [])
                test.FaultAt(DefinitionObject.Child(given!.Pointer, member.Name), $"The product's envelope sets \"{member.Name}\" itself.", "Name it otherwise, or give the test an envelope of its own.");
        }
        else
        {
            envelope = Envelope.Compile(template, test.At("envelope"), test.Faults);
            if (own is null) test.Fault("envelope", "A test of an event type has the product's envelope.", "Take this away, or give the test a \"type\" of its own.");
            foreach (var (member, at) in envelope is { SpreadsData: true } ? Envelope.BesideSpread(template, test.At("envelope")) : [])
            {
                if (given?.Element.TryGetProperty(member, out _) is true)
                    test.FaultAt(at, $"The test's data has a member \"{member}\" too.", "Name one of them otherwise.");
            }
        }
        test.End();
        return (own ?? eventType ?? first) is { } type ? new(type, choose, envelope, data, eventTypes) : null;
    }

    static EndpointRule ReadEndpoint(DefinitionObject file)
    {
        var endpoint = file.Object("endpoint");
        var changes = endpoint?.Texts("cancel_waiting_on_change") ?? [];
        foreach (var (change, pointer) in changes.Where(change => change.Text is not ("url" or "secret")))
            endpoint!.FaultAt(pointer, $"\"{change}\" is not known here.", "Write \"url\" or \"secret\".");
        var rule = new EndpointRule
        {
            OnePerEventType = endpoint?.Choice<bool>("model", false, ("many_event_types", false), ("one_per_event_type", true)) ?? false,
            AllowsCustomHeaders = endpoint?.Flag("custom_headers", false) ?? false,
            HasName = endpoint?.Flag("name", false) ?? false,
            HasDescription = endpoint?.Flag("description", false) ?? false,
            ListsDeleted = endpoint?.Flag("lists_deleted", false) ?? false,
            CancelsOnUrlChange = changes.Any(change => change.Text == "url"),
            CancelsOnSecretChange = changes.Any(change => change.Text == "secret"),
        };
        endpoint?.End();
        return rule;
    }

    static FrozenDictionary<string, Plan> ReadPlans(DefinitionObject file, IReadOnlySet<string> names)
    {
        var plans = new Dictionary<string, Plan>(StringComparer.Ordinal);
        var all = file.Object("plans");
        foreach (var member in all?.Members ?? [])
        {
            if (!PlanPattern().IsMatch(member.Name)) all!.Fault(member.Name, "This is no name of a plan.", "Use 1 to 32 lower-case letters, digits, _ and -.");
            if (DefinitionObject.ReadObject(member.Value, all!.At(member.Name), all.Faults) is not { } plan) continue;
            var types = plan.Texts("event_types");
            foreach (var (type, pointer) in types ?? [])
            {
                if (!names.Contains(type)) plan.FaultAt(pointer, $"There is no event type \"{type}\".", "Name one of the product's.");
            }
            plans[member.Name] = new()
            {
                Name = member.Name,
                Title = plan.Text("title", member.Name),
                Endpoints = plan.Whole("endpoints", 0, 100_000),
                CustomHeaders = plan.Whole("custom_headers", 0, 16) ?? 0,
                RequestsPerSecond = plan.Whole("requests_per_second", 1, 100_000),
                PayloadBytes = plan.Whole("payload_bytes", 1024, 16 * 1024 * 1024),
                EventTypes = types?.Select(type => type.Text).ToArray(),
            };
            plan.End();
        }
        return plans.ToFrozenDictionary(StringComparer.Ordinal);
    }

    static string? ReadDefaultPlan(DefinitionObject file)
    {
        var name = file.Text("default_plan");
        var plans = file.Find("plans") is { ValueKind: JsonValueKind.Object } all ? new DefinitionObject(all, "", file.Faults).Members.Select(plan => plan.Name).ToArray() : [];
        if (name is null && plans.Length == 1) return plans[0];
        if (name is null && plans.Length > 1) file.Fault("", "\"default_plan\" is missing.", "Name the plan of an account that names none.");
        if (name is not null && !plans.Contains(name)) file.Fault("default_plan", $"There is no plan \"{name}\".", "Name one of \"plans\".");
        return name;
    }

    static ApiStyle ReadApi(DefinitionObject file, out string endpointWord)
    {
        var api = file.Object("api");
        var words = api?.Object("words");
        var keys = api?.Object("key_prefixes");
        endpointWord = words?.Text("endpoint") ?? "endpoint";
        var style = new ApiStyle
        {
            UsesJwt = api?.Choice<bool>("authentication", false, ("api_key", false), ("jwt", true)) ?? false,
            Naming = api?.Choice<NamingStyle>("naming", NamingStyle.SnakeCase, ("snake_case", NamingStyle.SnakeCase), ("camelCase", NamingStyle.CamelCase)) ?? NamingStyle.SnakeCase,
            EndpointIdIsUuid = api?.Choice<bool>("endpoint_id", false, ("prefixed", false), ("uuid", true)) ?? false,
            EnabledWord = words?.Text("enabled") ?? "enabled",
            SecretWord = words?.Text("secret") ?? "secret",
            BasePath = api?.Text("base_path") ?? "/v1",
            ProductionKeyPrefix = keys?.Text("production") ?? "sk_live_",
            SandboxKeyPrefix = keys?.Text("sandbox") ?? "sk_test_",
        };
        foreach (var (member, word) in (ReadOnlySpan<(string, string)>)[("enabled", style.EnabledWord), ("secret", style.SecretWord), ("endpoint", endpointWord)])
        {
            if (!WordPattern().IsMatch(word)) words!.Fault(member, $"\"{word}\" is no name of a member.", "Use letters, digits and _, a letter first.");
        }
        foreach (var (member, word) in (ReadOnlySpan<(string, string)>)[("enabled", style.EnabledWord), ("secret", style.SecretWord)])
            if (ApiStyle.IsTaken(word)) words!.Fault(member, $"An endpoint has another member of the name \"{word}\".", "Use another word.");
        if (style.EnabledWord == style.SecretWord) words!.Fault("secret", "It is the word for \"enabled\" too.", "Use another word.");
        if (style.BasePath is not ("/v1" or "/api/v1")) api!.Fault("base_path", "The API does not answer there.", "Write \"/v1\" or \"/api/v1\".");
        foreach (var (member, prefix) in (ReadOnlySpan<(string, string)>)[("production", style.ProductionKeyPrefix), ("sandbox", style.SandboxKeyPrefix)])
        {
            if (!KeyPrefixPattern().IsMatch(prefix)) keys!.Fault(member, $"\"{prefix}\" is no prefix of a key.", "Use 2 to 16 lower-case letters, digits and _, a letter first and _ last.");
            if (prefix.StartsWith("nk_", StringComparison.Ordinal)) keys!.Fault(member, "Operator keys begin so.", "Use another.");
            if (prefix.StartsWith("ps_", StringComparison.Ordinal)) keys!.Fault(member, "The tokens of portal links begin so.", "Use another.");
        }
        if (style.ProductionKeyPrefix.StartsWith(style.SandboxKeyPrefix, StringComparison.Ordinal)
            || style.SandboxKeyPrefix.StartsWith(style.ProductionKeyPrefix, StringComparison.Ordinal))
            keys!.Fault("sandbox", "Keys of the two environments cannot be told apart.", "Let neither prefix begin with the other.");
        words?.End();
        keys?.End();
        api?.End();
        return style;
    }

    static PortalStyle ReadPortal(DefinitionObject file, string title)
    {
        var portal = file.Object("portal");
        var words = portal?.Object("words");
        var usual = new PortalWords();
        var style = new PortalStyle(
            portal?.Text("title") ?? title, portal?.Texts("place")?.Select(step => step.Text).ToArray() ?? ["Webhooks"],
            portal?.Flag("event_titles", false) ?? false,
            new()
            {
                Overview = Word("overview", usual.Overview),
                Deliveries = Word("deliveries", usual.Deliveries),
                Endpoints = Word("endpoints", usual.Endpoints),
                Endpoint = Word("endpoint", usual.Endpoint),
                Create = Word("create", usual.Create),
                Test = Word("test", usual.Test),
                Secret = Word("secret", usual.Secret),
                Tenant = Word("tenant", usual.Tenant),
                Figure = words?.Text("figure"),
            });
        words?.End();
        portal?.End();
        return style;

        string Word(string member, string otherwise)
        {
            if (words?.Text(member) is not { } word) return otherwise;
            if (word.Length is 0 or > LongestWord) words.Fault(member, "This is no label.", $"Write 1 to {LongestWord} characters.");
            return word;
        }
    }

    static ScoreRule? ReadScores(DefinitionObject file, IReadOnlySet<string> names)
    {
        if (file.Object("scores") is not { } scores) return null;
        var rule = new ScoreRule(
            scores.NeedText("completed_event_type", "Name the event type of a job that succeeded."),
            scores.NeedText("failed_event_type", "Name the event type of a job that failed."));
        foreach (var (member, type) in (ReadOnlySpan<(string, string)>)[("completed_event_type", rule.CompletedEventType), ("failed_event_type", rule.FailedEventType)])
        {
            if (type.Length > 0 && !names.Contains(type)) scores.Fault(member, $"There is no event type \"{type}\".", "Name one of the product's.");
        }
        scores.End();
        return rule;
    }

    [GeneratedRegex(@"^[a-z][a-z0-9\-]{0,31}\z", RegexOptions.NonBacktracking)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9_\-]{0,31}\z", RegexOptions.NonBacktracking)]
    private static partial Regex PlanPattern();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_]{0,31}\z", RegexOptions.NonBacktracking)]
    private static partial Regex WordPattern();

    [GeneratedRegex(@"^[a-z][a-z0-9_]{0,14}_\z", RegexOptions.NonBacktracking)]
    private static partial Regex KeyPrefixPattern();
}
