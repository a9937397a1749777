using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Nova.Products;

/// <summary>The shape of a product's bodies: a JSON object with placeholders, compiled to runs of bytes.</summary>
/// <remarks>
/// Rendering copies bytes: the literal runs, and the event's data exactly as it was published. Its text is stored with every event that it was used
/// for, so what <see cref="Parse"/> understands can only grow.
/// </remarks>
internal sealed class Envelope
{
    /// <summary>The member that stands for the members of its object.</summary>
    public const string Spread = "...";

    const string SpreadData = "{data}";

    enum Kind : byte
    {
        Literal,
        /// <summary>The placeholder is the whole value: it has the type it has.</summary>
        Value,
        /// <summary>The placeholder is a part of a text.</summary>
        InText,
        /// <summary>The members of the data, with a comma before, after, or both, unless there are none.</summary>
        SpreadAlone,
        SpreadFirst,
        SpreadLast,
        SpreadBetween,
    }

    readonly record struct Segment(Kind Kind, byte[] Literal, Placeholder Placeholder);

    readonly Segment[] _segments;

    Envelope(string text, Segment[] segments, bool needsObject)
    {
        (Text, _segments, SpreadsData) = (text, segments, needsObject);
        PerDelivery = segments.Any(segment => segment.Kind != Kind.Literal && segment.Placeholder is Placeholder.DeliveryId
            or Placeholder.DeliveryTime or Placeholder.DeliveryTimeUnix or Placeholder.DeliveryTimeMs);
    }

    /// <summary>The definition, without comments and insignificant white space. <see cref="Parse"/> of it makes the same envelope, in ten years too.</summary>
    public string Text { get; }

    /// <summary>It names the delivery, so that each delivery has a body of its own.</summary>
    public bool PerDelivery { get; }

    /// <summary>The members of the data become members of the body.</summary>
    public bool SpreadsData { get; }

    /// <exception cref="ProductDefinitionException">The text is no envelope.</exception>
    public static Envelope Parse(string text)
    {
        var faults = new FaultList("envelope");
        try
        {
            using var document = JsonDocument.Parse(text, new() { AllowDuplicateProperties = false });
            if (Compile(document.RootElement, "", faults) is { } envelope && faults.Faults.Count == 0) return envelope;
        }
        catch (JsonException fault)
        {
            faults.Add("", $"This is not JSON: {fault.Message}", "Write a JSON object.");
        }
        throw new ProductDefinitionException(faults.Faults);
    }

    /// <summary>Compiles the envelope of a definition. Null, and faults, where it is none.</summary>
    public static Envelope? Compile(JsonElement template, string pointer, FaultList faults)
    {
        if (template.ValueKind != JsonValueKind.Object)
        {
            faults.Add(pointer, "The envelope is not a JSON object.", "Write an object; its texts may hold placeholders such as \"{event.id}\".");
            return null;
        }
        var canonical = new ArrayBufferWriter<byte>();
        var builder = new Builder(faults);
        using (var writer = new Utf8JsonWriter(canonical, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            builder.Add(template, pointer, writer);
        }
        return builder.Failed ? null : new(Encoding.UTF8.GetString(canonical.WrittenSpan), builder.ToSegments(), builder.Spreads);
    }

    /// <summary>The members that stand beside a spread, each with its pointer: data may have none of them.</summary>
    public static IEnumerable<(string Name, string Pointer)> BesideSpread(JsonElement template, string pointer)
    {
        if (template.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var item in template.EnumerateArray())
            {
                foreach (var found in BesideSpread(item, DefinitionObject.Child(pointer, index))) yield return found;
                index++;
            }
        }
        if (template.ValueKind != JsonValueKind.Object) yield break;
        var spreads = template.TryGetProperty(Spread, out _);
        foreach (var member in template.EnumerateObject())
        {
            if (IsComment(member.Name)) continue;
            var at = DefinitionObject.Child(pointer, member.Name);
            if (spreads && member.Name != Spread) yield return (member.Name, at);
            foreach (var found in BesideSpread(member.Value, at)) yield return found;
        }
    }

    /// <summary>Writes the body. The event's data is copied byte for byte.</summary>
    public void Render(in EventFacts e, in DeliveryFacts d, IBufferWriter<byte> output)
    {
        foreach (var segment in _segments)
        {
            switch (segment.Kind)
            {
                case Kind.Literal: output.Write(segment.Literal); break;
                case Kind.Value: WriteValue(segment.Placeholder, e, d, output); break;
                case Kind.InText: WriteInText(segment.Placeholder, e, d, output); break;
                default: WriteSpread(segment.Kind, e.Data.Span, output); break;
            }
        }
    }

