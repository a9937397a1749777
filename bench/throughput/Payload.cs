using System.Text;

namespace Nova.Throughput;

/// <summary>The event that is published, 1 KiB as a request body, with a sequence number and the time at which it was sent.</summary>
/// <remarks>
/// Both numbers have a fixed width, so that a prebuilt request is only patched. JSON forbids leading zeros; hence the bases.
/// The data is <c>invoice.paid</c> of the product <c>standard</c> with members of the shop's own, not one long string: a schema check and a JSON
/// reader have as many members to walk as in real use.
/// </remarks>
internal static class Payload
{
    public const int Size = 1024;
    public const string EventType = "invoice.paid";
    public const long NumberBase = 1_000_000_000;
    public const long TimeBase = 1_000_000_000_000_000;
    public const int NumberWidth = 10;
    public const int TimeWidth = 16;

    public static ReadOnlySpan<byte> NumberMarker => "\"n\":"u8;
    public static ReadOnlySpan<byte> TimeMarker => ",\"t\":"u8;

    const string Data =
        """
        "id":"inv_7Q2M4K9X","customerId":"cus_19fk2","amount":18450,"currency":"EUR","paidAt":"2026-05-10T08:30:00Z","method":{"kind":"card","brand":"visa","last4":"4242","country":"NL"},"lines":[{"sku":"A-1001","title":"Desk lamp, brass","quantity":1,"price":8950},{"sku":"B-2040","title":"Bulb E27, warm white","quantity":4,"price":1250},{"sku":"C-0007","title":"Extension cord, three metres","quantity":1,"price":4500}],"shipping":{"name":"Ada Example","street":"Example Street 12","city":"Utrecht","postcode":"3511 AB","country":"NL"},"tags":["first-order","newsletter"],"note":
        """;

    /// <summary>The body of a publish request; <paramref name="account"/> has a last character that is patched to spread the load.</summary>
    public static byte[] Publish(string account)
    {
        var head = $$"""{"account":"{{account}}","environment":"production","type":"{{EventType}}","data":{"n":{{NumberBase}},"t":{{TimeBase}},{{Data}}""";
        return Encoding.ASCII.GetBytes(Fill(head, "\"}}"));
    }

    /// <summary>A body as a receiver gets it, for the raw limit.</summary>
    public static byte[] Delivered() =>
        Encoding.ASCII.GetBytes(Fill(
            $$"""{"type":"{{EventType}}","timestamp":"2026-01-01T00:00:00.000Z","data":{"n":{{NumberBase}},"t":{{TimeBase}},{{Data}}""", "\"}}"));

    /// <summary>Where in a body the digits of the number are; those of the time follow after <see cref="TimeMarker"/>.</summary>
    public static int NumberOffset(ReadOnlySpan<byte> body) => body.IndexOf(NumberMarker) + NumberMarker.Length;

    public static int TimeOffset(int numberOffset) => numberOffset + NumberWidth + TimeMarker.Length;

    public static void Write(Span<byte> digits, long value)
    {
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            digits[i] = (byte)('0' + value % 10);
            value /= 10;
        }
    }

    /// <summary>Reads the digits at the start of a text.</summary>
    public static long Read(ReadOnlySpan<byte> digits)
    {
        var value = 0L;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
                break;
            value = value * 10 + (digit - '0');
        }

        return value;
    }

    static string Fill(string head, string tail) => head + '"' + new string('x', Size - head.Length - tail.Length - 1) + tail;
}
