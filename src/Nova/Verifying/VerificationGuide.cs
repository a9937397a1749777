using System.Text;
using Nova.Products;

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
/// Each program needs nothing but its language, reads the secret from WEBHOOK_SECRET and the port from PORT, and answers 204 to what verifies and 401 to
/// what does not. All do the same in the same order: header, timestamp, content, key, comparison in constant time.
/// </remarks>
internal static class VerificationGuide
{
    /// <summary>The programs of a product; empty where it signs nothing that a receiver could verify.</summary>
    public static IReadOnlyList<VerificationProgram> Of(Product product) => VerificationPlan.Of(product) is not { } plan
        ? []
        :
        [
            new("node", "Node", "receiver.mjs", "WEBHOOK_SECRET=… PORT=8080 node receiver.mjs", Node(plan)),
            new("python", "Python", "receiver.py", "WEBHOOK_SECRET=… PORT=8080 python3 receiver.py", Python(plan)),
            new("go", "Go", "receiver.go", "WEBHOOK_SECRET=… PORT=8080 go run receiver.go", Go(plan)),
        ];

    /// <summary>The guide as a page of Markdown.</summary>
    public static string Page(Product product)
    {
        var page = new StringBuilder();
        page.Append($"# Verifying webhooks of {product.Title}\n\n");
        page.Append("Written from the product's definition by Nova; a test holds it to that.\n\n");
        if (VerificationPlan.Of(product) is not { } plan) return page.Append("Requests of this product have no HMAC that a program could be written for.\n").ToString();
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
        page.Append("5. Compare in constant time.");
        if (plan.SignsTime) page.Append($" Refuse a timestamp that is more than {SignatureDebugger.Tolerance} seconds away from your clock.");
        page.Append("\n\nWhere it does not verify, the signature debugger says why: see [../verifying.md](../verifying.md).\n");
        foreach (var program in Of(product))
            page.Append($"\n## {program.Title}\n\n`{program.File}`, started with `{program.Run}`:\n\n```{(program.Language == "node" ? "js" : program.Language)}\n{program.Code}```\n");
        return page.ToString();
    }

    static string KeyWords(VerificationPlan plan) => plan.Scheme.Key switch
    {
        KeyRule.Base64AfterPrefix => $"what stands after `{plan.Product.Secret.Prefix}` in the secret, decoded as base64",
        KeyRule.Sha256Hex => "the SHA-256 of the secret, as 64 lower-case hexadecimal characters",
        _ => plan.Product.Secret.Prefix is { Length: > 0 } prefix ? $"the whole secret as it is shown, `{prefix}` included" : "the secret as it is",
    };

    static string Name(SignatureAlgorithm algorithm) => algorithm switch
    {
        SignatureAlgorithm.HmacSha512 => "HMAC-SHA512",
        SignatureAlgorithm.HmacSha1 => "HMAC-SHA1",
        _ => "HMAC-SHA256",
    };

    static string Hash(VerificationPlan plan) => plan.Scheme.Algorithm switch
    {
        SignatureAlgorithm.HmacSha512 => "sha512",
        SignatureAlgorithm.HmacSha1 => "sha1",
        _ => "sha256",
    };

