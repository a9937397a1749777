using System.Security.Cryptography;

namespace Nova.Secrets;

/// <summary>Makes the keys that Nova gives out: a prefix that says what it is, and 256 random bits in base 62.</summary>
internal static class KeyMaker
{
    const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const int Length = 43; // 62^43 > 2^256.

    public static string Make(string prefix) => prefix + RandomNumberGenerator.GetString(Base62, Length);

    /// <summary>What a list shows of a key: its prefix and last four characters, <c>sk_live_****7f3a</c>.</summary>
    public static string Mask(string key, string prefix) => string.Concat(prefix, "****", key.AsSpan(key.Length - 4));
}
