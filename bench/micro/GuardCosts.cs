using System.Net;
using Nova.Egress;

namespace Nova.Micro;

/// <summary>What the guard costs: the text of a URL before each attempt, an address at each connect.</summary>
internal static class GuardCosts
{
    public static void Measure(Table table)
    {
        var guard = new EgressGuard(new EgressOptions(), new NoResolver(), TimeProvider.System);
        var url = new Uri("https://hooks.example.com/nova/receive?tenant=42");
        table.Time("guard: a URL when it is saved", () => guard.Check(url.OriginalString).IsAllowed);
        table.Time("guard: a URL before an attempt", () => guard.FaultOf(url));
        var four = IPAddress.Parse("93.184.215.14");
        var six = IPAddress.Parse("2606:2800:21f:cb07:6820:80da:af6b:8b2c");
        table.Time("guard: an IPv4 address at connect", () => guard.MayDial(four, 443));
        table.Time("guard: an IPv6 address at connect", () => guard.MayDial(six, 443));
    }

    /// <summary>Nothing here looks a name up.</summary>
    sealed class NoResolver : IDnsResolver
    {
        public Task<DnsAnswer> ResolveAsync(string name, CancellationToken cancellation) => Task.FromResult(DnsAnswer.NotFound);
    }
}
