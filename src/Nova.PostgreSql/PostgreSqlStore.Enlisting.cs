using System.Data.Common;
using Nova.Model;
using Nova.Storage;
using Npgsql;

namespace Nova.PostgreSql;

/// <summary>
/// Publishing inside a transaction of the application's own. The statements are those of a group commit, on the application's connection: so its user and
/// its search path must find Nova's tables. Nothing is held of a node, because nothing is leased: the deliveries wait in the store, and are found when they
/// are there to be seen.
/// </summary>
internal sealed partial class PostgreSqlStore : IEnlistingStore
{
    /// <summary>The figures of an accepted event, whenever it was.</summary>
    static readonly byte[] OneAccepted = new NotedFigures(default, Figures.Everybody) { Accepted = 1 }.ToBytes();

    /// <inheritdoc/>
    public async Task<AppendResult> AppendInAsync(DbTransaction transaction, Append entry, CancellationToken cancellation)
    {
        if (transaction is not NpgsqlTransaction { Connection: { } connection } own)
            throw new ArgumentException("The transaction must be an open one of Npgsql's, on the database that Nova uses.", nameof(transaction));
        for (var tries = 1; ; tries++)
        {
            var verdicts = new AppendVerdicts([entry]);
            if (verdicts.Keys.Count > 0) await TakeKeysInAsync(connection, own, verdicts, cancellation);
            if (verdicts.Decide())
            {
                await using var write = new NpgsqlBatch(connection, own);
                AddKeys(write, verdicts);
                AddEntries(write, node: 0, verdicts.ToWrite);
                // Counted where it is written, because only the transaction knows whether it was.
                if (verdicts.ToWrite.Count > 0) write.Command(InsertPending).With(Now).With(OneAccepted);
                if (write.BatchCommands.Count > 0) await write.ExecuteNonQueryAsync(cancellation);
                return verdicts.Results[0];
            }
            // Its row was removed by retention in between.
            if (tries == MostTries) throw new InvalidOperationException($"An event found its key taken and gone {tries} times. Is the transaction READ COMMITTED?");
        }
    }

    async Task TakeKeysInAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, AppendVerdicts verdicts, CancellationToken cancellation)
    {
        await using var ask = new NpgsqlBatch(connection, transaction);
        AskForKeys(ask, verdicts);
        await using var reader = await ask.ExecuteReaderAsync(cancellation);
        await ReadKeysAsync(reader, verdicts, cancellation);
    }
}
