namespace Nova.Verifying.Guides;

/// <remarks>
/// Bash, OpenSSL and what every Debian has; socat only to listen. <c>verify</c> alone takes a request from two files, for whoever has one in hand. The HMAC is
/// put together from two hashes: OpenSSL takes its key on the command line only, where everybody on the machine can read it.
/// </remarks>
internal static class ShellReceiver
{
    public static string Write(VerificationPlan plan)
    {
        var (_, hash, isHex, byPair) = plan.Names;
        var code = new ProgramText();
        code.Add($$"""
            #!/usr/bin/env bash
            # bash receiver.sh                        listens; needs socat
            # bash receiver.sh verify HEADERS BODY    verifies a request that was saved to two files
            set -u
            export LC_ALL=C
            : "${{{plan.Variable}}:?Set {{plan.Variable}}.}"

            to_hex() { od -An -v -tx1 | tr -d ' \n'; }
            header() { awk -v name="$1" 'tolower(substr($0, 1, length(name) + 1)) == name ":" { sub(/^[^:]*:[ \t]*/, ""); sub(/[ \t\r]*$/, ""); print; exit }' "$headers"; }
            """);
        if (byPair)
            code.Add($$"""

                # What stands after "{{plan.SecretPrefix}}", in the form that OpenSSL reads.
                public_key() { printf %b '{{string.Concat(Convert.FromHexString(ProgramText.PublicKeyLead).Select(b => $"\\x{b:x2}"))}}'; printf %s "${{{plan.Variable}}:{{plan.SkippedOfSecret}}}" | base64 -d; }
                """);
        else
        {
            var size = hash == "sha512" ? 256 : 128;
            if (plan.DecodesSecret) code.Add($"\nkey=$(printf %s \"${{{plan.Variable}:{plan.SkippedOfSecret}}}\" | base64 -d | to_hex) # What stands after \"{plan.SecretPrefix}\".");
            else code.AddEither(plan.HashesSecret,
                $"\nkey=$(printf %s \"${plan.Variable}\" | openssl dgst -sha256 -binary | to_hex | to_hex) # The hexadecimal characters are the key, not the bytes they stand for.",
                $"\nkey=$(printf %s \"${plan.Variable}\" | to_hex)");
            code.Add($$"""

                # The HMAC of what comes in, by its definition (RFC 2104): as an argument of openssl, everybody on the machine could read the key.
                if ((${#key} > {{size}})); then key=$(printf %b "$(sed 's/../\\x&/g' <<< "$key")" | openssl dgst -{{hash}} -binary | to_hex); fi
                printf -v key '%-{{size}}s' "$key"
                inner='' outer=''
                for ((i = 0; i < {{size}}; i += 2)); do
                  byte=${key:i:2}
                  printf -v inner '%s\\x%02x' "$inner" $((16#${byte// /0} ^ 0x36))
                  printf -v outer '%s\\x%02x' "$outer" $((16#${byte// /0} ^ 0x5c))
                done
                hmac() { { printf %b "$outer"; { printf %b "$inner"; cat; } | openssl dgst -{{hash}} -binary; } | openssl dgst -{{hash}} -binary; }
                """);
        }

        code.Add($$"""

            verify() { # verify HEADERS BODY
              local headers=$1 body=$2 value item{{(plan.SignsTime ? " timestamp" : "")}}{{(byPair ? " verified=1" : " expected")}}
              value=$(header {{Quote(plan.Header)}})
              [[ $value ]] || return 1
            """);
        if (plan.Lead is { } lead)
            code.Add($$"""
                  [[ $value == {{Quote(lead.Before)}}*{{Quote(lead.After)}}* ]] || return 1
                  timestamp=${value#{{Quote(lead.Before)}}}
                  timestamp=${timestamp%%{{Quote(lead.After)}}*}
                  value=${value#*{{Quote(lead.After)}}}
                """);
        code.AddIf(plan.TimestampHeader is not null, $"  timestamp=$(header {Quote(plan.TimestampHeader ?? "")})");
        code.AddIf(plan.SignsTime, $$"""
              [[ $timestamp =~ ^[0-9]{1,15}$ ]] || return 1
              local age=$(($(date +%s) - 10#$timestamp{{(plan.InMilliseconds ? " / 1000" : "")}}))
              ((age <= {{SignatureDebugger.Tolerance}} && age >= -{{SignatureDebugger.Tolerance}})) || return 1
            """);
        var content = plan.ContentAs(text => $"printf %s {Quote(text)}", header => $"printf %s \"$(header {Quote(header)})\"", "cat \"$body\"", "printf %s \"$timestamp\"").ToList();
        if (byPair)
        {
            code.Add($"  public_key > \"$body.key\"\n  {{ {string.Join("; ", content)}; }} > \"$body.signed\"");
            AddItems(code, plan, $$"""
                    [[ $item == {{Quote(plan.Before)}}*{{Quote(plan.After)}} ]] || continue
                    item=${item#{{Quote(plan.Before)}}}
                    printf %s "${item%{{Quote(plan.After)}}}" | {{(isHex ? "sed 's/../\\\\x&/g' | { read -r item; printf %b \"$item\"; }" : "base64 -d 2> /dev/null")}} > "$body.signature"
                    openssl pkeyutl -verify -pubin -keyform DER -inkey "$body.key" -rawin -in "$body.signed" -sigfile "$body.signature" > /dev/null 2>&1 && verified=0
                """);
            code.Add("  rm -f \"$body.key\" \"$body.signed\" \"$body.signature\"\n  return $verified\n}");
        }
        else
        {
            code.Add($"  expected={(plan.Before.Length > 0 ? Quote(plan.Before) : "")}$({{ {string.Join("; ", content)}; }} | hmac | {(isHex ? "to_hex" : "base64 -w 0")}){(plan.After.Length > 0 ? Quote(plan.After) : "")}");
            code.Add("  # HMACs of the two are compared: how long that takes tells nothing of the expected one.\n  expected=$(printf %s \"$expected\" | hmac | to_hex)");
            AddItems(code, plan, "    [[ $(printf %s \"$item\" | hmac | to_hex) == \"$expected\" ]] && return 0");
            code.Add("  return 1\n}");
        }
        code.Add($$"""

            answer() { # one request, on standard input
              local folder line length
              folder=$(mktemp -d)
              trap 'rm -rf "$folder"' EXIT
              while IFS= read -r line && line=${line%$'\r'} && [[ $line ]]; do printf '%s\n' "$line"; done > "$folder/headers"
              headers=$folder/headers
              length=$(header content-length)
              [[ $length =~ ^[0-9]{1,7}$ ]] || length=0
              head -c "$length" > "$folder/body"
              if verify "$folder/headers" "$folder/body"; then
                printf 'verified %s\n' "$(tr -d '\0' < "$folder/body")" >&2
                printf 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'
              else
                printf 'HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'
              fi
            }

            case ${1:-} in
              verify) verify "$2" "$3" && echo verified ;;
              answer) answer ;;
              *)
                cd "$(dirname "$0")" || exit
                echo "listening on ${PORT:-8080}"
                exec socat "TCP-LISTEN:${PORT:-8080},bind=127.0.0.1,reuseaddr,fork" EXEC:"bash ${0##*/} answer"
                ;;
            esac
            """);
        return code.ToString();
    }

    static void AddItems(ProgramText code, VerificationPlan plan, string lines)
    {
        var separator = Quote(plan.Scheme.Separator ?? "");
        code.AddEither(plan.Scheme.Separator is not null,
            $$"""
              value+={{separator}}
              while [[ $value ]]; do
                item=${value%%{{separator}}*}
                value=${value#*{{separator}}}
            """,
            "  for item in \"$value\"; do");
        code.Add(lines).Add("  done");
    }

    static string Quote(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
