namespace Nova;

/// <summary>How the HTTP surface is set: configuration section <c>Nova:Api</c>.</summary>
public sealed class ApiOptions
{
    /// <summary>Requests per second of one customer's credential, on each node; a second's worth may come at once. Default 100; 1 to 100,000.</summary>
    public int RequestsPerSecond { get; set; } = 100;

    /// <summary>Requests per second of one operator key, publishing included. Default 0: no limit, because the operator is who sets it. 0 to 1,000,000.</summary>
    public int OperatorRequestsPerSecond { get; set; }

    /// <summary>
    /// Largest body of <c>POST /v1/events/batch</c>, in bytes. Default 16,777,216 (16 MiB), which is 1,000 events of 16 KiB: a thousand of the largest
    /// single ones would be 256 MiB of memory for one request. 1 KiB to 256 MiB.
    /// </summary>
    public int MaxBatchBodyBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>What is wrong with the values, each with its key and what it should be; empty when nothing is.</summary>
    public IReadOnlyList<string> Faults()
    {
        List<string> faults = [];
        if (RequestsPerSecond is < 1 or > 100_000) faults.Add($"Nova:Api:RequestsPerSecond is {RequestsPerSecond}; it must be from 1 to 100000.");
        if (OperatorRequestsPerSecond is < 0 or > 1_000_000)
            faults.Add($"Nova:Api:OperatorRequestsPerSecond is {OperatorRequestsPerSecond}; it must be from 0 (no limit) to 1000000.");
        if (MaxBatchBodyBytes is < 1024 or > 256 * 1024 * 1024)
            faults.Add($"Nova:Api:MaxBatchBodyBytes is {MaxBatchBodyBytes}; it must be from 1024 to 268435456.");
        return faults;
    }
}
