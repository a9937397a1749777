namespace Nova.ConformanceTests;

/// <summary>Programs of other languages that these tests run.</summary>
internal static class Programs
{
    /// <summary>Where a program is. One that is not installed fails the test with the name of Debian's package; it is never skipped.</summary>
    public static string Find(string program, string package)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var found = folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        Assert.True(found is not null, $"{program} is not on the PATH: install Debian's package {package}. This test proves nothing without it.");
        return found;
    }
}
