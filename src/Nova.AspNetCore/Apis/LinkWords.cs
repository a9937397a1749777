using Nova.AspNetCore.Authentication;
using Nova.Model;

namespace Nova.AspNetCore.Apis;

/// <summary>The scopes of portal links as the API writes them.</summary>
internal static class LinkWords
{
    public static readonly string[] Scopes = ["view", "manage", "secrets", "replay"];

    /// <summary>What a link may do indeed: no more than its role.</summary>
    public static IReadOnlyList<string> Write(LinkGrant link)
    {
        var rights = RightsConventions.Of(link);
        return [.. Scopes.Where(word => rights.HasFlag(Enum.Parse<Rights>(word, ignoreCase: true)))];
    }

    public static LinkScopes? Read(string word) => Array.IndexOf(Scopes, word) is >= 0 and var at ? (LinkScopes)(1 << at) : null;
}
