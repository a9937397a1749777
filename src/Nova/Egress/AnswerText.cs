using System.Buffers;
using System.Net.Http.Headers;

namespace Nova.Egress;

/// <summary>Writes an answer's headers down as bytes that can be stored and shown.</summary>
internal static class AnswerText
{
    /// <summary>Headers that are kept; servers behind a few proxies send about twenty.</summary>
    public const int MaxHeaders = 32;

    /// <summary>
    /// <c>Name: value</c> lines, at most <paramref name="limit"/> bytes of them, whole lines but for the last. Control characters become
    /// spaces; bytes from 0x80 up stay as they came.
    /// </summary>
    public static byte[] HeadersOf(HttpResponseMessage response, int limit)
    {
        if (limit == 0) return [];
        var buffer = ArrayPool<byte>.Shared.Rent(limit);
        var length = 0;
        var count = 0;
        Write(response.Headers.NonValidated, buffer.AsSpan(0, limit), ref length, ref count);
        Write(response.Content.Headers.NonValidated, buffer.AsSpan(0, limit), ref length, ref count);
        var lines = buffer.AsSpan(0, length).ToArray();
        ArrayPool<byte>.Shared.Return(buffer);
        return lines;
    }

    static void Write(HttpHeadersNonValidated headers, Span<byte> output, ref int length, ref int count)
    {
        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
            {
                // Room for the separator, the line's end, and at least one character of value.
                if (count == MaxHeaders || length + name.Length + 5 > output.Length) return;
                count++;
                foreach (var c in name) output[length++] = (byte)c;
                output[length++] = (byte)':';
                output[length++] = (byte)' ';
                var room = output.Length - length - 2;
                var kept = value.AsSpan(0, Math.Min(value.Length, room));
                foreach (var c in kept) output[length++] = c is < ' ' or '\x7f' ? (byte)' ' : (byte)c;
                output[length++] = (byte)'\r';
                output[length++] = (byte)'\n';
            }
        }
    }
}
