using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Nova.Secrets;

/// <summary>
/// SHA-256 of a key or token, as something that can be looked up. A fast hash is right here: the keys have 256 random bits,
/// so there is nothing to guess, and a look-up by hash tells an attacker nothing by its timing.
/// </summary>
internal readonly record struct KeyHash(UInt128 High, UInt128 Low)
{
    public static KeyHash Of(ReadOnlySpan<char> key)
    {
        Span<byte> utf8 = stackalloc byte[512];
        Span<byte> hash = stackalloc byte[32];
        if (!Encoding.UTF8.TryGetBytes(key, utf8, out var length)) SHA256.HashData(Encoding.UTF8.GetBytes(key.ToArray()), hash);
        else SHA256.HashData(utf8[..length], hash);
        return From(hash);
    }

    public static KeyHash From(ReadOnlySpan<byte> sha256) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(sha256), BinaryPrimitives.ReadUInt128BigEndian(sha256[16..]));

    public byte[] ToBytes()
    {
        var bytes = new byte[32];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(16), Low);
        return bytes;
    }
}