    static bool IsComment(string name) => name.StartsWith(DefinitionObject.CommentMark, StringComparison.Ordinal);

    static void WriteValue(Placeholder placeholder, in EventFacts e, in DeliveryFacts d, IBufferWriter<byte> output)
    {
        switch (placeholder)
        {
            case Placeholder.Data:
                output.Write(e.Data.Span);
                break;
            case Placeholder.Tenant when e.Tenant is null:
                output.Write("null"u8);
                break;
            case Placeholder.EnvironmentLive or Placeholder.EventTimeUnix or Placeholder.EventTimeMs
                or Placeholder.DeliveryTimeUnix or Placeholder.DeliveryTimeMs:
                WriteInText(placeholder, e, d, output);
                break;
            default:
                output.Write("\""u8);
                WriteInText(placeholder, e, d, output);
                output.Write("\""u8);
                break;
        }
    }

    static void WriteInText(Placeholder placeholder, in EventFacts e, in DeliveryFacts d, IBufferWriter<byte> output)
    {
        switch (placeholder)
        {
            case Placeholder.EventId: WriteText(e.Id, output); break;
            case Placeholder.EventType: WriteText(e.Type, output); break;
            case Placeholder.Tenant: WriteText(e.Tenant ?? "", output); break;
            case Placeholder.Account: WriteText(e.Account, output); break;
            case Placeholder.AccountId: WriteText(e.AccountId, output); break;
            case Placeholder.Environment: WriteText(e.Environment, output); break;
            case Placeholder.EnvironmentLive: output.Write(IsLive(e) ? "true"u8 : "false"u8); break;
            case Placeholder.EventTime: WriteTime(e.Time, output); break;
            case Placeholder.EventTimeUnix: WriteNumber(e.Time.ToUnixTimeSeconds(), output); break;
            case Placeholder.EventTimeMs: WriteNumber(e.Time.ToUnixTimeMilliseconds(), output); break;
            case Placeholder.DeliveryId: WriteText(d.Id, output); break;
            case Placeholder.DeliveryTime: WriteTime(d.Time, output); break;
            case Placeholder.DeliveryTimeUnix: WriteNumber(d.Time.ToUnixTimeSeconds(), output); break;
            case Placeholder.DeliveryTimeMs: WriteNumber(d.Time.ToUnixTimeMilliseconds(), output); break;
            default: throw new ArgumentOutOfRangeException(nameof(placeholder), placeholder, "Not a placeholder of an envelope.");
        }
    }

    /// <summary>Whether an event belongs to real traffic.</summary>
    internal static bool IsLive(in EventFacts e) => e.Environment == "production";

