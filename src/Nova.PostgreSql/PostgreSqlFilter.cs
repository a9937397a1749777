using System.Globalization;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Nova.PostgreSql;

/// <summary>A WHERE that grows by conditions, with the positional parameters that go with it. Values never become SQL.</summary>
internal sealed class PostgreSqlFilter
{
    readonly StringBuilder _where;
    readonly List<NpgsqlParameter> _parameters = [];

    public PostgreSqlFilter(int environmentId, string alias = "d") =>
        _where = new StringBuilder(alias).Append(".environment_id = ").Append(Parameter(environmentId));

    public string Where => _where.ToString();

    /// <summary>Narrows by a condition, which is the column and the operator; null narrows nothing.</summary>
    public void And(string condition, object? value)
    {
        if (value is not null) _where.Append(" AND ").Append(condition).Append(' ').Append(Parameter(value));
    }

    /// <summary>The placeholder of a value.</summary>
    public string Parameter(object value)
    {
        _parameters.Add(value is string text
            ? new NpgsqlParameter { Value = PostgreSqlParameters.Storable(text), NpgsqlDbType = NpgsqlDbType.Text }
            : new NpgsqlParameter { Value = value });
        return string.Create(CultureInfo.InvariantCulture, $"${_parameters.Count}");
    }

    public void AddTo(NpgsqlBatch batch, string sql)
    {
        var command = batch.Command(sql);
        foreach (var parameter in _parameters) command.Parameters.Add(parameter);
    }
}
