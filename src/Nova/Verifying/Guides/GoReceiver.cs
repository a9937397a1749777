using static Nova.Verifying.Guides.ProgramText;

namespace Nova.Verifying.Guides;

internal static class GoReceiver
{
    public static string Write(VerificationPlan plan)
    {
        var (_, hash, isHex, byPair) = plan.Names;
        var code = new ProgramText().Add("package main\n\nimport (").AddImports(
            name => $"\t\"{name}\"",
            (byPair, "crypto/ed25519"), (!byPair, "crypto/hmac"), (!byPair, $"crypto/{hash}"), (plan.HashesSecret && hash != "sha256", "crypto/sha256"),
            (isHex || plan.HashesSecret, "encoding/hex"), (!isHex || plan.DecodesSecret || byPair, "encoding/base64"), (true, "fmt"), (true, "io"), (true, "net"),
            (true, "net/http"), (true, "os"), (plan.SignsTime, "strconv"), (plan.SignsTime, "time"),
            (byPair || plan.Lead is not null || plan.Scheme.Separator is not null, "strings"));
        code.Add($$"""
            )

            var signingKey = key()

            func key() []byte {
            	secret := os.Getenv("{{plan.Variable}}")
            	if secret == "" {
            		panic("Set {{plan.Variable}}.")
            	}
            """);
        if (plan.DecodesSecret || byPair)
            code.Add($$"""
                	key, err := base64.StdEncoding.DecodeString(secret[{{plan.SkippedOfSecret}}:]) // What stands after {{Quote(plan.SecretPrefix)}}.
                	if err != nil {
                		panic(err)
                	}
                	return key
                """);
        else code.AddEither(plan.HashesSecret, "\thash := sha256.Sum256([]byte(secret))\n\treturn []byte(hex.EncodeToString(hash[:]))", "\treturn []byte(secret)");

        code.Add("}\n\nfunc verify(headers http.Header, body []byte) bool {");
        code.Add($"\theader := headers.Get({Quote(plan.Header)})");
        if (plan.Lead is { } lead)
            code.Add($$"""
                	start, rest, found := strings.Cut(header, {{Quote(lead.After)}})
                	if !found || !strings.HasPrefix(start, {{Quote(lead.Before)}}) {
                		return false
                	}
                	timestamp := start[{{lead.Before.Length}}:]
                	header = rest
                """);
        code.AddIf(plan.TimestampHeader is not null, $"\ttimestamp := headers.Get({Quote(plan.TimestampHeader ?? "")})");
        if (plan.SignsTime)
            code.Add($$"""
                	sent, err := strconv.ParseInt(timestamp, 10, 64)
                	if err != nil {
                		return false
                	}
                	age := time.Now().Unix() - sent{{(plan.InMilliseconds ? "/1000" : "")}}
                	if age > {{SignatureDebugger.Tolerance}} || age < -{{SignatureDebugger.Tolerance}} {
                		return false
                	}
                """);
        var content = plan.ContentAs(text => $"[]byte({Quote(text)})", header => $"[]byte(headers.Get({Quote(header)}))", "body", "[]byte(timestamp)");
        var encoding = isHex ? "hex." : "base64.StdEncoding.";
        if (byPair)
        {
            code.Add("\tvar content []byte");
            foreach (var part in content) code.Add($"\tcontent = append(content, {part}...)");
            code.Add($$"""
                	for _, item := range {{(plan.Scheme.Separator is { } between ? $"strings.Split(header, {Quote(between)})" : "[]string{header}")}} {
                		if !strings.HasPrefix(item, {{Quote(plan.Before)}}) || !strings.HasSuffix(item, {{Quote(plan.After)}}) {
                			continue
                		}
                		signature, err := {{encoding}}DecodeString(strings.TrimSuffix(strings.TrimPrefix(item, {{Quote(plan.Before)}}), {{Quote(plan.After)}}))
                		if err == nil && ed25519.Verify(signingKey, content, signature) {
                			return true
                		}
                	}
                	return false
                }
                """);
        }
        else
        {
            code.Add($"\tmac := hmac.New({hash}.New, signingKey)");
            foreach (var part in content) code.Add($"\tmac.Write({part})");
            code.Add($"\texpected := {Join(" + ", Quote(plan.Before), $"{encoding}EncodeToString(mac.Sum(nil))", Quote(plan.After))}");
            code.Add(plan.Scheme.Separator is { } separator
                ? $$"""
                	for _, item := range strings.Split(header, {{Quote(separator)}}) {
                		if hmac.Equal([]byte(item), []byte(expected)) {
                			return true
                		}
                	}
                	return false
                }
                """
                : "\treturn hmac.Equal([]byte(header), []byte(expected))\n}");
        }
        code.Add(
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
            """);
        return code.ToString();
    }
}