    /// <summary>A text between double quotes, as all of these languages read it: a definition's texts are printable ASCII.</summary>
    static string Quote(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    static string Node(VerificationPlan plan)
    {
        var code = new StringBuilder();
        code.Append("import { createHash, createHmac, timingSafeEqual } from \"node:crypto\";\nimport { createServer } from \"node:http\";\n\n");
        code.Append("const secret = process.env.WEBHOOK_SECRET;\nif (!secret) throw new Error(\"Set WEBHOOK_SECRET.\");\n");
        code.Append(plan.Scheme.Key switch
        {
            KeyRule.Base64AfterPrefix => $"const key = Buffer.from(secret.slice({plan.Product.Secret.Prefix.Length}), \"base64\"); // What stands after {Quote(plan.Product.Secret.Prefix)}.\n",
            KeyRule.Sha256Hex => "const key = createHash(\"sha256\").update(secret).digest(\"hex\");\n",
            _ => "const key = secret;\n",
        });
        code.Append("\nfunction verify(headers, body) {\n");
        code.Append($"  {(plan.Lead is null ? "const" : "let")} header = headers[{Quote(plan.Header)}];\n  if (!header) return false;\n");
        if (plan.Lead is { } lead)
        {
            code.Append($"  const end = header.indexOf({Quote(lead.After)}, {lead.Before.Length});\n");
            code.Append($"  if (!header.startsWith({Quote(lead.Before)}) || end < 0) return false;\n");
            code.Append($"  const timestamp = header.slice({lead.Before.Length}, end);\n  header = header.slice(end + {lead.After.Length});\n");
        }
        else if (plan.TimestampHeader is { } name)
        {
            code.Append($"  const timestamp = headers[{Quote(name)}] ?? \"\";\n");
        }
        if (plan.SignsTime)
            code.Append($"  if (!/^[0-9]{{1,15}}$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp){(plan.InMilliseconds ? " / 1000" : "")}) > {SignatureDebugger.Tolerance}) return false;\n");
        code.Append($"  const mac = createHmac(\"{Hash(plan)}\", key);\n");
        foreach (var part in plan.Content)
            code.Append("  mac.update(").Append(
                part.Literal is { } literal ? Quote(literal) : part.Header is { } from ? $"headers[{Quote(from)}] ?? \"\"" : part.Source == Placeholder.Body ? "body" : "timestamp").Append(");\n");
        var digest = $"mac.digest(\"{(plan.Scheme.Encoding == SignatureEncoding.Hex ? "hex" : "base64")}\")";
        code.Append($"  const expected = Buffer.from({Join(" + ", plan.Before, digest, plan.After)});\n");
        code.Append($"  return {(plan.Scheme.Separator is { } separator ? $"header.split({Quote(separator)})" : "[header]")}.some((item) => {{\n");
        code.Append("    const given = Buffer.from(item);\n    return given.length === expected.length && timingSafeEqual(given, expected);\n  });\n}\n\n");
        code.Append(
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

            """.ReplaceLineEndings("\n"));
        return plan.Scheme.Key == KeyRule.Sha256Hex ? code.ToString() : code.Replace("createHash, ", "").ToString();
    }

    static string Python(VerificationPlan plan)
    {
        var code = new StringBuilder();
        if (plan.Scheme.Key == KeyRule.Base64AfterPrefix || plan.Scheme.Encoding == SignatureEncoding.Base64) code.Append("import base64\n");
        code.Append("import hashlib\nimport hmac\nimport os\n");
        if (plan.SignsTime) code.Append("import re\nimport time\n");
        code.Append("from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer\n\nSECRET = os.environ.get(\"WEBHOOK_SECRET\")\nif not SECRET:\n    raise SystemExit(\"Set WEBHOOK_SECRET.\")\n");
        code.Append(plan.Scheme.Key switch
        {
            KeyRule.Base64AfterPrefix => $"KEY = base64.b64decode(SECRET[{plan.Product.Secret.Prefix.Length}:])  # What stands after {Quote(plan.Product.Secret.Prefix)}.\n",
            KeyRule.Sha256Hex => "KEY = hashlib.sha256(SECRET.encode()).hexdigest().encode()\n",
            _ => "KEY = SECRET.encode()\n",
        });
        code.Append("\n\ndef verify(headers, body):\n");
        code.Append($"    header = headers.get({Quote(plan.Header)}, \"\")\n");
        if (plan.Lead is { } lead)
        {
            code.Append($"    start, found, rest = header.partition({Quote(lead.After)})\n");
            code.Append($"    if not found or not start.startswith({Quote(lead.Before)}):\n        return False\n");
            code.Append($"    timestamp, header = start[{lead.Before.Length}:], rest\n");
        }
        else if (plan.TimestampHeader is { } name)
        {
            code.Append($"    timestamp = headers.get({Quote(name)}, \"\")\n");
        }
        if (plan.SignsTime)
            code.Append($"    if not re.fullmatch(\"[0-9]{{1,15}}\", timestamp) or abs(time.time() - int(timestamp){(plan.InMilliseconds ? " / 1000" : "")}) > {SignatureDebugger.Tolerance}:\n        return False\n");
        code.Append("    content = ").AppendJoin(" + ", plan.Content.Select(part =>
            part.Literal is { } literal ? "b" + Quote(literal) : part.Header is { } from ? $"headers.get({Quote(from)}, \"\").encode()" : part.Source == Placeholder.Body ? "body" : "timestamp.encode()")).Append('\n');
        var digest = $"hmac.new(KEY, content, hashlib.{Hash(plan)})";
        digest = plan.Scheme.Encoding == SignatureEncoding.Hex ? digest + ".hexdigest()" : $"base64.b64encode({digest}.digest()).decode()";
        code.Append($"    expected = {Join(" + ", plan.Before, digest, plan.After)}\n");
        var items = plan.Scheme.Separator is { } separator ? $"header.split({Quote(separator)})" : "[header]";
        code.Append($"    return any([hmac.compare_digest(item.encode(), expected.encode()) for item in {items}])\n\n\n");
        code.Append(
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

            """.ReplaceLineEndings("\n"));
        return code.ToString();
    }

    static string Go(VerificationPlan plan)
    {
        var isHex = plan.Scheme.Encoding == SignatureEncoding.Hex;
        List<string> imports = ["crypto/hmac", $"crypto/{Hash(plan)}", "fmt", "io", "net", "net/http", "os"];
        if (isHex || plan.Scheme.Key == KeyRule.Sha256Hex) imports.Add("encoding/hex");
        if (!isHex || plan.Scheme.Key == KeyRule.Base64AfterPrefix) imports.Add("encoding/base64");
        if (plan.Scheme.Key == KeyRule.Sha256Hex && Hash(plan) != "sha256") imports.Add("crypto/sha256");
        if (plan.SignsTime) imports.AddRange(["strconv", "time"]);
        if (plan.Lead is not null || plan.Scheme.Separator is not null) imports.Add("strings");
        var code = new StringBuilder("package main\n\nimport (\n");
        foreach (var import in imports.Order(StringComparer.Ordinal)) code.Append($"\t\"{import}\"\n");
        code.Append(")\n\nvar signingKey = key()\n\nfunc key() []byte {\n\tsecret := os.Getenv(\"WEBHOOK_SECRET\")\n\tif secret == \"\" {\n\t\tpanic(\"Set WEBHOOK_SECRET.\")\n\t}\n");
        code.Append(plan.Scheme.Key switch
        {
            KeyRule.Base64AfterPrefix =>
                $"\tkey, err := base64.StdEncoding.DecodeString(secret[{plan.Product.Secret.Prefix.Length}:]) // What stands after {Quote(plan.Product.Secret.Prefix)}.\n\tif err != nil {{\n\t\tpanic(err)\n\t}}\n\treturn key\n",
            KeyRule.Sha256Hex => "\thash := sha256.Sum256([]byte(secret))\n\treturn []byte(hex.EncodeToString(hash[:]))\n",
            _ => "\treturn []byte(secret)\n",
        });
        code.Append("}\n\nfunc verify(headers http.Header, body []byte) bool {\n");
        code.Append($"\theader := headers.Get({Quote(plan.Header)})\n");
        if (plan.Lead is { } lead)
        {
            code.Append($"\tstart, rest, found := strings.Cut(header, {Quote(lead.After)})\n\tif !found || !strings.HasPrefix(start, {Quote(lead.Before)}) {{\n\t\treturn false\n\t}}\n");
            code.Append($"\ttimestamp := start[{lead.Before.Length}:]\n\theader = rest\n");
        }
        else if (plan.TimestampHeader is { } name)
        {
            code.Append($"\ttimestamp := headers.Get({Quote(name)})\n");
        }
        if (plan.SignsTime)
        {
            code.Append("\tsent, err := strconv.ParseInt(timestamp, 10, 64)\n\tif err != nil {\n\t\treturn false\n\t}\n");
            code.Append($"\tage := time.Now().Unix() - sent{(plan.InMilliseconds ? "/1000" : "")}\n\tif age > {SignatureDebugger.Tolerance} || age < -{SignatureDebugger.Tolerance} {{\n\t\treturn false\n\t}}\n");
        }
        code.Append($"\tmac := hmac.New({Hash(plan)}.New, signingKey)\n");
        foreach (var part in plan.Content)
            code.Append("\tmac.Write(").Append(
                part.Literal is { } literal ? $"[]byte({Quote(literal)})" : part.Header is { } from ? $"[]byte(headers.Get({Quote(from)}))" : part.Source == Placeholder.Body ? "body" : "[]byte(timestamp)").Append(")\n");
        var digest = isHex ? "hex.EncodeToString(mac.Sum(nil))" : "base64.StdEncoding.EncodeToString(mac.Sum(nil))";
        code.Append($"\texpected := {Join(" + ", plan.Before, digest, plan.After)}\n");
        code.Append(plan.Scheme.Separator is { } separator
            ? $"\tfor _, item := range strings.Split(header, {Quote(separator)}) {{\n\t\tif hmac.Equal([]byte(item), []byte(expected)) {{\n\t\t\treturn true\n\t\t}}\n\t}}\n\treturn false\n}}\n\n"
            : "\treturn hmac.Equal([]byte(header), []byte(expected))\n}\n\n");
        code.Append(
            """
            func receive(response http.ResponseWriter, request *http.Request) {
            	body, err := io.ReadAll(http.MaxBytesReader(response, request.Body, 1<<20))
            	if err != nil || !verify(request.Header, body) {
            		response.WriteHeader(http.StatusUnauthorized)
            		return
            	}
            	fmt.Println("verified", string(body))
            	response.WriteHeader(http.StatusNoContent)
            }

            func main() {
            	port := os.Getenv("PORT")
            	if port == "" {
            		port = "8080"
            	}
            	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
            	if err != nil {
            		panic(err)
            	}
            	fmt.Println("listening on", listener.Addr().(*net.TCPAddr).Port)
            	panic(http.Serve(listener, http.HandlerFunc(receive)))
            }

            """.ReplaceLineEndings("\n"));
        return code.ToString();
    }

    /// <summary>An expression of the non-empty among a text, an expression and a text.</summary>
    static string Join(string plus, string before, string expression, string after) =>
        string.Join(plus, (string[])[.. before.Length > 0 ? [Quote(before)] : Array.Empty<string>(), expression, .. after.Length > 0 ? [Quote(after)] : Array.Empty<string>()]);
}
