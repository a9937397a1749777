using Nova.Model;

namespace Nova.Products;

/// <summary>When an endpoint that keeps failing is switched off. Pure.</summary>
/// <param name="afterFailedDeliveries">Deliveries in a row that ended as Failed, all their attempts made; null: does not count.</param>
/// <param name="afterWithoutSuccess">Time without one success while deliveries fail; null: does not count.</param>
internal sealed class DisableRule(int? afterFailedDeliveries, TimeSpan? afterWithoutSuccess)
{
    /// <summary>The reasons, as <see cref="Endpoint.DisabledReason"/> keeps them.</summary>
    public const string ConsecutiveFailures = "consecutive_failures", NoSuccess = "no_success";

    public int? AfterFailedDeliveries => afterFailedDeliveries;

    public TimeSpan? AfterWithoutSuccess => afterWithoutSuccess;

    /// <summary>Why the endpoint is to be disabled now, or null.</summary>
    public string? Decide(EndpointHealth health, DateTimeOffset now) =>
        health.FailedInARow >= afterFailedDeliveries ? ConsecutiveFailures
        : now - health.FailingSince >= afterWithoutSuccess ? NoSuccess
        : null;
}
