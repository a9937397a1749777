namespace Nova.Storage;

/// <summary>Short texts from a node to the others that share the store. Best effort: one may be lost with a connection. Where there is one process there are no others.</summary>
internal interface INodeMessages
{
    /// <summary>Most bytes of one message: PostgreSQL's NOTIFY takes 8,000.</summary>
    public const int Longest = 7900;

    /// <summary>A message has come, one's own included. Must not block.</summary>
    event Action<string>? Received;

    Task SendAsync(IReadOnlyList<string> messages, CancellationToken cancellation);
}
