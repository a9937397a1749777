using System.Data.Common;

namespace Nova.Storage;

/// <summary>What a store can beside <see cref="INovaStore"/> whose database an application may share: take part in a transaction of the application's own.</summary>
internal interface IEnlistingStore
{
    /// <summary>
    /// Writes an event and its deliveries, none of them leased, in a transaction that the caller commits or rolls back. A key that another open transaction
    /// has just taken is waited for.
    /// </summary>
    /// <exception cref="ArgumentException">The transaction is not one of this database's driver, or has ended.</exception>
    Task<AppendResult> AppendInAsync(DbTransaction transaction, Append entry, CancellationToken cancellation);
}
