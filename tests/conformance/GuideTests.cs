using System.Diagnostics;
using System.Net;
using System.Text;
using Nova.Products;
using Nova.Verifying;

namespace Nova.ConformanceTests;

/// <summary>The programs of the verification guides are run as they are, and take what Nova signs and nothing else.</summary>
public sealed class GuideTests
{
    /// <summary>A language's first start compiles; only ever reached when something is broken.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>As senders with a timestamp in the signature's own header do it.</summary>
    const string Lead =
        """
        { "name": "lead", "title": "Lead", "envelope": { "d": "{data}" },
          "signatures": [{ "header": "Lead-Signature", "algorithm": "hmac-sha512", "content": "{timestamp.ms}.{body}", "key": "secret", "encoding": "hex",
                           "lead": "t={timestamp.ms},", "value": "v1={signature}", "separator": "," }],
          "secret": { "rotation_overlap": "24h" }, "retry": { "delays": ["0s"] }, "timeout": "10s" }
        """;

    public static TheoryData<string, string> All
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var product in (string[])["embed", "partner", "calls", "kit", "standard", "lead"])
                foreach (var language in (string[])["node", "python", "go"])
                    all.Add(product, language);
            return all;
        }
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_program_takes_what_is_signed_and_nothing_else(string name, string language)
    {
        var folder = Directory.CreateTempSubdirectory("nova-guide-");
        try
        {
            var product = Load(name, folder.FullName);
            var program = VerificationGuide.Of(product).Single(each => each.Language == language);
            var file = Path.Combine(folder.FullName, program.File);
            await File.WriteAllTextAsync(file, program.Code);
            var secret = product.Secret.ChosenByCustomer ? "chosen-by-customer" : product.Secret.Generate();
            using var process = Start(language, file, secret);
            try
            {
                var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
                Assert.True(line?.StartsWith("listening on ", StringComparison.Ordinal), line + await ErrorsAsync(process, line));
                var url = new Uri($"http://127.0.0.1:{line!.Split(' ')[^1]}/");
                // A connection for each request: Python's server speaks HTTP/1.0, and closes after each answer without saying so.
                using var client = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero });
                var body = Encoding.UTF8.GetBytes("""{"a":"Noël","n":1.50}""");
                var now = TimeProvider.System.GetUtcNow();
                Assert.Equal(HttpStatusCode.NoContent, await SendAsync(client, url, Headers(product, body, now, secret), body));
                if (product.Secret.RotationOverlap > TimeSpan.Zero)
                    Assert.Equal(HttpStatusCode.NoContent, await SendAsync(client, url, Headers(product, body, now, product.Secret.Generate(), secret), body));
                Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(client, url, Headers(product, body, now, secret), [.. body, (byte)'\n']));
                Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(client, url, [], body));
                var other = product.Secret.ChosenByCustomer ? "chosen-by-another" : product.Secret.Generate();
                Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(client, url, Headers(product, body, now, other), body));
                if (VerificationPlan.Of(product)!.SignsTime)
                    Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(client, url, Headers(product, body, now.AddSeconds(-310), secret), body));
            }
            finally
            {
                process.Kill(entireProcessTree: true);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static Product Load(string name, string folder)
    {
        if (name != "lead") return ProductLoader.Load(Path.Combine(Repository.Root, "products"))[name];
        var events = Directory.CreateDirectory(Path.Combine(folder, "products", "lead", "events")).FullName;
        File.WriteAllText(Path.Combine(folder, "products", "lead", "product.json"), Lead);
        File.Copy(Path.Combine(Repository.Root, "products", "standard", "events", "user.created.json"), Path.Combine(events, "user.created.json"));
        return ProductLoader.Load(Path.Combine(folder, "products"))["lead"];
    }

    static Process Start(string language, string file, string secret)
    {
        string[] command = language switch
        {
            "node" => [Programs.Find("node", "nodejs"), file],
            "python" => [Programs.Find("python3", "python3"), file],
            _ => [Programs.Find("go", "golang-go"), "run", file],
        };
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["WEBHOOK_SECRET"] = secret;
        start.Environment["PORT"] = "0";
        var process = Process.Start(start)!;
        return process;
    }

    static async Task<string> ErrorsAsync(Process process, string? line) => line is null ? await process.StandardError.ReadToEndAsync() : "";

    static List<HeaderLine> Headers(Product product, byte[] body, DateTimeOffset time, params string[] secrets)
    {
        List<HeaderLine> lines = [];
        product.Request.Compose(
            new()
            {
                Event = new("evt_1", "x", time, "{}"u8.ToArray(), null, "acc_1", "acc_1", "production"), Delivery = new("dlv_1", time), Timestamp = time,
                Attempt = 1, Url = "http://127.0.0.1/", Body = body, Keys = [.. secrets.Select(secret => product.Request.DeriveKeys(product.Secret.ToStored(secret)))],
            },
            lines);
        return lines;
    }

    static async Task<HttpStatusCode> SendAsync(HttpMessageInvoker client, Uri url, List<HeaderLine> headers, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        foreach (var header in headers)
            if (!request.Headers.TryAddWithoutValidation(header.Name, header.Value)) request.Content.Headers.TryAddWithoutValidation(header.Name, header.Value);
        using var limit = new CancellationTokenSource(Patience);
        using var response = await client.SendAsync(request, limit.Token);
        return response.StatusCode;
    }
}
