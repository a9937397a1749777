using static Nova.Verifying.Guides.ProgramText;

namespace Nova.Verifying.Guides;

internal static class NodeReceiver
{
    public static string Write(VerificationPlan plan)
    {
        var (_, hash, isHex, byPair) = plan.Names;
        var code = new ProgramText();
        code.Add($"import {{ {(byPair ? "createPublicKey, verify as verifyOne" : plan.HashesSecret ? "createHash, createHmac, timingSafeEqual" : "createHmac, timingSafeEqual")} }} from \"node:crypto\";");
        code.Add($$"""
            import { createServer } from "node:http";

            const secret = process.env.{{plan.Variable}};
            if (!secret) throw new Error("Set {{plan.Variable}}.");
            """);
        if (byPair)
            code.Add($$"""
                const der = Buffer.concat([Buffer.from("{{PublicKeyLead}}", "hex"), Buffer.from(secret.slice({{plan.SkippedOfSecret}}), "base64")]);
                const key = createPublicKey({ key: der, format: "der", type: "spki" });
                """);
        else if (plan.DecodesSecret) code.Add($"const key = Buffer.from(secret.slice({plan.SkippedOfSecret}), \"base64\"); // What stands after {Quote(plan.SecretPrefix)}.");
        else code.AddEither(plan.HashesSecret, "const key = createHash(\"sha256\").update(secret).digest(\"hex\");", "const key = secret;");

        code.Add("\nfunction verify(headers, body) {");
        code.Add($"  {(plan.Lead is null ? "const" : "let")} header = headers[{Quote(plan.Header)}];\n  if (!header) return false;");
        if (plan.Lead is { } lead)
            code.Add($$"""
                  const end = header.indexOf({{Quote(lead.After)}}, {{lead.Before.Length}});
                  if (!header.startsWith({{Quote(lead.Before)}}) || end < 0) return false;
                  const timestamp = header.slice({{lead.Before.Length}}, end);
                  header = header.slice(end + {{lead.After.Length}});
                """);
        code.AddIf(plan.TimestampHeader is not null, $"  const timestamp = headers[{Quote(plan.TimestampHeader ?? "")}] ?? \"\";");
        code.AddIf(plan.SignsTime, $"  if (!/^[0-9]{{1,15}}$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp){(plan.InMilliseconds ? " / 1000" : "")}) > {SignatureDebugger.Tolerance}) return false;");
        var content = plan.ContentAs(Quote, header => $"headers[{Quote(header)}] ?? \"\"", "body", "timestamp");
        var items = plan.Scheme.Separator is { } separator ? $"header.split({Quote(separator)})" : "[header]";
        if (byPair)
        {
            code.Add($"  const content = Buffer.concat([{string.Join(", ", content.Select(part => part == "body" ? part : $"Buffer.from({part})"))}]);");
            code.Add($$"""
                  return {{items}}.some((item) => {
                    if (!item.startsWith({{Quote(plan.Before)}}) || !item.endsWith({{Quote(plan.After)}})) return false;
                    return verifyOne(null, content, key, Buffer.from(item.slice({{plan.Before.Length}}, item.length - {{plan.After.Length}}), "{{(isHex ? "hex" : "base64")}}"));
                  });
                }
                """);
        }
        else
        {
            code.Add($"  const mac = createHmac(\"{hash}\", key);");
            foreach (var part in content) code.Add($"  mac.update({part});");
            code.Add($"  const expected = Buffer.from({Join(" + ", Quote(plan.Before), $"mac.digest(\"{(isHex ? "hex" : "base64")}\")", Quote(plan.After))});");
            code.Add($$"""
                  return {{items}}.some((item) => {
                    const given = Buffer.from(item);
                    return given.length === expected.length && timingSafeEqual(given, expected);
                  });
                }
                """);
        }
        code.Add(
            """

            const server = createServer((request, response) => {
              const chunks = [];
              request.on("data", (chunk) => chunks.push(chunk));
              request.on("end", () => {
                const body = Buffer.concat(chunks);
                const good = verify(request.headers, body);
                if (good) console.log("verified", JSON.parse(body));
                response.writeHead(good ? 204 : 401).end();
              });
            });
            server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
            """);
        return code.ToString();
    }
}
