using Microsoft.Extensions.Configuration;
using Nova.Egress;

namespace Nova.AspNetCore.Configuring;

/// <summary>The whole of the configuration section <c>Nova</c>, read and checked.</summary>
/// <param name="Store">Connection string; null: not said.</param>
/// <param name="Options">The engine's.</param>
/// <param name="Api">The HTTP surface's.</param>
/// <param name="Portal">How people sign in.</param>
/// <param name="Jwt">By product.</param>
internal sealed record NovaConfiguration(
    string? Store, NovaOptions Options, ApiOptions Api, PortalOptions Portal, IReadOnlyDictionary<string, JwtOptions> Jwt)
{
    /// <exception cref="NovaConfigurationException">With every fault.</exception>
    public static NovaConfiguration Read(IConfigurationSection section)
    {
        List<string> faults = [];
        var reader = new ConfigurationReader(section, faults);
        var store = reader.Text("Store");
        var options = ReadOptions(reader);
        var api = ReadApi(reader.Section("Api"));
        var portal = ReadPortal(reader.Section("Portal"));
        var jwt = ReadJwt(reader.Section("Products"), faults);
        reader.End();
        faults.AddRange(options.Faults());
        faults.AddRange(options.Egress.Faults());
        faults.AddRange(api.Faults());
        faults.AddRange(portal.Faults());
        return faults.Count == 0 ? new(store, options, api, portal, jwt) : throw new NovaConfigurationException(faults);
    }

    static NovaOptions ReadOptions(ConfigurationReader reader)
    {
        var options = new NovaOptions();
        options.BuiltInProductsPath = reader.Text("BuiltInProductsPath", options.BuiltInProductsPath);
        options.ProductsPath = reader.Text("ProductsPath");
        options.OperatorKey = reader.Text("OperatorKey");
        options.MasterKey = reader.Text("MasterKey");
        options.MasterKeyFile = reader.Text("MasterKeyFile");
        options.MasterKeyCommand = reader.Text("MasterKeyCommand");
        options.EarlierMasterKeys = reader.Text("EarlierMasterKeys");
        options.Egress = ReadEgress(reader.Section("Egress"));
        ReadPublishing(reader.Section("Publishing"), options.Publishing);
        ReadDelivering(reader.Section("Delivering"), options.Delivering);
        ReadNode(reader.Section("Node"), options.Node);
        ReadRetention(reader.Section("Retention"), options.Retention);
        return options;
    }

    static EgressOptions ReadEgress(ConfigurationReader reader)
    {
        var defaults = new EgressOptions();
        var proxy = reader.Text("Proxy");
        var egress = new EgressOptions
        {
            AllowHttp = reader.Flag("AllowHttp", defaults.AllowHttp),
            AllowedNetworks = reader.List("AllowedNetworks"),
            DeniedNetworks = reader.List("DeniedNetworks"),
            ExtraRootCertificates = reader.Text("ExtraRootCertificates"),
            Proxy = proxy is not null && Uri.TryCreate(proxy, UriKind.Absolute, out var uri) ? uri : null,
            ConnectTimeout = reader.Time("ConnectTimeout", defaults.ConnectTimeout),
            ResponseBodyBytes = reader.Whole("ResponseBodyBytes", defaults.ResponseBodyBytes),
            ResponseHeaderBytes = reader.Whole("ResponseHeaderBytes", defaults.ResponseHeaderBytes),
        };
        // Not shown: it may hold a password.
        if (proxy is not null && egress.Proxy is null) reader.Fault($"{reader.Path}:Proxy is no URL. Write it as http://host:port.");
        reader.End();
        return egress;
    }

    static void ReadPublishing(ConfigurationReader reader, PublishingOptions options)
    {
        options.MaxBodyBytes = reader.Whole("MaxBodyBytes", options.MaxBodyBytes);
        options.MaxBatch = reader.Whole("MaxBatch", options.MaxBatch);
        options.AnswerWithin = reader.Time("AnswerWithin", options.AnswerWithin);
        reader.End();
    }

    static void ReadDelivering(ConfigurationReader reader, DeliveringOptions options)
    {
        options.MaxConcurrentAttempts = reader.Whole("MaxConcurrentAttempts", options.MaxConcurrentAttempts);
        options.MaxConcurrentAttemptsPerEndpoint = reader.Whole("MaxConcurrentAttemptsPerEndpoint", options.MaxConcurrentAttemptsPerEndpoint);
        options.FirstConcurrentAttemptsPerEndpoint = reader.Whole("FirstConcurrentAttemptsPerEndpoint", options.FirstConcurrentAttemptsPerEndpoint);
        options.QueuedPerEndpoint = reader.Whole("QueuedPerEndpoint", options.QueuedPerEndpoint);
        options.QueuedBytes = reader.Long("QueuedBytes", options.QueuedBytes);
        options.StopGrace = reader.Time("StopGrace", options.StopGrace);
        options.PollEvery = reader.Time("PollEvery", options.PollEvery);
        options.RecordEvery = reader.Time("RecordEvery", options.RecordEvery);
        reader.End();
    }

    static void ReadNode(ConfigurationReader reader, NodeOptions options)
    {
        options.HeartbeatEvery = reader.Time("HeartbeatEvery", options.HeartbeatEvery);
        options.LeaseFor = reader.Time("LeaseFor", options.LeaseFor);
        reader.End();
    }

    static void ReadRetention(ConfigurationReader reader, RetentionOptions options)
    {
        options.KeepFor = reader.Time("KeepFor", options.KeepFor);
        options.KeepAuditFor = reader.Time("KeepAuditFor", options.KeepAuditFor);
        reader.End();
    }

    static ApiOptions ReadApi(ConfigurationReader reader)
    {
        var api = new ApiOptions();
        api.RequestsPerSecond = reader.Whole("RequestsPerSecond", api.RequestsPerSecond);
        api.OperatorRequestsPerSecond = reader.Whole("OperatorRequestsPerSecond", api.OperatorRequestsPerSecond);
        api.MaxBatchBodyBytes = reader.Whole("MaxBatchBodyBytes", api.MaxBatchBodyBytes);
        reader.End();
        return api;
    }

    static PortalOptions ReadPortal(ConfigurationReader reader)
    {
        var portal = new PortalOptions();
        portal.BaseUrl = reader.Text("BaseUrl");
        portal.FrameAncestors = reader.List("FrameAncestors");
        portal.TrustedProxies = reader.List("TrustedProxies");
        portal.SessionIdle = reader.Time("SessionIdle", portal.SessionIdle);
        portal.SessionLifetime = reader.Time("SessionLifetime", portal.SessionLifetime);
        portal.InvitationLifetime = reader.Time("InvitationLifetime", portal.InvitationLifetime);
        portal.LinkLifetime = reader.Time("LinkLifetime", portal.LinkLifetime);
        portal.AttemptsPerEmail = reader.Whole("AttemptsPerEmail", portal.AttemptsPerEmail);
        portal.AttemptsPerAddress = reader.Whole("AttemptsPerAddress", portal.AttemptsPerAddress);
        portal.AttemptWindow = reader.Time("AttemptWindow", portal.AttemptWindow);
        reader.End();
        return portal;
    }

    static Dictionary<string, JwtOptions> ReadJwt(ConfigurationReader products, List<string> faults)
    {
        Dictionary<string, JwtOptions> all = new(StringComparer.Ordinal);
        foreach (var name in products.Children)
        {
            var product = products.Section(name);
            if (product.Children.Contains("Jwt", StringComparer.OrdinalIgnoreCase))
            {
                var reader = product.Section("Jwt");
                var jwt = new JwtOptions
                {
                    Issuer = reader.Text("Issuer", ""),
                    Audience = reader.Text("Audience", ""),
                    SigningKey = reader.Text("SigningKey"),
                    SigningKeyId = reader.Text("SigningKeyId"),
                    Jwks = reader.Text("Jwks"),
                    AccountClaim = reader.Text("AccountClaim", "sub"),
                    EnvironmentClaim = reader.Text("EnvironmentClaim", "environment"),
                };
                reader.End();
                faults.AddRange(jwt.Faults(reader.Path));
                // Product names are lower case; environment variables often are not.
                all[name.ToLowerInvariant()] = jwt;
            }
            product.End();
        }
        return all;
    }
}
