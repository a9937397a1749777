namespace Nova;

/// <summary>The configuration cannot be used. Lists everything that is wrong with it.</summary>
public sealed class NovaConfigurationException(IReadOnlyList<string> faults)
    : Exception($"The configuration has {(faults.Count == 1 ? "a fault" : $"{faults.Count} faults")}:{Environment.NewLine}"
        + string.Join(Environment.NewLine, faults.Select(fault => "  " + fault)))
{
    /// <summary>Each with its key and what to write instead.</summary>
    public IReadOnlyList<string> Faults => faults;
}
