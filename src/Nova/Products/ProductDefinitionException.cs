namespace Nova.Products;

/// <summary>One thing in a definition that cannot be used.</summary>
/// <param name="File">Path of the file, as it was found.</param>
/// <param name="Pointer">JSON pointer to the member; empty for the whole file.</param>
/// <param name="Reason">What is wrong.</param>
/// <param name="Advice">What to do.</param>
internal sealed record DefinitionFault(string File, string Pointer, string Reason, string Advice)
{
    public override string ToString() => $"{File}{(Pointer.Length == 0 ? "" : $" at {Pointer}")}: {Reason} {Advice}";
}

/// <summary>A product's definition cannot be used. Lists everything that is wrong with it, so that one start tells all.</summary>
internal sealed class ProductDefinitionException(IReadOnlyList<DefinitionFault> faults) : Exception(Describe(faults))
{
    public IReadOnlyList<DefinitionFault> Faults => faults;

    static string Describe(IReadOnlyList<DefinitionFault> faults) =>
        $"The product definitions have {(faults.Count == 1 ? "a fault" : $"{faults.Count} faults")}:{Environment.NewLine}"
        + string.Join(Environment.NewLine, faults.Select(fault => "  " + fault));
}
