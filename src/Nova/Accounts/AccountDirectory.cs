using System.Collections.Concurrent;
using Nova.Model;
using Nova.Products;
using Nova.Secrets;
using Nova.Storage;

namespace Nova.Accounts;

/// <summary>
/// Accounts, environments, keys and endpoints in memory, so that neither publishing nor delivering asks the store who is meant.
/// Kept at most a second behind the store: see <see cref="DirectoryFollower"/>.
/// </summary>
/// <remarks>Readers take no lock: they see one immutable entry per environment. Writers are serialised by <see cref="RefreshAsync"/>.</remarks>
internal sealed class AccountDirectory(
    INovaStore store, IReadOnlyDictionary<string, Product> products, EndpointTargetMaker targetMaker, TimeProvider clock)
{
    readonly ConcurrentDictionary<Id<Account>, Account> _accounts = new();
    readonly ConcurrentDictionary<(string Product, string ExternalId), Account> _byExternalId = new();
    readonly ConcurrentDictionary<int, EnvironmentEntry> _environments = new();
    readonly ConcurrentDictionary<(Id<Account>, EnvironmentName), int> _environmentIds = new();
    readonly ConcurrentDictionary<KeyHash, ApiKey> _apiKeys = new();
    readonly ConcurrentDictionary<KeyHash, OperatorKey> _operatorKeys = new();
    readonly ConcurrentDictionary<Id<Endpoint>, int> _endpointEnvironments = new();
    readonly Dictionary<int, Dictionary<Id<Endpoint>, EndpointTarget>> _targets = [];
    readonly SemaphoreSlim _refreshing = new(1, 1);
    long _version;
    long _confirmedAt = long.MinValue;

    /// <summary>Called whenever the store has confirmed that this is how things stand.</summary>
    public event Action? Confirmed;

    /// <summary>How long ago the store was asked for changes by a request that has been answered: every change acknowledged before then is known here.</summary>
    public TimeSpan Staleness => Volatile.Read(ref _confirmedAt) is var at && at == long.MinValue ? TimeSpan.MaxValue : clock.GetElapsedTime(at);

    public IEnumerable<Account> Accounts => _accounts.Values;

    public EnvironmentEntry? Environment(int id) => _environments.GetValueOrDefault(id);

    public EnvironmentEntry? Environment(Id<Account> account, EnvironmentName name) =>
        _environmentIds.TryGetValue((account, name), out var id) ? Environment(id) : null;

    public EndpointTarget? Target(Id<Endpoint> id) => EnvironmentOf(id)?.Find(id);

    public EnvironmentEntry? EnvironmentOf(Id<Endpoint> endpoint) => _endpointEnvironments.TryGetValue(endpoint, out var environment) ? Environment(environment) : null;

    /// <summary>The key with this text, revoked ones included; null where there is none.</summary>
    public ApiKey? ApiKey(ReadOnlySpan<char> text) => _apiKeys.GetValueOrDefault(KeyHash.Of(text));

    public OperatorKey? OperatorKey(ReadOnlySpan<char> text) => _operatorKeys.GetValueOrDefault(KeyHash.Of(text));

    public IEnumerable<ApiKey> ApiKeysOf(int environmentId) => _apiKeys.Values.Where(key => key.EnvironmentId == environmentId);

    public IEnumerable<OperatorKey> OperatorKeys => _operatorKeys.Values;

    /// <summary>
    /// Accounts that are called this: by Nova's id, or by the operator's own within <paramref name="product"/> (null: within every product,
    /// which may find several).
    /// </summary>
    public IReadOnlyList<Account> FindAccounts(string name, string? product)
    {
        if (Id<Account>.TryParse(name, out var id) && _accounts.TryGetValue(id, out var byId))
            return product is null || byId.Product == product ? [byId] : [];
        if (product is not null) return _byExternalId.TryGetValue((product, name), out var one) ? [one] : [];
        List<Account> found = [];
        foreach (var each in products.Keys)
            if (_byExternalId.TryGetValue((each, name), out var account)) found.Add(account);
        return found;
    }

    /// <summary>The account of a product that the operator calls this, and nothing else: a name that looks like Nova's id is not taken for one.</summary>
    public Account? FindByExternalId(string product, string externalId) => _byExternalId.GetValueOrDefault((product, externalId));

    /// <summary>Saves, and returns only once the change is known here too, so that a caller reads what it wrote.</summary>
    public async Task<SaveResult> SaveAsync(IReadOnlyList<DirectoryChange> changes, CancellationToken cancellation)
    {
        var result = await store.SaveAsync(changes, cancellation);
        if (result == SaveResult.Saved) await RefreshAsync(cancellation);
        return result;
    }

    /// <summary>Reads what has changed since the last time.</summary>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        await _refreshing.WaitAsync(cancellation);
        try
        {
            var asked = clock.GetTimestamp();
            var changes = await store.ReadChangesAsync(_version, cancellation);
            Apply(changes);
            _version = changes.Version;
            Volatile.Write(ref _confirmedAt, asked);
            Confirmed?.Invoke();
        }
        finally
        {
            _refreshing.Release();
        }
    }

    void Apply(DirectoryChanges changes)
    {
        HashSet<int> touched = [];
        foreach (var account in changes.Accounts)
        {
            _accounts[account.Id] = account;
            if (account.ExternalId is { } externalId) _byExternalId[(account.Product, externalId)] = account;
            foreach (var name in Enum.GetValues<EnvironmentName>())
                if (_environmentIds.TryGetValue((account.Id, name), out var id)) touched.Add(id);
        }
        foreach (var environment in changes.Environments)
        {
            _environmentIds[(environment.AccountId, environment.Name)] = environment.Id;
            if (Known(environment) is { } entry) _environments[environment.Id] = entry;
            touched.Remove(environment.Id);
        }
        foreach (var key in changes.ApiKeys) _apiKeys[KeyHash.From(key.Sha256)] = key;
        foreach (var key in changes.OperatorKeys) _operatorKeys[KeyHash.From(key.Sha256)] = key;
        foreach (var endpoint in changes.Endpoints)
        {
            // An account of a product that is no longer installed keeps its rows; nothing is sent for it.
            if (Environment(endpoint.EnvironmentId) is not { } entry) continue;
            TargetsOf(endpoint.EnvironmentId)[endpoint.Id] = targetMaker.Make(endpoint, entry.Product);
            touched.Add(endpoint.EnvironmentId);
        }
        foreach (var id in touched)
            if (_environments.TryGetValue(id, out var old) && Known(old.Environment) is { } entry) _environments[id] = entry;
        // Only now may a delivery find its endpoint: the entry that holds it is in place.
        foreach (var endpoint in changes.Endpoints) _endpointEnvironments[endpoint.Id] = endpoint.EnvironmentId;
    }

    EnvironmentEntry? Known(AccountEnvironment environment) =>
        _accounts.TryGetValue(environment.AccountId, out var account) && products.TryGetValue(account.Product, out var product)
            ? new(environment, account, product, [.. TargetsOf(environment.Id).Values.OrderBy(target => target.Endpoint.Id)])
            : null;

    Dictionary<Id<Endpoint>, EndpointTarget> TargetsOf(int environmentId) =>
        _targets.TryGetValue(environmentId, out var targets) ? targets : _targets[environmentId] = [];
}
