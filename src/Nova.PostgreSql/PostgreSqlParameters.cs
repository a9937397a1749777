using System.Runtime.InteropServices;
using Npgsql;
using NpgsqlTypes;

namespace Nova.PostgreSql;

/// <summary>
/// Positional parameters, each with its type: a statement is prepared for the types, so a null must have one too.
/// An array that is null stands for a column that is null in every row: <c>unnest</c> fills it up, and nothing is sent.
/// </summary>
internal static class PostgreSqlParameters
{
    public static NpgsqlBatchCommand Command(this NpgsqlBatch batch, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        batch.BatchCommands.Add(command);
        return command;
    }

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, int value) => command.Typed(NpgsqlDbType.Integer, value);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, int? value) => command.Maybe(NpgsqlDbType.Integer, value);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, long value) => command.Typed(NpgsqlDbType.Bigint, value);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, short value) => command.Typed(NpgsqlDbType.Smallint, value);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, bool value) => command.Typed(NpgsqlDbType.Boolean, value);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, Guid value) => command.Typed(NpgsqlDbType.Uuid, value);

    public static NpgsqlBatchCommand WithMaybe(this NpgsqlBatchCommand command, Guid? value) => command.Maybe(NpgsqlDbType.Uuid, value);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, TimeSpan value) => command.Typed(NpgsqlDbType.Interval, value);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, DateTimeOffset? value) =>
        command.Maybe(NpgsqlDbType.TimestampTz, value?.UtcDateTime);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string? value) =>
        command.Maybe(NpgsqlDbType.Text, Storable(value));

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, byte[]? value) => command.Maybe(NpgsqlDbType.Bytea, value);

    public static NpgsqlBatchCommand WithJson(this NpgsqlBatchCommand command, string value) => command.Typed(NpgsqlDbType.Jsonb, value);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, int[]? values) => command.Array(NpgsqlDbType.Integer, values);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, int?[]? values) => command.Array(NpgsqlDbType.Integer, values);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, long[]? values) => command.Array(NpgsqlDbType.Bigint, values);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, short[]? values) => command.Array(NpgsqlDbType.Smallint, values);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, short?[]? values) => command.Array(NpgsqlDbType.Smallint, values);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, bool[]? values) => command.Array(NpgsqlDbType.Boolean, values);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, Guid[]? values) => command.Array(NpgsqlDbType.Uuid, values);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, Guid?[]? values) => command.Array(NpgsqlDbType.Uuid, values);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, DateTime[]? values) =>
        command.Array(NpgsqlDbType.TimestampTz, values);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, DateTime?[]? values) =>
        command.Array(NpgsqlDbType.TimestampTz, values);

    /// <summary>Each string as it can be stored; the array is the command's own from here on.</summary>
    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, string?[]? values)
    {
        for (var i = 0; i < values?.Length; i++) values[i] = Storable(values[i]);
        return command.Array(NpgsqlDbType.Text, values);
    }

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, byte[]?[]? values) => command.Array(NpgsqlDbType.Bytea, values);

    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, ReadOnlyMemory<byte>[]? values) =>
        command.Array(NpgsqlDbType.Bytea, values);

    static NpgsqlBatchCommand Typed<T>(this NpgsqlBatchCommand command, NpgsqlDbType type, T value)
    {
        command.Parameters.Add(new NpgsqlParameter<T> { NpgsqlDbType = type, TypedValue = value });
        return command;
    }

    static NpgsqlBatchCommand Maybe(this NpgsqlBatchCommand command, NpgsqlDbType type, object? value)
    {
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type, Value = value ?? DBNull.Value });
        return command;
    }

    static NpgsqlBatchCommand Array<T>(this NpgsqlBatchCommand command, NpgsqlDbType type, T[]? values) =>
        values is null ? command.Maybe(NpgsqlDbType.Array | type, null) : command.Typed(NpgsqlDbType.Array | type, values);

    /// <summary>
    /// PostgreSQL's text holds neither the character 0 nor half a surrogate pair. Whoever lets people give names refuses those; here, where
    /// one such string would make a whole batch of others fail, each becomes the replacement character.
    /// </summary>
    public static string? Storable(string? text)
    {
        if (text is null || (!text.Contains('\0') && text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0)) return text;
        return string.Create(text.Length, text, static (span, text) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                var whole = char.IsHighSurrogate(text[i]) ? i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])
                    : !char.IsLowSurrogate(text[i]) || (i > 0 && char.IsHighSurrogate(text[i - 1]));
                span[i] = whole && text[i] != '\0' ? text[i] : '\uFFFD';
            }
        });
    }

    /// <summary>An array of one member of each thing, or null where it is null in all of them.</summary>
    public static TTo[]? ColumnOf<TFrom, TTo>(this IReadOnlyList<TFrom> rows, Func<TFrom, TTo> member)
    {
        // Not by the interface: this runs some twenty times per delivery.
        var span = rows switch
        {
            TFrom[] array => array.AsSpan(),
            List<TFrom> list => CollectionsMarshal.AsSpan(list),
            _ => rows.ToArray().AsSpan(),
        };
        TTo[]? column = null;
        for (var i = 0; i < span.Length; i++)
        {
            var value = member(span[i]);
            if (value is null) continue;
            column ??= new TTo[span.Length];
            column[i] = value;
        }
        return column;
    }
}
