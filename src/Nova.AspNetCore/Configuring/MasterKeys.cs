using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Nova.AspNetCore.Configuring;

/// <summary>Finds the master key that seals secrets: in the configuration, in a file, from a command, or, for a database that is a file itself, in a file beside it.</summary>
internal static class MasterKeys
{
    const int KeyBytes = 32;

    /// <summary>A key service over a network answers within seconds; what takes longer waits for somebody to type.</summary>
    static readonly TimeSpan CommandFor = TimeSpan.FromSeconds(30);

    /// <summary>Puts the key into <see cref="NovaOptions.MasterKey"/>.</summary>
    /// <param name="options">Where to look, and where to put it.</param>
    /// <param name="madeBeside">A database file: without any key one is made in its folder at the first start. Null: there is no such place.</param>
    /// <returns>The file that was made now; null where none was.</returns>
    /// <exception cref="NovaConfigurationException">There is no usable key.</exception>
    public static string? Settle(NovaOptions options, string? madeBeside)
    {
        string? made = null;
        List<string> faults = [];
        foreach (var text in (options.EarlierMasterKeys ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            Decode(text, "Nova:EarlierMasterKeys", faults);
        string?[] given = [options.MasterKey, options.MasterKeyFile, options.MasterKeyCommand];
        if (given.Count(each => each is not null) > 1)
            faults.Add("More than one of Nova:MasterKey, Nova:MasterKeyFile and Nova:MasterKeyCommand is set. Keep one: it must be certain which key seals.");
        else if (options.MasterKey is { } text)
            options.MasterKey = Decode(text, "Nova:MasterKey", faults);
        else if (options.MasterKeyFile is { } file)
            options.MasterKey = ReadFile(file, "Nova:MasterKeyFile", faults);
        else if (options.MasterKeyCommand is { } command)
            options.MasterKey = Run(command, faults);
        else if (madeBeside is not null)
            options.MasterKey = ReadOrMake(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(madeBeside))!, "master.key"), faults, out made);
        else
            faults.Add("There is no master key. On a database that several nodes share, each needs the same one, so none is made: "
                + "set Nova:MasterKey, Nova:MasterKeyFile or Nova:MasterKeyCommand to 32 random bytes in base64, such as 'openssl rand -base64 32' prints.");
        return faults.Count == 0 ? made : throw new NovaConfigurationException(faults);
    }

    /// <summary>The text, where it is a key; null, and a fault, where it is not.</summary>
    static string? Decode(string text, string key, List<string> faults)
    {
        var bytes = new byte[KeyBytes + 1];
        if (Convert.TryFromBase64String(text.Trim(), bytes, out var length) && length == KeyBytes) return text.Trim();
        faults.Add($"{key} is not 32 bytes in base64. Make one with 'openssl rand -base64 32'.");
        return null;
    }

    static string? ReadFile(string file, string key, List<string> faults)
    {
        try
        {
            return Decode(File.ReadAllText(file), $"The file {file} ({key})", faults);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            faults.Add($"{key} is '{file}', which cannot be read: {fault.Message}");
            return null;
        }
    }

    /// <summary>By the system's shell. What it writes to its standard error stands in the server's own; what it prints is in no message.</summary>
    static string? Run(string command, List<string> faults)
    {
        const string Key = "Nova:MasterKeyCommand";
        string[] shell = OperatingSystem.IsWindows() ? ["cmd.exe", "/c"] : ["/bin/sh", "-c"];
        var start = new ProcessStartInfo(shell[0]) { RedirectStandardOutput = true, UseShellExecute = false, ArgumentList = { shell[1], command } };
        try
        {
            using var process = Process.Start(start)!; // Null only with UseShellExecute.
            var printed = process.StandardOutput.ReadToEndAsync();
            if (!printed.Wait(CommandFor) || !process.WaitForExit(CommandFor))
            {
                process.Kill(entireProcessTree: true);
                faults.Add($"{Key} has not ended within {CommandFor.TotalSeconds:0} s.");
                return null;
            }
            if (process.ExitCode == 0) return Decode(printed.Result, $"What {Key} prints", faults);
            faults.Add($"{Key} ended with exit code {process.ExitCode}.");
        }
        catch (Win32Exception fault)
        {
            faults.Add($"{Key} cannot be run: {fault.Message}");
        }
        return null;
    }

    static string? ReadOrMake(string file, List<string> faults, out string? made)
    {
        made = null;
        if (File.Exists(file)) return ReadFile(file, "made at the first start", faults);
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes));
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            var settings = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) settings.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var stream = new FileStream(file, settings);
            stream.Write(System.Text.Encoding.ASCII.GetBytes(key + "\n"));
            // On disk before anything is sealed with it.
            stream.Flush(flushToDisk: true);
            made = file;
            return key;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            faults.Add($"The master key file {file} cannot be made: {fault.Message} Make the folder writable, or set Nova:MasterKey.");
            return null;
        }
    }
}
