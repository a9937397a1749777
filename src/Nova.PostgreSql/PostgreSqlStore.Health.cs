using Nova.Model;
using Npgsql;

namespace Nova.PostgreSql;

internal sealed partial class PostgreSqlStore
{
    /// <summary>First of all, in one order for all nodes: what follows takes the same rows in two statements.</summary>
    const string LockHealth = """
        SELECT 1 FROM unnest($1::integer[], $2::uuid[]) AS c (environment_id, endpoint_id)
        JOIN endpoint_health h ON h.environment_id = c.environment_id AND h.endpoint_id = c.endpoint_id
        FOR UPDATE OF h
        """;

    const string ResetHealth = """
        DELETE FROM endpoint_health h USING unnest($1::integer[], $2::uuid[]) AS c (environment_id, endpoint_id)
        WHERE h.environment_id = c.environment_id AND h.endpoint_id = c.endpoint_id
        """;

    const string CountFailures = """
        INSERT INTO endpoint_health AS h (environment_id, endpoint_id, failed_in_a_row, failing_since)
        SELECT environment_id, endpoint_id, failed, COALESCE($1, now())
        FROM unnest($2::integer[], $3::uuid[], $4::integer[]) AS c (environment_id, endpoint_id, failed)
        ON CONFLICT (environment_id, endpoint_id) DO UPDATE
            SET failed_in_a_row = h.failed_in_a_row + EXCLUDED.failed_in_a_row
        RETURNING environment_id, endpoint_id, failed_in_a_row, failing_since
        """;

    /// <summary>Success and failures after it are a row that is deleted and one that is new: the same statements, whatever the order was.</summary>
    void AddHealth(NpgsqlBatch batch, IReadOnlyList<HealthCount> counts)
    {
        if (counts.Count == 0) return;
        batch.Command(LockHealth).With(counts.ColumnOf(c => c.EnvironmentId)).With(counts.ColumnOf(c => c.EndpointId.Value));
        var succeeded = counts.Where(c => c.Succeeded).ToArray();
        if (succeeded.Length > 0)
            batch.Command(ResetHealth).With(succeeded.ColumnOf(c => c.EnvironmentId)).With(succeeded.ColumnOf(c => c.EndpointId.Value));
        var failed = counts.Where(c => c.Failing).ToArray();
        if (failed.Length > 0)
        {
            batch.Command(CountFailures).With(Now).With(failed.ColumnOf(c => c.EnvironmentId))
                .With(failed.ColumnOf(c => c.EndpointId.Value)).With(failed.ColumnOf(c => c.FailedInARow));
        }
    }

    /// <summary>The health of endpoints at which an attempt failed; one that recovered in the same batch is healthy.</summary>
    static async Task<IReadOnlyList<EndpointHealth>> ReadHealthAsync(
        NpgsqlDataReader reader, IReadOnlyList<HealthCount> counts, CancellationToken cancellation)
    {
        var healths = counts.Where(c => c.Failed && !c.Failing)
            .Select(c => new EndpointHealth(c.EndpointId, c.EnvironmentId, 0, null)).ToList();
        if (!counts.Any(c => c.Failing)) return healths;
        await reader.NextResultAsync(cancellation); // Past the locks.
        while (await reader.ReadAsync(cancellation)) healths.Add(ReadHealth(reader));
        return healths;
    }

    /// <summary>Columns: environment_id, endpoint_id, failed_in_a_row, failing_since.</summary>
    static EndpointHealth ReadHealth(NpgsqlDataReader reader) => new(
        new Id<Endpoint>(reader.GetGuid(1)), reader.GetInt32(0), reader.GetInt32(2), reader.GetFieldValue<DateTimeOffset>(3));
}
