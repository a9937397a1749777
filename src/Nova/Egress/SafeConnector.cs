using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Nova.Model;

namespace Nova.Egress;

/// <summary>
/// Opens a connection to a receiver: has the guard judge the URL, looks the name up, has the guard judge every address, dials the very
/// addresses that it judged, and does the TLS handshake. There is no second look-up that could answer otherwise.
/// </summary>
internal sealed class SafeConnector(EgressGuard guard, IDnsResolver resolver, CertificateRule certificates, TimeProvider clock)
{
    /// <summary>RFC 8305 section 5: recommended time before the next address is tried beside the first.</summary>
    static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);

    /// <summary>Longest try of one address where there are others: time for one lost SYN, which Linux repeats after 1 s.</summary>
    static readonly TimeSpan PerAddress = TimeSpan.FromSeconds(2);

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>. The token carries the handler's ConnectTimeout.</summary>
    /// <remarks>
    /// TLS is done here, not by the handler, to know when it began and why it failed: the handler takes a stream that is already an
    /// <see cref="SslStream"/> as it is.
    /// </remarks>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var opening = new ConnectionOpening(clock.GetTimestamp());
        if (context.InitialRequestMessage is TracedRequest request) request.Opening = opening;
        var url = context.InitialRequestMessage.RequestUri!;
        if (guard.FaultOf(url) is { } refused) throw new EgressFaultException(AttemptOutcome.BlockedAddress, refused);
        var port = context.DnsEndPoint.Port;
        var addresses = await ResolveAsync(context.DnsEndPoint.Host, opening, cancellation);
        if (!guard.MayDialAll(addresses, port)) throw new EgressFaultException(AttemptOutcome.BlockedAddress, EgressGuard.Blocked);

        opening.Step = OpeningStep.Connecting;
        var before = clock.GetTimestamp();
        var socket = await DialAsync(addresses, port, cancellation);
        opening.Connect = clock.GetTimestamp() - before;
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (url.Scheme == Uri.UriSchemeHttps) stream = await SecureAsync(stream, url.IdnHost, opening, cancellation);
        opening.Step = OpeningStep.Open;
        return stream;
    }

    async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, ConnectionOpening opening, CancellationToken cancellation)
    {
        // The handler leaves the brackets of an IPv6 address in place.
        if (IPAddress.TryParse(host.AsSpan().Trim("[]"), out var literal)) return [SpecialRanges.Plain(literal)];
        var answer = await resolver.ResolveAsync(host, cancellation);
        opening.Dns = clock.GetTimestamp() - opening.StartedAt;
        if (answer.Fault == DnsFault.None) return InDialOrder(answer.Addresses);
        throw new EgressFaultException(answer.Fault switch
        {
            DnsFault.NotFound => AttemptOutcome.DnsNotFound,
            DnsFault.Timeout => AttemptOutcome.DnsTimeout,
            _ => AttemptOutcome.DnsError,
        }, answer.Describe(host));
    }

    /// <summary>
    /// The families take turns, IPv4 first: nearly every receiver has it, and a node with broken IPv6 would otherwise lose a quarter of a
    /// second on each new connection.
    /// </summary>
    static List<IPAddress> InDialOrder(IReadOnlyList<IPAddress> addresses)
    {
        var plain = addresses.Select(SpecialRanges.Plain).Distinct().ToList();
        var fours = plain.Where(address => address.AddressFamily == AddressFamily.InterNetwork).ToList();
        var sixes = plain.Where(address => address.AddressFamily == AddressFamily.InterNetworkV6).ToList();
        if (fours.Count == 0 || sixes.Count == 0) return plain;
        plain.Clear();
        for (var i = 0; i < Math.Max(fours.Count, sixes.Count); i++)
        {
            if (i < fours.Count) plain.Add(fours[i]);
            if (i < sixes.Count) plain.Add(sixes[i]);
        }
        return plain;
    }

    /// <summary>
    /// The first connection that stands wins; the next address is tried when one fails, or beside it after a quarter of a second.
    /// </summary>
    async Task<Socket> DialAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellation)
    {
        if (addresses.Count == 1) return await DialOneAsync(addresses[0], port, cancellation);

        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        List<Task<Socket>> dialling = [];
        Exception? fault = null;
        try
        {
            for (var next = 0; next < addresses.Count || dialling.Count > 0;)
            {
                Task? pause = null;
                if (next < addresses.Count)
                {
                    dialling.Add(DialForAsync(PerAddress, addresses[next++], port, losers.Token));
                    if (next < addresses.Count) pause = Task.Delay(Stagger, clock, losers.Token);
                }
                var ended = pause is null ? await Task.WhenAny(dialling) : await Task.WhenAny([.. dialling, pause]);
                if (ended is not Task<Socket> dialled) continue;
                dialling.Remove(dialled);
                if (dialled.IsCompletedSuccessfully) return await dialled;
                cancellation.ThrowIfCancellationRequested();
                fault ??= dialled.Exception?.InnerException;
            }
        }
        finally
        {
            await losers.CancelAsync();
            foreach (var loser in dialling) Discard(loser);
        }
        throw fault ?? new EgressFaultException(AttemptOutcome.ConnectTimeout, "No connection in time.");
    }

    async Task<Socket> DialForAsync(TimeSpan limit, IPAddress address, int port, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        return await DialOneAsync(address, port, either.Token);
    }

    static async Task<Socket> DialOneAsync(IPAddress address, int port, CancellationToken cancellation)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(address, port), cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A socket that stands after another has won is closed; one that failed has nobody to tell.</summary>
    static void Discard(Task<Socket> loser) => loser.ContinueWith(
        static task =>
        {
            if (task.IsCompletedSuccessfully) task.Result.Dispose();
            else _ = task.Exception;
        },
        CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    async Task<Stream> SecureAsync(Stream stream, string host, ConnectionOpening opening, CancellationToken cancellation)
    {
        opening.Step = OpeningStep.Securing;
        var before = clock.GetTimestamp();
        (AttemptOutcome Outcome, string Error)? fault = null;
        var options = certificates.NewOptions((_, certificate, chain, errors) =>
        {
            fault = certificates.FaultOf(certificate, chain, errors, host);
            return fault is null;
        });
        options.TargetHost = host;
        var tls = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancellation);
        }
        catch (Exception e)
        {
            await tls.DisposeAsync();
            if (fault is { } found) throw new EgressFaultException(found.Outcome, found.Error);
            if (e is not (AuthenticationException or CryptographicException)) throw;
            throw new EgressFaultException(
                AttemptOutcome.TlsError, "The TLS handshake failed: the receiver does not speak TLS 1.2 or 1.3 here.");
        }
        opening.Tls = clock.GetTimestamp() - before;
        return tls;
    }
}
