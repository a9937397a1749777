using System.Text;
using Nova.Products;
using Nova.Verifying.Guides;

namespace Nova.Verifying;

/// <summary>A complete program that receives and verifies the requests of one product.</summary>
/// <param name="Language">Its short name: <c>node</c>.</param>
/// <param name="Title">As people write it.</param>
/// <param name="File">What to save the program as.</param>
/// <param name="Run">How to start it.</param>
/// <param name="Code">The program.</param>
internal sealed record VerificationProgram(string Language, string Title, string File, string Run, string Code);

/// <summary>Writes receivers from a product's definition, so that a guide cannot say anything but what is sent.</summary>
/// <remarks>
/// Each program needs nothing but its language (.NET 10, Java 17, PHP 8, Ruby 3, OpenSSL 3 or later; the shell needs socat to listen), reads the secret from
/// WEBHOOK_SECRET and the port from PORT, and answers 204 to what verifies and 401 to what does not. All do the same in the same order: header, timestamp,
/// content, key, comparison in constant time. Where a product signs by key pair alone, the public key is in WEBHOOK_PUBLIC_KEY instead.
/// </remarks>
internal static class VerificationGuide
{
    /// <summary>The programs of a product; empty where it signs nothing that a receiver could verify.</summary>
    public static IReadOnlyList<VerificationProgram> Of(Product product)
    {
        if (VerificationPlan.Of(product) is not { } plan) return [];
        var secret = $"{plan.Variable}=…";
        List<VerificationProgram> programs = [new("node", "Node", "receiver.mjs", $"{secret} PORT=8080 node receiver.mjs", NodeReceiver.Write(plan))];
        if (!plan.ByKeyPair) programs.Add(new("python", "Python", "receiver.py", $"{secret} PORT=8080 python3 receiver.py", PythonReceiver.Write(plan)));
        programs.Add(new("go", "Go", "receiver.go", $"{secret} PORT=8080 go run receiver.go", GoReceiver.Write(plan)));
        if (!plan.ByKeyPair) programs.Add(new("csharp", "C#", "receiver.cs", $"{secret} PORT=8080 dotnet run receiver.cs", CSharpReceiver.Write(plan)));
        programs.Add(new("java", "Java", "Receiver.java", $"{secret} PORT=8080 java Receiver.java", JavaReceiver.Write(plan)));
        programs.Add(new("php", "PHP", "receiver.php", $"{secret} php -S 127.0.0.1:8080 receiver.php", PhpReceiver.Write(plan)));
        programs.Add(new("ruby", "Ruby", "receiver.rb", $"{secret} PORT=8080 ruby receiver.rb", RubyReceiver.Write(plan)));
        programs.Add(new("shell", "Shell", "receiver.sh", $"{secret} PORT=8080 bash receiver.sh", ShellReceiver.Write(plan)));
        return programs;
    }

    /// <summary>The guide as a page of Markdown.</summary>
    public static string Page(Product product)
    {
        var page = new StringBuilder();
        page.Append($"# Verifying webhooks of {product.Title}\n\n");
        page.Append("Written from the product's definition by Nova; a test holds it to that.\n\n");
        if (VerificationPlan.Of(product) is not { } plan) return page.Append("Requests of this product have no signature that a program could be written for.\n").ToString();
        var scheme = plan.Scheme;
        page.Append($"1. Take the raw body, byte for byte, before anything reads it as JSON.\n");
        page.Append($"2. Take the header `{scheme.Header}`. It is `{ReceivedSignature.Spell(scheme.Lead)}{ReceivedSignature.Spell(scheme.Value)}`");
        page.Append(scheme.Separator is { } separator ? $", and while a secret is being replaced there are several, with {(separator == " " ? "a space" : $"`{separator}`")} between; one that fits is enough.\n" : ".\n");
        page.Append($"3. The signature is the {Name(scheme.Algorithm)} of `{ReceivedSignature.Spell(scheme.Content)}`, as {(scheme.Encoding == SignatureEncoding.Hex ? "lower-case hexadecimal" : "base64")}.");
        for (var i = 0; i < plan.Content.Count; i++)
            if (plan.Content[i].Header is { } from) page.Append($" `{ReceivedSignature.Spell(new([scheme.Content.Parts[i]]))}` is in the header `{from}`.");
        if (plan.TimestampHeader is { } time) page.Append($" The timestamp is in the header `{time}`.");
        page.Append('\n');
        page.Append($"4. The key is {KeyWords(plan)}.\n");
        page.Append(plan.ByKeyPair ? "5. Verify with the public key." : "5. Compare in constant time.");
        if (plan.SignsTime) page.Append($" Refuse a timestamp that is more than {SignatureDebugger.Tolerance} seconds away from your clock.");
        page.Append("\n\nWhere it does not verify, the signature debugger says why: see [../verifying.md](../verifying.md).\n");
        foreach (var program in Of(product))
            page.Append($"\n## {program.Title}\n\n`{program.File}`, started with `{program.Run}`:\n\n```{Highlighting(program.Language)}\n{program.Code}```\n");
        if (plan.ByKeyPair) page.Append($"\n## Python\n\n{PythonReceiver.WithoutEd25519}\n\n## C#\n\n{CSharpReceiver.WithoutEd25519}\n");
        return page.ToString();
    }

    static string Highlighting(string language) => language switch { "node" => "js", "shell" => "sh", _ => language };

    static string KeyWords(VerificationPlan plan) => plan.Scheme.Key switch
    {
        KeyRule.Base64AfterPrefix => $"what stands after `{plan.Product.Secret.Prefix}` in the secret, decoded as base64",
        KeyRule.KeyPair => $"the webhook's public key: what stands after `{plan.SecretPrefix}` in it, decoded as base64",
        KeyRule.Sha256Hex => "the SHA-256 of the secret, as 64 lower-case hexadecimal characters",
        _ => plan.Product.Secret.Prefix is { Length: > 0 } prefix ? $"the whole secret as it is shown, `{prefix}` included" : "the secret as it is",
    };

    static string Name(SignatureAlgorithm algorithm) => algorithm switch
    {
        SignatureAlgorithm.HmacSha512 => "HMAC-SHA512",
        SignatureAlgorithm.HmacSha1 => "HMAC-SHA1",
        SignatureAlgorithm.Ed25519 => "Ed25519 signature",
        _ => "HMAC-SHA256",
    };
}
