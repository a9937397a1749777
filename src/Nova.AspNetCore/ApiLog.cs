using Microsoft.Extensions.Logging;

namespace Nova.AspNetCore;

/// <summary>Every line that the HTTP surface logs. Ids from 2001: the engine has those below; none is ever given twice.</summary>
internal static partial class ApiLog
{
    [LoggerMessage(2001, LogLevel.Error, "request.faulted method={Method} route={Route} trace={Trace}")]
    public static partial void RequestFaulted(ILogger logger, string method, string route, string trace, Exception fault);

    [LoggerMessage(2101, LogLevel.Warning, "jwt.key_set_not_read place={Place}: {Reason}; the keys of before go on, and tokens with others are answered with 503")]
    public static partial void KeySetNotRead(ILogger logger, string place, string reason);

    [LoggerMessage(2201, LogLevel.Warning, "egress.loosened: {Loosening}")]
    public static partial void EgressLoosened(ILogger logger, string loosening);

    [LoggerMessage(2202, LogLevel.Warning, "master_key.made file={File}: back it up apart from the database; without it no secret can be read")]
    public static partial void MasterKeyMade(ILogger logger, string file);

    /// <summary>The one line with a secret in it, and the only way to hand it over: it is good once, and whoever reads this log runs the server.</summary>
    [LoggerMessage(2301, LogLevel.Warning, "setup.needed: nobody can sign in yet. The first operator opens, once and until {ExpiresAt:u}: {Url}")]
    public static partial void SetupNeeded(ILogger logger, string url, DateTimeOffset expiresAt);
}
