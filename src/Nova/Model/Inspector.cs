namespace Nova.Model;

/// <summary>
/// A receiver that Nova has built in, for one sandbox: an address with a token that cannot be guessed, which keeps the last requests that came to it, so
/// that a customer sees a signed request before he has a server.
/// </summary>
/// <param name="Id">Its id.</param>
/// <param name="EnvironmentId">Whose.</param>
/// <param name="TokenSha256">By which a request finds it.</param>
/// <param name="Url">The whole address, as it was given out.</param>
/// <param name="CreatedAt">When it was made.</param>
internal sealed record Inspector(Id<Inspector> Id, int EnvironmentId, byte[] TokenSha256, string Url, DateTimeOffset CreatedAt) : IIdentified
{
    /// <summary>What stands before the token in its address.</summary>
    public const string Path = "/inspect/";

    /// <summary>Of a token: 256 random bits in base 62.</summary>
    const int TokenLength = 43;

    public static string IdPrefix => "insp";

    /// <summary>The token of what may be an inspector's URL; null for any other. Looks nothing up.</summary>
    public static string? TokenOf(string url) =>
        url.LastIndexOf(Path, StringComparison.Ordinal) is > 0 and var at && url.Length - at - Path.Length == TokenLength ? url[(at + Path.Length)..] : null;
}

/// <summary>A request that came to an inspector.</summary>
internal sealed record InspectedRequest : IIdentified
{
    public static string IdPrefix => "ireq";

    public required Id<InspectedRequest> Id { get; init; }

    /// <summary>Its headers, one <c>Name: value</c> per CRLF line, credentials masked.</summary>
    public required ReadOnlyMemory<byte> Headers { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>Null where no endpoint of the sandbox points at the inspector: there is no secret to verify with.</summary>
    public string? Finding { get; init; }

    /// <summary>What the finding means, in words for a person.</summary>
    public string? Detail { get; init; }

    /// <summary>The endpoint whose secret signed, where that is known.</summary>
    public Id<Endpoint>? EndpointId { get; init; }
}
