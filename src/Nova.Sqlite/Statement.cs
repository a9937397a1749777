using System.Text;
using SQLitePCL;

namespace Nova.Sqlite;

/// <summary>
/// A prepared statement that is used again and again: parameters are added in order, columns are read in order.
/// </summary>
/// <remarks>
/// Straight on the native interface, because an event costs six statements of about 2 µs each, and an ADO.NET command with its
/// parameter objects and reader costs more than the statement itself. Used by one thread at a time, like its connection.
/// </remarks>
internal sealed class Statement(Connection connection, sqlite3_stmt handle) : IDisposable
{
    int _parameter;
    int _column;

    /// <summary>Makes it ready for the next use, whatever became of the last one.</summary>
    internal Statement Restart()
    {
        Dispose();
        _parameter = 0;
        return this;
    }

    // Parameters -------------------------------------------------------------------------------------------------

    public Statement Add(long value)
    {
        connection.Check(raw.sqlite3_bind_int64(handle, ++_parameter, value));
        return this;
    }

    public Statement Add(long? value) => value is { } some ? Add(some) : AddNull();

    public Statement Add(bool value) => Add(value ? 1L : 0L);

    public Statement Add(DateTimeOffset value) => Add(Times.ToStored(value));

    public Statement Add(DateTimeOffset? value) => value is { } some ? Add(some) : AddNull();

    public Statement Add(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return Add(bytes);
    }

    public Statement Add(Guid? value) => value is { } some ? Add(some) : AddNull();

    public Statement Add(ReadOnlySpan<byte> value)
    {
        // An empty span has no address, which SQLite would take for NULL.
        connection.Check(value.IsEmpty
            ? raw.sqlite3_bind_zeroblob(handle, ++_parameter, 0)
            : raw.sqlite3_bind_blob(handle, ++_parameter, value));
        return this;
    }

    public Statement Add(ReadOnlyMemory<byte> value) => Add(value.Span);

    public Statement Add(byte[]? value) => value is null ? AddNull() : Add(value.AsSpan());

    public Statement Add(string? value)
    {
        if (value is null) return AddNull();
        const int OnStack = 512; // Names, types and ids; longer texts are rare.
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        if (most > OnStack) return AddText(Encoding.UTF8.GetBytes(value));
        Span<byte> bytes = stackalloc byte[OnStack];
        return AddText(bytes[..Encoding.UTF8.GetBytes(value, bytes)]);
    }

    Statement AddText(ReadOnlySpan<byte> utf8)
    {
        connection.Check(utf8.IsEmpty
            ? raw.sqlite3_bind_text(handle, ++_parameter, "")
            : raw.sqlite3_bind_text(handle, ++_parameter, utf8));
        return this;
    }

    Statement AddNull()
    {
        connection.Check(raw.sqlite3_bind_null(handle, ++_parameter));
        return this;
    }

    // Running ----------------------------------------------------------------------------------------------------

    /// <summary>Runs to the end and returns how many rows were changed.</summary>
    public int Run()
    {
        while (Step()) { }
        Dispose();
        return connection.Changes;
    }

    /// <summary>The next row, or false. Whoever steps disposes, which lets go of the rows.</summary>
    public bool Step()
    {
        _column = 0;
        var code = raw.sqlite3_step(handle);
        if (code == raw.SQLITE_ROW) return true;
        if (code != raw.SQLITE_DONE) connection.Check(code);
        return false;
    }

    /// <summary>Lets go of rows and parameters; the statement stays prepared for its next use.</summary>
    public void Dispose() => raw.sqlite3_reset(handle); // Its code repeats the last step's, which was checked there.

    internal void Close() => handle.Dispose();

    // Columns ----------------------------------------------------------------------------------------------------

    public long Long() => raw.sqlite3_column_int64(handle, _column++);

    public int Int() => (int)Long();

    public bool Bool() => Long() != 0;

    public DateTimeOffset Time() => Times.FromStored(Long());

    public Guid Guid() => new(raw.sqlite3_column_blob(handle, _column++), bigEndian: true);

    public string Text() => raw.sqlite3_column_text(handle, _column++).utf8_to_string();

    public byte[] Bytes() => raw.sqlite3_column_blob(handle, _column++).ToArray();

    public long? LongOrNull() => SkipNull() ? null : Long();

    public int? IntOrNull() => SkipNull() ? null : Int();

    public DateTimeOffset? TimeOrNull() => SkipNull() ? null : Time();

    public Guid? GuidOrNull() => SkipNull() ? null : Guid();

    public string? TextOrNull() => SkipNull() ? null : Text();

    public byte[]? BytesOrNull() => SkipNull() ? null : Bytes();

    bool SkipNull()
    {
        if (raw.sqlite3_column_type(handle, _column) != raw.SQLITE_NULL) return false;
        _column++;
        return true;
    }
}
