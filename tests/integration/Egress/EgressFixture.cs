using System.Net;
using System.Text;
using Nova.Egress;
using Nova.Products;

namespace Nova.IntegrationTests.Egress;

/// <summary>What the tests of this folder share: a client that may dial loopback, requests, a resolver with fixed answers.</summary>
internal static class EgressFixture
{
    public static readonly EgressOptions Loopback = new() { AllowHttp = true, AllowedNetworks = ["127.0.0.0/8"] };

    public static readonly TimeSpan Generous = TimeSpan.FromSeconds(20);

    public static EgressClient NewClient(EgressOptions? options = null, IDnsResolver? resolver = null)
    {
        options ??= Loopback;
        resolver ??= new FixedResolver();
        return new(options, new EgressGuard(options, resolver, TimeProvider.System), resolver, TimeProvider.System);
    }

    public static Uri Url(this RawReceiver receiver, string path = "/hook", string scheme = "http", string? host = null) =>
        new($"{scheme}://{host ?? receiver.Address.ToString()}:{receiver.Port}{path}");

    public static EgressRequest Post(Uri url, string body = "{}", TimeSpan? timeout = null, params (string Name, string Value)[] headers) =>
        new(
            url,
            [new("Content-Type", "application/json", false), .. headers.Select(header => new HeaderLine(header.Name, header.Value, false))],
            Encoding.UTF8.GetBytes(body), timeout ?? Generous);

    public static string Text(this ReadOnlyMemory<byte> bytes) => Encoding.Latin1.GetString(bytes.Span);
}

/// <summary>Answers from a table; a name with several answers gives them one after the other, the last one for ever.</summary>
internal sealed class FixedResolver : IDnsResolver
{
    readonly Dictionary<string, Queue<DnsAnswer>> _answers = new(StringComparer.OrdinalIgnoreCase);

    public int Asked { get; private set; }

    public FixedResolver With(string name, params string[][] answers)
    {
        _answers[name] = new(answers.Select(answer => new DnsAnswer([.. answer.Select(IPAddress.Parse)], DnsFault.None)));
        return this;
    }

    public FixedResolver With(string name, DnsAnswer answer)
    {
        _answers[name] = new([answer]);
        return this;
    }

    public Task<DnsAnswer> ResolveAsync(string name, CancellationToken cancellation)
    {
        Asked++;
        if (!_answers.TryGetValue(name, out var queue)) return Task.FromResult(DnsAnswer.NotFound);
        return Task.FromResult(queue.Count > 1 ? queue.Dequeue() : queue.Peek());
    }
}
