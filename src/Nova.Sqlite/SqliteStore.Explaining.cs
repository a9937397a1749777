namespace Nova.Sqlite;

/// <summary>What tests look at: how SQLite would run a statement, and how the connection is set.</summary>
internal sealed partial class SqliteStore
{
    /// <summary>The statements of delivering and retention, whose cost may not grow with history or backlog.</summary>
    internal static IReadOnlyList<string> StatementsOfWorkers =>
    [
        SelectKey, SelectScoreStatus, SelectNextWaiting, SelectDue, SelectClaimed, Lease, SelectLater, Hasten, InsertFinished, DeleteOpen, Reschedule,
        SelectHealth, DeleteHealth, SelectOpen, SelectFinished, SelectEvent, SelectAttempts, SelectScore,
        NextEnvironmentOfDeliveries, NextEnvironmentOfEvents, SelectOldDeliveries, SelectOldEvents,
        DeleteEvent, SelectOldKeys, SelectOldRequests,
    ];

    /// <summary>How SQLite would run a statement, a line per step.</summary>
    internal Task<IReadOnlyList<string>> ExplainAsync(string sql, CancellationToken cancellation) =>
        _readers.ReadAsync<IReadOnlyList<string>>(connection => ReadAll(connection.Use(string.Intern("EXPLAIN QUERY PLAN " + sql)), row =>
        {
            for (var i = 0; i < 3; i++) row.Long(); // Its own id, its parent's, and an unused column.
            return row.Text();
        }), cancellation);

    /// <summary>A setting of the writer's connection.</summary>
    internal Task<string> ReadPragmaAsync(string name, CancellationToken cancellation) =>
        _writer.WriteAsync(1, connection =>
        {
            using var row = connection.Use(string.Intern("PRAGMA " + name));
            row.Step();
            return row.Text();
        }, cancellation);
}
