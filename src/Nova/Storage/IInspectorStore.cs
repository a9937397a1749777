using Nova.Model;

namespace Nova.Storage;

/// <summary>What inspectors need of a store. Beside <see cref="INovaStore"/>, and implemented by the same object. Few rows, rarely written.</summary>
internal interface IInspectorStore
{
    /// <summary>False: the environment has as many as it may have.</summary>
    Task<bool> AddInspectorAsync(Inspector inspector, int most, CancellationToken cancellation);

    /// <summary>An environment's, newest first.</summary>
    Task<IReadOnlyList<Inspector>> ListInspectorsAsync(int environmentId, CancellationToken cancellation);

    /// <summary>By its token's hash, whoever's it is; null where there is none.</summary>
    Task<Inspector?> FindInspectorAsync(byte[] tokenSha256, CancellationToken cancellation);

    /// <summary>With what it keeps. False: the environment has no such inspector.</summary>
    Task<bool> DeleteInspectorAsync(int environmentId, Id<Inspector> id, CancellationToken cancellation);

    /// <summary>Keeps a request, and removes all but the newest <paramref name="keep"/>. One whose inspector has gone meanwhile is not kept.</summary>
    Task KeepRequestAsync(Inspector inspector, InspectedRequest request, int keep, CancellationToken cancellation);

    /// <summary>What is kept, newest first.</summary>
    Task<IReadOnlyList<InspectedRequest>> ListRequestsAsync(int environmentId, Id<Inspector> id, CancellationToken cancellation);

    /// <summary>Removes requests that came before a time, a bounded piece. Returns true while there is more to remove.</summary>
    Task<bool> CleanInspectorsAsync(DateTimeOffset before, CancellationToken cancellation);
}
