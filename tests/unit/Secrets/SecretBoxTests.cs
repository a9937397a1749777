using System.Security.Cryptography;
using System.Text;
using Nova.Secrets;

namespace Nova.UnitTests.Secrets;

public class SecretBoxTests
{
    static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    static readonly byte[] OtherKey = [.. Enumerable.Range(100, 32).Select(i => (byte)i)];
    static readonly byte[] Secret = Encoding.UTF8.GetBytes("whsec_a_secret_that_is_kept");
    static readonly Guid Owner = Guid.CreateVersion7();

    [Fact]
    public void What_was_sealed_opens_for_its_owner()
    {
        var box = new SecretBox(Key);
        Assert.Equal(Secret, box.Open(box.Seal(Secret, Owner), Owner));
    }

    [Fact]
    public void A_sealed_secret_moved_to_another_row_does_not_open()
    {
        var box = new SecretBox(Key);
        Assert.ThrowsAny<CryptographicException>(() => box.Open(box.Seal(Secret, Owner), Guid.CreateVersion7()));
    }

    [Fact]
    public void A_changed_byte_is_noticed()
    {
        var box = new SecretBox(Key);
        var sealedBytes = box.Seal(Secret, Owner);
        sealedBytes.Bytes[20] ^= 1;
        Assert.ThrowsAny<CryptographicException>(() => box.Open(sealedBytes, Owner));
    }

    [Fact]
    public void The_same_secret_is_sealed_differently_each_time_and_never_in_the_clear()
    {
        var box = new SecretBox(Key);
        var (one, two) = (box.Seal(Secret, Owner), box.Seal(Secret, Owner));
        Assert.NotEqual(one.Bytes, two.Bytes);
        Assert.Equal(-1, one.Bytes.AsSpan().IndexOf(Secret.AsSpan(0, 8)));
    }

    [Fact]
    public void After_a_rotation_the_earlier_key_still_opens_what_it_sealed()
    {
        var sealedBefore = new SecretBox(Key).Seal(Secret, Owner);
        Assert.Equal(Secret, new SecretBox(OtherKey, Key).Open(sealedBefore, Owner));
    }

    [Fact]
    public void Without_the_earlier_key_the_error_names_the_key_and_what_to_do()
    {
        var sealedBefore = new SecretBox(Key).Seal(Secret, Owner);
        var fault = Assert.Throws<CryptographicException>(() => new SecretBox(OtherKey).Open(sealedBefore, Owner));
        Assert.Contains(sealedBefore.KeyId, fault.Message, StringComparison.Ordinal);
        Assert.Contains("Nova:EarlierMasterKeys", fault.Message, StringComparison.Ordinal);
    }
}
