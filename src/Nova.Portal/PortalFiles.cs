using System.Collections.Frozen;
using System.Reflection;

namespace Nova.Portal;

/// <summary>The built front end, as it is embedded in this assembly. Read at the first request and kept.</summary>
/// <remarks>Text is embedded compressed only (<c>x.js.br</c>, <c>x.js.gz</c>): tools/compress.mjs of the front end does it, at the best setting, once.</remarks>
internal sealed class PortalFiles
{
    const string Folder = "portal/";

    readonly FrozenDictionary<string, PortalFile> _files;

    public PortalFiles(Assembly assembly)
    {
        var names = assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).ToHashSet();
        var paths = names.Select(name => name[Folder.Length..]).Select(WithoutEncoding).ToHashSet();
        _files = paths.ToFrozenDictionary(path => path, path => new PortalFile(path, Read(path), Read(path + ".gz"), Read(path + ".br")), StringComparer.Ordinal);

        byte[]? Read(string path)
        {
            if (!names.Contains(Folder + path)) return null;
            using var stream = assembly.GetManifestResourceStream(Folder + path)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
    }

    public static PortalFiles Embedded { get; } = new(typeof(PortalFiles).Assembly);

    /// <summary>False where the assembly was built without Node.</summary>
    public bool AreBuilt => _files.ContainsKey("index.html");

    public PortalFile? Find(string path) => _files.GetValueOrDefault(path);

    static string WithoutEncoding(string path) =>
        path.EndsWith(".br", StringComparison.Ordinal) || path.EndsWith(".gz", StringComparison.Ordinal) ? path[..^3] : path;
}
