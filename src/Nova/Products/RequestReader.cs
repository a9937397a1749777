using System.Net.Http.Headers;
using System.Text.Json;

namespace Nova.Products;

/// <summary>Reads what a definition says of secrets, headers and signatures.</summary>
internal static class RequestReader
{
    const string DefaultUserAgent = "Nova-Webhooks/1.0";

    /// <summary>Most characters of a secret's prefix, and of a chosen secret: the key of an HMAC gains nothing after a block.</summary>
    const int MostPrefix = 16, MostSecret = 256;

    static readonly HashSet<string> OfHttp = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "TE", "Trailer", "Expect", "Content-Encoding",
        "Accept-Encoding", "Cookie", "HTTP2-Settings",
    };

    public static SecretRule ReadSecret(DefinitionObject file, out string secretAt)
    {
        secretAt = file.At("secret");
        file.Need("secret", "Write how endpoint secrets are made and kept.");
        var secret = file.Object("secret");
        var byCustomer = secret?.Choice<bool>("chosen_by", false, ("nova", false), ("customer", true)) ?? false;
        var shown = secret?.Choice<int>("shown", byCustomer ? 0 : 1, ("never", 0), ("once", 1), ("on_demand", 2)) ?? 1;
        var length = secret?.Object("length");
        var keys = KeysOf(file);
        var rule = new SecretRule
        {
            Prefix = secret?.Text("prefix") ?? "",
            Bytes = secret?.Whole("bytes", 16, 64) ?? 32,
            Format = secret?.Choice<SecretFormat>(
                "format", SecretFormat.Base62, ("base62", SecretFormat.Base62), ("base64", SecretFormat.Base64), ("hex", SecretFormat.Hex)) ?? SecretFormat.Base62,
            ChosenByCustomer = byCustomer,
            Least = length?.Whole("least", 1, MostSecret) ?? 16,
            Most = length?.Whole("most", 1, MostSecret) ?? MostSecret,
            ShownOnDemand = shown == 2,
            ShownOnce = shown == 1,
            KeptAsHash = secret?.Choice<bool>("kept", false, ("encrypted", false), ("sha256", true)) ?? false,
            RotationOverlap = secret?.Time("rotation_overlap", TimeSpan.Zero, TimeSpan.FromDays(30)) ?? TimeSpan.Zero,
            MustBeBase64 = keys.Contains("base64-after-prefix"),
            HasKeyPair = keys.Contains("key-pair"),
        };
        if (secret is null) return rule;
        if (rule.Prefix.Length > MostPrefix || rule.Prefix.AsSpan().ContainsAnyExceptInRange('!', '~'))
            secret.Fault("prefix", "This cannot begin a secret.", $"Use at most {MostPrefix} characters of visible ASCII.");
        if (rule.Least > rule.Most) length!.Fault("least", "This is more than \"most\": nothing would fit.", "Make it smaller.");
        if (length is not null && !byCustomer) secret.Fault("length", "Nova chooses the secret.", "Write \"bytes\", or let the customer choose.");
        if (rule.KeptAsHash && rule.ShownOnDemand) secret.Fault("shown", "Of this secret only a hash is kept: it cannot be shown again.", "Write \"once\", or keep it \"encrypted\".");
        if (!byCustomer && shown == 0 && !keys.All(key => key == "key-pair")) secret.Fault("shown", "Nobody would ever learn the secret that Nova makes.", "Write \"once\" or \"on_demand\".");
        if (rule.MustBeBase64 && !byCustomer && rule.Format != SecretFormat.Base64)
            secret.Fault("format", "A signature's key is the base64 after the prefix.", "Write \"base64\".");
        length?.End();
        secret.End();
        return rule;
    }

    /// <summary>What the signatures say of their keys, before they are checked.</summary>
    static IReadOnlyList<string?> KeysOf(DefinitionObject file) =>
        file.Find("signatures") is not { ValueKind: JsonValueKind.Array } signatures ? [] :
        [.. signatures.EnumerateArray().Select(signature =>
            signature.ValueKind == JsonValueKind.Object && signature.TryGetProperty("key", out var key) && key.ValueKind == JsonValueKind.String
                ? key.GetString()
                : null)];

    public static RequestComposer Read(DefinitionObject file, SecretRule secret, string secretAt)
    {
        var headers = ReadHeaders(file, secret);
        file.Need("signatures", "Write the signature headers; [] for a product that does not sign.");
        var signatures = new List<SignatureScheme>();
        var names = new HashSet<string>(headers.Select(header => header.Name), StringComparer.OrdinalIgnoreCase);
        foreach (var (item, pointer) in file.Items("signatures"))
        {
            if (DefinitionObject.ReadObject(item, pointer, file.Faults) is not { } signature) continue;
            if (ReadSignature(signature, secret, headers) is not { } scheme) continue;
            if (!names.Add(scheme.Header) && signatures.LastOrDefault()?.ListsWith(scheme) is not true)
            {
                signature.Fault("header", $"There is another header \"{scheme.Header}\".",
                    "Give it another name; or list both in one: one after the other, spelled alike, of one \"separator\", no \"lead\" in the second.");
            }
            if (secret.RotationOverlap > TimeSpan.Zero && scheme.Separator is null)
                signature.Fault("", $"{secretAt}/rotation_overlap lets two secrets sign, but nothing separates their signatures.", "Write \"separator\", or take the overlap away.");
            signatures.Add(scheme);
        }
        return new(headers, signatures, secret);
    }

    static List<HeaderTemplate> ReadHeaders(DefinitionObject file, SecretRule secret)
    {
        var headers = new List<HeaderTemplate>();
        var written = file.Object("headers");
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var member in written?.Members ?? [])
        {
            var at = written!.At(member.Name);
            if (!CheckName(member.Name, at, file.Faults)) continue;
            if (!names.Add(member.Name)) file.FaultAt(at, "There is another header of this name; case does not matter.", "Take one of them away.");
            var (onEvents, onTests) = (true, true);
            if (member.Value.ValueKind == JsonValueKind.Object)
            {
                var header = new DefinitionObject(member.Value, at, file.Faults);
                var on = header.Choice<int>("on", 0, ("all", 0), ("events", 1), ("tests", 2));
                (onEvents, onTests) = (on != 2, on != 1);
                if (header.NeedText("value", "Write the header's value.") is { Length: > 0 } text) Add(text, header.At("value"));
                header.End();
            }
            else if (written.Text(member.Name) is { } text)
            {
                Add(text, at);
            }

            void Add(string text, string pointer)
            {
                if (ReadValue(text, pointer, TextTemplate.InHeader, file.Faults) is not { } template) return;
                if (secret.KeptAsHash && template.Has(Placeholder.Secret))
                    file.FaultAt(pointer, "Of the secret only its SHA-256 is kept: {secret} cannot be sent.", "Keep it \"encrypted\", or take {secret} away.");
                headers.Add(new(member.Name, template, onEvents, onTests));
            }
        }
        CheckContentType(headers, written);
        if (!names.Contains("Content-Type")) headers.Insert(0, new("Content-Type", Literal("application/json")));
        if (!names.Contains("User-Agent")) headers.Add(new("User-Agent", Literal(DefaultUserAgent)));
        return headers;
    }

    static void CheckContentType(List<HeaderTemplate> headers, DefinitionObject? written)
    {
        if (headers.Find(header => header.Name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)) is not { } header) return;
        var isJson = header is { Value.Fixed: { } text, OnEvents: true, OnTests: true }
            && MediaTypeHeaderValue.TryParse(text, out var type)
            && (type.MediaType is "application/json" || type.MediaType?.EndsWith("+json", StringComparison.Ordinal) is true);
        if (!isJson) written!.Fault(header.Name, "The body is JSON, on every request.", "Write \"application/json\", or another type that ends in \"+json\".");
    }

    static SignatureScheme? ReadSignature(DefinitionObject signature, SecretRule secret, List<HeaderTemplate> headers)
    {
        var before = signature.Faults.Faults.Count;
        var header = signature.NeedText("header", "Name the header.");
        if (header.Length > 0 && CheckName(header, signature.At("header"), signature.Faults) && header.Equals("Content-Type", StringComparison.OrdinalIgnoreCase))
            signature.Fault("header", "This header says what the body is.", "Give it another name.");
        var algorithm = signature.Choice<SignatureAlgorithm>(
            "algorithm", null, ("hmac-sha256", SignatureAlgorithm.HmacSha256), ("hmac-sha512", SignatureAlgorithm.HmacSha512),
            ("hmac-sha1", SignatureAlgorithm.HmacSha1), ("ed25519", SignatureAlgorithm.Ed25519));
        if (algorithm == SignatureAlgorithm.Ed25519 && !Ed25519.IsSupported)
        {
            signature.Fault("algorithm", "Ed25519 needs OpenSSL 3 (libcrypto.so.3), and this machine has none that does it.",
                "Install OpenSSL 3, or use \"hmac-sha256\".");
        }
        var key = signature.Choice<KeyRule>(
            "key", null, ("secret", KeyRule.Secret), ("base64-after-prefix", KeyRule.Base64AfterPrefix), ("sha256-hex", KeyRule.Sha256Hex),
            ("key-pair", KeyRule.KeyPair));
        if (algorithm == SignatureAlgorithm.Ed25519 && key != KeyRule.KeyPair)
            signature.Fault("key", "Ed25519 signs by a key pair.", "Write \"key-pair\".");
        if (algorithm != SignatureAlgorithm.Ed25519 && key == KeyRule.KeyPair)
            signature.Fault("key", "An HMAC has a secret, and no key pair.", "Write \"secret\", or the algorithm \"ed25519\".");
        if (secret.KeptAsHash && key != KeyRule.Sha256Hex)
            signature.Fault("key", "Of the secret only its SHA-256 is kept: this key cannot be made from it.", "Write \"sha256-hex\", or keep the secret \"encrypted\".");
        var encoding = signature.Choice<SignatureEncoding>("encoding", null, ("hex", SignatureEncoding.Hex), ("base64", SignatureEncoding.Base64));
        var content = ReadContent(signature);
        var lead = signature.Text("lead") is { } leadText ? ReadValue(leadText, signature.At("lead"), TextTemplate.InSignatureLead, signature.Faults) : new([]);
        var value = ReadValue(signature.Text("value") ?? "{signature}", signature.At("value"), TextTemplate.InSignatureValue, signature.Faults);
        if (value?.Has(Placeholder.Signature) is false) signature.Fault("value", "The signature is not in it.", "Put {signature} where it belongs.");
        var separator = signature.Text("separator");
        if (separator is not null && (separator.Length == 0 || !IsPrintable(separator)))
            signature.Fault("separator", "This cannot stand between signatures.", "Use printable ASCII: \" \" or \",\".");
        if (content is not null && (content.Has(Placeholder.Timestamp) || content.Has(Placeholder.TimestampMs)))
        {
            IEnumerable<TextTemplate?> sent = [lead, value, .. headers.Where(sentHeader => sentHeader is { OnEvents: true, OnTests: true }).Select(sentHeader => sentHeader.Value)];
            var needed = content.Has(Placeholder.Timestamp) ? Placeholder.Timestamp : Placeholder.TimestampMs;
            if (!sent.Any(text => text?.Has(needed) is true))
                signature.Fault("content", "The timestamp is signed, but no header carries it: no receiver could verify.", "Add it to \"headers\", \"lead\" or \"value\".");
        }
        signature.End();
        if (signature.Faults.Faults.Count > before || content is null || lead is null || value is null) return null;
        return new()
        {
            Header = header, Algorithm = algorithm, Content = content, Key = key, Encoding = encoding, Lead = lead, Value = value, Separator = separator,
        };
    }

    static TextTemplate? ReadContent(DefinitionObject signature)
    {
        var text = signature.NeedText("content", "Write what is signed: \"{body}\".");
        if (text.Length == 0) return null;
        if (TextTemplate.Parse(text, TextTemplate.InSignedContent, out var reason, out var advice) is not { } content)
        {
            signature.Fault("content", reason, advice);
            return null;
        }
        if (!content.Has(Placeholder.Body)) signature.Fault("content", "The body is not signed.", "Put {body} where it belongs.");
        return content;
    }

    /// <summary>A header's value: placeholders, and printable ASCII that neither begins nor ends with a space, which HTTP would take off.</summary>
    static TextTemplate? ReadValue(
        string text, string pointer, System.Collections.Frozen.FrozenDictionary<string, Placeholder> known, FaultList faults)
    {
        if (TextTemplate.Parse(text, known, out var reason, out var advice) is not { } template)
        {
            faults.Add(pointer, reason, advice);
            return null;
        }
        if (text.Length > 0 && IsPrintable(text) && text[0] != ' ' && text[^1] != ' ') return template;
        faults.Add(pointer, "This cannot be a header's value.", "Use printable ASCII without a space at either end.");
        return null;
    }

    static bool CheckName(string name, string pointer, FaultList faults)
    {
        if (name.Length is 0 or > 128 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-.^_`|~".Contains(c)))
            faults.Add(pointer, $"\"{name}\" is no name of a header.", "Use letters, digits and hyphens.");
        else if (OfHttp.Contains(name) || name.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase))
            faults.Add(pointer, $"HTTP itself sets \"{name}\", or would misunderstand it.", "Take it away.");
        else
            return true;
        return false;
    }

    static bool IsPrintable(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    static TextTemplate Literal(string text) => new([new(text)]);
}
