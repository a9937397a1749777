namespace Nova.ConformanceTests;

/// <summary>The checkout that these tests were built in.</summary>
internal static class Repository
{
    /// <summary>The folder of Nova.slnx.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    static string Find(string? folder) =>
        folder is null ? throw new InvalidOperationException("These tests run from within the repository: they use its samples.")
        : File.Exists(Path.Combine(folder, "Nova.slnx")) ? folder
        : Find(Path.GetDirectoryName(folder));
}
