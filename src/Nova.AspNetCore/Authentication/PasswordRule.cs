namespace Nova.AspNetCore.Authentication;

/// <summary>Which passwords are taken.</summary>
/// <remarks>
/// After NIST SP 800-63B (5.1.1.2): length is what counts, common ones are refused, and there are no rules of composition and no expiry, because they make
/// people choose worse ones. Its least is 8 for a password with a second factor and 15 for one without (revision 4); 12 is in between, with attempts throttled.
/// </remarks>
internal static class PasswordRule
{
    public const int Least = 12;

    /// <summary>More than any passphrase, and little to hash. NIST asks for at least 64.</summary>
    public const int Most = 256;

    /// <summary>
    /// The commonest of twelve characters and more in published lists of leaked passwords, and what people write who were told to make it longer.
    /// A list of a thousand times this size would refuse few more that a throttled attacker has a chance to try.
    /// </summary>
    static readonly HashSet<string> Common = new(StringComparer.OrdinalIgnoreCase)
    {
        "123456789012", "1234567890123", "12345678901234", "123456789123", "1234567890ab", "012345678901", "0123456789ab", "111111111111", "000000000000",
        "123123123123", "121212121212", "abcdefghijkl", "abcdef123456", "abc123abc123", "a1b2c3d4e5f6", "1q2w3e4r5t6y", "1qaz2wsx3edc", "qwertyuiop12",
        "qwertyuiop123", "qwertyuiop1234", "qwertyqwerty", "qwerty123456", "qwerty1234567", "qwertyuiopasdf", "asdfghjkl123", "asdfasdfasdf", "zxcvbnm12345",
        "password1234", "password12345", "password123456", "passwordpassword", "password123!", "password1234!", "p@ssw0rd1234", "passw0rd1234", "mypassword123",
        "welcome12345", "welcome123456", "letmein12345", "iloveyou1234", "iloveyou12345", "iloveyouforever", "administrator", "administrator1", "admin1234567",
        "admin12345678", "changeme1234", "changemeplease", "correcthorsebatterystaple", "correct horse battery staple", "trustno1trustno1", "superman1234",
        "football1234", "baseball1234", "sunshine1234", "princess1234", "dragon123456", "monkey123456", "michael12345", "computer1234", "whatever1234",
        "unknown12345", "secret123456", "secretpassword", "testtesttest", "testpassword", "test12345678", "novanovanova", "nova12345678",
    };

    /// <summary>What is wrong with a password; null: nothing.</summary>
    /// <param name="password">As it was typed: nothing of it is trimmed or changed.</param>
    /// <param name="email">His address, which is the first thing that anybody would try.</param>
    public static string? Fault(string password, string email)
    {
        if (password.Length < Least) return $"Must have at least {Least} characters; this has {password.Length}. Several words are easy to remember.";
        if (password.Length > Most) return $"Must have at most {Most} characters; this has {password.Length}.";
        if (password.AsSpan().Count(password[0]) == password.Length) return "Must not be one character again and again.";
        if (Common.Contains(password)) return "This is one of the commonest passwords. Choose another.";
        return password.Equals(email, StringComparison.OrdinalIgnoreCase) ? "Must not be the e-mail address." : null;
    }
}
