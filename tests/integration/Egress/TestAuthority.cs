using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nova.IntegrationTests.Egress;

/// <summary>A certificate authority made for one test, with its root in a PEM file as an operator would name it.</summary>
internal sealed class TestAuthority : IDisposable
{
    readonly X509Certificate2 _root;
    readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority()
    {
        var now = TimeProvider.System.GetUtcNow();
        var request = new CertificateRequest("CN=Nova test root", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _root = request.CreateSelfSigned(now.AddYears(-2), now.AddYears(2));
        PemPath = Path.Combine(Path.GetTempPath(), $"nova-test-root-{Guid.NewGuid():N}.pem");
        File.WriteAllText(PemPath, _root.ExportCertificatePem());
    }

    public string PemPath { get; }

    /// <summary>A server certificate for the name, good from a year ago until the time given, by default in a year.</summary>
    public X509Certificate2 Issue(string name, DateTimeOffset? notAfter = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var bare = Request(name, key).Create(_root, now.AddYears(-1), notAfter ?? now.AddYears(1), [1, 2, 3, 4, 5, 6, 7, 8]);
        return bare.CopyWithPrivateKey(key);
    }

    public static X509Certificate2 SelfSigned(string name)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Request(name, key).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
        File.Delete(PemPath);
    }

    static CertificateRequest Request(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        return request;
    }
}
