namespace Nova.Throughput;

/// <summary>The rows of one store.</summary>
internal sealed record StoreRows(Row One, Row Five, Row Latency, Row Flood, Row Backlog, Row Calm, Row Hanging, Row NoHistory, Row History)
{
    public static readonly StoreRows PostgreSql = new(
        Row.PostgreSql1, Row.PostgreSql5, Row.PostgreSqlLatency, Row.PostgreSqlFlood, Row.PostgreSqlBacklog, Row.PostgreSqlCalm, Row.PostgreSqlHanging,
        Row.PostgreSqlNoHistory, Row.PostgreSqlHistory);

    public static readonly StoreRows Sqlite = new(
        Row.Sqlite1, Row.Sqlite5, Row.SqliteLatency, Row.SqliteFlood, Row.SqliteBacklog, Row.SqliteCalm, Row.SqliteHanging, Row.SqliteNoHistory,
        Row.SqliteHistory);
}

/// <summary>A Nova and its store.</summary>
/// <param name="Rows">What is measured of it.</param>
/// <param name="Nova">The process.</param>
/// <param name="Postgres">Its database server; null on SQLite.</param>
/// <param name="Database">The database's name; on SQLite its file.</param>
internal sealed record StoreUnderTest(StoreRows Rows, NovaUnderTest Nova, PostgresCluster? Postgres, string Database)
{
    /// <summary>The publishers with which fan-out 1 is fastest.</summary>
    public int Connections { get; set; }

    /// <summary>Events a second of fan-out 1, in this round.</summary>
    public double Rate { get; set; }
}
