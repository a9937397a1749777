using static Nova.Verifying.Guides.ProgramText;

namespace Nova.Verifying.Guides;

/// <remarks>On a bare TCP server: Ruby 3 no longer brings a web server along.</remarks>
internal static class RubyReceiver
{
    public static string Write(VerificationPlan plan)
    {
        var (_, hash, isHex, byPair) = plan.Names;
        var code = new ProgramText();
        code.Add($"""
            require "openssl"
            require "socket"

            secret = ENV.fetch("{plan.Variable}", "")
            abort "Set {plan.Variable}." if secret.empty?
            """);
        if (byPair) code.Add($"KEY = OpenSSL::PKey.read([\"{PublicKeyLead}\"].pack(\"H*\") + secret[{plan.SkippedOfSecret}..].unpack1(\"m\")) # What stands after {Quote(plan.SecretPrefix)}.");
        else if (plan.DecodesSecret) code.Add($"KEY = secret[{plan.SkippedOfSecret}..].unpack1(\"m\") # What stands after {Quote(plan.SecretPrefix)}, which is base64.");
        else code.AddEither(plan.HashesSecret, "KEY = OpenSSL::Digest::SHA256.hexdigest(secret)", "KEY = secret");

        code.Add($"\ndef verify(headers, body)\n  header = headers.fetch({QuoteSingle(plan.Header)}, \"\")");
        if (plan.Lead is { } lead)
            code.Add($"""
                  start, found, header = header.partition({QuoteSingle(lead.After)})
                  return false if found.empty? || !start.start_with?({QuoteSingle(lead.Before)})
                  timestamp = start[{lead.Before.Length}..]
                """);
        code.AddIf(plan.TimestampHeader is not null, $"  timestamp = headers.fetch({QuoteSingle(plan.TimestampHeader ?? "")}, \"\")");
        code.AddIf(plan.SignsTime, $$"""
              return false unless timestamp.match?(/\A[0-9]{1,15}\z/)
              return false if (Time.now.to_i - timestamp.to_i{{(plan.InMilliseconds ? " / 1000" : "")}}).abs > {{SignatureDebugger.Tolerance}}
            """);
        var content = string.Join(" + ", plan.ContentAs(QuoteSingle, header => $"headers.fetch({QuoteSingle(header)}, \"\")", "body", "timestamp"));
        var items = plan.Scheme.Separator is { } separator ? $"header.split({QuoteSingle(separator)})" : "[header]";
        if (content != "body")
        {
            code.Add($"  content = {content}");
            content = "content";
        }
        if (byPair)
            code.Add($$"""
                  {{items}}.any? do |item|
                    next false unless item.start_with?({{QuoteSingle(plan.Before)}}) && item.end_with?({{QuoteSingle(plan.After)}})
                    signature = item[{{plan.Before.Length}}...item.length - {{plan.After.Length}}]{{(isHex ? "" : ".unpack1(\"m\")")}}
                    KEY.verify(nil, {{(isHex ? "[signature].pack(\"H*\")" : "signature")}}, {{content}})
                  end
                end
                """);
        else
        {
            var digest = isHex ? $"OpenSSL::HMAC.hexdigest(\"{hash}\", KEY, {content})" : $"[OpenSSL::HMAC.digest(\"{hash}\", KEY, {content})].pack(\"m0\")";
            code.Add($"  expected = {Join(" + ", QuoteSingle(plan.Before), digest, QuoteSingle(plan.After))}");
            code.Add(plan.Scheme.Separator is not null ? $"  {items}.any? {{ |item| OpenSSL.secure_compare(item, expected) }}\nend" : "  OpenSSL.secure_compare(header, expected)\nend");
        }
        code.Add(
            """

            $stdout.sync = true
            server = TCPServer.new("127.0.0.1", ENV.fetch("PORT", "8080").to_i)
            puts "listening on #{server.addr[1]}"
            loop do
              Thread.start(server.accept) do |client|
                client.gets # The request line.
                headers = {}
                while (line = client.gets&.b&.chomp) && !line.empty?
                  name, value = line.split(":", 2)
                  headers[name.downcase] = value.to_s.strip
                end
                body = client.read(headers["content-length"].to_i).to_s
                good = verify(headers, body)
                puts "verified #{body}" if good
                client.write "HTTP/1.1 #{good ? "204 No Content" : "401 Unauthorized"}\r\nConnection: close\r\n\r\n"
              ensure
                client.close
              end
            end
            """);
        return code.ToString();
    }
}
