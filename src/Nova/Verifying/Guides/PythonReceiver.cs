using static Nova.Verifying.Guides.ProgramText;

namespace Nova.Verifying.Guides;

internal static class PythonReceiver
{
    /// <summary>Why there is no program for a signature by Ed25519, and what to do.</summary>
    public const string WithoutEd25519 =
        "Python's standard library has no Ed25519. Take the package `cryptography`: `Ed25519PublicKey.from_public_bytes(key).verify(signature, content)` raises `InvalidSignature` where the two do not fit.";

    public static string Write(VerificationPlan plan)
    {
        var (_, hash, isHex, _) = plan.Names;
        var code = new ProgramText().AddImports(
            name => $"import {name}",
            (plan.DecodesSecret || !isHex, "base64"), (true, "hashlib"), (true, "hmac"), (true, "os"), (plan.SignsTime, "re"), (plan.SignsTime, "time"));
        code.Add($"""
            from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

            SECRET = os.environ.get("{plan.Variable}")
            if not SECRET:
                raise SystemExit("Set {plan.Variable}.")
            """);
        if (plan.DecodesSecret) code.Add($"KEY = base64.b64decode(SECRET[{plan.SkippedOfSecret}:])  # What stands after {Quote(plan.SecretPrefix)}.");
        else code.AddEither(plan.HashesSecret, "KEY = hashlib.sha256(SECRET.encode()).hexdigest().encode()", "KEY = SECRET.encode()");

        code.Add("\n\ndef verify(headers, body):");
        code.Add($"    header = headers.get({Quote(plan.Header)}, \"\")");
        if (plan.Lead is { } lead)
            code.Add($"""
                    start, found, rest = header.partition({Quote(lead.After)})
                    if not found or not start.startswith({Quote(lead.Before)}):
                        return False
                    timestamp, header = start[{lead.Before.Length}:], rest
                """);
        code.AddIf(plan.TimestampHeader is not null, $"    timestamp = headers.get({Quote(plan.TimestampHeader ?? "")}, \"\")");
        code.AddIf(plan.SignsTime, $"    if not re.fullmatch(\"[0-9]{{1,15}}\", timestamp) or abs(time.time() - int(timestamp){(plan.InMilliseconds ? " / 1000" : "")}) > {SignatureDebugger.Tolerance}:\n        return False");
        code.Add($"    content = {string.Join(" + ", plan.ContentAs(text => "b" + Quote(text), header => $"headers.get({Quote(header)}, \"\").encode()", "body", "timestamp.encode()"))}");
        var digest = $"hmac.new(KEY, content, hashlib.{hash})";
        digest = isHex ? digest + ".hexdigest()" : $"base64.b64encode({digest}.digest()).decode()";
        code.Add($"    expected = {Join(" + ", Quote(plan.Before), digest, Quote(plan.After))}");
        var items = plan.Scheme.Separator is { } separator ? $"header.split({Quote(separator)})" : "[header]";
        code.Add($"    return any([hmac.compare_digest(item.encode(), expected.encode()) for item in {items}])");
        code.Add(
            """


            class Receiver(BaseHTTPRequestHandler):
                def do_POST(self):
                    body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                    good = verify(self.headers, body)
                    if good:
                        print("verified", body.decode(), flush=True)
                    self.send_response(204 if good else 401)
                    self.end_headers()


            server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Receiver)
            print("listening on", server.server_port, flush=True)
            server.serve_forever()
            """);
        return code.ToString();
    }
}
