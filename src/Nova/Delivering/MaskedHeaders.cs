using System.Buffers;

namespace Nova.Delivering;

/// <summary>Which of a customer's own headers are taken for credentials, and how a credential is shown.</summary>
internal static class MaskedHeaders
{
    static readonly SearchValues<string> Marks = SearchValues.Create(
        ["authorization", "api-key", "apikey", "token", "secret", "password", "cookie"], StringComparison.OrdinalIgnoreCase);

    public static bool IsCredential(string name) => name.AsSpan().ContainsAny(Marks);

    /// <summary>Four stars and the last four characters, where there are enough others to hide; else stars only.</summary>
    public static string Mask(string value) => value.Length < 12 ? "****" : string.Concat("****", value.AsSpan(value.Length - 4));
}
