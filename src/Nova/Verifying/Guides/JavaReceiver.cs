using static Nova.Verifying.Guides.ProgramText;

namespace Nova.Verifying.Guides;

internal static class JavaReceiver
{
    public static string Write(VerificationPlan plan)
    {
        var (algorithm, _, isHex, byPair) = plan.Names;
        var code = new ProgramText().AddImports(
            name => $"import {name};",
            (true, "com.sun.net.httpserver.Headers"), (true, "com.sun.net.httpserver.HttpServer"), (byPair, "java.io.ByteArrayOutputStream"),
            (true, "java.net.InetSocketAddress"), (true, "java.nio.charset.StandardCharsets"), (true, "java.security.GeneralSecurityException"),
            (byPair, "java.security.KeyFactory"), (!byPair, "java.security.MessageDigest"), (byPair, "java.security.PublicKey"), (byPair, "java.security.Signature"),
            (byPair, "java.security.spec.X509EncodedKeySpec"), (byPair || plan.DecodesSecret || !isHex, "java.util.Base64"),
            (isHex || byPair || plan.HashesSecret, "java.util.HexFormat"), (true, "java.util.concurrent.Executors"), (plan.Scheme.Separator is not null, "java.util.regex.Pattern"),
            (!byPair, "javax.crypto.Mac"), (!byPair, "javax.crypto.spec.SecretKeySpec"));
        code.Add($$"""

            public class Receiver {
                static {{(byPair ? "PublicKey" : "byte[]")}} key() throws GeneralSecurityException {
                    String secret = System.getenv("{{plan.Variable}}");
                    if (secret == null || secret.isEmpty()) throw new IllegalStateException("Set {{plan.Variable}}.");
            """);
        if (byPair)
            code.Add($$"""
                        ByteArrayOutputStream der = new ByteArrayOutputStream();
                        der.writeBytes(HexFormat.of().parseHex("{{PublicKeyLead}}"));
                        der.writeBytes(Base64.getDecoder().decode(secret.substring({{plan.SkippedOfSecret}}))); // What stands after {{Quote(plan.SecretPrefix)}}.
                        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(der.toByteArray()));
                """);
        else if (plan.DecodesSecret) code.Add($"        return Base64.getDecoder().decode(secret.substring({plan.SkippedOfSecret})); // What stands after {Quote(plan.SecretPrefix)}.");
        else code.AddEither(plan.HashesSecret, "        return bytes(HexFormat.of().formatHex(MessageDigest.getInstance(\"SHA-256\").digest(bytes(secret))));", "        return bytes(secret);");
        code.Add($$"""
                }

                static boolean verify({{(byPair ? "PublicKey" : "byte[]")}} key, Headers headers, byte[] body) throws GeneralSecurityException {
                    String header = headers.getFirst({{Quote(plan.Header)}});
                    if (header == null) return false;
            """);
        if (plan.Lead is { } lead)
            code.Add($$"""
                        int end = header.indexOf({{Quote(lead.After)}}, {{lead.Before.Length}});
                        if (!header.startsWith({{Quote(lead.Before)}}) || end < 0) return false;
                        String timestamp = header.substring({{lead.Before.Length}}, end);
                        header = header.substring(end + {{lead.After.Length}});
                """);
        code.AddIf(plan.TimestampHeader is not null, $"        String timestamp = headers.getFirst({Quote(plan.TimestampHeader ?? "")});");
        code.AddIf(plan.SignsTime, $$"""
                    if (timestamp == null || !timestamp.matches("[0-9]{1,15}")) return false;
                    if (Math.abs(System.currentTimeMillis() / 1000 - Long.parseLong(timestamp){{(plan.InMilliseconds ? " / 1000" : "")}}) > {{SignatureDebugger.Tolerance}}) return false;
            """);
        var content = plan.ContentAs(text => $"bytes({Quote(text)})", header => $"bytes(headers.getFirst({Quote(header)}))", "body", "bytes(timestamp)").ToList();
        var items = plan.Scheme.Separator is { } separator ? $"header.split(Pattern.quote({Quote(separator)}))" : "new String[] {header}";
        if (byPair)
        {
            code.Add($$"""
                        for (String item : {{items}}) {
                            if (!item.startsWith({{Quote(plan.Before)}}) || !item.endsWith({{Quote(plan.After)}})) continue;
                            String signature = item.substring({{plan.Before.Length}}, item.length() - {{plan.After.Length}});
                            Signature check = Signature.getInstance("Ed25519");
                            check.initVerify(key);
                """);
            foreach (var part in content) code.Add($"            check.update({part});");
            code.Add($$"""
                            if (check.verify({{(isHex ? "HexFormat.of().parseHex(signature)" : "Base64.getDecoder().decode(signature)")}})) return true;
                        }
                        return false;
                """);
        }
        else
        {
            code.Add($$"""
                        Mac mac = Mac.getInstance("Hmac{{algorithm}}");
                        mac.init(new SecretKeySpec(key, "Hmac{{algorithm}}"));
                """);
            foreach (var part in content) code.Add($"        mac.update({part});");
            var digest = isHex ? "HexFormat.of().formatHex(mac.doFinal())" : "Base64.getEncoder().encodeToString(mac.doFinal())";
            code.Add($"        byte[] expected = bytes({Join(" + ", Quote(plan.Before), digest, Quote(plan.After))});");
            code.Add(plan.Scheme.Separator is not null
                ? $$"""
                        for (String item : {{items}}) {
                            if (MessageDigest.isEqual(bytes(item), expected)) return true;
                        }
                        return false;
                """
                : "        return MessageDigest.isEqual(bytes(header), expected);");
        }
        code.Add($$"""
                }

                static byte[] bytes(String text) {
                    return text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
                }

                public static void main(String[] arguments) throws Exception {
                    {{(byPair ? "PublicKey" : "byte[]")}} key = key();
                    int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "8080"));
                    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
                    server.setExecutor(Executors.newCachedThreadPool());
                    server.createContext("/", exchange -> {
                        byte[] body = exchange.getRequestBody().readAllBytes();
                        boolean good;
                        try {
                            good = verify(key, exchange.getRequestHeaders(), body);
                        } catch (GeneralSecurityException | IllegalArgumentException e) {
                            good = false;
                        }
                        if (good) System.out.println("verified " + new String(body, StandardCharsets.UTF_8));
                        exchange.sendResponseHeaders(good ? 204 : 401, -1);
                        exchange.close();
                    });
                    server.start();
                    System.out.println("listening on " + server.getAddress().getPort());
                }
            }
            """);
        return code.ToString();
    }
}
