using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nova.Model;

namespace Nova.Egress;

/// <summary>
/// Checks a receiver's certificate in full, against the system's authorities and those that an operator added, and says what is wrong with
/// it. There is no switch that turns it off.
/// </summary>
/// <remarks>
/// Revocation is not asked for: the addresses of CRL and OCSP servers stand in the certificate, so whoever makes one could have Nova call
/// any address past the egress guard, and .NET would block a thread on it. For the same reason missing intermediates are not downloaded.
/// </remarks>
internal sealed class CertificateRule(X509Certificate2Collection extraRoots, TimeProvider clock)
{
    const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>The last is a chain that names a known authority without its signature.</summary>
    const X509ChainStatusFlags Untrusted =
        X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.NotSignatureValid;

    /// <summary>TLS 1.2 and 1.3, HTTP/1.1.</summary>
    public SslClientAuthenticationOptions NewOptions(RemoteCertificateValidationCallback validation) => new()
    {
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = [SslApplicationProtocol.Http11],
        CertificateChainPolicy = NewPolicy(),
        RemoteCertificateValidationCallback = validation,
    };

    /// <summary>For a handler that does TLS itself, inside a proxy's tunnel.</summary>
    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var host = (sender as SslStream)?.TargetHostName ?? "the receiver's host";
        return FaultOf(certificate, chain, errors, host) is { } fault ? throw new EgressFaultException(fault.Outcome, fault.Error) : true;
    }

    /// <summary>What is wrong with the certificate; null when it is good.</summary>
    public (AttemptOutcome Outcome, string Error)? FaultOf(
        X509Certificate? presented, X509Chain? chain, SslPolicyErrors errors, string host)
    {
        if (errors == SslPolicyErrors.None) return null;
        if (presented is null || (errors & SslPolicyErrors.RemoteCertificateNotAvailable) != 0)
            return (AttemptOutcome.TlsError, "The receiver presented no certificate.");
        using var copy = presented as X509Certificate2 is null ? new X509Certificate2(presented) : null;
        var certificate = copy ?? (X509Certificate2)presented;

        if ((errors & SslPolicyErrors.RemoteCertificateChainErrors) != 0 && chain is not null)
        {
            var status = Statuses(chain);
            if (extraRoots.Count > 0 && (status & Untrusted) != 0) status = StatusesWithExtraRoots(certificate, chain);
            if ((status & Untrusted) != 0)
            {
                return (AttemptOutcome.TlsUntrusted, certificate.Subject == certificate.Issuer
                    ? "The certificate is self-signed."
                    : "The certificate's chain does not lead to a trusted authority. "
                        + "The receiver may have left out an intermediate certificate.");
            }
            if ((status & X509ChainStatusFlags.NotTimeValid) != 0) return (AttemptOutcome.TlsExpired, OutOfTime(certificate));
            if (status != X509ChainStatusFlags.NoError)
                return (AttemptOutcome.TlsError, "The certificate or one of its issuers is not valid for this use.");
        }
        return (errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0
            ? (AttemptOutcome.TlsName, $"The certificate is not for {host}.")
            : null;
    }

    static X509ChainPolicy NewPolicy() => new()
    {
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        ApplicationPolicy = { new Oid(ServerAuthentication) },
    };

    X509ChainStatusFlags StatusesWithExtraRoots(X509Certificate2 certificate, X509Chain presented)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy = NewPolicy();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(extraRoots);
        foreach (var element in presented.ChainElements) chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        chain.ChainPolicy.ExtraStore.AddRange(presented.ChainPolicy.ExtraStore);
        chain.Build(certificate);
        return Statuses(chain);
    }

    static X509ChainStatusFlags Statuses(X509Chain chain)
    {
        var all = X509ChainStatusFlags.NoError;
        foreach (var status in chain.ChainStatus) all |= status.Status;
        return all;
    }

    string OutOfTime(X509Certificate2 certificate)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        if (certificate.NotBefore.ToUniversalTime() > now) return $"The certificate is not valid before {Day(certificate.NotBefore)}.";
        return certificate.NotAfter.ToUniversalTime() < now
            ? $"The certificate expired on {Day(certificate.NotAfter)}."
            : "A certificate in the receiver's chain has expired.";
    }

    static string Day(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
