using static Nova.Verifying.Guides.ProgramText;

namespace Nova.Verifying.Guides;

internal static class PhpReceiver
{
    public static string Write(VerificationPlan plan)
    {
        var (_, hash, isHex, byPair) = plan.Names;
        var code = new ProgramText();
        code.Add($$"""
            <?php

            $secret = getenv('{{plan.Variable}}');
            if (!$secret) {
                error_log('Set {{plan.Variable}}.');
                http_response_code(500);
                exit;
            }
            """);
        if (plan.DecodesSecret || byPair) code.Add($"$key = base64_decode(substr($secret, {plan.SkippedOfSecret})); // What stands after {Quote(plan.SecretPrefix)}.");
        else code.AddEither(plan.HashesSecret, "$key = hash('sha256', $secret);", "$key = $secret;");

        code.Add("\nfunction verify(string $key, string $body): bool\n{");
        code.Add($"    $header = {Header(plan.Header)};");
        if (plan.Lead is { } lead)
            code.Add($$"""
                    $end = strpos($header, {{QuoteSingle(lead.After)}});
                    if ($end === false || !str_starts_with($header, {{QuoteSingle(lead.Before)}})) {
                        return false;
                    }
                    $timestamp = substr($header, {{lead.Before.Length}}, $end - {{lead.Before.Length}});
                    $header = substr($header, $end + {{lead.After.Length}});
                """);
        code.AddIf(plan.TimestampHeader is not null, $"    $timestamp = {Header(plan.TimestampHeader ?? "")};");
        code.AddIf(plan.SignsTime, $$"""
                if (!preg_match('/^[0-9]{1,15}$/D', $timestamp) || abs(time() - $timestamp{{(plan.InMilliseconds ? " / 1000" : "")}}) > {{SignatureDebugger.Tolerance}}) {
                    return false;
                }
            """);
        var content = string.Join(" . ", plan.ContentAs(QuoteSingle, header => $"({Header(header)})", "$body", "$timestamp"));
        var items = plan.Scheme.Separator is { } separator ? $"explode({QuoteSingle(separator)}, $header)" : "[$header]";
        if (content != "$body")
        {
            code.Add($"    $content = {content};");
            content = "$content";
        }
        if (byPair)
            code.Add($$"""
                    foreach ({{items}} as $item) {
                        if (!str_starts_with($item, {{QuoteSingle(plan.Before)}}) || !str_ends_with($item, {{QuoteSingle(plan.After)}})) {
                            continue;
                        }
                        $signature = {{(isHex ? "@hex2bin" : "base64_decode")}}(substr($item, {{plan.Before.Length}}, strlen($item) - {{plan.Before.Length + plan.After.Length}}));
                        if ($signature !== false && strlen($signature) === 64 && sodium_crypto_sign_verify_detached($signature, {{content}}, $key)) {
                            return true;
                        }
                    }
                    return false;
                """);
        else
        {
            var digest = isHex ? $"hash_hmac('{hash}', {content}, $key)" : $"base64_encode(hash_hmac('{hash}', {content}, $key, true))";
            code.Add($"    $expected = {Join(" . ", QuoteSingle(plan.Before), digest, QuoteSingle(plan.After))};");
            code.Add(plan.Scheme.Separator is not null
                ? $$"""
                    foreach ({{items}} as $item) {
                        if (hash_equals($expected, $item)) {
                            return true;
                        }
                    }
                    return false;
                """
                : "    return hash_equals($expected, $header);");
        }
        code.Add(
            """
            }

            $body = file_get_contents('php://input');
            $good = verify($key, $body);
            if ($good) {
                error_log("verified $body");
            }
            http_response_code($good ? 204 : 401);
            """);
        return code.ToString();
    }

    static string Header(string name) => $"$_SERVER['HTTP_{name.ToUpperInvariant().Replace('-', '_')}'] ?? ''";
}