    /// <summary>As the documents write times: whole seconds, UTC.</summary>
    internal static string FormatTime(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    static void WriteTime(DateTimeOffset time, IBufferWriter<byte> output)
    {
        var span = output.GetSpan(20);
        if (!time.UtcDateTime.TryFormat(span, out var written, "yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture))
            throw new InvalidOperationException("A time takes 20 bytes.");
        output.Advance(written);
    }

    static void WriteNumber(long number, IBufferWriter<byte> output)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(20), out var written);
        output.Advance(written);
    }

    /// <summary>The text between its quotation marks, with what JSON wants escaped and nothing else. A half of a surrogate pair becomes U+FFFD.</summary>
    static void WriteText(string text, IBufferWriter<byte> output)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            var span = output.GetSpan(6);
            if (rune.Value is '"' or '\\')
            {
                (span[0], span[1]) = ((byte)'\\', (byte)rune.Value);
                output.Advance(2);
            }
            else if (rune.Value < 0x20)
            {
                "\\u00"u8.CopyTo(span);
                (span[4], span[5]) = ((byte)('0' + (rune.Value >> 4)), (byte)"0123456789abcdef"[rune.Value & 15]);
                output.Advance(6);
            }
            else
            {
                output.Advance(rune.EncodeToUtf8(span));
            }
        }
    }

    static void WriteSpread(Kind kind, ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        var inner = data.Trim(" \t\r\n"u8);
        inner = inner is [(byte)'{', .. var members, (byte)'}']
            ? members.Trim(" \t\r\n"u8)
            : throw new ArgumentException("The data of an event is a JSON object.", nameof(data));
        if (inner.IsEmpty)
        {
            if (kind == Kind.SpreadBetween) output.Write(","u8);
            return;
        }
        if (kind is Kind.SpreadLast or Kind.SpreadBetween) output.Write(","u8);
        output.Write(inner);
        if (kind is Kind.SpreadFirst or Kind.SpreadBetween) output.Write(","u8);
    }

    /// <summary>Turns a template into segments, and writes its canonical text beside.</summary>
    sealed class Builder(FaultList faults)
    {
        readonly List<Segment> _segments = [];
        readonly ArrayBufferWriter<byte> _literal = new();
        readonly int _faultsBefore = faults.Faults.Count;

        public bool Spreads { get; private set; }

        public bool Failed => faults.Faults.Count > _faultsBefore;

        public Segment[] ToSegments()
        {
            Flush();
            return [.. _segments];
        }

        public void Add(JsonElement value, string pointer, Utf8JsonWriter canonical)
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.Object: AddObject(value, pointer, canonical); break;
                case JsonValueKind.Array: AddArray(value, pointer, canonical); break;
                case JsonValueKind.String: AddText(value.GetString()!, pointer, canonical); break;
                default:
                    Literal(value.GetRawText());
                    canonical.WriteRawValue(value.GetRawText());
                    break;
            }
        }

        void AddObject(JsonElement value, string pointer, Utf8JsonWriter canonical)
        {
            var members = value.EnumerateObject().Where(member => !IsComment(member.Name)).ToArray();
            Literal("{");
            canonical.WriteStartObject();
            for (var i = 0; i < members.Length; i++)
            {
                var (name, at) = (members[i].Name, DefinitionObject.Child(pointer, members[i].Name));
                canonical.WritePropertyName(name);
                if (name == Spread)
                {
                    if (members[i].Value.ValueKind != JsonValueKind.String || !members[i].Value.ValueEquals(SpreadData))
                        faults.Add(at, "Only the members of the data can be put here.", $"Write \"{Spread}\": \"{SpreadData}\".");
                    canonical.WriteStringValue(SpreadData);
                    Flush();
                    _segments.Add(new((i > 0, i < members.Length - 1) switch
                    {
                        (false, false) => Kind.SpreadAlone,
                        (false, true) => Kind.SpreadFirst,
                        (true, false) => Kind.SpreadLast,
                        _ => Kind.SpreadBetween,
                    }, [], Placeholder.Data));
                    Spreads = true;
                    continue;
                }
                if (i > 0 && members[i - 1].Name != Spread) Literal(",");
                Literal($"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(name)}\":");
                Add(members[i].Value, at, canonical);
            }
            Literal("}");
            canonical.WriteEndObject();
        }

        void AddArray(JsonElement value, string pointer, Utf8JsonWriter canonical)
        {
            Literal("[");
            canonical.WriteStartArray();
            var index = 0;
            foreach (var item in value.EnumerateArray())
            {
                if (index > 0) Literal(",");
                Add(item, DefinitionObject.Child(pointer, index++), canonical);
            }
            Literal("]");
            canonical.WriteEndArray();
        }

        void AddText(string text, string pointer, Utf8JsonWriter canonical)
        {
            canonical.WriteStringValue(text);
            if (TextTemplate.Parse(text, TextTemplate.InEnvelope, out var reason, out var advice) is not { } template)
            {
                faults.Add(pointer, reason, advice);
                return;
            }
            if (template.Alone is { } alone)
            {
                Flush();
                _segments.Add(new(Kind.Value, [], alone));
                return;
            }
            if (template.Has(Placeholder.Data)) faults.Add(pointer, "{data} is a part of a text here.", "Let it be the whole value: \"{data}\".");
            Literal("\"");
            foreach (var part in template.Parts)
            {
                if (part.Literal is { } literal)
                {
                    Literal(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(literal));
                    continue;
                }
                Flush();
                _segments.Add(new(Kind.InText, [], part.Placeholder));
            }
            Literal("\"");
        }

        void Literal(string text) => _literal.Write(Encoding.UTF8.GetBytes(text));

        void Flush()
        {
            if (_literal.WrittenCount == 0) return;
            _segments.Add(new(Kind.Literal, _literal.WrittenSpan.ToArray(), default));
            _literal.ResetWrittenCount();
        }
    }
}
