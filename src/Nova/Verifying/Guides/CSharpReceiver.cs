using static Nova.Verifying.Guides.ProgramText;

namespace Nova.Verifying.Guides;

/// <remarks>A file that the .NET 10 SDK runs as it is. HttpListener, because a file that asks for the web SDK needs packages from elsewhere to be built.</remarks>
internal static class CSharpReceiver
{
    /// <summary>Why there is no program for a signature by Ed25519, and what to do.</summary>
    public const string WithoutEd25519 =
        ".NET has no Ed25519 of its own. Take a package that has, such as `NSec.Cryptography`: `SignatureAlgorithm.Ed25519.Verify(publicKey, content, signature)`.";

    public static string Write(VerificationPlan plan)
    {
        var (algorithm, _, isHex, _) = plan.Names;
        var code = new ProgramText().AddImports(
            name => $"using {name};",
            (plan.SignsTime, "System.Globalization"), (true, "System.Collections.Specialized"), (true, "System.Net"), (true, "System.Security.Cryptography"), (true, "System.Text"));
        code.Add($"""

            var secret = Environment.GetEnvironmentVariable("{plan.Variable}");
            if (string.IsNullOrEmpty(secret)) throw new InvalidOperationException("Set {plan.Variable}.");
            """);
        if (plan.DecodesSecret) code.Add($"var key = Convert.FromBase64String(secret[{plan.SkippedOfSecret}..]); // What stands after {Quote(plan.SecretPrefix)}.");
        else code.AddEither(plan.HashesSecret,
            "var key = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret))));", "var key = Encoding.UTF8.GetBytes(secret);");
        code.Add(
            """

            var port = Environment.GetEnvironmentVariable("PORT") ?? "8080";
            using var listener = new HttpListener();
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            listener.Start();
            Console.WriteLine($"listening on {port}");
            while (true) _ = ReceiveAsync(await listener.GetContextAsync());

            async Task ReceiveAsync(HttpListenerContext context)
            {
                using var buffer = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(buffer);
                var body = buffer.ToArray();
                var good = Verify(context.Request.Headers, body);
                if (good) Console.WriteLine("verified " + Encoding.UTF8.GetString(body));
                context.Response.StatusCode = good ? 204 : 401;
                context.Response.Close();
            }

            bool Verify(NameValueCollection headers, byte[] body)
            {
            """);
        code.Add($"    var header = headers[{Quote(plan.Header)}];\n    if (header is null) return false;");
        if (plan.Lead is { } lead)
            code.Add($"""
                    var end = header.IndexOf({Quote(lead.After)}, StringComparison.Ordinal);
                    if (end < {lead.Before.Length} || !header.StartsWith({Quote(lead.Before)}, StringComparison.Ordinal)) return false;
                    var timestamp = header[{lead.Before.Length}..end];
                    header = header[(end + {lead.After.Length})..];
                """);
        code.AddIf(plan.TimestampHeader is not null, $"    var timestamp = headers[{Quote(plan.TimestampHeader ?? "")}] ?? \"\";");
        code.AddIf(plan.SignsTime, $"""
                if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var sent)) return false;
                if (Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - sent{(plan.InMilliseconds ? " / 1000" : "")}) > {SignatureDebugger.Tolerance}) return false;
            """);
        code.Add($"    using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.{algorithm}, key);");
        foreach (var part in plan.ContentAs(text => Quote(text) + "u8", header => $"Encoding.UTF8.GetBytes(headers[{Quote(header)}] ?? \"\")", "body", "Encoding.UTF8.GetBytes(timestamp)"))
            code.Add($"    mac.AppendData({part});");
        var digest = isHex ? "Convert.ToHexStringLower(mac.GetHashAndReset())" : "Convert.ToBase64String(mac.GetHashAndReset())";
        code.Add($"    var expected = Encoding.UTF8.GetBytes({Join(" + ", Quote(plan.Before), digest, Quote(plan.After))});");
        code.Add(plan.Scheme.Separator is { } separator
            ? $"    return header.Split({Quote(separator)}).Any(item => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(item), expected));\n}}"
            : "    return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(header), expected);\n}");
        return code.ToString();
    }
}
