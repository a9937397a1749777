namespace Nova.Products;

/// <summary>How the product's endpoint secrets are made, kept and shown.</summary>
internal sealed class SecretRule
{
    /// <summary>The customer chooses it; otherwise Nova makes it.</summary>
    public required bool ChosenByCustomer { get; init; }

    /// <summary>An admin may see it again.</summary>
    public required bool ShownOnDemand { get; init; }

    /// <summary>It is in the answer that creates it, and nowhere after.</summary>
    public required bool ShownOnce { get; init; }

    /// <summary>Only its SHA-256 is kept; otherwise it is kept encrypted.</summary>
    public required bool KeptAsHash { get; init; }

    /// <summary>How long the secret before still signs beside a new one; zero: not at all.</summary>
    public required TimeSpan RotationOverlap { get; init; }

    /// <summary>A new secret, from the operating system's generator.</summary>
    public string Generate() => throw new NotSupportedException();

    /// <summary>Why a secret cannot be used, in words for the customer who chose it; null when it can.</summary>
    public string? Check(string chosen) => throw new NotSupportedException();

    /// <summary>What the store keeps of a secret, before it is sealed: its UTF-8, or its SHA-256.</summary>
    public byte[] ToStored(string secret) => throw new NotSupportedException();
}
