using Nova.AspNetCore.Writing;
using Nova.Model;

namespace Nova.AspNetCore.Apis;

/// <summary>Cuts lists into pages. A cursor is the last id of a page without its prefix: a place in time, which carries no right to anything.</summary>
internal static class Paging
{
    /// <param name="found">At most one more than <paramref name="limit"/>, which says that there is a next page.</param>
    /// <param name="limit">Entries of the page.</param>
    /// <param name="view">How an entry is shown.</param>
    /// <param name="id">An entry's id.</param>
    public static Page<TView> Page<T, TView, TId>(IReadOnlyList<T> found, int limit, Func<T, TView> view, Func<T, Id<TId>> id) where TId : IIdentified =>
        new([.. found.Take(limit).Select(view)], found.Count > limit ? id(found[limit - 1]).ToDigits() : null);
}
