using System.Security.Cryptography;
using Nova.Model;

namespace Nova.Secrets;

/// <summary>
/// Seals what must be kept but not be readable in the store: AES-256-GCM under a master key, with the id of that key beside the result
/// and the owner's id bound into it, so that a ciphertext moved to another row does not open.
/// </summary>
internal sealed class SecretBox
{
    const int NonceBytes = 12; // The size AES-GCM is specified for (NIST SP 800-38D); random is safe below 2^32 seals per key.
    const int TagBytes = 16;   // The full tag.

    readonly Dictionary<string, byte[]> _keys = new(StringComparer.Ordinal);
    readonly string _current;

    /// <param name="current">Seals and opens.</param>
    /// <param name="earlier">Open what they sealed before a rotation.</param>
    public SecretBox(byte[] current, params IReadOnlyList<byte[]> earlier)
    {
        foreach (var key in earlier) _keys[KeyId(key)] = key;
        _current = KeyId(current);
        _keys[_current] = current;
    }

    /// <summary>Whether it is sealed with the key that seals now.</summary>
    public bool IsCurrent(SealedBytes sealedBytes) => sealedBytes.KeyId == _current;

    public SealedBytes Seal(ReadOnlySpan<byte> plain, Guid owner)
    {
        var bytes = new byte[NonceBytes + plain.Length + TagBytes];
        var nonce = bytes.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_keys[_current], TagBytes);
        aes.Encrypt(nonce, plain, bytes.AsSpan(NonceBytes, plain.Length), bytes.AsSpan(NonceBytes + plain.Length), Associated(owner));
        return new(_current, bytes);
    }

    /// <exception cref="CryptographicException">The key is not among the master keys, or the bytes were changed or belong to another owner.</exception>
    public byte[] Open(SealedBytes box, Guid owner)
    {
        if (!_keys.TryGetValue(box.KeyId, out var key))
            throw new CryptographicException(
                $"A secret was sealed with master key '{box.KeyId}', which this server does not have. Give it in Nova:MasterKey, or in Nova:EarlierMasterKeys after a rotation.");
        var length = box.Bytes.Length - NonceBytes - TagBytes;
        if (length < 0) throw new CryptographicException("A sealed secret is shorter than its nonce and tag.");
        var plain = new byte[length];
        using var aes = new AesGcm(key, TagBytes);
        aes.Decrypt(box.Bytes.AsSpan(0, NonceBytes), box.Bytes.AsSpan(NonceBytes, length), box.Bytes.AsSpan(NonceBytes + length), plain, Associated(owner));
        return plain;
    }

    static byte[] Associated(Guid owner) => owner.ToByteArray(bigEndian: true);

    /// <summary>Names a key without telling it: the first 8 hex digits of its SHA-256.</summary>
    static string KeyId(byte[] key)
    {
        if (key.Length != 32) throw new ArgumentException($"A master key is 32 bytes; this one has {key.Length}.", nameof(key));
        return Convert.ToHexStringLower(SHA256.HashData(key).AsSpan(0, 4));
    }
}
