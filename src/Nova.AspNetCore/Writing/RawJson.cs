using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nova.AspNetCore.Writing;

/// <summary>JSON that somebody else wrote, put into an answer byte for byte: a payload is shown as it is sent.</summary>
[JsonConverter(typeof(RawJsonConverter))]
internal readonly record struct RawJson(ReadOnlyMemory<byte> Utf8)
{
    public static RawJson? OfOrNull(ReadOnlyMemory<byte> utf8) => utf8.IsEmpty ? null : new(utf8);
}

internal sealed class RawJsonConverter : JsonConverter<RawJson>
{
    public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Raw JSON is only ever written.");

    public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
}
