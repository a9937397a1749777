using Nova.Model;

namespace Nova.Storage;

/// <summary>What saved views need of a store. Beside <see cref="INovaStore"/>, and implemented by the same object. Few rows, rarely written.</summary>
internal interface ISavedViewStore
{
    /// <summary>Saves a view, in place of the one of its name. False: the environment has as many as it may have, and none of this name.</summary>
    Task<bool> SaveViewAsync(SavedView view, int most, CancellationToken cancellation);

    /// <summary>An environment's, by name.</summary>
    Task<IReadOnlyList<SavedView>> ListViewsAsync(int environmentId, CancellationToken cancellation);

    /// <summary>False: the environment has no such view.</summary>
    Task<bool> DeleteViewAsync(int environmentId, Id<SavedView> id, CancellationToken cancellation);
}
