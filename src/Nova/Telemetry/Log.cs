using Microsoft.Extensions.Logging;

namespace Nova.Telemetry;

/// <summary>Every line that the engine logs. Ids are stable and never given twice; no line holds a secret or a payload.</summary>
internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Information, "node.registered name={Name} node={Node}")]
    public static partial void NodeRegistered(ILogger logger, string name, int node);

    [LoggerMessage(1002, LogLevel.Warning, "node.lost name={Name} node={Node}: declared dead by another node; its leases are gone, it registers anew")]
    public static partial void NodeLost(ILogger logger, string name, int node);

    [LoggerMessage(1003, LogLevel.Warning, "node.clock_wrong offset_s={Offset}: more than 2 s from the store's clock; the node reports itself unready")]
    public static partial void ClockIsWrong(ILogger logger, double offset);

    [LoggerMessage(1004, LogLevel.Warning, "node.took_over deliveries={Deliveries}: their node stopped giving heartbeats")]
    public static partial void LeasesTakenOver(ILogger logger, int deliveries);

    [LoggerMessage(1005, LogLevel.Warning, "node.heartbeat_failed: the store did not answer; nothing is sent once the lease may have run out")]
    public static partial void HeartbeatFailed(ILogger logger, Exception fault);

    [LoggerMessage(1006, LogLevel.Information, "node.draining node={Node} draining={Draining}: asked for by an operator")]
    public static partial void NodeDraining(ILogger logger, int node, bool draining);

    [LoggerMessage(1101, LogLevel.Warning, "directory.not_read: the store did not answer; nothing is sent while the directory is stale")]
    public static partial void DirectoryNotRead(ILogger logger, Exception fault);

    [LoggerMessage(1201, LogLevel.Error, "events.not_written count={Count}: publishers wait; trying again")]
    public static partial void EventsNotWritten(ILogger logger, int count, Exception fault);

    [LoggerMessage(1301, LogLevel.Error, "attempt.faulted delivery={Delivery}")]
    public static partial void AttemptFaulted(ILogger logger, string delivery, Exception fault);

    [LoggerMessage(1302, LogLevel.Error, "outcomes.not_recorded count={Count}: trying again")]
    public static partial void OutcomesNotRecorded(ILogger logger, int count, Exception fault);

    [LoggerMessage(1303, LogLevel.Warning, "outcomes.refused count={Count}: their leases had been taken over; their receivers may get them twice")]
    public static partial void OutcomesLost(ILogger logger, int count);

    [LoggerMessage(1304, LogLevel.Warning, "due.not_read: trying again at the next tick")]
    public static partial void DueNotRead(ILogger logger, Exception fault);

    [LoggerMessage(1305, LogLevel.Warning, "endpoint.disabled endpoint={Endpoint} reason={Reason}")]
    public static partial void EndpointDisabled(ILogger logger, string endpoint, string reason);

    [LoggerMessage(1306, LogLevel.Error, "endpoint.not_disabled endpoint={Endpoint}")]
    public static partial void EndpointNotDisabled(ILogger logger, string endpoint, Exception fault);

    /// <summary>One wide line per attempt. Debug, because it is written for every attempt: <c>./run</c> turns it on.</summary>
    [LoggerMessage(1307, LogLevel.Debug,
        "delivery.attempted product={Product} account={Account} environment={Environment} event_type={EventType} delivery={Delivery} endpoint={Endpoint} "
        + "attempt={Attempt} outcome={Outcome} status={Status} state={State} duration_ms={Duration} retry_in_s={RetryIn} url={Url} error={Error}")]
    public static partial void Attempted(
        ILogger logger, string product, string account, string environment, string eventType, string delivery, string endpoint, int attempt, string outcome,
        int? status, string state, double duration, double? retryIn, string url, string? error);

    [LoggerMessage(1401, LogLevel.Error, "retention.failed: trying again at the next turn")]
    public static partial void RetentionFailed(ILogger logger, Exception fault);

    [LoggerMessage(1402, LogLevel.Error, "keys.not_touched: last-used times are written at the next turn")]
    public static partial void KeysNotTouched(ILogger logger, Exception fault);

    [LoggerMessage(1403, LogLevel.Error, "figures.not_kept: trying again at the next turn")]
    public static partial void FiguresNotKept(ILogger logger, Exception fault);

    [LoggerMessage(1601, LogLevel.Error, "replays.faulted: jobs go on from where the store says they stand")]
    public static partial void ReplaysFaulted(ILogger logger, Exception fault);

    [LoggerMessage(1602, LogLevel.Information, "replay.ended replay={Replay} state={State} done={Done} skipped={Skipped}")]
    public static partial void ReplayEnded(ILogger logger, string replay, string state, int done, int skipped);

    [LoggerMessage(1404, LogLevel.Information, "secrets.resealed endpoints={Endpoints}: with the master key in force")]
    public static partial void Resealed(ILogger logger, int endpoints);

    [LoggerMessage(1405, LogLevel.Error, "secrets.not_resealed: trying again at the next turn; keep the earlier master keys")]
    public static partial void NotResealed(ILogger logger, Exception fault);

    [LoggerMessage(1406, LogLevel.Warning, "changes.not_told: whoever watches is told to read again")]
    public static partial void ChangesNotTold(ILogger logger, Exception fault);

    [LoggerMessage(1501, LogLevel.Information, "nova.started products={Products} node={Node}")]
    public static partial void Started(ILogger logger, string products, int node);

    [LoggerMessage(1502, LogLevel.Information, "nova.stopping: {Running} attempts in flight get {Grace} s to end")]
    public static partial void Stopping(ILogger logger, long running, double grace);

    [LoggerMessage(1503, LogLevel.Information, "nova.stopped: nothing is left leased")]
    public static partial void Stopped(ILogger logger);
}
