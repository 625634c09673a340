using System.Globalization;
using System.Text;
using Agent.Ide.Processes;

namespace Agent.Ide.Testing.Repositories;

/// <summary>
/// Repositories of a chosen size, the same bytes each time, for benchmarks and end-to-end tests. One
/// <c>git fast-import</c> makes the objects, so 200,000 files cost seconds and not minutes.
/// </summary>
public static class LargeRepository
{
    private const int FilesPerFolder = 20;
    private const int FoldersPerArea = 25;

    /// <summary>Repository-relative path of the file with this index, from 0: <c>src/Area000/Module000/Class000000.cs</c>.</summary>
    public static string PathOf(int index) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"src/Area{index / (FilesPerFolder * FoldersPerArea):D3}/Module{index / FilesPerFolder % FoldersPerArea:D3}/Class{index:D6}.cs");

    /// <summary>Content of that file: a C# class of some 25 lines, 600 to 900 bytes, line feeds only.</summary>
    public static string ContentOf(int index)
    {
        var text = new StringBuilder(1024);
        var culture = CultureInfo.InvariantCulture;
        text.Append(culture, $"namespace Sample.Area{index / (FilesPerFolder * FoldersPerArea):D3};\n\n");
        text.Append(culture, $"/// <summary>Part {index} of the sample.</summary>\npublic sealed class Class{index:D6}\n{{\n");
        text.Append(culture, $"    private int _total = {index % 97};\n\n");
        for (var method = 0; method < 3 + (index % 3); method++)
        {
            text.Append(culture, $"    public int Compute{method}(int value)\n    {{\n");
            text.Append(culture, $"        _total += value * {(index + method) % 13};\n        return _total - {index ^ method};\n    }}\n\n");
        }

        text.Append("}\n");
        return text.ToString();
    }

    /// <summary>Makes a repository with one commit on <c>main</c> and checks it out.</summary>
    /// <param name="path">The checkout; created, must not hold a repository yet.</param>
    /// <param name="files">How many source files; a <c>README.md</c> and a <c>.gitignore</c> come on top.</param>
    /// <param name="environment">For git; null: an environment isolated from the machine's configuration.</param>
    /// <param name="checkOut">False leaves index and working tree empty.</param>
    /// <param name="cancellationToken">Kills git and leaves what was made so far.</param>
    /// <returns>The commit's hash.</returns>
    public static async Task<string> CreateAsync(
        string path,
        int files,
        IReadOnlyDictionary<string, string>? environment = null,
        bool checkOut = true,
        CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(path);
        environment ??= GitEnvironment.Isolated(path);
        await GitAsync("init", "--quiet", "--initial-branch=main");
        await File.AppendAllTextAsync(
            Path.Combine(path, ".git", "config"),
            $"[user]\n\tname = {TempRepository.UserName}\n\temail = {TempRepository.UserEmail}\n[commit]\n\tgpgsign = false\n[gc]\n\tauto = 0\n",
            cancellationToken);
        await ImportAsync(path, files, environment, cancellationToken);
        if (checkOut)
        {
            await GitAsync("read-tree", "-m", "-u", "HEAD");
        }

        return await GitAsync("rev-parse", "HEAD");

        async Task<string> GitAsync(params string[] arguments)
        {
            var result = await ChildProcess.RunAsync(Start(path, environment, arguments), cancellationToken: cancellationToken);
            return result.ExitCode == 0
                ? result.OutputText.TrimEnd('\n')
                : throw new InvalidOperationException($"git {string.Join(' ', arguments)} failed in {path}: {result.Error}");
        }
    }

    private static async Task ImportAsync(string path, int files, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        await using var import = ChildProcess.Start(
            Start(path, environment, ["-c", "core.compression=1", "fast-import", "--quiet", "--depth=0", "--done"]));
        using var errors = new StreamReader(import.StandardError);
        var error = errors.ReadToEndAsync(cancellationToken);
        try
        {
            await using var stream = new BufferedStream(import.StandardInput, 1 << 18);
            await stream.WriteAsync(
                Encoding.UTF8.GetBytes(
                    $"commit refs/heads/main\ncommitter {TempRepository.UserName} <{TempRepository.UserEmail}> 1767225600 +0000\ndata 6\nSample\n"),
                cancellationToken);
            await WriteFileAsync(stream, "README.md", $"# Sample\n\n{files} files.\n", cancellationToken);
            await WriteFileAsync(stream, ".gitignore", "bin/\nobj/\n*.log\n", cancellationToken);
            for (var index = 0; index < files; index++)
            {
                await WriteFileAsync(stream, PathOf(index), ContentOf(index), cancellationToken);
            }

            await stream.WriteAsync("done\n"u8.ToArray(), cancellationToken);
        }
        catch (IOException broken)
        {
            throw new InvalidOperationException($"git fast-import in {path} ended early: {await error}", broken);
        }

        if (await import.WaitForExitAsync(cancellationToken) != 0)
        {
            throw new InvalidOperationException($"git fast-import in {path} failed: {await error}");
        }
    }

    private static async ValueTask WriteFileAsync(Stream stream, string path, string content, CancellationToken cancellationToken)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        var header = string.Create(CultureInfo.InvariantCulture, $"M 100644 inline {path}\ndata {bytes.Length}\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes(header), cancellationToken);
        await stream.WriteAsync(bytes, cancellationToken);
        stream.WriteByte((byte)'\n');
    }

    private static ProcessStart Start(string path, IReadOnlyDictionary<string, string> environment, string[] arguments) =>
        new() { FileName = "git", Arguments = arguments, WorkingDirectory = path, Environment = environment };
}
